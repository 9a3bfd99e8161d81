"""The draws: what was fixed before, what was drawn, and the secret once the month is over."""

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.apps.submissions.selectors.blind import draw_months, draws_of
from counterfoil.apps.submissions.types import DrawMonth
from counterfoil.core.blind import DrawKind
from counterfoil.foundation.tabular import Column as Heading
from counterfoil.foundation.tabular import ColumnKind
from counterfoil.interfaces.console.files import table_file
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.console.parts import Head
from counterfoil.interfaces.console.reviews.words import tabs_label, tabs_of
from counterfoil.interfaces.console.tables import Cell, Column, Row, Table
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import Crumb, Empty, Status, format_count
from counterfoil.interfaces.web.requests import KnownRequest

_KEPT = Status(gettext_lazy("Kept until the month is over"), "lock", "mute")
_TOLD = Status(gettext_lazy("Told"), "pass", "ok")


@shown_to("reviews.view")
def draws(request: KnownRequest) -> HttpResponse:
    """This will list the months with what was fixed before the first draw."""
    context = {
        "crumbs": [Crumb(_("Second reviews"), reverse("console:reviews")), Crumb(_("Draws"))],
        "head": Head(
            _("Draws"),
            _(
                "A secret is fixed before a month begins and its digest written to the audit "
                "log. It is told when the month is over: then anybody can draw again."
            ),
        ),
        "tabs": tabs_of("reviews_draws"),
        "tabs_label": tabs_label(),
        "tables": [
            Table(
                "draws",
                _("Months"),
                [
                    Column(_("Month")),
                    Column(_("Secret")),
                    Column(_("Second reviews"), "num"),
                    Column(_("Automatic approvals"), "num"),
                ],
                [_row(each) for each in draw_months()],
                Empty(
                    _("No secret was fixed yet"),
                    _("The worker fixes one within an hour of the first start."),
                    "lock",
                ),
                note=_("How to draw again: docs/how-to/review-blind.md."),
            )
        ],
    }
    return pages.page(request, "console/list.html", context)


def _row(found: DrawMonth) -> Row:
    return Row(
        [
            Cell(
                found.month,
                reverse("console:reviews_draw_file", args=[found.month])
                if found.considered and found.secret
                else "",
            ),
            Cell(
                status=_TOLD if found.secret else _KEPT,
                note=found.secret or _("digest %(digest)s") % {"digest": found.commitment},
            ),
            *(
                Cell(
                    _("%(drawn)s of %(every)s")
                    % {
                        "drawn": format_count(found.drawn.get(kind, 0)),
                        "every": format_count(found.considered.get(kind, 0)),
                    },
                    css="num",
                )
                for kind in DrawKind
            ),
        ],
        id=found.month,
    )


@shown_to("reviews.view")
def draw_file(request: KnownRequest, month: str) -> HttpResponse:
    """This will give a month's draws as a file, once its secret was told."""
    if not any(each.month == month and each.secret for each in draw_months()):
        raise Http404(_("The draws of %(month)s are kept until it is over.") % {"month": month})
    rows = [
        (each.number, each.submission_id, each.kind, each.number_drawn, each.share_ppm,
         "yes" if each.is_drawn else "no", each.drawn_at.isoformat())
        for each in draws_of(month=month)
    ]  # fmt: skip
    headings = [
        Heading("Submission", ColumnKind.TEXT), Heading("Id", ColumnKind.TEXT),
        Heading("Draw", ColumnKind.TEXT), Heading("Number", ColumnKind.NUMBER),
        Heading("Share (ppm)", ColumnKind.NUMBER), Heading("Drawn", ColumnKind.TEXT),
        Heading("At", ColumnKind.TEXT),
    ]  # fmt: skip
    return table_file(request, f"draws-{month}", headings, rows)
