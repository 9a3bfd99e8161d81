"""A bank's answer as JSON values and back: how it crosses from the process that reads the file.

The way back trusts nothing: every value is checked for its type, amounts and days by their own
rules, and what is not understood is refused.
"""

import dataclasses
import types
import typing
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any

from counterfoil.core.bankfiles.statements import (
    BankAnswer,
    ReturnFile,
    StatementFile,
    StatusReport,
)
from counterfoil.core.money import Money

_KINDS: dict[str, type] = {
    "statements": StatementFile,
    "status": StatusReport,
    "returns": ReturnFile,
}


class NotPlain(ValueError):
    """The values are no bank answer."""


def to_plain(answer: BankAnswer) -> dict[str, Any]:
    """Return an answer as JSON values; each dataclass is a list in the order of its fields."""
    kind = next(name for name, shape in _KINDS.items() if type(answer) is shape)
    return {"kind": kind, "value": _plain(answer)}


def from_plain(data: object) -> BankAnswer:
    """Return the answer that `to_plain` wrote. Raises NotPlain for anything else."""
    if not isinstance(data, dict) or data.get("kind") not in _KINDS:
        raise NotPlain("an answer names its kind")
    try:
        found = _value(_KINDS[data["kind"]], data.get("value"))
    except (TypeError, ValueError, KeyError, RecursionError) as error:
        raise NotPlain(str(error)) from error
    assert isinstance(found, (StatementFile, StatusReport, ReturnFile))
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Money):
        return [value.minor, value.currency]
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if dataclasses.is_dataclass(value):
        shape: Any = type(value)
        return [_plain(getattr(value, name)) for name, _ in _fields(shape)]
    return value


@cache
def _fields(shape: Any) -> tuple[tuple[str, Any], ...]:
    hints = typing.get_type_hints(shape)
    return tuple((each.name, hints[each.name]) for each in dataclasses.fields(shape))


def _value(shape: Any, value: Any) -> Any:
    """Return a value of the wanted shape. Raises ValueError, TypeError."""
    origin = typing.get_origin(shape)
    if origin is types.UnionType:
        if value is None:
            return None
        return _value(
            next(each for each in typing.get_args(shape) if each is not type(None)), value
        )
    if origin is tuple:
        if not isinstance(value, list):
            raise TypeError("a list is expected")
        inner = typing.get_args(shape)[0]
        return tuple(_value(inner, each) for each in value)
    if shape is Money:
        minor, currency = value
        return Money(minor, currency)
    if shape is date:
        return date.fromisoformat(value)
    if isinstance(shape, type) and issubclass(shape, StrEnum):
        return shape(value)
    if dataclasses.is_dataclass(shape):
        known: Any = shape
        wanted = _fields(known)
        if not isinstance(value, list) or len(value) != len(wanted):
            raise TypeError(f"{len(wanted)} fields are expected")
        given = {
            name: _value(kind, each) for (name, kind), each in zip(wanted, value, strict=True)
        }
        return known(**given)
    if type(value) is not shape:
        raise TypeError(f"{shape.__name__} is expected, not {type(value).__name__}")
    return value
