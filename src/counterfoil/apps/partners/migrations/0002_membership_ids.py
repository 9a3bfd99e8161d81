"""A membership gets a public id: the portal names people by it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("partners", "0002_source_digest")]
    operations = [
        migrations.AddField(
            model_name="membership",
            name="public_id",
            field=models.CharField(default="", max_length=40),
            preserve_default=False,
        ),
        migrations.RunSQL(
            # Rows of before this release get an id of their own; 122 bits of them are random.
            "UPDATE partners_membership "
            "SET public_id = 'mem_' || replace(gen_random_uuid()::text, '-', '')",
            migrations.RunSQL.noop,
        ),
        migrations.AlterField(
            model_name="membership",
            name="public_id",
            field=models.CharField(max_length=40, unique=True),
        ),
    ]
