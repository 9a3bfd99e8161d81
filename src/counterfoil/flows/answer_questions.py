"""A partner asks about a figure or a line of its statement, and is answered with the calculation.

Our clock runs while we owe an answer, the partner's while an answer waits for it; asked once more
both begin anew. Without a word from the partner the question is closed by its clock.
"""

import contextlib
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.formats import date_format

from counterfoil.apps.access.selectors import find_recipient, list_role_holders
from counterfoil.apps.access.types import Recipient
from counterfoil.apps.earnings.errors import UnknownPlan, UnknownStatement, WrongState
from counterfoil.apps.earnings.selectors import (
    get_question,
    get_statement,
    lines_of_figure,
    program_of_use,
)
from counterfoil.apps.earnings.services import record_act, record_question
from counterfoil.apps.earnings.types import QuestionInfo, StatementInfo
from counterfoil.apps.messaging.services import queue_mail
from counterfoil.apps.partners.selectors import addressees, list_members, partner_rows
from counterfoil.apps.programs.selectors import get_program
from counterfoil.apps.service_levels.errors import UnknownClock
from counterfoil.apps.service_levels.selectors import clock_reading
from counterfoil.apps.service_levels.services import record_clock_event, start_clock
from counterfoil.apps.service_levels.types import StepFired
from counterfoil.core.actors import Actor
from counterfoil.core.authority import require
from counterfoil.core.questions import (
    OUR_POLICY,
    PARTNER_POLICY,
    Decision,
    QuestionAct,
    QuestionState,
)
from counterfoil.core.statement_words import say_figure, say_month
from counterfoil.foundation import crash
from counterfoil.foundation.jobs import defer

QUESTION = "que_"
"""Begins the id of a question, on which clocks stand."""
_DESK = "finance_maker"
"""Who answers when nobody is named."""


@transaction.atomic
def ask_question(
    *, statement_id: str, figure: str, sales_line: int = 0, body: str, by: Actor, at: datetime
) -> QuestionInfo:
    """This will ask about a figure of one's own statement, or with `sales_line` about a line.

    Raises NotAllowed, UnknownStatement, WrongState, UnknownCalendar.
    """
    require(by, "questions.ask")
    statement = get_statement(statement_id, partner_id=by.partner_id)
    if not body.strip():
        raise WrongState("Write what you ask.")
    made = record_question(
        statement_id=statement_id, figure=figure, sales_line=sales_line,
        subject=_subject(statement, figure, sales_line), body=body, by=by, at=at,
    )  # fmt: skip
    crash.point("question.asked")
    _start(made, statement, "ours", at)
    # A partner's role sees none of our people: the worker tells them.
    defer("tell_of_question", question_id=made.public_id)
    return made


def _subject(statement: StatementInfo, figure: str, sales_line: int) -> str:
    """This will name what is asked about; the line must be one that the figure sums."""
    known = statement.content.figure(figure)
    if known is None:
        raise UnknownStatement(f"The statement has no figure {figure}.")
    words = say_figure(statement.content, known[1], statement.language)
    if not sales_line:
        return words
    for line in lines_of_figure(statement, known[1], sales_line=sales_line):
        return f"{line.source_key} · {words}"
    raise UnknownStatement("The figure has no such line.")


@transaction.atomic
def assign_question(*, question_id: str, to: str, by: Actor, at: datetime) -> QuestionInfo:
    """This will name who answers; `to` is a person's id. Raises NotAllowed, UnknownQuestion,
    WrongState.
    """
    require(by, "questions.answer")
    return record_act(
        question_id=question_id, act=QuestionAct.ASSIGN, assigned_to=to, by=by, at=at
    )


@transaction.atomic
def answer_question(
    *, question_id: str, body: str, decision: Decision, by: Actor, at: datetime
) -> QuestionInfo:
    """This will answer: in words, with what it comes to; the calculation stands beside it.

    Raises NotAllowed, UnknownQuestion, WrongState.
    """
    require(by, "questions.answer")
    if not body.strip():
        raise WrongState("Write the answer.")
    before = get_question(question_id)
    done = record_act(
        question_id=question_id, act=QuestionAct.ANSWER, body=body, decision=str(decision), by=by,
        at=at,
    )  # fmt: skip
    _stop(before.clock_subject, "ours", at)
    crash.point("question.answered")
    statement = get_statement(done.statement_id)
    _start(done, statement, "partner", at)
    for recipient in _people_of(done):
        _mail(done, "question-answered", recipient, at, body=body.strip())
    return done


@transaction.atomic
def reopen_question(*, question_id: str, body: str, by: Actor, at: datetime) -> QuestionInfo:
    """This will ask once more, with a promise of its own. Raises NotAllowed, UnknownQuestion,
    WrongState.
    """
    require(by, "questions.ask")
    if not body.strip():
        raise WrongState("Write what is still open.")
    before = get_question(question_id, partner_id=by.partner_id)
    done = record_act(question_id=question_id, act=QuestionAct.REOPEN, body=body, by=by, at=at)
    _stop(before.clock_subject, "partner", at)
    _start(done, get_statement(done.statement_id, partner_id=by.partner_id), "ours", at)
    defer("tell_of_question", question_id=done.public_id)
    return done


@transaction.atomic
def tell_of_question(*, question_id: str, at: datetime) -> int:
    """This will write to who answers a question, once for each time it was asked.

    Returns how many people. Raises UnknownQuestion.
    """
    question = get_question(question_id)
    if not question.is_our_turn:
        return 0
    named = find_recipient(person_id=question.assigned_to) if question.assigned_to else None
    chosen = (named,) if named else list_role_holders(role=_DESK)
    asked = next(step for step in reversed(question.steps) if step.is_from_partner)
    for recipient in chosen:
        _mail(question, "question-asked", recipient, at, body=asked.body)
    return len(chosen)


@transaction.atomic
def close_question(*, question_id: str, by: Actor, at: datetime) -> QuestionInfo:
    """This will close one's own question. Raises NotAllowed, UnknownQuestion, WrongState."""
    require(by, "questions.ask")
    return _close(get_question(question_id, partner_id=by.partner_id), by=by, at=at)


def _close(before: QuestionInfo, *, by: Actor, at: datetime) -> QuestionInfo:
    done = record_act(question_id=before.public_id, act=QuestionAct.CLOSE, by=by, at=at)
    for side in ("ours", "partner"):
        _stop(before.clock_subject, side, at)
    return done


def take_step(step: StepFired, *, by: Actor, at: datetime) -> tuple[int, str]:
    """This will do what a question's clock asks for: warn, remind, or close it.

    Returns how many mails were queued, and the question where it was closed.
    """
    question = get_question(step.subject.partition(".")[0])
    is_over = question.state is QuestionState.CLOSED or question.clock_subject != step.subject
    if is_over or (step.side == "ours") != question.is_our_turn:
        return 0, ""
    if step.closes:
        _close(question, by=by, at=at)
        people = _people_of(question)
        for recipient in people:
            _mail(question, "question-closed", recipient, at)
        return len(people), question.public_id
    if step.side == "partner":
        people = _people_of(question)
        for recipient in people:
            _mail(question, "question-reminder", recipient, at, due_at=step.due_at)
        return len(people), ""
    return _warn(question, step, at), ""


def _warn(question: QuestionInfo, step: StepFired, at: datetime) -> int:
    role = _DESK if step.to == "owner" else step.to
    named = find_recipient(person_id=question.assigned_to) if question.assigned_to else None
    chosen = (named,) if named and role == _DESK else list_role_holders(role=role)
    is_late = step.percent is not None and step.percent >= 100
    for recipient in chosen:
        queue_mail(
            template="sla-breach" if is_late else "sla-warning",
            to_email=recipient.email,
            to_name=recipient.name,
            language=recipient.language,
            context={
                "title": question.subject,
                "link": f"{settings.PUBLIC_URL}/console/commissions/questions/"
                f"{question.public_id}",
                "due_at": "–" if step.due_at is None else f"{step.due_at:%Y-%m-%d %H:%M UTC}",
                "percent": f"{step.percent} %",
            },
            partner_id=0,
            about=question.public_id,
            idem_key=f"{step.clock_id}:{step.step}:{at.isoformat()}:{recipient.email}",
            at=at,
        )
    return len(chosen)


def _start(question: QuestionInfo, statement: StatementInfo, side: str, at: datetime) -> None:
    start_clock(
        subject=question.clock_subject,
        side=side,
        partner_id=question.partner_id,
        policy=_plain(OUR_POLICY if side == "ours" else PARTNER_POLICY),
        calendar_code=_calendar(statement, question.figure),
        at=at,
    )


def _calendar(statement: StatementInfo, figure: str) -> str:
    """The calendar of the program that the figure is of."""
    known = statement.content.figure(figure)
    for use in (known[1].use if known else "", *statement.content.plans):
        with contextlib.suppress(UnknownPlan):
            return get_program(code=program_of_use(use)).calendar
    raise WrongState("The statement names no plan that is in use.")


def _stop(subject: str, side: str, at: datetime) -> None:
    with contextlib.suppress(UnknownClock):
        record_clock_event(subject=subject, side=side, kind="stop", at=at)


def _plain(policy: object) -> dict[str, object]:
    assert hasattr(policy, "items")
    return {
        key: [dict(e) if hasattr(e, "items") else e for e in value]
        if isinstance(value, tuple)
        else value
        for key, value in policy.items()
    }


def _people_of(question: QuestionInfo) -> tuple[Recipient, ...]:
    """Whoever asked; when that person has gone, the partner's administrators."""
    language = addressees(pks=[question.partner_id])[question.partner_id].language
    members = list_members(partner_pk=question.partner_id)
    asker = find_recipient(person_id=question.asked_by)
    if asker is not None and asker.email in {member.email for member in members}:
        return (asker,)
    return tuple(
        Recipient(member.name, member.email, language)
        for member in members
        if member.role == "partner_admin"
    )


def _mail(
    question: QuestionInfo,
    template: str,
    recipient: Recipient,
    at: datetime,
    *,
    body: str = "",
    due_at: datetime | None = None,
) -> None:
    is_ours = template == "question-asked"
    place = "console/commissions/questions" if is_ours else "portal/questions"
    queue_mail(
        template=template,
        to_email=recipient.email,
        to_name=recipient.name,
        language=recipient.language,
        context={
            "subject": question.subject,
            "month": say_month(question.month, recipient.language),
            "partner": _partner_name(question) if is_ours else "",
            "body": body,
            "due_on": _due(question, due_at, recipient.language, at),
            "link": f"{settings.PUBLIC_URL}/{place}/{question.public_id}"
            + ("" if is_ours else "/"),
        },
        partner_id=0 if is_ours else question.partner_id,
        about=question.public_id,
        idem_key=f"{question.public_id}:{template}:{question.round}:{recipient.email}"
        + (f":{at.isoformat()}" if template == "question-reminder" else ""),
        at=at,
    )


def _partner_name(question: QuestionInfo) -> str:
    return partner_rows(partner_pks=[question.partner_id])[question.partner_id].name


def _due(question: QuestionInfo, due_at: datetime | None, language: str, at: datetime) -> str:
    side = "ours" if question.is_our_turn else "partner"
    reading = clock_reading(subject=question.clock_subject, side=side, at=at)
    moment = due_at or (reading.due_at if reading else None)
    if moment is None:
        return "–"
    with translation.override(language):
        return date_format(moment, "j. F Y" if language.startswith("de") else "M j, Y")
