"""Roles are given by an administrator, ended once, and never changed otherwise."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION access_role_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE other text;
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'a role is ended, never deleted' USING ERRCODE = 'restrict_violation';
  END IF;
  IF TG_OP = 'UPDATE' THEN
    IF OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL
       OR to_jsonb(NEW) - ARRAY['ended_at', 'ended_by_id']
          IS DISTINCT FROM to_jsonb(OLD) - ARRAY['ended_at', 'ended_by_id'] THEN
      RAISE EXCEPTION 'a role is ended once and not changed otherwise'
        USING ERRCODE = 'restrict_violation', HINT = 'End it and give another one.';
    END IF;
    IF OLD.role = 'administrator' AND NOT EXISTS (
         SELECT FROM access_roleassignment r JOIN access_user u ON u.id = r.user_id
         WHERE r.role = 'administrator' AND r.ended_at IS NULL AND u.is_active
           AND r.user_id <> OLD.user_id) THEN
      RAISE EXCEPTION 'the last administrator keeps the role'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'an_administrator_stays';
    END IF;
    RETURN NEW;
  END IF;
  -- Without a giver only while nobody administers: so the first administrator comes in.
  IF NEW.granted_by_id IS NULL THEN
    IF EXISTS (SELECT FROM access_roleassignment
               WHERE role = 'administrator' AND ended_at IS NULL) THEN
      RAISE EXCEPTION 'a role is given by an administrator, who is named'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'role_has_a_giver';
    END IF;
  -- Held once is enough: an invitation may be accepted after its sender has moved on. Who names
  -- themselves is refused by the check nobody_grants_themselves.
  ELSIF NEW.granted_by_id <> NEW.user_id AND NOT EXISTS (SELECT FROM access_roleassignment
                    WHERE role = 'administrator' AND user_id = NEW.granted_by_id) THEN
    RAISE EXCEPTION 'only an administrator gives a role'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'role_giver_is_administrator';
  END IF;
  IF NEW.ended_at IS NOT NULL OR NOT EXISTS (
       SELECT FROM access_user WHERE id = NEW.user_id AND is_staff_member AND is_active) THEN
    RAISE EXCEPTION 'roles are for active people of the vendor'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'role_of_the_vendor';
  END IF;
  SELECT r.role INTO other FROM access_roleassignment r
    WHERE r.user_id = NEW.user_id AND r.ended_at IS NULL
      AND ((least(r.role, NEW.role) = 'finance_checker'
            AND greatest(r.role, NEW.role) = 'finance_maker')
        OR ('auditor' IN (r.role, NEW.role) AND (r.role IN
              ('operations', 'team_lead', 'finance_maker', 'finance_checker', 'administrator')
            OR NEW.role IN
              ('operations', 'team_lead', 'finance_maker', 'finance_checker', 'administrator'))))
    LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION '% and % are never held by one person', NEW.role, other
      USING ERRCODE = 'check_violation', CONSTRAINT = 'roles_kept_apart';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER access_role_guard BEFORE INSERT OR UPDATE OR DELETE ON access_roleassignment
  FOR EACH ROW EXECUTE FUNCTION access_role_guard();

CREATE FUNCTION access_user_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.public_id, NEW.is_staff_member) IS DISTINCT FROM (OLD.public_id, OLD.is_staff_member) THEN
    RAISE EXCEPTION 'whose person somebody is never changes' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER access_user_guard BEFORE UPDATE ON access_user
  FOR EACH ROW EXECUTE FUNCTION access_user_guard();
"""
BACKWARD = """
DROP TRIGGER access_role_guard ON access_roleassignment;
DROP TRIGGER access_user_guard ON access_user;
DROP FUNCTION access_role_guard(), access_user_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0002_first_administrator")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
