"""The guards of the journal (reference/money.md 1.3): what no program may get past.

An entry and all its legs go in by one statement, balanced per entry, currency and group (memorandum
or real); nothing joins an entry after its transaction; no update, delete or truncate; a leg is of
the entry's partner or the vendor's own; nothing into a closed period. All of it is checked once a
statement, over sets, so that 100,000 entries cost little more than without (ADR 0006).
"""

from django.db import migrations

from counterfoil.foundation.guards import append_only

FORWARD = """
ALTER TABLE ledger_entry ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();

CREATE FUNCTION ledger_leg_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
  -- Outer joins: a row that the poster may not see is refused and never passed over.
  SELECT nt.entry_id, nt.currency, sum(nt.amount_minor) AS off,
         e.id IS NULL OR bool_or(a.id IS NULL) AS is_unknown,
         e.xid IS DISTINCT FROM pg_current_xact_id() AS is_closed,
         bool_or(nt.partner_id NOT IN (0, e.partner_id)) AS is_foreign
    INTO bad
    FROM nt LEFT JOIN ledger_account a ON a.id = nt.account_id
            LEFT JOIN ledger_entry e ON e.id = nt.entry_id
    GROUP BY nt.entry_id, nt.currency, a.is_memo, e.id, e.xid
    HAVING sum(nt.amount_minor) <> 0 OR e.id IS NULL OR bool_or(a.id IS NULL)
        OR e.xid IS DISTINCT FROM pg_current_xact_id()
        OR bool_or(nt.partner_id NOT IN (0, e.partner_id))
    LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'ledger: entry % %', bad.entry_id,
      CASE WHEN bad.is_unknown THEN 'or an account of it does not exist'
           WHEN bad.is_closed THEN 'is already closed'
           WHEN bad.off <> 0 THEN 'is off by ' || bad.off || ' ' || bad.currency
           ELSE 'has a leg of another partner' END
      USING ERRCODE = 'check_violation', HINT = 'An entry and its legs go in by one statement.';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER ledger_leg_guard AFTER INSERT ON ledger_leg
  REFERENCING NEW TABLE AS nt FOR EACH STATEMENT EXECUTE FUNCTION ledger_leg_guard();

CREATE FUNCTION ledger_entry_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
  SELECT nt.id INTO bad FROM nt
    WHERE nt.xid IS DISTINCT FROM pg_current_xact_id()
       OR NOT EXISTS (SELECT FROM ledger_leg l WHERE l.entry_id = nt.id) LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'ledger: entry % has no legs', bad.id USING ERRCODE = 'check_violation',
      HINT = 'An entry and its legs go in by one statement (WITH … INSERT … INSERT).';
  END IF;
  -- Shared with every other post, exclusive to a closing (ledger_period_guard): without it an
  -- entry could commit into a period that closed while the entry was under way.
  PERFORM pg_advisory_xact_lock_shared(7261, 1);
  SELECT p.code INTO bad FROM nt JOIN ledger_period p
    ON nt.effective_on BETWEEN p.starts_on AND p.ends_on WHERE p.closed_at IS NOT NULL LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'ledger: period % is closed', bad.code USING ERRCODE = 'check_violation',
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

-- Ids before the rows, so that headers and legs are two plain inserts of one statement. The
-- sequence belongs to the owner; this hands numbers out and nothing else.
CREATE FUNCTION ledger_reserve_entries(wanted integer) RETURNS bigint[]
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public AS
  $$ SELECT array_agg(nextval('ledger_entry_id_seq')) FROM generate_series(1, wanted) $$;
REVOKE ALL ON FUNCTION ledger_reserve_entries(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_reserve_entries(integer) TO cf_staff, cf_worker;
"""
BACKWARD = """
DROP TRIGGER ledger_period_guard ON ledger_period;
DROP TRIGGER ledger_entry_guard ON ledger_entry;
DROP TRIGGER ledger_leg_guard ON ledger_leg;
DROP FUNCTION ledger_period_guard(), ledger_entry_guard(), ledger_leg_guard(),
  ledger_reserve_entries(integer);
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
