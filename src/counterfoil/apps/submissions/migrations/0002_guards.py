"""Composite keys, append-only records, and separation of duties as the last word."""

from django.db import migrations

from counterfoil.foundation.guards import append_only, composite_key

SEPARATION = """
CREATE FUNCTION submissions_separation() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE s record;
BEGIN
  SELECT created_by_id, submitted_by_id INTO s FROM submissions_submission WHERE id = NEW.submission_id;
  IF NEW.approver_id IN (s.created_by_id, s.submitted_by_id) THEN
    RAISE EXCEPTION 'the person who entered or sent a submission can''t approve it'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'approver_is_another_person';
  END IF;
  IF NOT EXISTS (SELECT FROM access_user u
                 WHERE u.id = NEW.approver_id AND u.is_staff_member AND u.is_active) THEN
    RAISE EXCEPTION 'only an active person of the vendor approves'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'approver_is_staff';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER submissions_separation BEFORE INSERT ON submissions_approval
  FOR EACH ROW EXECUTE FUNCTION submissions_separation();

CREATE FUNCTION submissions_received_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.received_at IS NOT NULL AND NEW.received_at IS DISTINCT FROM OLD.received_at THEN
    RAISE EXCEPTION 'the moment of receipt is set once' USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.partner_id <> OLD.partner_id OR NEW.public_id <> OLD.public_id
     OR NEW.created_by_id <> OLD.created_by_id THEN
    RAISE EXCEPTION 'partner, id and author of a submission never change'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER submissions_received_once BEFORE UPDATE ON submissions_submission
  FOR EACH ROW EXECUTE FUNCTION submissions_received_once();
"""
UNDO = """
DROP TRIGGER submissions_separation ON submissions_approval;
DROP TRIGGER submissions_received_once ON submissions_submission;
DROP FUNCTION submissions_separation(), submissions_received_once();
"""
CHILDREN = ("detail", "invoiceline", "evidence", "screening", "approval", "decision", "message")


class Migration(migrations.Migration):
    dependencies = [("submissions", "0001_initial"), ("access", "0001_initial")]
    operations = [
        *(
            composite_key(
                f"submissions_{child}",
                columns=("partner_id", "submission_id"),
                target="submissions_submission",
            )
            for child in CHILDREN
        ),
        composite_key(
            "submissions_submission",
            columns=("partner_id", "parent_id"),
            target="submissions_submission",
        ),
        *(
            append_only(f"submissions_{table}")
            for table in ("detail", "screening", "approval", "decision", "message", "note")
        ),
        migrations.RunSQL(SEPARATION, UNDO),
    ]
