"""Spark gives the integers of the reference evaluator: `make spark`, and `make nightly`."""

import os
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from counterfoil.apps.earnings.errors import EngineMissing
from counterfoil.apps.earnings.services import spark as spark_engine
from counterfoil.apps.earnings.services.spark import compute_spark, open_spark
from counterfoil.core.plans import SPARK, Earlier, Plan, PlanLine, evaluate, statements
from tests.golden_commissions import CASES, Case
from tests.plan_stock import converting, inputs, plans, sale, shipped

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Lines = tuple[tuple[PlanLine, ...], tuple[Earlier, ...]]
Drawn = tuple[Plan, tuple[PlanLine, ...], tuple[Earlier, ...]]
has_spark = find_spec("pyspark") is not None


@pytest.fixture(scope="module")
def spark() -> Iterator["SparkSession"]:
    """This will start Spark once; the nightly run fails without it."""
    if not has_spark and not os.environ.get("COUNTERFOIL_NIGHTLY"):
        pytest.skip("Spark is an extra that `make spark` installs")
    with open_spark() as session:
        yield session


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_spark_gives_the_worked_figures(spark: "SparkSession", case: Case) -> None:
    found = compute_spark(spark, case.plan, case.lines, case.earlier)
    assert tuple(each.commission for each in found.lines) == case.earned
    assert found == evaluate(case.plan, case.lines, case.earlier)


@settings(max_examples=60, deadline=None)
@given(plans(), inputs())
def test_spark_gives_the_integers_of_the_reference_evaluator(
    spark: "SparkSession", plan: Plan, drawn: Lines
) -> None:
    assert compute_spark(spark, plan, *drawn) == evaluate(plan, *drawn)


@settings(max_examples=20, deadline=None)
@given(converting())
def test_two_currencies_give_the_same_integers_on_spark(
    spark: "SparkSession", drawn: Drawn
) -> None:
    assert compute_spark(spark, *drawn) == evaluate(*drawn)


@pytest.mark.parametrize(
    "value", ["O'Neill\\", "\\'", "${spark.app.name}", "a;b", "%\\_", "é 'x'"]
)
def test_a_text_of_the_plan_is_that_text_and_nothing_else(
    spark: "SparkSession", value: str
) -> None:
    plan = shipped()
    row = replace(plan.components[0].rates[0], when=(("category", value),))
    plan = replace(plan, components=(replace(plan.components[0], rates=(row,)),))
    lines = [sale(1, 20240101, 123_456, value), sale(2, 20240101, 123_456, "Bikes")]
    assert compute_spark(spark, plan, lines) == evaluate(plan, lines)


def test_a_wrong_factor_in_the_text_is_seen(
    spark: "SparkSession", monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = shipped()
    lines = [sale(1, 20240101, 123_456, "Bikes")]
    planted = [s.replace("THEN 6 ", "THEN 7 ") for s in statements(plan, SPARK)]
    monkeypatch.setattr(spark_engine, "statements", lambda *_: planted)
    assert compute_spark(spark, plan, lines) != evaluate(plan, lines)


def test_what_is_out_of_range_is_refused_by_the_rounding_itself(spark: "SparkSession") -> None:
    from pyspark.errors import PySparkException  # an extra

    session = spark.newSession()
    spark_engine.run_spark(_with_input(session), shipped())
    for call in ("cf_round(-1, 2)", f"cf_round({2**63}, 2)", "cf_round_small(-5, 2)"):
        with pytest.raises(PySparkException, match="out of range"):
            session.sql(f"SELECT {call}").collect()  # constants


def _with_input(session: "SparkSession") -> "SparkSession":
    from counterfoil.core.plans import EARLIER_COLUMNS, input_columns  # this helper only

    for name, columns in (("cf_input", input_columns(shipped())), ("cf_earlier", EARLIER_COLUMNS)):
        listed = ", ".join(f"{c} {k.replace('VARCHAR', 'STRING')}" for c, k in columns.items())
        session.createDataFrame([], listed).createOrReplaceTempView(name)
    return session


@pytest.mark.skipif(has_spark, reason="Spark is installed here")
def test_without_spark_the_message_says_how_to_install_it() -> None:
    with pytest.raises(EngineMissing, match=r"counterfoil\[spark\]"), open_spark():
        pass
