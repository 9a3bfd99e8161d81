"""Statements never change, and what they show belongs to their partner."""

from django.db import migrations

from counterfoil.foundation.guards import append_only, composite_key


class Migration(migrations.Migration):
    dependencies = [("earnings", "0005_statements")]
    operations = [
        append_only("earnings_statement"),
        append_only("earnings_statementrun"),
        composite_key(
            "earnings_statementrun",
            columns=("partner_id", "statement_id"),
            target="earnings_statement",
        ),
    ]
