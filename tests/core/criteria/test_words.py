"""Rules in words: what an operations person reads, and that it reads back."""

import pytest

from counterfoil.core.criteria import (
    CriteriaError,
    SchemaError,
    parse_expression,
    parse_words,
    words,
)
from counterfoil.core.criteria.words import write_words
from tests.core.criteria.support import LINE_SCHEMA, compiled

RULES = [
    (
        "request.approved_on <= activity_start",
        "request's approved on is on or before activity start",
        "request / approved on liegt am oder vor activity start",
    ),
    (
        "submitted_on <= activity_end + claim_window",
        "submitted on is on or before activity end plus claim window",
        "submitted on liegt am oder vor activity end plus claim window",
    ),
    (
        'overlaps(line.supplied, activity_start, activity_end) || line.category == "deposit"',
        "line's supplied overlaps activity start to activity end"
        ' or line\'s category is "deposit"',
        "line / supplied überschneidet activity start bis activity end"
        ' oder line / category ist "deposit"',
    ),
    ("!duplicate_invoice", "not duplicate invoice", "nicht duplicate invoice"),
    (
        "activity in branded_activities",
        "activity is one of branded activities",
        "activity ist eines von branded activities",
    ),
    (
        "payable <= 500.00 USD && !has(leads)",
        "payable is at most 500.00 USD and leads is not given",
        "payable ist höchstens 500.00 USD und leads ist nicht angegeben",
    ),
    (
        "business_days(submitted_on, 10) > activity_end",
        "10 business days after submitted on is after activity end",
        "10 Arbeitstage nach submitted on liegt nach activity end",
    ),
    (
        "sum(lines.net) * 50% <= auto_limit",
        "the sum of lines's net times 50% is at most auto limit",
        "die Summe von lines / net mal 50% ist höchstens auto limit",
    ),
    (
        "lines.all(l, l.net > 0.00 EUR)",
        "every l in lines satisfies (l's net is more than 0.00 EUR)",
        "für jedes l in lines gilt (l / net ist größer als 0.00 EUR)",
    ),
    (
        "submitted_on - activity_end <= 1 days",
        "submitted on minus activity end is at most 1 day",
        "submitted on minus activity end ist höchstens 1 Tag",
    ),
]


@pytest.mark.parametrize(("source", "english", "german"), RULES)
def test_a_rule_is_said_in_both_languages_and_reads_back(source, english, german):
    program = compiled(source, LINE_SCHEMA)

    assert words(program, "en") == english
    assert words(program, "de") == german
    assert parse_words(english) == program.tree
    assert parse_words(german, "de") == program.tree


def test_labels_give_the_titles_of_the_screen():
    labels = {"submitted_on": "Date of the claim", "activity_end": "Last day"}

    text = words(compiled("submitted_on <= activity_end"), "en", labels=labels)

    assert text == "“Date of the claim” is on or before “Last day”"


@pytest.mark.parametrize(
    "name",
    ["paid_in_full", "is_new", "on_hold", "not_qualified", "Total", "a__b", "_x", "line_2", "the"],
)
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_name_whose_words_would_mislead_stands_in_backquotes(name, language):
    tree = parse_expression(f"x.{name} == {name} && !{name}")

    assert parse_words(write_words(tree, language), language) == tree
    if language == "en":
        assert f"`x.{name}`" in write_words(tree)


@pytest.mark.parametrize(
    "text",
    ["", "payable is", "is 3", "payable is at most", "payable 3 3", "(payable", "every l lines",
     "not", "the sum of", "a b's", "`a b`", "3 is given", "a and", "if a then b", "§", '"open',
     "(" * 400, "not " * 3_000, "the sum of " * 3_000, "a plus " * 3_000 + "b"],
)  # fmt: skip
def test_what_is_no_rule_in_words_is_refused_with_its_place(text):
    with pytest.raises(CriteriaError) as caught:
        parse_words(text)

    assert caught.value.line == 1


def test_there_are_words_in_two_languages_only():
    with pytest.raises(SchemaError, match="en, de"):
        words(compiled("sampled"), "fr")
    with pytest.raises(SchemaError, match="en, de"):
        parse_words("sampled", "fr")
