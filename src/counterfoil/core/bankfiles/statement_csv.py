"""A statement as CSV, read by the mapping that somebody saved for this bank.

The mapping feeds the fields of the record type `bank_lines` (core.records). A CSV proves itself
only by a running balance; without one it is shown for review, like any statement without balances.
"""

import csv
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from counterfoil.core.bankfiles.places import clean, decoded, refusal
from counterfoil.core.bankfiles.statements import (
    ENTRIES_MAX,
    Balance,
    Detail,
    Entry,
    Place,
    Statement,
    StatementFile,
    StatementKind,
)
from counterfoil.core.canonical import sha256_hex
from counterfoil.core.money import Money
from counterfoil.core.records import (
    RECORD_TYPES,
    RowReader,
    Value,
    mapping_problems,
    read_sources,
)

RECORD_TYPE = "bank_lines"


def read_statement_csv(content: bytes, *, file: str, mapping: Mapping[str, Any]) -> StatementFile:
    """This will read a CSV of bank lines, one statement for each account and currency.

    Raises BankFileRefused with the line of the first thing that is wrong.
    """
    rows = _rows(decoded(content, file), file)
    line, heading = next(rows, (1, []))
    record = RECORD_TYPES[RECORD_TYPE]
    try:
        sources = read_sources(mapping)
    except ValueError as error:
        raise refusal(file, 1, f"the mapping is wrong: {error}", "save it again") from None
    for problem in mapping_problems(record, sources, heading):
        raise refusal(file, line, problem.message, problem.hint)
    reader = RowReader.of(record, sources, heading)
    taken: dict[tuple[str, str], list[tuple[Entry, Money | None]]] = {}
    for line, cells in rows:
        if len(cells) != len(heading):
            raise refusal(
                file, line, f"the row has {len(cells)} cells, the heading {len(heading)}",
                "put cells that contain the delimiter in double quotes",
            )  # fmt: skip
        found = reader.read(cells)
        if isinstance(found, list):
            first = found[0]
            raise refusal(file, line, f"{first.field}: {first.message}", first.hint)
        account, entry, balance = _entry(found, line, file)
        lines = taken.setdefault((account, entry.amount.currency), [])
        lines.append((_numbered(entry, len(lines) + 1), balance))
        if len(lines) > ENTRIES_MAX:
            raise refusal(file, line, "too many lines", "ask for shorter spans")
    if not taken:
        raise refusal(file, 1, "the file has no line below its heading", "export the days again")
    digest = sha256_hex(content)
    statements = [
        _statement(account, currency, lines, file, digest)
        for (account, currency), lines in taken.items()
    ]
    return StatementFile("CSV", digest[:32], tuple(statements))


def _rows(text: str, file: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with its line; the delimiter is what the heading has most of."""
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t|", key=head.count)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise refusal(file, line, f"the row can't be cut: {error}", "check quotes") from None
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield line, [cell.strip() for cell in cells]


def _entry(found: Mapping[str, Value], line: int, file: str) -> tuple[str, Entry, Money | None]:
    amount, booked = found["amount"], found["booked_on"]
    assert isinstance(amount, Money)
    assert isinstance(booked, date)
    direction = found.get("direction")
    if direction is not None:
        if amount.is_negative and direction == "debit":
            amount = -amount
        elif amount.is_negative:
            raise refusal(
                file, line, f"{amount} is negative and a credit", "one of the two is wrong"
            )
        amount = -amount if direction == "debit" else amount
    valued = found.get("valued_on")
    balance = found.get("balance")
    detail = Detail(
        end_to_end_id=_text(found, "end_to_end_id"),
        amount=amount,
        party=_text(found, "party"),
        party_account=_text(found, "party_account").replace(" ", ""),
        text=_text(found, "text"),
        line=line,
    )
    entry = Entry(
        number=0,
        amount=amount,
        status="booked",
        booked_on=booked,
        valued_on=valued if isinstance(valued, date) else booked,
        reference=_text(found, "reference"),
        text=_text(found, "text"),
        details=(detail,),
        line=line,
    )
    account = "".join(_text(found, "account").split())
    return account, entry, balance if isinstance(balance, Money) else None


def _text(found: Mapping[str, Value], name: str) -> str:
    value = found.get(name)
    return clean(value) if isinstance(value, str) else ""


def _numbered(entry: Entry, number: int) -> Entry:
    return replace(entry, number=number)


def _statement(
    account: str,
    currency: str,
    lines: list[tuple[Entry, Money | None]],
    file: str,
    digest: str,
) -> Statement:
    entries = [entry for entry, _ in lines]
    review: list[Place] = []
    opening = closing = None
    if all(balance is not None for _, balance in lines):
        ordered = lines
        if len(lines) > 1 and not _runs(lines) and _runs(lines[::-1]):
            ordered = lines[::-1]
        first, last = ordered[0], ordered[-1]
        assert first[1] is not None
        assert last[1] is not None
        opening = Balance(
            "running", first[1] - first[0].amount, first[0].booked_on, first[0].line
        )  # fmt: skip
        closing = Balance("running", last[1], last[0].booked_on, last[0].line)
        wrong = _first_break(ordered)
        if wrong is not None:
            review.append(
                Place(
                    file, wrong.line, "the running balance does not follow from the line before",
                    "a line is missing or too much",
                )
            )  # fmt: skip
    else:
        review.append(
            Place(
                file, entries[0].line, "the file has no running balance",
                "it cannot prove itself; a person compares it with the bank",
            )
        )  # fmt: skip
    days = [entry.booked_on for entry in entries]
    return Statement(
        kind=StatementKind.STATEMENT,
        account=account,
        number="",
        id=digest[:32],
        currency=currency,
        opening=opening,
        closing=closing,
        entries=tuple(entries),
        from_on=min(days),
        to_on=max(days),
        review=tuple(review),
        line=entries[0].line,
    )


def _runs(lines: list[tuple[Entry, Money | None]]) -> bool:
    return _first_break(lines) is None


def _first_break(lines: list[tuple[Entry, Money | None]]) -> Entry | None:
    """Return the first entry whose running balance is not the one before plus its amount."""
    for (_, before), (entry, after) in itertools.pairwise(lines):
        assert before is not None
        assert after is not None
        if before + entry.amount != after:
            return entry
    return None
