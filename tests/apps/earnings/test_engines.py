"""The reference evaluator, DuckDB and PostgreSQL give identical integers, on anything."""

from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings

from counterfoil.apps.earnings.services.engines import (
    compute_duckdb,
    compute_postgres,
    read_snapshot,
    write_snapshot,
)
from counterfoil.core.plans import (
    DUCKDB,
    Conversion,
    Earlier,
    Given,
    Plan,
    PlanLine,
    conversion_statements,
    evaluate,
    statements,
)
from tests.conftest import admin_url
from tests.plan_stock import converting, inputs, plans, sale, shipped


@pytest.fixture(scope="module")
def as_owner(django_db_setup: None) -> Iterator[psycopg.Connection]:
    """A connection that may make temporary tables; what it does is rolled back."""
    info = admin_url()
    with psycopg.connect(info, autocommit=True) as connection:
        yield connection


Lines = tuple[tuple[PlanLine, ...], tuple[Earlier, ...]]


@settings(max_examples=150, deadline=None)
@given(plans(), inputs())
def test_duckdb_gives_the_integers_of_the_reference_evaluator(plan: Plan, drawn: Lines) -> None:
    lines, earlier = drawn
    assert compute_duckdb(plan, lines, earlier) == evaluate(plan, lines, earlier)


@settings(max_examples=25, deadline=None)
@given(inputs())
def test_a_snapshot_reads_back_as_it_was_and_has_the_same_bytes_again(drawn: Lines) -> None:
    lines, earlier = drawn
    files = write_snapshot(shipped(), lines, earlier)
    back, before = read_snapshot(shipped(), *files)
    assert sorted(back, key=lambda line: line.id) == sorted(lines, key=lambda line: line.id)
    assert set(before) == set(earlier)
    assert write_snapshot(shipped(), lines[::-1], earlier[::-1]) == files


@pytest.mark.db
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(plans(), inputs())
def test_postgresql_gives_the_integers_of_the_reference_evaluator(
    as_owner: psycopg.Connection, plan: Plan, drawn: Lines
) -> None:
    lines, earlier = drawn
    found = compute_postgres(as_owner, plan, lines, earlier)
    assert found == evaluate(plan, lines, earlier)


def test_the_order_of_the_input_changes_nothing() -> None:
    plan = shipped()
    lines = [sale(n, 20240101 + n % 7, 900_000 + n, "Bikes") for n in range(1, 40)]
    assert compute_duckdb(plan, lines) == compute_duckdb(plan, lines[::-1])


def test_a_wrong_factor_in_the_text_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    from counterfoil.apps.earnings.services import engines  # patched below

    plan = shipped()
    lines = [sale(1, 20240101, 123_456, "Bikes")]
    planted = [s.replace("THEN 6 ", "THEN 7 ") for s in statements(plan, DUCKDB)]
    monkeypatch.setattr(engines, "statements", lambda *_: planted)
    assert compute_duckdb(plan, lines) != evaluate(plan, lines)


def test_what_is_out_of_range_is_refused_by_the_rounding_itself() -> None:
    import duckdb  # this test only

    from counterfoil.core.plans import prelude  # this test only

    with duckdb.connect() as engine:
        engine.execute(prelude(shipped(), DUCKDB))
        for call in ("cf_round(-1::HUGEINT, 2::HUGEINT)",
                     f"cf_round({2**63}::HUGEINT, 2::HUGEINT)",
                     "cf_round_small(-5, 2)"):  # fmt: skip
            with pytest.raises(duckdb.Error, match="out of range"):
                engine.execute(f"SELECT pg_temp.{call}").fetchall()  # constants


Drawn = tuple[Plan, tuple[PlanLine, ...], tuple[Earlier, ...]]


@pytest.mark.db
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(converting())
def test_two_currencies_give_the_same_integers_on_all_engines_and_from_the_snapshot(
    as_owner: psycopg.Connection, drawn: Drawn
) -> None:
    plan, lines, earlier = drawn
    wanted = evaluate(plan, lines, earlier)
    assert compute_duckdb(plan, lines, earlier) == wanted
    assert compute_postgres(as_owner, plan, lines, earlier) == wanted
    back, before = read_snapshot(plan, *write_snapshot(plan, lines, earlier))
    assert sorted(back, key=lambda line: line.id) == sorted(lines, key=lambda line: line.id)
    assert evaluate(plan, back, before) == wanted


def test_a_wrong_rate_in_the_text_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    from counterfoil.apps.earnings.services import engines  # patched below

    plan = replace(shipped(), conversion=Conversion("bank", 6))
    given = Given("EUR", 100_00, 103, 100)
    lines = [replace(sale(1, 20240101, 103_00, "Bikes"), given=given)]
    planted = [s.replace("* n,", "* d,") for s in conversion_statements(plan, DUCKDB)]
    assert compute_duckdb(plan, lines) == evaluate(plan, lines)
    monkeypatch.setattr(engines, "conversion_statements", lambda *_: planted)
    assert compute_duckdb(plan, lines) != evaluate(plan, lines)
