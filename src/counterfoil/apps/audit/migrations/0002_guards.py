"""The log is append-only in the database itself."""

from django.db import migrations

from counterfoil.foundation.guards import append_only


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [
        append_only("audit_event"),
        append_only("audit_logleaf"),
        append_only("audit_checkpoint"),
        append_only("audit_personalvalue", may_delete=True),
    ]
