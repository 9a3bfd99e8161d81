"""Decisions, approvals and screenings compared with what the audit log says of them.

A replay computes a decision from its record; these checks prove that the record, and all that it
names, is the one that was recorded when it was decided.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from counterfoil.apps.audit.selectors.statements import statements
from counterfoil.apps.submissions.models import (
    Appeal,
    Approval,
    BlindReview,
    Decision,
    Detail,
    Draw,
    Evidence,
    Screening,
    Submission,
)
from counterfoil.apps.submissions.selectors.blind import content_of
from counterfoil.core.canonical import sha256_hex
from counterfoil.core.decisions import RecordUnreadable, settlement_of
from counterfoil.core.differences import Difference

CHUNK = 200
DECIDED = ("submission.approved", "submission.declined")


def submission_differences() -> Iterator[Difference]:
    """This will name what is decided, approved or screened otherwise than was recorded."""
    yield from changed_decisions()
    yield from changed_approvals()
    yield from changed_screenings()
    yield from changed_appeals()
    yield from changed_blind_reviews()


def changed_decisions() -> Iterator[Difference]:
    """This will name decisions that were edited, put in or taken out, with what they rest on."""
    told = {
        each.data["decision"]: each
        for each in statements(object_type="submission", actions=DECIDED)
    }
    newest = Decision.objects.order_by("submission_id", "-revision").distinct("submission_id")
    stands = set(newest.values_list("pk", flat=True))
    rows = Decision.objects.select_related("submission").order_by("pk")
    for row in rows.iterator(chunk_size=CHUNK):
        said = told.pop(row.public_id, None)
        if said is None:
            yield _decision(row.submission.number, "the audit log knows no such decision")
        elif sha256_hex(row.record.encode()) != said.data["record_sha256"]:
            yield _decision(
                row.submission.number, "its record is not the one that the audit log knows"
            )
        else:
            for words in _beside(row, json.loads(row.record), stands=row.pk in stands):
                yield _decision(row.submission.number, words)
    for said in told.values():
        yield _decision(str(said.data["number"]), "was decided, and the decision is gone")
    decided = Decision.objects.values("submission_id")
    for number in (
        Submission.objects.filter(state="decided")
        .exclude(pk__in=decided)
        .order_by("pk")
        .values_list("number", flat=True)
    ):
        yield _decision(number, "stands as decided without a decision")


def _beside(row: Decision, record: Mapping[str, Any], *, stands: bool) -> Iterator[str]:
    """Yield what differs between a record that is proved and the rows that pages show.

    The submission shows the decision that stands; one that was appealed is its own row alone, and
    while the appeal waits the submission still shows what was decided.
    """
    about = record["about"]
    try:
        _, requested, payable = settlement_of(row.record)
    except RecordUnreadable as refusal:
        yield str(refusal)
        return
    shown = {
        "submission": (row.submission.public_id, about["submission"]),
        "revision": (row.revision, about["revision"]),
        "outcome": (row.outcome, record["outcome"]),
        "outcome on the submission": (row.submission.outcome, record["outcome"]),
        "codes": (row.codes, record["codes"]),
        "reason": (row.reason, about["reason"]),
        "requested": (row.requested_minor, requested.minor),
        "requested on the submission": (row.submission.requested_minor, requested.minor),
        "payable": (row.payable_minor, payable.minor),
        "released": (row.released_minor, about["released"]["minor"]),
        "currency": (row.currency, payable.currency),
        "decided by": (
            [row.decided_by, row.decided_by_name],
            [about["decided_by"]["id"], about["decided_by"]["name"]],
        ),
        "decided at": (row.decided_at, datetime.fromisoformat(about["decided_at"])),
        "received at": (
            row.submission.received_at,
            datetime.fromisoformat(about["received_at"]),
        ),
        "approvals": (_approvals(row), about["approvals"]),
    }
    for name, (found, meant) in shown.items():
        if found != meant and (stands or not name.endswith("on the submission")):
            yield f"{name} differs from the record"
    case = record["judged"]["adjudication"]["case"]
    yield from _changed_details(row, case)
    held = set(
        Evidence.objects.filter(submission_id=row.submission_id).values_list("sha256", flat=True)
    )
    for item in case["evidence"]:
        if item.get("sha256") and item["sha256"] not in held:
            yield f"the {item['kind']} {item['sha256'][:12]}… is not the file that was seen"
    screened = Screening.objects.filter(submission_id=row.submission_id, sha256=about["screening"])
    if not screened.exists():
        yield "the screening that it rests on is gone"


def _approvals(row: Decision) -> list[dict[str, Any]]:
    rows = Approval.objects.filter(submission_id=row.submission_id, revision=row.revision)
    return [
        {
            "step": item.step,
            "role": item.role,
            "by": item.approver.public_id,
            "at": item.approved_at.isoformat(),
            "reason": item.reason,
        }
        for item in rows.select_related("approver").order_by("step")
    ]


def _changed_details(row: Decision, case: Mapping[str, Any]) -> Iterator[str]:
    """Yield the details whose rows say something else than what was judged."""
    facts: dict[str, Mapping[str, Any]] = dict(case["facts"])
    for line in case["lines"]:
        facts |= {f"line.{line['id']}.{name}": fact for name, fact in line["facts"].items()}
    judged = {fact["ref"]: (name, fact) for name, fact in facts.items() if fact.get("ref")}
    rows = {
        item.id: item
        for item in Detail.objects.filter(submission_id=row.submission_id, id__in=judged)
    }
    for ref, (name, fact) in judged.items():
        item = rows.get(ref)
        if item is None:
            yield f"the detail {name} is gone"
        elif (item.value, item.provenance) != (fact["value"], fact["provenance"]):
            yield f"the detail {name} is not the one that was judged"


def changed_approvals() -> Iterator[Difference]:
    """This will name approvals that were edited, put in or taken out."""
    told = {
        (each.object_id, each.data["revision"], each.data["step"]): each
        for each in statements(object_type="submission", actions=("submission.approval_given",))
    }
    rows = Approval.objects.select_related("submission", "approver").order_by("pk")
    for row in rows.iterator(chunk_size=CHUNK):
        number = row.submission.number
        said = told.pop((row.submission.public_id, row.revision, row.step), None)
        if said is None:
            yield Difference("approvals as given", number, "the audit log knows no such approval")
            continue
        found = (row.approver.public_id, row.role, row.screening_sha256, row.reason)
        data = said.data
        if found != (said.actor_id, data["role"], data["screening"], data["reason"]):
            yield Difference(
                "approvals as given", number, f"approval {row.step} is not the one that was given"
            )
    for said in told.values():
        yield Difference(
            "approvals as given", str(said.data["number"]), f"approval {said.data['step']} is gone"
        )


def changed_screenings() -> Iterator[Difference]:
    """This will name screenings whose record is not the one that the log knows."""
    told = {
        each.data["screening"]: each
        for each in statements(object_type="submission", actions=("submission.screened",))
    }
    rows = Screening.objects.order_by("pk").values_list("public_id", "record", "sha256")
    for public_id, record, sha256 in rows.iterator(chunk_size=CHUNK):
        said = told.pop(public_id, None)
        if said is None:
            yield _screening(public_id, "the audit log knows no such screening")
        elif not sha256_hex(record.encode()) == sha256 == said.data["sha256"]:
            yield _screening(
                str(said.data["number"]), "its record is not the one that the audit log knows"
            )
    for said in told.values():
        yield _screening(str(said.data["number"]), "was screened, and the screening is gone")


def changed_appeals() -> Iterator[Difference]:
    """This will name appeals that were edited, put in or taken out."""
    told = {
        each.data["appeal"]: each
        for each in statements(object_type="submission", actions=("submission.appealed",))
    }
    for row in Appeal.objects.select_related("submission").order_by("pk"):
        said = told.pop(row.public_id, None)
        number = row.submission.number
        if said is None:
            yield _appeal(number, "the audit log knows no such appeal")
            continue
        found = (
            row.submission.public_id, row.revision, row.against, row.criteria, row.reason,
            row.files, row.raised_by, row.raised_at,
        )  # fmt: skip
        data = said.data
        meant = (
            said.object_id, data["revision"], data["against"], data["criteria"], data["reason"],
            data["files"], said.actor_id, datetime.fromisoformat(data["raised_at"]),
        )  # fmt: skip
        if found != meant:
            yield _appeal(number, "is not the one that was raised")
    for said in told.values():
        yield _appeal(str(said.data["number"]), "was appealed, and the appeal is gone")


def changed_blind_reviews() -> Iterator[Difference]:
    """This will name draws and blind reviews that are not the ones that the log knows."""
    told = {
        each.data["review"]: each
        for each in statements(object_type="submission", actions=("submission.blind_reviewed",))
    }
    for row in BlindReview.objects.select_related("submission", "reviewer").order_by("pk"):
        said = told.pop(row.public_id, None)
        number = row.submission.number
        if said is None:
            yield _blind(number, "the audit log knows no such blind review")
            continue
        kept = {key: said.data[key] for key in content_of(row)}
        is_same = (kept, said.object_id, said.actor_id) == (
            content_of(row),
            row.submission.public_id,
            row.reviewer.public_id,
        )
        if not is_same or sha256_hex(row.record.encode()) != row.sha256:
            yield _blind(number, "a blind review is not the one that was given")
    for said in told.values():
        yield _blind(str(said.data["number"]), "was reviewed blind, and the review is gone")
    yield from _changed_draws()


def _changed_draws() -> Iterator[Difference]:
    told = {
        (each.object_id, each.data["draw"]): each
        for each in statements(object_type="submission", actions=("submission.drawn",))
    }
    for row in Draw.objects.select_related("submission").order_by("pk"):
        said = told.pop((row.submission.public_id, row.kind), None)
        if said is None:
            yield _blind(row.submission.number, "the audit log knows no such draw")
            continue
        found = (row.month, row.number, row.share_ppm, row.is_drawn)
        data = said.data
        if found != (data["month"], data["drawn"], data["share_ppm"], data["is_drawn"]):
            yield _blind(row.submission.number, "was drawn otherwise than the audit log knows")
    for said in told.values():
        yield _blind(str(said.data["number"]), "was drawn, and the draw is gone")


def _blind(subject: str, message: str) -> Difference:
    return Difference("blind reviews as given", subject, message)


def _appeal(subject: str, message: str) -> Difference:
    return Difference("appeals as raised", subject, message)


def _decision(subject: str, message: str) -> Difference:
    return Difference("decisions as recorded", subject, message)


def _screening(subject: str, message: str) -> Difference:
    return Difference("screenings as recorded", subject, message)
