"""Columns for what a form was given as text, and for what the reader said at upload."""

import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("submissions", "0002_guards")]
    operations = [
        migrations.AddField(
            "submission",
            "entries",
            models.JSONField(default=dict, help_text="Details as typed, readable or not."),
        ),
        migrations.AddField(
            "submission",
            "form_token",
            models.CharField(
                blank=True, default="", max_length=80, help_text="One form begins one submission."
            ),
        ),
        migrations.AddConstraint(
            "submission",
            models.UniqueConstraint(
                fields=["partner", "form_token"],
                condition=~models.Q(form_token=""),
                name="one_submission_a_form",
            ),
        ),
        migrations.AddField(
            "submission",
            "pinned_on",
            models.DateField(null=True, help_text="Day whose rules and values are pinned."),
        ),
        migrations.AddField(
            "invoiceline",
            "entries",
            models.JSONField(default=dict, help_text="Fields as typed, readable or not."),
        ),
        migrations.AddField(
            "evidence",
            "line",
            models.CharField(max_length=40, blank=True, default="", help_text="Line it proves."),
        ),
        migrations.AddField("evidence", "reading", models.JSONField(default=dict)),
        migrations.AlterField("inspectedfile", "reader", models.CharField(max_length=200)),
        migrations.AddIndex(
            "inspectedfile",
            models.Index(fields=["text_sha256"], name="inspected_text_sha256"),
        ),
        migrations.AddIndex(
            "inspectedfile",
            django.contrib.postgres.indexes.GinIndex(
                fields=["image_hashes"], name="inspected_image_hashes"
            ),
        ),
        migrations.AddField(
            "screening",
            "summary",
            models.JSONField(default=dict, help_text="Counts and sums for lists, out of record."),
        ),
        migrations.AddField(
            "decision",
            "released_minor",
            models.BigIntegerField(default=0, help_text="Given back by a last claim."),
        ),
        migrations.AddField(
            "message",
            "before",
            models.JSONField(
                default=dict, help_text="Digests at the return, to see what changed."
            ),
        ),
    ]
