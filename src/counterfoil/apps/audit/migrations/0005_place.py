"""The order of events that share one moment."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_sequenced_at")]
    operations = [
        migrations.AddField(
            model_name="event",
            name="place",
            field=models.BigIntegerField(default=0),
        ),
    ]
