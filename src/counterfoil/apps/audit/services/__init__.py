"""Writes of the audit log: recording events, taking them into the Merkle log, checkpoints."""

from counterfoil.apps.audit.services.record import commitment, moment, record_event

__all__ = ["commitment", "moment", "record_event"]
