"""What no program may get past: published plans and runs never change; a run is posted only when
its regions and the center approved exactly its results, and none of them made it.
"""

from django.db import migrations

from counterfoil.foundation.guards import append_only

FORWARD = """
CREATE FUNCTION earnings_plan_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.state <> 'draft' THEN
    RAISE EXCEPTION 'plan % version % can''t change', OLD.code, OLD.version
      USING ERRCODE = 'restrict_violation', HINT = 'Write a new version.';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER earnings_plan_guard BEFORE UPDATE OR DELETE ON earnings_planversion
  FOR EACH ROW EXECUTE FUNCTION earnings_plan_guard();

CREATE FUNCTION earnings_run_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  moving CONSTANT text[] := ARRAY['state', 'posted_by', 'posted_at'];
  lacking text;
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'a commission run is never deleted' USING ERRCODE = 'restrict_violation';
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'draft' OR NEW.posted_by <> '' THEN
      RAISE EXCEPTION 'a commission run begins as a draft' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.state <> 'draft' OR to_jsonb(NEW) - moving IS DISTINCT FROM to_jsonb(OLD) - moving THEN
    RAISE EXCEPTION 'commission run % never changes', OLD.public_id
      USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.state = 'posted' THEN
    SELECT wanted.region INTO lacking
      FROM (SELECT jsonb_array_elements_text(NEW.regions) AS region UNION ALL SELECT '*') wanted
      WHERE NOT EXISTS (
        SELECT FROM earnings_runapproval a WHERE a.run_id = NEW.id AND a.region = wanted.region
          AND a.manifest_sha256 = NEW.manifest_sha256 AND a.approver <> NEW.made_by) LIMIT 1;
    IF lacking IS NOT NULL THEN
      RAISE EXCEPTION 'run % lacks the approval of %', OLD.public_id, lacking
        USING ERRCODE = 'check_violation', CONSTRAINT = 'run_is_approved';
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER earnings_run_guard BEFORE INSERT OR UPDATE OR DELETE ON earnings_run
  FOR EACH ROW EXECUTE FUNCTION earnings_run_guard();

CREATE FUNCTION earnings_approval_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM earnings_run r WHERE r.id = NEW.run_id AND r.state = 'draft'
      AND r.made_by = NEW.made_by AND r.manifest_sha256 = NEW.manifest_sha256) THEN
    RAISE EXCEPTION 'an approval is of a draft run and its very results'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'approval_of_these_results';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER earnings_approval_guard BEFORE INSERT ON earnings_runapproval
  FOR EACH ROW EXECUTE FUNCTION earnings_approval_guard();
"""

BACKWARD = """
DROP TRIGGER earnings_plan_guard ON earnings_planversion;
DROP FUNCTION earnings_plan_guard();
DROP TRIGGER earnings_run_guard ON earnings_run;
DROP FUNCTION earnings_run_guard();
DROP TRIGGER earnings_approval_guard ON earnings_runapproval;
DROP FUNCTION earnings_approval_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("earnings", "0001_initial")]
    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        append_only("earnings_planuse"),
        append_only("earnings_splitparty"),
        append_only("earnings_runapproval"),
        append_only("earnings_runline"),
        append_only("earnings_runshare"),
        append_only("earnings_runexception"),
    ]
