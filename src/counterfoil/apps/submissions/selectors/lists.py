"""Lists of submissions for the vendor's people: the queue in its groups, those of a partner.

Pages go by key, never by offset; the number of queries is the same for one row and for a page.
"""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from counterfoil.apps.access.models import User
from counterfoil.apps.submissions.models import Screening, Submission
from counterfoil.apps.submissions.selectors.heads import RELATED, head_of
from counterfoil.apps.submissions.types import (
    QueueFilters,
    QueuePage,
    QueueRow,
)
from counterfoil.core.actors import Actor
from counterfoil.core.money import Money
from counterfoil.core.states import Turn, whose_turn

PAGE = 50
PAGE_MAX = 200
NEVER = datetime(9999, 12, 31, tzinfo=UTC)
IN_REVIEW = ["in_review", "second_review", "appealed"]
GROUPS = (
    "review", "mine", "unassigned", "second_review", "late", "screening", "partner", "decided",
    "closed", "all",
)  # fmt: skip


def queue_page(
    *,
    by: Actor,
    at: datetime,
    filters: QueueFilters | None = None,
    cursor: str = "",
    limit: int = PAGE,
) -> QueuePage:
    """This will return a page of the queue, the most urgent first; decided ones newest first.

    For the vendor's people. Four queries, whatever the page holds. A cursor that is none begins
    at the start.
    """
    chosen = filters or QueueFilters()
    size = max(1, min(limit, PAGE_MAX))
    rows = _filtered(Submission.objects.all(), chosen, by=by, at=at)
    is_past = chosen.group in ("decided", "closed")
    rows = rows.annotate(
        due=Coalesce("due_at", NEVER), ended=Coalesce("decided_at", "submitted_at", "created_at")
    )
    key = "ended" if is_past else "due"
    rows = _after(rows, key, cursor, is_descending=is_past)
    order = (f"-{key}", "-pk") if is_past else (key, "pk")
    found = list(rows.select_related(*RELATED).order_by(*order)[: size + 1])
    page = found[:size]
    screenings = _summaries([row.pk for row in page])
    owners = _owners(page)
    items = tuple(
        _queue_row(row, screenings.get(row.pk, {}), owners.get(row.assigned_to_id, ("", "")), at)
        for row in page
    )
    following = _cursor(page[-1], key) if len(found) > size else ""
    return QueuePage(items, following, chosen)


def queue_counts(*, by: Actor, at: datetime) -> dict[str, int]:
    """This will count the rows of each group, in one query."""
    groups = {
        group: Count("pk", filter=_group(group, by=by, at=at))
        for group in GROUPS
        if group != "all"
    }
    found: dict[str, int] = Submission.objects.aggregate(**groups)
    return found


def submissions_of_partner(
    *, partner_id: int, by: Actor, at: datetime, limit: int = PAGE
) -> tuple[QueueRow, ...]:
    """This will list the newest submissions of a partner, drafts left out, for staff."""
    rows = (
        Submission.objects.filter(partner_id=partner_id)
        .exclude(state="draft")
        .select_related(*RELATED)
        .order_by("-received_at", "-pk")
    )
    page = list(rows[: max(1, min(limit, PAGE_MAX))])
    screenings, owners = _summaries([row.pk for row in page]), _owners(page)
    return tuple(
        _queue_row(row, screenings.get(row.pk, {}), owners.get(row.assigned_to_id, ("", "")), at)
        for row in page
    )


def _filtered(
    rows: QuerySet[Submission], filters: QueueFilters, *, by: Actor, at: datetime
) -> QuerySet[Submission]:
    rows = rows.filter(_group(filters.group, by=by, at=at))
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    if filters.partner:
        rows = rows.filter(partner__public_id=filters.partner)
    if filters.program:
        rows = rows.filter(fund__program__code=filters.program)
    if filters.code:
        screened = Screening.objects.filter(
            submission_id=OuterRef("pk"),
            revision=OuterRef("revision"),
            summary__codes__contains=[filters.code],
        )
        rows = rows.filter(Exists(screened))
    for word in filters.text.split()[:6]:
        rows = rows.filter(
            Q(number__icontains=word) | Q(title__icontains=word) | Q(partner__name__icontains=word)
        )
    return rows


def _group(group: str, *, by: Actor, at: datetime) -> Q:
    groups = {
        "review": Q(state__in=IN_REVIEW),
        "mine": Q(state__in=IN_REVIEW, assigned_to_id=by.user_pk),
        "unassigned": Q(state__in=IN_REVIEW, assigned_to__isnull=True),
        "second_review": Q(state="second_review"),
        "late": Q(state__in=[*IN_REVIEW, "submitted", "screening"], due_at__lt=at),
        "screening": Q(state__in=["submitted", "screening"]),
        "partner": Q(state="action_required"),
        "decided": Q(state="decided"),
        "closed": Q(state__in=["withdrawn", "expired"]),
    }
    return groups.get(group, ~Q(state="draft"))


def _queue_row(
    row: Submission, summary: dict[str, Any], owner: tuple[str, str], at: datetime
) -> QueueRow:
    head = head_of(row)
    payable = summary.get("payable_minor")
    turn = whose_turn(head.state)
    return QueueRow(
        head=head,
        turn=turn,
        counts=summary.get("counts", {}),
        outcome_advised=summary.get("action", ""),
        payable=None if payable is None else Money(payable, head.currency),
        owner_id=owner[0],
        owner_name=owner[1],
        is_late=turn is Turn.US and head.due_at is not None and head.due_at < at,
    )


def _summaries(pks: list[int]) -> dict[int, dict[str, Any]]:
    rows = (
        Screening.objects.filter(submission_id__in=pks)
        .order_by("submission_id", "-pk")
        .distinct("submission_id")
        .values_list("submission_id", "summary")
    )
    return dict(rows)


def _owners(page: list[Submission]) -> dict[int | None, tuple[str, str]]:
    pks = {row.assigned_to_id for row in page if row.assigned_to_id}
    rows = User.objects.filter(pk__in=pks).values_list("pk", "public_id", "name")
    return {pk: (public_id, name) for pk, public_id, name in rows}


def _after(
    rows: QuerySet[Submission], key: str, cursor: str, *, is_descending: bool
) -> QuerySet[Submission]:
    read = _read(cursor)
    if read is None:
        return rows
    moment, pk = read
    side = "lt" if is_descending else "gt"
    return rows.filter(Q(**{f"{key}__{side}": moment}) | Q(**{key: moment, f"pk__{side}": pk}))


def _cursor(row: Submission, key: str) -> str:
    moment: datetime = getattr(row, key)
    plain = json.dumps([moment.astimezone(UTC).isoformat(), row.pk])
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def _read(cursor: str) -> tuple[datetime, int] | None:
    if not cursor or len(cursor) > 200:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        moment, pk = json.loads(base64.urlsafe_b64decode(padded))
        found = datetime.fromisoformat(moment)
        return (found, int(pk)) if found.utcoffset() == timedelta(0) else None
    except (ValueError, TypeError):
        return None
