"""What is not cleared yet and since when: pre-approved and unclaimed, owed, billed, on its way."""

from datetime import date
from itertools import pairwise

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.ledger.selectors import AGES, PAGE_MAX, open_ages, open_amounts
from counterfoil.apps.ledger.types import OpenAmount
from counterfoil.apps.partners.selectors import partner_names
from counterfoil.core.accounts import ACCOUNT_KINDS as RULES
from counterfoil.foundation.tabular import Column as Heading
from counterfoil.foundation.tabular import ColumnKind
from counterfoil.interfaces.console.files import table_file
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.console.parts import Head
from counterfoil.interfaces.console.tables import (
    Cell,
    Column,
    Filters,
    Row,
    Table,
    figure_cell,
    money_cell,
    pager_of,
    picked,
    query_url,
)
from counterfoil.interfaces.console.words import ACCOUNT_KINDS, day_text
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.asked import asked_number
from counterfoil.interfaces.web.presenters import Act, Crumb, Empty, format_count
from counterfoil.interfaces.web.requests import KnownRequest

PER_PAGE = 50
EXPORTED_MAX = 100_000
_HEADINGS = (
    Heading("account"),
    Heading("what"),
    Heading("partner"),
    Heading("fund_or_plan"),
    Heading("period"),
    Heading("open_since"),
    Heading("days", ColumnKind.NUMBER),
    Heading("amount", ColumnKind.NUMBER),
    Heading("currency"),
)


@shown_to("ledger.view")
def open_list(request: KnownRequest) -> HttpResponse:
    """This will show what is open by age, and each account it stands on, oldest first."""
    on, kind, start = request.at.date(), _kind(request), _start(request)
    found = open_amounts(on=on, kind=kind, start=start, limit=PER_PAGE + 1)
    shown = found[:PER_PAGE]
    context = {
        "crumbs": [Crumb(_("Open amounts"))],
        "head": Head(
            _("Open amounts"),
            _("Accounts that must come to zero, and how long they have not."),
            acts=[
                Act(_("Export CSV"), _export_url(kind, "csv"), "download", dialog=False),
                Act(_("Export XLSX"), _export_url(kind, "xlsx"), "download", dialog=False),
            ]
            if found
            else [],
        ),
        "filters": _filters(request, kind),
        "tables": [
            _ages(request, on),
            _accounts(request, shown, str(start + PER_PAGE) if len(found) > PER_PAGE else ""),
        ],
    }
    return pages.page(request, "console/list.html", context)


@shown_to("ledger.view")
def open_export(request: KnownRequest) -> HttpResponse:
    """This will hand out every open amount as CSV, or as a workbook with `as=xlsx`."""
    on, kind = request.at.date(), _kind(request)
    items: list[OpenAmount] = []
    while len(items) < EXPORTED_MAX:
        page = open_amounts(on=on, kind=kind, start=len(items), limit=PAGE_MAX)
        items += page
        if len(page) < PAGE_MAX:
            break
    names = partner_names(pks={item.partner_id for item in items})
    rows = [
        (
            item.account_code, str(ACCOUNT_KINDS[item.kind]), _name(item, names), item.fund,
            item.period, item.since, item.days, item.amount.format_number(), item.amount.currency,
        )
        for item in items
    ]  # fmt: skip
    return table_file(request, "open-amounts", _HEADINGS, rows)


def _kind(request: KnownRequest) -> str:
    kind = request.GET.get("kind", "")
    return kind if kind in {str(each) for each in _kinds()} else ""


def _kinds() -> list[str]:
    return [str(kind) for kind, rule in RULES.items() if rule.must_clear]


def _start(request: KnownRequest) -> int:
    return asked_number(request.GET.get("start", "")) or 0


def _export_url(kind: str, form: str) -> str:
    return f"{reverse('console:open_export')}?as={form}" + (f"&kind={kind}" if kind else "")


def _filters(request: KnownRequest, kind: str) -> Filters:
    choices = [(each, ACCOUNT_KINDS[each]) for each in _kinds()]
    return Filters(
        url=reverse("console:open_amounts"),
        label=_("Choose what is shown"),
        fields=[picked("kind", _("What"), choices, kind, _("Everything open"))],
        has_search=False,
    )


def _ages(request: KnownRequest, on: date) -> Table:
    heads = [_("Up to %(days)s days") % {"days": AGES[0]}]
    heads += [
        _("%(first)s to %(last)s") % {"first": low + 1, "last": high}
        for low, high in pairwise(AGES)
    ]
    heads.append(_("Over %(days)s days") % {"days": AGES[-1]})
    return Table(
        "ages",
        _("By age"),
        [
            Column(_("What")),
            Column(_("Currency")),
            Column(_("Accounts"), "num"),
            *(Column(head, "num") for head in heads),
            Column(_("Open"), "num"),
        ],
        [
            Row(
                [
                    Cell(ACCOUNT_KINDS[age.kind], query_url(request, kind=age.kind, start="")),
                    Cell(age.total.currency),
                    Cell(format_count(age.count), css="num"),
                    *(figure_cell(amount) for amount in age.by_age),
                    figure_cell(age.total),
                ],
                id=f"{age.kind}-{age.total.currency}",
            )
            for age in open_ages(on=on)
        ],
        Empty(
            _("Nothing is open"),
            _("What is pre-approved, owed or on its way to the bank stands here until then."),
            "check",
        ),
        note=_("An amount is as old as the oldest part of it that is left: first in, first out."),
    )


def _accounts(request: KnownRequest, items: tuple[OpenAmount, ...], next_start: str) -> Table:
    names = partner_names(pks={item.partner_id for item in items})
    return Table(
        "accounts",
        _("The oldest first"),
        [
            Column(_("What")),
            Column(_("Partner")),
            Column(_("Period or batch")),
            Column(_("Open since")),
            Column(_("Days"), "num"),
            Column(_("Amount"), "num"),
        ],
        [_row(item, names) for item in items],
        Empty(_("Nothing is open here"), _("Choose something else above."), "check"),
        pager=pager_of(request, shown=len(items), next_cursor=next_start, name="start"),
    )


def _row(item: OpenAmount, names: dict[int, tuple[str, str, str]]) -> Row:
    known = names.get(item.partner_id)
    return Row(
        [
            Cell(ACCOUNT_KINDS[item.kind], reverse("console:account", args=[item.account_code])),
            Cell(known[0], reverse("console:partner", args=[known[1]])) if known else Cell(),
            Cell(item.period, css="nowrap"),
            Cell(day_text(item.since), css="nowrap"),
            Cell(format_count(item.days), css="num"),
            money_cell(item.amount),
        ],
        id=item.account_code,
    )


def _name(item: OpenAmount, names: dict[int, tuple[str, str, str]]) -> str:
    known = names.get(item.partner_id)
    return known[0] if known else ""
