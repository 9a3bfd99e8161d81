"""Entries name the batch they were posted in; a late item's period may have a long label."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_guards")]

    operations = [
        migrations.AddField(
            model_name="entry",
            name="batch",
            field=models.CharField(
                blank=True,
                default="",
                help_text="Names the audit event of a bulk post.",
                max_length=40,
            ),
        ),
        migrations.AlterField(
            model_name="entry",
            name="origin_period",
            field=models.CharField(blank=True, default="", max_length=20),
        ),
    ]
