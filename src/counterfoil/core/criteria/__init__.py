"""The criteria language: a strict, typed subset of CEL with exact money and a third truth value.

An expression is compiled against a `Schema` of facts and evaluated against `Facts`; the answer is
a `Verdict` (pass, fail, unknown with the missing facts, not_applicable), never an exception and
never a bool. Loading playbooks, evidence and provenance floors live elsewhere: a fact below its
floor arrives here as `Missing(name, Reason.BELOW_FLOOR, detail)`. ADR 0005 says why it is ours.
"""

from counterfoil.core.criteria.errors import CriteriaError, SchemaError
from counterfoil.core.criteria.facts import (
    NO_CONTEXT,
    Context,
    Facts,
    Known,
    MappingFacts,
    Missing,
    Outcome,
    Period,
    Reason,
    Unknown,
    Verdict,
)
from counterfoil.core.criteria.program import (
    ENGINE_VERSION,
    Program,
    compile_expression,
    evaluate_all,
    judge,
    parse_expression,
)
from counterfoil.core.criteria.trace import TraceNode
from counterfoil.core.criteria.tree import Node, unparse
from counterfoil.core.criteria.types import (
    BOOL,
    DATE,
    DAYS,
    DEC,
    INT,
    MONEY,
    PERIOD,
    RATE,
    RESERVED,
    STR,
    Schema,
    Type,
    choice,
    list_of,
    parse_type,
    record,
)
from counterfoil.core.criteria.words import words
from counterfoil.core.criteria.words_parser import parse_words

__all__ = [
    "BOOL",
    "DATE",
    "DAYS",
    "DEC",
    "ENGINE_VERSION",
    "INT",
    "MONEY",
    "NO_CONTEXT",
    "PERIOD",
    "RATE",
    "RESERVED",
    "STR",
    "Context",
    "CriteriaError",
    "Facts",
    "Known",
    "MappingFacts",
    "Missing",
    "Node",
    "Outcome",
    "Period",
    "Program",
    "Reason",
    "Schema",
    "SchemaError",
    "TraceNode",
    "Type",
    "Unknown",
    "Verdict",
    "choice",
    "compile_expression",
    "evaluate_all",
    "judge",
    "list_of",
    "parse_expression",
    "parse_type",
    "parse_words",
    "record",
    "unparse",
    "words",
]
