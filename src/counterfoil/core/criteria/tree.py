"""The syntax tree, and the one way to write it back as an expression.

Positions (`at`, offsets of start and end in the source) do not take part in equality: two trees
are equal when they mean the same, whichever text they were read from.
"""

import json
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

At = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant. `kind` is bool, int, dec, rate (ppm), money, days, date, period or str."""

    kind: str
    value: Any
    at: At = attribute(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A dotted name: "line.net"."""

    path: str
    at: At = attribute(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Select:
    """A field of what is not a plain name: `lines.filter(l, l.tax == 0.00 EUR).net`."""

    target: "Node"
    field: str
    at: At = attribute(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Unary:
    """`!` or `-`."""

    op: str
    operand: "Node"
    at: At = attribute(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """A comparison, `in`, or one of + - *."""

    op: str
    left: "Node"
    right: "Node"
    at: At = attribute(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Logic:
    """`&&` or `||` over two or more clauses."""

    op: str
    items: tuple["Node", ...]
    at: At = attribute(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Conditional:
    """`condition ? then : otherwise`."""

    condition: "Node"
    then: "Node"
    otherwise: "Node"
    at: At = attribute(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ListOf:
    """`[a, b]`."""

    items: tuple["Node", ...]
    at: At = attribute(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function; `text.contains(x)` and `contains(text, x)` are the same call."""

    function: str
    arguments: tuple["Node", ...]
    at: At = attribute(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Has:
    """`has(name)`: the only test of absence."""

    path: str
    at: At = attribute(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Each:
    """`source.kind(variable, body)`; kind is all, exists, exists_one, filter or map."""

    kind: str
    source: "Node"
    variable: str
    body: "Node"
    at: At = attribute(default=(0, 0), compare=False, repr=False)


Node = Literal | Name | Select | Unary | Binary | Logic | Conditional | ListOf | Call | Has | Each

COMPARISONS = ("==", "!=", "<", "<=", ">", ">=", "in")
_LEVEL = {"||": 1, "&&": 2, **dict.fromkeys(COMPARISONS, 3), "+": 4, "-": 4, "*": 5}
_UNARY, _MEMBER = 6, 7


def children(node: Node) -> tuple[Node, ...]:
    """Return the parts of a node, in the order of the source."""
    match node:
        case Literal() | Name() | Has():
            return ()
        case Select(target=target):
            return (target,)
        case Unary(operand=operand):
            return (operand,)
        case Binary(left=left, right=right):
            return (left, right)
        case Logic(items=items) | ListOf(items=items):
            return items
        case Conditional(condition=condition, then=then, otherwise=otherwise):
            return (condition, then, otherwise)
        case Call(arguments=arguments):
            return arguments
        case Each(source=source, body=body):
            return (source, body)


def quote(text: str) -> str:
    """Return a text as a literal that the lexer reads back."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def literal_text(node: Literal) -> str:
    """Return a constant as it is written: `50%`, `30 days`, `2500.00 USD`, `"booth"`."""
    match node.kind:
        case "bool":
            return "true" if node.value else "false"
        case "dec":
            return decimal_text(node.value)
        case "rate":
            return rate_text(node.value)
        case "days":
            return f"{node.value} days"
        case "date":
            return str(node.value.isoformat())
        case "str":
            return quote(node.value)
    return str(node.value)


def decimal_text(value: Any) -> str:
    """Return a Decimal in full, always with a point: "1.0"."""
    text = format(value, "f")
    return text if "." in text else f"{text}.0"


def rate_text(ppm: int) -> str:
    """Return parts per million as a percentage: "50%", "0.0001%"."""
    whole, rest = divmod(abs(ppm), 10_000)
    digits = f"{whole}.{rest:04d}".rstrip("0").rstrip(".")
    return f"{'-' if ppm < 0 else ''}{digits}%"


def unparse(node: Node) -> str:
    """Return the expression that parses to this very tree, with no needless parentheses."""
    return _write(node, 0)


def _write(node: Node, level: int) -> str:
    """Return the text of a node, in parentheses where it binds weaker than `level`."""
    text, own = _plain(node)
    return f"({text})" if own < level else text


def _plain(node: Node) -> tuple[str, int]:
    """Return the text of a node without parentheses, and how strongly it binds."""
    match node:
        case Literal(value=value):
            is_negative = node.kind in ("int", "dec", "rate", "days", "money") and (
                value.is_negative if node.kind == "money" else value < 0
            )
            return literal_text(node), _UNARY if is_negative else _MEMBER
        case Name(path=path):
            return path, _MEMBER
        case Has(path=path):
            return f"has({path})", _MEMBER
        case Select(target=target, field=name):
            return f"{_write(target, _MEMBER)}.{name}", _MEMBER
        case Unary(op=op, operand=operand):
            is_literal = op == "-" and isinstance(operand, Literal)
            inner = f"({_write(operand, 0)})" if is_literal else _write(operand, _MEMBER)
            return f"{op}{inner}", _UNARY
        case Binary(op=op, left=left, right=right):
            own = _LEVEL[op]
            return f"{_write(left, own)} {op} {_write(right, own + 1)}", own
        case Logic(op=op, items=items):
            own = _LEVEL[op]
            return f" {op} ".join(_write(item, own + 1) for item in items), own
        case Conditional(condition=condition, then=then, otherwise=otherwise):
            parts = (_write(condition, 1), _write(then, 1), _write(otherwise, 0))
            return "{} ? {} : {}".format(*parts), 0
        case ListOf(items=items):
            return f"[{', '.join(_write(item, 0) for item in items)}]", _MEMBER
        case Call(function=function, arguments=arguments):
            return f"{function}({', '.join(_write(each, 0) for each in arguments)})", _MEMBER
        case Each(kind=kind, source=source, variable=variable, body=body):
            inside = f"{variable}, {_write(body, 0)}"
            return f"{_write(source, _MEMBER)}.{kind}({inside})", _MEMBER
