"""A trace in words: readable, in both languages, and silent about plumbing."""

from datetime import date

import pytest

from counterfoil.core.criteria import (
    BOOL,
    DATE,
    DAYS,
    Known,
    MappingFacts,
    Missing,
    Reason,
    Schema,
    compile_expression,
)
from counterfoil.core.explain import missing_words, rule_words, trace_words

SCHEMA = Schema({"submitted_on": DATE, "activity_end": DATE, "claim_window": DAYS, "logo": BOOL})
LABELS = {
    "submitted_on": "Received on",
    "activity_end": "Last day",
    "claim_window": "Days to claim",
    "logo": "Our logo is visible",
}


def traced(source, **facts):
    program = compile_expression(source, schema=SCHEMA)
    return {"pass": program.trace(MappingFacts(facts)).to_json()}


def test_a_failed_rule_says_what_it_saw():
    trace = traced(
        "submitted_on <= activity_end + claim_window",
        submitted_on=Known(date(2026, 4, 1), "det_1"),
        activity_end=Known(date(2026, 3, 1), "det_2"),
        claim_window=Known(30, "claim_window@2026-01-01"),
    )

    lines = trace_words(trace, labels=LABELS)

    assert "Received on: 2026-04-01" in lines
    assert "Last day: 2026-03-01" in lines
    assert lines[-1].endswith("does not hold")
    assert "Days to claim" in lines[-1]


def test_what_must_be_verified_is_said_as_such():
    trace = traced(
        "logo", logo=Missing("logo", Reason.BELOW_FLOOR, "extracted, needs human_verified")
    )

    assert trace_words(trace, labels=LABELS) == (
        "Our logo is visible: must be verified (extracted, needs human_verified)",
    )
    assert "geprüft" in trace_words(trace, labels=LABELS, language="de")[0]


def test_a_rule_reads_as_a_sentence_and_junk_as_itself():
    assert "Received on" in rule_words("submitted_on <= activity_end", labels=LABELS)
    assert rule_words(")(", labels=LABELS) == ")("


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_missing_details_are_named_by_their_title(language):
    words = missing_words(
        [{"name": "logo", "reason": "missing"}], labels=LABELS, language=language
    )

    assert words[0].startswith("Our logo is visible")
