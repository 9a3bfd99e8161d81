"""Pages of adjustments and bonuses: the list, and one with how it was decided."""

from datetime import datetime

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.earnings.selectors import get_adjustment, list_adjustments
from counterfoil.apps.earnings.types import AdjustmentInfo
from counterfoil.interfaces.console.commissions.places import commission_tabs
from counterfoil.interfaces.console.commissions.words import (
    ADJUSTMENT_KINDS,
    ADJUSTMENT_REASONS,
    ADJUSTMENT_STATES,
    region_words,
)
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.console.parts import Head, acts_for
from counterfoil.interfaces.console.tables import (
    Cell,
    Column,
    Filters,
    Row,
    Table,
    money_cell,
    picked,
)
from counterfoil.interfaces.console.words import moment_of, people_names
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import Act, Crumb, Empty, show_money
from counterfoil.interfaces.web.requests import KnownRequest

SHOWN_MAX = 500


@shown_to("commissions.view")
def adjustments(request: KnownRequest) -> HttpResponse:
    """This will list adjustments and bonuses, the newest first."""
    state, month = request.GET.get("state", ""), request.GET.get("q", "").strip()
    found = list_adjustments(
        state=state if state in ADJUSTMENT_STATES else "", month=month, limit=SHOWN_MAX
    )
    offered = (
        ("commissions.adjust",
         Act(_("Propose"), reverse("console:adjustment_propose"), "plus", "main-act")),
    )  # fmt: skip
    context = {
        "crumbs": [
            Crumb(_("Commissions"), reverse("console:commissions")),
            Crumb(_("Adjustments")),
        ],
        "head": Head(
            _("Adjustments and bonuses"),
            _("What people add to a partner's month or take from it, beside its plan."),
            acts=acts_for(request.me, *offered),
        ),
        "tabs": commission_tabs(request, "console:adjustments"),
        "tabs_label": _("Commissions"),
        "filters": Filters(
            reverse("console:adjustments"),
            _("Choose adjustments"),
            text=month,
            placeholder=_("Month, such as 2026-04"),
            fields=[
                picked(
                    "state",
                    _("State"),
                    [(key, each.word) for key, each in ADJUSTMENT_STATES.items()],
                    state,
                    _("Every state"),
                )
            ],
        ),
        "tables": [
            table_of(
                found,
                empty=Empty(
                    _("No adjustment fits") if state or month else _("There is no adjustment yet"),
                    _("Operations or Finance propose one; somebody else approves it."),
                    "deal",
                ),
            )
        ],
    }
    return pages.page(request, "console/list.html", context)


def table_of(found: tuple[AdjustmentInfo, ...], *, empty: Empty) -> Table:
    """This will make the table of adjustments, for their list and for the page of a run."""
    rows = [
        Row(
            [
                Cell(
                    each.partner_name,
                    reverse("console:adjustment", args=[each.public_id]),
                    each.note,
                ),
                Cell(each.month, css="nowrap"),
                Cell(ADJUSTMENT_KINDS[each.kind], note=ADJUSTMENT_REASONS[each.reason]),
                Cell(status=ADJUSTMENT_STATES[each.state]),
                money_cell(each.amount, signed=True),
            ],
            id=each.public_id,
        )
        for each in found
    ]
    columns = [
        Column(_("Partner")),
        Column(_("Month")),
        Column(_("Kind")),
        Column(_("State")),
        Column(_("Amount"), "num"),
    ]
    return Table("adjustments", _("Adjustments and bonuses"), columns, rows, empty)


@shown_to("commissions.view")
def adjustment(request: KnownRequest, adjustment_id: str) -> HttpResponse:
    """This will show an adjustment: what, why, who proposed and who decided it."""
    found = get_adjustment(adjustment_id)
    names = people_names([found.made_by, found.decided_by])
    offered = (
        ("commissions.approve_adjustment",
         Act(_("Approve"), reverse("console:adjustment_approve", args=[adjustment_id]), "pass",
             "main-act")),
        ("commissions.approve_adjustment",
         Act(_("Refuse"), reverse("console:adjustment_refuse", args=[adjustment_id]), "x")),
    )  # fmt: skip
    acts = acts_for(request.me, *offered)
    if found.made_by == request.me.id:
        url = reverse("console:adjustment_withdraw", args=[adjustment_id])
        acts = [Act(_("Take back"), url, "undo")]
    facts = [
        (_("Partner"), f"{found.partner_name}, {region_words(found.region)}"),
        (_("Month"), found.month),
        (_("Plan"), f"{found.plan_code}, {found.program}"),
        (_("Reason"), ADJUSTMENT_REASONS[found.reason]),
        (_("Told to the partner"), found.note),
        (_("About"), found.about or _("nothing in particular")),
        (_("Proposed by"), _by(request, names[found.made_by], found.made_at)),
    ]
    if found.decided_at is not None:
        facts.append((_("Decided by"), _by(request, names[found.decided_by], found.decided_at)))
    if found.decision_note:
        facts.append((_("Decision"), found.decision_note))
    context = {
        "crumbs": [
            Crumb(_("Commissions"), reverse("console:commissions")),
            Crumb(_("Adjustments"), reverse("console:adjustments")),
            Crumb(found.partner_name),
        ],
        "head": Head(
            f"{ADJUSTMENT_KINDS[found.kind]}: {show_money(found.amount, signed=True)}",
            _("%(partner)s in %(month)s") % {
                "partner": found.partner_name, "month": found.month,
            },
            ADJUSTMENT_STATES[found.state],
            acts if found.state == "proposed" else [],
        ),
        "facts": facts,
        "facts_title": _("What and why"),
        "tables": [_entry(found)] if found.entry_id else [],
    }  # fmt: skip
    return pages.page(request, "console/detail.html", context)


def _by(request: KnownRequest, name: str, at: datetime) -> str:
    shown = moment_of(request, at)
    return f"{name}, {shown.text}" if shown else name


def _entry(found: AdjustmentInfo) -> Table:
    return Table(
        "entry",
        _("In the ledger"),
        [Column(_("Entry")), Column(_("Amount"), "num")],
        [
            Row(
                [
                    Cell(found.entry_id, reverse("console:entry", args=[found.entry_id])),
                    money_cell(found.amount, signed=True),
                ]
            )
        ],
        Empty(_("Not posted"), ""),
    )
