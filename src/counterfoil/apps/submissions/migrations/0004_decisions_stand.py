"""The last word on who may approve what, and that a decision stands."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION submissions_approval_of_what_stands() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE s record; latest text; person text;
BEGIN
  SELECT revision INTO s FROM submissions_submission WHERE id = NEW.submission_id;
  SELECT sha256 INTO latest FROM submissions_screening
    WHERE submission_id = NEW.submission_id ORDER BY id DESC LIMIT 1;
  IF NEW.revision <> s.revision OR latest IS DISTINCT FROM NEW.screening_sha256 THEN
    RAISE EXCEPTION 'the submission was screened again since'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'approval_of_latest_screening';
  END IF;
  SELECT public_id INTO person FROM access_user WHERE id = NEW.approver_id;
  IF EXISTS (SELECT FROM submissions_detail d WHERE d.submission_id = NEW.submission_id
               AND d.recorded_by = person AND d.provenance = 'partner_declared')
     OR EXISTS (SELECT FROM submissions_evidence e WHERE e.submission_id = NEW.submission_id
               AND e.added_by = person) THEN
    RAISE EXCEPTION 'the person who entered details or evidence can''t approve them'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'approver_entered_nothing';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER submissions_approval_of_what_stands BEFORE INSERT ON submissions_approval
  FOR EACH ROW EXECUTE FUNCTION submissions_approval_of_what_stands();

CREATE FUNCTION submissions_decision_was_approved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.outcome = 'qualified' AND NEW.decided_by NOT LIKE 'system:%' AND NOT EXISTS (
       SELECT FROM submissions_approval a JOIN access_user u ON u.id = a.approver_id
       WHERE a.submission_id = NEW.submission_id AND a.revision = NEW.revision
         AND u.public_id = NEW.decided_by) THEN
    RAISE EXCEPTION 'nobody approved this revision'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'decision_was_approved';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER submissions_decision_was_approved BEFORE INSERT ON submissions_decision
  FOR EACH ROW EXECUTE FUNCTION submissions_decision_was_approved();

CREATE FUNCTION submissions_decided_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state = 'decided' AND (NEW.state NOT IN ('decided', 'appealed')
       OR (NEW.state = 'decided' AND NEW.outcome <> OLD.outcome)) THEN
    RAISE EXCEPTION 'submission % is decided', OLD.number USING ERRCODE = 'restrict_violation';
  END IF;
  IF OLD.playbook_id IS NOT NULL AND NEW.playbook_id IS DISTINCT FROM OLD.playbook_id THEN
    RAISE EXCEPTION 'the playbook of submission % is pinned', OLD.number
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER submissions_decided_stands BEFORE UPDATE ON submissions_submission
  FOR EACH ROW EXECUTE FUNCTION submissions_decided_stands();
"""
UNDO = """
DROP TRIGGER submissions_approval_of_what_stands ON submissions_approval;
DROP TRIGGER submissions_decision_was_approved ON submissions_decision;
DROP TRIGGER submissions_decided_stands ON submissions_submission;
DROP FUNCTION submissions_approval_of_what_stands(), submissions_decision_was_approved(),
  submissions_decided_stands();
"""


class Migration(migrations.Migration):
    dependencies = [("submissions", "0003_forms_and_readings"), ("access", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, UNDO)]
