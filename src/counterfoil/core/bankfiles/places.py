"""What all readers of banks' files share: exact amounts, days, texts, refusals with a line."""

import re
from datetime import date

from counterfoil.core.bankfiles.statements import FILE_BYTES_MAX, BankFileRefused, Place
from counterfoil.core.currencies import UnknownCurrency, exponent
from counterfoil.core.money import MINOR_MAX, Money

_DECIMAL = re.compile(r"\+?([0-9]{0,18})(?:[.]([0-9]{0,17}))?")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
TEXT_MAX = 2_000


def names(words: str) -> frozenset[str]:
    """Return the words as a set: tables of codes and element names read better as text."""
    return frozenset(words.split())


def refusal(file: str, line: int, message: str, hint: str) -> BankFileRefused:
    """Return the refusal of a file at a line."""
    return BankFileRefused(Place(file, line, message, hint))


def refuse_outside(content: bytes, file: str) -> None:
    """Refuse what no reader should look at: nothing, too much, an archive. Raises it."""
    if not content.strip():
        raise refusal(file, 1, "the file is empty", "send the bank's file again")
    if len(content) > FILE_BYTES_MAX:
        raise refusal(
            file, 1, f"the file has {len(content) >> 20} MB",
            f"at most {FILE_BYTES_MAX >> 20} MB are read; ask the bank for shorter spans",
        )  # fmt: skip
    for start, what in (
        (b"PK\x03\x04", "a ZIP archive"), (b"\x1f\x8b", "a gzip archive"),
        (b"BZh", "a bzip2 archive"), (b"\xfd7zXZ", "an xz archive"), (b"%PDF-", "a PDF"),
        (b"\xd0\xcf\x11\xe0", "an old Office file"), (b"7z\xbc\xaf", "a 7z archive"),
    ):  # fmt: skip
        if content.startswith(start):
            raise refusal(file, 1, f"the file is {what}", "send the bank's own file, unpacked")


def exact(text: str, currency: str, *, file: str, line: int, what: str) -> Money:
    """Return an amount as banks write it, "1234.5" or "+0007.00": digits and a point.

    Decimals beyond the currency's are refused unless they are zeros, which say nothing; the
    amount is never cut. Raises BankFileRefused.
    """
    try:
        decimals = exponent(currency)
    except UnknownCurrency:
        raise refusal(
            file, line, f"{what}: {currency!r} is not a currency", "write its ISO 4217 code"
        ) from None
    match = _DECIMAL.fullmatch(text.strip())
    if match is None or not (match[1] or match[2]):
        hint = "digits and a point; the direction stands apart"
        raise refusal(file, line, f"{what}: {text[:40]!r} is no amount", hint)
    fraction = (match[2] or "").rstrip("0")
    if len(fraction) > decimals:
        raise refusal(
            file, line, f"{what}: {text.strip()} has {len(fraction)} decimals",
            f"{currency} has {decimals}; the amount is refused, not cut",
        )  # fmt: skip
    minor = int((match[1] or "0") + fraction.ljust(decimals, "0"))
    return money(minor, currency, file=file, line=line, what=what)


def money(minor: int, currency: str, *, file: str, line: int, what: str) -> Money:
    """Return minor units as an amount. Raises BankFileRefused beyond 64 bits."""
    if abs(minor) > MINOR_MAX:
        raise refusal(
            file, line, f"{what}: the amount does not fit 64 bits", "check it with the bank"
        )
    try:
        return Money(minor, currency)
    except UnknownCurrency:
        raise refusal(
            file, line, f"{what}: {currency!r} is not a currency", "write its ISO 4217 code"
        ) from None


def day(text: str, *, file: str, line: int, what: str) -> date:
    """Return the day of an ISO date or date and time, in the bank's own zone, as it wrote it.

    Raises BankFileRefused for what is no day between 1990 and 2100.
    """
    body = text.strip()
    try:
        found = date.fromisoformat(body[:10])
    except ValueError:
        found = None
    if found is None or len(body) < 10 or (len(body) > 10 and body[10] not in "TZ+-"):
        raise refusal(file, line, f"{what}: {body[:40]!r} is no day", "write it like 2026-07-01")
    return possible(found, file=file, line=line, what=what)


def short_day(text: str, *, file: str, line: int, what: str) -> date:
    """Return the day of "YYMMDD", years 1990 to 2089. Raises BankFileRefused."""
    try:
        if not (text.isascii() and text.isdigit() and len(text) == 6):
            raise ValueError
        year = int(text[:2])
        found = date(year + (1900 if year >= 90 else 2000), int(text[2:4]), int(text[4:]))
    except ValueError:
        raise refusal(
            file, line, f"{what}: {text[:20]!r} is no day", "write it as YYMMDD"
        ) from None
    return found


def possible(found: date, *, file: str, line: int, what: str) -> date:
    """Return a day that a bank's file may name. Raises BankFileRefused."""
    if not 1990 <= found.year <= 2100:
        raise refusal(file, line, f"{what}: {found} lies outside 1990 to 2100", "check the year")
    return found


def clean(text: str) -> str:
    """Return a bank's text in one line, without control and direction characters."""
    return " ".join(_CONTROL.sub(" ", text).split())[:TEXT_MAX]


def decoded(content: bytes, file: str) -> str:
    """Return a text file of a bank: UTF-8, or Windows-1252 where it is not that.

    Raises BankFileRefused for UTF-16 and for binary files.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise refusal(file, 1, "the file is UTF-16", "save it as UTF-8")
    if (where := content.find(b"\x00")) >= 0:
        line = content.count(b"\n", 0, where) + 1
        raise refusal(file, line, "a zero byte in the text", "send the bank's text file")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise refusal(
            file, line, "a byte that is neither UTF-8 nor Windows-1252", "save it as UTF-8"
        ) from None
