"""What the database's own catalog says about the walls, whatever the declarations claim."""

import psycopg
import pytest

from tests.conftest import own_conninfo

pytestmark = pytest.mark.db

# Tables with a partner column that no policy guards, because no partner role may touch them.
WITHOUT_POLICY = {
    "submissions_invoicekey": "keys over all partners; the portal role has no right on it",
}
# Foreign keys between tables of partners that need no partner column, and why.
PLAIN_KEYS = {
    ("ledger_leg", "ledger_entry"): "a statement guard compares the partners of leg and entry",
    ("ledger_entry", "ledger_entry"): "a reversal, which only staff and worker may post",
}


def catalog(name: str, text: str) -> list[tuple]:
    with psycopg.connect(own_conninfo(name, user="postgres")) as insider:
        return insider.execute(text).fetchall()  # type: ignore[call-overload]


def unguarded_tables(name: str) -> set[str]:
    """This will list tables with a `partner_id` that lack forced row-level security."""
    found = catalog(
        name,
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
        "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') "
        "AND a.attname = 'partner_id' AND NOT a.attisdropped "
        "AND NOT (c.relrowsecurity AND c.relforcerowsecurity)",
    )
    return {row[0] for row in found}


def plain_keys(name: str) -> set[tuple[str, str]]:
    """This will list keys between guarded tables that lack the partner and have no twin with it.

    The organization itself is the partner: a key to it is the partner column.
    """
    found = catalog(
        name,
        "SELECT k.conrelid::regclass::text, k.confrelid::regclass::text, k.conkey, "
        " EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = k.conrelid "
        "  AND a.attnum = ANY (k.conkey) AND a.attname = 'partner_id') "
        "FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid "
        "JOIN pg_class f ON f.oid = k.confrelid "
        "WHERE k.contype = 'f' AND c.relrowsecurity AND f.relrowsecurity "
        "AND f.relname <> 'partners_organization'",
    )
    tied = {(one, two, column) for one, two, keys, has in found if has for column in keys}
    return {
        (one, two)
        for one, two, keys, has in found
        if not has and not any((one, two, column) in tied for column in keys)
    }


def leaking_views(name: str) -> set[str]:
    """This will list views that would show their owner's rows instead of the caller's."""
    found = catalog(
        name,
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND (relkind = "
        "'m' OR relkind = 'v' AND NOT coalesce(reloptions::text[] && "
        "ARRAY['security_invoker=true', 'security_invoker=on'], false))",
    )
    return {row[0] for row in found}


def bypassing_functions(name: str) -> set[str]:
    """This will list functions that run with their owner's rights, the queue's aside."""
    found = catalog(
        name,
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef "
        "AND proname NOT LIKE 'procrastinate%'",
    )
    return {row[0] for row in found}


def test_every_table_with_a_partner_has_forced_row_level_security(own_database: str):
    assert unguarded_tables(own_database) == set(WITHOUT_POLICY)


def test_every_key_between_tables_of_partners_carries_the_partner(own_database: str):
    assert plain_keys(own_database) == set(PLAIN_KEYS)


def test_no_view_shows_rows_of_its_owner(own_database: str):
    assert leaking_views(own_database) == set()


def test_no_function_but_the_number_giver_runs_with_its_owners_rights(own_database: str):
    assert bypassing_functions(own_database) == {"ledger_reserve_entries"}


def test_these_queries_see_planted_faults(own_database: str):
    with psycopg.connect(own_conninfo(own_database, user="postgres")) as insider:
        insider.execute("ALTER TABLE submissions_message NO FORCE ROW LEVEL SECURITY")
        insider.execute(
            "ALTER TABLE submissions_message DROP CONSTRAINT "
            "submissions_message_submission_id_same_partner"
        )
        insider.execute(
            "ALTER TABLE submissions_evidence DROP CONSTRAINT "
            "submissions_evidence_submission_id_same_partner, ADD CONSTRAINT plain "
            "FOREIGN KEY (submission_id) REFERENCES submissions_submission (id)"
        )
        insider.execute("CREATE VIEW peep AS SELECT * FROM submissions_submission")
        insider.execute(
            "CREATE FUNCTION peep() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'"
        )

    assert "submissions_message" in unguarded_tables(own_database)
    assert ("submissions_evidence", "submissions_submission") in plain_keys(own_database)
    assert leaking_views(own_database) == {"peep"}
    assert "peep" in bypassing_functions(own_database)
