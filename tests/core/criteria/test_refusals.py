"""What is refused before evaluation: where, why, what would be right; hostile input quickly."""

from decimal import Decimal
from time import process_time

import pytest

from counterfoil.core.criteria import (
    BOOL,
    DATE,
    INT,
    MONEY,
    PERIOD,
    RATE,
    STR,
    CriteriaError,
    MappingFacts,
    Outcome,
    Period,
    Reason,
    Schema,
    SchemaError,
    choice,
    compile_expression,
    list_of,
    parse_type,
    record,
)
from tests.core.criteria.support import CASE, LINE, compiled, eur


def refusal(source, schema=CASE, **more):
    with pytest.raises(CriteriaError) as caught:
        compile_expression(source, schema=schema, **more)
    return caught.value


@pytest.mark.parametrize(
    ("source", "column", "message", "hint"),
    [
        ("activty_end < submitted_on", 1, 'no fact "activty_end"', 'did you mean "activity_end"?'),
        ("approved_on < submitted_on", 1, 'no fact "approved_on"', "request.approved_on"),
        ("payable > 10", 1, "money cannot be compared with whole number", "2500.00 USD"),
        ("payable > 10.0", 1, "money cannot be compared with decimal", "write the currency"),
        ("activity_end + 30 > submitted_on", 1, "cannot be added to date", "30 days"),
        ("payable * payable > payable", 1, "money cannot be multiplied by money", "percentage"),
        ("score > 3", 1, "decimal cannot be compared with whole number", "3.0"),
        ("logo_visible > sampled", 1, "yes/no has no order", ""),
        ("activity < 'event'", 1, "choice has no order", "== or in"),
        ("activity == 'evnt'", 13, '"evnt" is not one of the options', 'did you mean "event"?'),
        ("activity in ['event', 'digital_adds']", 23, "digital_adds", "digital_ads"),
        ("outcome == nope", 12, '"nope" is no fact and not one of', ""),
        ("outcome == activity", 1, "no option in common", ""),
        ("payable", 1, "yes/no is expected here, this is money", "compare"),
        ("logo_visible && payable", 17, "&& takes yes/no, this is money", "compare"),
        ("!leads", 2, "! takes yes/no", ""),
        ("-logo_visible", 1, "has no negative", ""),
        ("-activity_end", 1, "date has no negative", ""),
        ("leads = 3", 7, 'the character "="', "=="),
        ("leads & 3", 7, 'the character "&"', "&&"),
        ("leads / 3 > 1", 7, 'the character "/"', "no division"),
        ("leads % 3 > 1", 7, 'the character "%"', "percentage"),
        ("lines[0].net > 1.00 EUR", 6, "should end here", "no indexing"),
        ("logo_visible and sampled", 14, "should end here", "write &&"),
        ("null == leads", 1, "there is no null", "has(name)"),
        ("matches(partner.region, 'a+')", 1, 'no function "matches"', ""),
        ("partner.region.matches('a+')", 16, 'no function ".matches"', ""),
        ("overlap(request.period, activity_end, activity_end)", 1, "no function", "overlaps"),
        ("overlaps(request.period, activity_end)", 1, "takes 3 values, not 2", ""),
        ("has(1)", 1, "has takes the name", "has(activity_end)"),
        ("has(request.period.start)", 1, "has takes the name", ""),
        ("line.net > 1.00 EUR", 1, '"line" stands for each row', "sum, count"),
        ("sum(lines.nett) > 1.00 EUR", 5, 'line has no field "nett"', 'did you mean "net"?'),
        ("sum(lines.date) > 1.00 EUR", 1, "sum takes a list of amounts", ""),
        ("lines.all(leads, true)", 1, "already stands for something", ""),
        ("lines.all(l, l.net)", 14, "all takes yes/no", ""),
        ("activity_end.all(l, true)", 1, "all takes a list", ""),
        ("all(logo_visible)", 1, "all needs a condition on the rows", ""),
        ("date('2026-02-30') > activity_end", 6, "not a day of the calendar", "2026-01-31"),
        ("2026-02-30 > activity_end", 1, "not a day of the calendar", ""),
        ("activity_end in 2026-02-10/2026-02-09", 17, "ends before it starts", ""),
        ("payable > 1.005 EUR", 11, "decimals", ""),
        ("payable > 1.00 XQZ", 11, "XQZ", ""),
        ("reimbursement > 0.00001%", 17, "four decimals", ""),
        ("leads > 1e9", 9, "is not a number", "written in full"),
        ("leads > 0x1F", 9, "is not a number", ""),
        ("leads > 1u", 9, "is not a number", ""),
        ("leads > 9223372036854775808", 9, "at most 9223372036854775807", ""),
        ("partner.region == 'EMEA", 19, "is not closed", ""),
        ("partner.region == '\\q'", 20, "is not an escape", ""),
        ("partner.region == '\\ud800'", 20, "is not an escape", ""),
        ("partner.region == “EMEA”", 19, "no meaning", "straight quotes"),
        ("b'x' == b'x'", 1, "no bytes", ""),
        ("(leads > 3", 11, "not closed", ""),
        ("leads > ", 9, "ends too early", ""),
        ("", 1, "ends too early", ""),
        ("leads > 3)", 10, "should end here", "parenthesis too many"),
        ("sampled ? 1 : 2.0", 11, "one branch is whole number, the other decimal", ""),
        ("[1, 'a'] == [1]", 5, "cannot hold", ""),
        ("if > 3", 1, "reserved word", ""),
    ],
)
def test_a_mistake_is_refused_with_its_place_and_what_would_be_right(
    source, column, message, hint
):
    error = refusal(source, expect=BOOL)

    assert (error.line, error.column) == (1, column), str(error)
    assert message in error.message
    assert hint in error.hint


def test_places_count_from_where_the_expression_begins_in_its_file():
    error = refusal("logo_visible &&\n  activty == 'event'", line=41, column=11)
    first = refusal("activty == 'event'", line=41, column=11)

    assert (error.line, error.column) == (42, 3)
    assert (first.line, first.column) == (41, 11)
    assert str(first).startswith('line 41, column 11: there is no fact "activty"; did you mean')


def test_a_word_that_is_both_fact_and_option_must_be_quoted():
    schema = Schema({"outcome": choice(("sampled", "other")), "sampled": STR})

    assert "both a fact and an option" in refusal("outcome == sampled", schema).message
    assert "both a fact and an option" in refusal("sampled == outcome", schema).message
    compile_expression("outcome == 'sampled'", schema=schema)


HOSTILE = {
    "parentheses": "(" * 5_000,
    "closed parentheses": "(" * 100 + "sampled" + ")" * 100,
    "negations": "!" * 5_000 + "sampled",
    "minuses": "-" * 5_000 + "1 > 0",
    "lists": "[" * 5_000,
    "calls": "min(1, " * 1_000 + "1" + ")" * 1_000,
    "conditionals": "sampled ? 1 : " * 400 + "1",
    "sums": "leads" + " + 1" * 400 + " > 1",
    "clauses": " || ".join(["sampled"] * 600),
    "fields": "a" + ".b" * 3_000,
    "digits": "1" * 3_000 + " > 1",
    "decimals": "1." + "1" * 3_000 + " > 1.0",
    "percent": "9" * 38 + "% > 1%",
    "days": "9" * 30 + " days > 1 days",
    "text": "'" + "x" * 3_000 + "' == ''",
    "source": "true" + " " * 100_000,
    "values": "1 in [" + "1," * 1_000 + "1]",
    "loops": "lines.all(a, lines.all(b, lines.all(c, true)))",
    "quotes": "'" * 4_999,
    "backslashes": "'" + "\\" * 4_999,
    "dots": "." * 5_000,
    "comments": "//" * 4_000,
    "blanks": " \t\n" * 2_600,
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE)
def test_hostile_expressions_are_refused_quickly(source):
    before = process_time()
    refusal(source)
    assert process_time() - before < 5, "an unbounded one takes minutes"


def test_the_largest_expressions_that_are_allowed_evaluate():
    clauses = " || ".join(["sampled"] * 499)
    nested = "(" * 22 + "sampled" + ")" * 22
    chain = "leads" + " + 1" * 61 + " > 1"

    for source in (clauses, nested, chain):
        found = compiled(source).evaluate(MappingFacts({"sampled": True, "leads": 1}))
        assert found.outcome is Outcome.PASS


def test_a_loop_over_too_many_rows_is_unknown_and_takes_bounded_time():
    many = [{"net": eur(1)}] * 10_000
    before = process_time()

    nested = compiled("lines.all(a, lines.all(b, a.net == b.net && a.net == b.net))")
    found = nested.evaluate(MappingFacts({"lines": many}))
    summed = compiled("lines.all(l, sum(lines.net) > l.net)").evaluate(
        MappingFacts({"lines": many})
    )
    too_many = compiled("size(lines) > 0").evaluate(MappingFacts({"lines": [*many, {}]}))

    nested.trace(MappingFacts({"lines": many}))
    assert process_time() - before < 30
    assert {missing.reason for missing in found.missing} == {Reason.TOO_MANY}
    assert {missing.reason for missing in summed.missing} == {Reason.TOO_MANY}
    assert [missing.reason for missing in too_many.missing] == [Reason.TOO_MANY]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("whole_number", INT),
        ("text", STR),
        ("money", MONEY),
        ("rate", RATE),
        ("period", PERIOD),
        ("choice of categories", choice(("booth", "deposit"))),
        ("list<date>", list_of(DATE)),
        ("list<line>", list_of(LINE)),
        ("choice", choice()),
    ],
)
def test_a_type_is_named_as_playbooks_name_it(text, kind):
    found = parse_type(text, records={"line": LINE}, choices={"categories": ("booth", "deposit")})

    assert found == kind


@pytest.mark.parametrize("text", ["float", "choice of nothing", "list<list<int>>", "", "list<>"])
def test_what_is_no_type_is_refused(text):
    with pytest.raises(SchemaError):
        parse_type(text, choices={})


@pytest.mark.parametrize(
    "make",
    [
        lambda: Schema({"in": BOOL}),
        lambda: Schema({"a b": BOOL}),
        lambda: Schema({"a..b": BOOL}),
        lambda: Schema({"line": LINE, "line.net": MONEY}),
        lambda: Schema({"lines": list_of(INT)}, rows={"line": "lines"}),
        lambda: Schema({}, rows={"line": "lines"}),
        lambda: Schema({"a": BOOL}).with_facts({"a": BOOL}),
        lambda: record("line", {"net.tax": MONEY}),
        lambda: record("line", {"inner": LINE}),
        lambda: choice(()),
        lambda: choice(("a", "a")),
        lambda: Period(*(compiled(f"{day} == {day}").tree.left.value for day in
                         ("2026-02-02", "2026-02-01"))),
    ],
)  # fmt: skip
def test_a_schema_that_could_not_be_written_is_refused(make):
    with pytest.raises(SchemaError):
        make()


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), Decimal("1E+90"), 1.5, 3])
def test_a_decimal_fact_that_is_none_is_unknown(value):
    found = compiled("score > 1.0").evaluate(MappingFacts({"score": value}))

    assert [missing.reason for missing in found.missing] == [Reason.WRONG_TYPE]
