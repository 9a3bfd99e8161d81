"""What must hold for any program and any facts."""

import json

import pytest
from hypothesis import given as with_random
from hypothesis import strategies as st

from counterfoil.core.canonical import canonical_json
from counterfoil.core.criteria import (
    CriteriaError,
    MappingFacts,
    Missing,
    Outcome,
    env,
    functions,
    operations,
    parse_expression,
    parse_words,
    unparse,
    words,
)
from counterfoil.core.criteria.words import write_words
from tests.core.criteria.reference import OPEN, answer
from tests.core.criteria.support import (
    CONTEXT,
    compiled,
    complete_facts,
    programs,
    programs_with_has,
    random_facts,
    random_program,
    some_facts,
    with_gaps,
)

RESULTS = {True: Outcome.PASS, False: Outcome.FAIL}


def outcome_of(value):
    return Outcome.UNKNOWN if value is OPEN else RESULTS[value]


@with_random(programs_with_has)
def test_an_expression_reads_back_to_the_same_tree(tree):
    assert parse_expression(unparse(tree)) == tree


@with_random(programs_with_has, st.sampled_from(("en", "de")))
def test_a_rule_in_words_reads_back_to_the_same_tree(tree, language):
    program = compiled(unparse(tree))

    assert parse_words(words(program, language), language) == program.tree
    assert parse_words(write_words(tree, language), language) == tree


@with_random(programs_with_has, some_facts)
def test_closures_agree_with_the_plain_evaluator(tree, facts):
    verdict = compiled(unparse(tree)).evaluate(MappingFacts(facts, CONTEXT))

    assert verdict.outcome is outcome_of(answer(tree, facts))
    assert (verdict.outcome is Outcome.UNKNOWN) == bool(verdict.missing)


@with_random(programs_with_has, some_facts, st.booleans())
def test_the_trace_gives_the_result_of_the_closures_and_is_canonical(tree, facts, full):
    program, given = compiled(unparse(tree)), MappingFacts(facts, CONTEXT)

    trace = program.trace(given, full=full)

    assert trace.result == program.evaluate(given).outcome.value
    assert trace.missing == program.evaluate(given).missing
    assert json.loads(canonical_json(trace.to_json())) == trace.to_json()
    assert canonical_json(program.trace(given, full=full).to_json()) == canonical_json(
        trace.to_json()
    )


@with_random(programs, complete_facts, st.data())
def test_a_fact_that_arrives_never_turns_pass_into_fail_nor_fail_into_pass(tree, facts, data):
    program = compiled(unparse(tree))
    hidden = data.draw(st.sets(st.sampled_from(sorted(facts)), min_size=1))
    fewer = {name: value for name, value in facts.items() if name not in hidden}

    before = program.evaluate(MappingFacts(fewer, CONTEXT)).outcome
    after = program.evaluate(MappingFacts(facts, CONTEXT)).outcome

    assert before is Outcome.UNKNOWN or before is after


@with_random(programs_with_has, some_facts)
def test_only_missing_facts_of_the_program_are_blamed(tree, facts):
    program = compiled(unparse(tree))
    verdict = program.evaluate(MappingFacts(facts, CONTEXT))

    for missing in verdict.missing:
        if missing.reason in ("missing", "below_floor"):
            name = missing.name
            held = facts.get(name)
            assert name.startswith("lines[") or held is None or isinstance(held, Missing)
            assert name.partition("[")[0] in program.names


PIECES = (*"abl.\"'()[]!&|<>=+-*%?:, \n\\0123456789é", "in ", "lines", "has(", "2026-01-31", "\0")
JUNK = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


def refusal_of(text):
    try:
        compiled(text, expect=None).value(MappingFacts({}))
    except CriteriaError as error:
        return error
    return None


@with_random(JUNK)
def test_junk_is_refused_with_a_place_or_is_a_program(text):
    error = refusal_of(text)

    if error is not None:
        lines = text.split("\n")
        assert 1 <= error.line <= len(lines)
        assert 1 <= error.column <= len(lines[error.line - 1]) + 1
        assert error.message


@with_random(programs, st.integers(0, 400))
def test_a_truncated_expression_is_refused_or_is_a_program(tree, length):
    error = refusal_of(unparse(tree)[:length])

    assert error is None or error.column >= 1


@with_random(JUNK)
def test_junk_in_words_is_refused_with_a_place_or_is_a_tree(text):
    try:
        parse_words(text)
    except CriteriaError as error:
        refused = error
    else:
        return
    assert refused.line >= 1


WRONG = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.binary(max_size=3),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=2), st.integers()),
    st.decimals(),
    st.dates(),
    st.datetimes(),
    st.lists(st.dictionaries(st.just("net"), st.text())),
)


@with_random(programs_with_has, st.data())
def test_facts_of_the_wrong_type_are_unknown_and_never_raise(tree, data):
    program = compiled(unparse(tree))
    facts = {name: data.draw(WRONG) for name in sorted({*program.names, "lines"})}

    program.evaluate(MappingFacts(facts, CONTEXT))
    canonical_json(program.trace(MappingFacts(facts, CONTEXT), full=True).to_json())


def two_valued(clauses):
    return lambda env: all(clause(env) is True for clause in clauses)


def first_only(clauses):
    return clauses[0]


def last_branch(condition, then, otherwise):
    return lambda env: then(env) if condition(env) is True else otherwise(env)


FAULTS = [
    (operations, "conjunction", two_valued),
    (operations, "disjunction", first_only),
    (operations, "conditional", last_branch),
    (env, "presence", lambda found, name: True),
    (functions, "_blame", lambda values: None),
]


@pytest.mark.parametrize(("module", "name", "fault"), FAULTS, ids=[fault[1] for fault in FAULTS])
def test_a_planted_two_valued_operator_differs_from_the_plain_evaluator(
    monkeypatch, module, name, fault
):
    """Planted faults: missing taken for false, a clause dropped, an unknown taken for a value."""
    assert differences() == 0

    monkeypatch.setattr(module, name, fault)

    assert differences() > 0


def differences():
    found = 0
    for seed in range(400):
        tree = random_program(seed, with_has=True)
        facts = with_gaps(random_facts(seed), seed)
        try:
            outcome = compiled(unparse(tree)).evaluate(MappingFacts(facts, CONTEXT)).outcome
        except (TypeError, AttributeError):
            outcome = None
        found += outcome is not outcome_of(answer(tree, facts))
    return found
