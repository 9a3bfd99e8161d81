"""A month of commissions from sales lines to the ledger: run, approve, post, correct, release."""

from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, connection, transaction

from counterfoil.adapters.files_local import LocalFiles
from counterfoil.apps.earnings.errors import (
    NotApproved,
    PlanNotPublishable,
    SamePerson,
    UnknownPlan,
    WrongState,
)
from counterfoil.apps.earnings.models import PlanVersion, Run, RunApproval, RunLine
from counterfoil.apps.earnings.selectors import (
    exceptions_of_run,
    explain_sales_line,
    get_run,
    list_runs,
    shares_of_run,
)
from counterfoil.apps.earnings.services import name_party, publish_plan, save_plan, use_plan
from counterfoil.apps.earnings.types import CENTRAL
from counterfoil.apps.ledger.selectors import balances, payables_due
from counterfoil.apps.partners.models import Organization
from counterfoil.apps.payouts.selectors import receivables_of
from counterfoil.apps.programs.services import record_sales_lines
from counterfoil.apps.programs.types import SalesLineDraft
from counterfoil.core.accounts import AccountKind
from counterfoil.core.actors import Actor, Grant
from counterfoil.core.authority import NotAllowed
from counterfoil.core.money import Money
from counterfoil.flows.close_month import close_month
from counterfoil.flows.run_commissions import (
    approve_commissions,
    jumps_of,
    post_commissions,
    release_commissions,
    replay_run,
    run_commissions,
)
from counterfoil.foundation.acting import acting_as, portal, staff
from tests.money_stock import CHECKER, FINANCE, OPS, make_partner, make_program
from tests.plan_stock import SHIPPED

pytestmark = [pytest.mark.db, pytest.mark.django_db]
LEAD = Actor("usr_lead", "Lea Lead", (Grant("team_lead", region="DACH"),), user_pk=4)
AT = datetime(2026, 5, 4, 9, tzinfo=UTC)
TEXT = (SHIPPED / "channel-commission.yaml").read_text(encoding="utf-8")


@pytest.fixture
def world(tmp_path):
    return made_world(tmp_path)


def made_world(folder):
    """A program that uses the shipped plan, and a partner with a distributor."""
    with acting_as(staff()):
        make_program(code="growth", currency="USD")
        seller = make_partner("Alpine Systems", program="growth")
        distributor = make_partner("Delta Distribution", program="growth")
        Organization.objects.update(region="DACH")
        saved = save_plan(source=TEXT, code="channel-commission", by=FINANCE, at=AT)
        publish_plan(version_id=saved.public_id, by=CHECKER, at=AT)
        use = use_plan(plan_code="channel-commission", program="growth", by=CHECKER, at=AT)
        name_party(use=use.public_id, partner_id=seller.pk, party="distributor",
                   beneficiary_id=distributor.pk, by=FINANCE, at=AT)  # fmt: skip
    return World(seller, distributor, use, LocalFiles(folder / "store"))


class World:
    def __init__(self, seller, distributor, use, store):
        self.seller, self.distributor, self.use, self.store = seller, distributor, use, store

    def sell(self, key, on, minor, *, category="Bikes", kind="sale", original="", received=None):
        line = SalesLineDraft(
            partner_id=self.seller.pk, source_key=key, order_number=key, sold_on=on,
            received_on=received or on, quantity=1, amount=Money(minor, "USD"), kind=kind,
            category=category, original_key=original,
        )  # fmt: skip
        record_sales_lines(source="crm", lines=[line], import_run="imp_1", by=OPS, at=AT)

    def run(self, month="2026-04", *, by=FINANCE, until=date(2026, 5, 4), at=AT):
        return run_commissions(
            plan_code="channel-commission", program="growth", month=month, received_until=until,
            store=self.store, by=by, at=at,
        )  # fmt: skip

    def post(self, run, *, at=AT):
        approve_commissions(run_id=run.public_id, region="DACH", by=LEAD, at=at)
        approve_commissions(run_id=run.public_id, region=CENTRAL, by=CHECKER, at=at)
        return post_commissions(run_id=run.public_id, by=CHECKER, at=at)

    def held(self):
        return {
            (b.account.partner_id, b.account.period): b.balance.minor
            for b in balances(kinds=[AccountKind.ACCRUED_COMMISSION])
            if not b.balance.is_zero
        }

    def earned(self, run):
        return {s.partner_id: s.earned.minor for s in shares_of_run(run.public_id)}


def test_a_month_is_computed_approved_posted_and_released(world):
    with acting_as(staff()):
        world.sell("a", date(2026, 4, 2), 2_400_000)
        world.sell("b", date(2026, 4, 30), 200_000)
        run = world.run()
        assert world.earned(run) == {world.seller.pk: 70_470, world.distributor.pk: 7_830}
        assert jumps_of(run) == ()
        posted = world.post(run)
        assert posted.state == "posted"
        assert world.held() == {
            (world.seller.public_id, "2026-04"): 70_470,
            (world.distributor.public_id, "2026-04"): 7_830,
        }
        early = release_commissions(
            plan_code="channel-commission", program="growth", by=FINANCE, at=AT
        )
        assert early == ()
        late = datetime(2026, 6, 1, tzinfo=UTC)
        told = release_commissions(
            plan_code="channel-commission", program="growth", by=FINANCE, at=late
        )
        assert sorted(amount.minor for _, amount in told) == [7_830, 70_470]
        assert world.held() == {}
        due = {item.partner_id: item for item in payables_due()}
        assert due[world.seller.pk].amount == Money(70_470, "USD")
        assert due[world.seller.pk].payable_ref.startswith("com_")


def test_less_than_the_minimum_payout_is_carried_forward(world):
    with acting_as(staff()):
        world.sell("a", date(2026, 4, 2), 100_000)
        world.post(world.run())
        late = datetime(2026, 6, 1, tzinfo=UTC)
        arguments = {"plan_code": "channel-commission", "program": "growth", "by": FINANCE}
        assert release_commissions(**arguments, at=late) == ()
        world.sell("b", date(2026, 5, 2), 200_000)
        may = datetime(2026, 6, 2, tzinfo=UTC)
        world.post(world.run("2026-05", until=date(2026, 6, 2), at=may), at=may)
        told = release_commissions(**arguments, at=datetime(2026, 7, 1, 12, tzinfo=UTC))
        assert told == ((world.seller.public_id, Money(8_100, "USD")),)


def test_who_earned_in_the_last_posted_month_and_nothing_now_is_a_jump(world):
    with acting_as(staff()):
        world.sell("a", date(2026, 4, 2), 100_000)
        world.post(world.run())
        jumps = jumps_of(
            world.run("2026-05", until=date(2026, 6, 2), at=datetime(2026, 6, 2, tzinfo=UTC))
        )

        assert [(each.partner_name, each.earned.minor, each.why) for each in jumps] == [
            ("Alpine Systems", 0, ("It sold nothing, before 1000.00 USD in 1 line.",)),
            ("Delta Distribution", 0, ("Others sold more or less of what it shares in.",)),
        ]


def test_the_same_input_gives_the_same_manifest_and_replaces_the_draft(world):
    with acting_as(staff()):
        world.sell("a", date(2026, 4, 2), 123_456)
        first, second = world.run(), world.run(by=OPS)
        assert first.manifest == second.manifest
        assert (first.lines_sha256, first.earlier_sha256) == (
            second.lines_sha256, second.earlier_sha256,
        )  # fmt: skip
        assert [run.state for run in list_runs()] == ["draft", "replaced"]
        world.sell("c", date(2026, 4, 3), 1)
        assert world.run().manifest != first.manifest


def test_a_posted_run_replays_to_the_same_integers_and_a_changed_one_does_not(world):
    with acting_as(staff()):
        world.sell("a", date(2026, 4, 2), 2_412_345)
        world.sell("r", date(2026, 4, 9), 12_345, kind="refund", original="a")
        run = world.post(world.run())
        assert replay_run(run_id=run.public_id, store=world.store).is_same
        world.sell("late", date(2026, 4, 1), 5_000, received=date(2026, 5, 20))
        assert replay_run(run_id=run.public_id, store=world.store).is_same
        refused = pytest.raises(DatabaseError)
        with connection.cursor() as cursor, refused, transaction.atomic():
            cursor.execute("UPDATE earnings_runline SET raw_minor = raw_minor + 1")


def test_late_lines_and_refunds_after_posting_come_as_differences_with_their_origin(world):
    with acting_as(staff()):
        world.sell("a", date(2026, 4, 2), 2_000_000)
        world.post(world.run())
        close_month(code="2026-04", by=CHECKER, at=AT)
        world.sell("late", date(2026, 4, 3), 1_000_000, received=date(2026, 5, 5))
        world.sell("r", date(2026, 5, 6), 2_000_000, kind="refund", original="a")
        later = datetime(2026, 6, 2, 9, tzinfo=UTC)
        again = world.run(until=date(2026, 6, 2), at=later)
        assert again.is_correction
        assert again.difference == Money(31_500, "USD")
        world.post(again, at=later)
        may = world.run("2026-05", until=date(2026, 6, 2), at=later)
        assert world.earned(may)[world.seller.pk] == -54_000
        world.post(may, at=later)
        owed = {
            b.account.partner_id: b.balance.minor
            for b in balances(kinds=[AccountKind.RECEIVABLE_CLAWBACK])
        }
        assert owed == {world.seller.public_id: 54_000, world.distributor.public_id: 6_000}


def test_a_refund_without_a_known_line_is_an_exception(world):
    with acting_as(staff()):
        world.sell("r", date(2026, 4, 9), 12_345, kind="refund", original="nobody")
        run = world.run()
        assert [each.kind for each in exceptions_of_run(run.public_id)] == ["no_original"]
        assert run.total == Money(0, "USD")


def test_a_figure_is_explained_down_to_its_line(world):
    with acting_as(staff()):
        world.sell("a", date(2026, 4, 2), 2_400_000)
        world.sell("b", date(2026, 4, 30), 200_000)
        world.sell("r", date(2026, 4, 30), 100_000, kind="refund", original="b")
        run = world.run()
        (found,) = explain_sales_line(run.public_id, source_key="b")
        assert [step.result for step in found.steps][-2:] == [
            "63.00 USD", "partner 56.70 USD, distributor 6.30 USD",
        ]  # fmt: skip
        (back,) = explain_sales_line(run.public_id, source_key="r")
        assert "63.00 USD" in back.steps[1].calculation
        assert back.line.commission == Money(-3_150, "USD")


def test_a_share_that_nobody_is_named_for_is_said_to_stay_with_the_partner(world):
    with acting_as(staff()):
        other = make_partner("Baltic Trading", program="growth")
        line = SalesLineDraft(
            partner_id=other.pk, source_key="x", order_number="x", sold_on=date(2026, 4, 2),
            received_on=date(2026, 4, 2), quantity=1, amount=Money(100_000, "USD"), kind="sale",
            category="Bikes", original_key="",
        )  # fmt: skip
        record_sales_lines(source="crm", lines=[line], import_run="imp_1", by=OPS, at=AT)
        run = world.run()
        (found,) = explain_sales_line(run.public_id, source_key="x")
        (share,) = [s for s in shares_of_run(run.public_id) if s.partner_id == other.pk]
    last = found.steps[-1]
    assert "nobody is named who is the distributor here" in last.calculation
    assert last.result == share.earned.format_plain() == "30.00 USD"


def test_who_made_a_run_neither_approves_nor_posts_it(world):
    both = Actor("usr_maker", "Max", (Grant("team_lead"), Grant("finance_checker")), user_pk=2)
    with acting_as(staff()):
        world.sell("a", date(2026, 4, 2), 100_000)
        run = world.run()
        with pytest.raises(SamePerson):
            approve_commissions(run_id=run.public_id, region="DACH", by=both, at=AT)
        with pytest.raises(NotAllowed):
            approve_commissions(run_id=run.public_id, region="DACH", by=OPS, at=AT)
        with pytest.raises(NotApproved, match="regions come first"):
            approve_commissions(run_id=run.public_id, region=CENTRAL, by=CHECKER, at=AT)
        with pytest.raises(NotApproved, match="DACH, the center"):
            post_commissions(run_id=run.public_id, by=CHECKER, at=AT)
        assert get_run(run.public_id).lacking == ("DACH", CENTRAL)


def test_the_database_itself_refuses_an_unapproved_posting_and_a_maker_as_approver(world):
    with acting_as(staff()):
        world.sell("a", date(2026, 4, 2), 100_000)
        world.run()
        row = Run.objects.get()
        row.state, row.posted_by, row.posted_at = "posted", CHECKER.id, AT
        with pytest.raises(DatabaseError, match="lacks the approval"), transaction.atomic():
            row.save()
        approval = RunApproval(
            run=row, region="DACH", manifest_sha256=row.manifest_sha256, made_by=row.made_by,
            approver=row.made_by, at=AT,
        )  # fmt: skip
        with pytest.raises(DatabaseError, match="second_person"), transaction.atomic():
            approval.save()
        other = RunApproval(
            run=row, region="DACH", manifest_sha256="0" * 64, made_by=row.made_by,
            approver="usr_other", at=AT,
        )  # fmt: skip
        with pytest.raises(DatabaseError, match="very results"), transaction.atomic():
            other.save()


def test_a_run_is_refused_before_its_month_is_over_and_without_a_plan(world):
    with acting_as(staff()):
        with pytest.raises(WrongState, match="not over"):
            world.run("2026-05")
        with pytest.raises(WrongState, match="not a month"):
            world.run("May 2026")
        with pytest.raises(UnknownPlan, match="does not use"):
            run_commissions(
                plan_code="other", program="growth", month="2026-04",
                received_until=date(2026, 5, 4), store=world.store, by=FINANCE, at=AT,
            )  # fmt: skip


def test_a_plan_is_published_by_somebody_else_once_its_examples_come_out(world):
    with acting_as(staff()):
        bad = save_plan(
            source=TEXT.replace("36.90", "36.91"), code="channel-commission", by=FINANCE, at=AT
        )
        assert "earns 36.90 USD" in str(bad.problems[0])
        with pytest.raises(PlanNotPublishable):
            publish_plan(version_id=bad.public_id, by=CHECKER, at=AT)
        author = Actor("usr_adm", "Ada", (Grant("administrator"),), user_pk=5)
        own = save_plan(source=TEXT, code="channel-commission", by=author, at=AT)
        with pytest.raises(SamePerson):
            publish_plan(version_id=own.public_id, by=author, at=AT)
        published = PlanVersion.objects.get(state="published")
        published.source = ""
        with pytest.raises(DatabaseError), transaction.atomic():
            published.save()


def test_a_partner_reads_its_own_lines_and_no_others(world):
    with acting_as(staff()):
        world.sell("a", date(2026, 4, 2), 100_000)
        world.post(world.run())
    with acting_as(portal(world.seller.pk)):
        assert RunLine.objects.count() == 1
    with acting_as(portal(world.distributor.pk)):
        assert RunLine.objects.count() == 0


def test_a_clawback_beyond_later_earnings_is_kept_back_until_it_is_worked_off(world):
    arguments = {"plan_code": "channel-commission", "program": "growth", "by": FINANCE}
    with acting_as(staff()):
        world.sell("a", date(2026, 4, 2), 2_000_000)
        world.post(world.run())
        release_commissions(**arguments, at=datetime(2026, 6, 1, tzinfo=UTC))
        # April earned 600.00 and is payable; May takes all of it back and earns 300.00.
        world.sell("r", date(2026, 5, 6), 2_000_000, kind="refund", original="a")
        world.sell("b", date(2026, 5, 7), 1_000_000)
        june = datetime(2026, 6, 2, 9, tzinfo=UTC)
        may = world.post(world.run("2026-05", until=date(2026, 6, 2), at=june), at=june)

        assert world.earned(may)[world.seller.pk] == 27_000 - 54_000
        assert world.held() == {}
        owed = {
            each.account.period: each.balance.minor
            for each in balances(kinds=[AccountKind.RECEIVABLE_CLAWBACK])
            if each.account.partner_id == world.seller.public_id
        }
        assert owed == {"2026-05": 27_000}
        taken = receivables_of(partner_ids=[world.seller.pk], currency="USD")
        assert [amount.minor for _, amount in taken[world.seller.pk]] == [27_000]


def test_a_run_names_the_months_whose_lines_came_late_and_whose_refunds_moved(world):
    with acting_as(staff()):
        world.sell("a", date(2026, 2, 3), 2_400_000)
        world.sell("r", date(2026, 3, 3), 1_200_000, kind="refund", original="a")
        world.sell("late", date(2026, 2, 2), 2_000_000, received=date(2026, 4, 20))
        for month in ("2026-02", "2026-03"):
            run = world.run(month, until=date(2026, 4, 5))
            assert exceptions_of_run(run.public_id) == ()
            world.post(run)

        april = world.run("2026-04", until=date(2026, 5, 4))
        [late] = exceptions_of_run(april.public_id)
        assert (late.kind, late.about) == ("late_lines", "2026-02")
        again = world.run("2026-02")
        [moved] = exceptions_of_run(again.public_id)
        assert (moved.kind, moved.about) == ("run_again", "2026-03")
        world.post(again)
        world.post(world.run("2026-03"))
        assert exceptions_of_run(world.run("2026-04").public_id) == ()
