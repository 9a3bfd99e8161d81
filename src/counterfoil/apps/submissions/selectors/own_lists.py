"""A partner's submissions in lists: whose turn, by when, what came of it; what can be claimed."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F, Max, Q, QuerySet, Sum

from counterfoil.apps.submissions.models import Decision, Evidence, Message, Submission
from counterfoil.apps.submissions.selectors.deadlines import claim_by_of
from counterfoil.apps.submissions.selectors.heads import RELATED, head_of
from counterfoil.apps.submissions.types import (
    MessageView,
    PortalPage,
    PortalRow,
    RequestLeft,
)
from counterfoil.core.actors import Actor
from counterfoil.core.money import Money
from counterfoil.core.playbooks import Kind
from counterfoil.core.states import State, whose_turn

PAGE_SIZE = 25
OPEN = (
    State.DRAFT, State.SUBMITTED, State.SCREENING, State.ACTION_REQUIRED, State.IN_REVIEW,
    State.SECOND_REVIEW, State.APPEALED,
)  # fmt: skip
GROUPS = ("open", "yours", "done", "all")
"""Lists of the portal: open, the partner's turn, over, all."""


def list_own_submissions(
    *, by: Actor, group: str = "all", cursor: str = "", limit: int = PAGE_SIZE, kind: str = ""
) -> PortalPage:
    """This will return a page of the partner's submissions, newest first; three queries.

    `cursor` is the public id of the last row of the page before; an unknown one begins anew.
    """
    rows = _own(by).select_related(*RELATED)
    if group == "open":
        rows = rows.filter(state__in=OPEN)
    elif group == "yours":
        rows = rows.filter(
            Q(state__in=(State.DRAFT, State.ACTION_REQUIRED))
            | Q(on_behalf=True, confirmed_at__isnull=True, state__in=OPEN)
        )
    elif group == "done":
        rows = rows.exclude(state__in=OPEN)
    if kind:
        rows = rows.filter(kind=kind)
    if cursor:
        last = _own(by).filter(public_id=cursor).values_list("pk", flat=True).first()
        rows = rows.filter(pk__lt=last) if last is not None else rows
    found = list(rows.order_by("-pk")[: limit + 1])
    shown = tuple(_rows(found[:limit]))
    return PortalPage(shown, shown[-1].head.public_id if len(found) > limit else "")


def count_own_turns(*, by: Actor) -> int:
    """This will count the submissions that wait for the partner."""
    return (
        _own(by)
        .filter(
            Q(state=State.ACTION_REQUIRED)
            | Q(on_behalf=True, confirmed_at__isnull=True, state__in=OPEN)
        )
        .count()
    )


def list_requests_left(*, by: Actor, limit: int = 100) -> tuple[RequestLeft, ...]:
    """This will list approved requests of which something is left, newest approval first.

    The same few queries however many there are: no look-up a request.
    """
    qualified = Decision.objects.filter(outcome="qualified", submission__partner_id=by.partner_id)
    used = {
        (parent, currency): int(total)
        for parent, currency, total in qualified.filter(submission__parent__isnull=False)
        .order_by()
        .values_list("submission__parent", "currency")
        .annotate(total=Sum(F("payable_minor") + F("released_minor")))
    }
    approvals = (
        qualified.filter(
            submission__kind=Kind.FUND_REQUEST, submission__state=State.DECIDED,
            submission__outcome="qualified",
        )
        .order_by("submission", "-revision")
        .distinct("submission")
        .values_list("submission", "payable_minor", "currency", "decided_at")
    )  # fmt: skip
    left = sorted(
        (decided_at, pk, minor, minor - used.get((pk, currency), 0))
        for pk, minor, currency, decided_at in approvals
        if minor > used.get((pk, currency), 0)
    )[: -limit - 1 : -1]
    rows = _own(by).filter(pk__in=[pk for _, pk, _, _ in left]).select_related(*RELATED)
    heads = {row.pk: head_of(row) for row in rows}
    last_days = claim_by_of(heads)
    return tuple(
        RequestLeft(
            head=heads[pk],
            approved=Money(minor, heads[pk].currency),
            remaining=Money(rest, heads[pk].currency),
            approved_on=decided_at.date(),
            claim_by=last_days[pk],
        )
        for decided_at, pk, minor, rest in left
        if pk in heads
    )


def list_own_messages(
    *, by: Actor, before: datetime | None = None, limit: int = PAGE_SIZE
) -> tuple[tuple[PortalRow, MessageView], ...]:
    """This will list the newest message of each submission that has any, newest first.

    `before` goes on after a page: only messages sent earlier. Three queries.
    """
    newest = (
        Message.objects.filter(partner_id=by.partner_id)
        .values("submission_id")
        .annotate(last=Max("pk"))
        .values("last")
    )
    rows = Message.objects.filter(partner_id=by.partner_id, pk__in=newest)
    if before is not None:
        rows = rows.filter(sent_at__lt=before)
    found = list(rows.order_by("-sent_at", "-pk")[:limit])
    heads = {
        row.head.pk: row
        for row in _rows(
            list(
                _own(by)
                .filter(pk__in=[item.submission_id for item in found])
                .select_related(*RELATED)
            )
        )
    }
    return tuple(
        (heads[item.submission_id], message_view(item))
        for item in found
        if item.submission_id in heads
    )


def message_view(row: Message) -> MessageView:
    """This will shape a stored message."""
    return MessageView(
        message_id=row.public_id,
        kind=row.kind,
        revision=row.revision,
        author_name=row.author_name,
        is_from_partner=row.from_partner,
        body=row.body,
        fields=tuple(row.fields),
        codes=tuple(row.codes),
        answer_by=row.answer_by,
        sent_at=row.sent_at,
    )


def find_own_file(evidence_id: str, *, by: Actor) -> tuple[str, str, str, tuple[str, ...]] | None:
    """This will return name, hash, media type and page pictures of a file that `by` may see."""
    rows = Evidence.objects.filter(public_id=evidence_id)
    if by.is_partner:
        rows = rows.filter(partner_id=by.partner_id)
    row = rows.exclude(sha256="").defer("reading").first()
    return None if row is None else (row.name, row.sha256, row.media_type, tuple(row.previews))


def _own(by: Actor) -> QuerySet[Submission]:
    return Submission.objects.filter(partner_id=by.partner_id)


def _rows(rows: Sequence[Submission]) -> list[PortalRow]:
    pks = [row.pk for row in rows]
    payable = {
        pk: Money(minor, currency)
        for pk, minor, currency in Decision.objects.filter(submission_id__in=pks)
        .order_by("submission_id", "revision")
        .values_list("submission_id", "payable_minor", "currency")
    }
    answers = dict(
        Message.objects.filter(submission_id__in=pks, kind="return")
        .order_by("sent_at", "pk")
        .values_list("submission_id", "answer_by")
    )
    return [
        PortalRow(
            head=head_of(row),
            turn=whose_turn(row.state),
            payable=payable.get(row.pk) if row.state == State.DECIDED else None,
            answer_by=answers.get(row.pk) if row.state == State.ACTION_REQUIRED else None,
        )
        for row in rows
    ]
