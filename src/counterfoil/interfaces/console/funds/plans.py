"""Where the commissions of each plan stand: by plan, month and currency, down to entries."""

from collections.abc import Mapping, Sequence

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.earnings.selectors import list_uses
from counterfoil.apps.earnings.types import UseInfo
from counterfoil.apps.ledger.selectors import entries_of, plan_rows
from counterfoil.apps.ledger.types import PlanPosition
from counterfoil.apps.partners.selectors import get_partner, partner_names
from counterfoil.core.money import Money
from counterfoil.foundation.tabular import Column as Heading
from counterfoil.foundation.tabular import ColumnKind
from counterfoil.interfaces.console.files import table_file
from counterfoil.interfaces.console.funds.entries import entries_table
from counterfoil.interfaces.console.funds.tabs import fund_tabs
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.console.parts import Head
from counterfoil.interfaces.console.tables import (
    Cell,
    Column,
    Filters,
    Row,
    Table,
    figure_cell,
    pager_of,
    picked,
    query_url,
)
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.asked import asked_number
from counterfoil.interfaces.web.presenters import (
    Act,
    Crumb,
    Empty,
    Status,
    format_count,
    show_money,
)
from counterfoil.interfaces.web.requests import KnownRequest

FIGURES = ("earned", "taken_back", "held", "approved", "paid", "owed_back")
PER_PAGE = 50
_HEADINGS = (
    Heading("plan"),
    Heading("program"),
    Heading("month"),
    Heading("partner"),
    Heading("currency"),
    *(Heading(name, ColumnKind.NUMBER) for name in FIGURES),
    Heading("entries", ColumnKind.NUMBER),
)


@shown_to("ledger.view")
def plan_stages(request: KnownRequest) -> HttpResponse:
    """This will show the stages of commission by plan, month and currency."""
    uses = {use.public_id: use for use in list_uses()}
    rows, partner_name = _chosen(request, uses)
    start = asked_number(request.GET.get("start", "")) or 0
    shown = rows[start : start + PER_PAGE]
    following = str(start + PER_PAGE) if len(rows) > start + PER_PAGE else ""
    lead = _("Every figure is a sum of ledger entries.")
    if partner_name:
        lead = _("The part of %(partner)s. Every figure is a sum of ledger entries.") % {
            "partner": partner_name
        }
    context = {
        "crumbs": [Crumb(_("Funds"), reverse("console:funds")), Crumb(_("Commission plans"))],
        "head": Head(
            _("Commission by plan"),
            lead,
            _ties(rows) if rows else None,
            _exports(request) if rows else [],
        ),
        "tabs": fund_tabs(request.me, "plans"),
        "tabs_label": _("Funds and plans"),
        "filters": _filters(request, uses),
        "kpis": _sums(rows),
        "tables": [
            Table(
                "plans",
                _("Plans"),
                [Column(_("Plan and month")), Column(_("Currency")), *_columns()],
                [
                    Row(
                        [
                            Cell(
                                f"{uses[row.plan].plan_code} {row.period}",
                                _plan_url(row),
                                uses[row.plan].program,
                            ),
                            Cell(row.currency),
                            *_figures(row, _plan_url(row)),
                        ],
                        id=f"{row.plan}-{row.period}-{row.currency}",
                        is_bad=not row.difference.is_zero,
                    )
                    for row in shown
                ],
                _nothing(),
                note=_("Earned less taken back is held, approved and paid, less owed back."),
                pager=pager_of(request, shown=len(shown), next_cursor=following, name="start"),
            )
        ],
    }
    return pages.page(request, "console/list.html", context)


@shown_to("ledger.view")
def plan_export(request: KnownRequest) -> HttpResponse:
    """This will hand out the stages by plan, month, partner and currency, CSV or workbook."""
    uses = {use.public_id: use for use in list_uses()}
    rows, _partner = _chosen(request, uses, is_by_partner=True)
    names = partner_names(pks={row.partner_id for row in rows})
    lines = [
        (
            uses[row.plan].plan_code, uses[row.plan].program, row.period,
            names[row.partner_id][0], row.currency,
            *(getattr(row, name).format_number() for name in FIGURES), row.entry_count,
        )
        for row in rows
    ]  # fmt: skip
    return table_file(request, "commission-stages", _HEADINGS, lines)


@shown_to("ledger.view")
def plan_month(request: KnownRequest, use_id: str, month: str) -> HttpResponse:
    """This will show a plan's month: its stages, its partners, its entries."""
    use = {each.public_id: each for each in list_uses()}.get(use_id)
    if use is None:
        raise Http404
    whole = [row for row in plan_rows(plans=[use_id]) if row.period == month]
    partner_id = request.GET.get("partner", "")
    partner = get_partner(partner_id=partner_id) if partner_id else None
    title = _("Ledger entries")
    if partner:
        title = _("Ledger entries of %(partner)s") % {"partner": partner.name}
    name = f"{use.plan_code} {month}"
    context = {
        "crumbs": [
            Crumb(_("Funds"), reverse("console:funds")),
            Crumb(_("Commission plans"), reverse("console:plan_stages")),
            Crumb(name),
        ],
        "head": Head(name, use.program, _ties(whole) if whole else None),
        "kpis": [
            (f"{word}, {row.currency}", show_money(getattr(row, figure)).figure, "")
            for row in whole
            for figure, word in zip(FIGURES, _words(), strict=True)
        ],
        "tables": [
            _partners(request, use_id, month),
            entries_table(
                request,
                entries_of(
                    fund=use_id,
                    period=month,
                    partner_id=partner.pk if partner else None,
                    cursor=asked_number(request.GET.get("before", "")),
                ),
                title=title,
            ),
        ],
    }
    return pages.page(request, "console/list.html", context)


def _chosen(
    request: KnownRequest, uses: Mapping[str, UseInfo], *, is_by_partner: bool = False
) -> tuple[list[PlanPosition], str]:
    """Return the rows asked for, the newest month first, and the partner's name."""
    ask = request.GET.get
    partner = get_partner(partner_id=ask("partner", "")) if ask("partner", "") else None
    rows = [
        row
        for row in plan_rows(
            plans=[ask("plan", "")] if ask("plan", "") in uses else None,
            partner_id=partner.pk if partner else None,
            is_by_partner=is_by_partner,
        )
        if row.plan in uses
        and ask("period", "") in {"", row.period}
        and ask("currency", "") in {"", row.currency}
    ]
    rows.sort(key=lambda row: row.period, reverse=True)
    return rows, partner.name if partner else ""


def _words() -> list[str]:
    return [
        _("Earned"),
        _("Taken back"),
        _("Held"),
        _("Approved"),
        _("Paid"),
        _("Owed back"),
    ]


def _columns() -> list[Column]:
    return [*(Column(word, "num") for word in _words()), Column(_("Entries"), "num")]


def _figures(row: PlanPosition, entries_url: str) -> list[Cell]:
    return [
        *(figure_cell(getattr(row, name)) for name in FIGURES),
        Cell(format_count(row.entry_count), f"{entries_url}#entries", css="num"),
    ]


def _plan_url(row: PlanPosition) -> str:
    return reverse("console:plan_month", args=[row.plan, row.period])


def _ties(rows: Sequence[PlanPosition]) -> Status:
    off = [row.difference for row in rows if not row.difference.is_zero]
    if not off:
        return Status(_("Ties to the ledger, difference 0.00"), "pass", "ok")
    return Status(
        _("Differs from the ledger by %(sum)s") % {"sum": show_money(off[0])}, "fail", "bad"
    )


def _sums(rows: Sequence[PlanPosition]) -> list[tuple[str, str, str]]:
    """Return what is owed and not paid in each currency; never a sum across currencies."""
    sums: dict[str, dict[str, Money]] = {}
    for row in rows:
        held = sums.setdefault(row.currency, dict.fromkeys(FIGURES, Money.zero(row.currency)))
        for name in FIGURES:
            held[name] = held[name] + getattr(row, name)
    return [
        (
            _("Earned and not paid, %(currency)s") % {"currency": currency},
            show_money(at["held"] + at["approved"]).figure,
            _("held %(held)s · approved %(approved)s · paid %(paid)s")
            % {name: show_money(at[name]).figure for name in ("held", "approved", "paid")},
        )
        for currency, at in sorted(sums.items())
    ]


def _filters(request: KnownRequest, uses: Mapping[str, UseInfo]) -> Filters:
    ask = request.GET.get
    every = plan_rows()
    plans = [(use.public_id, f"{use.plan_code}, {use.program}") for use in uses.values()]
    months = sorted({row.period for row in every}, reverse=True)
    currencies = sorted({row.currency for row in every})
    return Filters(
        reverse("console:plan_stages"),
        _("Choose plans"),
        fields=[
            picked("plan", _("Plan"), plans, ask("plan", ""), _("Every plan")),
            picked(
                "period",
                _("Month"),
                [(month, month) for month in months],
                ask("period", ""),
                _("Every month"),
            ),
            picked(
                "currency",
                _("Currency"),
                [(code, code) for code in currencies],
                ask("currency", ""),
                _("Every currency"),
            ),
        ],
        has_search=False,
        hidden=[("partner", ask("partner", ""))] if ask("partner", "") else [],
    )


def _partners(request: KnownRequest, use_id: str, month: str) -> Table:
    rows = [row for row in plan_rows(plans=[use_id], is_by_partner=True) if row.period == month]
    names = partner_names(pks={row.partner_id for row in rows})
    rows.sort(key=lambda row: (names[row.partner_id][0], row.currency))
    start = asked_number(request.GET.get("partners", "")) or 0
    shown = rows[start : start + PER_PAGE]
    following = str(start + PER_PAGE) if len(rows) > start + PER_PAGE else ""
    return Table(
        "partners",
        _("Partners"),
        [Column(_("Partner")), Column(_("Currency")), *_columns()],
        [
            Row(
                [
                    Cell(
                        names[row.partner_id][0],
                        reverse("console:partner", args=[names[row.partner_id][1]]),
                    ),
                    Cell(row.currency),
                    *_figures(row, f"{_plan_url(row)}?partner={names[row.partner_id][1]}"),
                ],
                is_bad=not row.difference.is_zero,
            )
            for row in shown
        ],
        _nothing(),
        note=_("%(count)s partners") % {"count": len({row.partner_id for row in rows})},
        pager=pager_of(request, shown=len(shown), next_cursor=following, name="partners"),
    )


def _nothing() -> Empty:
    return Empty(
        _("No commission is posted here"),
        _("A month's commission stands here once its run is approved and posted."),
        "coins",
        reverse("console:commissions"),
        _("See the runs"),
    )


def _exports(request: KnownRequest) -> list[Act]:
    here = query_url(request, start="")[len(request.path) :]
    base = reverse("console:plan_export") + here
    sign = "&" if here else "?"
    return [
        Act(_("Export CSV"), base, "download", dialog=False),
        Act(_("Export XLSX"), f"{base}{sign}as=xlsx", "download", dialog=False),
    ]
