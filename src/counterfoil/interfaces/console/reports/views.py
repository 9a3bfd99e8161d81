"""Headline figures: funds, what is owed, imports; the tour's report stands here once it ran."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.audit.selectors import list_events
from counterfoil.apps.audit.types import EventFilters, EventRecord
from counterfoil.apps.exchange.selectors import list_runs
from counterfoil.apps.ledger.selectors import tracker_rows
from counterfoil.core.money import Money
from counterfoil.interfaces.console.guard import may_somewhere, shown_to
from counterfoil.interfaces.console.parts import Head
from counterfoil.interfaces.console.tables import Cell, Column, Row, Table, figure_cell
from counterfoil.interfaces.console.words import IMPORT_STATES, moment_of
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import Act, Crumb, Empty, Status, format_count
from counterfoil.interfaces.web.requests import KnownRequest

_FIGURES = ("authorized", "allocated", "available", "committed", "approved", "paid", "expired")
RUNS_SHOWN = 10
TOURS_SHOWN = 10
EXCEPTIONS_SHOWN = 5


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
            _("Funds and plans, all periods"),
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
    told = list_events(filters=EventFilters(action="tour.finished"), limit=TOURS_SHOWN).events
    chosen = next((each for each in told if each.id == request.GET.get("report")), None)
    shown = chosen or (told[0] if told else None)
    if shown is not None:
        tables = [*_tour_tables(request, shown, told), *tables]
    if may_somewhere(request.me, "imports.view"):
        tables.append(_imports_table(request))
    context = {
        "crumbs": [Crumb(_("Reports"))],
        "head": Head(
            _("Reports"),
            _("Where the program stands, in figures that tie to the ledger."),
            acts=[
                Act(_("Influence"), reverse("console:reports_influence"), "report", dialog=False)
            ],
        ),
        "tables": tables,
    }
    return pages.page(request, "console/list.html", context)


def _tour_tables(
    request: KnownRequest, shown: EventRecord, told: Sequence[EventRecord]
) -> list[Table]:
    """Return the statements and figures of a played program, and the other reports."""
    title = str(shown.data.get("title", ""))
    when = str(moment_of(request, shown.recorded_at))
    statements = Table(
        "statements",
        _("Tour of %(title)s: what held") % {"title": title},
        [Column(_("Statement")), Column(_("True?")), Column(_("Counted"))],
        [_statement_row(each) for each in shown.data.get("statements", [])],
        Empty(_("No statement"), _("The tour was broken off before its end."), "report"),
        note=when,
    )
    figures = Table(
        "figures",
        _("Tour of %(title)s: figures") % {"title": title},
        [Column(_("Figure")), Column(_("Value"), "num")],
        [
            Row([Cell(str(name)), Cell(str(value), css="num")])
            for name, value in shown.data.get("figures", [])
        ],
        Empty(_("No figures"), _("The tour was broken off before its end."), "report"),
        note=when,
    )
    others = Table(
        "tours",
        _("Stored reports"),
        [Column(_("Report")), Column(_("Stored"))],
        [
            Row(
                [
                    Cell(
                        str(each.data.get("title", "")),
                        f"{reverse('console:reports')}?report={each.id}",
                    ),
                    Cell(moment=moment_of(request, each.recorded_at)),
                ]
            )
            for each in told
        ],
        Empty(_("No report"), _("A tour stores its report here.")),
    )
    return [statements, figures, *([others] if len(told) > 1 else [])]


def _statement_row(stated: Mapping[str, Any]) -> Row:
    is_true = bool(stated.get("is_true"))
    exceptions = [str(each) for each in stated.get("exceptions", [])]
    return Row(
        [
            Cell(str(stated.get("says", "")), note="; ".join(exceptions[:EXCEPTIONS_SHOWN])),
            Cell(
                status=Status(_("True"), "pass", "ok")
                if is_true
                else Status(_("Not true"), "fail", "bad")
            ),
            Cell(str(stated.get("counted", "")), css="soft"),
        ],
        is_bad=not is_true,
    )


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
