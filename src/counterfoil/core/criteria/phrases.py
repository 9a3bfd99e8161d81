"""The words of the language in English and German: one table each for writing and for reading.

A table is data alone. Both directions use it, so a phrase that is written is read back.
"""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrases:
    """The words of one human language; a phrase may have several words.

    `compare` is worded by what is compared: dates are before and after, amounts less and more.
    """

    code: str
    yes: str
    no: str
    days: tuple[str, str]
    joiner: str
    conjunction: str
    disjunction: str
    negation: str
    minus_sign: str
    arithmetic: dict[str, str]
    compare: dict[str, str]
    compare_dates: dict[str, str]
    one_of: str
    within: str
    given: str
    not_given: str
    infix: dict[str, str]
    overlaps: tuple[str, str]
    business_days: str
    conditional: tuple[str, str, str]
    period: tuple[str, str]
    prefix: dict[str, str]
    every_row: dict[str, str]
    loops: dict[str, tuple[str, str]]
    inside: str

    def infix_phrases(self) -> Iterator[str]:
        """Yield every phrase that may follow a value."""
        yield from (self.conjunction, self.disjunction, self.one_of, self.within, self.given)
        yield from (self.not_given, self.business_days, self.inside)
        yield from self.arithmetic.values()
        yield from self.compare.values()
        yield from self.compare_dates.values()
        yield from self.infix.values()
        yield from (*self.overlaps, *self.conditional[1:], self.period[1])
        yield from (after for _, after in self.loops.values())

    def prefix_phrases(self) -> Iterator[str]:
        """Yield every phrase that may begin a value."""
        yield from (self.yes, self.no, self.negation, self.minus_sign, self.conditional[0])
        yield self.period[0]
        yield from self.prefix.values()
        yield from self.every_row.values()
        yield from (before for before, _ in self.loops.values())


ENGLISH = Phrases(
    code="en",
    yes="true",
    no="false",
    days=("day", "days"),
    joiner="'s",
    conjunction="and",
    disjunction="or",
    negation="not",
    minus_sign="minus",
    arithmetic={"+": "plus", "-": "minus", "*": "times"},
    compare={
        "==": "is",
        "!=": "is not",
        "<": "is less than",
        "<=": "is at most",
        ">": "is more than",
        ">=": "is at least",
    },
    compare_dates={
        "==": "is",
        "!=": "is not",
        "<": "is before",
        "<=": "is on or before",
        ">": "is after",
        ">=": "is on or after",
    },
    one_of="is one of",
    within="is within",
    given="is given",
    not_given="is not given",
    infix={"contains": "contains", "startsWith": "starts with", "endsWith": "ends with"},
    overlaps=("overlaps", "to"),
    business_days="business days after",
    conditional=("if", "then", "otherwise"),
    period=("the period from", "to"),
    prefix={
        "sum": "the sum of",
        "count": "the count of",
        "size": "the size of",
        "min": "the smallest of",
        "max": "the largest of",
        "lower": "the lower case of",
        "days": "the span in days of",
    },
    every_row={"all": "every row satisfies", "exists": "some row satisfies"},
    loops={
        "all": ("every", "satisfies"),
        "exists": ("some", "satisfies"),
        "exists_one": ("exactly one", "satisfies"),
        "filter": ("the rows", "where"),
        "map": ("for each", "the value"),
    },
    inside="in",
)

GERMAN = Phrases(
    code="de",
    yes="wahr",
    no="falsch",
    days=("Tag", "Tage"),
    joiner="/",
    conjunction="und",
    disjunction="oder",
    negation="nicht",
    minus_sign="minus",
    arithmetic={"+": "plus", "-": "minus", "*": "mal"},
    compare={
        "==": "ist",
        "!=": "ist nicht",
        "<": "ist kleiner als",
        "<=": "ist höchstens",
        ">": "ist größer als",
        ">=": "ist mindestens",
    },
    compare_dates={
        "==": "ist",
        "!=": "ist nicht",
        "<": "liegt vor",
        "<=": "liegt am oder vor",
        ">": "liegt nach",
        ">=": "liegt am oder nach",
    },
    one_of="ist eines von",
    within="liegt in",
    given="ist angegeben",
    not_given="ist nicht angegeben",
    infix={"contains": "enthält", "startsWith": "beginnt mit", "endsWith": "endet mit"},
    overlaps=("überschneidet", "bis"),
    business_days="Arbeitstage nach",
    conditional=("falls", "dann", "sonst"),
    period=("der Zeitraum von", "bis"),
    prefix={
        "sum": "die Summe von",
        "count": "die Anzahl von",
        "size": "die Länge von",
        "min": "das Kleinste von",
        "max": "das Größte von",
        "lower": "die Kleinschreibung von",
        "days": "die Spanne in Tagen von",
    },
    every_row={"all": "für jede Zeile gilt", "exists": "für mindestens eine Zeile gilt"},
    loops={
        "all": ("für jedes", "gilt"),
        "exists": ("für mindestens ein", "gilt"),
        "exists_one": ("für genau ein", "gilt"),
        "filter": ("die Zeilen", "mit"),
        "map": ("je", "der Wert"),
    },
    inside="in",
)

LANGUAGES = {each.code: each for each in (ENGLISH, GERMAN)}


@dataclass(frozen=True, slots=True)
class Stops:
    """Which words end a name, and which cannot begin one."""

    ending: frozenset[str]
    beginning: frozenset[str]


def stops_of(phrases: Phrases) -> Stops:
    """Return the words at which reading a name stops.

    A name that meets them is written between backquotes instead.
    """
    ending, beginning = set(), set()
    for phrase in phrases.infix_phrases():
        first, *rest = phrase.split()
        ending.add(first)
        beginning.update(rest)
    for phrase in phrases.prefix_phrases():
        beginning.add(phrase.split()[0])
    return Stops(frozenset(ending), frozenset(beginning | ending | set(phrases.days)))


STOPS = {code: stops_of(phrases) for code, phrases in LANGUAGES.items()}
