"""Entries name their batch, and a leg's one key to its account covers currency and partner."""

import django.db.models.deletion
from django.db import migrations, models

IDENTITY = """
ALTER TABLE ledger_leg ADD CONSTRAINT leg_of_account
  FOREIGN KEY (account_id, currency, partner_id)
  REFERENCES ledger_account (id, currency, partner_id);
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_guards")]

    operations = [
        migrations.AddField(
            model_name="entry",
            name="batch",
            field=models.CharField(
                blank=True,
                default="",
                help_text="Names the audit event of a bulk post.",
                max_length=40,
            ),
        ),
        migrations.AlterField(
            model_name="entry",
            name="origin_period",
            field=models.CharField(blank=True, default="", max_length=20),
        ),
        migrations.RemoveConstraint("account", "account_with_currency"),
        migrations.RemoveConstraint("account", "account_of_partner"),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.UniqueConstraint(
                fields=("id", "currency", "partner_id"), name="account_identity"
            ),
        ),
        migrations.AlterField(
            model_name="leg",
            name="account",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="ledger.account",
            ),
        ),
        migrations.RunSQL(IDENTITY, "ALTER TABLE ledger_leg DROP CONSTRAINT leg_of_account"),
    ]
