"""A published version never changes; it may only be retired."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION playbooks_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'a playbook version is never deleted' USING ERRCODE = 'restrict_violation';
  END IF;
  IF OLD.state <> 'draft' AND (
       to_jsonb(NEW) - 'state' IS DISTINCT FROM to_jsonb(OLD) - 'state'
       OR NOT (OLD.state = NEW.state OR (OLD.state = 'published' AND NEW.state = 'retired'))) THEN
    RAISE EXCEPTION 'playbook % version % is published and can''t change', OLD.code, OLD.version
      USING ERRCODE = 'restrict_violation', HINT = 'Write a new version.';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER playbooks_sealed BEFORE UPDATE OR DELETE ON playbooks_playbookversion
  FOR EACH ROW EXECUTE FUNCTION playbooks_sealed();
"""


class Migration(migrations.Migration):
    dependencies = [("playbooks", "0001_initial")]
    operations = [
        migrations.RunSQL(
            FORWARD,
            "DROP TRIGGER playbooks_sealed ON playbooks_playbookversion; "
            "DROP FUNCTION playbooks_sealed();",
        )
    ]
