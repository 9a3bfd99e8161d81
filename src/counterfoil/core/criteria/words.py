"""A rule in words that an operations person reads, and that read back to the same tree."""

import re
from collections.abc import Mapping

from counterfoil.core.criteria.checker import steps
from counterfoil.core.criteria.errors import SchemaError
from counterfoil.core.criteria.phrases import LANGUAGES, STOPS, Phrases, Stops
from counterfoil.core.criteria.program import Program
from counterfoil.core.criteria.tree import (
    Binary,
    Call,
    Conditional,
    Each,
    Has,
    ListOf,
    Literal,
    Logic,
    Name,
    Node,
    Select,
    Unary,
    literal_text,
)
from counterfoil.core.criteria.types import Type

_CHOICE, _OR, _AND, _RELATION, _SUM, _PRODUCT, _UNARY, _VALUE = range(8)
_PLAIN = re.compile(r"[a-z][a-z0-9]*(_[a-z][a-z0-9]*)*")


def words(
    program: Program, language: str = "en", *, labels: Mapping[str, str] | None = None
) -> str:
    """Return the rule in English ("en") or German ("de").

    Without `labels` the text reads back by `parse_words`. `labels` gives names their titles on
    screen ("activity_end": "Last day"); such a text is for reading only. Raises SchemaError for
    another language.
    """
    types = {id(step.node): step.type for step in steps(program.checked)}
    return write_words(program.tree, language, types=types, labels=labels)


def write_words(
    node: Node,
    language: str = "en",
    *,
    types: Mapping[int, Type] | None = None,
    labels: Mapping[str, str] | None = None,
) -> str:
    """Return a tree in words; `types` by the identity of nodes choose before or less than."""
    if language not in LANGUAGES:
        raise SchemaError(f'there are no words in "{language}", only in {", ".join(LANGUAGES)}')
    return _Writer(LANGUAGES[language], STOPS[language], types or {}, labels or {}).at(node, 0)


class _Writer:
    """One walk over one tree."""

    def __init__(
        self, phrases: Phrases, stops: Stops, types: Mapping[int, Type], labels: Mapping[str, str]
    ) -> None:
        self.phrases, self.stops, self.types, self.labels = phrases, stops, types, labels

    def at(self, node: Node, level: int) -> str:
        """Return a node in words, in parentheses where it binds weaker than `level`."""
        text, own = self.plain(node)
        return f"({text})" if own < level else text

    def plain(self, node: Node) -> tuple[str, int]:
        """Return a node in words without parentheses, and how strongly they bind."""
        phrases = self.phrases
        match node:
            case Literal():
                return self.literal(node), _VALUE
            case Name(path=path):
                return self.name(path), _VALUE
            case Has(path=path):
                return f"{self.name(path)} {phrases.given}", _RELATION
            case Select(target=target, field=field):
                return self.joined(self.at(target, _VALUE), self.part(field)), _VALUE
            case Unary(op="!", operand=Has(path=path)):
                return f"{self.name(path)} {phrases.not_given}", _RELATION
            case Unary(op=op, operand=operand):
                word = phrases.negation if op == "!" else phrases.minus_sign
                return f"{word} {self.at(operand, _VALUE)}", _UNARY
            case Binary():
                return self.binary(node)
            case Logic(op=op, items=items):
                own = _AND if op == "&&" else _OR
                word = phrases.conjunction if op == "&&" else phrases.disjunction
                return f" {word} ".join(self.at(item, own + 1) for item in items), own
            case Conditional(condition=condition, then=then, otherwise=otherwise):
                before, middle, last = phrases.conditional
                parts = (self.at(condition, _OR), self.at(then, _OR), self.at(otherwise, 0))
                return f"{before} {parts[0]} {middle} {parts[1]} {last} {parts[2]}", _CHOICE
            case ListOf(items=items):
                return f"[{', '.join(self.at(item, 0) for item in items)}]", _VALUE
            case Call():
                return self.call(node)
            case Each(kind=kind, source=source, variable=variable, body=body):
                before, after = phrases.loops[kind]
                rows = f"{self.part(variable)} {phrases.inside} {self.at(source, _VALUE)}"
                return f"{before} {rows} {after} ({self.at(body, 0)})", _VALUE

    def literal(self, node: Literal) -> str:
        """Return a constant; only yes, no and days are words."""
        if node.kind == "bool":
            return self.phrases.yes if node.value else self.phrases.no
        if node.kind == "days":
            return f"{node.value} {self.phrases.days[0 if node.value == 1 else 1]}"
        return literal_text(node)

    def name(self, path: str) -> str:
        """Return a name in words, its label, or between backquotes if its words would mislead."""
        if path in self.labels:
            return f"“{self.labels[path]}”"
        parts = path.split(".")
        if not all(self.reads_back(part) for part in parts):
            return f"`{path}`"
        text = parts[0].replace("_", " ")
        for part in parts[1:]:
            text = self.joined(text, part.replace("_", " "))
        return text

    def part(self, word: str) -> str:
        """Return a single name in words or between backquotes."""
        return word.replace("_", " ") if self.reads_back(word) else f"`{word}`"

    def joined(self, whole: str, part: str) -> str:
        """Return "line's net", or "line / net"."""
        space = "" if self.phrases.joiner.startswith("'") else " "
        return f"{whole}{space}{self.phrases.joiner} {part}"

    def reads_back(self, word: str) -> bool:
        """Return whether a part of a name may be written in words."""
        if not _PLAIN.fullmatch(word):
            return False
        first, *rest = word.split("_")
        return first not in self.stops.beginning and not self.stops.ending.intersection(rest)

    def binary(self, node: Binary) -> tuple[str, int]:
        """Return a comparison or an arithmetic step."""
        phrases, kind = self.phrases, self.types.get(id(node.left))
        if node.op in phrases.arithmetic:
            own, word = _PRODUCT if node.op == "*" else _SUM, phrases.arithmetic[node.op]
        elif node.op == "in":
            other = self.types.get(id(node.right))
            is_period = other is not None and other.kind == "period"
            own, word = _RELATION, phrases.within if is_period else phrases.one_of
        else:
            is_date = kind is not None and kind.kind == "date"
            table = phrases.compare_dates if is_date else phrases.compare
            own, word = _RELATION, table[node.op]
        return f"{self.at(node.left, own)} {word} {self.at(node.right, own + 1)}", own

    def call(self, node: Call) -> tuple[str, int]:
        """Return a function."""
        phrases, arguments = self.phrases, node.arguments
        if node.function in phrases.infix:
            word = phrases.infix[node.function]
            return f"{self.at(arguments[0], _SUM)} {word} {self.at(arguments[1], _SUM)}", _RELATION
        if node.function == "overlaps":
            span, start, end = (self.at(each, _SUM) for each in arguments)
            return f"{span} {phrases.overlaps[0]} {start} {phrases.overlaps[1]} {end}", _RELATION
        if node.function == "business_days":
            day, count = (self.at(each, _VALUE) for each in arguments)
            return f"{count} {phrases.business_days} {day}", _PRODUCT
        if node.function == "period":
            start, end = (self.at(each, _VALUE) for each in arguments)
            return f"{phrases.period[0]} {start} {phrases.period[1]} {end}", _UNARY
        if node.function in phrases.every_row:
            return f"{phrases.every_row[node.function]} ({self.at(arguments[0], 0)})", _VALUE
        if len(arguments) == 1:
            return f"{phrases.prefix[node.function]} {self.at(arguments[0], _VALUE)}", _UNARY
        inside = ", ".join(self.at(each, 0) for each in arguments)
        return f"{phrases.prefix[node.function]} ({inside})", _UNARY
