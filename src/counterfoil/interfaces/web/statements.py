"""A commission statement for the screen and as files: the same for the partner and for us."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import BinaryIO, Protocol

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from counterfoil.apps.earnings.selectors import lines_of_figure
from counterfoil.apps.earnings.types import LineInfo, StatementInfo
from counterfoil.core.calendars import month_days
from counterfoil.core.canonical import sha256_hex
from counterfoil.core.money import Money
from counterfoil.core.statement_words import (
    open_parts,
    say,
    say_day,
    say_figure,
    say_month,
    say_plan,
)
from counterfoil.core.statements import Account, Figure
from counterfoil.foundation.tabular import Column, ColumnKind, write_csv
from counterfoil.interfaces.web.presenters import MoneyText, format_count, show_money


class Store(Protocol):
    """Where issued documents lie by their hash."""

    def open(self, sha256: str) -> BinaryIO:
        """This will open a content for reading."""
        ...


class DocumentDiffers(RuntimeError):
    """The stored document is not the one that was issued."""


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A figure of a statement: its words, what stands below them, its sum and its address."""

    words: str
    note: str
    money: MoneyText
    url: str


@dataclass(frozen=True, slots=True)
class AccountPart:
    """A statement in one currency for the screen."""

    id: str
    heading: str
    currency: str
    opening_words: str
    opening: MoneyText
    rows: list[FigureRow]
    closing_words: str
    closing: MoneyText
    parts: list[tuple[str, MoneyText]]
    nothing: str


def accounts_of(
    found: StatementInfo, *, language: str, url_of: Callable[[str], str]
) -> list[AccountPart]:
    """This will show each currency of a statement; `url_of` makes the address of a figure."""
    first, last = month_days(found.month)
    return [
        AccountPart(
            id=f"in-{account.currency.lower()}",
            heading=say("currency", language, currency=account.currency),
            currency=account.currency,
            opening_words=say(
                "opening", language, on=say_day(first - timedelta(days=1), language)
            ),
            opening=_money(account, account.opening),
            rows=[
                FigureRow(
                    say_figure(found.content, figure, language),
                    figure_note(found, figure, language),
                    _money(account, figure.minor),
                    url_of(f"{account.currency}-{number}"),
                )
                for number, figure in enumerate(account.figures)
            ],
            closing_words=say("closing", language, on=say_day(last, language)),
            closing=_money(account, account.closing),
            parts=[
                (words, _money(account, minor)) for words, minor in open_parts(account, language)
            ],
            nothing=say("nothing", language),
        )
        for account in found.content.accounts
    ]


def figure_note(found: StatementInfo, figure: Figure, language: str) -> str:
    """This will say what stands below a figure: its plan, lines, sales, reason and reference."""
    parts = [say_plan(found.content, figure.use, language)]
    if figure.lines:
        parts.append(
            ngettext("%(count)s line", "%(count)s lines", figure.lines)
            % {"count": format_count(figure.lines)}
        )
    return " · ".join(part for part in (*parts, figure.reason) if part)


def name_of(found: StatementInfo, language: str) -> str:
    """This will name a statement: its month and, from the second on, its number."""
    month = say_month(found.month, language)
    return month if found.number == 1 else _("%(month)s, number %(number)s") % {
        "month": month, "number": found.number,
    }  # fmt: skip


def pdf_answer(found: StatementInfo, store: Store) -> HttpResponse:
    """This will hand out the PDF that was issued, byte for byte. Raises DocumentDiffers."""
    with store.open(found.pdf_sha256) as file:
        content = file.read()
    if sha256_hex(content) != found.pdf_sha256:
        raise DocumentDiffers(f"The document of the statement {found.public_id} was changed.")
    return _file(content, "application/pdf", found, "pdf")


def csv_answer(found: StatementInfo, language: str) -> HttpResponse:
    """This will hand out a statement with all of its own lines as CSV."""
    out = io.BytesIO()
    write_csv(out, _COLUMNS, _rows(found, language), has_mark=True)
    return _file(out.getvalue(), "text/csv; charset=utf-8", found, "csv")


_COLUMNS = [
    Column("statement"),
    Column("month"),
    Column("record"),
    Column("group"),
    Column("words"),
    Column("plan"),
    Column("about month"),
    Column("day"),
    Column("reference"),
    Column("line"),
    Column("order"),
    Column("product"),
    Column("category"),
    Column("sales", ColumnKind.NUMBER),
    Column("amount", ColumnKind.NUMBER),
    Column("currency"),
]


def _rows(found: StatementInfo, language: str) -> Iterator[list[str]]:
    for account in found.content.accounts:
        records = [_balance(found, account, language, is_opening=True)]
        for figure in account.figures:
            told = _figure(found, account, figure, language)
            records.append(told)
            records += [
                {**told, **_line(line), "record": "line", "reference": ""}
                for line in lines_of_figure(found, figure, language=language)
            ]
        records.append(_balance(found, account, language, is_opening=False))
        for record in records:
            head = {"statement": found.public_id, "month": found.month}
            full = {**head, "currency": account.currency, **record}
            yield [full.get(column.name, "") for column in _COLUMNS]


def _balance(
    found: StatementInfo, account: Account, language: str, *, is_opening: bool
) -> dict[str, str]:
    first, last = month_days(found.month)
    day = first - timedelta(days=1) if is_opening else last
    group = "opening" if is_opening else "closing"
    return {
        "record": "balance",
        "group": group,
        "words": say(group, language, on=say_day(day, language)),
        "day": day.isoformat(),
        "amount": _number(account, account.opening if is_opening else account.closing),
    }


def _figure(
    found: StatementInfo, account: Account, figure: Figure, language: str
) -> dict[str, str]:
    return {
        "record": "figure",
        "group": str(figure.group),
        "words": say_figure(found.content, figure, language),
        "plan": say_plan(found.content, figure.use, language),
        "about month": figure.period,
        "day": figure.on.isoformat() if figure.on else "",
        "reference": figure.reason or figure.ref,
        "category": figure.category,
        "sales": _number(account, figure.base) if figure.lines else "",
        "amount": _number(account, figure.minor),
    }


def _line(line: LineInfo) -> dict[str, str]:
    sold = -line.counted if line.is_refund else line.counted
    return {
        "day": line.sold_on.isoformat(),
        "line": line.source_key,
        "order": line.order_number,
        "product": line.product,
        "category": line.category,
        "sales": sold.format_number(),
        "amount": line.commission.format_number(),
    }


def _number(account: Account, minor: int) -> str:
    return Money(minor, account.currency).format_number()


def _money(account: Account, minor: int) -> MoneyText:
    return show_money(Money(minor, account.currency))


def _file(content: bytes, kind: str, found: StatementInfo, ending: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=kind)
    name = f"statement-{found.month}-{found.number}.{ending}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
