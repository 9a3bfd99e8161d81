"""When to try a mail again, and the order of the mailbox page."""

from django.db import migrations, models
from django.utils import timezone


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_initial")]
    operations = [
        migrations.AddField(
            model_name="outboxmessage",
            name="due_at",
            field=models.DateTimeField(
                default=timezone.now,  # noqa: TID251  rows of before are due at once
                help_text="When to try next; moved on after each failure.",
            ),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name="outboxmessage",
            index=models.Index(fields=["state", "due_at"], name="outbox_due"),
        ),
        migrations.AddIndex(
            model_name="outboxmessage",
            index=models.Index(fields=["queued_at", "id"], name="outbox_newest"),
        ),
    ]
