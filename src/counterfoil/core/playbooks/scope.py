"""The names that expressions of one playbook may use, with their types; and the compiling of
expressions.

The only module of this package that knows how the criteria language is called.
"""

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import Enum

from counterfoil.core.criteria import (
    BOOL,
    DATE,
    DAYS,
    DEC,
    INT,
    MONEY,
    PERIOD,
    RATE,
    STR,
    CriteriaError,
    Period,
    Schema,
    Type,
    choice,
    compile_expression,
    list_of,
    record,
)
from counterfoil.core.playbooks import builtins
from counterfoil.core.playbooks.model import (
    Evidence,
    Expression,
    Field,
    Kind,
    Level,
    Lines,
    OptionList,
    Parameter,
    ParameterType,
    ValueType,
)
from counterfoil.core.playbooks.nodes import Node, Scalar
from counterfoil.core.playbooks.reader import Reader, did_you_mean, parse_day

_TYPES = {
    ValueType.TEXT: STR,
    ValueType.WHOLE_NUMBER: INT,
    ValueType.DECIMAL: DEC,
    ValueType.MONEY: MONEY,
    ValueType.DATE: DATE,
    ValueType.PERIOD: PERIOD,
    ValueType.BOOL: BOOL,
}
_PARAMETER_TYPES = {
    ParameterType.DAYS: DAYS,
    ParameterType.BUSINESS_DAYS: INT,
    ParameterType.RATE: RATE,
    ParameterType.MONEY: MONEY,
    ParameterType.WHOLE_NUMBER: INT,
}


class Wanted(Enum):
    """What an expression must be."""

    BOOL = BOOL
    MONEY = MONEY
    DATE = DATE


@dataclass(frozen=True, slots=True)
class Shape:
    """The type of a named detail, with the choices where it has some."""

    type: ValueType
    options: tuple[str, ...] = ()


@dataclass
class Scope:
    """Every name of one playbook. `broken` names could not be read; expressions on them are not
    judged.
    """

    kind: Kind
    has_lines: bool
    facts: dict[str, Shape]
    line_fields: dict[str, Shape]
    extra: dict[str, Type]
    broken: frozenset[str]
    line_extra: dict[str, Type] = field(default_factory=dict)
    _schemas: dict[tuple[Level, bool], Schema] = field(default_factory=dict)

    def schema(self, level: Level, *, routing: bool = False) -> Schema:
        """Return the names known at `level`."""
        key = (level, routing)
        if key not in self._schemas:
            self._schemas[key] = self._schema(level, routing=routing)
        return self._schemas[key]

    def _schema(self, level: Level, *, routing: bool) -> Schema:
        types = {name: type_of(shape) for name, shape in self.facts.items()} | self.extra
        if routing:
            types |= {name: _TYPES[each] for name, each in builtins.ROUTING.items()}
            types["outcome"] = choice(builtins.OUTCOMES)
        if not self.has_lines:
            return Schema(types)
        line = {name: type_of(shape) for name, shape in self.line_fields.items()}
        types["lines"] = list_of(record("line", line))
        if level is Level.LINE:
            types |= {f"line.{name}": each for name, each in line.items()} | self.line_extra
            return Schema(types)
        return Schema(types, {"line": "lines"})

    def level_of(self, node: Node) -> Level:
        """Return whether an amount expression speaks of one line or of the whole."""
        if not self.has_lines or not isinstance(node, Scalar):
            return Level.SUBMISSION
        try:
            compile_expression(node.value, schema=self.schema(Level.SUBMISSION), expect=MONEY)
        except CriteriaError:
            return Level.LINE if "line." in node.value else Level.SUBMISSION
        return Level.SUBMISSION

    def compile(
        self,
        reader: Reader,
        node: Node | None,
        path: str,
        level: Level,
        wanted: Wanted,
        *,
        routing: bool = False,
    ) -> Expression | None:
        """Return the compiled expression, or record where it is wrong and answer None."""
        scalar = reader.scalar(node, path, "an expression")
        if scalar is None:
            return None
        source = scalar.value.strip()
        line, column = _begin(scalar)
        try:
            program = compile_expression(
                source,
                schema=self.schema(level, routing=routing),
                expect=wanted.value,
                line=line,
                column=column,
            )
        except CriteriaError as error:
            if not any(name in source for name in self.broken):
                hint = error.hint[:1].upper() + error.hint[1:]
                message = error.message[:1].upper() + error.message[1:]
                reader.problem_at(
                    error.line, error.column, path, _sentence(message), _sentence(hint)
                )
            return None
        return Expression(source, line, column, program, frozenset(program.names))

    def known(self, reader: Reader, key: Scalar, path: str, name: str, level: Level) -> bool:
        """Return whether an example may give a value for `name`; records an unknown one."""
        if name in builtins.DERIVED:
            reader.problem(
                key, path, f"{name} is worked out, not given.", "Give the amount it comes from."
            )
            return False
        if self.shape(name) is not None and (level is Level.LINE or not name.startswith("line.")):
            return True
        if name not in self.broken:
            names = [
                *self.facts,
                *(f"line.{each}" for each in self.line_fields if level is Level.LINE),
            ]
            reader.problem(
                key, path, f"There is no detail named {name}.", did_you_mean(name, names)
            )
        return False

    def shape(self, name: str) -> Shape | None:
        """Return the type of a detail, of the form, of the system or of a line."""
        if name.startswith("line."):
            return self.line_fields.get(name.removeprefix("line."))
        return self.facts.get(name)

    def read_value(self, reader: Reader, node: Node | None, path: str, name: str) -> object | None:
        """Return the value of an example, read as the type of its detail."""
        shape = self.shape(name)
        if node is None or shape is None:
            return None
        return read_value(reader, node, path, shape)


def read_value(reader: Reader, node: Node, path: str, shape: Shape) -> object | None:
    """Return the value written at `node` as the type of `shape`, or record what is wrong."""
    match shape.type:
        case ValueType.TEXT:
            return reader.string(node, path)
        case ValueType.CHOICE:
            return reader.one_of(node, path, shape.options, "one of the choices")
        case ValueType.WHOLE_NUMBER:
            return reader.whole(node, path)
        case ValueType.BOOL:
            return reader.boolean(node, path)
        case ValueType.DATE:
            return reader.day(node, path)
        case ValueType.MONEY:
            return reader.money(node, path)
        case ValueType.DECIMAL:
            return _decimal(reader, node, path)
        case ValueType.PERIOD:
            return _period(reader, node, path)


def _decimal(reader: Reader, node: Node, path: str) -> Decimal | None:
    text = reader.string(node, path, "a decimal number", longest=40)
    try:
        value = Decimal(text) if text is not None else None
    except InvalidOperation:
        value = None
    if text is not None and (value is None or not value.is_finite()):
        reader.problem(
            node,
            path,
            f"{text!r} is not a decimal number.",
            "Write digits with a point, as in 12.5.",
        )
        return None
    return value


def _period(reader: Reader, node: Node, path: str) -> Period | None:
    text = reader.string(node, path, "a period")
    if text is None:
        return None
    first, _, last = text.partition("/")
    start, end = parse_day(first), parse_day(last or first)
    if start is None or end is None or end < start:
        reader.problem(
            node,
            path,
            f"{text!r} is not a period.",
            "Write first/last day, as in 2026-02-09/2026-02-10.",
        )
        return None
    return Period(start, end)


def build_scope(
    *,
    kind: Kind,
    parameters: tuple[Parameter, ...],
    lists: tuple[OptionList, ...],
    facts: tuple[Field, ...],
    lines: Lines | None,
    evidence: tuple[Evidence, ...],
    broken: frozenset[str],
) -> Scope:
    """Return the names of a playbook from its parts."""
    options = {item.name: item.values for item in lists}
    shapes = {name: Shape(each) for name, each in builtins.of_kind(kind).items()}
    shapes |= {item.name: Shape(item.type, options.get(item.options or "", ())) for item in facts}
    extra: dict[str, Type] = {item.name: _PARAMETER_TYPES[item.type] for item in parameters}
    extra |= {item.name: list_of(choice(item.values)) for item in lists if item.values}
    line_extra: dict[str, Type] = {}
    for item in evidence:
        if item.level is Level.LINE:
            line_extra |= {
                f"line.evidence.{item.name}.complete": BOOL,
                f"line.evidence.{item.name}.count": INT,
            }
        else:
            extra |= {f"evidence.{item.name}.complete": BOOL, f"evidence.{item.name}.count": INT}
    line_fields: dict[str, Shape] = {}
    if lines is not None:
        line_fields = {name: Shape(each) for name, each in builtins.LINE.items()}
        line_fields |= {
            item.name: Shape(item.type, options.get(item.options or "", ()))
            for item in lines.fields
        }
    return Scope(kind, lines is not None, shapes, line_fields, extra, broken, line_extra)


def type_of(shape: Shape) -> Type:
    """Return the type in the criteria language."""
    if shape.type is ValueType.CHOICE:
        return choice(shape.options or None)
    return _TYPES[shape.type]


def _begin(scalar: Scalar) -> tuple[int, int]:
    """Return where the expression's first character stands; a block begins on the next line."""
    if scalar.block:
        return scalar.line + 1, 1
    return scalar.line, scalar.column + (0 if scalar.plain else 1)


def _sentence(text: str) -> str:
    return text if not text or text[-1] in ".?!" else f"{text}."
