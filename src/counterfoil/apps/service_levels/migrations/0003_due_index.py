"""What the worker finds clocks by, and what an event may carry."""

from django.db import migrations, models
from django.utils import timezone


class Migration(migrations.Migration):
    dependencies = [("service_levels", "0002_guards")]
    operations = [
        migrations.AddField(
            model_name="clock",
            name="next_step_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="clock",
            name="refreshed_at",
            field=models.DateTimeField(
                default=timezone.now,  # noqa: TID251  rows of before are taken as up to date
                help_text="When the index was last brought up to date.",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="clockevent",
            name="detail",
            field=models.JSONField(
                default=dict, help_text="An agreed deadline, or a policy switched to."
            ),
        ),
        migrations.AddIndex(
            model_name="clock",
            index=models.Index(fields=["is_stopped", "next_step_at"], name="clock_next_step"),
        ),
    ]
