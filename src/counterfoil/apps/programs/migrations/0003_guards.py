"""Sales lines and earning statements are facts: a correction is a further row."""

from django.db import migrations

from counterfoil.foundation.guards import append_only


class Migration(migrations.Migration):
    dependencies = [("programs", "0002_unsigned_sales")]
    operations = [append_only("programs_salesline"), append_only("programs_earningstatement")]
