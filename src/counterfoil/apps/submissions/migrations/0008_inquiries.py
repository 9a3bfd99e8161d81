"""What account executives are asked, the links that answer it, and what they answered."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("submissions", "0007_appeals"),
    ]

    operations = [
        migrations.CreateModel(
            name="Inquiry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.CharField(max_length=40, unique=True)),
                ("partner_id", models.BigIntegerField()),
                ("revision", models.PositiveSmallIntegerField()),
                ("name", models.CharField(max_length=200)),
                ("email", models.EmailField(help_text="Lower case.", max_length=254)),
                ("deal", models.CharField(help_text="Customer or deal.", max_length=200)),
                ("question", models.TextField(help_text="What the partner says it did.")),
                (
                    "shown",
                    models.JSONField(
                        default=list, help_text="Titles of evidence that may be seen."
                    ),
                ),
                ("asked_by", models.CharField(max_length=60)),
                ("asked_by_name", models.CharField(max_length=200)),
                ("asked_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                (
                    "submission",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="submissions.submission",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="InquiryLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.CharField(max_length=40, unique=True)),
                ("partner_id", models.BigIntegerField()),
                ("token_sha256", models.CharField(max_length=64, unique=True)),
                ("kind", models.CharField(help_text="ask, pass_on or digest", max_length=10)),
                ("email", models.EmailField(help_text="Lower case.", max_length=254)),
                ("issued_at", models.DateTimeField()),
                (
                    "inquiry",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="submissions.inquiry",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="InquiryStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("partner_id", models.BigIntegerField()),
                ("seq", models.PositiveSmallIntegerField()),
                ("act", models.CharField(max_length=10)),
                ("answer", models.CharField(blank=True, default="", max_length=10)),
                ("words", models.TextField(blank=True, default="")),
                ("name", models.CharField(help_text="Of who did it.", max_length=200)),
                (
                    "email",
                    models.EmailField(
                        blank=True,
                        default="",
                        help_text="The mailed address it came from.",
                        max_length=254,
                    ),
                ),
                ("to_name", models.CharField(blank=True, default="", max_length=200)),
                ("to_email", models.EmailField(blank=True, default="", max_length=254)),
                (
                    "ties",
                    models.JSONField(default=list, help_text="Why the answer does not count."),
                ),
                ("done_by", models.CharField(max_length=60)),
                ("done_at", models.DateTimeField()),
                (
                    "inquiry",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="submissions.inquiry",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="inquiry",
            index=models.Index(fields=["submission", "asked_at"], name="inquiry_submission"),
        ),
        migrations.AddConstraint(
            model_name="inquiry",
            constraint=models.UniqueConstraint(
                fields=("partner_id", "id"), name="inquiry_of_partner"
            ),
        ),
        migrations.AddConstraint(
            model_name="inquiry",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_at__gt", models.F("asked_at"))), name="inquiry_due"
            ),
        ),
        migrations.AddIndex(
            model_name="inquirylink",
            index=models.Index(fields=["email", "kind", "issued_at"], name="inquiry_digest"),
        ),
        migrations.AddConstraint(
            model_name="inquirylink",
            constraint=models.CheckConstraint(
                condition=models.Q(("token_sha256__regex", "^[0-9a-f]{64}$")),
                name="inquiry_token_is_a_hash",
            ),
        ),
        migrations.AddConstraint(
            model_name="inquirylink",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["ask", "pass_on", "digest"])),
                name="inquiry_link_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="inquirystep",
            constraint=models.UniqueConstraint(
                fields=("inquiry", "seq"), name="inquiry_step_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="inquirystep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("act", "answer"),
                        ("answer__in", ["confirm", "dispute", "not_mine", "unknown"]),
                    ),
                    models.Q(("act__in", ["delegate", "revoke"]), ("answer", "")),
                    _connector="OR",
                ),
                name="inquiry_step_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="inquirystep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answer", "dispute"), _negated=True),
                    models.Q(("words", ""), _negated=True),
                    _connector="OR",
                ),
                name="dispute_has_reason",
            ),
        ),
    ]
