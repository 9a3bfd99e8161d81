"""Sequencing, signing and verifying the audit log."""

from datetime import datetime

from counterfoil.apps.audit import services as audit
from counterfoil.apps.audit.ports import CheckpointStore, SigningKey
from counterfoil.apps.audit.selectors import verdict_of_log
from counterfoil.apps.audit.types import CheckpointRecord, LogVerdict
from counterfoil.core.actors import Actor
from counterfoil.core.authority import require


def sequence_log(*, at: datetime) -> int:
    """This will take waiting events into the log and return how many."""
    return audit.sequence_events(at=at)


def sign_log(*, at: datetime, key: SigningKey, store: CheckpointStore) -> CheckpointRecord | None:
    """This will sign the log; run it in a transaction after the one that sequenced.

    Raises LogNotCommitted, CheckpointContradicts, SigningKeyMissing, SigningKeyUnsafe.
    """
    return audit.sign_checkpoint(at=at, key=key, store=store)


def verify_log(*, by: Actor, at: datetime, key: SigningKey, store: CheckpointStore) -> LogVerdict:
    """This will verify the whole log against the checkpoints kept outside.

    The verification is itself an event. Raises NotAllowed.
    """
    if not by.is_system:
        require(by, "audit.view")
    verdict = verdict_of_log(key=key, store=store)
    audit.record_event(
        by=by,
        at=at,
        action="log.verified",
        object_type="log",
        object_id=key.key.name,
        data={
            "leaves": verdict.leaves,
            "root": verdict.root,
            "findings": [finding.code for finding in verdict.findings],
        },
    )
    return verdict
