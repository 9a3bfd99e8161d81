"""The reference page of the language: its expressions compile, its tables are complete."""

import re
from pathlib import Path

import pytest

from counterfoil.core.criteria import Reason, compile_expression
from counterfoil.core.criteria.arithmetic import ARITHMETIC
from counterfoil.core.criteria.parser import FUNCTIONS, MACROS, METHODS
from tests.core.criteria.support import CASE, LINE_SCHEMA

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "criteria-language.md"
TEXT = PAGE.read_text(encoding="utf-8")


def expressions(fence):
    blocks = re.findall(rf"^```{fence}\n(.*?)^```", TEXT, re.M | re.S)
    return [line for block in blocks for line in block.splitlines()]


@pytest.mark.parametrize("source", expressions("cel"))
def test_the_expressions_of_the_page_compile(source):
    compile_expression(source, schema=LINE_SCHEMA)


@pytest.mark.parametrize("source", expressions("cel-case"))
def test_the_expressions_over_all_lines_compile_without_a_line_at_hand(source):
    compile_expression(source, schema=CASE)


def test_every_function_and_reason_stands_on_the_page():
    for name in {*FUNCTIONS, *MACROS, *METHODS, "has"}:
        assert re.search(rf"`[^`]*\b{name}\([^`]*`", TEXT), name
    for reason in Reason:
        assert f"`{reason}`" in TEXT


def test_every_result_of_the_arithmetic_table_has_its_row_on_the_page():
    for result in ARITHMETIC.values():
        assert f"| {str(result).removesuffix(' of days')} | " in TEXT
