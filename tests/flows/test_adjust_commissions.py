"""Adjustments and bonuses: proposed, approved by a second person, posted beside the runs."""

from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, connection, transaction

from counterfoil.apps.earnings.errors import SamePerson, WrongState
from counterfoil.apps.earnings.models import Adjustment
from counterfoil.apps.earnings.selectors import (
    adjustments_of,
    get_run,
    list_adjustments,
    shares_of_run,
)
from counterfoil.apps.ledger.checks import ledger_findings
from counterfoil.apps.ledger.selectors import balances, entries_of, payables_due
from counterfoil.apps.payouts.selectors.pay_ready import receivables_of
from counterfoil.core.accounts import AccountKind
from counterfoil.core.actors import Actor, Grant
from counterfoil.core.adjustments import REASONS, AdjustmentKind, Reason
from counterfoil.core.authority import NotAllowed
from counterfoil.core.money import Money
from counterfoil.flows.adjust_commissions import (
    approve_adjustment,
    propose_adjustment,
    refuse_adjustment,
)
from counterfoil.flows.close_month import close_month
from counterfoil.flows.run_commissions import release_commissions
from counterfoil.foundation.acting import acting_as, portal, staff
from tests.flows.test_run_commissions import AT, LEAD, world  # noqa: F401  fixture
from tests.money_stock import CHECKER, FINANCE, OPS

pytestmark = [pytest.mark.db, pytest.mark.django_db]
LATE = datetime(2026, 6, 1, tzinfo=UTC)
PLAN = {"plan_code": "channel-commission", "program": "growth"}


def proposed(world, minor, reason=Reason.ANSWERED_QUESTION, *, by=FINANCE, at=AT, **changes):  # noqa: F811
    kind = next(kind for kind in AdjustmentKind if reason in REASONS[kind])
    given = {
        "partner_id": world.seller.public_id, "month": "2026-04", "kind": kind, "reason": reason,
        "amount": Money(minor, "USD"), "note": "Order 77 was sold by you, too.",
    } | changes  # fmt: skip
    return propose_adjustment(**PLAN, **given, by=by, at=at)


def approved(world, minor, reason=Reason.ANSWERED_QUESTION, *, at=AT, **changes):  # noqa: F811
    row = proposed(world, minor, reason, at=at, **changes)
    return approve_adjustment(adjustment_id=row.public_id, by=CHECKER, at=at)


def owed(world):  # noqa: F811
    return {
        each.account.period: each.balance.minor
        for each in balances(kinds=[AccountKind.RECEIVABLE_CLAWBACK])
        if each.account.partner_id == world.seller.public_id and not each.balance.is_zero
    }


def test_an_adjustment_is_held_with_its_month_and_the_run_stays_as_it_was(world):  # noqa: F811
    with acting_as(staff()):
        world.sell("a", date(2026, 4, 2), 2_400_000)
        run = world.post(world.run())
        before = get_run(run.public_id), shares_of_run(run.public_id)

        done = approved(world, 5_000)

        assert (get_run(run.public_id), shares_of_run(run.public_id)) == before
        assert done.state == "approved"
        assert world.held()[world.seller.public_id, "2026-04"] == 64_800 + 5_000
        [mine] = adjustments_of(partner_id=world.seller.pk, month="2026-04")
        assert (mine.public_id, mine.amount) == (done.public_id, Money(5_000, "USD"))
        [entry] = entries_of(source_ref=done.public_id).items
        assert (entry.kind, entry.public_id) == ("commission_adjusted", done.entry_id)
        assert ledger_findings() == ()


def test_a_bonus_without_any_sale_is_released_and_owed_under_its_own_name(world):  # noqa: F811
    with acting_as(staff()):
        bonus = approved(world, 30_000, Reason.SALES_CONTEST)

        told = release_commissions(**PLAN, by=FINANCE, at=LATE)

        assert told == ((world.seller.public_id, Money(30_000, "USD")),)
        [due] = payables_due()
        assert due.payable_ref == bonus.public_id


def test_what_is_added_after_a_release_is_released_once_more(world):  # noqa: F811
    with acting_as(staff()):
        world.sell("a", date(2026, 4, 2), 2_400_000)
        world.post(world.run())
        release_commissions(**PLAN, by=FINANCE, at=LATE)

        approved(world, 6_000, at=LATE)
        told = release_commissions(**PLAN, by=FINANCE, at=LATE)
        again = release_commissions(**PLAN, by=FINANCE, at=LATE)

        assert (told, again) == (((world.seller.public_id, Money(6_000, "USD")),), ())
        mine = [due for due in payables_due() if due.partner_id == world.seller.pk]
        assert sorted(due.amount.minor for due in mine) == [6_000, 64_800]
        assert world.held() == {}


def test_below_zero_is_taken_from_what_is_held_and_the_rest_is_owed_and_netted(world):  # noqa: F811
    with acting_as(staff()):
        world.sell("a", date(2026, 4, 2), 100_000)
        world.post(world.run())
        assert world.held()[world.seller.public_id, "2026-04"] == 2_700

        approved(world, -10_000, Reason.PAID_TOO_MUCH)

        assert (world.seller.public_id, "2026-04") not in world.held()
        assert owed(world) == {"2026-04": 7_300}
        approved(world, 30_000, Reason.TARGET_REACHED)
        release_commissions(**PLAN, by=FINANCE, at=LATE)
        taken = receivables_of(partner_ids=[world.seller.pk], currency="USD")
        assert [amount.minor for _, amount in taken[world.seller.pk]] == [7_300]


def test_an_adjustment_of_a_closed_month_is_an_entry_of_today_with_its_origin(world):  # noqa: F811
    with acting_as(staff()):
        world.sell("a", date(2026, 4, 2), 100_000)
        world.post(world.run())
        close_month(code="2026-04", by=CHECKER, at=AT)

        done = approved(world, 1_000)

        [entry] = entries_of(source_ref=done.public_id).items
        assert (entry.effective_on, entry.origin_period) == (date(2026, 5, 4), "2026-04")


def test_who_proposed_it_does_not_approve_it_in_the_flow_or_in_the_database(world):  # noqa: F811
    lead = Actor("usr_lead", "Lea Lead", (Grant("team_lead"),), user_pk=4)
    with acting_as(staff()):
        row = proposed(world, 1_000, by=lead)
        with pytest.raises(SamePerson):
            approve_adjustment(adjustment_id=row.public_id, by=lead, at=AT)
        stored = Adjustment.objects.get()
        stored.state, stored.decided_by, stored.decided_at = "approved", lead.id, AT
        stored.entry_id = "ent_any"
        with pytest.raises(DatabaseError), transaction.atomic():
            stored.save()


def test_an_approval_without_its_entry_is_held_by_the_database(world):  # noqa: F811
    with acting_as(staff()):
        other = approved(world, 1_000)
        proposed(world, 2_000)
        stored = Adjustment.objects.get(state="proposed")
        stored.state, stored.decided_by, stored.decided_at = "approved", CHECKER.id, AT
        stored.entry_id = other.entry_id
        with pytest.raises(DatabaseError, match="is not what entry"), transaction.atomic():
            stored.save()


def test_a_decided_adjustment_never_changes_and_none_is_deleted(world):  # noqa: F811
    with acting_as(staff()):
        approved(world, 1_000)
        refused = pytest.raises(DatabaseError, match="never changes")
        with connection.cursor() as cursor, refused, transaction.atomic():
            cursor.execute("UPDATE earnings_adjustment SET amount_minor = 9")
        gone = pytest.raises(DatabaseError)
        with connection.cursor() as cursor, gone, transaction.atomic():
            cursor.execute("DELETE FROM earnings_adjustment")


def test_beyond_ones_limit_or_region_nobody_approves(world):  # noqa: F811
    small = Actor(
        "usr_small", "Sam", (Grant("finance_checker", limit_minor=500, limit_currency="USD"),),
        user_pk=9,
    )  # fmt: skip
    west = Actor("usr_west", "Wes", (Grant("team_lead", region="West"),), user_pk=10)
    with acting_as(staff()):
        plus, minus = proposed(world, 501), proposed(world, -501)
        for row in (plus, minus):
            with pytest.raises(NotAllowed, match="above your limit"):
                approve_adjustment(adjustment_id=row.public_id, by=small, at=AT)
        with pytest.raises(NotAllowed, match="region"):
            approve_adjustment(adjustment_id=plus.public_id, by=west, at=AT)
        approve_adjustment(adjustment_id=plus.public_id, by=LEAD, at=AT)
        with pytest.raises(NotAllowed):
            proposed(world, 1, by=CHECKER)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"amount": Money(0, "USD")}, "zero"),
        ({"amount": Money(10, "EUR")}, "counts in USD"),
        ({"note": "  "}, "Say why"),
        ({"month": "May"}, "not a month"),
        ({"month": "2026-06"}, "has not begun"),
        ({"kind": AdjustmentKind.BONUS}, "no reason of an bonus|no reason of a"),
        ({"kind": AdjustmentKind.BONUS, "reason": Reason.SALES_CONTEST,
          "amount": Money(-5, "USD")}, "above zero"),
        ({"reason": Reason.PAID_TOO_MUCH}, "below zero"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_refused_in_words(world, changes, words):  # noqa: F811
    given = {"kind": AdjustmentKind.ADJUSTMENT, **changes}
    with acting_as(staff()), pytest.raises(WrongState, match=words):
        proposed(world, 100, **given)


def test_the_same_proposal_waits_once_and_a_decision_is_final(world):  # noqa: F811
    with acting_as(staff()):
        row = proposed(world, 100)
        with pytest.raises(WrongState, match="very same"):
            proposed(world, 100, by=OPS)
        refuse_adjustment(adjustment_id=row.public_id, by=FINANCE, at=AT, note="Typed wrong")
        assert world.held() == {}
        with pytest.raises(WrongState, match="refused already"):
            approve_adjustment(adjustment_id=row.public_id, by=CHECKER, at=AT)
        assert [each.state for each in list_adjustments()] == ["refused"]
        with pytest.raises(NotAllowed):
            refuse_adjustment(
                adjustment_id=proposed(world, 100).public_id, by=OPS, at=AT, note="No"
            )


def test_a_partner_reads_its_own_adjustments_and_no_others(world):  # noqa: F811
    with acting_as(staff()):
        approved(world, 100)
    with acting_as(portal(world.seller.pk)):
        assert Adjustment.objects.count() == 1
    with acting_as(portal(world.distributor.pk)):
        assert Adjustment.objects.count() == 0
