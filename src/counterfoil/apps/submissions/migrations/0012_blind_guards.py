"""Draws stand once made, secrets come before them, and a drawn submission needs its two reviews."""

from django.db import migrations

from counterfoil.foundation.guards import append_only, composite_key

WALLS = """
CREATE FUNCTION submissions_drawsecret_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR NEW.month <> OLD.month OR NEW.secret <> OLD.secret
     OR NEW.commitment <> OLD.commitment OR NEW.committed_at <> OLD.committed_at
     OR OLD.revealed_at IS NOT NULL OR NEW.revealed_at < OLD.committed_at THEN
    RAISE EXCEPTION 'the secret of a draw is fixed; only the moment of telling it is added'
      USING ERRCODE = 'restrict_violation', CONSTRAINT = 'draw_secret_fixed';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER submissions_drawsecret_fixed BEFORE UPDATE OR DELETE ON submissions_drawsecret
  FOR EACH ROW EXECUTE FUNCTION submissions_drawsecret_fixed();
CREATE TRIGGER submissions_drawsecret_no_truncate BEFORE TRUNCATE ON submissions_drawsecret
  FOR EACH STATEMENT EXECUTE FUNCTION cf_refuse_change();

CREATE FUNCTION submissions_draw_from_secret() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM submissions_drawsecret s WHERE s.month = NEW.month
                   AND s.committed_at <= NEW.drawn_at AND s.revealed_at IS NULL) THEN
    RAISE EXCEPTION 'no open secret of % was fixed before this draw', NEW.month
      USING ERRCODE = 'check_violation', CONSTRAINT = 'draw_from_a_fixed_secret';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER submissions_draw_from_secret BEFORE INSERT ON submissions_draw
  FOR EACH ROW EXECUTE FUNCTION submissions_draw_from_secret();

CREATE FUNCTION submissions_blind_in_turn() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE s submissions_submission%ROWTYPE;
BEGIN
  SELECT * INTO s FROM submissions_submission WHERE id = NEW.submission_id;
  IF s.state NOT IN ('in_review', 'second_review') OR s.revision <> NEW.revision THEN
    RAISE EXCEPTION 'a blind review is of the revision that is in review'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'blind_of_what_is_in_review';
  END IF;
  IF NEW.reviewer_id IN (s.created_by_id, s.submitted_by_id) THEN
    RAISE EXCEPTION 'who entered or sent a submission does not review it'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'blind_by_another';
  END IF;
  IF NOT EXISTS (SELECT FROM submissions_draw d WHERE d.submission_id = NEW.submission_id
                   AND d.kind = 'blind' AND d.is_drawn) THEN
    RAISE EXCEPTION 'submission % was not drawn for a blind review', s.number
      USING ERRCODE = 'check_violation', CONSTRAINT = 'blind_was_drawn';
  END IF;
  IF NEW.place = 2 AND NOT EXISTS (
       SELECT FROM submissions_blindreview b WHERE b.submission_id = NEW.submission_id
         AND b.revision = NEW.revision AND b.place = 1) THEN
    RAISE EXCEPTION 'the second review comes after the first'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'blind_in_turn';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER submissions_blind_in_turn BEFORE INSERT ON submissions_blindreview
  FOR EACH ROW EXECUTE FUNCTION submissions_blind_in_turn();

CREATE FUNCTION submissions_decided_after_blind() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE one submissions_blindreview%ROWTYPE; other submissions_blindreview%ROWTYPE;
BEGIN
  IF NOT EXISTS (SELECT FROM submissions_draw d WHERE d.submission_id = NEW.submission_id
                   AND d.kind = 'blind' AND d.is_drawn)
     OR EXISTS (SELECT FROM submissions_submission s WHERE s.id = NEW.submission_id
                  AND s.state = 'appealed') THEN
    RETURN NEW;
  END IF;
  SELECT * INTO one FROM submissions_blindreview
    WHERE submission_id = NEW.submission_id AND revision = NEW.revision AND place = 1;
  SELECT * INTO other FROM submissions_blindreview
    WHERE submission_id = NEW.submission_id AND revision = NEW.revision AND place = 2;
  IF one.id IS NULL OR other.id IS NULL THEN
    RAISE EXCEPTION 'this submission was drawn for two reviews and has not had both'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'decided_after_two_reviews';
  END IF;
  IF (one.verdict <> other.verdict
      OR one.verdict = 'approve' AND one.payable_minor IS DISTINCT FROM other.payable_minor)
     AND EXISTS (SELECT FROM access_user u WHERE u.public_id = NEW.decided_by
                   AND u.id IN (one.reviewer_id, other.reviewer_id)) THEN
    RAISE EXCEPTION 'two reviewers differ here; somebody else settles it'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'settled_by_a_third';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER submissions_decided_after_blind BEFORE INSERT ON submissions_decision
  FOR EACH ROW EXECUTE FUNCTION submissions_decided_after_blind();
"""
UNDO = """
DROP TRIGGER submissions_decided_after_blind ON submissions_decision;
DROP TRIGGER submissions_blind_in_turn ON submissions_blindreview;
DROP TRIGGER submissions_draw_from_secret ON submissions_draw;
DROP TRIGGER submissions_drawsecret_fixed ON submissions_drawsecret;
DROP TRIGGER submissions_drawsecret_no_truncate ON submissions_drawsecret;
DROP FUNCTION submissions_decided_after_blind(), submissions_blind_in_turn(),
  submissions_draw_from_secret(), submissions_drawsecret_fixed();
"""


class Migration(migrations.Migration):
    dependencies = [("submissions", "0011_blind_reviews")]
    operations = [
        *(
            composite_key(
                f"submissions_{table}",
                columns=("partner_id", "submission_id"),
                target="submissions_submission",
            )
            for table in ("draw", "blindreview")
        ),
        *(
            append_only(f"submissions_{table}")
            for table in ("draw", "blindreview", "automationrestart")
        ),
        migrations.RunSQL(WALLS, UNDO),
    ]
