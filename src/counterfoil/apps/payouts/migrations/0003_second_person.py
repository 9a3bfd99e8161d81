"""What the second person checked stays as it was checked; a released batch stays released."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION payouts_payee_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.status <> 'pending' OR NEW.checked_by <> '' OR NEW.replaced_at IS NOT NULL THEN
      RAISE EXCEPTION 'a payee waits for its check first'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'payee_begins_unchecked';
    END IF;
    RETURN NEW;
  END IF;
  IF to_jsonb(NEW) - ARRAY['status', 'checked_by', 'checked_at', 'replaced_at']
       IS DISTINCT FROM to_jsonb(OLD) - ARRAY['status', 'checked_by', 'checked_at', 'replaced_at']
     OR OLD.replaced_at IS NOT NULL
     OR (OLD.status <> 'pending' AND NEW.status = 'pending')
     OR ((NEW.checked_by, NEW.checked_at) IS DISTINCT FROM (OLD.checked_by, OLD.checked_at)
         AND NOT (OLD.status <> 'ready' AND NEW.status = 'ready')) THEN
    RAISE EXCEPTION 'a payee is replaced, not changed' USING ERRCODE = 'restrict_violation',
      HINT = 'Enter the payee again; a second person checks it.';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payouts_payee_guard BEFORE INSERT OR UPDATE ON payouts_payee
  FOR EACH ROW EXECUTE FUNCTION payouts_payee_guard();

CREATE FUNCTION payouts_batch_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'sealed' OR NEW.released_by <> '' THEN
      RAISE EXCEPTION 'a batch is sealed first'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'batch_begins_sealed';
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.state <> 'sealed'
     AND (NEW.state, NEW.released_by, NEW.released_at, NEW.sealed_at)
         IS DISTINCT FROM (OLD.state, OLD.released_by, OLD.released_at, OLD.sealed_at) THEN
    RAISE EXCEPTION 'batch % is %', OLD.number, OLD.state USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payouts_batch_moves BEFORE INSERT OR UPDATE ON payouts_billbatch
  FOR EACH ROW EXECUTE FUNCTION payouts_batch_moves();

CREATE FUNCTION payouts_bill_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state <> 'billed' AND to_jsonb(NEW) IS DISTINCT FROM to_jsonb(OLD) THEN
    RAISE EXCEPTION 'bill % is %', OLD.number, OLD.state USING ERRCODE = 'restrict_violation';
  END IF;
  -- A payable may be billed again only when its bill can't be paid any more.
  IF NEW.is_live <> (NEW.state NOT IN ('void', 'rejected'))
     OR (NEW.state = 'void' AND EXISTS (
           SELECT FROM payouts_billbatch WHERE id = NEW.batch_id AND state = 'released')) THEN
    RAISE EXCEPTION 'bill % may still be paid', OLD.number USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payouts_bill_moves BEFORE UPDATE ON payouts_bill
  FOR EACH ROW EXECUTE FUNCTION payouts_bill_moves();
"""
BACKWARD = """
DROP TRIGGER payouts_payee_guard ON payouts_payee;
DROP TRIGGER payouts_batch_moves ON payouts_billbatch;
DROP TRIGGER payouts_bill_moves ON payouts_bill;
DROP FUNCTION payouts_payee_guard(), payouts_batch_moves(), payouts_bill_moves();
"""


class Migration(migrations.Migration):
    dependencies = [("payouts", "0002_guards")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
