"""`counterfoil ledger`: what is open, the trial balance, the journal."""

import csv
import json

import pytest

from tests.submission_stock import AT, approved_request

pytestmark = [pytest.mark.db, pytest.mark.django_db]
DAYS = ("--from", "2026-01-01", "--to", "2026-12-31")


@pytest.fixture
def request_approved(world):
    """This will approve one request, which reserves 2,000.00 USD."""
    approved_request(world)
    return world


def test_what_is_open_is_listed_with_its_age(counterfoil, request_approved):
    listed = counterfoil("ledger", "open", "--on", AT.date().isoformat(), "--json")
    ages = counterfoil("ledger", "open", "--by-age", "--on", "2026-12-31")

    (only,) = json.loads(listed.out)
    assert (only["kind"], only["days"]) == ("alloc.committed", 0)
    assert "2000.00 USD" in ages.out


def test_the_trial_balance_has_the_same_on_both_sides(counterfoil, request_approved):
    said = counterfoil("ledger", "trial-balance")

    assert said.code == 0
    assert "USD:" in said.err
    assert "on both sides: balances." in said.err


def test_the_journal_is_one_row_a_leg_and_each_entry_comes_to_zero(
    counterfoil, request_approved, tmp_path
):
    file = tmp_path / "journal.csv"

    said = counterfoil("ledger", "journal", file, *DAYS)

    rows = list(csv.DictReader(file.open(encoding="utf-8")))
    assert f"{len(rows)} legs written" in said.err
    sums: dict[str, int] = {}
    for row in rows:
        assert bool(row["debit"]) != bool(row["credit"])
        minor = int((row["debit"] or f"-{row['credit']}").replace(".", ""))
        sums[row["entry"]] = sums.get(row["entry"], 0) + minor
    assert sums
    assert set(sums.values()) == {0}


def test_a_file_that_is_there_is_not_written_over(counterfoil, request_approved, tmp_path):
    file = tmp_path / "journal.xlsx"
    file.write_bytes(b"mine")

    said = counterfoil("ledger", "journal", file, *DAYS)

    assert said.code == 1
    assert "is there already" in said.err
    assert file.read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("journal", "j.txt", *DAYS), ".csv or .xlsx"),
        (("journal", "j.csv", "--from", "2026-05-01", "--to", "2026-04-30"), "after the last"),
        (("open", "--on", "tomorrow"), "--on"),
        (("open", "--kind", "payables"), "payable"),
    ],
)
def test_what_is_typed_wrongly_is_refused_by_name(counterfoil, world, words, named):
    said = counterfoil("ledger", *words)

    assert said.code == 2
    assert named in said.err
