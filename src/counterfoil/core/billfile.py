"""The vendor-bill file: its columns, and a reader of its own that proves what was written.

The file is written by the one table writer of the house; this reader shares no code with it. It
cuts the bytes by the grammar of RFC 4180 and adds the amounts up again, so that count and totals
of a batch come from what leaves and not from what was meant.
"""

from collections import defaultdict
from dataclasses import dataclass

from counterfoil.core.currencies import UnknownCurrency
from counterfoil.core.money import Money, MoneyError

COLUMNS = (
    "Bill number",
    "Bill date",
    "Due date",
    "Vendor number",
    "Vendor name",
    "Currency",
    "Amount",
    "Cost center",
    "Account",
    "Our reference",
    "Claim",
    "Partner",
    "Partner id",
    "Program",
    "Fund",
    "Period",
)
"""The columns of the file, in order; Amount is a plain number in the bill's currency."""

_NUMBER, _VENDOR, _CURRENCY, _AMOUNT = (
    COLUMNS.index(name) for name in ("Bill number", "Vendor number", "Currency", "Amount")
)


class BadBillFile(ValueError):
    """The bytes are not a vendor-bill file; the message names the line."""


@dataclass(frozen=True, slots=True)
class BillFile:
    """What the bytes of a vendor-bill file say: bills as (number, vendor number, amount)."""

    bills: tuple[tuple[str, str, Money], ...]

    @property
    def count(self) -> int:
        """Return the number of bills."""
        return len(self.bills)

    @property
    def totals(self) -> dict[str, int]:
        """Return the minor units of each currency."""
        sums: dict[str, int] = defaultdict(int)
        for _, _, amount in self.bills:
            sums[amount.currency] += amount.minor
        return dict(sorted(sums.items()))


def read_bill_file(content: bytes) -> BillFile:
    """Return what a vendor-bill file says. Raises BadBillFile for anything else."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadBillFile(f"byte {error.start} is not UTF-8") from None
    records = _records(text)
    if not records or tuple(records[0]) != COLUMNS:
        raise BadBillFile("line 1: the heading is not that of a vendor-bill file")
    bills = []
    for place, cells in enumerate(records[1:], start=1):
        if len(cells) != len(COLUMNS):
            raise BadBillFile(f"bill {place}: {len(cells)} cells, {len(COLUMNS)} are needed")
        try:
            amount = Money.parse(cells[_AMOUNT], cells[_CURRENCY])
        except (MoneyError, UnknownCurrency) as error:
            raise BadBillFile(f"bill {place}: {error}") from None
        if not amount.is_positive or not cells[_NUMBER] or not cells[_VENDOR]:
            raise BadBillFile(f"bill {place}: number, vendor and an amount above zero are needed")
        bills.append((cells[_NUMBER], cells[_VENDOR], amount))
    numbers = [number for number, _, _ in bills]
    if len(set(numbers)) != len(numbers):
        raise BadBillFile("a bill number stands twice")
    return BillFile(tuple(bills))


def _records(text: str) -> list[list[str]]:
    """Return the records of a file whose every line ends in CRLF. Raises BadBillFile."""
    if not text.endswith("\r\n"):
        raise BadBillFile("the last line does not end; the file was cut off")
    records, cells, place = [], [], 0
    while place < len(text):
        cell, place = _quoted(text, place) if text[place] == '"' else _bare(text, place)
        cells.append(cell)
        if text.startswith(",", place):
            place += 1
        elif text.startswith("\r\n", place):
            records.append(cells)
            cells, place = [], place + 2
        else:
            raise BadBillFile(f"record {len(records) + 1}: a comma or the line's end is missing")
    return records


def _bare(text: str, start: int) -> tuple[str, int]:
    """Return an unquoted cell and where it ends."""
    place = start
    while text[place] not in ",\r":
        place += 1
    return text[start:place], place


def _quoted(text: str, start: int) -> tuple[str, int]:
    """Return a quoted cell and the place after its closing quote. Raises BadBillFile."""
    parts, place = [], start + 1
    while (end := text.find('"', place)) != -1:
        parts.append(text[place:end])
        if not text.startswith('"', end + 1):
            return "".join(parts), end + 1
        parts.append('"')
        place = end + 2
    raise BadBillFile("a quote is not closed; the file was cut off")
