"""Adjudication: a case judged by a playbook. Pure; reading the case and storing the record are the
flows' work.
"""

from counterfoil.core.adjudication.adjudicate import (
    RECORD_FORMAT,
    Action,
    Adjudication,
    CaseMismatch,
    Outcome,
    adjudicate,
    check_case,
    terms_day,
)
from counterfoil.core.adjudication.amount import AmountResult, AmountStep, LineAmount
from counterfoil.core.adjudication.completeness import Gap, GapKind
from counterfoil.core.adjudication.routing import RouteResult
from counterfoil.core.playbooks.cases import Case, Fact, Line, Proof, declared, system
from counterfoil.core.playbooks.judge import CriterionResult
from counterfoil.core.playbooks.model import Provenance
from counterfoil.core.playbooks.values import (
    NotAValue,
    case_from_json,
    case_to_json,
    value_from_json,
    value_to_json,
)

__all__ = [
    "RECORD_FORMAT",
    "Action",
    "Adjudication",
    "AmountResult",
    "AmountStep",
    "Case",
    "CaseMismatch",
    "CriterionResult",
    "Fact",
    "Gap",
    "GapKind",
    "Line",
    "LineAmount",
    "NotAValue",
    "Outcome",
    "Proof",
    "Provenance",
    "RouteResult",
    "adjudicate",
    "case_from_json",
    "case_to_json",
    "check_case",
    "declared",
    "system",
    "terms_day",
    "value_from_json",
    "value_to_json",
]
