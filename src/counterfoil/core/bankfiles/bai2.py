"""BAI2 cash management reports: files, groups, accounts, transactions, continuations.

Source: BAI, Cash Management Balance Reporting Specifications, version 2. Own code: the library
bai2 reads one of five public samples strictly (reference/money.md 2).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from counterfoil.core.bankfiles.camt import tie_problem
from counterfoil.core.bankfiles.places import clean, decoded, money, names, refusal, short_day
from counterfoil.core.bankfiles.statements import (
    ENTRIES_MAX,
    UNKNOWN_MAX,
    Balance,
    Detail,
    Entry,
    Place,
    Statement,
    StatementFile,
    StatementKind,
)
from counterfoil.core.currencies import EXPONENTS

_RECORDS: Final = names("01 02 03 16 49 88 98 99")
_OPENING, _CLOSING = "010", "015"
_FINAL: Final = ("", "1", "2")
"""As-of-date modifiers of a day that is over: 1 interim and 2 final of the previous day."""


@dataclass(slots=True)
class _Record:
    """A record with its continuations: `rows` keeps them apart, as free text may hold commas."""

    code: str
    line: int
    rows: list[str]
    physical: int = 1

    @property
    def fields(self) -> list[str]:
        """Return the fields of all rows; a row that ends with "/" ends a field."""
        found: list[str] = []
        for row in self.rows:
            found += row.removesuffix("/").split(",")
        return found


@dataclass(slots=True)
class _Account:
    """An account while it is read."""

    line: int
    account: str
    currency: str
    as_of: date
    balances: list[Balance] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    unknown: list[Place] = field(default_factory=list)
    review: list[Place] = field(default_factory=list)
    total: int = 0
    records: int = 0
    is_interim: bool = False


def is_bai2(content: bytes) -> bool:
    """Return whether the file begins with a BAI2 file header."""
    return content[:64].lstrip(b"\xef\xbb\xbf\r\n \t").startswith(b"01,")


def read_bai2(content: bytes, *, file: str) -> StatementFile:
    """This will read a BAI2 file whole. Raises BankFileRefused."""
    return _Reader(file).read(_records(decoded(content, file), file))


def _records(text: str, file: str) -> Iterator[_Record]:
    """Yield each record with its continuation records joined."""
    current: _Record | None = None
    for number, raw in enumerate(text.splitlines(), start=1):
        row = raw.rstrip()
        if not row:
            continue
        code, mark, rest = row.partition(",")
        if code.strip() not in _RECORDS or not mark:
            raise refusal(
                file, number, f"{row[:20]!r} begins no BAI2 record",
                "a line begins with 01, 02, 03, 16, 49, 88, 98 or 99 and a comma",
            )  # fmt: skip
        code = code.strip()
        if code != "16" and "/" in rest.rstrip("/") and _has_second(rest):
            raise refusal(
                file, number, "a second record on the line", "put each record on its own line"
            )
        if code == "88":
            if current is None:
                raise refusal(file, number, "88 continues nothing", "it follows a record")
            current.rows.append(rest)
            current.physical += 1
            if len(current.rows) > 5_000:
                raise refusal(file, number, "a record has too many continuations", "check it")
            continue
        if current is not None:
            yield current
        current = _Record(code, number, [rest])
    if current is not None:
        yield current


def _has_second(rest: str) -> bool:
    tail = rest.rstrip("/ ").partition("/")[2].strip()
    return tail[:2] in _RECORDS and tail[2:3] == ","


class _Reader:
    """One reading of one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.done: list[Statement] = []
        self.account: _Account | None = None
        self.header: list[str] = []
        self.group: list[str] = []
        self.as_of = date(1990, 1, 1)
        self.totals = {"02": 0, "01": 0}
        self.counts = {"02": 0, "01": 0}
        self.parts = {"02": 0, "01": 0}
        self.first_of_group = 0
        self.ended = False

    def read(self, records: Iterator[_Record]) -> StatementFile:
        """Return the file's statements. Raises BankFileRefused."""
        last = 1
        for record in records:
            last = record.line
            if self.ended:
                raise refusal(self.file, record.line, "a record after 99", "99 ends the file")
            self.counts["01"] += record.physical
            self.counts["02"] += record.physical
            getattr(self, f"_take_{record.code}")(record)
        if not self.ended:
            raise refusal(
                self.file, last, "the file ends without its trailer 99",
                "it is cut off; ask the bank for all of it",
            )  # fmt: skip
        if not self.done:
            raise refusal(self.file, last, "the file has no account", "a 03 record begins one")
        number = self.header[4] if len(self.header) > 4 else ""
        name = f"{clean(self.header[0])}-{clean(self.header[2])}-{clean(number)}"
        return StatementFile("BAI2", name, tuple(self.done), clean(self.header[2]))

    def _take_01(self, record: _Record) -> None:
        if self.header:
            raise refusal(self.file, record.line, "a second file header", "a file has one 01")
        fields = record.fields
        if len(fields) < 8 or fields[7].strip() != "2":
            found = fields[7].strip() if len(fields) > 7 else "missing"
            raise refusal(
                self.file, record.line, f"the version number is {found!r}", "BAI version 2 is read"
            )
        self.header = fields

    def _take_02(self, record: _Record) -> None:
        if not self.header or self.group:
            raise refusal(self.file, record.line, "02 is out of its order", "01, 02, 03 … 98, 99")
        fields = record.fields
        if len(fields) < 4:
            raise refusal(self.file, record.line, "02 has too few fields", "it gives the day")
        self.group = [*fields, "", "", "", ""][:8]
        self.as_of = self._day(fields[3], record.line, "the group's as-of date")
        self.counts["02"], self.totals["02"], self.parts["02"] = record.physical, 0, 0

    def _take_03(self, record: _Record) -> None:
        if not self.group or self.account is not None:
            raise refusal(self.file, record.line, "03 is out of its order", "49 ends an account")
        fields = record.fields
        account = "".join(fields[0].split())
        if not account:
            raise refusal(self.file, record.line, "03 names no account", "give its number")
        currency = (fields[1].strip() if len(fields) > 1 else "") or self.group[5].strip() or "USD"
        if currency not in EXPONENTS:
            raise refusal(
                self.file, record.line, f"{currency[:10]!r} is not a currency",
                "write its ISO 4217 code",
            )  # fmt: skip
        now = _Account(record.line, account, currency, self.as_of)
        now.records = record.physical
        now.is_interim = self.group[6].strip() not in _FINAL
        self.account = now
        self._amounts(now, fields[2:], record.line)

    def _amounts(self, now: _Account, fields: list[str], line: int) -> None:
        """Take type, amount, count, funds type (and its own fields) four by four."""
        place = 0
        while place < len(fields):
            code = fields[place].strip()
            amount = fields[place + 1].strip() if place + 1 < len(fields) else ""
            kind = fields[place + 3].strip() if place + 3 < len(fields) else ""
            place += 4 + self._funds(kind, fields, place + 4, line)
            if not code and not amount:
                continue
            if not (len(code) == 3 and code.isascii() and code.isdigit()):
                raise refusal(
                    self.file, line, f"{code[:10]!r} is no type code", "write three digits"
                )
            if not amount:
                continue
            minor = self._minor(amount, line, f"the amount of {code}")
            now.total += minor
            value = money(minor, now.currency, file=self.file, line=line, what=code)
            if int(code) < 100:
                now.balances.append(Balance(code, value, now.as_of, line))

    def _funds(self, kind: str, fields: list[str], place: int, line: int) -> int:
        """Return how many fields a funds type adds behind it."""
        if kind in ("", "Z", "0", "1", "2"):
            return 0
        if kind == "V":
            return 2
        if kind == "S":
            return 3
        if kind == "D":
            count = fields[place].strip() if place < len(fields) else ""
            if count.isascii() and count.isdigit() and int(count) <= 100:
                return 1 + 2 * int(count)
        raise refusal(
            self.file, line, f"{kind[:10]!r} is no funds type", "write Z, 0, 1, 2, S, V or D"
        )

    def _take_16(self, record: _Record) -> None:
        now = self.account
        if now is None:
            raise refusal(self.file, record.line, "16 is outside an account", "03 begins one")
        if len(now.entries) >= ENTRIES_MAX:
            raise refusal(self.file, record.line, "too many entries", "ask for shorter spans")
        now.records += record.physical
        fields = record.rows[0].split(",")
        code = fields[0].strip()
        if not (len(code) == 3 and code.isascii() and code.isdigit()):
            raise refusal(
                self.file, record.line, f"{code[:10]!r} is no type code", "write three digits"
            )
        line = record.line
        minor = self._minor(fields[1].strip() if len(fields) > 1 else "", line, "the amount")
        kind = fields[2].strip() if len(fields) > 2 else ""
        after = 3 + self._funds(kind, fields, 3, line)
        valued = now.as_of
        if kind == "V" and len(fields) > 3 and fields[3].strip():
            valued = self._day(fields[3], line, "the value date")
        rest = [each.strip().rstrip("/").strip() for each in fields[after : after + 2]]
        bank, customer = (*rest, "", "")[:2]
        words = ",".join(fields[after + 2 :]).rstrip().removesuffix("/")
        told = clean(
            " ".join([words, *(row.strip().removesuffix("/") for row in record.rows[1:])])
        )
        now.total += minor
        sign = self._sign(code, now, line)
        if sign == 0:
            return
        value = money(minor * sign, now.currency, file=self.file, line=line, what="16")
        now.entries.append(
            Entry(
                number=len(now.entries) + 1,
                amount=value,
                status="booked",
                booked_on=now.as_of,
                valued_on=valued,
                reference=clean(bank),
                code=code,
                text=told,
                details=(
                    Detail(
                        end_to_end_id=clean(customer), amount=value,
                        bank_reference=clean(bank), text=told, line=line,
                    ),
                ),
                line=line,
            )
        )  # fmt: skip

    def _sign(self, code: str, now: _Account, line: int) -> int:
        """Return the direction of a type code: 101-399 credits, 401-699 debits."""
        number = int(code)
        if 100 <= number <= 399:
            return 1
        if 400 <= number <= 699:
            return -1
        if number == 890:
            return 0
        now.unknown.append(
            Place(self.file, line, f"type code {code} is the bank's own", "ask what it means")
        )
        now.review.append(
            Place(
                self.file, line, f"an amount of type {code}, whose direction is not known",
                "ask the bank; 101-399 are credits, 401-699 debits",
            )
        )  # fmt: skip
        return 0

    def _take_49(self, record: _Record) -> None:
        now = self.account
        if now is None:
            raise refusal(self.file, record.line, "49 ends no account", "03 begins one")
        now.records += record.physical
        self._check(now.review, record, "account", now.total, now.records)
        opening = next((each for each in now.balances if each.code == _OPENING), None)
        closing = next((each for each in now.balances if each.code == _CLOSING), None)
        booked = sum(each.amount.minor for each in now.entries)
        kind = StatementKind.REPORT if now.is_interim else StatementKind.STATEMENT
        if kind is StatementKind.STATEMENT:
            place = tie_problem(opening, closing, booked, file=self.file, line=now.line)
            if place is not None:
                now.review.append(place)
        self.done.append(
            Statement(
                kind=kind,
                account=now.account,
                number=self.header[4].strip() if len(self.header) > 4 else "",
                id=f"{now.as_of.isoformat()}/{self.parts['01'] + 1}.{self.parts['02'] + 1}",
                currency=now.currency,
                opening=opening,
                closing=closing,
                entries=tuple(now.entries),
                balances=tuple(now.balances),
                from_on=now.as_of,
                to_on=now.as_of,
                bank=clean(self.group[1]),
                unknown_parts=tuple(now.unknown[:UNKNOWN_MAX]),
                unknown_count=len(now.unknown),
                review=tuple(now.review),
                line=now.line,
            )
        )
        # What a total says of itself counts on, so one wrong figure is told once.
        self.totals["02"] += self._minor(record.fields[0].strip() or "0", record.line, "49")
        self.parts["02"] += 1
        self.account = None

    def _take_98(self, record: _Record) -> None:
        if not self.group or self.account is not None:
            raise refusal(self.file, record.line, "98 is out of its order", "49, then 98")
        problems: list[Place] = []
        fields = record.fields
        if len(fields) > 1 and fields[1].strip() not in ("", str(self.parts["02"])):
            problems.append(self._wrong(record, "accounts", fields[1], self.parts["02"]))
        self._check(
            problems, record, "group", self.totals["02"], self.counts["02"], at=2
        )  # fmt: skip
        self._blame(problems, self.parts["02"])
        self.totals["01"] += self._minor(fields[0].strip() or "0", record.line, "98")
        self.parts["01"] += 1
        self.group = []

    def _take_99(self, record: _Record) -> None:
        if self.group or not self.header:
            raise refusal(self.file, record.line, "99 is out of its order", "98, then 99")
        problems: list[Place] = []
        fields = record.fields
        if len(fields) > 1 and fields[1].strip() not in ("", str(self.parts["01"])):
            problems.append(self._wrong(record, "groups", fields[1], self.parts["01"]))
        self._check(
            problems, record, "file", self.totals["01"], self.counts["01"], at=2
        )  # fmt: skip
        self._blame(problems, len(self.done))
        self.ended = True

    def _check(
        self, problems: list[Place], record: _Record, what: str, total: int, count: int,
        *, at: int = 1,
    ) -> None:  # fmt: skip
        """Compare a trailer's total and count with what was read."""
        fields = record.fields
        said = self._minor(fields[0].strip() or "0", record.line, f"the {what}'s total")
        if said != total:
            problems.append(
                Place(
                    self.file, record.line, f"the {what}'s control total is {said}, its amounts "
                    f"sum to {total}", "the file may be cut or changed; ask the bank",
                )
            )  # fmt: skip
        if len(fields) > at and fields[at].strip() not in ("", str(count)):
            problems.append(self._wrong(record, f"records of the {what}", fields[at], count))

    def _wrong(self, record: _Record, what: str, said: str, found: int) -> Place:
        return Place(
            self.file, record.line, f"{record.code} counts {said.strip()[:20]} {what}, there are "
            f"{found}", "the file may be cut or changed; ask the bank",
        )  # fmt: skip

    def _blame(self, problems: list[Place], count: int) -> None:
        """Mark the statements that a wrong trailer stands behind."""
        if problems and count:
            self.done[-count:] = [
                replace(each, review=(*each.review, *problems)) for each in self.done[-count:]
            ]

    def _minor(self, text: str, line: int, what: str) -> int:
        body = text.lstrip("+-")
        if not (body.isascii() and body.isdigit() and len(body) <= 18):
            raise refusal(
                self.file, line, f"{what}: {text[:30]!r} is no amount",
                "write digits without a point, in the smallest unit",
            )  # fmt: skip
        return -int(body) if text.startswith("-") else int(body)

    def _day(self, text: str, line: int, what: str) -> date:
        return short_day(text.strip(), file=self.file, line=line, what=what)
