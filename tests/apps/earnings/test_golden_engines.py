"""The golden cases on the reference evaluator, DuckDB and PostgreSQL."""

import psycopg
import pytest

from counterfoil.apps.earnings.services import engines
from counterfoil.core.plans import DUCKDB, Results, evaluate, explain_line, statements
from tests.apps.earnings.test_engines import as_owner  # noqa: F401  fixture
from tests.conftest import ROOT
from tests.golden_commissions import CASES, FLOWS, Case, page

PAGE = ROOT / "docs" / "reference" / "golden-commissions.md"
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def check(case: Case, found: Results) -> None:
    lines = sorted(found.lines, key=lambda each: each.line)
    assert tuple(each.commission for each in lines) == case.earned
    assert all(sum(each.parts) == each.commission for each in lines)
    if case.parts:
        assert tuple(each.parts for each in lines) == case.parts
    if case.top_ups:
        assert tuple(month.top_up for month in found.months) == case.top_ups


@every_case
def test_the_reference_evaluator_gives_the_worked_figures(case: Case) -> None:
    found = evaluate(case.plan, case.lines, case.earlier)
    check(case, found)


@every_case
def test_duckdb_gives_the_worked_figures(case: Case) -> None:
    check(case, engines.compute_duckdb(case.plan, case.lines, case.earlier))


@pytest.mark.db
@every_case
def test_postgresql_gives_the_worked_figures(
    as_owner: psycopg.Connection,  # noqa: F811  the fixture
    case: Case,
) -> None:
    check(case, engines.compute_postgres(as_owner, case.plan, case.lines, case.earlier))


@every_case
def test_the_explanation_ends_in_the_figure(case: Case) -> None:
    found = evaluate(case.plan, case.lines, case.earlier)
    refunds = {line.id: line.original for line in case.lines if line.is_refund}
    earned = {each.line: each.commission for each in (*found.lines, *case.earlier)}
    months = {month.month: month.base for month in found.months}
    for each in found.lines:
        steps = explain_line(
            case.plan, each, is_refund=each.line in refunds, until_then=months[each.month]
            if case.plan.components[0].mode.value.startswith("one") else 0,
            earned=earned.get(refunds.get(each.line, 0), 0),
        )  # fmt: skip
        said = [s for s in steps if s.what != "Split"][-1].result
        assert said.startswith(f"{_plain(case, each.commission)} ")


def _plain(case: Case, minor: int) -> str:
    from counterfoil.core.money import Money  # this helper only

    return Money(minor, case.plan.currency).format_plain().split(" ")[0]


def test_the_engines_that_cut_a_band_one_cent_too_late_are_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = next(each for each in CASES if each.name.startswith("Exactly at the bound (one rate"))
    planted = [
        text.replace("until_then >= 100000", "until_then > 100000")
        for text in statements(case.plan, DUCKDB)
    ]
    monkeypatch.setattr(engines, "statements", lambda *_: planted)
    with pytest.raises(AssertionError):
        check(case, engines.compute_duckdb(case.plan, case.lines, case.earlier))


def test_the_page_prints_the_cases() -> None:
    assert PAGE.read_text("utf-8") == page(), "write tests.golden_commissions.page() to it"


def test_the_cases_of_the_ledger_stand_in_the_tests_of_the_run() -> None:
    text = (ROOT / "tests" / "flows" / "test_run_commissions.py").read_text("utf-8")
    assert [name for name, test in FLOWS if f"def {test}(" not in text] == []
