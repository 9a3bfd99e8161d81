"""Calendars (stored, versioned) and the event log of every clock."""

from django.db import models

from counterfoil.foundation.isolation import isolated


@isolated(by=None, portal="r", staff="ra", worker="ra")
class CalendarVersion(models.Model):
    """Opening hours and holidays of a calendar, as rows; a new version never changes the old."""

    code = models.CharField(max_length=60)
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    zone = models.CharField(max_length=60)
    weekly = models.JSONField(help_text="Weekday 0-6 -> list of [open, close] as HH:MM.")
    holidays = models.JSONField(help_text="List of [date, name].")
    source = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="calendar_version_once")
        ]


@isolated(by="partner_id", portal="ra", staff="raw", worker="raw")
class Clock(models.Model):
    """A clock on a subject: its policy and calendar are pinned, its due time is only an index.

    A partner's role adds events and may not touch the index; the worker brings it up to date.
    """

    id = models.CharField(primary_key=True, max_length=40)
    partner_id = models.BigIntegerField()
    subject = models.CharField(max_length=60)
    side = models.CharField(max_length=10, help_text="ours or partner")
    policy = models.JSONField()
    calendar = models.ForeignKey(CalendarVersion, on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField(null=True)
    next_step_at = models.DateTimeField(null=True)
    is_running = models.BooleanField(default=True)
    is_stopped = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    refreshed_at = models.DateTimeField(help_text="When the index was last brought up to date.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "side"], name="one_clock_a_side"),
            models.UniqueConstraint(fields=["partner_id", "id"], name="clock_of_partner"),
        ]
        indexes = [
            models.Index(fields=["is_stopped", "due_at"]),
            models.Index(fields=["is_stopped", "next_step_at"], name="clock_next_step"),
        ]


@isolated(by="partner_id", portal="ra", staff="ra", worker="ra")
class ClockEvent(models.Model):
    """What started, paused, resumed or stopped a clock; the reading is recomputed from these."""

    id = models.CharField(primary_key=True, max_length=40)
    partner_id = models.BigIntegerField()
    clock = models.ForeignKey(
        Clock, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    kind = models.CharField(max_length=12)
    reason = models.CharField(max_length=60, blank=True, default="")
    detail = models.JSONField(
        default=dict, help_text="An agreed deadline, or a policy switched to."
    )
    effective_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["clock", "effective_at"])]


@isolated(by=None, staff="r", worker="ra")
class EscalationStep(models.Model):
    """A step of a clock's ladder that was carried out; each step happens once."""

    clock_id = models.CharField(max_length=40)
    step = models.CharField(max_length=20)
    fired_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clock_id", "step"], name="escalation_step_once")
        ]
