"""The static types of the criteria language and the schema that names the facts.

A fact of any type may be missing: that is not part of its type, and evaluation answers `unknown`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from counterfoil.core.criteria.errors import SchemaError

RESERVED = frozenset(
    # https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax (IDENT, RESERVED)
    {"true", "false", "null", "in", "as", "break", "const", "continue", "else", "for"}
    | {"function", "if", "import", "let", "loop", "package", "namespace", "return", "var"}
    | {"void", "while"}
)

_PART = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Type:
    """One type; `item` of a list, `name` and `fields` of a record, `options` of a choice."""

    kind: str
    item: "Type | None" = None
    name: str = ""
    fields: tuple[tuple[str, "Type"], ...] = ()
    options: tuple[str, ...] | None = None

    def __str__(self) -> str:
        """Return the type in the words of error messages: "whole number", "list of line"."""
        if self.item is not None:
            return f"list of {self.item}"
        if self.kind == "record":
            return self.name
        return _WORDS.get(self.kind, self.kind)

    @property
    def element(self) -> "Type":
        """Return the type of the rows of a list. Raises SchemaError for any other type."""
        if self.item is None:
            raise SchemaError(f"{self} is not a list")
        return self.item

    def field_type(self, name: str) -> "Type | None":
        """Return the type of a record's field, or None."""
        return dict(self.fields).get(name)


_WORDS = {
    "bool": "yes/no",
    "int": "whole number",
    "dec": "decimal",
    "str": "text",
    "days": "span of days",
    "rate": "percentage",
}

BOOL = Type("bool")
INT = Type("int")
DEC = Type("dec")
MONEY = Type("money")
STR = Type("str")
DATE = Type("date")
DAYS = Type("days")
RATE = Type("rate")
PERIOD = Type("period")
NEVER = Type("never")
"""The rows of a list literal without rows: fits every type, is never a fact's."""

_BY_WORD = {
    **{each.kind: each for each in (BOOL, INT, DEC, MONEY, STR, DATE, DAYS, RATE, PERIOD)},
    "whole_number": INT,
    "decimal": DEC,
    "text": STR,
}


def list_of(item: Type) -> Type:
    """Return the list type. Raises SchemaError for lists of lists."""
    if item.kind == "list":
        raise SchemaError("a list of lists is not a type of the language")
    return Type("list", item=item)


def record(name: str, fields: Mapping[str, Type]) -> Type:
    """Return a record type. Raises SchemaError for a bad field name or a nested list or record."""
    for key, each in fields.items():
        _check_name(key, dotted=False)
        if each.kind in ("record", "list"):
            raise SchemaError(f"the field {name}.{key} cannot be a {each.kind}")
    return Type("record", name=name, fields=tuple(fields.items()))


def choice(options: Iterable[str] | None = None) -> Type:
    """Return a choice type; None when the options are not known until the facts arrive.

    Raises SchemaError for an empty or repeated option.
    """
    if options is None:
        return Type("choice")
    values = tuple(options)
    if not values or len(set(values)) != len(values) or not all(values):
        raise SchemaError("a choice needs options, each named once")
    return Type("choice", options=values)


def parse_type(
    text: str,
    *,
    records: Mapping[str, Type] | None = None,
    choices: Mapping[str, Iterable[str]] | None = None,
) -> Type:
    """Return the type that a playbook names: "whole_number", "choice of categories", "list<line>".

    `records` and `choices` are the names it may refer to. Raises SchemaError.
    """
    word = text.strip()
    if word in _BY_WORD:
        return _BY_WORD[word]
    if word == "choice":
        return choice()
    if match := re.fullmatch(r"choice of ([A-Za-z_][A-Za-z0-9_]*)", word):
        if choices is None or match[1] not in choices:
            raise SchemaError(f'there is no list of options "{match[1]}"')
        return choice(choices[match[1]])
    if match := re.fullmatch(r"list<\s*(.+?)\s*>", word):
        return list_of(parse_type(match[1], records=records, choices=choices))
    if records is not None and word in records:
        return records[word]
    known = sorted([*_BY_WORD, "choice of ...", "list<...>", *(records or {})])
    raise SchemaError(f'"{text}" is not a type; the types are {", ".join(known)}')


@dataclass(frozen=True)
class Schema:
    """The facts an expression may name, each with its type.

    A record fact is spread into dotted names ("line" gives "line.net"). `rows` says which word
    stands for each row of which list inside sum, count, min, max, all and exists:
    {"line": "lines"} lets `sum(line.net + line.tax)` be written where no single line is at hand.
    """

    facts: Mapping[str, Type]
    rows: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Spread records and check names and rows. Raises SchemaError."""
        flat: dict[str, Type] = {}
        for name, each in self.facts.items():
            _check_name(name, dotted=True)
            for path, leaf in _spread(name, each):
                if path in flat:
                    raise SchemaError(f'the fact "{path}" is declared twice')
                flat[path] = leaf
        object.__setattr__(self, "facts", flat)
        for word, target in self.rows.items():
            _check_name(word, dotted=False)
            declared = flat.get(target)
            if declared is None or declared.item is None or declared.item.kind != "record":
                raise SchemaError(
                    f'"{word}" stands for the rows of "{target}", no list of records'
                )

    def with_facts(self, more: Mapping[str, Type]) -> "Schema":
        """Return the schema with further facts. Raises SchemaError for a name declared twice."""
        doubled = sorted(set(self.facts) & set(more))
        if doubled:
            raise SchemaError(f'the fact "{doubled[0]}" is declared twice')
        return Schema({**self.facts, **more}, self.rows)


def _spread(name: str, each: Type) -> Iterator[tuple[str, Type]]:
    """Yield the dotted names of a fact."""
    if each.kind == "record":
        for key, leaf in each.fields:
            yield f"{name}.{key}", leaf
    else:
        yield name, each


def _check_name(name: str, *, dotted: bool) -> None:
    """Refuse what the grammar could not read back. Raises SchemaError."""
    parts = name.split(".") if dotted else [name]
    for part in parts:
        if not _PART.fullmatch(part):
            raise SchemaError(f'"{name}" is not a name: letters, digits and _ (and . between)')
        if part in RESERVED:
            raise SchemaError(f'"{name}" uses the reserved word "{part}"')
