"""What no program may get past: papers stay as they were drawn, a closed engagement as it closed,
and nobody audits what they decided.
"""

from django.db import migrations

from counterfoil.foundation.guards import append_only

FORWARD = """
-- Who closes, withdraws or finishes writes the named columns once; nothing else ever changes.
CREATE FUNCTION engagements_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  may text[] := TG_ARGV[1]::text[];
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION '% is never deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
  END IF;
  IF to_jsonb(NEW) - may IS DISTINCT FROM to_jsonb(OLD) - may
     OR to_jsonb(OLD) -> TG_ARGV[0] <> 'null'::jsonb THEN
    RAISE EXCEPTION 'a row of % stays as it was written', TG_TABLE_NAME
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER engagements_once BEFORE UPDATE OR DELETE ON engagements_engagement
  FOR EACH ROW EXECUTE FUNCTION engagements_once(
    'closed_at', '{conclusion,report,report_sha256,closed_by,closed_at}');
CREATE TRIGGER engagements_once BEFORE UPDATE OR DELETE ON engagements_finding
  FOR EACH ROW EXECUTE FUNCTION engagements_once(
    'withdrawn_at', '{withdrawn_reason,withdrawn_by,withdrawn_at}');
CREATE TRIGGER engagements_once BEFORE UPDATE OR DELETE ON engagements_refinement
  FOR EACH ROW EXECUTE FUNCTION engagements_once('done_at', '{done_note,done_by,done_at}');

CREATE FUNCTION engagements_is_open(engagement bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM engagements_engagement e
             WHERE e.id = engagement AND e.closed_at IS NOT NULL) THEN
    RAISE EXCEPTION 'the engagement is closed'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'engagement_is_open';
  END IF;
END $$;

CREATE FUNCTION engagements_part_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM engagements_is_open(NEW.engagement_id);
  RETURN NEW;
END $$;
CREATE TRIGGER engagements_part_guard BEFORE INSERT ON engagements_population
  FOR EACH ROW EXECUTE FUNCTION engagements_part_guard();
CREATE TRIGGER engagements_part_guard BEFORE INSERT ON engagements_sample
  FOR EACH ROW EXECUTE FUNCTION engagements_part_guard();
CREATE TRIGGER engagements_part_guard BEFORE INSERT ON engagements_paper
  FOR EACH ROW EXECUTE FUNCTION engagements_part_guard();
CREATE TRIGGER engagements_part_guard BEFORE INSERT ON engagements_ask
  FOR EACH ROW EXECUTE FUNCTION engagements_part_guard();
CREATE TRIGGER engagements_part_guard BEFORE INSERT OR UPDATE ON engagements_finding
  FOR EACH ROW EXECUTE FUNCTION engagements_part_guard();

CREATE FUNCTION engagements_answer_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  paper engagements_paper;
BEGIN
  SELECT * INTO STRICT paper FROM engagements_paper p WHERE p.id = NEW.paper_id;
  PERFORM engagements_is_open(paper.engagement_id);
  IF paper.deciders ? NEW.answered_by OR EXISTS (
       SELECT FROM submissions_decision d
       WHERE d.public_id = paper.decision AND d.decided_by = NEW.answered_by) THEN
    RAISE EXCEPTION 'nobody audits what they decided'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'auditor_is_another_person';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER engagements_answer_guard BEFORE INSERT ON engagements_answer
  FOR EACH ROW EXECUTE FUNCTION engagements_answer_guard();

CREATE FUNCTION engagements_reply_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM engagements_is_open((SELECT a.engagement_id FROM engagements_ask a WHERE a.id = NEW.ask_id));
  RETURN NEW;
END $$;
CREATE TRIGGER engagements_reply_guard BEFORE INSERT ON engagements_reply
  FOR EACH ROW EXECUTE FUNCTION engagements_reply_guard();

CREATE FUNCTION engagements_finding_part_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM engagements_is_open(
    (SELECT f.engagement_id FROM engagements_finding f WHERE f.id = NEW.finding_id));
  RETURN NEW;
END $$;
CREATE TRIGGER engagements_finding_part_guard BEFORE INSERT ON engagements_findingpaper
  FOR EACH ROW EXECUTE FUNCTION engagements_finding_part_guard();
CREATE TRIGGER engagements_finding_part_guard BEFORE INSERT ON engagements_refinement
  FOR EACH ROW EXECUTE FUNCTION engagements_finding_part_guard();

-- An engagement closes when each of its papers was answered.
CREATE FUNCTION engagements_closing_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.closed_at IS NOT NULL AND (
       NOT EXISTS (SELECT FROM engagements_paper p WHERE p.engagement_id = NEW.id)
       OR EXISTS (SELECT FROM engagements_paper p WHERE p.engagement_id = NEW.id AND NOT EXISTS (
                  SELECT FROM engagements_answer a WHERE a.paper_id = p.id))) THEN
    RAISE EXCEPTION 'a work paper is not answered'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'papers_are_answered';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER engagements_closing_guard BEFORE UPDATE ON engagements_engagement
  FOR EACH ROW EXECUTE FUNCTION engagements_closing_guard();
"""
TRIGGERS = (
    ("engagements_once", "engagement"),
    ("engagements_once", "finding"),
    ("engagements_once", "refinement"),
    ("engagements_part_guard", "population"),
    ("engagements_part_guard", "sample"),
    ("engagements_part_guard", "paper"),
    ("engagements_part_guard", "ask"),
    ("engagements_part_guard", "finding"),
    ("engagements_answer_guard", "answer"),
    ("engagements_reply_guard", "reply"),
    ("engagements_finding_part_guard", "findingpaper"),
    ("engagements_finding_part_guard", "refinement"),
    ("engagements_closing_guard", "engagement"),
)
FUNCTIONS = (
    "once()", "part_guard()", "answer_guard()", "reply_guard()", "finding_part_guard()",
    "closing_guard()", "is_open(bigint)",
)  # fmt: skip
BACKWARD = "".join(
    f"DROP TRIGGER {name} ON engagements_{table};\n" for name, table in TRIGGERS
) + "".join(f"DROP FUNCTION engagements_{each};\n" for each in FUNCTIONS)


class Migration(migrations.Migration):
    dependencies = [
        ("engagements", "0001_initial"),
        ("submissions", "0006_what_was_decided_stands"),
    ]
    operations = [
        append_only("engagements_population"),
        append_only("engagements_sample"),
        append_only("engagements_paper"),
        append_only("engagements_answer"),
        append_only("engagements_ask"),
        append_only("engagements_reply"),
        append_only("engagements_findingpaper"),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
