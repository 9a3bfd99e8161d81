"""Inquiries to account executives: those of a submission, that of a link, those that wait."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta

from django.core.signing import BadSignature, Signer
from django.db.models import Exists, OuterRef, QuerySet

from counterfoil.apps.submissions.errors import UnknownLink
from counterfoil.apps.submissions.models import Inquiry, InquiryLink, InquiryStep
from counterfoil.apps.submissions.types import InquiryLinkView, InquiryStepView, InquiryView
from counterfoil.core.canonical import sha256_hex
from counterfoil.core.inquiries import LATE_DAYS, Answer, InquiryAct, Step
from counterfoil.core.states import FINAL, State

LIST_MAX = 100
OVER = (*FINAL, State.DECIDED, State.APPEALED)
_RELATED = ("submission__partner", "submission__fund__program")
_LINKS = Signer(salt="counterfoil.inquiry")
_NO_LINK = "This link is not one of ours, or it was cut off."


def sign_link(secret: str) -> str:
    """This will return the token of a link: the secret with our signature."""
    return _LINKS.sign(secret)


def link_digest(token: str) -> str:
    """This will return the hash by which a link is found. Raises UnknownLink."""
    try:
        secret = _LINKS.unsign(token)
    except BadSignature:
        raise UnknownLink(_NO_LINK) from None
    return sha256_hex(secret.encode())


def find_link(*, token: str) -> InquiryLinkView:
    """This will return whose link it is and its inquiry. Raises UnknownLink."""
    row = InquiryLink.objects.filter(token_sha256=link_digest(token)).first()
    if row is None:
        raise UnknownLink(_NO_LINK)
    (found,) = _views(Inquiry.objects.filter(pk=row.inquiry_id))
    names = {found.email: found.name}
    names |= {step.to_email: step.to_name for step in found.steps if step.to_email}
    return InquiryLinkView(row.email, names.get(row.email, row.email), found)


def get_inquiry(inquiry_id: str) -> InquiryView:
    """This will return an inquiry. Raises UnknownLink."""
    for found in _views(Inquiry.objects.filter(public_id=inquiry_id)):
        return found
    raise UnknownLink(f"There is no question {inquiry_id}.")


def inquiries_of(submission_id: str) -> tuple[InquiryView, ...]:
    """This will list what was asked about a submission, oldest first."""
    rows = Inquiry.objects.filter(submission__public_id=submission_id)
    return _views(rows.order_by("asked_at", "pk")[:LIST_MAX])


def inquiries_of_address(email: str, *, at: datetime) -> tuple[InquiryView, ...]:
    """This will list what waits for an answer from a mail address, the most urgent first."""
    mine = InquiryLink.objects.filter(email=email, inquiry=OuterRef("pk"))
    found = _views(_open(at).filter(Exists(mine)).order_by("due_at", "pk")[:LIST_MAX])
    return tuple(each for each in found if each.holder[1] == email and each.waits(at))


def inquiries_that_wait(*, at: datetime) -> tuple[InquiryView, ...]:
    """This will list every inquiry that waits for an answer, the most urgent first."""
    found = _views(_open(at).order_by("due_at", "pk")[: LIST_MAX * 10])
    return tuple(each for each in found if each.waits(at))


def late_inquiries(submission_ids: Iterable[str], *, at: datetime) -> frozenset[str]:
    """This will say which of these submissions have an answer that is late."""
    rows = _open(at).filter(submission__public_id__in=list(submission_ids), due_at__lte=at)
    return frozenset(each.submission_id for each in _views(rows) if each.is_late(at))


def count_late_inquiries(*, at: datetime) -> int:
    """This will count the answers that are late."""
    rows = _open(at).filter(due_at__lte=at)[: LIST_MAX * 10]
    return sum(each.is_late(at) for each in _views(rows))


def steps_on(pk: int) -> tuple[tuple[Step, ...], ...]:
    """This will return, for each inquiry on a submission, what was done to it."""
    return tuple(each.plain_steps for each in _views(Inquiry.objects.filter(submission_id=pk)))


def was_reminded(*, email: str, at: datetime) -> bool:
    """This will say whether the address got its digest on this day, in UTC, already."""
    since = datetime.combine(at.astimezone(UTC).date(), time(), UTC)
    sent = InquiryLink.objects.filter(email=email, kind="digest", issued_at__gte=since)
    return sent.filter(issued_at__lt=since + timedelta(days=1)).exists()


def _open(at: datetime) -> QuerySet[Inquiry]:
    """Rows that may wait still; `waits` has the last word."""
    done = InquiryStep.objects.filter(inquiry=OuterRef("pk"), act__in=["answer", "revoke"])
    rows = Inquiry.objects.filter(~Exists(done), due_at__gt=at - timedelta(days=LATE_DAYS))
    return rows.exclude(submission__state__in=[str(each) for each in OVER])


def _views(rows: QuerySet[Inquiry]) -> tuple[InquiryView, ...]:
    found = list(rows.select_related(*_RELATED))
    steps: dict[int, list[InquiryStepView]] = {row.pk: [] for row in found}
    for step in InquiryStep.objects.filter(inquiry_id__in=list(steps)).order_by("inquiry", "seq"):
        steps[step.inquiry_id].append(_step(step))
    return tuple(_view(row, steps[row.pk]) for row in found)


def _step(row: InquiryStep) -> InquiryStepView:
    return InquiryStepView(
        act=InquiryAct(row.act),
        answer=Answer(row.answer) if row.answer else None,
        words=row.words,
        name=row.name,
        email=row.email,
        to_name=row.to_name,
        to_email=row.to_email,
        ties=tuple(row.ties),
        at=row.done_at,
    )


def _view(row: Inquiry, steps: Sequence[InquiryStepView]) -> InquiryView:
    on = row.submission
    assert on.fund is not None
    return InquiryView(
        inquiry_id=row.public_id,
        submission_id=on.public_id,
        number=on.number,
        title=on.title,
        kind=on.kind,
        partner_name=on.partner.name,
        program_zone=on.fund.program.zone,
        calendar=on.fund.program.calendar,
        name=row.name,
        email=row.email,
        deal=row.deal,
        question=row.question,
        shown=tuple(row.shown),
        asked_by=row.asked_by,
        asked_by_name=row.asked_by_name,
        asked_at=row.asked_at,
        due_at=row.due_at,
        is_over=on.state in [str(each) for each in OVER],
        steps=tuple(steps),
    )
