"""The list of submissions that are judged twice; nothing of a first verdict before its second."""

from django.http import HttpResponse
from django.utils.translation import gettext as _

from counterfoil.apps.submissions.selectors.blind import ROWS_MAX, list_blind, waiting_for_second
from counterfoil.apps.submissions.types import BlindRow
from counterfoil.core.blind import Standing
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.console.parts import Head
from counterfoil.interfaces.console.reviews.words import STANDINGS, tabs_label, tabs_of
from counterfoil.interfaces.console.submissions.opening import address
from counterfoil.interfaces.console.submissions.words import kind_words
from counterfoil.interfaces.console.tables import Cell, Column, Row, Table
from counterfoil.interfaces.console.words import moment_of
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import (
    OUTCOMES,
    Crumb,
    Empty,
    format_count,
    status_of,
)
from counterfoil.interfaces.web.requests import KnownRequest


@shown_to("reviews.view")
def reviews(request: KnownRequest) -> HttpResponse:
    """This will list what waits for a second reviewer, what has to be settled, and the rest."""
    rows = list_blind()
    open_rows = [row for row in rows if not row.outcome]
    waiting = [row for row in open_rows if row.view.standing is Standing.SECOND]
    differing = [row for row in open_rows if row.view.standing is Standing.DIFFERS]
    agreed = [row for row in open_rows if row.view.standing is Standing.AGREED]
    done = [row for row in rows if row.outcome]
    context = {
        "crumbs": [Crumb(_("Second reviews"))],
        "head": Head(
            _("Blind second reviews"),
            _(
                "Submissions that chance drew before anybody looked are judged by two people, "
                "the second without seeing the first."
            ),
        ),
        "tabs": tabs_of("reviews"),
        "tabs_label": tabs_label(),
        "kpis": [
            (_("Wait for the second"), format_count(waiting_for_second()), ""),
            (_("To settle"), format_count(len(differing)), _("the two differ")),
            (_("To finish"), format_count(len(agreed)), _("the two agree")),
        ],
        "tables": [
            _table(
                request, "waiting", _("Wait for a second reviewer"), waiting,
                Empty(
                    _("Nothing waits"),
                    _("When a reviewer decides a submission that was drawn, it stands here."),
                    "eye",
                ),
            ),
            _table(
                request, "differ", _("To be settled by a third person"), differing,
                Empty(_("Nothing to settle"), _("Where two reviewers differ, it stands here.")),
            ),
            *([_table(request, "agreed", _("To be finished by the first reviewer"), agreed,
                      Empty("", ""))] if agreed else []),
            _table(
                request, "done", _("Decided"), done,
                Empty(
                    _("Nothing that was judged twice is decided yet"),
                    _("A playbook says which share is: blind_second_review under review."),
                ),
                note=_("The newest %(count)s are shown.") % {"count": ROWS_MAX}
                if len(rows) == ROWS_MAX
                else "",
            ),
        ],
    }  # fmt: skip
    return pages.page(request, "console/list.html", context)


def _table(
    request: KnownRequest, id: str, title: str, rows: list[BlindRow], empty: Empty, note: str = ""
) -> Table:
    return Table(
        id,
        title,
        [
            Column(_("Submission")),
            Column(_("Partner")),
            Column(_("First given")),
            Column(_("Reviewers")),
            Column(_("Standing")),
        ],
        [_row(request, row) for row in rows],
        empty,
        note=note,
    )


def _row(request: KnownRequest, row: BlindRow) -> Row:
    first = row.view.sheets[0]
    names = ", ".join(each.reviewer_name for each in row.view.sheets)
    status = STANDINGS[row.view.standing]
    differing = row.view.comparison.differing if row.view.comparison else ()
    words = ", ".join(dict.fromkeys(each.key.partition("@")[0] for each in differing))
    return Row(
        [
            Cell(
                row.number,
                address("submission", row.submission_id),
                _("%(kind)s, %(playbook)s version %(version)s")
                % {
                    "kind": kind_words(row.kind),
                    "playbook": row.playbook_code,
                    "version": row.playbook_version,
                },
            ),
            Cell(row.partner_name),
            Cell(moment=moment_of(request, first.given_at)),
            Cell(names),
            Cell(
                status=status_of(OUTCOMES, row.outcome) if row.outcome else status,
                note=(
                    _("settled by %(who)s; differed: %(what)s")
                    % {"who": row.decided_by_name, "what": words}
                    if row.outcome and row.view.standing is Standing.DIFFERS
                    else _("differ: %(what)s") % {"what": words}
                    if words
                    else ""
                ),
            ),
        ],
        id=row.submission_id,
    )
