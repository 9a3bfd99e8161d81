"""The playbook: one versioned file that is the program of one incentive type (ADR 0004).

Text in, values out: reading with positions, the model, the canonical form and its identity, the
JSON Schema, the publication checks, and the binding of a case to the file. Storing and publishing
versions is the playbooks room's.
"""

from counterfoil.core.playbooks.bind import Binding, EvidenceState
from counterfoil.core.playbooks.cases import Case, Fact, Line, Proof, declared, system
from counterfoil.core.playbooks.examples import ExampleRun, run_example, run_examples
from counterfoil.core.playbooks.json_schema import json_schema
from counterfoil.core.playbooks.judge import CriterionResult, judge_all, judge_one
from counterfoil.core.playbooks.load import load_playbook
from counterfoil.core.playbooks.model import (
    Kind,
    Level,
    Playbook,
    Provenance,
    Role,
    Span,
    SpanUnit,
    ValueType,
)
from counterfoil.core.playbooks.problems import PlaybookInvalid, Problem
from counterfoil.core.playbooks.publication import check_publishable

__all__ = [
    "Binding",
    "Case",
    "CriterionResult",
    "EvidenceState",
    "ExampleRun",
    "Fact",
    "Kind",
    "Level",
    "Line",
    "Playbook",
    "PlaybookInvalid",
    "Problem",
    "Proof",
    "Provenance",
    "Role",
    "Span",
    "SpanUnit",
    "ValueType",
    "check_publishable",
    "declared",
    "json_schema",
    "judge_all",
    "judge_one",
    "load_playbook",
    "run_example",
    "run_examples",
    "system",
]
