"""Composite keys, and bills and batches whose money never changes once sealed."""

from django.db import migrations

from counterfoil.foundation.guards import composite_key

SEALED = """
CREATE FUNCTION payouts_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION '% is never deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
  END IF;
  IF TG_TABLE_NAME = 'payouts_billbatch' THEN
    IF (OLD.content, OLD.sha256, OLD.count, OLD.totals, OLD.number, OLD.sealed_by) IS DISTINCT FROM
       (NEW.content, NEW.sha256, NEW.count, NEW.totals, NEW.number, NEW.sealed_by) THEN
      RAISE EXCEPTION 'a sealed batch never changes' USING ERRCODE = 'restrict_violation';
    END IF;
  ELSIF (OLD.amount_minor, OLD.currency, OLD.payable_ref, OLD.payable_entry, OLD.partner_id,
         OLD.payee_id, OLD.batch_id, OLD.number) IS DISTINCT FROM
        (NEW.amount_minor, NEW.currency, NEW.payable_ref, NEW.payable_entry, NEW.partner_id,
         NEW.payee_id, NEW.batch_id, NEW.number)
     OR (OLD.state = 'paid' AND NEW.state <> 'paid') THEN
    RAISE EXCEPTION 'the money of a bill never changes' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payouts_sealed_batch BEFORE UPDATE OR DELETE ON payouts_billbatch
  FOR EACH ROW EXECUTE FUNCTION payouts_sealed();
CREATE TRIGGER payouts_sealed_bill BEFORE UPDATE OR DELETE ON payouts_bill
  FOR EACH ROW EXECUTE FUNCTION payouts_sealed();
"""


class Migration(migrations.Migration):
    dependencies = [("payouts", "0001_initial")]
    operations = [
        composite_key("payouts_bill", columns=("partner_id", "payee_id"), target="payouts_payee"),
        migrations.RunSQL(
            SEALED,
            "DROP TRIGGER payouts_sealed_batch ON payouts_billbatch; "
            "DROP TRIGGER payouts_sealed_bill ON payouts_bill; DROP FUNCTION payouts_sealed();",
        ),
    ]
