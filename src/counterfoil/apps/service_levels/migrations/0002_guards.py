"""Composite key and append-only events of clocks."""

from django.db import migrations

from counterfoil.foundation.guards import append_only, composite_key


class Migration(migrations.Migration):
    dependencies = [("service_levels", "0001_initial")]
    operations = [
        composite_key(
            "service_levels_clockevent",
            columns=("partner_id", "clock_id"),
            target="service_levels_clock",
        ),
        append_only("service_levels_clockevent"),
        append_only("service_levels_calendarversion"),
    ]
