"""Where a plan's commission stands: earned, held, approved, paid, owed back, always tied."""

from datetime import UTC, date, datetime

import pytest

from counterfoil.apps.ledger import checks
from counterfoil.apps.ledger.checks import unproved_trackers
from counterfoil.apps.ledger.selectors import money_months, plan_rows
from counterfoil.apps.ledger.services import post_entry
from counterfoil.core.journal import (
    FundShare,
    commission_taken_back,
    payment_rejected,
    payment_released,
)
from counterfoil.core.money import Money
from counterfoil.flows.run_commissions import release_commissions
from counterfoil.foundation.acting import acting_as, staff
from tests.flows.test_run_commissions import made_world
from tests.money_stock import CHECKER, FINANCE

pytestmark = [pytest.mark.db, pytest.mark.django_db]
LATE = datetime(2026, 6, 1, tzinfo=UTC)
STAGES = ("earned", "taken_back", "held", "approved", "paid", "owed_back")


@pytest.fixture
def world(tmp_path):
    """April is posted: 704.70 USD for the seller, 78.30 USD for its distributor."""
    made = made_world(tmp_path)
    with acting_as(staff()):
        made.sell("a", date(2026, 4, 2), 2_400_000)
        made.sell("b", date(2026, 4, 30), 200_000)
        made.post(made.run())
    return made


def seller_share(world):
    return FundShare(fund=world.use.public_id, period="2026-04", partner_id=world.seller.public_id)


def post(draft):
    post_entry(draft=draft, by=CHECKER, at=LATE)


def pay(world, gross: int, netted: int = 0):
    share = seller_share(world)
    post(
        payment_released(
            share=share, gross=usd(gross), netted=[(share, usd(netted))] if netted else [],
            message_id="MSG-1", effective_on=date(2026, 6, 2), idem_key=f"pay/{gross}/{netted}",
            source_ref="pay_1",
        )
    )  # fmt: skip


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def release(world):
    release_commissions(plan_code="channel-commission", program="growth", by=FINANCE, at=LATE)


def stages(**how) -> list[tuple[int, ...]]:
    rows = plan_rows(**how)
    assert all(row.difference.is_zero for row in rows)
    return [tuple(getattr(row, name).minor for name in STAGES) for row in rows]


def test_what_is_posted_is_earned_and_held(world):
    with acting_as(staff()):
        assert stages() == [(78_300, 0, 78_300, 0, 0, 0)]
        assert stages(partner_id=world.seller.pk) == [(70_470, 0, 70_470, 0, 0, 0)]
        assert len(stages(is_by_partner=True)) == 2


def test_what_is_released_is_approved_and_what_left_on_a_file_is_paid(world):
    with acting_as(staff()):
        release(world)
        assert stages(partner_id=world.seller.pk) == [(70_470, 0, 0, 70_470, 0, 0)]
        pay(world, 70_470)
        assert stages(partner_id=world.seller.pk) == [(70_470, 0, 0, 0, 70_470, 0)]


def test_a_refused_payment_is_owed_again(world):
    with acting_as(staff()):
        release(world)
        pay(world, 70_470)
        post(
            payment_rejected(
                share=seller_share(world), amount=usd(70_470), message_id="MSG-1",
                effective_on=date(2026, 6, 3), idem_key="reject", source_ref="pay_1",
            )
        )  # fmt: skip
        assert stages(partner_id=world.seller.pk) == [(70_470, 0, 0, 70_470, 0, 0)]


def test_what_is_taken_back_of_paid_commission_is_owed_back_until_it_is_kept_back(world):
    with acting_as(staff()):
        release(world)
        pay(world, 60_000)
        post(
            commission_taken_back(
                share=seller_share(world), amount=usd(10_000), accrued=usd(0),
                effective_on=date(2026, 6, 3), idem_key="back", source_ref="run_x",
            )
        )  # fmt: skip
        assert stages(partner_id=world.seller.pk) == [(70_470, 10_000, 0, 10_470, 60_000, 10_000)]
        pay(world, 10_470, netted=10_000)
        assert stages(partner_id=world.seller.pk) == [(70_470, 10_000, 0, 0, 60_470, 0)]


def test_months_tell_what_became_owed_what_was_paid_and_what_is_on_its_way(world):
    with acting_as(staff()):
        release(world)
        pay(world, 70_470)
        told = {row.month: row for row in money_months(first="2026-03", last="2026-07")}

    assert list(told) == ["2026-03", "2026-04", "2026-05", "2026-06", "2026-07"]
    assert sum(row.accrued.minor for row in told.values()) == 78_300
    assert [row.paid.minor for row in told.values()] == [0, 0, 0, 70_470, 0]
    assert [row.in_transit.minor for row in told.values()] == [0, 0, 0, 70_470, 70_470]


def test_a_later_view_begins_with_what_was_on_its_way_before(world):
    with acting_as(staff()):
        release(world)
        pay(world, 70_470)
        [july] = money_months(first="2026-07", last="2026-07")

    assert (july.accrued.minor, july.paid.minor, july.in_transit.minor) == (0, 0, 70_470)


def test_the_stages_of_plans_cost_one_query(world, django_assert_num_queries):
    with acting_as(staff()), django_assert_num_queries(1):
        plan_rows(is_by_partner=True)


@pytest.mark.parametrize("wrong", ["held", "approved", "owed_back"])
def test_planted_fault_a_plan_row_that_differs_from_the_ledger_is_named(world, monkeypatch, wrong):
    from dataclasses import replace

    def off(**how):
        rows = plan_rows(**how)
        return tuple(replace(row, **{wrong: getattr(row, wrong) + usd(1)}) for row in rows)

    with acting_as(staff()):
        release(world)
        assert list(unproved_trackers()) == []
        monkeypatch.setattr(checks, "plan_rows", off)
        findings = list(unproved_trackers())

    assert {finding.check for finding in findings} == {"tracker equals ledger", "tracker adds up"}
    assert all(world.use.public_id in finding.subject for finding in findings)
