"""What left and was not debited yet, by age."""

from collections import defaultdict

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.payouts.selectors.bank import in_transit
from counterfoil.apps.payouts.types import TransitRow
from counterfoil.core.money import Money
from counterfoil.interfaces.console.bank.statements import bank_acts
from counterfoil.interfaces.console.bank.words import PAYMENT_STATES
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.console.parts import Head
from counterfoil.interfaces.console.tables import Cell, Column, Row, Table, money_cell
from counterfoil.interfaces.console.words import day_text
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import Crumb, Empty, show_money
from counterfoil.interfaces.web.requests import KnownRequest

LATE_DAYS = 3
SHOWN = 500


@shown_to("bank.view")
def transit(request: KnownRequest) -> HttpResponse:
    """This will list payments in transit, the oldest first, and their sums by age."""
    rows = in_transit(on=request.at.date(), limit=10_000)
    context = {
        "crumbs": [Crumb(_("Bank"), reverse("console:bank")), Crumb(_("In transit"))],
        "head": Head(
            _("In transit"),
            _("Sent for payment, and no statement shows the debit yet."),
            acts=bank_acts(request),
        ),
        "kpis": _kpis(rows),
        "tables": [
            Table(
                "transit",
                _("Payments"),
                [
                    Column(_("Payment")),
                    Column(_("Payee")),
                    Column(_("Account")),
                    Column(_("Since")),
                    Column(_("Days"), "num"),
                    Column(_("Amount"), "num"),
                ],
                [_row(each) for each in rows[:SHOWN]],
                Empty(
                    _("Nothing is in transit"),
                    _("Everything that was sent is settled, rejected or returned."),
                    "pass",
                ),
                note=_("%(count)s in all") % {"count": len(rows)},
            )
        ],
    }
    return pages.page(request, "console/list.html", context)


def _kpis(rows: tuple[TransitRow, ...]) -> list[tuple[str, str, str]]:
    sums: dict[str, int] = defaultdict(int)
    late: dict[str, int] = defaultdict(int)
    for row in rows:
        sums[row.amount.currency] += row.amount.minor
        late[row.amount.currency] += row.age_days > LATE_DAYS
    return [
        (
            _("In transit, %(currency)s") % {"currency": currency},
            show_money(Money(minor, currency)).figure,
            _("%(count)s longer than %(days)s days")
            % {"count": late[currency], "days": LATE_DAYS},
        )
        for currency, minor in sorted(sums.items())
    ]


def _row(each: TransitRow) -> Row:
    return Row(
        [
            Cell(each.end_to_end_id, note=PAYMENT_STATES[each.state]),
            Cell(each.payee),
            Cell(each.own_account),
            Cell(day_text(each.since), css="nowrap"),
            Cell(str(each.age_days), css="num"),
            money_cell(each.amount),
        ],
        id=each.end_to_end_id,
        is_bad=each.age_days > LATE_DAYS,
    )
