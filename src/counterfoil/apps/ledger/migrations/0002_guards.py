"""The guards of the journal (reference/money.md 1.3): what no program may get past.

Balanced per entry, currency and group (memorandum or real) in one statement; closed once its
transaction commits; never empty; no update, delete or truncate; an account's currency and partner
are its legs'; nothing into a closed period.
"""

from django.db import migrations

from counterfoil.foundation.guards import append_only

FORWARD = """
ALTER TABLE ledger_entry ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE ledger_leg
  ADD CONSTRAINT leg_currency_of_account FOREIGN KEY (account_id, currency)
    REFERENCES ledger_account (id, currency),
  ADD CONSTRAINT leg_partner_of_account FOREIGN KEY (partner_id, account_id)
    REFERENCES ledger_account (partner_id, id);

CREATE FUNCTION ledger_leg_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
  SELECT nt.entry_id, nt.currency, sum(nt.amount_minor) AS off INTO bad
    FROM nt JOIN ledger_account a ON a.id = nt.account_id
    GROUP BY nt.entry_id, nt.currency, a.is_memo HAVING sum(nt.amount_minor) <> 0 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'ledger: entry % is off by % % ', bad.entry_id, bad.off, bad.currency
      USING ERRCODE = 'check_violation', HINT = 'All legs of an entry go in by one statement.';
  END IF;
  SELECT nt.entry_id, e.xid <> pg_current_xact_id() AS is_closed INTO bad
    FROM nt JOIN ledger_entry e ON e.id = nt.entry_id
    WHERE e.xid <> pg_current_xact_id()
       OR (nt.partner_id <> 0 AND nt.partner_id <> e.partner_id) LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'ledger: entry % %', bad.entry_id,
      CASE WHEN bad.is_closed THEN 'is already closed'
           ELSE 'has a leg of another partner' END
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER ledger_leg_guard AFTER INSERT ON ledger_leg
  REFERENCING NEW TABLE AS nt FOR EACH STATEMENT EXECUTE FUNCTION ledger_leg_guard();

CREATE FUNCTION ledger_entry_has_legs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM ledger_leg WHERE entry_id = NEW.id) THEN
    RAISE EXCEPTION 'ledger: entry % has no legs', NEW.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_entry_has_legs AFTER INSERT ON ledger_entry
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_entry_has_legs();

CREATE FUNCTION ledger_entry_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE closed record;
BEGIN
  -- Shared with every other post, exclusive to a closing (ledger_period_guard): without it an entry
  -- could commit into a period that closed while the entry was under way.
  PERFORM pg_advisory_xact_lock_shared(7261, 1);
  SELECT p.code INTO closed FROM nt JOIN ledger_period p
    ON nt.effective_on BETWEEN p.starts_on AND p.ends_on WHERE p.closed_at IS NOT NULL LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'ledger: period % is closed', closed.code USING ERRCODE = 'check_violation',
      HINT = 'Post into the open period and name the period of origin.';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER ledger_entry_guard AFTER INSERT ON ledger_entry
  REFERENCING NEW TABLE AS nt FOR EACH STATEMENT EXECUTE FUNCTION ledger_entry_guard();

CREATE FUNCTION ledger_period_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(7261, 1);
  RETURN NULL;
END $$;
CREATE TRIGGER ledger_period_guard BEFORE INSERT OR UPDATE ON ledger_period
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_period_guard();
"""
BACKWARD = """
DROP TRIGGER ledger_period_guard ON ledger_period;
DROP TRIGGER ledger_entry_guard ON ledger_entry;
DROP TRIGGER ledger_entry_has_legs ON ledger_entry;
DROP TRIGGER ledger_leg_guard ON ledger_leg;
DROP FUNCTION ledger_period_guard(), ledger_entry_guard(), ledger_entry_has_legs(), ledger_leg_guard();
ALTER TABLE ledger_leg DROP CONSTRAINT leg_currency_of_account;
ALTER TABLE ledger_leg DROP CONSTRAINT leg_partner_of_account;
ALTER TABLE ledger_entry DROP COLUMN xid;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        append_only("ledger_account"),
        append_only("ledger_entry"),
        append_only("ledger_leg"),
    ]
