"""Writes of questions: what is done to one is a further event, never a change."""

from datetime import datetime

from django.db import IntegrityError, transaction

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.earnings.errors import QuestionChanged, UnknownQuestion, WrongState
from counterfoil.apps.earnings.models import Question, QuestionEvent, Statement
from counterfoil.apps.earnings.selectors import get_question, open_question_on
from counterfoil.apps.earnings.types import QuestionInfo
from counterfoil.core.actors import Actor
from counterfoil.core.questions import NotPossible, QuestionAct, QuestionState, next_state
from counterfoil.foundation.ids import new_id

BODY_MAX = 4_000


@transaction.atomic
def record_question(
    *,
    statement_id: str,
    figure: str,
    sales_line: int,
    subject: str,
    body: str,
    by: Actor,
    at: datetime,
) -> QuestionInfo:
    """This will keep a partner's question on a figure, or a line of it, of its own statement.

    Raises UnknownQuestion, WrongState where one is open on the same already.
    """
    row = Statement.objects.filter(public_id=statement_id, partner_id=by.partner_id).first()
    if row is None:
        raise UnknownQuestion(f"There is no statement {statement_id}.")
    if open_question_on(statement_id=statement_id, figure=figure, sales_line=sales_line):
        raise WrongState("You asked about this already, and the question is open.")
    question = Question.objects.create(
        public_id=new_id("que"), partner_id=by.partner_id, statement=row, figure=figure,
        sales_line=sales_line, subject=subject[:200], asked_by=by.id, asked_at=at,
    )  # fmt: skip
    return record_act(question_id=question.public_id, act=QuestionAct.ASK, body=body, by=by, at=at)


@transaction.atomic
def record_act(
    *,
    question_id: str,
    act: QuestionAct,
    by: Actor,
    at: datetime,
    body: str = "",
    decision: str = "",
    assigned_to: str = "",
) -> QuestionInfo:
    """This will record what is done to a question, by a partner to its own only.

    Raises UnknownQuestion, WrongState, QuestionChanged when somebody was faster.
    """
    rows = Question.objects.filter(public_id=question_id)
    row = (rows.filter(partner_id=by.partner_id) if by.is_partner else rows).first()
    if row is None:
        raise UnknownQuestion(f"There is no question {question_id}.")
    last = QuestionEvent.objects.filter(question=row).order_by("-seq").first()
    try:
        state = next_state(QuestionState(last.state) if last else None, act)
    except NotPossible as error:
        raise WrongState(str(error)) from None
    try:
        with transaction.atomic():
            QuestionEvent.objects.create(
                question=row, partner_id=row.partner_id, seq=last.seq + 1 if last else 1,
                act=str(act), state=str(state), actor_id=by.id, is_from_partner=by.is_partner,
                body=body.strip()[:BODY_MAX], decision=decision, assigned_to=assigned_to, at=at,
            )  # fmt: skip
    except IntegrityError as error:
        raise QuestionChanged("Somebody else was faster; look at the question again.") from error
    record_event(
        by=by, at=at, action=f"question.{_PAST[act]}", object_type="question",
        object_id=question_id, partner_id=row.partner_id,
        data={"state": str(state)} | ({"decision": decision} if decision else {}),
        personal={"body": body} if body else None,
    )  # fmt: skip
    return get_question(question_id)


_PAST = {
    QuestionAct.ASK: "asked",
    QuestionAct.ASSIGN: "assigned",
    QuestionAct.ANSWER: "answered",
    QuestionAct.REOPEN: "reopened",
    QuestionAct.CLOSE: "closed",
}
