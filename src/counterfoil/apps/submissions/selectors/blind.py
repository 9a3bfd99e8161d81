"""Blind second reviews: what was drawn, where the two reviews stand, how far people agree."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q

from counterfoil.apps.audit.selectors.statements import statements
from counterfoil.apps.submissions.models import (
    AutomationRestart,
    BlindReview,
    Decision,
    Detail,
    Draw,
    Evidence,
    Note,
    Submission,
)
from counterfoil.apps.submissions.types import (
    Automation,
    BlindPair,
    BlindRow,
    BlindSheet,
    BlindView,
    DrawMonth,
    DrawRow,
    Head,
)
from counterfoil.core.actors import Actor
from counterfoil.core.authority import AUTHORITY
from counterfoil.core.blind import DrawKind, Sheet, Standing, Verdict, compare, standing
from counterfoil.core.money import Money
from counterfoil.core.playbooks import Provenance
from counterfoil.core.states import State

ROWS_MAX = 500
_REVIEWED = (State.IN_REVIEW, State.SECOND_REVIEW)


def blind_of(head: Head) -> BlindView:
    """This will return where the blind reviews of a submission's revision stand."""
    draw = Draw.objects.filter(submission_id=head.pk, kind=DrawKind.BLIND, is_drawn=True).first()
    if draw is None:
        return BlindView()
    rows = BlindReview.objects.filter(submission_id=head.pk, revision=head.revision)
    sheets = tuple(_sheet(row) for row in rows.select_related("reviewer").order_by("place"))
    return _view(sheets, draw.drawn_at)


def is_hidden_from(head: Head, view: BlindView, *, by: Actor) -> bool:
    """This will return whether a person must not see what the first reviewer found.

    That is everybody who could be the second, until the second review is given.
    """
    if view.standing is not Standing.SECOND or view.gave(by.user_pk):
        return False
    return bool(set(by.roles) & set(AUTHORITY["submissions.verify"][0]))


def why_not_blind(head: Head, *, by: Actor) -> str:
    """This will say why a person can't be the second reviewer, "" when they can."""
    verified = Detail.objects.filter(
        submission_id=head.pk, recorded_by=by.id, provenance=Provenance.HUMAN_VERIFIED.word
    )
    if BlindReview.objects.filter(
        submission_id=head.pk, revision=head.revision, reviewer_id=by.user_pk
    ).exists():
        return "You gave the first review; the second is somebody else's."
    if verified.exists():
        return "You verified details here, so your look would not be blind."
    if Note.objects.filter(submission=head.public_id, author_id=by.id).exists():
        return "You wrote a note here, so your look would not be blind."
    return ""


def file_kinds(submission_pk: int) -> dict[str, str]:
    """This will return the kind of proof of each file of a submission, by public id."""
    rows = Evidence.objects.filter(submission_id=submission_pk, removed_at__isnull=True)
    return dict(rows.values_list("public_id", "kind"))


def list_blind(*, playbook_code: str = "", limit: int = ROWS_MAX) -> tuple[BlindRow, ...]:
    """This will list submissions of which at least one blind review was given, newest first."""
    found = BlindReview.objects.order_by("-pk").select_related(
        "reviewer", "submission__partner", "submission__playbook"
    )
    if playbook_code:
        found = found.filter(submission__playbook_code=playbook_code)
    groups: dict[tuple[int, int], list[BlindReview]] = {}
    for row in found[: limit * 2]:
        groups.setdefault((row.submission_id, row.revision), []).append(row)
    decisions = {
        (each.submission_id, each.revision): each
        for each in Decision.objects.filter(submission_id__in={pk for pk, _ in groups}).defer(
            "record"
        )
    }
    return tuple(_row(rows, decisions.get(key)) for key, rows in list(groups.items())[:limit])


def pairs_of(
    *, playbook_code: str = "", since: date | None = None, until: date | None = None
) -> tuple[BlindPair, ...]:
    """This will return every pair of sheets, oldest first.

    Days are those of the second sheet, in UTC, both included.
    """
    rows = BlindReview.objects.select_related("reviewer", "submission").order_by("pk")
    if playbook_code:
        rows = rows.filter(submission__playbook_code=playbook_code)
    found: dict[tuple[int, int], list[BlindReview]] = {}
    for row in rows.iterator(chunk_size=ROWS_MAX):
        found.setdefault((row.submission_id, row.revision), []).append(row)
    pairs = []
    for each in found.values():
        if len(each) < 2:
            continue
        first, second = sorted(each, key=lambda row: row.place)
        day = second.given_at.date()
        if (since is None or since <= day) and (until is None or day <= until):
            pairs.append(
                BlindPair(
                    _sheet(first), _sheet(second), first.submission.number,
                    first.submission.playbook_code,
                )
            )  # fmt: skip
    return tuple(pairs)


def waiting_for_second(*, playbook_code: str = "") -> int:
    """This will count the submissions that wait for their second reviewer."""
    rows = BlindReview.objects.filter(place=1, submission__state__in=_REVIEWED)
    if playbook_code:
        rows = rows.filter(submission__playbook_code=playbook_code)
    given = BlindReview.objects.filter(place=2).values_list("submission_id", "revision")
    done = set(given)
    return sum(
        (pk, revision) not in done
        for pk, revision, now in rows.values_list(
            "submission_id", "revision", "submission__revision"
        )
        if revision == now
    )


def draw_months() -> tuple[DrawMonth, ...]:
    """This will list the months of draws, newest first, as the audit log tells of them."""
    counted: dict[str, dict[str, tuple[int, int]]] = {}
    for month, kind, every, drawn in (
        Draw.objects.values_list("month", "kind")
        .annotate(every=Count("pk"), drawn=Count("pk", filter=Q(is_drawn=True)))
        .order_by("month", "kind")
    ):
        counted.setdefault(month, {})[kind] = (every, drawn)
    found: dict[str, DrawMonth] = {}
    for said in statements(object_type="draw", actions=("draw.committed",)):
        counts = counted.get(said.object_id, {})
        found[said.object_id] = DrawMonth(
            month=said.object_id,
            commitment=str(said.data["commitment"]),
            considered={kind: every for kind, (every, _) in counts.items()},
            drawn={kind: drawn for kind, (_, drawn) in counts.items()},
        )
    for said in statements(object_type="draw", actions=("draw.revealed",)):
        if said.object_id in found:
            found[said.object_id] = replace(found[said.object_id], secret=str(said.data["secret"]))
    return tuple(found[month] for month in sorted(found, reverse=True))


def draws_of(*, month: str) -> tuple[DrawRow, ...]:
    """This will list the draws of a month in their order."""
    rows = Draw.objects.filter(month=month).select_related("submission").order_by("pk")
    return tuple(
        DrawRow(
            row.submission.public_id, row.submission.number, row.kind, row.number, row.share_ppm,
            row.is_drawn, row.drawn_at,
        )
        for row in rows
    )  # fmt: skip


def draw_of(submission_pk: int, *, kind: DrawKind) -> bool | None:
    """This will return whether a submission was drawn, None when it was never in that draw."""
    row = Draw.objects.filter(submission_id=submission_pk, kind=kind).only("is_drawn").first()
    return None if row is None else row.is_drawn


def automation_of(playbook_code: str) -> Automation:
    """This will say how the sampled automatic approvals ended since they were last started.

    A sampled one was wrong when a person did not approve it, or approved less or more.
    """
    start = (
        AutomationRestart.objects.filter(playbook_code=playbook_code)
        .order_by("-restarted_at", "-pk")
        .first()
    )
    rows = Draw.objects.filter(
        kind=DrawKind.AUTOMATIC, is_drawn=True, submission__playbook_code=playbook_code
    ).select_related("submission")
    if start is not None:
        rows = rows.filter(drawn_at__gt=start.restarted_at)
    drawn = list(rows.order_by("pk"))
    decided = _first_decisions(each.submission_id for each in drawn)
    wrong = [
        each.submission.number
        for each in drawn
        if (decision := decided.get(each.submission_id)) is not None
        and (decision.outcome != "qualified" or decision.payable_minor != each.payable_minor)
    ]
    return Automation(
        playbook_code=playbook_code,
        sampled=len(drawn),
        decided=sum(each.submission_id in decided for each in drawn),
        wrong=tuple(wrong),
        since=start.restarted_at if start else None,
        restarted_by_name=start.restarted_by_name if start else "",
        restart_reason=start.reason if start else "",
    )


def codes_with_sampling() -> tuple[str, ...]:
    """This will name the playbooks of which an automatic approval was ever in a draw."""
    rows = Draw.objects.filter(kind=DrawKind.AUTOMATIC)
    return tuple(sorted(set(rows.values_list("submission__playbook_code", flat=True))))


def unfinished_by(user_pk: int | None) -> list[int]:
    """This will list the submissions where a person gave a review that is not settled yet."""
    mine = BlindReview.objects.filter(
        reviewer_id=user_pk, submission__state__in=_REVIEWED
    ).values_list("submission_id", "revision", "submission__revision")
    pks = {pk for pk, revision, now in mine if revision == now}
    rows = BlindReview.objects.filter(submission_id__in=pks).select_related("reviewer")
    groups: dict[int, list[BlindReview]] = {}
    now_of = dict(Submission.objects.filter(pk__in=pks).values_list("pk", "revision"))
    for row in rows.order_by("place"):
        if row.revision == now_of[row.submission_id]:
            groups.setdefault(row.submission_id, []).append(row)
    return [
        pk
        for pk, each in groups.items()
        if _view(tuple(_sheet(row) for row in each), None).standing is not Standing.AGREED
    ]


def _first_decisions(pks: Iterable[int]) -> dict[int, Decision]:
    rows = Decision.objects.filter(submission_id__in=list(pks)).defer("record")
    found: dict[int, Decision] = {}
    for row in rows.order_by("submission_id", "revision"):
        found.setdefault(row.submission_id, row)
    return found


def _row(rows: Sequence[BlindReview], decision: Decision | None) -> BlindRow:
    submission = rows[0].submission
    sheets = tuple(sorted((_sheet(row) for row in rows), key=lambda each: each.place))
    version = submission.playbook
    return BlindRow(
        submission_id=submission.public_id,
        number=submission.number,
        partner_name=submission.partner.name,
        kind=submission.kind,
        playbook_code=submission.playbook_code,
        playbook_version=str(version.version) if version else "",
        view=_view(sheets, None),
        outcome=decision.outcome if decision else "",
        decided_by_name=decision.decided_by_name if decision else "",
        due_at=submission.due_at,
    )


def _view(sheets: tuple[BlindSheet, ...], drawn_at: datetime | None) -> BlindView:
    first = sheets[0].sheet if sheets else None
    second = sheets[1].sheet if len(sheets) > 1 else None
    return BlindView(
        standing=standing(is_drawn=True, first=first, second=second),
        sheets=sheets,
        comparison=compare(first, second) if first and second else None,
        drawn_at=drawn_at,
    )


def _sheet(row: BlindReview) -> BlindSheet:
    payable = None if row.payable_minor is None else Money(row.payable_minor, row.currency)
    return BlindSheet(
        public_id=row.public_id,
        place=row.place,
        reviewer_pk=row.reviewer_id,
        reviewer_id=row.reviewer.public_id,
        reviewer_name=row.reviewer.name,
        sheet=Sheet(Verdict(row.verdict), dict(row.results), payable, row.code),
        reason=row.reason,
        answers=dict(row.answers),
        given_at=row.given_at,
    )


def content_of(row: BlindReview) -> dict[str, Any]:
    """This will return what the log keeps of a review, to compare it with later."""
    return {
        "revision": row.revision, "place": row.place, "verdict": row.verdict, "code": row.code,
        "reason": row.reason, "results": dict(row.results), "payable_minor": row.payable_minor,
        "currency": row.currency, "sha256": row.sha256, "given_at": row.given_at.isoformat(),
    }  # fmt: skip


def reviewers_apart(pairs: Sequence[BlindPair]) -> tuple[tuple[str, int, int], ...]:
    """This will count by reviewer the pairs they were in and those that needed a third person."""
    every: Counter[str] = Counter()
    apart: Counter[str] = Counter()
    for pair in pairs:
        for each in (pair.first, pair.second):
            every[each.reviewer_name] += 1
            apart[each.reviewer_name] += pair.comparison.needs_third
    return tuple((name, every[name], apart[name]) for name in sorted(every))
