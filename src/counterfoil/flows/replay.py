"""Decisions computed again from their records alone; a difference is a finding of the audit."""

from collections.abc import Callable
from datetime import date, datetime

from django.db import transaction

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.playbooks.errors import UnknownPlaybook
from counterfoil.apps.playbooks.selectors import version_by_sha256
from counterfoil.apps.submissions.errors import UnknownSubmission
from counterfoil.apps.submissions.selectors.decisions import (
    count_decisions,
    get_decision_record,
    iterate_decisions,
)
from counterfoil.apps.submissions.types import ReplayReport, ReplayRow, StoredDecision
from counterfoil.core.actors import Actor
from counterfoil.core.canonical import sha256_hex
from counterfoil.core.decisions import (
    RecordUnreadable,
    playbook_sha256_of,
    replay,
    settlement_of,
)

Progress = Callable[[int, int], None]
DIFFERING_MAX = 1_000


@transaction.atomic
def replay_decision(*, decision_id: str, by: Actor, at: datetime) -> ReplayRow:
    """This will compute one decision again. Raises UnknownSubmission for an unknown id."""
    stored = get_decision_record(decision_id)
    if stored is None:
        raise UnknownSubmission(f"There is no decision {decision_id}.")
    return _replayed(stored, by=by, at=at)


@transaction.atomic
def replay_all(
    *, by: Actor, at: datetime, since: date | None = None, progress: Progress | None = None
) -> ReplayReport:
    """This will compute every decision again, oldest first, and report those that differ.

    `progress` is called with how many are done and how many there are.
    """
    total, done = count_decisions(since=since), 0
    differing: list[ReplayRow] = []
    for stored in iterate_decisions(since=since):
        row = _replayed(stored, by=by, at=at)
        done += 1
        if not row.is_same and len(differing) < DIFFERING_MAX:
            differing.append(row)
        if progress is not None:
            progress(done, total)
    record_event(
        by=by, at=at, action="decision.replayed_all", object_type="decision", object_id="all",
        data={"checked": done, "differing": len(differing)},
    )  # fmt: skip
    return ReplayReport(checked=done, differing=tuple(differing))


def _replayed(stored: StoredDecision, *, by: Actor, at: datetime) -> ReplayRow:
    differences = differences_of(stored)
    if differences:
        record_event(
            by=by, at=at, action="decision.replay_differs", object_type="decision",
            object_id=stored.decision_id, partner_id=stored.partner_id,
            data={"number": stored.number, "differences": list(differences)},
        )  # fmt: skip
    return ReplayRow(stored.decision_id, stored.number, not differences, differences)


def differences_of(stored: StoredDecision) -> tuple[str, ...]:
    """This will name what is not as it was: the text's hash, the row, the computation."""
    found: list[str] = []
    if sha256_hex(stored.record.encode()) != stored.sha256:
        found.append("$: the record is not the one that was hashed")
    try:
        ref = version_by_sha256(playbook_sha256_of(stored.record))
        found += replay(stored.record, ref.playbook).differences
        found += _row_differences(stored)
    except (RecordUnreadable, UnknownPlaybook) as refusal:
        found.append(f"$: {refusal}")
    return tuple(found)


def _row_differences(stored: StoredDecision) -> list[str]:
    outcome, requested, payable = settlement_of(stored.record)
    pairs = {
        "row.outcome": (stored.outcome, outcome),
        "row.currency": (stored.currency, payable.currency),
        "row.requested": (stored.requested_minor, requested.minor),
        "row.payable": (stored.payable_minor, payable.minor),
    }
    return [name for name, (row, record) in pairs.items() if row != record]
