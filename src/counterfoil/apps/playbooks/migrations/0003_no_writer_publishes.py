"""Nobody publishes a version that they wrote at any time, be somebody else its last author."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION playbooks_publication() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'draft' THEN
      RAISE EXCEPTION 'a playbook begins as a draft'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'playbook_begins_as_draft';
    END IF;
    RETURN NEW;
  END IF;
  -- The last author is refused by the check of the same name.
  IF OLD.state = 'draft' AND NEW.state <> 'draft' AND NEW.approved_by <> NEW.author_id AND EXISTS (
       SELECT FROM audit_event e
       WHERE e.object_type = 'playbook' AND e.object_id = NEW.public_id
         AND e.action = 'playbook.saved' AND e.actor_id = NEW.approved_by) THEN
    RAISE EXCEPTION 'who wrote a version can''t publish it'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'playbook_second_person';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER playbooks_publication BEFORE INSERT OR UPDATE ON playbooks_playbookversion
  FOR EACH ROW EXECUTE FUNCTION playbooks_publication();
"""
BACKWARD = """
DROP TRIGGER playbooks_publication ON playbooks_playbookversion;
DROP FUNCTION playbooks_publication();
"""


class Migration(migrations.Migration):
    dependencies = [("playbooks", "0002_guards"), ("audit", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
