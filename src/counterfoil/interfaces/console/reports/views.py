"""Headline figures: funds, what is owed, imports; the tour's report stands here once it ran."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.exchange.selectors import list_runs
from counterfoil.apps.ledger.selectors import tracker_rows
from counterfoil.core.money import Money
from counterfoil.interfaces.console.guard import may_somewhere, shown_to
from counterfoil.interfaces.console.parts import Head
from counterfoil.interfaces.console.tables import Cell, Column, Row, Table, figure_cell
from counterfoil.interfaces.console.words import IMPORT_STATES, moment_of
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import Crumb, Empty, format_count
from counterfoil.interfaces.web.requests import KnownRequest

_FIGURES = ("authorized", "allocated", "available", "committed", "approved", "paid", "expired")
RUNS_SHOWN = 10


@shown_to("reports.view")
def reports(request: KnownRequest) -> HttpResponse:
    """This will show the headline figures by currency, and the latest imports."""
    sums: dict[str, dict[str, Money]] = {}
    for at in tracker_rows():
        held = sums.setdefault(at.currency, dict.fromkeys(_FIGURES, Money.zero(at.currency)))
        for name in _FIGURES:
            held[name] = held[name] + getattr(at, name)
    tables = [
        Table(
            "money",
            _("Funds, all periods"),
            [
                Column(_("Currency")),
                *(
                    Column(word, "num")
                    for word in (
                        _("Budget"),
                        _("Allocated"),
                        _("Available"),
                        _("Pre-approved (open)"),
                        _("Approved"),
                        _("Paid"),
                        _("Expired"),
                    )
                ),
            ],
            [
                Row(
                    [
                        Cell(currency, f"{reverse('console:funds')}?currency={currency}"),
                        *(figure_cell(held[name]) for name in _FIGURES),
                    ]
                )
                for currency, held in sorted(sums.items())
            ],
            Empty(
                _("No figures yet"),
                _("Figures come from the ledger: set up a fund and compute what partners earned."),
                "report",
                reverse("console:funds"),
                _("See the funds"),
            ),
            note=_("Sums of ledger entries; never a total across currencies."),
        )
    ]
    if may_somewhere(request.me, "imports.view"):
        tables.append(_imports_table(request))
    context = {
        "crumbs": [Crumb(_("Reports"))],
        "head": Head(
            _("Reports"), _("Where the program stands, in figures that tie to the ledger.")
        ),
        "tables": tables,
    }
    return pages.page(request, "console/list.html", context)


def _imports_table(request: KnownRequest) -> Table:
    return Table(
        "imports",
        _("Latest imports"),
        [
            Column(_("File")),
            Column(_("State")),
            Column(_("Read")),
            Column(_("Rows"), "num"),
            Column(_("New"), "num"),
            Column(_("Bad"), "num"),
        ],
        [
            Row(
                [
                    Cell(each.file_name, reverse("console:import", args=[each.public_id])),
                    Cell(status=IMPORT_STATES[each.state]),
                    Cell(moment=moment_of(request, each.started_at)),
                    Cell(format_count(each.rows), css="num"),
                    Cell(format_count(each.created), css="num"),
                    Cell(format_count(each.refused), css="num"),
                ]
            )
            for each in list_runs(limit=RUNS_SHOWN)
        ],
        Empty(
            _("No file was imported yet"),
            _("Partners and sales come in from files of your CRM, PRM or order system."),
            "upload",
            reverse("console:imports"),
            _("See imports"),
        ),
    )
