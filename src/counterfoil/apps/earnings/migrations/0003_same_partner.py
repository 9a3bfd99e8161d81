"""A result of a partner's hangs on that partner's sales lines only."""

from django.db import migrations

from counterfoil.foundation.guards import composite_key


class Migration(migrations.Migration):
    dependencies = [("earnings", "0002_guards"), ("programs", "0006_sales_line_of_partner")]
    operations = [
        composite_key(
            "earnings_runline",
            columns=("partner_id", "sales_line_id"),
            target="programs_salesline",
        ),
        composite_key(
            "earnings_runline",
            columns=("partner_id", "original_id"),
            target="programs_salesline",
        ),
    ]
