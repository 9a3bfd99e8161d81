"""MT940 statements, with and without the SWIFT envelope, with :86: as text or in ?-fields.

Sources: SWIFT Standards Category 9, MT940; Deutsche Kreditwirtschaft, DFÜ agreement annex 3, for
the ?-fields of :86:. Own code instead of the library mt-940, because that tells no line, skips
tags that it does not know and cannot refuse (docs/reference/bank-files.md compares the two).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from counterfoil.core.bankfiles.camt import tie_problem
from counterfoil.core.bankfiles.places import clean, decoded, exact, names, refusal, short_day
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
from counterfoil.core.money import Money

_TAG = re.compile(r":([0-9]{2}[A-Z]?):(.*)")
_BALANCE = re.compile(r"([CD])([0-9]{6})([A-Z]{3})([0-9]{1,15},[0-9]{0,4})")
_LINE = re.compile(
    r"(?P<value>[0-9]{6})(?P<entry>[0-9]{4})?(?P<mark>R?[CD]|E[CD])(?P<funds>[A-Z])?"
    r"(?P<amount>[0-9]{1,15},[0-9]{0,4})(?P<type>[A-Z][A-Z0-9]{3})"
    r"(?P<customer>.*?)(?://(?P<bank>.*))?"
)
# What a credit or debit mark does to the balance: RC takes a credit back, RD a debit.
_SIGN: Final = {"C": 1, "D": -1, "RC": -1, "RD": 1, "EC": 1, "ED": -1}
_KNOWN: Final = names("20 21 25 28 28C 60F 60M 61 86 62F 62M 64 65 13 13D 34F 90D 90C")
_FIELD = re.compile(r"\?([0-9]{2})")
_SEPA = re.compile(r"(EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|OAMT|COAM|MTLG|IBAN|BIC)\+")
_SLASHED = re.compile(r"/(EREF|REMI|NAME|IBAN|BENM|ORDP|RTRN|TRTP|MARF|CSID|BIC|PREF)/")


@dataclass(slots=True)
class _Field:
    tag: str
    line: int
    rows: list[str]

    @property
    def joined(self) -> str:
        """Return the field as one text; fixed-width rows are cut anywhere, so nothing joins."""
        return "".join(self.rows)


@dataclass(slots=True)
class _Open:
    """A statement while it is read."""

    line: int
    id: str
    account: str = ""
    number: str = ""
    opening: Balance | None = None
    closing: Balance | None = None
    is_final: bool = False
    is_first: bool = False
    balances: list[Balance] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    unknown: list[Place] = field(default_factory=list)
    review: list[Place] = field(default_factory=list)
    pending: "tuple[_Field, re.Match[str], str] | None" = None
    info: _Field | None = None


def is_mt940(content: bytes) -> bool:
    """Return whether the file looks like one: it begins with a tag or a SWIFT block."""
    head = content[:4096].lstrip(b"\xef\xbb\xbf\r\n \t")
    return bool(re.match(rb"(\{1:|:[0-9]{2}[A-Z]?:|[A-Z0-9 ]{0,40}\r?\n:20:)", head))


def read_mt940(content: bytes, *, file: str) -> StatementFile:
    """This will read a file of MT940 statements. Raises BankFileRefused."""
    reader = _Reader(file)
    for found in _fields(decoded(content, file), file):
        reader.take(found)
    reader.finish(reader.last_line)
    if not reader.done:
        raise refusal(file, 1, "the file has no statement", "a statement begins with :20:")
    return StatementFile("MT940", reader.done[0].id, tuple(reader.done))


def _fields(text: str, file: str) -> Iterator[_Field]:
    """Yield tag after tag with its rows; the envelope and the closing "-" are left out."""
    current: _Field | None = None
    for number, raw in enumerate(text.splitlines(), start=1):
        row = raw.rstrip("\r")
        if row.startswith("{1:"):
            _, mark, row = row.partition("{4:")
            if not mark or not row.strip():
                continue
        if row.strip() in ("-", "-}", "") or row.startswith(("-}{5:", "-}{")):
            if row.strip():
                if current is not None:
                    yield current
                current = None
                yield _Field("-", number, [])
            continue
        match = _TAG.fullmatch(row)
        if match is not None:
            if current is not None:
                yield current
            current = _Field(match[1], number, [match[2]])
        elif current is not None:
            current.rows.append(row)
            if len(current.rows) > 200:
                raise refusal(file, number, f":{current.tag}: has too many lines", "check it")
        elif number > 5:
            raise refusal(
                file, number, f"a line outside of any field: {row[:40]!r}",
                "a statement begins with :20:",
            )  # fmt: skip
    if current is not None:
        yield current


class _Reader:
    """One reading of one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.done: list[Statement] = []
        self.open: _Open | None = None
        self.last_line = 1

    def take(self, found: _Field) -> None:
        """Take one field, in the order of the file. Raises BankFileRefused."""
        self.last_line = found.line
        if found.tag == "20":
            self.finish(found.line)
            self.open = _Open(found.line, clean(found.joined))
            return
        now = self.open
        if now is None:
            if found.tag == "-":
                return
            raise refusal(
                self.file, found.line, f":{found.tag}: stands before :20:",
                "a statement begins with :20:, its reference",
            )  # fmt: skip
        if found.tag == "-":
            self.finish(found.line)
        elif found.tag == "25":
            account = "".join(clean(found.joined).split())
            if now.account and now.account != account:
                raise refusal(
                    self.file, found.line, "a second :25: in one statement",
                    "a statement is of one account",
                )  # fmt: skip
            now.account = account
        elif found.tag in ("28", "28C"):
            now.number = clean(found.joined)
        elif found.tag in ("60F", "60M", "62F", "62M", "64", "65"):
            self._balance(found, now)
        elif found.tag == "61":
            self._entry_of(now)
            now.pending = (found, *self._line(found))
        elif found.tag == "86":
            if now.pending is not None and now.info is None:
                now.info = found
        elif found.tag not in _KNOWN:
            place = Place(self.file, found.line, f":{found.tag}: is not understood", "look at it")
            now.unknown.append(place)

    def _balance(self, found: _Field, now: _Open) -> None:
        self._entry_of(now)
        match = _BALANCE.fullmatch(found.joined.strip())
        if match is None:
            raise refusal(
                self.file, found.line, f":{found.tag}: {found.joined[:40]!r} is no balance",
                "write C or D, YYMMDD, the currency and an amount with a comma",
            )  # fmt: skip
        what = f":{found.tag}:"
        on = short_day(match[2], file=self.file, line=found.line, what=what)
        amount = self._amount(match[4], match[3], found, what)
        signed = amount if match[1] == "C" else -amount
        balance = Balance(found.tag, signed, on, found.line)
        now.balances.append(balance)
        if found.tag in ("60F", "60M"):
            if now.opening is not None:
                raise refusal(
                    self.file, found.line, "a second opening balance", "a statement has one"
                )
            now.opening, now.is_first = balance, found.tag == "60F"
        elif found.tag in ("62F", "62M"):
            now.closing, now.is_final = balance, found.tag == "62F"

    def _amount(self, text: str, currency: str, found: _Field, what: str) -> Money:
        return exact(
            text.replace(",", "."), currency, file=self.file, line=found.line, what=what
        )  # fmt: skip

    def _line(self, found: _Field) -> tuple[re.Match[str], str]:
        match = _LINE.fullmatch(found.rows[0].strip())
        if match is None:
            raise refusal(
                self.file, found.line, f":61: {found.rows[0][:60]!r} is no statement line",
                "write YYMMDD, MMDD, C or D, the amount with a comma, the type, the references",
            )  # fmt: skip
        return match, clean(" ".join(found.rows[1:]))

    def _entry_of(self, now: _Open) -> None:
        """Make the entry whose :61: and :86: are complete."""
        if now.pending is None:
            return
        found, match, extra = now.pending
        info, now.pending, now.info = now.info, None, None
        if now.opening is None:
            raise refusal(
                self.file, found.line, ":61: stands before the opening balance",
                "a statement gives :60F: first, which names the currency",
            )  # fmt: skip
        if len(now.entries) >= ENTRIES_MAX:
            raise refusal(self.file, found.line, "too many lines", "ask for shorter spans")
        valued = short_day(match["value"], file=self.file, line=found.line, what=":61: value day")
        booked = self._booked(match["entry"], valued, found)
        currency = now.opening.amount.currency
        amount = self._amount(match["amount"], currency, found, ":61:")
        signed = amount.times(_SIGN[match["mark"]])
        customer, bank = clean(match["customer"] or ""), clean(match["bank"] or "")
        if len(customer) > 16 and "//" not in (match["customer"] or ""):
            now.unknown.append(
                Place(self.file, found.line, ":61: has a reference longer than 16", "look at it")
            )
        told = _told(info.rows if info is not None else [], customer, signed, found.line)
        now.entries.append(
            Entry(
                number=len(now.entries) + 1,
                amount=signed,
                status="booked" if not match["mark"].startswith("E") else "pending",
                booked_on=booked,
                valued_on=valued,
                reference=bank,
                entry_reference="" if customer == "NONREF" else customer,
                code=match["type"],
                text=clean(" ".join([extra, told.text])),
                is_reversal=match["mark"].startswith("R"),
                details=(told,),
                line=found.line,
            )
        )

    def _booked(self, text: str | None, valued: date, found: _Field) -> date:
        """Return the booking day, whose year is that of the value day or next to it."""
        if not text:
            return valued
        best: date | None = None
        for year in (valued.year - 1, valued.year, valued.year + 1):
            try:
                day = date(year, int(text[:2]), int(text[2:]))
            except ValueError:
                continue
            if best is None or abs((day - valued).days) < abs((best - valued).days):
                best = day
        if best is None:
            raise refusal(
                self.file, found.line, f":61: {text!r} is no day of booking", "write it as MMDD"
            )
        return best

    def finish(self, line: int) -> None:
        """End the statement that is open. Raises BankFileRefused when it names no account."""
        now, self.open = self.open, None
        if now is None:
            return
        self._entry_of(now)
        if not now.account:
            raise refusal(
                self.file, now.line, "the statement has no :25:", "it names its account there"
            )
        if now.opening is None and not now.balances:
            raise refusal(
                self.file, line, "the statement has no balance", "it gives :60F: and :62F:"
            )
        booked = sum(each.amount.minor for each in now.entries if each.status == "booked")
        place = tie_problem(now.opening, now.closing, booked, file=self.file, line=now.line)
        review = [*now.review] if place is None else [*now.review, place]
        self.done.append(
            Statement(
                kind=StatementKind.STATEMENT,
                account=now.account,
                number=now.number,
                id=now.id,
                currency=(now.opening or now.balances[0]).amount.currency,
                opening=now.opening,
                closing=now.closing,
                entries=tuple(now.entries),
                balances=tuple(now.balances),
                unknown_parts=tuple(now.unknown[:UNKNOWN_MAX]),
                unknown_count=len(now.unknown),
                review=tuple(review),
                line=now.line,
            )
        )


def _told(rows: list[str], customer: str, amount: Money, line: int) -> Detail:
    """Return what :86: says: in ?-fields, in /words/, or as plain text."""
    body = "".join(rows)
    parts = _FIELD.split(body)
    if len(parts) > 1 and re.fullmatch(r"[0-9A-Z]{3}.*", parts[0] or "000"):
        named: dict[str, str] = {}
        for code, value in zip(parts[1::2], parts[2::2], strict=True):
            named[code] = named.get(code, "") + value
        purpose = "".join(
            value for code, value in named.items() if code[0] == "2" or code in _MORE
        )
        split = _SEPA.split(purpose)
        words = dict(zip(split[1::2], split[2::2], strict=True))
        return Detail(
            end_to_end_id=_reference(words.get("EREF", "")),
            amount=amount,
            instruction_id=clean(words.get("KREF", "")),
            party=clean(named.get("32", "") + named.get("33", "")),
            party_account=clean(named.get("31", "")).replace(" ", ""),
            text=clean(words.get("SVWZ", "") or purpose or named.get("00", "")),
            return_code=clean(named.get("34", "")) if "RETOUR" in named.get("00", "") else "",
            return_text=clean(words.get("SVWZ", "")) if "RETOUR" in named.get("00", "") else "",
            line=line,
        )
    slashed = _SLASHED.split(body)
    words = dict(zip(slashed[1::2], slashed[2::2], strict=True))
    found = words.get("EREF", "") or ("" if customer in ("NONREF", "") else customer)
    return Detail(
        end_to_end_id=_reference(found),
        amount=amount,
        party=clean(words.get("NAME", "")),
        party_account=clean(words.get("IBAN", "")).replace(" ", ""),
        text=clean(" ".join(rows)),
        return_code=clean(words.get("RTRN", "")),
        line=line,
    )


_MORE: Final = frozenset({"60", "61", "62", "63"})


def _reference(text: str) -> str:
    found = clean(text)
    return "" if found.upper() in ("NOTPROVIDED", "NONREF") else found
