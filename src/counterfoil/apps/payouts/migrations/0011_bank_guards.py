"""What a bank said stays as it said it; a statement leaves its review once, by a person."""

from django.db import migrations

from counterfoil.foundation.guards import append_only

FORWARD = """
CREATE FUNCTION payouts_statement_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'a statement is never deleted' USING ERRCODE = 'restrict_violation';
  END IF;
  IF to_jsonb(NEW) - ARRAY['state', 'decided_by', 'decided_at', 'decided_reason']
       IS DISTINCT FROM to_jsonb(OLD) - ARRAY['state', 'decided_by', 'decided_at', 'decided_reason']
     OR OLD.state <> 'review' THEN
    RAISE EXCEPTION 'a statement never changes' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payouts_statement_guard BEFORE UPDATE OR DELETE ON payouts_bankstatement
  FOR EACH ROW EXECUTE FUNCTION payouts_statement_guard();

CREATE FUNCTION payouts_match_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.undoes_id IS NOT NULL THEN
    IF NOT EXISTS (SELECT FROM payouts_bankmatch m WHERE m.id = NEW.undoes_id
                   AND m.line_id = NEW.line_id AND m.undoes_id IS NULL) THEN
      RAISE EXCEPTION 'an undo names a match of its own line'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'undo_of_own_line';
    END IF;
  ELSIF NOT EXISTS (
    SELECT FROM payouts_bankline l JOIN payouts_bankstatement s ON s.id = l.statement_id
    WHERE l.id = NEW.line_id AND s.state = 'taken' AND s.kind = 'statement'
      AND NOT l.has_parts AND l.status = 'booked') THEN
    RAISE EXCEPTION 'only booked lines of statements that were taken are matched'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'matched_line_is_taken';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payouts_match_guard BEFORE INSERT ON payouts_bankmatch
  FOR EACH ROW EXECUTE FUNCTION payouts_match_guard();
"""
BACKWARD = """
DROP TRIGGER payouts_statement_guard ON payouts_bankstatement;
DROP TRIGGER payouts_match_guard ON payouts_bankmatch;
DROP FUNCTION payouts_statement_guard(), payouts_match_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("payouts", "0010_bank_statements")]
    operations = [
        append_only("payouts_bankfile"),
        append_only("payouts_bankline"),
        append_only("payouts_bankmatch"),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
