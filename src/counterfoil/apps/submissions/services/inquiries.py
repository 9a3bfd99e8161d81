"""Writes of inquiries: ask, issue a link, answer, pass on, take back. Each is one more row.

The secret of a link goes out in the mail and is kept nowhere: the row holds its hash.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.submissions.errors import (
    AlreadyAsked,
    LinkClosed,
    PassedTooOften,
    UnknownLink,
)
from counterfoil.apps.submissions.models import Inquiry, InquiryLink, InquiryStep, Submission
from counterfoil.apps.submissions.selectors.inquiries import (
    get_inquiry,
    inquiries_of,
    sign_link,
)
from counterfoil.apps.submissions.services.locking import locked
from counterfoil.apps.submissions.services.sending import needed_reason
from counterfoil.apps.submissions.types import InquirySent, InquiryView
from counterfoil.core.actors import Actor
from counterfoil.core.canonical import sha256_hex
from counterfoil.core.inquiries import (
    ANSWERS_MAX,
    PASS_MAX,
    Answer,
    InquiryAct,
    Standing,
    passes_of,
)
from counterfoil.foundation.ids import new_id

_CLOSED = {
    Standing.FIXED: "The due time has passed, so the answer you gave stands.",
    Standing.PASSED_ON: "You passed this question on; somebody else answers it.",
    Standing.EXPIRED: "This link is too old. Ask for a new one if you still want to answer.",
    Standing.REVOKED: "This question was taken back; nobody needs to answer it.",
    Standing.OVER: "This was decided or given up in the meantime; no answer is needed any more.",
}


def ask_inquiry(
    *,
    inquiry_id: str,
    submission_id: str,
    email: str,
    name: str,
    deal: str,
    question: str,
    shown: Sequence[str],
    due_at: datetime,
    by: Actor,
    at: datetime,
) -> InquirySent:
    """This will record what is asked of whom, with a first link, and return the link's secret.

    `email` is in lower case. Raises AlreadyAsked, ReasonMissing, UnknownSubmission.
    """
    row = locked(submission_id, by=by)
    for known in inquiries_of(submission_id):
        if known.holder[1] == email and known.waits(at):
            raise AlreadyAsked(
                f"{known.holder[0]} was asked already and has not answered yet. Take that "
                "question back first, or ask somebody else."
            )
    made = Inquiry(
        public_id=inquiry_id, partner_id=row.partner_id, submission_id=row.pk,
        revision=row.revision, name=needed_reason(name), email=email, deal=needed_reason(deal),
        question=needed_reason(question), shown=list(shown), asked_by=by.id,
        asked_by_name=by.name, asked_at=at, due_at=due_at,
    )  # fmt: skip
    made.save(force_insert=True)
    _record(
        row, made, "asked", by=by, at=at,
        data={"due_at": due_at.isoformat(), "shown": list(shown)},
        personal={"name": name, "email": email, "deal": deal, "question": question},
    )  # fmt: skip
    return InquirySent(inquiry_id, _issue(made, kind="ask", email=email, at=at))


def issue_digest_link(*, inquiry_id: str, email: str, at: datetime) -> str:
    """This will make one more link of the same person, for a digest. Raises UnknownLink."""
    return _issue(_row(inquiry_id), kind="digest", email=email, at=at)


def answer_inquiry(
    *,
    inquiry_id: str,
    email: str,
    name: str,
    answer: Answer,
    words: str,
    ties: Sequence[str],
    by: Actor,
    at: datetime,
) -> InquiryView:
    """This will record an answer; the newest counts. A dispute needs a reason in words.

    `ties` says why the answer of this person does not count. Raises LinkClosed, ReasonMissing,
    UnknownLink.
    """
    row, on, view = _open(inquiry_id, email=email, by=by, at=at)
    said = needed_reason(words) if answer is Answer.DISPUTE else words.strip()
    if sum(step.act is InquiryAct.ANSWER for step in view.steps) >= ANSWERS_MAX:
        raise LinkClosed(
            Standing.FIXED, "This answer was changed too often. Tell the person who asked you."
        )
    _step(
        row, on, view, InquiryAct.ANSWER, answer=str(answer), words=said, name=name, email=email,
        ties=list(ties), by=by, at=at,
    )  # fmt: skip
    return get_inquiry(inquiry_id)


def pass_inquiry_on(
    *,
    inquiry_id: str,
    email: str,
    name: str,
    to_email: str,
    to_name: str,
    words: str,
    by: Actor,
    at: datetime,
) -> InquirySent:
    """This will hand a question to a colleague, with a link of their own; this one then rests.

    Raises LinkClosed, PassedTooOften, AlreadyAsked, ReasonMissing, UnknownLink.
    """
    row, on, view = _open(inquiry_id, email=email, by=by, at=at)
    if passes_of(view.plain_steps) >= PASS_MAX:
        raise PassedTooOften(
            f"This question was passed on {PASS_MAX} times. Answer it, or choose don't know."
        )
    if to_email in view.addresses:
        raise AlreadyAsked("This person was asked already. Name somebody else.")
    _step(
        row, on, view, InquiryAct.DELEGATE, words=words.strip(), name=name, email=email,
        to_name=needed_reason(to_name), to_email=to_email, by=by, at=at,
    )  # fmt: skip
    return InquirySent(inquiry_id, _issue(row, kind="pass_on", email=to_email, at=at))


def revoke_inquiry(*, inquiry_id: str, reason: str, by: Actor, at: datetime) -> InquiryView:
    """This will take a question back: its links open nothing any more, its answer counts no more.

    Raises LinkClosed, ReasonMissing, UnknownLink.
    """
    row, on = _locked(inquiry_id, by=by)
    view = get_inquiry(inquiry_id)
    for closed in (Standing.REVOKED, Standing.OVER):
        if view.standing(view.holder[1], at) is closed:
            raise LinkClosed(closed, _CLOSED[closed])
    _step(
        row, on, view, InquiryAct.REVOKE, words=needed_reason(reason), name=by.name, by=by, at=at
    )
    return get_inquiry(inquiry_id)


def _issue(row: Inquiry, *, kind: str, email: str, at: datetime) -> str:
    secret = secrets.token_urlsafe(32)
    InquiryLink(
        public_id=new_id("lnk"),
        partner_id=row.partner_id,
        inquiry_id=row.pk,
        token_sha256=sha256_hex(secret.encode()),
        kind=kind,
        email=email,
        issued_at=at,
    ).save(force_insert=True)
    return sign_link(secret)


def _row(inquiry_id: str) -> Inquiry:
    row = Inquiry.objects.filter(public_id=inquiry_id).select_related("submission").first()
    if row is None:
        raise UnknownLink(f"There is no question {inquiry_id}.")
    return row


def _locked(inquiry_id: str, *, by: Actor) -> tuple[Inquiry, Submission]:
    """Lock the submission first: a decision and an answer are one after the other."""
    row = _row(inquiry_id)
    return row, locked(row.submission.public_id, by=by)


def _open(
    inquiry_id: str, *, email: str, by: Actor, at: datetime
) -> tuple[Inquiry, Submission, InquiryView]:
    row, on = _locked(inquiry_id, by=by)
    view = get_inquiry(inquiry_id)
    standing = view.standing(email, at)
    if standing is not Standing.OPEN:
        raise LinkClosed(standing, _CLOSED[standing])
    return row, on, view


def _step(
    row: Inquiry,
    on: Submission,
    view: InquiryView,
    act: InquiryAct,
    *,
    name: str,
    by: Actor,
    at: datetime,
    answer: str = "",
    words: str = "",
    email: str = "",
    to_name: str = "",
    to_email: str = "",
    ties: Sequence[str] = (),
) -> None:
    InquiryStep(
        partner_id=row.partner_id, inquiry_id=row.pk, seq=len(view.steps) + 1, act=str(act),
        answer=answer, words=words, name=name, email=email, to_name=to_name, to_email=to_email,
        ties=list(ties), done_by=by.id, done_at=at,
    ).save(force_insert=True)  # fmt: skip
    told = {"answer": "answered", "delegate": "passed_on", "revoke": "revoked"}[str(act)]
    data = {"answer": answer, "ties": list(ties)} if answer else {}
    given = {
        "name": name, "email": email, "words": words, "to_name": to_name, "to_email": to_email,
    }  # fmt: skip
    _record(
        on, row, told, by=by, at=at, data=data,
        personal={key: value for key, value in given.items() if value},
    )  # fmt: skip


def _record(
    on: Submission,
    row: Inquiry,
    told: str,
    *,
    by: Actor,
    at: datetime,
    data: Mapping[str, object],
    personal: Mapping[str, str],
) -> None:
    # The partner's own history is read from events of the partner; an inquiry is the vendor's.
    record_event(
        by=by, at=at, action=f"submission.inquiry_{told}", object_type="submission",
        object_id=on.public_id, data={"inquiry": row.public_id, "revision": on.revision, **data},
        personal=personal,
    )  # fmt: skip
