"""A partner asks about a line: whose turn it is, by when, the answer, once more, and the end."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from counterfoil.apps.audit.models import Event
from counterfoil.apps.earnings.errors import UnknownQuestion, UnknownStatement, WrongState
from counterfoil.apps.earnings.models import QuestionEvent
from counterfoil.apps.earnings.selectors import get_question, lines_of_statement, list_questions
from counterfoil.apps.messaging.models import OutboxMessage
from counterfoil.apps.service_levels.selectors import clock_reading, list_due
from counterfoil.apps.service_levels.services import store_calendar
from counterfoil.core.authority import NotAllowed
from counterfoil.core.questions import Decision, QuestionAct, QuestionState
from counterfoil.flows.answer_questions import (
    answer_question,
    ask_question,
    assign_question,
    close_question,
    reopen_question,
    tell_of_question,
)
from counterfoil.flows.run_clocks import run_clocks
from counterfoil.foundation.acting import acting_as, portal, staff, worker
from tests.flows.test_issue_statements import issue, of, sell_april
from tests.flows.test_run_commissions import made_world
from tests.money_stock import FINANCE, OPS
from tests.people_stock import SYSTEM, partner_person, staff_person

pytestmark = [pytest.mark.db, pytest.mark.django_db]
# A Wednesday; the calendar is open on week days, nine to five.
AT = datetime(2026, 6, 3, 9, tzinfo=UTC)
WEEK = {str(day): [["09:00", "17:00"]] for day in range(5)}


@pytest.fixture
def world(tmp_path):
    world = made_world(tmp_path)
    with acting_as(staff()):
        store_calendar(
            code="standard", title="Standard", zone="UTC", weekly=WEEK, holidays=[],
            source="test", by=OPS, at=AT,
        )  # fmt: skip
        world.paula = partner_person("paula", world.seller.pk)
        world.dora = partner_person("dora", world.distributor.pk)
        world.tom = staff_person("tom", "finance_maker")
        world.greta = staff_person("greta", "finance_checker")
        sell_april(world)
        world.post(world.run())
        issued = issue(world)
        world.statement = of(issued, world.seller)
        world.theirs = of(issued, world.distributor)
        world.line = lines_of_statement(world.statement)[0].sales_line
    return world


def ask(world, *, figure="USD-0", line=0, at=AT):
    with acting_as(portal(world.seller.pk)):
        return ask_question(
            statement_id=world.statement.public_id, figure=figure, sales_line=line,
            body="Why so little?", by=world.paula, at=at,
        )  # fmt: skip


def answer(world, question, *, at, decision=Decision.EXPLAINED):
    with acting_as(staff()):
        return answer_question(
            question_id=question.public_id, body="Two lines were refunded.", decision=decision,
            by=world.tom, at=at,
        )  # fmt: skip


def mails(question, template):
    return list(
        OutboxMessage.objects.filter(about=question.public_id, template=template).values_list(
            "to_email", flat=True
        )
    )


def test_a_question_on_a_line_promises_an_answer_in_business_time(world):
    question = ask(world, line=world.line)

    with acting_as(staff()):
        reading = clock_reading(subject=question.clock_subject, side="ours", at=AT)
        assert (question.state, question.is_our_turn) == (QuestionState.OPEN, True)
        assert question.subject.startswith("a · ")
        # Three business days of eight hours from Wednesday, nine o'clock.
        assert reading.due_at == datetime(2026, 6, 5, 17, tzinfo=UTC)
        assert [d.subject for d in list_due(at=AT, side="ours")] == [question.public_id]


def test_who_answers_is_told_by_the_worker_once(world):
    question = ask(world)
    with acting_as(worker()):
        tell_of_question(question_id=question.public_id, at=AT)
        tell_of_question(question_id=question.public_id, at=AT)

    with acting_as(staff()):
        assert mails(question, "question-asked") == ["tom@vendor.example"]


def test_an_answer_turns_the_clock_and_the_partner_reads_it_by_mail(world):
    question = ask(world)
    later = AT + timedelta(hours=3)
    done = answer(world, question, at=later, decision=Decision.ADJUST)

    with acting_as(staff()):
        assert (done.state, done.decision) == (QuestionState.ANSWERED, "adjust")
        ours = clock_reading(subject=question.public_id, side="ours", at=later)
        theirs = clock_reading(subject=question.public_id, side="partner", at=later)
        assert ours.state == "stopped"
        assert theirs.due_at is not None
        assert mails(question, "question-answered") == ["paula@partner.example"]


def test_it_is_asked_once_more_with_a_promise_of_its_own_and_never_a_third_time(world):
    question = ask(world)
    answer(world, question, at=AT + timedelta(days=1))
    again = datetime(2026, 6, 8, 9, tzinfo=UTC)
    with acting_as(portal(world.seller.pk)):
        reopened = reopen_question(
            question_id=question.public_id, body="Which two?", by=world.paula, at=again
        )
    with acting_as(staff()):
        reading = clock_reading(subject=reopened.clock_subject, side="ours", at=again)
        assert reopened.state is QuestionState.REOPENED
        assert reading.due_at == datetime(2026, 6, 10, 17, tzinfo=UTC)
    second = answer(world, question, at=again + timedelta(days=1))
    assert second.state is QuestionState.ANSWERED_AGAIN
    with acting_as(portal(world.seller.pk)), pytest.raises(WrongState):
        reopen_question(
            question_id=question.public_id, body="And?", by=world.paula,
            at=again + timedelta(days=2),
        )  # fmt: skip


def test_the_partner_closes_it_and_may_ask_anew(world):
    question = ask(world)
    with pytest.raises(WrongState):
        ask(world)
    with acting_as(portal(world.seller.pk)):
        done = close_question(question_id=question.public_id, by=world.paula, at=AT)
    assert done.state is QuestionState.CLOSED
    assert ask(world).public_id != question.public_id


def test_without_a_word_it_is_reminded_of_and_then_closed_by_its_clock(world):
    question = ask(world)
    answered_at = AT + timedelta(hours=1)
    answer(world, question, at=answered_at)

    with acting_as(worker()):
        run_clocks(by=SYSTEM, at=datetime(2026, 6, 11, 9, tzinfo=UTC))
        run_clocks(by=SYSTEM, at=datetime(2026, 6, 11, 10, tzinfo=UTC))
        assert mails(question, "question-reminder") == ["paula@partner.example"]
        told = run_clocks(by=SYSTEM, at=datetime(2026, 6, 18, 9, tzinfo=UTC))
        assert told.closed == (question.public_id,)
        assert get_question(question.public_id).state is QuestionState.CLOSED
        assert mails(question, "question-closed") == ["paula@partner.example"]
        assert run_clocks(by=SYSTEM, at=datetime(2026, 7, 1, 9, tzinfo=UTC)).mails == 0


def test_our_own_lateness_is_told_to_who_answers_and_then_to_who_approves(world):
    question = ask(world)
    with acting_as(staff()):
        assign_question(question_id=question.public_id, to=world.tom.id, by=world.greta, at=AT)
    with acting_as(worker()):
        run_clocks(by=SYSTEM, at=datetime(2026, 6, 5, 13, tzinfo=UTC))
        run_clocks(by=SYSTEM, at=datetime(2026, 6, 8, 9, tzinfo=UTC))

        assert mails(question, "sla-warning") == ["tom@vendor.example"]
        assert mails(question, "sla-breach") == ["greta@vendor.example"]


def test_an_answer_in_time_keeps_every_warning_away(world):
    question = ask(world)
    answer(world, question, at=AT + timedelta(hours=1))
    with acting_as(worker()):
        run_clocks(by=SYSTEM, at=datetime(2026, 6, 5, 17, tzinfo=UTC))
        assert mails(question, "sla-warning") == []


def test_another_partner_neither_sees_nor_touches_it(world):
    question = ask(world)
    with acting_as(portal(world.distributor.pk)):
        assert list_questions() == ()
        for act in (
            lambda: close_question(question_id=question.public_id, by=world.dora, at=AT),
            lambda: get_question(question.public_id),
        ):
            with pytest.raises(UnknownQuestion):
                act()
        with pytest.raises(UnknownStatement):
            ask_question(
                statement_id=world.statement.public_id, figure="USD-0", body="?", by=world.dora,
                at=AT,
            )  # fmt: skip
        with pytest.raises(UnknownStatement):
            ask_question(
                statement_id=world.theirs.public_id, figure="USD-0", sales_line=world.line,
                body="?", by=world.dora, at=AT,
            )  # fmt: skip


def test_partners_do_not_answer_and_our_people_do_not_ask(world):
    question = ask(world)
    with acting_as(portal(world.seller.pk)), pytest.raises(NotAllowed):
        answer_question(
            question_id=question.public_id, body="x", decision=Decision.EXPLAINED,
            by=world.paula, at=AT,
        )  # fmt: skip
    with acting_as(staff()), pytest.raises(NotAllowed):
        ask_question(
            statement_id=world.statement.public_id, figure="USD-0", body="x", by=FINANCE, at=AT
        )


def test_planted_answer_by_the_partners_role_is_stopped_by_the_database(world):
    question = ask(world)
    with acting_as(portal(world.seller.pk)):
        asked = QuestionEvent.objects.get(question__public_id=question.public_id)
        for act, state, is_theirs in (
            ("answer", "answered", False), ("answer", "answered", True),
            ("reopen", "reopened", True),
        ):  # fmt: skip
            with pytest.raises(DatabaseError), transaction.atomic():
                QuestionEvent.objects.create(
                    question=asked.question, partner_id=world.seller.pk, seq=2, act=act,
                    state=state, actor_id=world.paula.id, is_from_partner=is_theirs, at=AT,
                )  # fmt: skip


def test_two_acts_at_once_have_one_winner(world):
    question = ask(world)
    with acting_as(staff()):
        first = get_question(question.public_id)
        answer_question(
            question_id=question.public_id, body="One.", decision=Decision.EXPLAINED,
            by=world.tom, at=AT,
        )  # fmt: skip
        with pytest.raises(WrongState):
            answer_question(
                question_id=question.public_id, body="Two.", decision=Decision.EXPLAINED,
                by=world.greta, at=AT,
            )  # fmt: skip
        asked = QuestionEvent.objects.get(question__public_id=first.public_id, seq=1)
        with pytest.raises(DatabaseError), transaction.atomic():
            QuestionEvent.objects.create(
                question=asked.question, partner_id=world.seller.pk, seq=2, act="assign",
                state="open", actor_id=world.tom.id, is_from_partner=False, at=AT,
            )  # fmt: skip


def test_every_act_is_in_the_audit_trail_with_the_body_kept_apart(world):
    question = ask(world)
    answer(world, question, at=AT)
    with acting_as(portal(world.seller.pk)):
        close_question(question_id=question.public_id, by=world.paula, at=AT)
    with acting_as(staff()):
        acts = Event.objects.filter(object_id=question.public_id).values_list("action", flat=True)
        assert sorted(acts) == ["question.answered", "question.asked", "question.closed"]
        assert [s.act for s in get_question(question.public_id).steps] == [
            QuestionAct.ASK, QuestionAct.ANSWER, QuestionAct.CLOSE,
        ]  # fmt: skip
