"""Rows that an insider with all rights edits are named: appeals, plans, runs, the bank, audits."""

import psycopg
import pytest

from counterfoil.flows.verify_records import verify_records
from counterfoil.foundation.acting import acting_as, worker
from tests.conftest import own_conninfo
from tests.people_stock import AT, SYSTEM

pytestmark = pytest.mark.db

# Table, what is done to it, and the check that names it.
EDITS = (
    ("earnings_planversion", "UPDATE earnings_planversion SET source = source || '# x' "
     "WHERE state = 'published'", "plans as published"),
    ("earnings_planversion", "UPDATE earnings_planversion SET approved_by = 'usr_x' "
     "WHERE state = 'published'", "plans as published"),
    ("earnings_runline", "UPDATE earnings_runline SET commission_minor = commission_minor + 1",
     "commission runs as approved"),
    ("earnings_runshare", "UPDATE earnings_runshare SET earned_minor = earned_minor + 100, "
     "posted_minor = posted_minor + 100", "commission runs as approved"),
    ("earnings_run", "UPDATE earnings_run SET total_minor = total_minor + 1",
     "commission runs as approved"),
    ("earnings_run", "UPDATE earnings_run SET manifest = manifest || ' '",
     "commission runs as approved"),
    ("earnings_run", "UPDATE earnings_run SET posted_by = 'usr_x' WHERE state = 'posted'",
     "commission runs as approved"),
    ("earnings_runapproval", "DELETE FROM earnings_runapproval WHERE id = "
     "(SELECT max(id) FROM earnings_runapproval)", "commission runs as approved"),
    ("earnings_runapproval", "UPDATE earnings_runapproval SET approver = 'usr_x'",
     "commission runs as approved"),
    ("earnings_adjustment", "UPDATE earnings_adjustment SET amount_minor = amount_minor + 1",
     "adjustments as decided"),
    ("earnings_adjustment", "DELETE FROM earnings_adjustment", "adjustments as decided"),
    ("earnings_statement", "UPDATE earnings_statement SET content = content || ' ', "
     "content_sha256 = encode(sha256(convert_to(content || ' ', 'UTF8')), 'hex')",
     "statements as issued"),
    ("earnings_statement", "UPDATE earnings_statement SET pdf_sha256 = repeat('a', 64)",
     "statements as issued"),
    ("earnings_exchangerate", "INSERT INTO earnings_exchangerate (source, currency, \"into\", "
     "\"on\", numerator, decimals, import_run, by, at) VALUES ('forged', 'EUR', 'USD', "
     "'2026-01-01', 2, 0, '', 'usr_x', now())", "exchange rates as read"),
    ("payouts_bankline", "UPDATE payouts_bankline SET amount_minor = amount_minor - 1000",
     "bank statements as read"),
    ("payouts_bankline", "DELETE FROM payouts_bankline", "bank statements as read"),
    ("payouts_bankstatement", "UPDATE payouts_bankstatement SET closing_minor = 1",
     "bank statements as read"),
    ("payouts_bankstatement", "UPDATE payouts_bankstatement SET state = 'taken', "
     "decided_by = 'usr_x', decided_at = now(), decided_reason = 'x' WHERE state = 'review'",
     "bank statements as read"),
    ("payouts_payment", "UPDATE payouts_payment SET gross_minor = gross_minor + 5, "
     "netted_minor = netted_minor + 5", "payment files as approved"),
    ("payouts_payment", "UPDATE payouts_payment SET state = 'rejected', is_live = false",
     "payments as answered"),
    ("payouts_ownaccount", "UPDATE payouts_ownaccount SET account_number = "
     "replace(account_number, '0', '1')", "own accounts as entered"),
    ("engagements_population", "UPDATE engagements_population SET total_minor = total_minor + 1",
     "dry-run audits as written"),
    ("engagements_sample", "UPDATE engagements_sample SET document = document || ' '",
     "dry-run audits as written"),
    ("engagements_paper", "UPDATE engagements_paper SET deciders = '[]'",
     "dry-run audits as written"),
    ("engagements_answer", "UPDATE engagements_answer SET is_deviation = NOT is_deviation",
     "dry-run audits as written"),
    ("engagements_findingpaper", "DELETE FROM engagements_findingpaper",
     "dry-run audits as written"),
    ("engagements_engagement", "UPDATE engagements_engagement SET report = report || ' ' "
     "WHERE closed_at IS NOT NULL", "dry-run audits as written"),
    ("submissions_appeal", "UPDATE submissions_appeal SET reason = 'x'", "appeals as raised"),
    ("submissions_appeal", "UPDATE submissions_appeal SET against = 'dec_x'",
     "appeals as raised"),
    ("submissions_appeal", "DELETE FROM submissions_appeal", "appeals as raised"),
    ("submissions_blindreview", "UPDATE submissions_blindreview SET verdict = 'decline', "
     "code = 'X' WHERE place = 2", "blind reviews as given"),
    ("submissions_blindreview", "UPDATE submissions_blindreview SET results = '{}'",
     "blind reviews as given"),
    ("submissions_blindreview", "UPDATE submissions_blindreview SET record = record || ' '",
     "blind reviews as given"),
    ("submissions_blindreview", "DELETE FROM submissions_blindreview WHERE place = 2",
     "blind reviews as given"),
    ("submissions_draw", "UPDATE submissions_draw SET number = 7, share_ppm = 7, "
     "is_drawn = false", "blind reviews as given"),
    ("submissions_draw", "DELETE FROM submissions_draw", "blind reviews as given"),
    ("ledger_period", "INSERT INTO ledger_period (code, starts_on, ends_on, closed_at, "
     "closed_by) VALUES ('2025-01', '2025-01-01', '2025-01-31', NULL, '')", "months as closed"),
)  # fmt: skip


@pytest.fixture
def insider(stage_database: str):
    """A connection that no trigger holds."""
    with psycopg.connect(
        own_conninfo(stage_database, user="postgres"), autocommit=True
    ) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


def found() -> set[str]:
    with acting_as(worker()):
        return {each.check for each in verify_records(by=SYSTEM, at=AT)}


def rounds() -> list[list[tuple[str, str, str]]]:
    """This will put edits that different checks name into one round, for a verification each."""
    waiting, found = list(EDITS), []
    while waiting:
        taken: dict[str, tuple[str, str, str]] = {}
        for each in waiting:
            if each[2] not in taken and each[0] not in {table for table, _, _ in taken.values()}:
                taken[each[2]] = each
        found.append(list(taken.values()))
        waiting = [each for each in waiting if each not in found[-1]]
    return found


def test_the_stage_is_as_the_log_says_and_every_edit_of_it_is_named(stage, insider):
    # The stage writes some bank details and postings past the flows, which is named, rightly.
    before = found()
    assert before <= {"bank details as approved", "tracker adds up"}
    unseen = []
    for round_ in rounds():
        for table, edit, _ in round_:
            insider.execute(f"CREATE TABLE kept_{table} AS TABLE {table}")
            assert insider.execute(edit).rowcount, f"{edit} changes nothing on the stage"
        named = found()
        unseen += [edit for _, edit, check in round_ if check not in named]
        for table, _, _ in round_:
            insider.execute(f"DELETE FROM {table}")
            insider.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")
            insider.execute(f"DROP TABLE kept_{table}")
    assert unseen == []
    assert found() == before
