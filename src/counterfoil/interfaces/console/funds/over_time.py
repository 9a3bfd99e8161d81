"""Money month by month, as charts with the tables behind them."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from django.http import HttpResponse
from django.urls import reverse
from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _

from counterfoil.apps.ledger.selectors import (
    AGES,
    budget_burn,
    list_months,
    money_months,
    open_ages,
)
from counterfoil.apps.ledger.types import BurnMonth, MoneyMonth, OpenAge
from counterfoil.apps.programs.selectors import list_funds
from counterfoil.apps.programs.types import FundInfo
from counterfoil.core.calendars import month_days, months_between
from counterfoil.core.money import Money
from counterfoil.foundation.tabular import Column as Heading
from counterfoil.foundation.tabular import ColumnKind
from counterfoil.interfaces.console.files import table_file
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
    picked,
    query_url,
)
from counterfoil.interfaces.console.words import ACCOUNT_KINDS
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import (
    Act,
    Chart,
    ChartSeries,
    Crumb,
    Empty,
    column_chart,
    format_share,
    show_money,
)
from counterfoil.interfaces.web.requests import KnownRequest

MONTHS_SHOWN = 12
BURNS_SHOWN = 2
FIGURES = ("accrued", "paid", "in_transit", "billed", "pre_approved")
_AGE_COLORS = ("f-claimed", "f-approved", "f-paid", "f-expired")
_HEADINGS = (
    Heading("month"),
    Heading("currency"),
    *(Heading(name, ColumnKind.NUMBER) for name in FIGURES),
)


@shown_to("ledger.view")
def money_over_time(request: KnownRequest) -> HttpResponse:
    """This will draw accruals against payments, cash in transit, ages and the use of budgets."""
    first, last = _span(request)
    every = money_months(first=first, last=last)
    currencies = sorted({row.currency for row in every})
    currency = request.GET.get("currency", "")
    if currency not in currencies:
        currency = currencies[0] if currencies else ""
    rows = [row for row in every if row.currency == currency]
    context = {
        "crumbs": [Crumb(_("Funds"), reverse("console:funds")), Crumb(_("Month by month"))],
        "head": Head(
            _("Money month by month"),
            _("What became owed, what went out, what was on its way. Sums of ledger entries."),
            acts=_exports(request) if rows else [],
        ),
        "tabs": fund_tabs(request.me, "months"),
        "tabs_label": _("Funds and plans"),
        "filters": _filters(request, currencies, currency, last) if rows else None,
        "charts": _charts(rows, last, today=f"{request.at.date():%Y-%m}") if rows else [],
        "tables": [_table(rows, currency), *_burn_tables(currency, last)],
    }
    return pages.page(request, "console/funds/over_time.html", context)


@shown_to("ledger.view")
def money_export(request: KnownRequest) -> HttpResponse:
    """This will hand out the months of every currency, as CSV or as a workbook."""
    first, last = _span(request)
    rows = [
        (
            row.month,
            row.currency,
            *(getattr(row, name).format_number() for name in FIGURES),
        )
        for row in money_months(first=first, last=last)
    ]
    return table_file(request, "money-by-month", _HEADINGS, rows)


def _span(request: KnownRequest) -> tuple[str, str]:
    """Return the first and last month shown: a year that ends with the month asked for."""
    known = _known(request)
    asked = request.GET.get("until", "")
    last = asked if asked in known else known[-1]
    end = month_days(last)[0]
    first = date(end.year - (end.month < MONTHS_SHOWN), end.month % MONTHS_SHOWN + 1, 1)
    return f"{first:%Y-%m}", last


def _known(request: KnownRequest) -> list[str]:
    """Return the months from the first entry until now."""
    today = f"{request.at.date():%Y-%m}"
    first = min((month.code for month in list_months()), default=today)
    return months_between(min(first, today), today)


def _charts(rows: Sequence[MoneyMonth], last: str, *, today: str) -> list[Chart]:
    currency = rows[0].currency
    months, short = [row.month for row in rows], [_short(row.month) for row in rows]

    def amounts(name: str) -> list[int]:
        return [getattr(row, name).minor for row in rows]

    accrued, paid = (Money(sum(amounts(name)), currency) for name in ("accrued", "paid"))
    charts = [
        column_chart(
            "accruals",
            _("%(accrued)s became owed, %(paid)s was paid")
            % {"accrued": show_money(accrued), "paid": show_money(paid)},
            groups=months,
            short=short,
            series=[
                ChartSeries("f-approved", _("Accrued"), amounts("accrued")),
                ChartSeries("f-paid", _("Paid"), amounts("paid")),
            ],
            currency=currency,
            is_stacked=False,
            table_url="#months",
        ),
        column_chart(
            "transit",
            _on_its_way(rows[-1], is_now=last == today),
            groups=months,
            short=short,
            series=[
                ChartSeries("f-paid", _("In transit at the bank"), amounts("in_transit")),
                ChartSeries("f-claimed", _("On vendor bills"), amounts("billed")),
            ],
            currency=currency,
            is_stacked=True,
            table_url="#months",
        ),
    ]
    ages = [age for age in open_ages(on=month_days(last)[1]) if age.total.currency == currency]
    if ages:
        charts.append(_ages(ages, currency))
    charts += [_burn(fund, months) for fund, months in _burns(currency, last)]
    return charts


def _on_its_way(row: MoneyMonth, *, is_now: bool) -> str:
    figures = {"sum": show_money(row.in_transit + row.billed), "month": row.month}
    if is_now:
        return _("%(sum)s is on its way to partners") % figures
    return _("%(sum)s was on its way to partners at the end of %(month)s") % figures


def _short(month: str) -> str:
    """Return the month's short name, with its year where a year begins."""
    first = month_days(month)[0]
    return format_date(first, "M y" if first.month == 1 else "M")


def _ages(ages: Sequence[OpenAge], currency: str) -> Chart:
    old = Money(sum(age.by_age[-1].minor for age in ages), currency)
    words = [_("Up to %(days)s days") % {"days": AGES[0]}]
    words += [
        _("%(first)s to %(last)s") % {"first": low + 1, "last": high}
        for low, high in pairwise(AGES)
    ]
    words.append(_("Over %(days)s days") % {"days": AGES[-1]})
    return column_chart(
        "ages",
        _("%(sum)s is open for more than %(days)s days")
        % {"sum": show_money(old), "days": AGES[-1]},
        groups=[str(ACCOUNT_KINDS[age.kind]) for age in ages],
        series=[
            ChartSeries(css, word, [max(age.by_age[place].minor, 0) for age in ages])
            for place, (css, word) in enumerate(zip(_AGE_COLORS, words, strict=True))
        ],
        currency=currency,
        is_stacked=True,
        table_url=reverse("console:open_amounts"),
    )


def _burns(currency: str, last: str) -> list[tuple[FundInfo, tuple[BurnMonth, ...]]]:
    """Return the newest fund periods of the currency that had begun, the newest first."""
    begun = [
        fund
        for fund in list_funds()
        if fund.currency == currency and f"{fund.starts_on:%Y-%m}" <= last
    ]
    begun.sort(key=lambda fund: (fund.starts_on, fund.code), reverse=True)
    burns = ((fund, budget_burn(fund=fund.public_id, last=last)) for fund in begun)
    return [(fund, months) for fund, months in burns if months][:BURNS_SHOWN]


def _burn(fund: FundInfo, months: Sequence[BurnMonth]) -> Chart:
    end = months[-1]
    used = end.committed + end.claimed
    share = used.minor * 100 // max(end.authorized.minor, 1) * 10_000
    return column_chart(
        f"burn-{fund.public_id}",
        _("%(fund)s has used %(share)s of its budget")
        % {"fund": f"{fund.name} {fund.period}", "share": format_share(share)},
        groups=[month.month for month in months],
        short=[_short(month.month) for month in months],
        series=[
            ChartSeries("f-paid", _("Claimed"), [month.claimed.minor for month in months]),
            ChartSeries(
                "f-open", _("Pre-approved (open)"), [month.committed.minor for month in months]
            ),
            ChartSeries(
                "f-available", _("Available"), [month.allocated.minor for month in months]
            ),
        ],
        currency=fund.currency,
        is_stacked=True,
        table_url=f"#burned-{fund.public_id}",
        limit=(_("Budget"), end.authorized.minor),
    )


def _table(rows: Sequence[MoneyMonth], currency: str) -> Table:
    return Table(
        "months",
        _("Months"),
        [
            Column(_("Month")),
            *(
                Column(word, "num")
                for word in (
                    _("Accrued"),
                    _("Paid"),
                    _("In transit at the bank"),
                    _("On vendor bills"),
                    _("Pre-approved (open)"),
                )
            ),
        ],
        [
            Row([Cell(row.month), *(figure_cell(getattr(row, name)) for name in FIGURES)])
            for row in rows
        ],
        Empty(
            _("Nothing has moved yet"),
            _("Months stand here once partners earn, claims are approved or files are paid."),
            "report",
            reverse("console:funds"),
            _("See the funds"),
        ),
        note=f"{currency} · " + _("the last three figures are as of the end of the month")
        if rows
        else "",
    )


def _burn_tables(currency: str, last: str) -> list[Table]:
    words = (_("Budget"), _("Available"), _("Pre-approved (open)"), _("Claimed"), _("Returned"))
    names = ("authorized", "allocated", "committed", "claimed", "returned")
    return [
        Table(
            f"burned-{fund.public_id}",
            f"{fund.name} {fund.period}",
            [Column(_("Month")), *(Column(word, "num") for word in words)],
            [
                Row([Cell(at.month), *(figure_cell(getattr(at, name)) for name in names)])
                for at in months
            ],
            Empty(_("Nothing has moved yet"), ""),
            note=f"{currency} · " + _("at the end of each month"),
        )
        for fund, months in _burns(currency, last)
    ]


def _filters(
    request: KnownRequest, currencies: Sequence[str], currency: str, last: str
) -> Filters:
    until = reversed(_known(request))
    return Filters(
        reverse("console:money_months"),
        _("Choose months"),
        fields=[
            picked(
                "until",
                _("Until"),
                [(month, month) for month in until],
                last,
                _("The newest month"),
            ),
            picked(
                "currency",
                _("Currency"),
                [(code, code) for code in currencies],
                currency,
                _("The first currency"),
            ),
        ],
        has_search=False,
    )


def _exports(request: KnownRequest) -> list[Act]:
    here = query_url(request)[len(request.path) :]
    base = reverse("console:money_export") + here
    sign = "&" if here else "?"
    return [
        Act(_("Export CSV"), base, "download", dialog=False),
        Act(_("Export XLSX"), f"{base}{sign}as=xlsx", "download", dialog=False),
    ]
