"""kill -9 at every named point of a month of commissions, and races with one winner."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.db import connection

from counterfoil.adapters.files_local import LocalFiles
from counterfoil.adapters.pdf_typst import TypstPdf
from counterfoil.apps.earnings.errors import EarningsError
from counterfoil.apps.earnings.selectors import (
    get_run,
    list_adjustments,
    list_runs,
    list_statements,
)
from counterfoil.apps.earnings.types import CENTRAL
from counterfoil.apps.ledger.checks import ledger_findings
from counterfoil.apps.ledger.selectors import balances
from counterfoil.apps.partners.selectors import list_partners
from counterfoil.core.accounts import AccountKind
from counterfoil.core.adjustments import AdjustmentKind, Reason
from counterfoil.core.money import Money
from counterfoil.flows.adjust_commissions import (
    approve_adjustment,
    propose_adjustment,
    refuse_adjustment,
)
from counterfoil.flows.issue_statements import issue_statements
from counterfoil.flows.run_commissions import (
    approve_commissions,
    post_commissions,
    release_commissions,
    replay_run,
    run_commissions,
)
from counterfoil.foundation.acting import acting_as, staff
from tests.faults.kill import die_at
from tests.flows.test_run_commissions import AT, LEAD, made_world
from tests.money_stock import CHECKER, FINANCE

pytestmark = [pytest.mark.db, pytest.mark.crash, pytest.mark.slow]
LATE = datetime(2026, 6, 1, tzinfo=UTC)
EARNED = 78_300
CODE = """
from pathlib import Path
from tests.faults.test_commission_kills import STEPS
with acting_as(staff()):
    STEPS[{step!r}](Path({folder!r}))
"""
PLAN = {"plan_code": "channel-commission", "program": "growth"}


def _run(folder: Path) -> None:
    run_commissions(
        **PLAN, month="2026-04", received_until=date(2026, 5, 4),
        store=LocalFiles(folder / "store"), by=FINANCE, at=AT,
    )  # fmt: skip


def _newest() -> str:
    return list_runs()[0].public_id


def _approve(_folder: Path) -> None:
    approve_commissions(run_id=_newest(), region="DACH", by=LEAD, at=AT)
    approve_commissions(run_id=_newest(), region=CENTRAL, by=CHECKER, at=AT)


STEPS = {
    "run": _run,
    "approve": _approve,
    "post": lambda _folder: post_commissions(run_id=_newest(), by=CHECKER, at=AT),
    "release": lambda _folder: release_commissions(**PLAN, by=FINANCE, at=LATE),
}
ORDER = tuple(STEPS)


def do(step: str, folder: Path) -> None:
    """This will take a step; what it refuses because it is done already is no failure."""
    with acting_as(staff()):
        STEPS[step](folder)


def held(kind: AccountKind) -> int:
    with acting_as(staff()):
        return sum(each.balance.minor for each in balances(kinds=[kind]))


@pytest.fixture
def sold(own_database, tmp_path):
    """A month with sales, of which nothing is computed yet."""
    world = made_world(tmp_path)
    with acting_as(staff()):
        world.sell("a", date(2026, 4, 2), 2_400_000)
        world.sell("b", date(2026, 4, 30), 200_000)
    return own_database


@pytest.mark.parametrize(
    ("point", "step"),
    [
        ("commissions.frozen", "run"),
        ("commissions.stored", "run"),
        ("commissions.computed", "run"),
        ("commissions.replaced", "run"),
        ("commissions.lines", "run"),
        ("commissions.recorded", "run"),
        ("commissions.approved", "approve"),
        ("commissions.marked", "post"),
        ("commissions.posted", "post"),
        ("commissions.due", "release"),
        ("commissions.released", "release"),
    ],
)
def test_a_month_that_was_killed_goes_on_and_counts_once(point, step, sold, tmp_path):
    for done in ORDER[: ORDER.index(step)]:
        do(done, tmp_path)
    before = {kind: held(kind) for kind in (AccountKind.ACCRUED_COMMISSION, AccountKind.PAYABLE)}

    die_at(point, database=sold, code=CODE.format(step=step, folder=str(tmp_path)))

    assert {kind: held(kind) for kind in before} == before
    for again in ORDER[ORDER.index(step) :]:
        do(again, tmp_path)
    with acting_as(staff()):
        assert list(ledger_findings()) == []
        [run] = list_runs()
        assert run.state == "posted"
        assert replay_run(run_id=run.public_id, store=LocalFiles(tmp_path / "store")).is_same
    assert held(AccountKind.PAYABLE) == EARNED
    assert held(AccountKind.ACCRUED_COMMISSION) == 0


def _propose(_folder: Path) -> None:
    propose_adjustment(
        **PLAN, partner_id=list_partners(search="Alpine").partners[0].id, month="2026-04",
        kind=AdjustmentKind.ADJUSTMENT, reason=Reason.PAID_TOO_MUCH, amount=Money(-500, "USD"),
        note="Paid twice.", by=FINANCE, at=AT,
    )  # fmt: skip


def _agree(_folder: Path) -> None:
    approve_adjustment(adjustment_id=list_adjustments()[0].public_id, by=CHECKER, at=AT)


def _refuse(_folder: Path) -> None:
    refuse_adjustment(
        adjustment_id=list_adjustments()[0].public_id, by=CHECKER, at=AT, note="Not agreed."
    )


def _state(folder: Path) -> None:
    issue_statements(
        month="2026-04", store=LocalFiles(folder / "store"), pdf=TypstPdf(), by=FINANCE, at=LATE
    )


STEPS |= {"propose": _propose, "agree": _agree, "refuse": _refuse, "state": _state}


@pytest.mark.parametrize("point", ["adjustment.posted", "adjustment.approved"])
def test_an_adjustment_whose_approval_was_killed_waits_and_counts_once(point, sold, tmp_path):
    for done in ("run", "approve", "post", "propose"):
        do(done, tmp_path)

    die_at(point, database=sold, code=CODE.format(step="agree", folder=str(tmp_path)))

    assert held(AccountKind.ACCRUED_COMMISSION) == EARNED
    do("agree", tmp_path)
    assert held(AccountKind.ACCRUED_COMMISSION) == EARNED - 500
    with acting_as(staff()):
        assert list(ledger_findings()) == []


@pytest.mark.parametrize("point", ["statements.printed", "statements.issued"])
def test_statements_whose_issuing_was_killed_are_issued_whole_and_once(point, sold, tmp_path):
    for done in ORDER[:3]:
        do(done, tmp_path)

    code = CODE.format(step="state", folder=str(tmp_path))
    die_at(point, database=sold, code=code, is_forked=False)

    with acting_as(staff()):
        assert not list_statements(month="2026-04")
    for _ in range(2):
        do("state", tmp_path)
    with acting_as(staff()):
        issued = list_statements(month="2026-04")
    assert sorted(each.number for each in issued) == [1, 1]
    assert len({each.partner_id for each in issued}) == 2


def test_of_eight_approvals_of_an_adjustment_one_posts(sold, tmp_path):
    for done in ("run", "approve", "post", "propose"):
        do(done, tmp_path)

    refusals = _race(8, lambda: _agree(tmp_path))

    assert refusals.count(None) == 1
    assert held(AccountKind.ACCRUED_COMMISSION) == EARNED - 500


def test_an_approval_and_a_refusal_of_an_adjustment_have_one_winner(sold, tmp_path):
    for done in ("run", "approve", "post", "propose"):
        do(done, tmp_path)
    acts = iter([_agree, _refuse, _agree, _refuse])

    refusals = _race(4, lambda: next(acts)(tmp_path))

    assert refusals.count(None) == 1
    with acting_as(staff()):
        [found] = list_adjustments()
    taken = 500 if found.state == "approved" else 0
    assert held(AccountKind.ACCRUED_COMMISSION) == EARNED - taken


def _race(count: int, act) -> list[Exception | None]:
    def one(_place: int) -> Exception | None:
        try:
            with acting_as(staff()):
                act()
        except EarningsError as error:
            return error
        finally:
            connection.close()
        return None

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_eight_postings_at_once_post_once(sold, tmp_path):
    do("run", tmp_path)
    do("approve", tmp_path)

    _race(8, lambda: STEPS["post"](tmp_path))

    assert held(AccountKind.ACCRUED_COMMISSION) == EARNED


def test_eight_releases_at_once_release_once(sold, tmp_path):
    for step in ORDER[:3]:
        do(step, tmp_path)

    _race(8, lambda: STEPS["release"](tmp_path))

    assert held(AccountKind.PAYABLE) == EARNED
    assert held(AccountKind.ACCRUED_COMMISSION) == 0


def test_runs_of_a_month_at_once_leave_one_draft(sold, tmp_path):
    _race(4, lambda: _run(tmp_path))

    with acting_as(staff()):
        drafts = [run for run in list_runs() if run.state == "draft"]
        assert len(drafts) == 1
        assert get_run(drafts[0].public_id).total.minor == EARNED
