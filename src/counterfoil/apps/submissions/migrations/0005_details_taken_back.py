"""A newer row may take a detail back: an entry that was emptied, or can't be read any more."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("submissions", "0004_decisions_stand")]
    operations = [
        migrations.AlterField(
            "detail",
            "value",
            models.JSONField(
                null=True,
                help_text="Typed as the playbook says: canonical JSON value; null takes back.",
            ),
        )
    ]
