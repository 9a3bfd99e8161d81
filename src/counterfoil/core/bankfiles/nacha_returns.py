"""NACHA files that come back: returns (addenda 99) and notifications of change (addenda 98).

Source: Nacha Operating Rules, appendix three (record formats) and four (return and change codes).
Own code that shares nothing with the writer of NACHA files.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from counterfoil.core.bankfiles.places import clean, decoded, money, names, refusal, short_day
from counterfoil.core.bankfiles.statements import (
    ENTRIES_MAX,
    UNKNOWN_MAX,
    Place,
    ReturnedItem,
    ReturnFile,
)

_LENGTH = 94
_RETURN = re.compile(r"R[0-9]{2}")
_CHANGE = re.compile(r"C[0-9]{2}")
_DEBITS: Final = names("27 28 29 37 38 39 46 47 48 55 56 26 36")
"""Transaction codes of debits; 21, 31, 41, 51 are returns of credits, 26, 36, 46, 56 of debits."""


@dataclass(slots=True)
class _Entry:
    line: int
    row: str
    minor: int


def is_nacha(content: bytes) -> bool:
    """Return whether the file begins with a NACHA file header."""
    return content[:8].lstrip(b"\xef\xbb\xbf\r\n ").startswith(b"101")


def read_returns(content: bytes, *, file: str) -> ReturnFile:
    """This will read a file of returns and changes. Raises BankFileRefused."""
    return _Reader(file).read(_rows(decoded(content, file), file))


def _rows(text: str, file: str) -> list[tuple[int, str]]:
    """Return the records with their lines; a file without line ends is cut every 94 characters."""
    lines = text.splitlines()
    if len(lines) == 1 and len(lines[0]) > _LENGTH and len(lines[0]) % _LENGTH == 0:
        one = lines[0]
        lines = [one[start : start + _LENGTH] for start in range(0, len(one), _LENGTH)]
    rows = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        if len(line) > _LENGTH or (len(line) < _LENGTH and len(line.rstrip()) < 8):
            raise refusal(
                file, number, f"the record has {len(line)} characters", "a record has 94"
            )
        rows.append((number, line.ljust(_LENGTH)))
    return rows


class _Reader:
    """One reading of one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.items: list[ReturnedItem] = []
        self.unknown: list[Place] = []
        self.entry: _Entry | None = None
        self.batch: str = ""
        self.batch_line = 0
        self.header = ""
        self.created = date(1990, 1, 1)
        # entries and addenda, hash, debits, credits: of the batch and of the file
        self.of_batch, self.of_file = [0, 0, 0, 0], [0, 0, 0, 0]
        self.batches = 0
        self.has_control = False

    def read(self, rows: list[tuple[int, str]]) -> ReturnFile:
        """Return what came back. Raises BankFileRefused."""
        for line, row in rows:
            if self.has_control:
                if row.strip("9 "):
                    raise refusal(self.file, line, "a record after the file control", "9 ends it")
                continue
            self._take(line, row)
        last = rows[-1][0] if rows else 1
        if not self.has_control:
            raise refusal(
                self.file, last, "the file ends without its control record 9",
                "it is cut off; ask the bank for all of it",
            )  # fmt: skip
        if not self.items:
            raise refusal(
                self.file, last, "the file brings nothing back", "it has 6 and 7 records"
            )
        return ReturnFile(
            "NACHA", clean(self.header[13:23]), clean(self.header[3:13]), self.created,
            tuple(self.items), tuple(self.unknown),
        )  # fmt: skip

    def _take(self, line: int, row: str) -> None:
        kind = row[0]
        if kind == "1" and not self.header:
            self.header = row
            self.created = short_day(
                row[23:29], file=self.file, line=line, what="the day of creation"
            )
        elif not self.header:
            raise refusal(self.file, line, "the file header is missing", "record 1 comes first")
        elif kind == "5" and not self.batch:
            self.batch, self.batch_line, self.of_batch = row, line, [0, 0, 0, 0]
        elif kind == "6" and self.batch:
            self._close_entry()
            self._open_entry(line, row)
        elif kind == "7" and self.entry is not None:
            self._addenda(line, row, self.entry)
        elif kind == "8" and self.batch:
            self._close_entry()
            self._batch_control(line, row)
        elif kind == "9" and not self.batch:
            self._file_control(line, row)
        else:
            raise refusal(
                self.file, line, f"record {kind!r} is out of its order",
                "the order is 1, then 5, 6, 7, 8 for each batch, then 9",
            )  # fmt: skip

    def _open_entry(self, line: int, row: str) -> None:
        if len(self.items) >= ENTRIES_MAX:
            raise refusal(self.file, line, "too many entries", "ask for shorter files")
        minor = self._number(row[29:39], line, "the amount")
        self._number(row[3:11], line, "the bank's number")
        self.entry = _Entry(line, row, minor)
        self.of_batch[0] += 1
        self.of_batch[1] += int(row[3:11])
        self.of_batch[2 if row[1:3] in _DEBITS else 3] += minor

    def _close_entry(self) -> None:
        """Refuse an entry that no addenda explains: it would be a payment, not an answer."""
        if self.entry is not None:
            raise refusal(
                self.file, self.entry.line, "this entry is a payment, not a return",
                "a file of answers has an addenda 98 or 99 behind each entry",
            )  # fmt: skip

    def _addenda(self, line: int, row: str, entry: _Entry) -> None:
        self.of_batch[0] += 1
        kind, code = row[1:3], row[3:6]
        if kind == "05":
            self.unknown.append(
                Place(self.file, line, "a payment's own addenda is left out", "look at it")
            )
            del self.unknown[UNKNOWN_MAX:]
            return
        pattern = {"99": _RETURN, "98": _CHANGE}.get(kind)
        if pattern is None or pattern.fullmatch(code) is None:
            raise refusal(
                self.file, line, f"addenda {kind!r} with the code {code!r} is not known",
                "99 brings R01 to R99, 98 brings C01 to C99",
            )  # fmt: skip
        original = row[6:21]
        if not (original.isascii() and original.strip().isdigit()):
            raise refusal(
                self.file, line, f"the original trace number is {original!r}",
                "it has 15 digits, those that we gave",
            )  # fmt: skip
        is_change = kind == "98"
        self.items.append(
            ReturnedItem(
                code=code,
                original_trace=original.strip(),
                trace=row[79:94].strip(),
                amount=money(entry.minor, "USD", file=self.file, line=entry.line, what="6"),
                is_correction=is_change,
                name=clean(entry.row[54:76]),
                identification=clean(entry.row[39:54]),
                account=clean(entry.row[12:29]),
                original_bank=clean(row[27:35]),
                text="" if is_change else clean(row[35:79]),
                corrected=clean(row[35:64]) if is_change else "",
                line=line,
            )
        )
        self.entry = None

    def _batch_control(self, line: int, row: str) -> None:
        found = [self._number(row[start:end], line, what) for start, end, what in _BATCH_FIELDS]
        self._compare(found, self.of_batch, line, "batch")
        if row[87:94] != self.batch[87:94]:
            raise refusal(
                self.file, line, f"batch control {row[87:94]} ends batch {self.batch[87:94]}",
                "both carry the same number",
            )  # fmt: skip
        self.of_file = [
            have + more for have, more in zip(self.of_file, self.of_batch, strict=True)
        ]
        self.batches += 1
        self.batch = ""

    def _file_control(self, line: int, row: str) -> None:
        batches = self._number(row[1:7], line, "the number of batches")
        if batches != self.batches:
            raise refusal(
                self.file, line, f"the file control counts {batches} batches, there are "
                f"{self.batches}", "the file is cut or changed; ask the bank",
            )  # fmt: skip
        found = [self._number(row[start:end], line, what) for start, end, what in _FILE_FIELDS]
        self._compare(found, self.of_file, line, "file")
        self.has_control = True

    def _compare(self, said: list[int], found: list[int], line: int, what: str) -> None:
        names = ("entries and addenda", "entry hash", "total debit", "total credit")
        counted = [found[0], found[1] % 10**10, found[2], found[3]]
        for name, one, other in zip(names, said, counted, strict=True):
            if one != other:
                raise refusal(
                    self.file, line, f"the {what} control's {name} is {one}, the records give "
                    f"{other}", "the file is cut or changed; ask the bank",
                )  # fmt: skip

    def _number(self, text: str, line: int, what: str) -> int:
        body = text.strip()
        if not (body.isascii() and body.isdigit()):
            raise refusal(self.file, line, f"{what} is {text!r}", "write digits")
        return int(body)


_BATCH_FIELDS: Final = (
    (4, 10, "the count"), (10, 20, "the hash"), (20, 32, "the debits"), (32, 44, "the credits"),
)  # fmt: skip
_FILE_FIELDS: Final = (
    (13, 21, "the count"), (21, 31, "the hash"), (31, 43, "the debits"), (43, 55, "the credits"),
)  # fmt: skip
