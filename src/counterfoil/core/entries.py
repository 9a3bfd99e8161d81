"""What people write into a form, read into the value that a detail holds.

Dates in several forms, amounts with or without a currency, yes and no in two languages. Nothing is
guessed: what reads two ways is refused with both readings. The text itself is kept by the caller.
"""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from counterfoil.core.criteria import Period
from counterfoil.core.currencies import exponent
from counterfoil.core.money import AmbiguousAmount, Money, MoneyError
from counterfoil.core.playbooks.model import Field, OptionList, ValueType

TEXT_MAX = 2_000
_COMMA_LANGUAGES = frozenset({"de", "fr", "es", "it", "nl", "pt"})
_YES = frozenset({"yes", "y", "true", "1", "on", "x", "ja", "j"})
_NO = frozenset({"no", "n", "false", "0", "off", "nein"})
_MONTHS = {
    "january": 1, "jan": 1, "januar": 1, "february": 2, "feb": 2, "februar": 2, "march": 3,
    "mar": 3, "märz": 3, "mär": 3, "maerz": 3, "april": 4, "apr": 4, "may": 5, "mai": 5, "june": 6,
    "jun": 6, "juni": 6, "july": 7, "jul": 7, "juli": 7, "august": 8, "aug": 8, "september": 9,
    "sep": 9, "sept": 9, "october": 10, "oct": 10, "oktober": 10, "okt": 10, "november": 11,
    "nov": 11, "december": 12, "dec": 12, "dezember": 12, "dez": 12,
}  # fmt: skip
_YEARS = range(1990, 2100)
# Overrides of the direction of reading (Unicode UAX 9) and characters without a width; the joiners
# U+200C and U+200D belong to scripts and emoji and may stay.
_HIDDEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_CODE = re.compile(r"(?<![A-Za-z])[A-Za-z]{3}(?![A-Za-z])")

_SAY = {
    "en": {
        "date": "{text} is not a date that can be read one way.",
        "date_right": "Write it like 2026-02-09 or Feb 9, 2026.",
        "two_dates": "{text} may mean {one} or {other}.",
        "two_dates_right": "Write {one} or {other}.",
        "period": "{text} is not a period.",
        "period_right": "Write the first and the last day, like 2026-02-09 to 2026-02-10.",
        "order": "{text} ends before it starts.",
        "order_right": "Put the first day first.",
        "money": "{text} is not an amount.",
        "money_right": "Write it like {example}.",
        "whole": "{text} is not a whole number.",
        "whole_right": "Write digits only, like 184.",
        "decimal": "{text} is not a number.",
        "decimal_right": "Write it like 12.5.",
        "bool": "{text} is neither yes nor no.",
        "bool_right": "Answer yes or no.",
        "choice": "{text} is not one of the choices.",
        "choice_right": "Choose one of: {choices}.",
        "hidden": "The text has a hidden character ({text}) that changes how it reads.",
        "hidden_right": "Type it again, without copying it.",
        "long": "The text has {length} characters.",
        "long_right": "Use at most {bound}.",
    },
    "de": {
        "date": "{text} ist kein eindeutiges Datum.",
        "date_right": "Schreiben Sie es wie 09.02.2026 oder 2026-02-09.",
        "two_dates": "{text} kann {one} oder {other} heißen.",
        "two_dates_right": "Schreiben Sie {one} oder {other}.",
        "period": "{text} ist kein Zeitraum.",
        "period_right": "Schreiben Sie ersten und letzten Tag, wie 2026-02-09 bis 2026-02-10.",
        "order": "{text} endet vor dem Beginn.",
        "order_right": "Nennen Sie den ersten Tag zuerst.",
        "money": "{text} ist kein Betrag.",
        "money_right": "Schreiben Sie ihn wie {example}.",
        "whole": "{text} ist keine ganze Zahl.",
        "whole_right": "Schreiben Sie nur Ziffern, wie 184.",
        "decimal": "{text} ist keine Zahl.",
        "decimal_right": "Schreiben Sie sie wie 12,5.",
        "bool": "{text} ist weder ja noch nein.",
        "bool_right": "Antworten Sie mit ja oder nein.",
        "choice": "{text} steht nicht zur Wahl.",
        "choice_right": "Wählen Sie eines: {choices}.",
        "hidden": "Der Text hat ein verstecktes Zeichen ({text}), das ihn anders aussehen lässt.",
        "hidden_right": "Tippen Sie ihn neu, ohne ihn zu kopieren.",
        "long": "Der Text hat {length} Zeichen.",
        "long_right": "Höchstens {bound} sind möglich.",
    },
}


class NotReadable(ValueError):
    """The text is no value of its type; `message` says what is wrong, `right` what would be."""

    def __init__(self, message: str, right: str) -> None:
        super().__init__(f"{message} {right}")
        self.message, self.right = message, right


@dataclass(frozen=True, slots=True)
class EntryProblem:
    """What is wrong with one entry: its field, a sentence, and what would be right."""

    field: str
    message: str
    right: str


def read_entry(
    text: str,
    *,
    field: Field,
    currency: str,
    options: OptionList | None = None,
    language: str = "en",
) -> object:
    """Return the value of `text` by the type of `field`, or None for an empty text.

    `currency` is that of the fund; an amount may name another. Raises NotReadable.
    """
    plain = unicodedata.normalize("NFC", text).strip()
    if not plain:
        return None
    _refuse_hidden(plain, language)
    match field.type:
        case ValueType.TEXT:
            return _text(plain, field.max_length or TEXT_MAX, language)
        case ValueType.DATE:
            return read_date(plain, language=language)
        case ValueType.PERIOD:
            return read_period(plain, language=language)
        case ValueType.MONEY:
            return read_money(plain, currency=currency, language=language)
        case ValueType.WHOLE_NUMBER:
            return _whole(plain, language)
        case ValueType.DECIMAL:
            return _decimal(plain, language)
        case ValueType.BOOL:
            return read_bool(plain, language=language)
        case ValueType.CHOICE:
            return _choice(plain, options, language)
    raise AssertionError(f"no reader for {field.type}")


def read_entries(
    entries: Mapping[str, str],
    *,
    fields: Sequence[Field],
    lists: Mapping[str, OptionList],
    currency: str,
    language: str = "en",
    prefix: str = "",
) -> tuple[dict[str, object], tuple[EntryProblem, ...]]:
    """Return the values that could be read (None for an emptied entry) and what is wrong.

    Entries without a field are ignored: a form may carry more than its fields.
    """
    values: dict[str, object] = {}
    problems: list[EntryProblem] = []
    for field in fields:
        if field.name not in entries:
            continue
        try:
            values[field.name] = read_entry(
                entries[field.name],
                field=field,
                currency=currency,
                options=lists.get(field.options or ""),
                language=language,
            )
        except NotReadable as refusal:
            values[field.name] = None
            problems.append(EntryProblem(prefix + field.name, refusal.message, refusal.right))
    return values, tuple(problems)


def read_bool(text: str, *, language: str = "en") -> bool:
    """Return yes or no. Raises NotReadable."""
    word = text.strip().casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise _refuse(language, "bool", text)


def read_date(text: str, *, language: str = "en") -> date:
    """Return the day that `text` names in one way only. Raises NotReadable.

    ISO, day.month.year, and days with the month's name in English or German are read as they
    stand; numbers with slashes only where day and month can't be mixed up.
    """
    plain = re.sub(r"\s+", " ", text.strip())
    if match := re.fullmatch(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})", plain):
        return _day(match[1], match[2], match[3], text, language)
    if match := re.fullmatch(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})", plain):
        return _day(match[3], match[2], match[1], text, language)
    if match := re.fullmatch(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})", plain):
        return _slashed(match[1], match[2], match[3], text, language)
    if match := re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th|\.)? ([^\W\d]+)\.?,? (\d{4})", plain):
        return _day(match[3], _month(match[2], text, language), match[1], text, language)
    if match := re.fullmatch(r"([^\W\d]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})", plain):
        return _day(match[3], _month(match[1], text, language), match[2], text, language)
    raise _refuse(language, "date", text)


def read_period(text: str, *, language: str = "en") -> Period:
    """Return the days from the first to the last; one day and one month read too.

    Raises NotReadable.
    """
    plain = re.sub(r"\s+", " ", text.strip())
    if match := re.fullmatch(r"(\d{4})-(\d{1,2})", plain):
        return _whole_month(match[1], match[2], text, language)
    if (match := re.fullmatch(r"([^\W\d]+) (\d{4})", plain)) and match[1].casefold() in _MONTHS:
        return _whole_month(match[2], str(_MONTHS[match[1].casefold()]), text, language)
    parts = re.split(r" to | bis | until | through | [-–—] |–|—", plain, flags=re.IGNORECASE)
    if len(parts) == 1 and plain.count("/") == 1:
        parts = plain.split("/")
    if len(parts) > 2:
        raise _refuse(language, "period", text)
    days = [read_date(part, language=language) for part in parts]
    if days[-1] < days[0]:
        raise _refuse(language, "order", text)
    return Period(days[0], days[-1])


def read_money(text: str, *, currency: str, language: str = "en") -> Money:
    """Return the amount; a currency written beside it counts, otherwise it is `currency`.

    A comma is the decimal mark where the person's language writes it so and the text can't be read
    with a point. Raises NotReadable.
    """
    example = f"6200.00 {currency}" if exponent(currency) else f"6200 {currency}"
    codes = _CODE.findall(text) + ["EUR"] * text.count("€")
    if len(codes) > 1:
        raise _refuse(language, "money", text, example=example)
    unit = codes[0].upper() if codes else currency
    bare = _CODE.sub(" ", text.replace("€", " ")).strip()
    try:
        if language in _COMMA_LANGUAGES:
            return _money_by_comma(bare, unit)
        return Money.parse(bare, unit)
    except AmbiguousAmount as refusal:
        raise NotReadable(
            f"{refusal}.", _words(language)["money_right"].format(example=example)
        ) from None
    except (MoneyError, ValueError):
        raise _refuse(language, "money", text, example=example) from None


def _money_by_comma(text: str, unit: str) -> Money:
    """Return the amount by the comma; by the point where only that reads ("6,200.00")."""
    try:
        return Money.parse(text, unit, decimal_mark=",")
    except MoneyError:
        # Without a point only the comma's reading is meant: "12,345" is never 12345.
        if "." not in text:
            raise
        return Money.parse(text, unit)


def _refuse_hidden(text: str, language: str) -> None:
    """Refuse what makes a text read other than it is stored. Raises NotReadable."""
    found = _HIDDEN.search(text)
    if found is not None:
        raise _refuse(language, "hidden", f"U+{ord(found[0]):04X}")


def _text(text: str, bound: int, language: str) -> str:
    if len(text) > bound:
        raise _refuse(language, "long", text, length=len(text), bound=bound)
    return text


def _whole(text: str, language: str) -> int:
    if re.fullmatch(r"[+-]?\d{1,15}", text):
        return int(text)
    if re.fullmatch(r"\d{1,3}(?:([,.'  ])\d{3})(?:\1\d{3})*", text):
        return int(re.sub(r"\D", "", text))
    raise _refuse(language, "whole", text)


def _decimal(text: str, language: str) -> Decimal:
    plain = text.replace(",", ".") if language in _COMMA_LANGUAGES else text
    try:
        value = Decimal(plain)
    except InvalidOperation:
        raise _refuse(language, "decimal", text) from None
    if not value.is_finite() or len(plain) > 30:
        raise _refuse(language, "decimal", text)
    return value


def _choice(text: str, options: OptionList | None, language: str) -> str:
    wanted = text.casefold()
    for value, title in options.options if options else ():
        names = {value.casefold(), *(word.casefold() for _, word in title.by_language)}
        if wanted in names:
            return value
    known = ", ".join(title.say(language) for _, title in options.options) if options else ""
    raise _refuse(language, "choice", text, choices=known)


def _slashed(one: str, two: str, year: str, text: str, language: str) -> date:
    readings: list[date] = []
    for month, day in ((one, two), (two, one)):
        try:
            found = _day(year, month, day, text, language)
        except NotReadable:
            continue
        if found not in readings:
            readings.append(found)
    if len(readings) == 1:
        return readings[0]
    if not readings:
        raise _refuse(language, "date", text)
    first, second = (day.isoformat() for day in readings)
    raise _refuse(language, "two_dates", text, one=first, other=second)


def _day(year: str, month: str | int, day: str, text: str, language: str) -> date:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        raise _refuse(language, "date", text) from None
    if found.year not in _YEARS:
        raise _refuse(language, "date", text)
    return found


def _month(word: str, text: str, language: str) -> int:
    found = _MONTHS.get(word.casefold())
    if found is None:
        raise _refuse(language, "date", text)
    return found


def _whole_month(year: str, month: str, text: str, language: str) -> Period:
    first = _day(year, month, "1", text, language)
    return Period(first, first.replace(day=monthrange(first.year, first.month)[1]))


def _words(language: str) -> Mapping[str, str]:
    return _SAY.get(language, _SAY["en"])


def _refuse(language: str, key: str, text: str, **named: str | int) -> NotReadable:
    words = _words(language)
    shown = text if len(text) <= 60 else f"{text[:59]}…"
    return NotReadable(
        words[key].format(text=f"“{shown}”", **named), words[f"{key}_right"].format(**named)
    )
