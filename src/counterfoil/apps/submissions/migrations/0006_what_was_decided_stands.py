"""What was decided, and what it was decided on, never changes; only the worker decides alone."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION submissions_approver_holds_role() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.role NOT IN ('operations', 'team_lead', 'finance_maker', 'finance_checker')
     OR NOT EXISTS (SELECT FROM access_roleassignment r WHERE r.user_id = NEW.approver_id
                      AND r.role = NEW.role AND r.ended_at IS NULL) THEN
    RAISE EXCEPTION 'the approver does not hold the role %', NEW.role
      USING ERRCODE = 'check_violation', CONSTRAINT = 'approver_holds_role';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER submissions_approver_holds_role BEFORE INSERT ON submissions_approval
  FOR EACH ROW EXECUTE FUNCTION submissions_approver_holds_role();

CREATE FUNCTION submissions_system_decides() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.decided_by LIKE 'system:%' AND current_user IN ('cf_staff', 'cf_portal') THEN
    RAISE EXCEPTION 'only the worker decides without a person'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'system_decides_as_worker';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER submissions_system_decides BEFORE INSERT ON submissions_decision
  FOR EACH ROW EXECUTE FUNCTION submissions_system_decides();

CREATE FUNCTION submissions_decided_whole() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state = 'decided' AND OLD.state <> 'decided' AND NOT EXISTS (
       SELECT FROM submissions_decision d WHERE d.submission_id = NEW.id
         AND d.revision = NEW.revision AND d.outcome = NEW.outcome) THEN
    RAISE EXCEPTION 'submission % has no such decision', NEW.number
      USING ERRCODE = 'check_violation', CONSTRAINT = 'decided_by_a_decision';
  END IF;
  IF OLD.state = 'decided' AND NEW.state = 'decided' AND
     to_jsonb(NEW) - ARRAY['assigned_to_id', 'due_at', 'version', 'confirmed_at']
       IS DISTINCT FROM
     to_jsonb(OLD) - ARRAY['assigned_to_id', 'due_at', 'version', 'confirmed_at'] THEN
    RAISE EXCEPTION 'submission % is decided', OLD.number USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER submissions_decided_whole BEFORE UPDATE ON submissions_submission
  FOR EACH ROW EXECUTE FUNCTION submissions_decided_whole();

CREATE FUNCTION submissions_lines_closed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE standing text;
BEGIN
  SELECT state INTO standing FROM submissions_submission
    WHERE id = CASE WHEN TG_OP = 'INSERT' THEN NEW.submission_id ELSE OLD.submission_id END;
  -- Of a parent that the writer may not see nothing is known: the composite key refuses it.
  IF standing NOT IN ('draft', 'action_required') THEN
    RAISE EXCEPTION 'the lines of a submission that is % stand', standing
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER submissions_lines_closed BEFORE INSERT OR UPDATE OR DELETE
  ON submissions_invoiceline FOR EACH ROW EXECUTE FUNCTION submissions_lines_closed();

CREATE FUNCTION submissions_evidence_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF to_jsonb(NEW) - ARRAY['removed_at'] IS DISTINCT FROM to_jsonb(OLD) - ARRAY['removed_at']
     OR OLD.removed_at IS NOT NULL THEN
    RAISE EXCEPTION 'evidence is removed, never changed' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER submissions_evidence_stands BEFORE UPDATE ON submissions_evidence
  FOR EACH ROW EXECUTE FUNCTION submissions_evidence_stands();
"""
BACKWARD = """
DROP TRIGGER submissions_approver_holds_role ON submissions_approval;
DROP TRIGGER submissions_system_decides ON submissions_decision;
DROP TRIGGER submissions_decided_whole ON submissions_submission;
DROP TRIGGER submissions_lines_closed ON submissions_invoiceline;
DROP TRIGGER submissions_evidence_stands ON submissions_evidence;
DROP FUNCTION submissions_approver_holds_role(), submissions_system_decides(),
  submissions_decided_whole(), submissions_lines_closed(), submissions_evidence_stands();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("submissions", "0005_details_taken_back"),
        ("access", "0003_role_guards"),
    ]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
