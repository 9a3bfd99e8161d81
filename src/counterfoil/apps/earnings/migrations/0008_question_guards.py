"""What no program may get past: a question's events follow the table of its life, in order, are
never changed, and a partner neither answers nor assigns.
"""

from django.db import migrations

from counterfoil.foundation.guards import append_only, composite_key

FORWARD = """
CREATE FUNCTION earnings_question_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  last earnings_questionevent;
BEGIN
  SELECT * INTO last FROM earnings_questionevent e
    WHERE e.question_id = NEW.question_id AND e.seq < NEW.seq ORDER BY seq DESC LIMIT 1;
  IF NEW.seq <> coalesce(last.seq, 0) + 1 THEN
    RAISE EXCEPTION 'events of a question follow one another'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'question_events_in_order';
  END IF;
  IF (coalesce(last.state, '-'), NEW.act, NEW.state) NOT IN (
      ('-', 'ask', 'open'), ('open', 'assign', 'open'), ('open', 'answer', 'answered'),
      ('open', 'close', 'closed'), ('answered', 'reopen', 'reopened'),
      ('answered', 'close', 'closed'), ('reopened', 'assign', 'reopened'),
      ('reopened', 'answer', 'answered_again'), ('reopened', 'close', 'closed'),
      ('answered_again', 'close', 'closed')) THEN
    RAISE EXCEPTION 'a question that is % can''t become % by %',
        coalesce(last.state, 'new'), NEW.state, NEW.act
      USING ERRCODE = 'check_violation', CONSTRAINT = 'question_table';
  END IF;
  IF NEW.is_from_partner <> (NEW.act IN ('ask', 'reopen')
      OR NEW.act = 'close' AND NEW.actor_id NOT LIKE 'system:%') OR
     current_user = 'cf_portal' AND NOT NEW.is_from_partner THEN
    RAISE EXCEPTION 'partners ask, we answer'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'question_sides';
  END IF;
  RETURN NEW;
END $$;
-- After the insert, so that row-level security has spoken first.
CREATE TRIGGER earnings_question_guard AFTER INSERT ON earnings_questionevent
  FOR EACH ROW EXECUTE FUNCTION earnings_question_guard();
"""

BACKWARD = """
DROP TRIGGER earnings_question_guard ON earnings_questionevent;
DROP FUNCTION earnings_question_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("earnings", "0007_questions")]
    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        append_only("earnings_question"),
        append_only("earnings_questionevent"),
        composite_key(
            "earnings_question",
            columns=("partner_id", "statement_id"),
            target="earnings_statement",
        ),
        composite_key(
            "earnings_questionevent",
            columns=("partner_id", "question_id"),
            target="earnings_question",
        ),
    ]
