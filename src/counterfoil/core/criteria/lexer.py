"""Text to tokens: CEL's, and four kinds of literal that CEL lacks.

Those are percentages (`50%`), money (`2500.00 USD`), spans (`30 days`) and ISO dates and periods
(`2026-01-31`, `2026-02-09/2026-02-10`). https://github.com/google/cel-spec langdef, "Syntax".
"""

import re
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from counterfoil.core.criteria.errors import Refusal, SchemaError
from counterfoil.core.criteria.facts import Period
from counterfoil.core.money import Money, MoneyError, UnknownCurrency

MAX_SOURCE = 8_000
MAX_TEXT = 1_000
MAX_DIGITS = 38
INT_MAX = 2**63 - 1
"""CEL's int is 64 bits wide; so is ours, and so is a PostgreSQL BIGINT."""


class Token(NamedTuple):
    """A token: its kind (a literal's kind, name, word, op or end), value and offsets."""

    kind: str
    value: Any
    start: int
    end: int


_SPACE = re.compile(r"(?:[ \t\r\n\f]+|//[^\n]*)*")
_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:/(\d{4}-\d{2}-\d{2}))?(?![\d/])")
_NUMBER = re.compile(r"(\d+(?:\.\d+)?)(?:(%)|[ \t]*\b([A-Z]{3})\b|[ \t]+(days?)\b)?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATORS = ("&&", "||", "==", "!=", "<=", ">=", *"<>!?:+-*()[],.")
_WORDS = {"true": True, "false": False}
_ESCAPES = {mark: mark for mark in "\\?\"'`"} | dict(zip("abfnrtv", "\a\b\f\n\r\t\v", strict=True))
_HINTS = {
    "=": "a comparison is written ==",
    "&": "write && for and",
    "|": "write || for or",
    "/": "there is no division: multiply by a rate such as 50%, or compare with a product",
    "%": "a percentage follows its number at once: 50%",
    "{": "the language has no maps or messages",
    "“": 'texts stand in straight quotes: "booth"',
    "’": "texts stand in straight quotes: 'booth'",
}


def tokenize(source: str) -> list[Token]:
    """Return the tokens of an expression, the last of kind "end". Raises Refusal."""
    if len(source) > MAX_SOURCE:
        raise Refusal(
            0,
            f"the expression has {len(source)} characters; {MAX_SOURCE} are allowed",
            "split it into several criteria",
        )
    tokens: list[Token] = []
    at = _skip(source, 0)
    while at < len(source):
        token = _token(source, at)
        tokens.append(token)
        at = _skip(source, token.end)
    tokens.append(Token("end", "", len(source), len(source)))
    return tokens


def _skip(source: str, at: int) -> int:
    """Return the offset after blanks and comments."""
    match = _SPACE.match(source, at)
    return match.end() if match else at


def _token(source: str, at: int) -> Token:
    """Return the token that starts at an offset. Raises Refusal."""
    char = source[at]
    if "0" <= char <= "9":
        return number_token(source, at)
    if char in "\"'":
        return text_token(source, at)
    if match := _NAME.match(source, at):
        word, end = match[0], match.end()
        if word in ("r", "R") and source[end : end + 1] in ('"', "'"):
            return _text(source, at, end, is_raw=True)
        if source[end : end + 1] in ('"', "'") and word.lower() in ("b", "br", "rb"):
            raise Refusal(at, "the language has no bytes", "")
        if word in _WORDS:
            return Token("bool", _WORDS[word], at, end)
        return Token("name", word, at, end)
    for op in _OPERATORS:
        if source.startswith(op, at):
            return Token("op", op, at, at + len(op))
    shown = char if char.isprintable() else f"U+{ord(char):04X}"
    raise Refusal(at, f'the character "{shown}" has no meaning here', _HINTS.get(char, ""))


def number_token(source: str, at: int) -> Token:
    """Return a number, percentage, amount, span, date or period. Raises Refusal."""
    if match := _DATE.match(source, at):
        return _date(match)
    match = _NUMBER.match(source, at)
    assert match is not None
    digits, percent, currency, days = match.groups()
    end = match.end()
    if len(digits) > MAX_DIGITS:
        raise Refusal(at, f"a number has at most {MAX_DIGITS} digits", "")
    following = source[end : end + 1]
    if following and (following.isalnum() or following == "_"):
        raise Refusal(
            at,
            f'"{source[at : end + 1]}" is not a number',
            "numbers are written in full: 1500, 0.02, 50%, 2500.00 USD, 30 days",
        )
    if percent:
        return Token("rate", _ppm(digits, at), at, end)
    if currency:
        return Token("money", _money(digits, currency, at), at, end)
    if "." in digits:
        if days:
            raise Refusal(at, "a span is a whole number of days", "")
        return Token("dec", Decimal(digits), at, end)
    if int(digits) > INT_MAX + 1:
        raise Refusal(at, f"a whole number is at most {INT_MAX}", "")
    return Token("days" if days else "int", int(digits), at, end)


def _ppm(digits: str, at: int) -> int:
    """Return a percentage in parts per million. Raises Refusal."""
    ppm = Fraction(digits) * 10_000
    if ppm.denominator != 1:
        raise Refusal(at, "a percentage has at most four decimals", "")
    if ppm > INT_MAX:
        raise Refusal(at, "the percentage is too large", "")
    return int(ppm)


def _money(digits: str, currency: str, at: int) -> Money:
    """Return an amount. Raises Refusal."""
    try:
        return Money.parse(digits, currency)
    except (MoneyError, UnknownCurrency) as error:
        raise Refusal(at, str(error), "an amount is written 2500.00 USD") from error


def _date(match: re.Match[str]) -> Token:
    """Return a date or a period. Raises Refusal."""
    at, end = match.span()
    start_text, end_text = match.groups()
    start = iso_date(start_text, at)
    if end_text is None:
        return Token("date", start, at, end)
    try:
        return Token("period", Period(start, iso_date(end_text, at)), at, end)
    except SchemaError as error:
        raise Refusal(at, str(error), "the earlier day comes first") from error


def iso_date(text: str, at: int) -> date:
    """Return the day of an ISO 8601 text "2026-01-31". Raises Refusal."""
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refusal(
            at, f'"{text}" is not a day of the calendar', "a date is written 2026-01-31"
        ) from error


def text_token(source: str, at: int) -> Token:
    """Return the text literal that starts at an offset. Raises Refusal."""
    return _text(source, at, at, is_raw=False)


def _text(source: str, at: int, opening: int, *, is_raw: bool) -> Token:
    """Return a text literal; `opening` is the offset of its first quote. Raises Refusal."""
    mark = source[opening]
    is_triple = source.startswith(mark * 3, opening)
    closing = mark * 3 if is_triple else mark
    parts: list[str] = []
    here = opening + len(closing)
    while not source.startswith(closing, here):
        if here >= len(source) or (source[here] in "\r\n" and not is_triple):
            raise Refusal(at, "the text is not closed", f"add {closing}")
        if source[here] == "\\" and not is_raw:
            part, here = _escape(source, here)
        else:
            part, here = source[here], here + 1
        parts.append(part)
    value = "".join(parts)
    if len(value) > MAX_TEXT:
        raise Refusal(at, f"a text has at most {MAX_TEXT} characters", "")
    return Token("str", value, at, here + len(closing))


def _escape(source: str, at: int) -> tuple[str, int]:
    """Return the character of an escape and the offset after it. Raises Refusal."""
    code = source[at + 1 : at + 2]
    if code in _ESCAPES and code:
        return _ESCAPES[code], at + 2
    for letters, digits, base in (("xX", 2, 16), ("u", 4, 16), ("U", 8, 16), ("0123", 3, 8)):
        if not code or code not in letters:
            continue
        first = at + 1 if base == 8 else at + 2
        text = source[first : first + digits]
        pattern = r"[0-7]{3}" if base == 8 else rf"[0-9A-Fa-f]{{{digits}}}"
        if re.fullmatch(pattern, text):
            number = int(text, base)
            if number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF:
                return chr(number), first + digits
    raise Refusal(at, f'"\\{code}" is not an escape', 'a backslash itself is written "\\\\"')
