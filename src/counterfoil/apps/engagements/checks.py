"""Dry-run audits compared with what the audit log says of them."""

from collections.abc import Iterator, Mapping
from typing import Any

from counterfoil.apps.audit.selectors.statements import Statement, statements
from counterfoil.apps.engagements.models import (
    Answer,
    Ask,
    Engagement,
    Finding,
    FindingPaper,
    Paper,
    Population,
    Refinement,
    Reply,
    Sample,
)
from counterfoil.apps.engagements.services import (
    answer_said,
    ask_said,
    engagement_said,
    finding_said,
    paper_said,
    refinement_said,
    reply_said,
)
from counterfoil.core.canonical import sha256_hex
from counterfoil.core.differences import Difference

Rows = Iterator[tuple[str, str, Mapping[str, Any]]]
"""Key, who wrote it, and what the row says of itself."""


def engagement_differences() -> Iterator[Difference]:
    """This will name parts of dry-run audits that are not as they were written, or are gone."""
    yield from _compared("opened", "audit", _opened(), "")
    yield from _compared("population_drawn", "population of audit", _populations(), "")
    yield from _compared("sampled", "sample of audit", _samples(), "")
    yield from _compared("paper_answered", "answer", _answers(), "answer")
    yield from _compared("asked", "request", _asks(), "ask")
    yield from _compared("replied", "reply", _replies(), "reply")
    yield from _compared("finding_written", "finding", _findings(), "finding")
    yield from _compared("finding_withdrawn", "withdrawn finding", _withdrawn(), "finding")
    yield from _compared("refinement_named", "refinement", _refinements(), "refinement")
    yield from _compared("refinement_done", "refinement done", _done(), "refinement")
    yield from _compared("closed", "report of audit", _closed(), "")


def _compared(verb: str, what: str, rows: Rows, key: str) -> Iterator[Difference]:
    """Name the rows that differ from what was said, and what was said of rows that are gone.

    `key` names the part of the event that tells its row; the engagement itself without one.
    """
    told: dict[str, Statement] = {
        str(each.data[key]) if key else each.object_id: each
        for each in statements(object_type="engagement", actions=(f"engagement.{verb}",))
    }
    for public_id, by, says in rows:
        said = told.pop(public_id, None)
        if said is None:
            yield _found(f"{what} {public_id}", "the audit log knows no such thing")
        elif (by, dict(says)) != (said.actor_id, dict(said.data)):
            yield _found(f"{what} {public_id}", "it is not what was written")
    for public_id in told:
        yield _found(f"{what} {public_id}", "was written, and is gone")


def _opened() -> Rows:
    for row in Engagement.objects.order_by("pk"):
        yield row.public_id, row.opened_by, engagement_said(row)


def _populations() -> Rows:
    for row in Population.objects.select_related("engagement").order_by("pk"):
        yield (
            row.engagement.public_id,
            row.drawn_by,
            {
                "sha256": _hash(row.document, row.sha256), "items": row.items,
                "total_minor": row.total_minor, "tie_sha256": _hash(row.tie, row.tie_sha256),
            },
        )  # fmt: skip


def _samples() -> Rows:
    for row in Sample.objects.select_related("engagement").order_by("pk"):
        papers = Paper.objects.filter(engagement_id=row.engagement_id).order_by("seq")
        yield (
            row.engagement.public_id,
            row.drawn_by,
            {
                "sha256": _hash(row.document, row.sha256),
                "promise_sha256": sha256_hex(row.promise.encode()),
                "draft_sha256": row.draft_sha256,
                "papers": {
                    each.public_id: {
                        "sha256": _hash(each.engine, each.sha256), **paper_said(each),
                    }
                    for each in papers
                },
            },
        )  # fmt: skip


def _answers() -> Rows:
    for row in Answer.objects.select_related("paper").order_by("pk"):
        yield row.public_id, row.answered_by, answer_said(row)


def _asks() -> Rows:
    for row in Ask.objects.order_by("pk"):
        yield row.public_id, row.asked_by, ask_said(row)


def _replies() -> Rows:
    for row in Reply.objects.select_related("ask").order_by("pk"):
        yield row.public_id, row.replied_by, reply_said(row)


def _findings() -> Rows:
    for row in Finding.objects.order_by("pk"):
        papers = FindingPaper.objects.filter(finding=row).order_by("paper__seq")
        named = list(papers.values_list("paper__public_id", flat=True))
        yield row.public_id, row.written_by, finding_said(row, named)


def _withdrawn() -> Rows:
    for row in Finding.objects.filter(withdrawn_at__isnull=False).order_by("pk"):
        says = {"finding": row.public_id, "reason": row.withdrawn_reason}
        yield row.public_id, row.withdrawn_by, says


def _refinements() -> Rows:
    for row in Refinement.objects.select_related("finding").order_by("pk"):
        yield row.public_id, row.named_by, refinement_said(row)


def _done() -> Rows:
    for row in Refinement.objects.filter(done_at__isnull=False).order_by("pk"):
        says = {"refinement": row.public_id, "note": row.done_note}
        yield row.public_id, row.done_by, says


def _closed() -> Rows:
    for row in Engagement.objects.filter(closed_at__isnull=False).order_by("pk"):
        sha256 = _hash(row.report, row.report_sha256)
        says = {"conclusion": row.conclusion, "report_sha256": sha256}
        yield row.public_id, row.closed_by, says


def _hash(text: str, kept: str) -> str:
    """Return the hash that the row keeps, or "" when the text beside it has another."""
    return kept if sha256_hex(text.encode()) == kept else ""


def _found(subject: str, message: str) -> Difference:
    return Difference("dry-run audits as written", subject, message)
