"""Small mistakes in an expression: what an author could have written wrong.

R. A. DeMillo, R. J. Lipton, F. G. Sayward, Hints on Test Data Selection (1978): examples are good
when they tell a rule from each of its near misses. A mutant may be ill-typed; whoever compiles it
leaves those out.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from counterfoil.core.criteria.tree import (
    Binary,
    Call,
    Conditional,
    Each,
    ListOf,
    Literal,
    Logic,
    Name,
    Node,
    Select,
    Unary,
    children,
)
from counterfoil.core.money import Money

_ORDERS = {"<": ("<=", ">"), "<=": ("<", ">"), ">": (">=", "<"), ">=": (">", "<")}
_EQUAL = {"==": "!=", "!=": "=="}
_FOLDS = {"all": "exists", "exists": "all"}

Mutant = tuple[str, Node]
"""What was done, in words, and the expression that came out."""


def mutants(node: Node) -> Iterator[Mutant]:
    """Yield the expressions that differ from `node` by one small mistake, outermost first."""
    yield from ((what, other) for what, other in _own(node) if other != node)
    for place, child in enumerate(children(node)):
        for what, other in mutants(child):
            yield what, _with_child(node, place, other)


def _own(node: Node) -> Iterator[Mutant]:
    """Yield the mistakes at the node itself."""
    match node:
        case Logic(op=op, items=items):
            for place in range(len(items)):
                rest = (*items[:place], *items[place + 1 :])
                kept = rest[0] if len(rest) == 1 else replace(node, items=rest)
                yield f"clause {place + 1} dropped", kept
            yield f"{op} flipped", replace(node, op="||" if op == "&&" else "&&")
        case Binary(op=op, left=left, right=right):
            yield from _comparison(node, op, left, right)
        case Unary(op="!", operand=operand):
            yield "not dropped", operand
        case Name() | Call():
            yield "negated", Unary("!", node)
        case Conditional(then=then, otherwise=otherwise):
            yield "branches swapped", replace(node, then=otherwise, otherwise=then)
        case Each(kind=kind) if kind in _FOLDS:
            yield f"{kind} flipped", replace(node, kind=_FOLDS[kind])
        case Literal():
            yield from _literal(node)


def _comparison(node: Binary, op: str, left: Node, right: Node) -> Iterator[Mutant]:
    if op in _ORDERS:
        for other in _ORDERS[op]:
            yield f"{op} became {other}", Binary(other, left, right)
        for unit in (Literal("days", 1), Literal("int", 1)):
            for sign in "+-":
                yield f"bound {sign} {unit.value}", Binary(op, left, Binary(sign, right, unit))
    elif op in _EQUAL:
        yield f"{op} flipped", Binary(_EQUAL[op], left, right)
    elif op == "in":
        yield "in flipped", Unary("!", node)
    elif op in "+-":
        yield f"{op} flipped", Binary("-" if op == "+" else "+", left, right)


def _literal(node: Literal) -> Iterator[Mutant]:
    """Yield the neighbors of a constant, one smallest step up and down."""
    value = node.value
    match node.kind:
        case "bool":
            yield "constant flipped", replace(node, value=not value)
        case "int" | "days" | "rate":
            for step in (1, -1):
                yield f"constant {step:+d}", replace(node, value=value + step)
        case "dec":
            for unit in (Decimal("0.01"), Decimal("-0.01")):
                yield f"constant {unit:+}", replace(node, value=value + unit)
        case "money":
            for step in (1, -1):
                other = Money(value.minor + step, value.currency)
                yield f"constant {step:+d} minor unit", replace(node, value=other)
        case "date":
            for step in (1, -1):
                yield f"constant {step:+d} day", replace(node, value=value + timedelta(step))


def _with_child(node: Node, place: int, child: Node) -> Node:
    """Return the node with one of its parts replaced, in the order of `children`."""
    match node:
        case Select():
            return replace(node, target=child)
        case Unary():
            return replace(node, operand=child)
        case Binary():
            return replace(node, right=child) if place else replace(node, left=child)
        case Logic() | ListOf():
            return replace(node, items=(*node.items[:place], child, *node.items[place + 1 :]))
        case Conditional(condition=condition, then=then, otherwise=otherwise):
            parts = [condition, then, otherwise]
            parts[place] = child
            return replace(node, condition=parts[0], then=parts[1], otherwise=parts[2])
        case Call():
            arguments = (*node.arguments[:place], child, *node.arguments[place + 1 :])
            return replace(node, arguments=arguments)
        case Each():
            return replace(node, body=child) if place else replace(node, source=child)
    raise AssertionError(f"{node} has no parts")
