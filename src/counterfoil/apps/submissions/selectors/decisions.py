"""Screenings, approvals and decisions as they were stored."""

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet, Sum
from django.db.models.expressions import RawSQL

from counterfoil.apps.submissions.errors import NotScreened
from counterfoil.apps.submissions.models import Approval, Decision, Screening, Submission
from counterfoil.apps.submissions.types import (
    ApprovalView,
    DecidedAt,
    DecidedItem,
    DecidedRow,
    Finding,
    Head,
    Judgment,
    StoredDecision,
    StoredScreening,
)
from counterfoil.core.canonical import sha256_hex
from counterfoil.core.decisions import judge_again
from counterfoil.core.playbooks import Playbook

BATCH = 200


def latest_screening(head: Head) -> StoredScreening:
    """This will return the screening that stands for the submission's revision.

    Raises NotScreened.
    """
    row = (
        Screening.objects.filter(submission_id=head.pk, revision=head.revision)
        .order_by("-pk")
        .first()
    )
    if row is None:
        raise NotScreened("This submission was not screened yet; it takes a moment.")
    return StoredScreening(
        row.public_id, row.sha256, row.revision, row.record, row.outcome, row.screened_at
    )


def judgment_of(screening: StoredScreening, playbook: Playbook) -> Judgment:
    """This will judge the stored case again, so that a decision rests on what was shown.

    Raises RecordUnreadable, AssertionError when the stored text is not what was hashed.
    """
    assert sha256_hex(screening.record.encode()) == screening.sha256
    stored = json.loads(screening.record)
    adjudication = judge_again(stored, playbook)
    return Judgment(
        case=adjudication.case,
        adjudication=adjudication,
        calendar_days=tuple(
            (str(on), int(days), str(to)) for on, days, to in stored["calendar_days"]
        ),
        findings=tuple(
            Finding(item["kind"], item["about"], item["words"], item["data"])
            for item in stored["findings"]
        ),
    )


def is_screened(head: Head) -> bool:
    """This will return whether the submission's revision was judged."""
    return Screening.objects.filter(submission_id=head.pk, revision=head.revision).exists()


def approvals_of(head: Head, *, revision: int) -> tuple[ApprovalView, ...]:
    """This will return the approvals of a revision, in turn; for staff and worker only."""
    rows = (
        Approval.objects.filter(submission_id=head.pk, revision=revision)
        .select_related("approver")
        .order_by("step")
    )
    return tuple(
        ApprovalView(
            row.step, row.role, row.approver.public_id, row.approver.name, row.reason,
            row.approved_at,
        )
        for row in rows
    )  # fmt: skip


def get_decision_record(decision_id: str) -> StoredDecision | None:
    """This will return a decision with its record, or None."""
    row = Decision.objects.filter(public_id=decision_id).select_related("submission").first()
    return None if row is None else _stored(row)


def newest_decisions(*, submission_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """This will give the newest decision's id and the number of decided submissions, by id."""
    rows = Decision.objects.filter(submission__public_id__in=list(submission_ids)).order_by("pk")
    found = rows.values_list("submission__public_id", "public_id", "submission__number")
    return {submission_id: (decision_id, number) for submission_id, decision_id, number in found}


def iterate_decisions(*, since: date | None = None) -> Iterator[StoredDecision]:
    """This will yield every decision with its record, oldest first, a batch at a time."""
    rows = Decision.objects.select_related("submission").order_by("pk")
    if since is not None:
        rows = rows.filter(decided_at__date__gte=since)
    last = 0
    while batch := list(rows.filter(pk__gt=last)[:BATCH]):
        yield from (_stored(row) for row in batch)
        last = batch[-1].pk


def count_decisions(*, since: date | None = None) -> int:
    """This will count the decisions that `iterate_decisions` yields."""
    rows = Decision.objects.all()
    return rows.filter(decided_at__date__gte=since).count() if since else rows.count()


def _standing(*, playbook_code: str, since: date | None = None) -> QuerySet[Decision]:
    """This will find the newest decision of each submission under any version of a playbook."""
    newest = (
        Decision.objects.filter(submission__playbook_code=playbook_code)
        .order_by("submission_id", "-revision")
        .distinct("submission_id")
        .values("pk")
    )
    rows = Decision.objects.filter(pk__in=newest).select_related("submission").order_by("pk")
    return rows if since is None else rows.filter(decided_at__date__gte=since)


def iterate_standing(
    *, playbook_code: str, since: date | None = None
) -> Iterator[tuple[StoredDecision, datetime]]:
    """This will yield each standing decision and when it was made, a batch at a time."""
    rows, last = _standing(playbook_code=playbook_code, since=since), 0
    while batch := list(rows.filter(pk__gt=last)[:BATCH]):
        yield from ((_stored(row), row.decided_at) for row in batch)
        last = batch[-1].pk


def decided_after(*, playbook_code: str, after: int, limit: int) -> tuple[DecidedRow, ...]:
    """This will return decisions under any version of a playbook in the order they were written.

    `after` is the `pk` of the last one that was read, 0 for the first.
    """
    rows = Decision.objects.filter(submission__playbook_code=playbook_code, pk__gt=after)
    return tuple(_decided(row) for row in rows.select_related("submission").order_by("pk")[:limit])


def decided_by_rows(*, rows: Sequence[int]) -> tuple[DecidedRow, ...]:
    """This will return the decisions of these rows, in their order."""
    found = Decision.objects.filter(pk__in=list(rows)).select_related("submission").order_by("pk")
    return tuple(_decided(row) for row in found)


def newer_decisions(*, playbook_code: str, after: int) -> tuple[DecidedAt, ...]:
    """This will name the decisions that were written after a row, without their records."""
    rows = Decision.objects.filter(submission__playbook_code=playbook_code, pk__gt=after)
    found = rows.order_by("pk").values_list("pk", "submission_id", "revision", "decided_at")
    return tuple(DecidedAt(*each) for each in found)


def fingerprint_of_decisions(*, playbook_code: str, up_to: int) -> tuple[int, int]:
    """This will count the decisions up to a row and add up the beginnings of their digests."""
    rows = Decision.objects.filter(submission__playbook_code=playbook_code, pk__lte=up_to)
    table = Decision._meta.db_table
    start = RawSQL(f"('x' || substr({table}.sha256, 1, 12))::bit(48)::bigint", ())  # noqa: S611
    found = rows.aggregate(count=Count("pk"), total=Sum(start))
    return found["count"], int(found["total"] or 0)


def _decided(row: Decision) -> DecidedRow:
    where = DecidedAt(row.pk, row.submission_id, row.revision, row.decided_at)
    return DecidedRow(where, _stored(row))


def count_standing(*, playbook_code: str, since: date | None = None) -> int:
    """This will count the decisions that `iterate_standing` yields."""
    return _standing(playbook_code=playbook_code, since=since).count()


def decisions_between(
    *, program: str, playbooks: Sequence[str], first: date, last: date, zone: str
) -> tuple[DecidedItem, ...]:
    """This will list each submission's newest decision that was made in these days, oldest first.

    Days are those of `zone`, both included; `playbooks` are codes, all without any.
    """
    place = ZoneInfo(zone)
    newest = (
        Decision.objects.order_by("submission_id", "-revision")
        .distinct("submission_id")
        .values("pk")
    )
    rows = Decision.objects.filter(
        pk__in=newest,
        decided_at__gte=datetime.combine(first, time.min, place),
        decided_at__lt=datetime.combine(last + timedelta(days=1), time.min, place),
        submission__fund__program__code=program,
    )
    if playbooks:
        rows = rows.filter(submission__playbook_code__in=list(playbooks))
    found = rows.select_related("submission__partner").defer("record").order_by("decided_at", "pk")
    return tuple(
        DecidedItem(
            decision_id=row.public_id,
            submission_id=row.submission.public_id,
            number=row.submission.number,
            partner_id=row.partner_id,
            partner=row.submission.partner.name,
            playbook=row.submission.playbook_code,
            outcome=row.outcome,
            currency=row.currency,
            requested_minor=row.requested_minor,
            payable_minor=row.payable_minor,
            decided_by=row.decided_by,
            decided_at=row.decided_at,
        )
        for row in found
    )


def submissions_named(*, submission_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """This will give number and playbook of submissions, by id."""
    rows = Submission.objects.filter(public_id__in=list(submission_ids))
    found = rows.values_list("public_id", "number", "playbook_code")
    return {public_id: (number, code) for public_id, number, code in found}


def _stored(row: Decision) -> StoredDecision:
    return StoredDecision(
        decision_id=row.public_id,
        submission_id=row.submission.public_id,
        number=row.submission.number,
        partner_id=row.partner_id,
        record=row.record,
        sha256=row.sha256,
        requested_minor=row.requested_minor,
        payable_minor=row.payable_minor,
        currency=row.currency,
        outcome=row.outcome,
    )
