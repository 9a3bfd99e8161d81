"""Questions of partners about figures and lines, and what was done to them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("earnings", "0006_statement_guards"),
        ("partners", "0002_membership_ids"),
    ]

    operations = [
        migrations.CreateModel(
            name="Question",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.CharField(max_length=40, unique=True)),
                ("figure", models.CharField(help_text="Key of the figure: USD-0.", max_length=20)),
                ("sales_line", models.BigIntegerField(default=0)),
                (
                    "subject",
                    models.CharField(help_text="What it is about, in words.", max_length=200),
                ),
                ("asked_by", models.CharField(max_length=60)),
                ("asked_at", models.DateTimeField()),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="partners.organization",
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="earnings.statement",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="QuestionEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seq", models.PositiveSmallIntegerField()),
                ("act", models.CharField(max_length=12)),
                ("state", models.CharField(help_text="After it.", max_length=16)),
                ("actor_id", models.CharField(max_length=60)),
                ("is_from_partner", models.BooleanField()),
                ("body", models.TextField(blank=True, default="")),
                ("decision", models.CharField(blank=True, default="", max_length=12)),
                ("assigned_to", models.CharField(blank=True, default="", max_length=60)),
                ("at", models.DateTimeField()),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="partners.organization",
                    ),
                ),
                (
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="earnings.question",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.UniqueConstraint(
                fields=("partner", "id"), name="question_of_partner"
            ),
        ),
        migrations.AddConstraint(
            model_name="questionevent",
            constraint=models.UniqueConstraint(
                fields=("question", "seq"), name="question_event_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="questionevent",
            constraint=models.UniqueConstraint(
                condition=models.Q(("act", "reopen")),
                fields=("question",),
                name="question_reopened_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="questionevent",
            constraint=models.CheckConstraint(
                condition=models.Q(("act__in", ["ask", "assign", "answer", "reopen", "close"])),
                name="question_act_known",
            ),
        ),
    ]
