"""What criteria answer: the expressions of the shipped playbooks, Kleene's tables, blame."""

from datetime import date
from decimal import Decimal

import pytest

from counterfoil.core.criteria import (
    DATE,
    DAYS,
    DEC,
    INT,
    MONEY,
    RATE,
    Context,
    Known,
    MappingFacts,
    Missing,
    Outcome,
    Period,
    Reason,
    Unknown,
    Verdict,
    compile_expression,
    judge,
    operations,
)
from counterfoil.core.money import Money, Rounding
from tests.core.criteria.support import CASE, CONTEXT, LINE_SCHEMA, compiled, eur, given

PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN


def verdict(source, schema=LINE_SCHEMA, **facts):
    return compiled(source, schema).evaluate(given(**facts))


PRE_APPROVED = "request.approved_on <= activity_start"
IN_TIME = "submitted_on <= activity_end + claim_window"
BELONGS = (
    "overlaps(line.supplied, activity_start, activity_end)"
    ' || (line.category == "deposit" && line.date >= request.approved_on - deposit_lead)'
)
EVENT = {"activity_start": date(2026, 2, 9), "activity_end": date(2026, 2, 10)}
BOOTH = {"line__category": "booth", **EVENT}


@pytest.mark.parametrize(
    ("source", "facts", "expected"),
    [
        (PRE_APPROVED, {"request__approved_on": date(2026, 2, 2), **EVENT}, PASS),
        (PRE_APPROVED, {"request__approved_on": date(2026, 2, 10), **EVENT}, FAIL),
        (PRE_APPROVED, EVENT, UNKNOWN),
        (IN_TIME, {"submitted_on": date(2026, 3, 12), "claim_window": 30, **EVENT}, PASS),
        (IN_TIME, {"submitted_on": date(2026, 3, 13), "claim_window": 30, **EVENT}, FAIL),
        (BELONGS, {"line__supplied": Period(date(2026, 2, 1), date(2026, 2, 9)), **BOOTH}, PASS),
        (
            BELONGS,
            {"line__supplied": Period(date(2025, 10, 1), date(2025, 10, 31)), **BOOTH},
            FAIL,
        ),
        (BELONGS, BOOTH, UNKNOWN),
        ("!duplicate_invoice", {"duplicate_invoice": False}, PASS),
        ("!duplicate_invoice", {"duplicate_invoice": True}, FAIL),
        ("!duplicate_invoice", {}, UNKNOWN),
        ("activity in branded_activities", {"activity": "event"}, UNKNOWN),
        (
            "activity in branded_activities",
            {"activity": "event", "branded_activities": ["event"]},
            PASS,
        ),
        ("outcome == not_qualified", {"outcome": "not_qualified"}, PASS),
        (
            "outcome == qualified && payable <= auto_limit && !sampled",
            {"outcome": "qualified", "payable": eur(1), "auto_limit": eur(2), "sampled": False},
            PASS,
        ),
        ("line.net > 2500.00 EUR", {"line__net": eur(250_000)}, FAIL),
    ],
)
def test_the_expressions_of_the_playbooks(source, facts, expected):
    assert verdict(source, **facts).outcome is expected


KLEENE = [(True, True), (True, None), (True, False), (None, None), (None, False), (False, False)]


def least(one, other):
    return min((one, other), key=[False, None, True].index)


def greatest(one, other):
    return max((one, other), key=[False, None, True].index)


def three_valued(source, one, other):
    values = {True: PASS, False: FAIL, None: UNKNOWN}
    facts = {"logo_visible": one, "sampled": other}
    found = compiled(source).evaluate(MappingFacts(facts)).outcome
    return next(key for key, value in values.items() if value is found)


@pytest.mark.parametrize(("one", "other"), [*KLEENE, *((b, a) for a, b in KLEENE)])
def test_and_or_and_not_have_the_tables_of_kleene(one, other):
    assert three_valued("logo_visible && sampled", one, other) is least(one, other)
    assert three_valued("logo_visible || sampled", one, other) is greatest(one, other)
    assert three_valued("!logo_visible", one, other) is (None if one is None else not one)
    equal = None if None in (one, other) else one == other
    assert three_valued("logo_visible == sampled", one, other) is equal


def missing_is_false(clauses):
    return lambda env: any(clause(env) is True for clause in clauses)


def test_an_engine_that_takes_missing_for_false_fails_the_tables_of_kleene(monkeypatch):
    """The planted fault is the fail-open of two-valued engines."""
    monkeypatch.setattr(operations, "disjunction", missing_is_false)

    with pytest.raises(AssertionError):
        test_and_or_and_not_have_the_tables_of_kleene(None, False)


def test_a_flipped_operator_fails_the_playbook_expressions(monkeypatch):
    monkeypatch.setitem(operations.ORDER, "<=", operations.ORDER[">="])

    with pytest.raises(AssertionError):
        test_the_expressions_of_the_playbooks(
            PRE_APPROVED, {"request__approved_on": date(2026, 2, 2), **EVENT}, PASS
        )


def test_a_denial_with_a_missing_fact_is_unknown_and_never_a_pass():
    assert verdict("!(payable > 500.00 EUR)").outcome is UNKNOWN
    assert verdict("payable > 500.00 EUR").names == ("payable",)


def test_neither_outcomes_nor_verdicts_nor_unknowns_have_a_truth_value():
    for value in (PASS, FAIL, Verdict(PASS), Unknown((Missing("x"),))):
        with pytest.raises(TypeError, match=r"truth value|neither"):
            bool(value)


def test_every_missing_fact_is_named_once_in_the_order_of_the_rule():
    found = verdict("sampled && activity_end >= activity_start && !sampled && logo_visible")

    assert found.names == ("sampled", "activity_end", "activity_start", "logo_visible")


def test_a_fact_below_its_floor_is_unknown_with_its_reason():
    below = Missing("logo_visible", Reason.BELOW_FLOOR, "extracted; human_verified is needed")

    found = verdict("logo_visible || sampled", logo_visible=below, sampled=False)

    assert found == Verdict(UNKNOWN, (below,))


def test_a_decisive_clause_absorbs_what_is_missing():
    assert verdict("logo_visible || sampled", sampled=True) == Verdict(PASS)
    assert verdict("logo_visible && sampled", sampled=False) == Verdict(FAIL)


def test_has_tells_given_from_absent_and_not_from_below_the_floor():
    below = Missing("leads", Reason.BELOW_FLOOR, "extracted")

    assert verdict("has(leads)", leads=3).outcome is PASS
    assert verdict("has(leads)").outcome is FAIL
    assert verdict("has(leads)", leads=below) == Verdict(UNKNOWN, (below,))
    assert verdict("lines.all(l, has(l.tax))", CASE, lines=[{"tax": eur(1)}, {}]).outcome is FAIL


def test_a_criterion_whose_condition_is_false_is_not_applicable():
    criterion, when = compiled("logo_visible"), compiled("activity in branded_activities")
    branded = {"branded_activities": ["event"]}

    assert judge(criterion, given(activity="telemarketing", **branded), when=when).outcome is (
        Outcome.NOT_APPLICABLE
    )
    assert judge(criterion, given(activity="event", **branded), when=when).names == (
        "logo_visible",
    )
    assert judge(criterion, given(logo_visible=True), when=when).outcome is UNKNOWN
    assert judge(criterion, given(logo_visible=True)).outcome is PASS


def value(source, schema=CASE, context=CONTEXT, rounding=None, **facts):
    program = compile_expression(source, schema=schema, expect=None)
    return program.value(given(context, **facts), rounding=rounding)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("0.1 + 0.2 == 0.3", True),
        ("1.10 * 1.10", Decimal("1.2100")),
        ("date('2026-01-31') + 30 days", date(2026, 3, 2)),
        ("2026-03-02 - 2026-01-31", 30),
        ("days(2) * 3", 6),
        ("50% + 0.5%", 505_000),
        ("2026-02-10 in 2026-02-09/2026-02-10", True),
        ("period(2026-02-09, 2026-02-10).end", date(2026, 2, 10)),
        ("min(3.00 EUR, 2.00 EUR)", eur(200)),
        ("max([1, 5, 3])", 5),
        ("10.00 EUR * 50%", eur(500)),
        ("-(1.00 EUR)", eur(-100)),
        ("lower('ÄB').contains('b')", True),
        ("business_days(2026-02-06, 2)", date(2026, 2, 10)),
        ("size('é') + size([1, 2])", 3),
        ("10.00 EUR == 10.834 * 1.00 USD", True),
        ("sum(lines.net)", Money(0, "EUR")),
        ("count(lines)", 0),
        ("1.00 EUR + 1.0 * 1.0834 USD", Unknown),
    ],
)
def test_values(source, expected):
    if expected is Unknown:
        with pytest.raises(ValueError, match="decimals"):
            value(source, lines=[])
    else:
        found = value(source, lines=[])
        assert type(found) is type(expected)
        assert found == expected


def test_amounts_are_rounded_only_by_a_named_mode():
    source = "0.25 EUR * 50%"

    assert value(source).missing[0].reason == Reason.NEEDS_ROUNDING
    assert value(source, rounding=Rounding.HALF_EVEN) == eur(12)
    assert value(source, rounding=Rounding.HALF_UP) == eur(13)
    assert value("0.25 EUR * 50% + 0.25 EUR * 50%") == eur(25)


LINES = [
    {"net": eur(100), "tax": eur(19), "category": "booth", "internal_cost": False},
    {"net": eur(250), "tax": eur(0), "category": "travel", "internal_cost": True},
]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("sum(line.net + line.tax)", eur(369)),
        ("sum(lines.net)", eur(350)),
        ("sum(lines.filter(l, !l.internal_cost).net)", eur(100)),
        ("sum(lines.map(l, l.net * 2))", eur(700)),
        ("count(line.internal_cost)", 1),
        ("all(line.net > 0.50 EUR)", True),
        ("exists(line.category == booth)", True),
        ("lines.exists_one(l, l.category == 'booth')", True),
        ("max(lines.net)", eur(250)),
        ("'booth' in lines.category", True),
        ("lines.all(l, lines.exists(m, m.net > l.tax))", True),
    ],
)
def test_aggregates_over_lines(source, expected):
    assert value(source, lines=LINES) == expected


def test_a_missing_field_of_one_line_is_blamed_by_its_row():
    lines = [LINES[0], {"net": None, "tax": eur(1)}]

    assert value("sum(line.net + line.tax)", lines=lines).missing == (Missing("lines[1].net"),)
    assert verdict("exists(line.net == 1.00 EUR)", CASE, lines=lines).outcome is PASS
    assert verdict("all(line.net == 1.00 EUR)", CASE, lines=lines).names == ("lines[1].net",)


def test_amounts_in_two_currencies_meet_only_by_a_stored_rate():
    source, facts = "payable <= auto_limit", {"payable": eur(100), "auto_limit": Money(108, "USD")}
    none = Context()

    assert compiled(source).evaluate(given(**facts)).outcome is FAIL
    without = compiled(source).evaluate(given(none, **facts))
    assert without.missing == (
        Missing("exchange_rate.EUR.USD", Reason.NO_RATE, "no rate of EUR and USD"),
    )
    note = compiled(source).trace(given(**facts)).note
    assert note == "1 EUR = 1.0834 USD (ecb_daily, 2026-02-09)"


def test_a_sum_of_no_rows_needs_a_currency_only_when_it_leaves():
    assert value("sum(lines.net)", context=Context(), lines=[]).missing[0].reason == (
        Reason.NO_CURRENCY
    )
    assert value("sum(lines.net) <= 5.00 EUR", context=Context(), lines=[]) is True


def test_without_a_calendar_business_days_are_unknown():
    found = value("business_days(2026-02-06, 2)", context=Context())

    assert found.missing[0].reason == Reason.NO_CALENDAR


@pytest.mark.parametrize(
    "source",
    [
        "9223372036854775807 + 1 > 0",
        "-(-9223372036854775808) > 0",
        "999999999999999999999999999999999999.0 * 999.9 > 0.0",
        "9999-12-31 + 1 days > 2026-01-01",
        "2026-01-01 + days(9223372036854775807) > 2026-01-01",
        "period(2026-02-02, 2026-02-01).end == 2026-02-01",
        "min(lines.net) > 0.00 EUR",
        "business_days(2026-01-01, 999999) > 2026-01-01",
    ],
)
def test_what_has_no_answer_is_unknown(source):
    found = compiled(source).evaluate(given(lines=[]))

    assert found.outcome is UNKNOWN
    assert found.missing[0].reason in (Reason.OUT_OF_RANGE, Reason.EMPTY)


def test_the_trace_shows_what_was_seen_and_where_it_comes_from():
    program = compiled("logo_visible && submitted_on <= activity_end + claim_window")
    facts = given(
        logo_visible=True,
        submitted_on=Known(date(2026, 4, 1), "F-77"),
        activity_end=date(2026, 3, 1),
        claim_window=30,
    )

    brief = program.trace(facts).to_json()
    full = program.trace(facts, full=True).to_json()

    assert brief["result"] == "fail"
    assert brief["operands"][0] == {"at": [0, 12], "text": "logo_visible", "result": "pass"}
    late = brief["operands"][1]
    assert late["text"] == "submitted_on <= activity_end + claim_window"
    assert late["operands"][0]["value"] == "2026-04-01"
    assert late["operands"][0]["fact"] == "F-77"
    assert late["operands"][1]["value"] == "2026-03-31"
    assert full == brief


def test_a_passed_clause_keeps_its_operands_only_in_the_full_trace():
    program, facts = compiled("payable <= 5.00 EUR"), given(payable=eur(3))

    assert "operands" not in program.trace(facts).to_json()
    assert program.trace(facts, full=True).to_json()["operands"][0]["value"] == "0.03 EUR"


def test_the_trace_of_a_loop_names_the_rows_that_decided():
    lines = [LINES[0], {"net": eur(0)}, {}]

    rows = compiled("lines.all(l, l.net > 0.00 EUR)").trace(given(lines=lines)).operands[1:]

    assert [(row.row, row.result) for row in rows] == [
        ("lines[1]", "fail"),
        ("lines[2]", "unknown"),
    ]


def test_a_program_tells_which_facts_it_reads():
    assert compiled(BELONGS, LINE_SCHEMA).names == {
        "line.supplied", "activity_start", "activity_end", "line.category", "line.date",
        "request.approved_on", "deposit_lead",
    }  # fmt: skip
    assert compiled("sum(line.net) > 1.00 EUR").names == {"lines"}


@pytest.mark.parametrize(
    ("source", "kind"),
    [("sum(lines.net)", MONEY), ("leads + 1", INT), ("score", DEC), ("reimbursement", RATE),
     ("activity_end + claim_window", DATE), ("activity_end - activity_start", DAYS)],
)  # fmt: skip
def test_an_expression_may_be_of_another_type(source, kind):
    program = compile_expression(source, schema=CASE, expect=kind)

    assert program.type == kind
    assert isinstance(program.value(MappingFacts({})), Unknown)
    with pytest.raises(TypeError, match="ask value"):
        compile_expression("1 + 1", schema=CASE, expect=INT).evaluate(MappingFacts({}))
