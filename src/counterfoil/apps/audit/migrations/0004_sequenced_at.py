"""When the log took an event."""

from django.db import migrations, models
from django.utils import timezone


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_waiting_events")]
    operations = [
        migrations.AddField(
            model_name="logleaf",
            name="sequenced_at",
            field=models.DateTimeField(
                default=timezone.now,  # noqa: TID251  rows of before are stamped at the upgrade
            ),
            preserve_default=False,
        ),
    ]
