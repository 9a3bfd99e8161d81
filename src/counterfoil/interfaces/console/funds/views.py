"""The fund tracker and the page of one fund period."""

from dataclasses import replace

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.ledger.selectors import entries_of, fund_position, tracker_rows
from counterfoil.apps.ledger.types import FundPosition
from counterfoil.apps.partners.selectors import get_partner, partner_names, partner_rows
from counterfoil.apps.programs.selectors import get_fund, list_funds
from counterfoil.apps.programs.types import FundInfo
from counterfoil.core.money import Money
from counterfoil.foundation.tabular import Column as Heading
from counterfoil.foundation.tabular import ColumnKind
from counterfoil.interfaces.console.files import table_file
from counterfoil.interfaces.console.funds import tracker
from counterfoil.interfaces.console.funds.entries import entries_table
from counterfoil.interfaces.console.funds.tabs import fund_tabs
from counterfoil.interfaces.console.guard import may_somewhere, shown_to
from counterfoil.interfaces.console.parts import Head, acts_for
from counterfoil.interfaces.console.tables import (
    Cell,
    Filters,
    Row,
    Table,
    pager_of,
    picked,
    query_url,
)
from counterfoil.interfaces.console.words import day_text
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.asked import asked_number
from counterfoil.interfaces.web.presenters import (
    Act,
    Crumb,
    Empty,
    Status,
    format_share,
    show_money,
)
from counterfoil.interfaces.web.requests import KnownRequest

PARTNERS_PER_PAGE = 50
BARS_MAX = 12


@shown_to("funds.view")
def funds(request: KnownRequest) -> HttpResponse:
    """This will show where each fund stands: stages by fund, period and currency."""
    found, positions, partner_name = _chosen(request)
    by_id = {fund.public_id: fund for fund in found}
    gaps = [] if partner_name else [tracker.difference_of(at, by_id[at.fund]) for at in positions]
    off = [gap for gap in gaps if not gap.is_zero]
    new = Act(_("Set up a fund"), reverse("console:fund_new"), "plus", "main-act", dialog=False)
    exports = [
        Act(_("Export CSV"), _export_url(request), "download", dialog=False),
        Act(_("Export XLSX"), _export_url(request, form="xlsx"), "download", dialog=False),
    ]
    lead = _("Every figure is a sum of ledger entries.")
    if partner_name:
        lead = _("The part of %(partner)s. Every figure is a sum of ledger entries.") % {
            "partner": partner_name
        }
    head = Head(
        _("Funds under administration"),
        lead,
        None if not positions or partner_name else _ties(off),
        [*exports, *acts_for(request.me, ("funds.manage", new))]
        if positions
        else acts_for(request.me, ("funds.manage", new)),
    )
    context = {
        "crumbs": [Crumb(_("Funds"))],
        "head": head,
        "tabs": fund_tabs(request.me, "funds"),
        "tabs_label": _("Funds and plans"),
        "filters": _filters(request),
        "kpis": _kpis(positions),
        "bars": [tracker.fund_bar(at, by_id[at.fund]) for at in positions[-BARS_MAX:]],
        "table": Table(
            "funds",
            _("Funds"),
            tracker.columns(_("Fund"), with_budget=True),
            tracker.fund_rows(positions, by_id),
            _no_funds(request, is_filtered=bool(request.GET)),
            note=_("Claimed is what approved claims used: approved and not yet paid, plus paid."),
        ),
    }
    return pages.page(request, "console/funds/tracker.html", context)


@shown_to("funds.view")
def export(request: KnownRequest) -> HttpResponse:
    """This will hand out the tracker, CSV or workbook: the rows of the page, or by partner."""
    by_partner = request.GET.get("by") == "partner"
    found, positions, _name = _chosen(request, is_by_partner=by_partner)
    by_id = {fund.public_id: fund for fund in found}
    names = partner_names(pks={at.partner_id for at in positions if at.partner_id})
    figures = tracker.FIGURES if by_partner else ("authorized", *tracker.FIGURES)
    headings = [
        Heading("fund"),
        Heading("name"),
        Heading("program"),
        Heading("period"),
        *([Heading("partner")] if by_partner else []),
        Heading("currency"),
        *(
            Heading("budget" if name == "authorized" else name, ColumnKind.NUMBER)
            for name in figures
        ),
        Heading("entries", ColumnKind.NUMBER),
    ]
    rows = []
    for at in positions:
        fund = by_id[at.fund]
        rows.append(
            [
                fund.code, fund.name, fund.program, fund.period,
                *([names[at.partner_id][0]] if by_partner else []), at.currency,
                *(getattr(at, name).format_number() for name in figures), at.entry_count,
            ]
        )  # fmt: skip
    return table_file(request, "funds", headings, rows)


@shown_to("funds.view")
def fund(request: KnownRequest, fund_id: str) -> HttpResponse:
    """This will show one fund period: its stages, its partners, its entries."""
    found = get_fund(fund_id)
    at = fund_position(fund=fund_id, period=found.period, currency=found.currency)
    name = f"{found.name} {found.period}"
    gap = tracker.difference_of(at, found)
    acts = acts_for(
        request.me,
        (
            "funds.earn",
            Act(_("Compute earnings"), reverse("console:fund_earn", args=[fund_id]), "coins"),
        ),
        (
            "funds.manage",
            Act(_("Change budget"), reverse("console:fund_budget", args=[fund_id]), "pen"),
        ),
        (
            "funds.lapse",
            Act(_("Take back the rest"), reverse("console:fund_lapse", args=[fund_id]), "clock"),
        ),
    )
    tables = [_partners_table(request, found)]
    if may_somewhere(request.me, "ledger.view"):
        partner_id, title = request.GET.get("partner", ""), _("Ledger entries")
        partner = get_partner(partner_id=partner_id) if partner_id else None
        if partner:
            title = _("Ledger entries of %(partner)s") % {"partner": partner.name}
        shown = entries_of(
            fund=fund_id,
            partner_id=partner.pk if partner else None,
            cursor=asked_number(request.GET.get("before", "")),
        )
        tables.append(entries_table(request, shown, title=title))
    context = {
        "crumbs": [Crumb(_("Funds"), reverse("console:funds")), Crumb(name)],
        "head": Head(name, found.program_name, _ties([] if gap.is_zero else [gap]), acts),
        "bars": [replace(tracker.fund_bar(at, found), url="#entries")],
        "kpis": _stages(at),
        "facts": _terms(found),
        "tables": tables,
    }
    return pages.page(request, "console/funds/fund.html", context)


def _chosen(
    request: KnownRequest, *, is_by_partner: bool = False
) -> tuple[tuple[FundInfo, ...], list[FundPosition], str]:
    """Return the fund periods that the address asks for, with their positions."""
    wanted = {name: request.GET.get(name, "") for name in ("period", "currency", "fund")}
    every = list_funds()
    found = tuple(
        each
        for each in every
        if wanted["period"] in {"", each.period}
        and wanted["currency"] in {"", each.currency}
        and wanted["fund"] in {"", each.code}
    )
    partner_id = request.GET.get("partner", "")
    partner = get_partner(partner_id=partner_id) if partner_id else None
    rows = tracker_rows(
        funds=[each.public_id for each in found],
        partner_id=partner.pk if partner else None,
        is_by_partner=is_by_partner,
    )
    if is_by_partner:
        return found, list(rows), partner.name if partner else ""
    placed = {(row.fund, row.currency): row for row in rows}
    positions = []
    for each in found:
        row = placed.get((each.public_id, each.currency))
        if row is not None:
            positions.append(row)
        elif partner is None:
            positions.append(_nothing_yet(each))
    return found, positions, partner.name if partner else ""


def _nothing_yet(fund: FundInfo) -> FundPosition:
    zero = Money.zero(fund.currency)
    return FundPosition(
        fund.public_id,
        fund.period,
        0,
        fund.currency,
        zero,
        zero,
        zero,
        zero,
        zero,
        zero,
        zero,
        zero,
        zero,
        zero,
        zero,
        zero,
        0,
    )


def _filters(request: KnownRequest) -> Filters:
    every = list_funds()
    names = {each.code: each.name for each in every}
    periods = sorted({each.period for each in every}, reverse=True)
    currencies = sorted({each.currency for each in every})
    ask = request.GET.get
    return Filters(
        reverse("console:funds"),
        _("Choose funds"),
        fields=[
            picked("fund", _("Fund"), sorted(names.items()), ask("fund", ""), _("Every fund")),
            picked(
                "period",
                _("Period"),
                [(p, p) for p in periods],
                ask("period", ""),
                _("Every period"),
            ),
            picked(
                "currency",
                _("Currency"),
                [(c, c) for c in currencies],
                ask("currency", ""),
                _("Every currency"),
            ),
        ],
        has_search=False,
        hidden=[("partner", ask("partner", ""))] if ask("partner", "") else [],
    )


def _ties(off: list[Money]) -> Status:
    if not off:
        return Status(_("Ties to the ledger, difference 0.00"), "pass", "ok")
    return Status(
        _("Differs from the ledger by %(sum)s") % {"sum": show_money(off[0])}, "fail", "bad"
    )


def _kpis(positions: list[FundPosition]) -> list[tuple[str, str, str]]:
    """Return what is available in each currency; never a sum across currencies."""
    sums: dict[str, tuple[Money, Money, Money]] = {}
    for at in positions:
        zero = Money.zero(at.currency)
        left, budget, accrual = sums.get(at.currency, (zero, zero, zero))
        sums[at.currency] = (left + at.available, budget + at.authorized, accrual + at.committed)
    return [
        (
            _("Available, %(currency)s") % {"currency": currency},
            show_money(left).figure,
            _("of %(budget)s · pre-approved and unclaimed %(accrual)s")
            % {"budget": show_money(budget).figure, "accrual": show_money(accrual).figure},
        )
        for currency, (left, budget, accrual) in sorted(sums.items())
    ]


def _stages(at: FundPosition) -> list[tuple[str, str, str]]:
    words = tracker.heading_words()
    names = ("authorized", "allocated", "available", "committed", "approved", "paid", "expired")
    notes = {
        "authorized": _("%(sum)s not allocated yet") % {"sum": show_money(at.unallocated).figure}
    }
    return [
        (
            f"{words[name]}, {at.currency}",
            show_money(getattr(at, name)).figure,
            notes.get(name, ""),
        )
        for name in names
    ]


def _terms(found: FundInfo) -> list[tuple[str, str]]:
    return [
        (
            _("Earned"),
            _("%(rate)s of sales less refunds") % {"rate": format_share(found.earn_rate_ppm)},
        ),
        (_("Rounding"), str(found.earn_rounding).rpartition(".")[2].replace("_", " ").lower()),
        (_("Sales of"), f"{day_text(found.earns_from)} – {day_text(found.earns_to)}"),
        (_("To be spent"), f"{day_text(found.starts_on)} – {day_text(found.ends_on)}"),
        (_("Claims until"), day_text(found.claims_until)),
        (_("Cost center"), found.cost_center or _("none")),
    ]


def _partners_table(request: KnownRequest, found: FundInfo) -> Table:
    """Return the partners of the fund, by the number of their entry; one query for the figures."""
    rows = tracker_rows(funds=[found.public_id], is_by_partner=True)
    after = asked_number(request.GET.get("partners", "")) or 0
    later = [row for row in rows if row.partner_id > after]
    shown = later[:PARTNERS_PER_PAGE]
    names = partner_rows(partner_pks=[row.partner_id for row in shown])
    page_rows = []
    for row in shown:
        partner = names[row.partner_id]
        url = f"{reverse('console:partner', args=[partner.id])}#funds"
        entries = f"{tracker.fund_url(found)}?partner={partner.id}#entries"
        page_rows.append(Row([Cell(partner.name, url), *tracker.position_cells(row, entries)]))
    more = str(shown[-1].partner_id) if len(later) > len(shown) else ""
    return Table(
        "partners",
        _("Partners"),
        tracker.columns(_("Partner"), with_budget=False, with_currency=False),
        page_rows,
        Empty(
            _("No partner has earned anything here yet"),
            _("Import the sales of the period, then compute what partners earned."),
            "partners",
        ),
        note=f"{found.currency} · " + _("%(count)s partners") % {"count": len(rows)},
        pager=pager_of(request, shown=len(shown), next_cursor=more, name="partners"),
    )


def _no_funds(request: KnownRequest, *, is_filtered: bool) -> Empty:
    if is_filtered:
        return Empty(
            _("No fund fits"),
            _("Choose another period, currency or fund."),
            "fund",
            reverse("console:funds"),
            _("Show all funds"),
        )
    nothing = Empty(
        _("No fund is set up yet"),
        _("A fund has a budget for a period; partners earn their part of it from their sales."),
        "fund",
    )
    if not may_somewhere(request.me, "funds.manage"):
        return nothing
    return replace(nothing, url=reverse("console:fund_new"), label=_("Set up a fund"))


def _export_url(request: KnownRequest, *, form: str = "") -> str:
    here = query_url(request, **{"as": form})
    return reverse("console:funds_export") + here[len(request.path) :]
