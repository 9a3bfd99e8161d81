"""An account executive confirms or disputes a partner's influence, by a link in a mail.

The reviewer asks; one tap answers, without a password; a colleague who knows better may be named.
Our own clock runs on meanwhile. Silence is no answer: when the due time passes, people are told
and nothing is refused.
"""

import contextlib
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from counterfoil.apps.access.selectors import (
    find_recipient,
    find_recipient_by_email,
    find_recipient_by_pk,
    list_role_holders,
    staff_mail_domains,
)
from counterfoil.apps.access.types import Recipient
from counterfoil.apps.messaging.services import queue_mail
from counterfoil.apps.partners.selectors import get_partner, list_members
from counterfoil.apps.payouts.selectors import all_mail_targets
from counterfoil.apps.service_levels.errors import UnknownClock
from counterfoil.apps.service_levels.selectors import clock_reading, find_calendar
from counterfoil.apps.service_levels.services import record_clock_event, start_clock
from counterfoil.apps.service_levels.types import StepFired
from counterfoil.apps.submissions import services
from counterfoil.apps.submissions.errors import AddressRefused, StateRefused, UnknownLink
from counterfoil.apps.submissions.selectors.heads import get_head
from counterfoil.apps.submissions.selectors.inquiries import (
    find_link,
    get_inquiry,
    inquiries_of_address,
    inquiries_that_wait,
    was_reminded,
)
from counterfoil.apps.submissions.types import Head, InquiryLinkView, InquiryView
from counterfoil.core.actors import Actor, system_actor
from counterfoil.core.authority import require
from counterfoil.core.inquiries import POLICY, Answer, expires
from counterfoil.core.states import State
from counterfoil.flows.judge import judge_submission
from counterfoil.foundation.ids import new_id

INQUIRY = "inq_"
"""Begins the id of an inquiry, on which its clock stands."""
IN_REVIEW = (State.IN_REVIEW, State.SECOND_REVIEW)
BY_LINK = system_actor("answer by mailed link")
"""Who acts by a link: nobody signed in, so name and mail address stand with the answer."""


@transaction.atomic
def ask_account_executive(
    *,
    submission_id: str,
    email: str,
    name: str,
    deal: str,
    question: str,
    shown: Sequence[str],
    by: Actor,
    at: datetime,
) -> str:
    """This will ask an account executive about a submission in review; return the inquiry's id.

    `shown` are the titles of evidence that may be seen. Raises NotAllowed, StateRefused,
    AddressRefused, AlreadyAsked, ReasonMissing, UnknownSubmission, UnknownCalendar.
    """
    require(by, "submissions.inquire")
    services.lock_submission(submission_id=submission_id)
    head = get_head(submission_id, by=by)
    if head.state not in IN_REVIEW:
        raise StateRefused(
            f"This submission is {head.state.replace('_', ' ')}; ask while it is in review."
        )
    require(by, "submissions.inquire", region=head.partner_region, program=head.fund.program)
    address = _allowed(email, asked_by=by.id)
    inquiry_id = new_id("inq")
    start_clock(
        subject=inquiry_id, side="ours", partner_id=head.partner_id, policy=_policy(),
        calendar_code=head.fund.calendar, at=at,
    )  # fmt: skip
    reading = clock_reading(subject=inquiry_id, side="ours", at=at)
    assert reading is not None
    assert reading.due_at is not None
    sent = services.ask_inquiry(
        inquiry_id=inquiry_id, submission_id=submission_id, email=address, name=name, deal=deal,
        question=question, shown=shown, due_at=reading.due_at, by=by, at=at,
    )  # fmt: skip
    _mail(get_inquiry(inquiry_id), "inquiry-asked", token=sent.token, at=at)
    return inquiry_id


@transaction.atomic
def revoke_inquiry(*, inquiry_id: str, reason: str, by: Actor, at: datetime) -> InquiryView:
    """This will take a question back and judge again without its answer.

    Raises NotAllowed, LinkClosed, ReasonMissing, UnknownLink.
    """
    require(by, "submissions.inquire")
    head = get_head(get_inquiry(inquiry_id).submission_id, by=by)
    require(by, "submissions.inquire", region=head.partner_region, program=head.fund.program)
    done = services.revoke_inquiry(inquiry_id=inquiry_id, reason=reason, by=by, at=at)
    _stop(inquiry_id, at)
    if done.answer is not None:
        _judge(done, by=by, at=at)
    return done


@transaction.atomic
def answer_inquiry(
    *, token: str, inquiry_id: str = "", answer: Answer, words: str = "", at: datetime
) -> InquiryView:
    """This will record the answer of the holder of a link and judge the submission again.

    `inquiry_id` names another open question of the same person. Raises UnknownLink, LinkClosed,
    ReasonMissing.
    """
    link = find_link(token=token)
    inquiry = question_of(link, inquiry_id, at=at)
    head = get_head(inquiry.submission_id, by=BY_LINK)
    done = services.answer_inquiry(
        inquiry_id=inquiry.inquiry_id, email=link.email, name=_name_on(inquiry, link),
        answer=answer, words=words, ties=_ties(head, inquiry, link.email), by=BY_LINK, at=at,
    )  # fmt: skip
    _stop(inquiry.inquiry_id, at)
    _judge(done, by=BY_LINK, at=at)
    return done


@transaction.atomic
def pass_inquiry_on(
    *,
    token: str,
    inquiry_id: str = "",
    to_email: str,
    to_name: str,
    words: str = "",
    at: datetime,
) -> InquiryView:
    """This will hand a question to a colleague who knows, and mail them a link of their own.

    Raises UnknownLink, LinkClosed, AddressRefused, AlreadyAsked, PassedTooOften, ReasonMissing.
    """
    link = find_link(token=token)
    inquiry = question_of(link, inquiry_id, at=at)
    address = _allowed(to_email, asked_by=inquiry.asked_by)
    passer = _name_on(inquiry, link)
    sent = services.pass_inquiry_on(
        inquiry_id=inquiry.inquiry_id, email=link.email, name=passer, to_email=address,
        to_name=to_name, words=words, by=BY_LINK, at=at,
    )  # fmt: skip
    done = get_inquiry(inquiry.inquiry_id)
    _mail(done, "inquiry-passed-on", token=sent.token, at=at, passer=passer)
    return done


@transaction.atomic
def remind_account_executives(*, at: datetime) -> int:
    """This will mail each person who owes answers one list of them; return how many mails.

    Once a day at most, on business days of the program, never on the day of the question and
    never after an answer. Twice in a row or two at once it still is one mail.
    """
    waiting: dict[str, list[InquiryView]] = {}
    for each in inquiries_that_wait(at=at):
        if _is_day_for(each, at):
            waiting.setdefault(each.holder[1], []).append(each)
    mails = 0
    for email, found in waiting.items():
        if not was_reminded(email=email, at=at):
            _digest(email, found, at=at)
            mails += 1
    return mails


def take_step(step: StepFired, *, by: Actor, at: datetime) -> int:
    """This will tell who asked, and the role the ladder names, that nobody answered in time.

    Returns how many mails were queued. Nothing is refused and nothing closed.
    """
    try:
        inquiry = get_inquiry(step.subject)
    except UnknownLink:
        return 0
    if not inquiry.is_late(at):
        return 0
    head = get_head(inquiry.submission_id, by=by)
    asker = find_recipient(person_id=inquiry.asked_by)
    chosen = [*([asker] if asker else []), *list_role_holders(role=step.to)]
    people = {each.email: each for each in chosen}
    for recipient in people.values():
        queue_mail(
            template="inquiry-late", to_email=recipient.email, to_name=recipient.name,
            language=recipient.language, partner_id=0, about=head.public_id, at=at,
            context={
                "person": inquiry.holder[0],
                "partner": inquiry.partner_name,
                "deal": inquiry.deal,
                "title": _title(inquiry),
                "due_on": _day(inquiry, recipient.language),
                "link": f"{settings.PUBLIC_URL}/console/submissions/{head.public_id}/",
            },
            idem_key=f"{inquiry.inquiry_id}:late:{recipient.email}",
        )  # fmt: skip
    return len(people)


def allowed_domains() -> tuple[str, ...]:
    """This will list the mail domains at which somebody may be asked."""
    return settings.STAFF_MAIL_DOMAINS or staff_mail_domains()


def question_of(link: InquiryLinkView, inquiry_id: str, *, at: datetime) -> InquiryView:
    """This will return the link's own question, or another one of the same mail address.

    The first is spoken of whatever became of it; the others only while the link itself lives.
    Raises UnknownLink.
    """
    if not inquiry_id or inquiry_id == link.inquiry.inquiry_id:
        return link.inquiry
    if not link.inquiry.is_revoked and at < expires(link.inquiry.due_at):
        found = get_inquiry(inquiry_id)
        if link.email in found.addresses:
            return found
    raise UnknownLink("This link does not answer that question.")


def open_questions(link: InquiryLinkView, *, at: datetime) -> tuple[InquiryView, ...]:
    """This will list what else waits for the holder of a link that opens something still."""
    if link.inquiry.is_revoked or at >= expires(link.inquiry.due_at):
        return ()
    return inquiries_of_address(link.email, at=at)


def _name_on(inquiry: InquiryView, link: InquiryLinkView) -> str:
    """Return the name under which this address was asked in this very inquiry."""
    names = {inquiry.email: inquiry.name}
    names |= {step.to_email: step.to_name for step in inquiry.steps if step.to_email}
    return names.get(link.email, link.name)


def _allowed(email: str, *, asked_by: str) -> str:
    """Return the address in lower case when somebody there may be asked. Raises AddressRefused."""
    address = email.strip().lower()
    domains = allowed_domains()
    if address.rpartition("@")[2] not in domains or address.count("@") != 1:
        raise AddressRefused(
            f"Only colleagues can be asked. Enter a mail address at {' or '.join(domains)}."
        )
    asker = find_recipient(person_id=asked_by)
    if asker is not None and asker.email.lower() == address:
        raise AddressRefused("Who asks can't be the one who answers. Name somebody else.")
    return address


def _ties(head: Head, inquiry: InquiryView, email: str) -> tuple[str, ...]:
    """Say why an answer of this address does not count: who gives it profits or asked."""
    senders = (
        find_recipient_by_pk(user_pk=pk) for pk in (head.created_by_pk, head.submitted_by_pk)
    )
    asker = find_recipient(person_id=inquiry.asked_by)
    partner = get_partner(partner_id=head.partner_public_id)
    members = {each.email.lower() for each in list_members(partner_pk=head.partner_id)}
    paid = {each.email.lower() for each in all_mail_targets(partner_id=head.partner_id)}
    found = {
        "submitter": email in {each.email.lower() for each in senders if each},
        "partner": email in members or email.rpartition("@")[2] in partner.data.mail_domains,
        "payee": email in paid,
        "asker": asker is not None and asker.email.lower() == email,
    }
    return tuple(name for name, holds in found.items() if holds)


def _judge(inquiry: InquiryView, *, by: Actor, at: datetime) -> None:
    """Judge again, so that no approval rests on what was known before the answer."""
    if get_head(inquiry.submission_id, by=by).state in IN_REVIEW:
        judge_submission(submission_id=inquiry.submission_id, by=by, at=at)


def _is_day_for(inquiry: InquiryView, at: datetime) -> bool:
    zone = ZoneInfo(inquiry.program_zone)
    today = at.astimezone(zone).date()
    newest = max([inquiry.asked_at, *(step.at for step in inquiry.steps)])
    calendar = find_calendar(code=inquiry.calendar)
    is_open = calendar is None or calendar.is_business_day(today)
    return is_open and newest.astimezone(zone).date() < today


def _digest(email: str, found: Sequence[InquiryView], *, at: datetime) -> None:
    first = found[0]
    recipient = _recipient(first)
    with translation.override(recipient.language):
        count = ngettext("%(count)s question", "%(count)s questions", len(found)) % {
            "count": len(found)
        }
        lines = [
            _("- %(partner)s, %(deal)s: until %(day)s")
            % {
                "partner": each.partner_name,
                "deal": each.deal,
                "day": _day(each, recipient.language),
            }
            for each in found
        ]
    token = services.issue_digest_link(inquiry_id=first.inquiry_id, email=email, at=at)
    queue_mail(
        template="inquiry-digest", to_email=email, to_name=recipient.name,
        language=recipient.language, partner_id=0, about=first.submission_id, at=at,
        context={"count": count, "questions": "\n".join(lines), "link": f"{_url(token)}all/"},
        idem_key=f"inquiry-digest:{email}:{at.date().isoformat()}",
    )  # fmt: skip


def _mail(
    inquiry: InquiryView, template: str, *, token: str, at: datetime, passer: str = ""
) -> None:
    recipient = _recipient(inquiry)
    queue_mail(
        template=template, to_email=recipient.email, to_name=recipient.name,
        language=recipient.language, partner_id=0, about=inquiry.submission_id, at=at,
        context={
            "asker": inquiry.asked_by_name,
            "passer": passer,
            "partner": inquiry.partner_name,
            "title": _title(inquiry),
            "deal": inquiry.deal,
            "question": inquiry.question,
            "due_on": _day(inquiry, recipient.language),
            "link": _url(token),
        },
        idem_key=f"{inquiry.inquiry_id}:{template}:{recipient.email}",
    )  # fmt: skip


def _recipient(inquiry: InquiryView) -> Recipient:
    """Who is to answer, by the name that was given, in the language of an account if any."""
    name, email = inquiry.holder
    known = find_recipient_by_email(email=email)
    return Recipient(name, email, known.language if known else "en")


def _url(token: str) -> str:
    return f"{settings.PUBLIC_URL}/answer/{token}/"


def _title(inquiry: InquiryView) -> str:
    return " · ".join(part for part in (inquiry.number, inquiry.title) if part)


def _day(inquiry: InquiryView, language: str) -> str:
    day = inquiry.due_at.astimezone(ZoneInfo(inquiry.program_zone)).date()
    with translation.override(language):
        return date_format(day, "j. F Y" if language.startswith("de") else "M j, Y")


def _stop(inquiry_id: str, at: datetime) -> None:
    with contextlib.suppress(UnknownClock):
        record_clock_event(subject=inquiry_id, side="ours", kind="stop", at=at)


def _policy() -> dict[str, object]:
    """The policy as a clock stores it."""
    return {**POLICY, "escalate": [dict(each) for each in POLICY["escalate"]]}
