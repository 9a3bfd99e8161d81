"""Appeals: until when, against what, and how they ended."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from counterfoil.apps.submissions.models import Appeal, Approval, Decision
from counterfoil.apps.submissions.types import AppealView, Head
from counterfoil.core.playbooks import Playbook


@dataclass(frozen=True, slots=True)
class AppealRow:
    """An appeal in the list of all, with what was decided before and after it."""

    appeal: AppealView
    number: str
    first_decider: str
    second_decider: str
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Overturned:
    """How many appeals named a criterion, how many were decided, how many overturned."""

    criterion: str
    named: int
    decided: int
    overturned: int


def last_moment(playbook: Playbook, *, decided_at: datetime, zone: str) -> datetime | None:
    """This will return the first moment after the last day to appeal; None where nobody may.

    Days are counted from the day of the decision in the program's zone, that day not included.
    """
    if playbook.appeal is None:
        return None
    day = decided_at.astimezone(ZoneInfo(zone)).date()
    after = day + timedelta(days=playbook.appeal.within.count + 1)
    return datetime.combine(after, time.min, ZoneInfo(zone))


def last_day(playbook: Playbook, *, decided_at: datetime, zone: str) -> date | None:
    """This will return the last day to appeal in the program's zone; None where nobody may."""
    until = last_moment(playbook, decided_at=decided_at, zone=zone)
    return None if until is None else until.date() - timedelta(days=1)


def appeal_of(submission_pk: int) -> AppealView | None:
    """This will return the appeal of a submission, or None."""
    row = Appeal.objects.filter(submission_id=submission_pk).select_related("submission").first()
    if row is None:
        return None
    decision = Decision.objects.filter(submission_id=submission_pk, revision__gte=row.revision)
    return _view(row, next(iter(decision.values_list("outcome", flat=True)), ""))


def judged_by(head: Head) -> frozenset[str]:
    """This will name the people who decided or approved an earlier revision, by public id."""
    earlier = {"submission_id": head.pk, "revision__lt": head.revision}
    decided = Decision.objects.filter(**earlier).values_list("decided_by", flat=True)
    given = Approval.objects.filter(**earlier).values_list("approver__public_id", flat=True)
    return frozenset([*decided, *given])


def list_appeals(*, limit: int = 500) -> tuple[AppealRow, ...]:
    """This will list appeals, the newest first, each with who decided before and after it."""
    rows = list(Appeal.objects.select_related("submission").order_by("-pk")[:limit])
    decisions: dict[int, list[Decision]] = {}
    found = Decision.objects.filter(submission_id__in=[row.submission_id for row in rows])
    for decision in found.defer("record").order_by("revision"):
        decisions.setdefault(decision.submission_id, []).append(decision)
    return tuple(_row(row, decisions.get(row.submission_id, [])) for row in rows)


def overturned(rows: tuple[AppealRow, ...]) -> tuple[Overturned, ...]:
    """This will count by criterion how often an appeal that names it was overturned."""
    named: Counter[str] = Counter()
    decided: Counter[str] = Counter()
    won: Counter[str] = Counter()
    for row in rows:
        for criterion in row.appeal.criteria:
            named[criterion] += 1
            decided[criterion] += bool(row.appeal.outcome)
            won[criterion] += row.appeal.outcome == "qualified"
    return tuple(
        Overturned(each, named[each], decided[each], won[each])
        for each in sorted(named, key=lambda each: (-won[each], -named[each], each))
    )


def _row(row: Appeal, decisions: list[Decision]) -> AppealRow:
    first = next((each for each in decisions if each.public_id == row.against), None)
    second = next((each for each in decisions if each.revision >= row.revision), None)
    return AppealRow(
        appeal=_view(row, second.outcome if second else ""),
        number=row.submission.number,
        first_decider=first.decided_by_name if first else "",
        second_decider=second.decided_by_name if second else "",
        decided_at=second.decided_at if second else None,
    )


def _view(row: Appeal, outcome: str) -> AppealView:
    return AppealView(
        public_id=row.public_id,
        submission_id=row.submission.public_id,
        revision=row.revision,
        against=row.against,
        criteria=tuple(row.criteria),
        reason=row.reason,
        files=tuple(row.files),
        raised_by_name=row.raised_by_name,
        raised_at=row.raised_at,
        outcome=outcome,
    )
