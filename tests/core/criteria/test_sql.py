"""The SQL form of an expression against the closures and the words, on random programs."""

import json
import os
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random

import duckdb
import pytest

from counterfoil.core.criteria import (
    BOOL,
    DAYS,
    DEC,
    INT,
    MONEY,
    STR,
    MappingFacts,
    Missing,
    Outcome,
    Reason,
    parse_words,
    sql,
    unparse,
    words,
)
from counterfoil.core.criteria.columns import Columns, constants, quoted
from counterfoil.core.criteria.sql import Column, Days, NeedsRows, Stock, to_sql
from counterfoil.core.criteria.tree import Literal, Node, children
from counterfoil.core.money import Money
from tests.core.criteria.support import (
    CASE,
    CONTEXT,
    add_weekdays,
    compiled,
    random_facts,
    random_program,
    with_gaps,
)

PROGRAMS = 10_000 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 1_500
BATCH = 50
ROWS = 400
EACH = 12
"""Rows on which each program is compared; every batch has others."""
FIRST = date(2016, 1, 1).toordinal()
LISTED = 7_300
OUTCOMES = {True: Outcome.PASS, False: Outcome.FAIL, None: Outcome.UNKNOWN}


def in_euro(value):
    """Every amount in one currency, as a program's are; the others have a test of their own."""
    if isinstance(value, Money):
        return Money(value.minor, "EUR")
    if isinstance(value, dict):
        return {name: in_euro(each) for name, each in value.items()}
    return [in_euro(each) for each in value] if isinstance(value, list) else value


def tree_in_euro(node: Node) -> Node:
    """The same tree with its amounts in euro."""
    if isinstance(node, Literal):
        return Literal(node.kind, in_euro(node.value))
    parts = {}
    for name in node.__dataclass_fields__:
        part = getattr(node, name)
        if name == "at":
            continue
        if isinstance(part, tuple):
            part = tuple(tree_in_euro(each) for each in part)
        elif part in children(node):
            part = tree_in_euro(part)
        parts[name] = part
    return type(node)(**parts)


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """Random facts as a table of DuckDB, and the stock that describes it."""
    facts = [in_euro(with_gaps(random_facts(seed), seed)) for seed in range(ROWS)]
    columns = Columns(CASE.facts)
    path = tmp_path_factory.mktemp("facts") / "rows.json"
    with path.open("w", encoding="utf-8") as out:
        for number, each in enumerate(facts):
            row, _ = columns.row(MappingFacts(each, CONTEXT))
            out.write(json.dumps({"row": number, **row}) + "\n")
    types = {"row": "BIGINT", **columns.sql_types()}
    shape = ", ".join(f"{quoted(name)}: '{kind}'" for name, kind in types.items())
    table = duckdb.connect()
    table.execute(
        f"CREATE TABLE facts AS SELECT * FROM read_json('{path}', "
        f"format='newline_delimited', columns={{{shape}}})"
    )
    lists = {}
    for count in range(-9, 10):
        days = [
            add_weekdays(date.fromordinal(FIRST + at), count).toordinal() for at in range(LISTED)
        ]
        lists[count] = days
    named = ", ".join(f'"days {count}" BIGINT[]' for count in lists)
    table.execute(f"CREATE TABLE days ({named})")
    table.execute(f"INSERT INTO days VALUES ({', '.join('?' * len(lists))})", [*lists.values()])

    def business_days(count):
        if count not in lists:
            return None
        days = lists[count]
        return Days(f'"days {count}"', FIRST, LISTED, min(days), max(days))

    yield table, facts, Stock(columns.stock(), "EUR", business_days)
    table.close()


def answers(table, batch, first):
    """The answers of some expressions for the rows from `first` on."""
    names = ", ".join(f"{text} AS a{at}" for at, text in enumerate(batch))
    query = f"SELECT {names} FROM facts, days WHERE row >= {first} AND row < {first + EACH}"
    return table.execute(f"{query} ORDER BY row").fetchall()


def compare(stored, count, *, seed=0):
    """The programs that differ, and how many ran in SQL; the words are read back on the way."""
    table, facts, stock = stored
    differ, ran, pairs, why, batch = [], 0, 0, Counter(), []
    random = Random(seed)

    def settle():
        nonlocal pairs
        first = random.randrange(ROWS - EACH)
        if not batch:
            return
        rows = answers(table, [text for _, text in batch], first)
        for at, (program, _) in enumerate(batch):
            for number, row in enumerate(rows, start=first):
                pairs += 1
                said = program.evaluate(MappingFacts(facts[number], CONTEXT)).outcome
                if OUTCOMES[row[at]] is not said:
                    differ.append((program.source, number, row[at], said))
        batch.clear()

    for number in range(count):
        tree = tree_in_euro(random_program(seed + number, with_has=True))
        program = compiled(unparse(tree))
        if parse_words(words(program, "en"), "en") != program.tree:
            differ.append((program.source, "words", None, None))
        try:
            batch.append((program, to_sql(program, stock)))
            ran += 1
        except NeedsRows as refusal:
            why[str(refusal)] += 1
        if len(batch) == BATCH:
            settle()
    settle()
    return differ, ran, pairs, why


def test_closures_sql_and_words_agree_on_random_programs_with_gaps(stored):
    """10,000 programs in the long profile."""
    differ, ran, pairs, why = compare(stored, PROGRAMS)

    print(
        f"\n{ran} of {PROGRAMS} programs ran in SQL, {pairs} answers compared; left: {dict(why)}"
    )
    assert differ == []
    assert ran >= 0.95 * PROGRAMS


def two_valued_and(self, step, *clauses):
    return Column("(" + " AND ".join(f"coalesce({c.text}, FALSE)" for c in clauses) + ")", "bool")


def sum_of_the_known(self, values, make):
    return self.bind(
        values.text, lambda name: f"(CASE WHEN {name} IS NOT NULL THEN {make(name)} END)"
    )


def else_branch(self, step, test, then, other):
    then, other = sql._alike(then, other)
    return sql._hull(
        f"(CASE WHEN {test.text} THEN {then.text} ELSE {other.text} END)", then, other
    )


def one_scale(found, scale):
    return replace(found, scale=scale)


def existing(self, values, *, decisive):
    return f"coalesce(list_contains({values}, {str(decisive).upper()}), FALSE) = {decisive}"


FAULTS = {
    "unknown_taken_for_false": (sql._Writer, "do_and", two_valued_and),
    "a_sum_of_what_is_known": (sql._Writer, "known", sum_of_the_known),
    "unknown_takes_the_other_branch": (sql._Writer, "do_conditional", else_branch),
    "scales_not_brought_together": (sql, "_at_scale", one_scale),
    "a_loop_that_forgets_the_unknown": (sql._Writer, "fold", existing),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_of_the_sql_form_is_found(stored, monkeypatch, name):
    where, what, fault = FAULTS[name]
    monkeypatch.setattr(where, what, fault)

    differ, _, _, _ = compare(stored, 400)

    assert differ


def one(text, stock, values=""):
    """The answer of DuckDB to one expression; `values` is a FROM clause."""
    program = compiled(text)
    table = duckdb.connect()
    try:
        return table.execute(f"SELECT {to_sql(program, stock)} {values}").fetchone()[0]
    finally:
        table.close()


EDGE = 2**63 - 1


def whole(low, high):
    return Stock({"leads": Column("leads", "int", has="TRUE", low=low, high=high)})


@pytest.mark.parametrize(
    ("leads", "text"),
    [
        (EDGE, "leads + 1 > 0"),
        (EDGE, "leads * 2 > 0"),
        (-EDGE - 1, "-leads > 0"),
        (-EDGE - 1, "leads - 1 < 0"),
        (EDGE, "leads + 0 > 0"),
        (EDGE, "leads * leads * leads > 0"),
    ],
)
def test_a_whole_number_that_leaves_64_bits_is_unknown_in_both(leads, text):
    said = compiled(text).evaluate(MappingFacts({"leads": leads})).outcome
    given = f"FROM (SELECT CAST('{leads}' AS BIGINT) AS leads)"

    assert OUTCOMES[one(text, whole(-EDGE - 1, EDGE), given)] is said


def test_a_day_beyond_the_calendar_is_unknown_in_both():
    text = "submitted_on + claim_window < submitted_on"
    first, last = date(2026, 1, 1).toordinal(), 10**12
    stock = Stock(
        {
            "submitted_on": Column("d", "date", low=first, high=first),
            "claim_window": Column("w", "days", low=0, high=last),
        }
    )
    given = f"FROM (SELECT CAST({first} AS BIGINT) AS d, CAST({last} AS BIGINT) AS w)"
    facts = MappingFacts({"submitted_on": date(2026, 1, 1), "claim_window": last})

    assert one(text, stock, given) is None
    assert compiled(text).evaluate(facts).outcome is Outcome.UNKNOWN


def test_what_has_no_exact_form_is_left_to_the_closures_with_the_reason():
    columns = Columns(CASE.facts)
    columns.row(MappingFacts(in_euro(random_facts(1)), CONTEXT))
    stock = Stock(columns.stock(), "EUR")
    large = {**stock.columns, "score": Column("score", "dec", high=10**30, scale=9)}
    greek = {**stock.columns, "partner.region": Column('"partner.region"', "str", plain=False)}
    long_list = {
        **stock.columns,
        "lines": replace(stock.columns["lines"], longest=1_000),
    }
    for text, held, why in (
        ("payable < 5.00 USD", stock, "its USD meets amounts in another currency"),
        ("business_days(submitted_on, 5) < activity_end", stock, "counted row by row"),
        ("score * score * score > 1.0", Stock(large, "EUR"), "more than 38 digits"),
        ('lower(partner.region) == "emea"', Stock(greek, "EUR"), "depends on the engine"),
        ('partner.region == "a\\x00"', stock, "U.0000"),
        (
            "lines.all(l, lines.exists(m, m.net + l.net + m.tax == l.tax))",
            Stock(long_list, "EUR"),
            "more steps than are allowed",
        ),
    ):
        with pytest.raises(NeedsRows, match=why):
            to_sql(compiled(text), held)


def test_small_letters_are_the_same_in_both_for_every_letter_that_is_called_plain():
    letters = [chr(at) for at in range(1, 0x260) if sql.is_plain(chr(at))]
    assert len(letters) > 500
    text = "".join(letters)
    table = duckdb.connect()
    assert table.execute("SELECT lower(?)", [text]).fetchone()[0] == text.lower()
    assert table.execute("SELECT lower('İ')").fetchone()[0] != "İ".lower()
    table.close()
    assert not sql.is_plain("İ")
    assert not sql.is_plain("ΑΣ")


@pytest.mark.parametrize(
    "facts",
    [
        {"payable": Money(1, "USD")},
        {"score": Decimal("0.0000000001")},
        {"score": Decimal(10) ** 15},
        {"partner.region": "a\0b"},
        {"lines": [{"quantity": 1}] * 1_001},
        {"lines": [{"net": Money(1, "EUR")}, {"net": Money(1, "USD")}]},
    ],
)
def test_facts_that_the_columns_cannot_hold_exactly_are_left_to_the_closures(facts):
    assert Columns(CASE.facts).row(MappingFacts(facts, CONTEXT)) is None


def test_a_fact_of_the_wrong_type_is_there_and_unknown_as_for_the_closures():
    row, currency = Columns(CASE.facts).row(
        MappingFacts({"leads": "many", "activity": "opera", "score": None}, CONTEXT)
    )

    assert (row["leads"], row["leads?"]) == (None, True)
    assert (row["activity"], row["activity?"]) == (None, True)
    assert (row["score"], row["score?"]) == (None, False)
    assert currency == "EUR"
    below = Missing("leads", Reason.BELOW_FLOOR, "declared")
    row, _ = Columns(CASE.facts).row(MappingFacts({"leads": below}, CONTEXT))
    assert (row["leads"], row["leads?"]) == (None, None)


def test_constants_read_as_the_facts_they_stand_for():
    held = constants(
        {
            "claim_window": (DAYS, 45),
            "score": (DEC, Decimal("2.5")),
            "auto_limit": (MONEY, Money(100_000, "EUR")),
            "partner.region": (STR, "O'Neil"),
            "leads": (INT, None),
            "sampled": (BOOL, True),
        }
    )
    stock = Stock(held, "EUR")

    assert one("claim_window == 45 days && score == 2.5 && sampled", stock) is True
    assert one('auto_limit > 999.99 EUR && partner.region.contains("\'")', stock) is True
    assert one("leads > 1", stock) is None
    assert one("has(leads)", stock) is False
