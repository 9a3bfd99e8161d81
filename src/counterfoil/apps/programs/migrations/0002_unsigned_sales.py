"""Sales amounts carry no sign: a refund is a line of its own kind."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("programs", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="salesline",
            name="amount_minor",
            field=models.BigIntegerField(help_text="Never negative: the kind carries the sign."),
        ),
        migrations.AddConstraint(
            model_name="salesline",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gte", 0)), name="sales_line_amount_unsigned"
            ),
        ),
    ]
