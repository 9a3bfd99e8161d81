"""Refusals of audit."""


class AuditRefused(Exception):
    """The audit log refuses; the message says why and what to do."""


class CheckpointContradicts(AuditRefused):
    """The log does not continue an earlier checkpoint: its rows were changed or removed."""


class CheckpointExists(AuditRefused):
    """Another note is kept for this size; a checkpoint is never overwritten."""


class SigningKeyMissing(AuditRefused):
    """No signing key lies in the keys folder; `counterfoil keys init` makes one."""


class SigningKeyUnsafe(AuditRefused):
    """The signing key is the demo's outside the demo, or readable by others."""


class UnknownEvent(AuditRefused):
    """No event of this id can be seen."""


class LogNotCommitted(AuditRefused):
    """Leaves of a transaction that may still roll back are never signed."""


class NothingSigned(AuditRefused):
    """No checkpoint covers an event of the population yet, so nothing could be proven."""
