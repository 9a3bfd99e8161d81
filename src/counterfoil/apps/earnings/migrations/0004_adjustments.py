"""Adjustments and bonuses. The database keeps the proposal as it was made, and an approved one
belongs to the ledger entry that posted it.
"""

import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION earnings_adjustment_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  moving CONSTANT text[] :=
    ARRAY['state', 'decided_by', 'decided_at', 'decision_note', 'entry_id'];
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'an adjustment is never deleted' USING ERRCODE = 'restrict_violation';
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'proposed' THEN
      RAISE EXCEPTION 'an adjustment begins as a proposal' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.state <> 'proposed'
      OR to_jsonb(NEW) - moving IS DISTINCT FROM to_jsonb(OLD) - moving THEN
    RAISE EXCEPTION 'adjustment % never changes', OLD.public_id
      USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.state = 'approved' AND NOT EXISTS (
      SELECT FROM ledger_entry e JOIN ledger_leg l ON l.entry_id = e.id
        JOIN ledger_account a ON a.id = l.account_id
      WHERE e.public_id = NEW.entry_id AND e.source_ref = NEW.public_id
        AND a.kind = 'expense.commission' AND l.amount_minor = NEW.amount_minor
        AND l.currency = NEW.currency) THEN
    RAISE EXCEPTION 'adjustment % is not what entry % posted', OLD.public_id, NEW.entry_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'adjustment_is_posted';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER earnings_adjustment_guard BEFORE INSERT OR UPDATE OR DELETE ON earnings_adjustment
  FOR EACH ROW EXECUTE FUNCTION earnings_adjustment_guard();
"""
BACKWARD = """
DROP TRIGGER earnings_adjustment_guard ON earnings_adjustment;
DROP FUNCTION earnings_adjustment_guard();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("earnings", "0003_same_partner"),
        ("partners", "0002_membership_ids"),
        ("ledger", "0002_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="Adjustment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.CharField(max_length=40, unique=True)),
                ("region", models.CharField(blank=True, default="", max_length=60)),
                (
                    "month",
                    models.CharField(help_text="That it belongs to: 2026-01.", max_length=7),
                ),
                ("kind", models.CharField(max_length=12)),
                ("reason", models.CharField(max_length=30)),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("note", models.TextField(help_text="A sentence that the partner reads too.")),
                ("about", models.CharField(blank=True, default="", max_length=200)),
                ("state", models.CharField(default="proposed", max_length=12)),
                ("made_by", models.CharField(max_length=60)),
                ("made_at", models.DateTimeField()),
                ("decided_by", models.CharField(blank=True, default="", max_length=60)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decision_note", models.TextField(blank=True, default="")),
                ("entry_id", models.CharField(blank=True, default="", max_length=40)),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="partners.organization",
                    ),
                ),
                (
                    "use",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="earnings.planuse",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["partner", "month"], name="earnings_ad_partner_e3593c_idx"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "proposed")),
                        fields=("use", "partner", "month", "kind", "reason", "amount_minor"),
                        name="adjustment_waits_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["adjustment", "bonus"])),
                        name="adjustment_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("amount_minor", 0), _negated=True),
                            models.Q(
                                ("kind", "adjustment"), ("amount_minor__gt", 0), _connector="OR"
                            ),
                        ),
                        name="adjustment_amount_says_something",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("note", ""), _negated=True), name="adjustment_says_why"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at", None),
                                ("decided_by", ""),
                                ("entry_id", ""),
                                ("state", "proposed"),
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("entry_id", ""),
                                ("state", "refused"),
                                models.Q(("decided_by", ""), _negated=True),
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("state", "approved"),
                                models.Q(("decided_by", ""), _negated=True),
                                models.Q(("decided_by", models.F("made_by")), _negated=True),
                                models.Q(("entry_id", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="adjustment_second_person",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
