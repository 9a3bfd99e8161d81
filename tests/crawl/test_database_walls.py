"""Attacks by direct SQL: what a person could do who got past every line of our Python.

Each declared table is attacked by what its declaration says, so that a new table is attacked from
its first day; a table without rows of the other partner fails, for it would prove nothing.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql

from counterfoil.foundation.isolation import Isolation, declarations
from tests.conftest import own_conninfo
from tests.crawl.stage import Stage

pytestmark = pytest.mark.db

REFUSED = (
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.RestrictViolation,
    psycopg.errors.CheckViolation,
)
# Tables of partners that hold rows of the vendor only, or of nobody, on this stage.
WITHOUT_ROWS = {"audit_unsequenced": "the sequencer has taken every event"}


def partner_tables() -> list[Isolation]:
    return [item for item in declarations() if item.by is not None]


@contextmanager
def as_role(name: str, role: str, partner_pk: int | None = None) -> Iterator[psycopg.Connection]:
    """This will give a connection that is the role already, as injected SQL would find it."""
    with psycopg.connect(own_conninfo(name)) as connection:
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
        if partner_pk is not None:
            connection.execute("SELECT set_config('app.partner_id', %s, false)", [str(partner_pk)])
        yield connection
        connection.rollback()


def rows_of(name: str, item: Isolation, partner_pk: int) -> list[str]:
    with psycopg.connect(own_conninfo(name, user="postgres")) as insider:
        found = insider.execute(
            sql.SQL("SELECT row_to_json(t)::text FROM {} t WHERE {} = %s LIMIT 3").format(
                sql.Identifier(item.table), sql.Identifier(item.by or "")
            ),
            [partner_pk],
        ).fetchall()
    return [str(row[0]) for row in found]


def attempt(connection: psycopg.Connection, text: sql.Composed, values: list) -> int | str:
    """This will return how many rows an attack reached, or the name of its refusal."""
    try:
        with connection.transaction():
            cursor = connection.execute(text, values)
            return len(cursor.fetchall()) if cursor.description else cursor.rowcount
    except REFUSED as refusal:
        return type(refusal).__name__


@pytest.mark.parametrize("item", partner_tables(), ids=lambda item: item.table)
def test_a_partner_reaches_no_row_of_another_by_sql(
    stage: Stage, stage_database: str, item: Isolation
):
    own, other = stage.sides["a"].partner_pk, stage.sides["b"].partner_pk
    rows = rows_of(stage_database, item, other)
    assert rows or item.table in WITHOUT_ROWS, f"{item.table} has no row of the other partner"
    table, column = sql.Identifier(item.table), sql.Identifier(item.by or "")
    with as_role(stage_database, "cf_portal", own) as attacker:
        reached = {
            "select": attempt(
                attacker,
                sql.SQL("SELECT 1 FROM {} WHERE {} = %s").format(table, column),
                [other],
            ),
            "update": attempt(
                attacker,
                sql.SQL("UPDATE {} SET {} = {} WHERE {} = %s").format(
                    table, column, column, column
                ),
                [other],
            ),
            "delete": attempt(
                attacker, sql.SQL("DELETE FROM {} WHERE {} = %s").format(table, column), [other]
            ),
        }
        for row in rows:
            reached["insert"] = attempt(
                attacker,
                sql.SQL("INSERT INTO {} SELECT * FROM json_populate_record(null::{}, %s)").format(
                    table, table
                ),
                [row],
            )
        reached["truncate"] = attempt(attacker, sql.SQL("TRUNCATE {}").format(table), [])
        given_away = attempt(
            attacker,
            sql.SQL("UPDATE {} SET {} = %s WHERE {} = %s").format(table, column, column),
            [other, own],
        )
    for act, outcome in reached.items():
        allowed = {"InsufficientPrivilege", "RestrictViolation"} | (
            set() if act in {"insert", "truncate"} else {0}
        )
        assert outcome in allowed, f"{item.table}: {act} reached {outcome}"
    assert given_away in {"InsufficientPrivilege", "RestrictViolation", 0}, item.table


def test_without_a_partner_every_readable_table_gives_an_error(stage: Stage, stage_database: str):
    for item in partner_tables():
        if "r" not in item.portal:
            continue
        for text in ("SELECT 1 FROM {}", "SELECT count(*) FROM {}"):
            with (
                as_role(stage_database, "cf_portal") as attacker,
                pytest.raises(
                    (psycopg.errors.UndefinedObject, psycopg.errors.InvalidTextRepresentation)
                ),
            ):
                attacker.execute(sql.SQL(text).format(sql.Identifier(item.table)))


@pytest.mark.parametrize("kind", ["Detail", "InvoiceLine", "Evidence", "Message", "ClockEvent"])
def test_no_row_of_ones_own_hangs_on_a_parent_of_another(
    stage: Stage, stage_database: str, kind: str
):
    """A plain foreign key is checked past row-level security (trust.md 0.3)."""
    parents = {"ClockEvent": ("service_levels_clockevent", "clock_id")}
    table, column = parents.get(kind, (f"submissions_{kind.lower()}", "submission_id"))
    item = next(each for each in partner_tables() if each.table == table)
    own, other = stage.sides["a"].partner_pk, stage.sides["b"].partner_pk
    row = json.loads(rows_of(stage_database, item, other)[0])
    assert row[column]
    row["partner_id"] = own
    row["id"] = "zzz_new" if isinstance(row["id"], str) else 99_999_999
    row |= {key: f"zzz_{key}" for key in ("public_id",) if key in row}
    if "seq" in row:
        row["seq"] = 30_000
    with (
        as_role(stage_database, "cf_portal", own) as attacker,
        pytest.raises(psycopg.errors.ForeignKeyViolation),
    ):
        attacker.execute(
            sql.SQL("INSERT INTO {} SELECT * FROM json_populate_record(null::{}, %s)").format(
                sql.Identifier(table), sql.Identifier(table)
            ),
            [json.dumps(row)],
        )


@pytest.mark.parametrize("role", ["cf_portal", "cf_staff", "cf_worker", "cf_app"])
def test_no_role_of_the_product_takes_down_a_wall(stage_database: str, role: str):
    acts = (
        "ALTER TABLE submissions_submission DISABLE ROW LEVEL SECURITY",
        "DROP POLICY cf_portal_own ON submissions_submission",
        "ALTER TABLE audit_event DISABLE TRIGGER ALL",
        "CREATE VIEW peep AS SELECT * FROM submissions_submission",
        "ALTER ROLE cf_app BYPASSRLS",
        "SET session_replication_role = replica",
        "CREATE FUNCTION peep() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "COPY submissions_submission TO PROGRAM 'cat'",
    )
    for act in acts:
        with (
            as_role(stage_database, role) as attacker,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            attacker.execute(act)  # type: ignore[call-overload]


APPEND_ONLY = (
    "audit_event", "audit_logleaf", "ledger_entry", "ledger_leg", "ledger_account",
    "submissions_detail", "submissions_screening", "submissions_approval",
    "submissions_decision", "submissions_message", "submissions_note",
)  # fmt: skip


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("role", ["cf_staff", "cf_worker", "cf_owner"])
def test_rows_of_record_are_changed_by_nobody(
    stage: Stage, stage_database: str, table: str, role: str
):
    with psycopg.connect(own_conninfo(stage_database, user="postgres")) as insider:
        column = insider.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s LIMIT 1",
            [table],
        ).fetchone()[0]
        # cf_owner logs in for migrations only; a superuser that puts it on is as far as one gets.
        for act in (
            sql.SQL("UPDATE {} SET {} = {}").format(
                sql.Identifier(table), sql.Identifier(column), sql.Identifier(column)
            ),
            sql.SQL("DELETE FROM {}").format(sql.Identifier(table)),
            sql.SQL("TRUNCATE {} CASCADE").format(sql.Identifier(table)),
        ):
            outcome = attempt_as(insider, role, act)
            assert outcome in {kind.__name__ for kind in REFUSED}, outcome


def attempt_as(insider: psycopg.Connection, role: str, act: sql.Composed) -> int | str:
    """This will attack in another role and give it back."""
    insider.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
    try:
        return attempt(insider, act, [])
    finally:
        insider.execute("RESET ROLE")


def staff_refuses(name: str, text: str, values: list, *, words: str) -> None:
    with (
        as_role(name, "cf_staff") as attacker,
        pytest.raises(psycopg.IntegrityError, match=words) as refusal,
    ):
        attacker.execute(text, values)  # type: ignore[call-overload]
    assert refusal.value is not None


def test_staff_cannot_write_themselves_an_approval_of_their_own_claim(
    stage: Stage, stage_database: str
):
    waiting = stage.sides["a"].ids["waiting"]
    with psycopg.connect(own_conninfo(stage_database, user="postgres")) as insider:
        insider.execute("SET session_replication_role = replica")
        insider.execute(
            "UPDATE submissions_submission SET submitted_by_id = %s WHERE public_id = %s",
            [stage.staff["operations"].user_pk, waiting],
        )
    text = """
        INSERT INTO submissions_approval (public_id, partner_id, submission_id, revision,
          screening_sha256, step, role, approver_id, reason, approved_at)
        SELECT 'app_x', s.partner_id, s.id, s.revision, c.sha256, 1, 'operations', %s, '', now()
        FROM submissions_submission s JOIN submissions_screening c ON c.submission_id = s.id
        WHERE s.public_id = %s ORDER BY c.id DESC LIMIT 1"""
    staff_refuses(
        stage_database, text, [stage.staff["operations"].user_pk, waiting],
        words="entered or sent",
    )  # fmt: skip
    partner = [stage.sides["a"].admin.user_pk, waiting]
    staff_refuses(stage_database, text, partner, words="vendor approves|entered")


def test_staff_cannot_write_a_decision_that_nobody_approved(stage: Stage, stage_database: str):
    text = """
        INSERT INTO submissions_decision (public_id, partner_id, submission_id, revision, outcome,
          codes, reason, record, sha256, requested_minor, payable_minor, released_minor, currency,
          decided_by, decided_by_name, decided_at)
        SELECT 'dec_x', partner_id, id, revision, 'qualified', '[]', '', '{}', 'x', 1, 1, 0,
          currency, %s, 'me', now() FROM submissions_submission WHERE public_id = %s"""
    values = [stage.staff["operations"].id, stage.sides["a"].ids["waiting"]]
    staff_refuses(stage_database, text, values, words="nobody approved")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE payouts_bill SET amount_minor = amount_minor + 1",
        "UPDATE payouts_bill SET payee_id = payee_id, payable_ref = 'x'",
        "UPDATE payouts_billbatch SET content = content || 'x'",
        "UPDATE submissions_submission SET state = 'draft' WHERE state = 'decided'",
        "UPDATE submissions_submission SET received_at = now() WHERE received_at IS NOT NULL",
        "UPDATE submissions_submission SET requested_minor = 1 WHERE state = 'decided'",
        "UPDATE submissions_submission SET state = 'decided', outcome = 'qualified' "
        "WHERE state = 'in_review'",
        "UPDATE submissions_evidence SET sha256 = repeat('a', 64)",
        "UPDATE submissions_evidence SET added_by = 'usr_x'",
        "DELETE FROM submissions_invoiceline USING submissions_submission s "
        "WHERE s.id = submission_id AND s.state = 'decided'",
        "UPDATE payouts_payee SET erp_vendor_number = 'X1'",
        "UPDATE payouts_payee SET entered_by = checked_by, checked_by = entered_by",
        "INSERT INTO payouts_payee (public_id, partner_id, legal_name, erp_vendor_number, country,"
        " currency, route, tax_recoverable, status, entered_by, entered_at, checked_by) "
        "SELECT 'pye_x', partner_id, 'x', 'x', '', 'XXX', 'erp_bill', true, 'ready', 'usr_x', "
        "now(), 'usr_y' FROM payouts_payee LIMIT 1",
        "UPDATE payouts_billbatch SET state = 'void' WHERE state = 'released'",
        "UPDATE payouts_billbatch SET released_by = 'usr_x' WHERE state = 'released'",
        "UPDATE payouts_bill SET is_live = false",
        "UPDATE access_roleassignment SET limit_minor = NULL, granted_at = now()",
        "UPDATE access_user SET is_staff_member = true",
        "INSERT INTO playbooks_playbookversion (public_id, code, version, program, kind, state, "
        "source, canonical, sha256, engine_version, author_id, edited_at, approved_by, "
        "published_at, note) VALUES ('pbv_x', 'mdf-claim', 99, '', 'fund_claim', 'published', "
        "'', '', 'x', 1, 'usr_x', now(), 'usr_y', now(), '')",
    ],
)
def test_staff_cannot_change_what_stands_by_sql(stage: Stage, stage_database: str, change: str):
    with as_role(stage_database, "cf_staff") as attacker, pytest.raises(REFUSED):
        attacker.execute(change)  # type: ignore[call-overload]


def test_nobody_grants_themselves_a_role_by_sql(stage: Stage, stage_database: str):
    me = stage.staff["operations"].user_pk
    text = (
        "INSERT INTO access_roleassignment (user_id, role, region, program, limit_currency, "
        "granted_by_id, granted_at) VALUES (%s, 'administrator', '', '', '', %s, now())"
    )
    staff_refuses(stage_database, text, [me, me], words="nobody_grants_themselves")
    with (
        as_role(stage_database, "cf_portal", stage.sides["a"].partner_pk) as attacker,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        attacker.execute(text, [me, me])  # type: ignore[call-overload]


def test_staff_cannot_decide_in_the_name_of_the_system(stage: Stage, stage_database: str):
    text = """
        INSERT INTO submissions_decision (public_id, partner_id, submission_id, revision, outcome,
          codes, reason, record, sha256, requested_minor, payable_minor, released_minor, currency,
          decided_by, decided_by_name, decided_at)
        SELECT 'dec_x', partner_id, id, revision, 'qualified', '[]', '', '{}', 'x', 1, 1, 0,
          currency, 'system:screening', 'me', now()
        FROM submissions_submission WHERE public_id = %s"""
    staff_refuses(
        stage_database, text, [stage.sides["a"].ids["waiting"]], words="only the worker decides"
    )


def test_a_role_without_a_giver_is_refused_by_sql(stage: Stage, stage_database: str):
    text = (
        "INSERT INTO access_roleassignment (user_id, role, region, program, limit_currency, "
        "granted_by_id, granted_at) VALUES (%s, 'administrator', '', '', '', NULL, now())"
    )
    staff_refuses(
        stage_database, text, [stage.staff["operations"].user_pk], words="given by an administr"
    )


@pytest.mark.parametrize("role", ["auditor", "finance_checker"])
def test_an_approval_in_a_role_that_is_not_held_is_refused(
    stage: Stage, stage_database: str, role: str
):
    text = """
        INSERT INTO submissions_approval (public_id, partner_id, submission_id, revision,
          screening_sha256, step, role, approver_id, reason, approved_at)
        SELECT 'app_x', s.partner_id, s.id, s.revision, c.sha256, 1, %s, %s, '', now()
        FROM submissions_submission s JOIN submissions_screening c ON c.submission_id = s.id
        WHERE s.public_id = %s ORDER BY c.id DESC LIMIT 1"""
    values = [role, stage.staff["auditor"].user_pk, stage.sides["a"].ids["waiting"]]
    staff_refuses(stage_database, text, values, words="does not hold the role")


def test_the_login_role_alone_reads_no_business(stage: Stage, stage_database: str):
    """Before `acting_as` the connection may read what log-in needs and nothing else."""
    for item in partner_tables():
        if item.app:
            continue
        with (
            psycopg.connect(own_conninfo(stage_database)) as attacker,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            attacker.execute(sql.SQL("SELECT 1 FROM {}").format(sql.Identifier(item.table)))
