"""An index on the key of deals, by which another submission for the same deal is found."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("submissions", "0012_blind_guards")]
    operations = [
        migrations.RunSQL(
            """
            CREATE INDEX submissions_detail_deal ON submissions_detail
              (upper(regexp_replace(value #>> '{}', '[^A-Za-z0-9]', '', 'g')))
              WHERE name = 'opportunity_id'
            """,
            "DROP INDEX submissions_detail_deal",
        )
    ]
