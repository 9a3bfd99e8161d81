"""The outbox: what is to be sent, written in the transaction that causes it."""

from django.db import models

from counterfoil.foundation.isolation import isolated


@isolated(by="partner_id", portal="a", staff="ra", worker="raw")
class OutboxMessage(models.Model):
    """A mail to send: the row is the truth, the job only wakes it; sending is safe to repeat."""

    id = models.CharField(primary_key=True, max_length=40)
    idem_key = models.CharField(max_length=200, unique=True)
    template = models.CharField(max_length=60)
    partner_id = models.BigIntegerField(default=0)
    about = models.CharField(max_length=60, blank=True, default="")
    to_email = models.EmailField()
    to_name = models.CharField(max_length=200, blank=True, default="")
    subject = models.CharField(max_length=300)
    body = models.TextField()
    language = models.CharField(max_length=8, default="en")
    state = models.CharField(max_length=12, default="queued")
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True, default="")
    queued_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="When to try next; moved on after each failure.")
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "queued_at"]),
            models.Index(fields=["state", "due_at"], name="outbox_due"),
            models.Index(fields=["queued_at", "id"], name="outbox_newest"),
            models.Index(fields=["about", "queued_at"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["queued", "sent", "kept", "failed"]),
                name="outbox_state_known",
            )
        ]
