"""The conformance cases of google/cel-spec: whatever our checker accepts gives CEL's answer.

The files lie beside the repository in `../shared/data/cel` and are not ours to ship.
"""

import operator
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from counterfoil.core.criteria import (
    BOOL,
    DEC,
    INT,
    STR,
    CriteriaError,
    MappingFacts,
    Schema,
    SchemaError,
    Type,
    Unknown,
    compile_expression,
    list_of,
    operations,
)
from tests.core.criteria.textproto import Message, every, first, read

CASES = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "cel"
ACCEPTED_FLOOR = 321
"""How many of the 2,456 cases the checker accepts; it may only rise."""

_PRIMITIVES: dict[str, Type] = {"INT64": INT, "STRING": STR, "BOOL": BOOL, "DOUBLE": DEC}
_VALUES = {"int64_value": int, "string_value": str, "double_value": Decimal}

pytestmark = pytest.mark.skipif(
    not CASES.is_dir(), reason="the CEL conformance cases are not beside the repository"
)


class Case(NamedTuple):
    name: str
    expression: str
    message: Message


def cases() -> Iterator[Case]:
    for path in sorted(CASES.glob("*.textproto")):
        for section in every(read(path.read_text(encoding="utf-8")), "section"):
            for test in every(section, "test"):
                name = f"{path.stem}/{first(section, 'name')}/{first(test, 'name')}"
                yield Case(name, first(test, "expr", ""), test)


def type_of(shape: Message) -> Type | None:
    primitive = first(shape, "primitive")
    if primitive is not None:
        return _PRIMITIVES.get(primitive)
    inner = first(shape, "list_type")
    if inner is not None:
        item = type_of(first(inner, "elem_type", []))
        return list_of(item) if item is not None and item.item is None else None
    return None


def schema_of(test: Message) -> Schema:
    facts: dict[str, Type] = {}
    for declaration in every(test, "type_env"):
        shape = first(first(declaration, "ident", []), "type", [])
        kind = type_of(shape)
        if kind is not None:
            try:
                facts |= Schema({first(declaration, "name"): kind}).facts
            except SchemaError:
                continue
    return Schema(facts)


def value_of(message: Message) -> Any:
    for key, value in message:
        if key == "bool_value":
            return value == "true"
        if key in _VALUES:
            return _VALUES[key](value)
        if key == "list_value":
            return [value_of(each) for each in every(value, "values")]
    raise ValueError(f"no value of ours: {message}")


def facts_of(test: Message) -> MappingFacts:
    found = {}
    for binding in every(test, "bindings"):
        try:
            found[first(binding, "key")] = value_of(first(first(binding, "value"), "value"))
        except (ValueError, TypeError):
            continue
    return MappingFacts(found)


def is_same(ours: Any, test: Message) -> bool:
    if first(test, "eval_error") is not None or first(test, "any_eval_errors") is not None:
        return isinstance(ours, Unknown)
    expected = first(test, "value")
    if expected is None and first(test, "typed_result") is not None:
        expected = first(first(test, "typed_result"), "result")
    if expected is None:
        return ours is True
    try:
        wanted = value_of(expected)
    except ValueError:
        return False
    if isinstance(wanted, Decimal) and isinstance(ours, Decimal):
        return float(wanted) == float(ours)
    return type(ours) is type(wanted) and bool(ours == wanted)


def accepted() -> Iterator[tuple[Case, Any]]:
    for case in cases():
        if first(case.message, "container") is not None:
            continue  # names resolved inside a protobuf package: nothing ours can be given
        try:
            schema = schema_of(case.message)
            program = compile_expression(case.expression, schema=schema, expect=None)
        except CriteriaError:
            continue
        yield case, program.value(facts_of(case.message))


def test_the_reader_finds_all_cases_of_the_suite():
    assert sum(1 for _ in cases()) == 2456


def test_a_flipped_operator_is_caught_by_the_suite(monkeypatch):
    """The planted fault: < where <= was written."""
    monkeypatch.setitem(operations.ORDER, "<=", operator.lt)

    assert any(not is_same(ours, case.message) for case, ours in accepted())


def test_every_accepted_case_gives_the_answer_of_cel():
    results = [(case, ours, is_same(ours, case.message)) for case, ours in accepted()]

    differing = [f"{case.name}: gave {ours!r}" for case, ours, ok in results if not ok]
    assert differing == []
    assert len(results) >= ACCEPTED_FLOOR
