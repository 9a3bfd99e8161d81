"""Calendar dates in a line of text."""

import re
from dataclasses import dataclass
from datetime import date

from counterfoil.core.extraction.quotes import Line, Quote

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar jänner janvier enero",
            "february feb februar février febrero",
            "march mar märz maerz mrz mars marzo",
            "april apr avril abril",
            "may mai mayo",
            "june jun juni juin junio",
            "july jul juli juillet julio",
            "august aug août agosto",
            "september sep sept septembre septiembre",
            "october oct oktober okt octobre octubre",
            "november nov novembre noviembre",
            "december dec dezember dez décembre diciembre",
        ),
        start=1,
    )
    for name in names.split()
}
_WORD = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATE = re.compile(
    r"(?<![\d.])(?:"
    r"(?P<y1>\d{4})-(?P<m1>\d{2})-(?P<d1>\d{2})(?![\d-])"
    r"|(?P<a>\d{1,2})(?P<mark>[./-])(?P<b>\d{1,2})(?P=mark)(?P<y2>\d{4}|\d{2})(?!\d)"
    rf"|(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?\.?\s+(?P<m3>{_WORD})\.?,?\s+(?P<y3>\d{{4}})"
    rf"|(?P<m4>{_WORD})\.?\s+(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y4>\d{{4}})"
    r")",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ExtractedDate:
    """A date and where it was read; `other` is the second reading of 03/04/2026, else None."""

    value: date
    quote: Quote
    other: date | None = None


def dates_in(line: Line, *, is_day_first: bool) -> list[ExtractedDate]:
    """Return the dates of a line in their order.

    `is_day_first` decides 03/04/2026, which is then reported with its other reading; dates with
    points are day first everywhere. What is no day of the calendar is left out.
    """
    found = []
    for match in _DATE.finditer(line.text):
        value, other = _reading(match, is_day_first=is_day_first)
        if value is not None:
            found.append(ExtractedDate(value, line.quote(match.start(), match.end()), other))
    return found


def _reading(match: re.Match[str], *, is_day_first: bool) -> tuple[date | None, date | None]:
    """Return the date that was matched and its other reading."""
    if match["y1"]:
        return _day(match["y1"], match["m1"], match["d1"]), None
    if match["y3"]:
        return _day(match["y3"], str(_MONTHS[match["m3"].lower()]), match["d3"]), None
    if match["y4"]:
        return _day(match["y4"], str(_MONTHS[match["m4"].lower()]), match["d4"]), None
    year = match["y2"] if len(match["y2"]) == 4 else f"20{match['y2']}"
    day_first = _day(year, match["b"], match["a"])
    if match["mark"] == ".":
        return day_first, None
    month_first = _day(year, match["a"], match["b"])
    first, second = (day_first, month_first) if is_day_first else (month_first, day_first)
    if first is None:
        return second, None
    return first, (second if second != first else None)


def _day(year: str, month: str, day: str) -> date | None:
    """Return the day of the calendar, or None where there is none."""
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
