"""A month's statements: they tie to the ledger, are kept by their hashes, and never change."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, transaction

from counterfoil.adapters.pdf_typst import TypstPdf
from counterfoil.apps.earnings.errors import UnknownStatement, WrongState
from counterfoil.apps.earnings.models import RunShare, Statement
from counterfoil.apps.earnings.selectors import (
    explain_own_line,
    get_statement,
    lines_of_figure,
    lines_of_statement,
    list_statements,
)
from counterfoil.apps.ledger.selectors import balances
from counterfoil.apps.messaging.models import OutboxMessage
from counterfoil.core.adjustments import AdjustmentKind, Reason
from counterfoil.core.authority import NotAllowed
from counterfoil.core.canonical import sha256_hex
from counterfoil.core.money import Money
from counterfoil.core.statements import OWED_KINDS, Balance, Group, Movement, NotTied, settle
from counterfoil.flows.adjust_commissions import approve_adjustment, propose_adjustment
from counterfoil.flows.close_month import close_month
from counterfoil.flows.issue_statements import issue_statements, statements_due
from counterfoil.flows.run_commissions import release_commissions
from counterfoil.foundation.acting import acting_as, portal, staff
from tests.flows.test_run_commissions import AT, made_world
from tests.money_stock import CHECKER, FINANCE, OPS
from tests.people_stock import partner_person

pytestmark = [pytest.mark.db, pytest.mark.django_db]
LATER = datetime(2026, 6, 3, 9, tzinfo=UTC)


@pytest.fixture
def world(tmp_path):
    world = made_world(tmp_path)
    with acting_as(staff()):
        partner_person("paula", world.seller.pk)
        partner_person("dora", world.distributor.pk)
    return world


def issue(world, month="2026-04", *, at=LATER, by=FINANCE, **more):
    return issue_statements(month=month, store=world.store, pdf=TypstPdf(), by=by, at=at, **more)


def of(issued, partner):
    (found,) = [each for each in issued.statements if each.partner_id == partner.pk]
    return found


def figures(statement):
    (account,) = statement.content.accounts
    return {(f.group, f.category, f.period): f.minor for f in account.figures}


def owed(partner):
    return sum(
        -b.balance.minor if b.account.kind == "receivable.clawback" else b.balance.minor
        for b in balances(kinds=OWED_KINDS, partner_id=partner.pk)
    )


def sell_april(world):
    world.sell("a", date(2026, 4, 2), 2_400_000)
    world.sell("b", date(2026, 4, 20), 100_000, category="Clothing")
    world.sell("c", date(2026, 4, 30), 50_000, kind="refund", original="a")


def test_a_statement_leads_from_the_opening_to_what_the_ledger_says(world):
    with acting_as(staff()):
        sell_april(world)
        run = world.run()
        world.post(run)
        issued = issue(world)
        mine, theirs = of(issued, world.seller), of(issued, world.distributor)
        (account,) = mine.content.accounts

        assert issued.left == 0
        assert (account.currency, account.opening) == ("USD", 0)
        assert account.closing == account.held == owed(world.seller)
        assert {group for group, _, _ in figures(mine)} == {
            Group.EARNED, Group.CLAWBACK, Group.PASSED_ON,
        }  # fmt: skip
        assert sum(figures(mine).values()) == account.closing
        assert set(figures(theirs)) == {(Group.SHARED, "", "2026-04")}
        assert theirs.content.accounts[0].closing == owed(world.distributor)
        assert sum(
            -f.minor for f in account.figures if f.group is Group.PASSED_ON
        ) == owed(world.distributor)  # fmt: skip


def test_every_own_figure_is_followed_to_lines_that_sum_to_it_and_each_line_to_its_steps(world):
    with acting_as(staff()):
        sell_april(world)
        world.post(world.run())
        mine = of(issue(world), world.seller)

    with acting_as(portal(world.seller.pk)):
        found = get_statement(mine.public_id, partner_id=world.seller.pk)
        for figure in found.content.accounts[0].figures:
            lines = lines_of_figure(found, figure)
            if figure.group in {Group.EARNED, Group.CLAWBACK}:
                assert sum(line.commission.minor for line in lines) == figure.minor
                assert len(lines) == figure.lines
            for line in lines:
                (told,) = explain_own_line(found, sales_line=line.sales_line, language="de")
                assert told.line.commission == line.commission
                assert told.steps[-1].what == "Aufteilung"
        refund = next(line for line in lines_of_statement(found) if line.is_refund)
        (told,) = explain_own_line(found, sales_line=refund.sales_line)
        assert "of 720.00 USD" in told.steps[1].calculation
        assert len(lines_of_statement(found)) == 3


def test_another_partners_statement_and_lines_are_not_there(world):
    with acting_as(staff()):
        sell_april(world)
        world.post(world.run())
        issued = issue(world)
        mine, theirs = of(issued, world.seller), of(issued, world.distributor)
        line = lines_of_statement(mine)[0].sales_line

    with acting_as(portal(world.distributor.pk)):
        assert [s.public_id for s in list_statements()] == [theirs.public_id]
        with pytest.raises(UnknownStatement):
            get_statement(mine.public_id)
        with pytest.raises(UnknownStatement):
            explain_own_line(theirs, sales_line=line)
        assert lines_of_statement(mine_as_theirs(mine, theirs)) == ()


def mine_as_theirs(mine, theirs):
    """The other's content under one's own id: the shape of a forgotten condition."""
    figure = mine.content.accounts[0].figures[0]
    account = replace(mine.content.accounts[0], figures=(replace(figure, run=""),))
    return replace(theirs, content=replace(theirs.content, accounts=(account,)))


def test_issuing_again_changes_nothing_and_other_figures_are_the_next_number(world):
    with acting_as(staff()):
        sell_april(world)
        world.post(world.run())
        first = of(issue(world), world.seller)
        again = issue(world)
        assert again.statements == ()

        world.sell("late", date(2026, 4, 9), 300_000, received=date(2026, 5, 20))
        world.post(world.run(until=date(2026, 5, 31), at=LATER), at=LATER)
        second = of(issue(world), world.seller)

        assert (first.number, second.number) == (1, 2)
        assert get_statement(first.public_id).content == first.content
        assert second.content.accounts[0].closing == owed(world.seller)
        assert [s.is_latest for s in list_statements(partner_id=world.seller.pk)] == [True, False]


def test_a_correction_after_the_close_stands_in_the_later_month_with_its_origin(world):
    with acting_as(staff()):
        sell_april(world)
        world.post(world.run())
        april = of(issue(world), world.seller)
        close_month(code="2026-04", by=CHECKER, at=LATER)
        world.sell("late", date(2026, 4, 9), 300_000, received=date(2026, 6, 2))
        world.post(world.run(until=date(2026, 6, 3), at=LATER), at=LATER)

        assert statements_due(month="2026-04") == {}
        june = datetime(2026, 7, 1, 9, tzinfo=UTC)
        later = of(issue(world, "2026-06", at=june), world.seller)

        assert later.content.accounts[0].opening == april.content.accounts[0].closing
        assert [key for key in figures(later) if key[0] is Group.CORRECTION] == [
            (Group.CORRECTION, "", "2026-04")
        ]
        assert later.content.accounts[0].closing == owed(world.seller)


def test_adjustments_and_bonuses_stand_with_the_sentence_of_their_reason(world):
    with acting_as(staff()):
        sell_april(world)
        world.post(world.run())
        for kind, reason, minor, note in (
            (AdjustmentKind.ADJUSTMENT, Reason.PAID_TOO_MUCH, -2_500, "Order a counted twice."),
            (AdjustmentKind.BONUS, Reason.SALES_CONTEST, 10_000, "The campaign of April."),
        ):
            made = propose_adjustment(
                plan_code="channel-commission", program="growth",
                partner_id=world.seller.public_id, month="2026-04", kind=kind, reason=reason,
                amount=Money(minor, "USD"), note=note, by=FINANCE, at=LATER,
            )  # fmt: skip
            approve_adjustment(adjustment_id=made.public_id, by=CHECKER, at=LATER)
        mine = of(issue(world), world.seller)
        told = {f.group: f for f in mine.content.accounts[0].figures}

        assert told[Group.ADJUSTMENT].minor == -2_500
        assert told[Group.ADJUSTMENT].reason == "Order a counted twice."
        assert told[Group.BONUS].minor == 10_000
        assert mine.content.accounts[0].closing == owed(world.seller)


def test_released_commission_is_ready_and_no_movement(world):
    with acting_as(staff()):
        sell_april(world)
        world.post(world.run())
        july = datetime(2026, 7, 2, 9, tzinfo=UTC)
        release_commissions(plan_code="channel-commission", program="growth", by=FINANCE, at=LATER)
        june = of(issue(world, "2026-06", at=july), world.seller)
        (account,) = june.content.accounts

        assert account.figures == ()
        assert account.opening == account.closing == account.ready
        assert account.held == 0


def test_the_pdf_is_kept_by_its_hash_and_the_same_bytes_come_again(world):
    with acting_as(staff()):
        sell_april(world)
        world.post(world.run())
        with transaction.atomic():
            first = of(issue(world), world.seller)
            transaction.set_rollback(True)
        second = of(issue(world), world.seller)

        assert first.pdf_sha256 == second.pdf_sha256
        with world.store.open(second.pdf_sha256) as file:
            assert sha256_hex(file.read()) == second.pdf_sha256


def test_the_partner_is_told_once_in_its_language(world):
    with acting_as(staff()):
        sell_april(world)
        world.post(world.run())
        mine = of(issue(world), world.seller)
        issue(world)
        (mail,) = OutboxMessage.objects.filter(about=mine.public_id)

        assert mail.to_email == "paula@partner.example"
        assert "April 2026" in mail.subject
        assert f"/portal/statements/{mine.public_id}/" in mail.body


def test_a_page_full_at_a_time(world):
    with acting_as(staff()):
        sell_april(world)
        world.post(world.run())
        one = issue(world, limit=1)
        two = issue(world, limit=1)

        assert (len(one.statements), one.left) == (1, 1)
        assert (len(two.statements), two.left) == (1, 0)


def test_only_finance_issues_and_only_a_month_that_is_over(world):
    with acting_as(staff()):
        with pytest.raises(NotAllowed):
            issue(world, by=OPS)
        with pytest.raises(WrongState):
            issue(world, "2026-05", at=AT)
        with pytest.raises(WrongState):
            issue(world, "2026-13")


def test_a_statement_is_never_changed_in_the_database(world):
    with acting_as(staff()):
        sell_april(world)
        world.post(world.run())
        issue(world)
    for act in (
        lambda: Statement.objects.update(content="{}"),
        lambda: Statement.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_planted_wrong_sums_of_a_run_are_not_shown_as_groups(world, monkeypatch):
    """A run whose groups don't sum to what was posted is shown as one figure, which ties."""
    with acting_as(staff()):
        sell_april(world)
        world.post(world.run())
        from counterfoil.apps.earnings import selectors

        monkeypatch.setattr(selectors, "_groups", lambda groups, earned: tuple(groups)[1:])
        mine = of(issue(world), world.seller)

        assert set(figures(mine)) == {(Group.COMMISSION, "", "2026-04")}
        assert mine.content.accounts[0].closing == owed(world.seller)
        assert RunShare.objects.filter(partner=world.seller.pk).count() == 1


def test_figures_that_do_not_lead_to_the_closing_are_refused():
    move = Movement("ent_1", "commission_earned", False, date(2026, 4, 30), "pln_1", "2026-04",
                    "com_1", "", 100)  # fmt: skip
    with pytest.raises(NotTied):
        settle(
            currency="USD", month="2026-04", movements=[move], runs={},
            balances=[Balance("accrued.commission", 0, 101)],
        )  # fmt: skip
