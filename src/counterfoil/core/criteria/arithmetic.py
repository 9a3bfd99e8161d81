"""Which types may be added, multiplied and compared: the whole table, and nothing beside it."""

from counterfoil.core.criteria.types import (
    DATE,
    DAYS,
    DEC,
    INT,
    MONEY,
    RATE,
    STR,
    Type,
)

ARITHMETIC: dict[tuple[str, str, str], Type] = {
    **{(op, each.kind, each.kind): each for op in "+-" for each in (INT, DEC, MONEY, DAYS, RATE)},
    ("+", "str", "str"): STR,
    ("+", "date", "days"): DATE,
    ("+", "days", "date"): DATE,
    ("-", "date", "days"): DATE,
    ("-", "date", "date"): DAYS,
    ("*", "int", "int"): INT,
    ("*", "dec", "dec"): DEC,
    ("*", "dec", "rate"): DEC,
    ("*", "rate", "dec"): DEC,
    ("*", "days", "int"): DAYS,
    ("*", "int", "days"): DAYS,
    **{("*", "money", each): MONEY for each in ("int", "dec", "rate")},
    **{("*", each, "money"): MONEY for each in ("int", "dec", "rate")},
}
"""(operator, left, right) -> result. There is no division: a rate or a product says the same."""

NEGATABLE = frozenset(("int", "dec", "money", "days", "rate"))
ORDERED = frozenset(("int", "dec", "money", "str", "date", "days", "rate"))
SUMMABLE = frozenset(("int", "dec", "money", "days", "rate"))

_EXAMPLES = {
    "int": "3",
    "dec": "3.0",
    "money": "2500.00 USD",
    "days": "30 days",
    "rate": "50%",
    "date": "2026-01-31",
    "str": '"text"',
    "bool": "true",
}


def fits(left: Type, right: Type) -> bool:
    """Return whether values of two types may stand for one another.

    A choice is a text; a list literal without rows fits every list.
    """
    if "never" in (left.kind, right.kind):
        return True
    if left.item is not None and right.item is not None:
        return fits(left.item, right.item)
    texts = ("str", "choice")
    if left.kind in texts and right.kind in texts:
        return True
    return left.kind == right.kind and left.name == right.name


def joined(left: Type, right: Type) -> Type:
    """Return the type of a value that is one or the other, of types that fit."""
    if left.kind == "never":
        return right
    if right.kind == "never" or left == right:
        return left
    if left.item is not None and right.item is not None:
        return Type("list", item=joined(left.item, right.item))
    return STR if left.kind in ("str", "choice") else left


def advice(op: str, left: Type, right: Type) -> str:
    """Return what would be right instead of an operation that is not in the table."""
    kinds = {left.kind, right.kind}
    if "bool" in kinds and op in "+-*":
        return "yes/no values are joined with && and ||"
    if kinds == {"date", "int"}:
        return "write a span: 30 days"
    if kinds == {"period", "date"}:
        return "write overlaps(period, start, end), or date in period"
    if "int" in kinds and len(kinds) == 2:
        other = left if right.kind == "int" else right
        example = _EXAMPLES.get(other.kind)
        return f"write the number as {other}: {example}" if example else ""
    if op == "*" and kinds == {"money"}:
        return "multiply money by a number or a percentage"
    if kinds == {"money", "dec"}:
        return "write the currency: 2500.00 USD"
    if "rate" in kinds:
        return "a percentage is written 50% and applies to money or a decimal"
    return "both sides must be of the same type"
