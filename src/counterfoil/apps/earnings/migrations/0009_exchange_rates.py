"""Exchange rates as facts that never change, and the rate that a run's line counted at."""

import django.db.models.deletion
from django.db import migrations, models

from counterfoil.foundation.guards import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("earnings", "0008_question_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="ExchangeRate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(max_length=60)),
                ("currency", models.CharField(max_length=3)),
                ("into", models.CharField(max_length=3)),
                ("on", models.DateField()),
                ("numerator", models.BigIntegerField()),
                (
                    "decimals",
                    models.SmallIntegerField(help_text="The rate is numerator / 10^decimals."),
                ),
                ("import_run", models.CharField(max_length=40)),
                ("by", models.CharField(max_length=60)),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("source", "currency", "into", "on"), name="exchange_rate_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("numerator__gt", 0),
                            ("decimals__gte", 0),
                            ("decimals__lte", 18),
                            models.Q(("currency", models.F("into")), _negated=True),
                        ),
                        name="exchange_rate_is_one",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="runline",
            name="rate",
            field=models.ForeignKey(
                help_text="Which turned the line's amount into the plan's currency.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="earnings.exchangerate",
            ),
        ),
        append_only("earnings_exchangerate"),
    ]
