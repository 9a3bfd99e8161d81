"""Trials and sign-offs are kept as they were made; nobody signs what they wrote."""

from django.db import migrations

from counterfoil.foundation.guards import append_only

SIGNER = """
CREATE FUNCTION playbooks_signer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM playbooks_playbookversion v
             WHERE v.id = NEW.version_id AND (v.author_id = NEW.signed_by OR v.state <> 'draft')) THEN
    RAISE EXCEPTION 'only a draft is signed, and not by who wrote it'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'signer_is_another_person';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER playbooks_signer BEFORE INSERT ON playbooks_signoff
  FOR EACH ROW EXECUTE FUNCTION playbooks_signer();
"""


class Migration(migrations.Migration):
    dependencies = [("playbooks", "0004_trials_and_sign_offs")]
    operations = [
        append_only("playbooks_trial"),
        append_only("playbooks_signoff"),
        migrations.RunSQL(
            SIGNER,
            "DROP TRIGGER playbooks_signer ON playbooks_signoff; DROP FUNCTION playbooks_signer();",
        ),
    ]
