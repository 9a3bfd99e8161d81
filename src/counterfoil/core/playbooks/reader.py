"""Typed reading of the tree: every helper answers the value or records one problem and answers
None.

The reader never stops at the first error, so that an author sees all of them at once.
"""

import re
from collections.abc import Collection, Iterable
from datetime import date
from difflib import get_close_matches
from typing import TypeVar

from counterfoil.core.money import Money, MoneyError
from counterfoil.core.playbooks.model import Span, SpanUnit, Text
from counterfoil.core.playbooks.nodes import Mapping, Node, Scalar, Sequence
from counterfoil.core.playbooks.problems import Problem

E = TypeVar("E", bound=str)

WORD = re.compile(r"[a-z][a-z0-9_]{0,59}")
KEY = re.compile(r"[a-z][a-z0-9-]{0,59}")
CODE = re.compile(r"[A-Z][A-Z0-9_]{1,59}")
LANGUAGE = re.compile(r"[a-z]{2}(-[A-Z]{2})?")
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_MONEY = re.compile(r"(\S+) ([A-Z]{3})")
_PERCENT = re.compile(r"(\d{1,3})(?:\.(\d{1,4}))?%")
_SPAN = re.compile(r"(\d{1,4}) (business days?|business hours?|days?)")
_WHOLE = re.compile(r"-?(0|[1-9]\d{0,17})")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "Did you mean x?" for a near miss, or the list of what is known when it is short."""
    names = sorted(known)
    near = get_close_matches(word, names, n=1, cutoff=0.6)
    if near:
        return f"Did you mean {near[0]}?"
    if names and len(names) <= 12:
        return f"Known here: {', '.join(names)}."
    return ""


class Reader:
    """Reads one file: collects its problems, the place of every path, and the value read at every
    place.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.places: dict[str, tuple[int, int]] = {}
        self.values: dict[tuple[int, int], object] = {}
        self.said: dict[str, Text] = {}

    def problem(self, node: Node, path: str, message: str, hint: str = "") -> None:
        """Record what is wrong at `node`."""
        self.problem_at(node.line, node.column, path, message, hint)

    def problem_at(self, line: int, column: int, path: str, message: str, hint: str = "") -> None:
        """Record what is wrong at a place inside a value."""
        self.problems.append(Problem(self.file, line, column, path, message, hint))

    def _keep(self, scalar: Scalar, value: object) -> None:
        """Remember how the value reads in the canonical form, where its text alone does not say
        it.
        """
        self.values[scalar.line, scalar.column] = value

    # Shapes

    def mapping(
        self,
        node: Node | None,
        path: str,
        *,
        required: Collection[str],
        optional: Collection[str] = (),
    ) -> dict[str, Node]:
        """Return the values by key; records unknown, doubled and missing keys."""
        pairs = self.pairs(node, path)
        found: dict[str, Node] = {}
        known = {*required, *optional}
        for key, value in pairs:
            if key.value not in known:
                self.problem(
                    key,
                    _join(path, key.value),
                    f"Unknown key {key.value!r}.",
                    did_you_mean(key.value, known),
                )
            elif key.value not in found:
                found[key.value] = value
        if node is not None and isinstance(node, Mapping):
            for name in sorted(set(required) - set(found)):
                self.problem(
                    node,
                    _join(path, name),
                    f"The key {name!r} is missing.",
                    f"Add '{name}:' here.",
                )
        return found

    def pairs(self, node: Node | None, path: str) -> list[tuple[Scalar, Node]]:
        """Return the pairs of a mapping; records another shape and doubled keys."""
        if node is None:
            return []
        if not isinstance(node, Mapping):
            self.problem(
                node,
                path,
                "Keys with values are expected here.",
                "Write 'key: value', one a line.",
            )
            return []
        self.places.setdefault(path, (node.line, node.column))
        seen: dict[str, Scalar] = {}
        for key, value in node.pairs:
            inner = _join(path, key.value)
            if key.value in seen:
                self.problem(
                    key,
                    inner,
                    f"The key {key.value!r} stands twice.",
                    f"It is already in line {seen[key.value].line}.",
                )
                continue
            seen[key.value] = key
            self.places[inner] = (value.line, value.column)
        return [(key, value) for key, value in node.pairs if seen[key.value] is key]

    def named(self, node: Node | None, path: str, what: str) -> list[tuple[str, Node]]:
        """Return pairs whose keys are names of the author's own; records a malformed name."""
        good = []
        for key, value in self.pairs(node, path):
            if WORD.fullmatch(key.value):
                good.append((key.value, value))
            else:
                self.problem(
                    key,
                    _join(path, key.value),
                    f"{key.value!r} is no name for {what}.",
                    "Use lower-case letters, digits and _, beginning with a letter.",
                )
        return good

    def items(self, node: Node | None, path: str, *, at_least: int = 0) -> list[tuple[str, Node]]:
        """Return the items of a list with their paths; records another shape or too few."""
        if node is None:
            return []
        if not isinstance(node, Sequence):
            self.problem(
                node, path, "A list is expected here.", "Write [a, b] or one '- item' a line."
            )
            return []
        if len(node.items) < at_least:
            few = "entry is" if at_least == 1 else "entries are"
            self.problem(node, path, f"At least {at_least} {few} needed here.", "Add one.")
        for index, item in enumerate(node.items):
            self.places[f"{path}[{index}]"] = (item.line, item.column)
        return [(f"{path}[{index}]", item) for index, item in enumerate(node.items)]

    def scalar(self, node: Node | None, path: str, what: str) -> Scalar | None:
        """Return the single value; records a list or mapping in its place, or nothing at all."""
        if node is None:
            return None
        if not isinstance(node, Scalar):
            self.problem(node, path, f"One value is expected here: {what}.")
            return None
        if node.plain and node.value in ("", "~", "null"):
            self.problem(node, path, f"The value is empty; {what} is expected.")
            return None
        return node

    # Values

    def string(
        self, node: Node | None, path: str, what: str = "a text", *, longest: int = 2000
    ) -> str | None:
        """Return a non-empty text without blanks around it."""
        scalar = self.scalar(node, path, what)
        if scalar is None:
            return None
        value = scalar.value.strip()
        if not value:
            self.problem(scalar, path, f"The value is empty; {what} is expected.")
            return None
        if len(value) > longest:
            self.problem(
                scalar,
                path,
                f"{len(value)} characters; at most {longest} are taken.",
                "Shorten it.",
            )
            return None
        return value

    def pattern(
        self, node: Node | None, path: str, pattern: re.Pattern[str], what: str, hint: str
    ) -> str | None:
        """Return a text of a given form."""
        value = self.string(node, path, what)
        if value is None or node is None:
            return None
        if not pattern.fullmatch(value):
            self.problem(node, path, f"{value!r} is not {what}.", hint)
            return None
        return value

    def one_of(self, node: Node | None, path: str, known: Iterable[E], what: str) -> E | None:
        """Return the member of `known` that is written here."""
        value = self.string(node, path, what)
        if value is None or node is None:
            return None
        options = {str(option): option for option in known}
        if value not in options:
            self.problem(node, path, f"{value!r} is not {what}.", did_you_mean(value, options))
            return None
        return options[value]

    def boolean(self, node: Node | None, path: str) -> bool | None:
        """Return true or false."""
        scalar = self.scalar(node, path, "true or false")
        if scalar is None:
            return None
        if scalar.value not in ("true", "false"):
            self.problem(
                scalar,
                path,
                f"{scalar.value!r} is neither true nor false.",
                "Write true or false.",
            )
            return None
        self._keep(scalar, scalar.value == "true")
        return scalar.value == "true"

    def whole(
        self, node: Node | None, path: str, *, least: int = 0, most: int = 10**15
    ) -> int | None:
        """Return a whole number between the bounds."""
        scalar = self.scalar(node, path, "a whole number")
        if scalar is None:
            return None
        if not _WHOLE.fullmatch(scalar.value):
            self.problem(
                scalar,
                path,
                f"{scalar.value!r} is not a whole number.",
                "Write digits only, for example 30.",
            )
            return None
        value = int(scalar.value)
        if not least <= value <= most:
            self.problem(
                scalar,
                path,
                f"{value} is out of range.",
                f"Write a number from {least} to {most}.",
            )
            return None
        self._keep(scalar, value)
        return value

    def day(self, node: Node | None, path: str) -> date | None:
        """Return a day written as 2026-01-31."""
        scalar = self.scalar(node, path, "a day")
        if scalar is None:
            return None
        value = parse_day(scalar.value)
        if value is None:
            self.problem(
                scalar,
                path,
                f"{scalar.value!r} is not a day.",
                "Write year-month-day, as in 2026-01-31.",
            )
        return value

    def money(self, node: Node | None, path: str) -> Money | None:
        """Return an amount with its currency."""
        scalar = self.scalar(node, path, "an amount with its currency")
        if scalar is None:
            return None
        value = parse_money(scalar.value)
        if value is None:
            self.problem(
                scalar,
                path,
                f"{scalar.value!r} is not an amount of money.",
                "Write the amount and the ISO 4217 code, as in 2500.00 USD.",
            )
        else:
            self._keep(scalar, value.format_plain())
        return value

    def percent(self, node: Node | None, path: str) -> int | None:
        """Return a rate of at most 100% in parts per million."""
        scalar = self.scalar(node, path, "a rate in percent")
        if scalar is None:
            return None
        if not scalar.value.endswith("%"):
            self.problem(
                scalar,
                path,
                "A rate needs a percent sign.",
                f"Write {scalar.value}% instead of {scalar.value}.",
            )
            return None
        value = parse_percent(scalar.value)
        if value is None:
            self.problem(
                scalar,
                path,
                f"{scalar.value!r} is not a rate.",
                "Write 0% to 100%, with at most four decimals.",
            )
        else:
            self._keep(scalar, format_percent(value))
        return value

    def span(
        self, node: Node | None, path: str, units: Collection[SpanUnit] = tuple(SpanUnit)
    ) -> Span | None:
        """Return a length of time such as `3 business days`."""
        scalar = self.scalar(node, path, "a length of time")
        if scalar is None:
            return None
        value = parse_span(scalar.value)
        if value is None or value.unit not in units or value.count < 1:
            words = " or ".join(f"'3 {unit.value.replace('_', ' ')}'" for unit in units)
            self.problem(
                scalar, path, f"{scalar.value!r} is not a length of time here.", f"Write {words}."
            )
            return None
        self._keep(scalar, str(value))
        return value

    def text(self, node: Node | None, path: str) -> Text | None:
        """Return a text in its languages: {en: ..., de: ...}."""
        if isinstance(node, Scalar):
            self.problem(
                node, path, "A text names its language.", f"Write {{en: {node.value[:40]!r}}}."
            )
            return None
        pairs: list[tuple[str, str]] = []
        for key, value in self.pairs(node, path):
            if not LANGUAGE.fullmatch(key.value):
                self.problem(
                    key,
                    _join(path, key.value),
                    f"{key.value!r} is not a language.",
                    "Use a code such as en or de; quote a text that has a comma.",
                )
                continue
            said = self.string(value, _join(path, key.value))
            if said is not None:
                pairs.append((key.value, said))
        if isinstance(node, Mapping) and not node.pairs:
            self.problem(node, path, "The text is empty.", "Write {en: ...}.")
        if not pairs:
            return None
        self.said[path] = Text(tuple(sorted(pairs)))
        return self.said[path]


def parse_day(value: str) -> date | None:
    """Return the day written as year-month-day, or None."""
    match = _DAY.fullmatch(value)
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None


def parse_money(value: str) -> Money | None:
    """Return the amount written as `2500.00 USD`, or None."""
    match = _MONEY.fullmatch(value)
    try:
        return Money.parse(match[1], match[2]) if match else None
    except MoneyError:
        return None
    except ValueError:
        return None


def parse_percent(value: str) -> int | None:
    """Return parts per million of a rate written as `50%`, or None."""
    match = _PERCENT.fullmatch(value)
    if not match:
        return None
    ppm = int(match[1]) * 10_000 + int((match[2] or "").ljust(4, "0"))
    return ppm if ppm <= 1_000_000 else None


def format_percent(ppm: int) -> str:
    """Return the shortest way to write a rate: 500000 is `50%`."""
    whole, rest = divmod(ppm, 10_000)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".") + "%"


def parse_span(value: str) -> Span | None:
    """Return the length of time written as `3 business days`, or None."""
    match = _SPAN.fullmatch(value)
    if not match:
        return None
    words = match[2] if match[2].endswith("s") else match[2] + "s"
    return Span(int(match[1]), SpanUnit(words.replace(" ", "_")))


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
