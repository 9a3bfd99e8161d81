"""Tables of the audit log. No foreign key leaves this room: it outlives what it speaks of."""

from django.db import models

from counterfoil.foundation.isolation import isolated


@isolated(by="partner_id", portal="a", staff="ra", worker="ra", app="")
class Event(models.Model):
    """What happened, written in the transaction that did it; never changed (trigger)."""

    id = models.CharField(primary_key=True, max_length=40)
    recorded_at = models.DateTimeField()
    # Events of one act share its moment; this keeps them in the order in which they were written.
    place = models.BigIntegerField(default=0)
    actor_id = models.CharField(max_length=60)
    actor_name = models.CharField(max_length=200)
    role = models.CharField(max_length=40)
    on_behalf_of = models.CharField(max_length=200, blank=True, default="")
    action = models.CharField(max_length=80)
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=80)
    # 0 stands for the vendor itself: the column is compared by row-level security.
    partner_id = models.BigIntegerField(default=0)
    canonical = models.TextField(help_text="The exact bytes that the log hashes, as UTF-8 text.")

    class Meta:
        indexes = [
            models.Index(fields=["object_type", "object_id", "recorded_at"]),
            models.Index(fields=["partner_id", "recorded_at"]),
            models.Index(fields=["recorded_at"]),
            models.Index(fields=["actor_id", "recorded_at"]),
        ]


@isolated(by="partner_id", portal="a", staff="rad", worker="rad")
class Unsequenced(models.Model):
    """An event that the log has not taken yet; the sequencer removes the row when it has.

    Written by the service beside its event, not by a trigger: an event that somebody puts into
    the table by hand is then neither waiting nor in the log, and `verify_log` names it.
    """

    event_id = models.CharField(primary_key=True, max_length=40)
    partner_id = models.BigIntegerField(default=0)


@isolated(by="partner_id", portal="a", staff="ra", worker="rad")
class PersonalValue(models.Model):
    """Personal data behind a salted commitment of an event; may be erased, the event stays."""

    id = models.CharField(primary_key=True, max_length=40)
    event_id = models.CharField(max_length=40, db_index=True)
    partner_id = models.BigIntegerField(default=0)
    field = models.CharField(max_length=60)
    salt = models.CharField(max_length=64)
    value = models.TextField()


@isolated(by=None, staff="ra", worker="ra")
class LogLeaf(models.Model):
    """An event's place in the Merkle log (RFC 9162): gapless index and leaf hash."""

    index = models.BigIntegerField(primary_key=True)
    event_id = models.CharField(max_length=40, unique=True)
    leaf_hash = models.BinaryField(max_length=32)
    sequenced_at = models.DateTimeField()


@isolated(by=None, staff="r", worker="ra")
class Checkpoint(models.Model):
    """A signed note over the log at a size; its copy outside the database is what counts."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    note = models.TextField()
    frontier = models.JSONField(
        default=list,
        help_text="Roots of the complete subtrees at this size, as hex: where the next begins.",
    )
    signed_at = models.DateTimeField()
