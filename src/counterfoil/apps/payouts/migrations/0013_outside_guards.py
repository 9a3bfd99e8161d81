"""Guards of the way out after a restore, of the undo of a return, and of the proof of a close.

Functions of 0005 are made again with the few words that change; the rest of them is as there.
"""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("counterfoil.apps.payouts.migrations.0005_payment_guards").FORWARD


def _function(name: str) -> str:
    """Return the text of a function of 0005, to be made again."""
    start = BEFORE.index(f"CREATE FUNCTION {name}(")
    made = BEFORE[start + 6 : BEFORE.index("END $$;", start) + 7]
    return f"CREATE OR REPLACE{made}\n"


def _changed(name: str, was: str, now: str) -> str:
    text = _function(name)
    assert text.count(was) == 1, (name, was)
    return text.replace(was, now)


GUARD = """
CREATE FUNCTION payouts_outside_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION '% is never deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
  END IF;
  IF to_jsonb(NEW) - ARRAY['outcome', 'note', 'decided_by', 'decided_at']
       IS DISTINCT FROM to_jsonb(OLD) - ARRAY['outcome', 'note', 'decided_by', 'decided_at']
     OR OLD.decided_at IS NOT NULL THEN
    RAISE EXCEPTION 'what was found outside never changes' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payouts_outside_guard BEFORE UPDATE OR DELETE ON payouts_outsidefinding
  FOR EACH ROW EXECUTE FUNCTION payouts_outside_guard();
"""
PAID_AGAIN = """'settled>returned', 'settled>released', 'returned>settled'])
      OR (OLD.state = 'returned' AND EXISTS (SELECT FROM payouts_bill b
          WHERE b.payable_ref = NEW.payable_ref AND b.partner_id = NEW.partner_id
            AND b.is_live))"""
ACCOUNTED = """             AND NEW.unlocked_at IS NOT DISTINCT FROM OLD.unlocked_at
           OR EXISTS (SELECT FROM payouts_outsidefinding f WHERE f.decided_at IS NULL)
           OR EXISTS (SELECT FROM payouts_outsidefinding f
                      WHERE f.decided_by = NEW.unlocked_by
                        AND f.decided_at >= OLD.locked_at))) THEN"""
FORWARD = "".join(
    [
        _changed(
            "payouts_file_guard",
            "'dispatched_at', 'receipt', 'closed_at'];",
            "'dispatched_at', 'receipt', 'closed_at', 'close_proof'];",
        ),
        _changed("payouts_payment_guard", "'settled>returned', 'settled>released'])", PAID_AGAIN),
        _changed(
            "payouts_number_guard",
            "             AND NEW.unlocked_at IS NOT DISTINCT FROM OLD.unlocked_at)) THEN",
            ACCOUNTED,
        ),
        GUARD,
    ]
)
BACKWARD = (
    "DROP TRIGGER payouts_outside_guard ON payouts_outsidefinding;\n"
    "DROP FUNCTION payouts_outside_guard();\n"
    + _function("payouts_file_guard")
    + _function("payouts_payment_guard")
    + _function("payouts_number_guard")
)


class Migration(migrations.Migration):
    dependencies = [("payouts", "0012_outside_findings")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
