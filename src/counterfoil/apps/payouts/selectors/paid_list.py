"""Checking the ERP's paid list, line by line, against the bills that were released."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from counterfoil.apps.payouts.errors import PaidListRefused
from counterfoil.apps.payouts.selectors.bills import bills_by_number
from counterfoil.apps.payouts.types import BillInfo, PaidCheck, PaidLine
from counterfoil.core.currencies import UnknownCurrency
from counterfoil.core.money import Money, MoneyError
from counterfoil.foundation.tabular import (
    HeaderMatch,
    Row,
    Table,
    TableLimits,
    TableProblem,
    TableRefused,
    match_header,
    open_table,
    unguarded,
)

_FIELDS: Mapping[str, tuple[str, ...]] = {
    "bill_number": ("Bill number", "Bill", "Invoice number", "Document number"),
    "paid_on": ("Paid date", "Paid on", "Payment date", "Date paid"),
    "reference": ("Reference", "Payment reference", "Payment number"),
    "amount": ("Amount", "Paid amount", "Amount paid"),
    "currency": ("Currency", "Curr"),
}
_LIMITS = TableLimits(file_bytes_max=64 * 1024 * 1024, rows_max=200_000)
_REFERENCE_MAX = 120


def numbers_in(*, content: bytes, file_name: str) -> tuple[str, ...]:
    """This will list the bill numbers that a paid list names, so that they can be locked.

    Raises PaidListRefused when the file is no such list.
    """
    table, header = _opened(content, file_name)
    records = (header.record(row) for row in table.rows() if isinstance(row, Row))
    return tuple(sorted({unguarded(record["bill_number"]) for record in records}))


def checked_paid_list(*, content: bytes, file_name: str, on: date) -> PaidCheck:
    """This will check every line of a paid list; `on` is the day of reading.

    A line that says what is recorded already is unchanged. Raises PaidListRefused when the file as
    a whole is no paid list (no header, no such columns, not a table).
    """
    table, header = _opened(content, file_name)
    rows, problems = [], []
    for row in table.rows():
        if isinstance(row, Row):
            rows.append((row, header.record(row)))
        else:
            problems.append(row)
    bills = bills_by_number([unguarded(record["bill_number"]) for _, record in rows])
    seen: dict[str, int] = {}
    fresh, unchanged = [], []
    for row, record in rows:
        check = _Line(table, header, row, record, bills, on)
        found = list(check.problems(seen))
        if found:
            problems += found
        elif check.is_known():
            unchanged.append(check.paid_line())
        else:
            fresh.append(check.paid_line())
    problems.sort(key=lambda problem: (problem.line, problem.column or 0))
    return PaidCheck(tuple(fresh), tuple(unchanged), tuple(problems))


def _opened(content: bytes, file_name: str) -> tuple[Table, HeaderMatch]:
    try:
        table = open_table(content, name=file_name, limits=_LIMITS)
    except TableRefused as error:
        raise PaidListRefused([error.problem]) from None
    header = match_header(table, _FIELDS, required=list(_FIELDS))
    if header.problems:
        raise PaidListRefused(header.problems)
    return table, header


class _Line:
    """One line of the list with the bill that it names."""

    def __init__(
        self,
        table: Table,
        header: HeaderMatch,
        row: Row,
        record: Mapping[str, str],
        bills: Mapping[str, BillInfo],
        on: date,
    ) -> None:
        self.table, self.header, self.row, self.record, self.on = table, header, row, record, on
        self.number = unguarded(record["bill_number"])
        self.reference = unguarded(record["reference"])
        self.bill = bills.get(self.number)

    def problems(self, seen: dict[str, int]) -> Iterator[TableProblem]:
        """This will yield what is wrong with the line; `seen` maps bill numbers to lines."""
        first = seen.setdefault(self.number, self.row.line)
        if first != self.row.line:
            yield self._problem(
                "bill_number",
                f"{self.number!r} stands on line {first} already",
                "keep one line a bill",
            )
        day = self._day()
        if day is None:
            yield self._problem(
                "paid_on",
                f"{self.record['paid_on']!r} is not a date",
                "write it like 2026-04-30",
            )
        elif day > self.on:
            yield self._problem(
                "paid_on",
                f"{day} is in the future",
                f"a payment made by {self.on} has an earlier date",
            )
        if not self.reference or len(self.reference) > _REFERENCE_MAX:
            yield self._problem(
                "reference",
                "the payment has no reference" if not self.reference else "it is too long",
                f"give the ERP's payment reference, at most {_REFERENCE_MAX} characters",
            )
        yield from self._bill_problems(day)

    def _bill_problems(self, day: date | None) -> Iterator[TableProblem]:
        bill = self.bill
        if bill is None:
            yield self._problem(
                "bill_number", f"there is no bill {self.number!r}", "use our bill number, VB-…"
            )
            return
        if bill.state == "void" or bill.batch_state != "released":
            yield self._problem(
                "bill_number",
                f"bill {bill.number} was never released to the ERP ({bill.batch_state})",
                "ask Finance which bill was paid",
            )
            return
        yield from self._amount_problems(bill)
        # A day of grace: the release is a moment in UTC, the payment a day where the ERP is.
        if day and bill.released_at and day < bill.released_at.date() - timedelta(days=1):
            yield self._problem(
                "paid_on",
                f"{day} is before the bill was released ({bill.released_at.date()})",
                "give the day on which this bill was paid",
            )
        if bill.state == "paid" and day and not self.is_known():
            yield self._problem(
                "bill_number",
                f"bill {bill.number} was paid on {bill.paid_on} with reference "
                f"{bill.paid_reference!r}",
                "a bill is paid once; ask the bank about a second payment",
            )

    def _amount_problems(self, bill: BillInfo) -> Iterator[TableProblem]:
        currency = self.record["currency"].upper()
        if currency != bill.amount.currency:
            yield self._problem(
                "currency",
                f"{self.record['currency']!r} is not the bill's currency",
                f"bill {bill.number} is in {bill.amount.currency}",
            )
            return
        try:
            paid = Money.parse(unguarded(self.record["amount"]), currency)
        except (MoneyError, UnknownCurrency) as error:
            hint = f"write it like {bill.amount.format_number()}"
            # The second half of the error is a hint of its own; ours names this bill's amount.
            yield self._problem("amount", str(error).partition("; ")[0], hint)
            return
        if paid != bill.amount:
            yield self._problem(
                "amount",
                f"{paid} is not what was billed",
                f"bill {bill.number} is over {bill.amount}",
            )

    def is_known(self) -> bool:
        """This will tell whether the bill is recorded as paid, with the same day and reference."""
        bill = self.bill
        return (
            bill is not None
            and bill.state == "paid"
            and (bill.paid_on, bill.paid_reference) == (self._day(), self.reference)
        )

    def paid_line(self) -> PaidLine:
        """This will freeze a line without problems."""
        day = self._day()
        assert self.bill is not None
        assert day is not None
        return PaidLine(self.row.line, self.bill, day, self.reference)

    def _day(self) -> date | None:
        text = self.record["paid_on"]
        try:
            return date.fromisoformat(text) if len(text) == 10 else None
        except ValueError:
            return None

    def _problem(self, field: str, message: str, hint: str) -> TableProblem:
        place = self.header.places[field]
        name = self.table.header[place]
        return TableProblem(self.table.name, self.row.line, place + 1, name, message, hint)
