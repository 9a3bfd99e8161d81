"""Writes of the audit log: recording events, taking them into the Merkle log, checkpoints."""

from counterfoil.apps.audit.services.checkpoint import sign_checkpoint
from counterfoil.apps.audit.services.record import commitment, moment, record_event
from counterfoil.apps.audit.services.sequence import sequence_events

__all__ = ["commitment", "moment", "record_event", "sequence_events", "sign_checkpoint"]
