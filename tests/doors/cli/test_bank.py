"""`counterfoil bank`: read, show, reconcile, explain, undo, in words and as JSON."""

import json

import pytest

from counterfoil.adapters.bank_simulator import Habits, SimulatedBank
from counterfoil.apps.payouts.selectors import payment_file
from counterfoil.foundation.acting import acting_as, staff
from tests.payment_stock import Bank
from tests.people_stock import staff_person

pytestmark = [pytest.mark.db, pytest.mark.django_db]
MAX, CHRIS = "max@vendor.example", "chris@vendor.example"


@pytest.fixture
def answers(db, tmp_path):
    """A sent payment file, and a bank's status and statement as files."""
    with acting_as(staff()):
        staff_person("Max", "finance_maker")
        staff_person("Chris", "finance_checker")
        bank = Bank(tmp_path)
        partner = bank.partner()
        for minor in (10_000, 2_500):
            bank.claim(partner, minor)
        batch = bank.sent()
        simulated = SimulatedBank(
            account="DE02120300000000202051", currency="EUR", habits=Habits(strays=True)
        )
        found, _ = simulated.take(payment_file(batch.public_id).content, on=batch.execute_on)
    for answer in found:
        (tmp_path / f"{answer.kind}.xml").write_bytes(answer.content)
    return tmp_path


def only(answer):
    """This will return what an accepted command wrote, JSON already read."""
    assert answer.code == 0, answer.err
    return json.loads(answer.out) if answer.out.startswith(("{", "[")) else answer.out


def test_a_statement_is_read_reconciled_explained_and_undone(counterfoil, answers):
    read = ("bank", "read", answers / "statement.xml", "--as", MAX)
    only(counterfoil(*read, "--dry-run"))
    assert only(counterfoil("bank", "list", "--json")) == []
    assert only(counterfoil("bank", "read", answers / "status.xml", "--as", MAX, "--json"))
    report = only(counterfoil(*read, "--json"))
    again = counterfoil(*read)
    [statement] = only(counterfoil("bank", "list", "--json"))
    shown = counterfoil("bank", "show", statement["public_id"])
    done = only(counterfoil("bank", "reconcile", "--as", MAX, "--json"))
    [item] = only(counterfoil("bank", "work", "--json"))
    line = item["line"]["public_id"]
    explain = ("bank", "explain", line, "--reason", "Rent", "--as", MAX, "--as-what")
    wrong = counterfoil(*explain, "mystery")
    only(counterfoil(*explain, "not_ours"))
    undo = ("bank", "undo", line, "--reason", "Looked again", "--as", MAX)
    only(counterfoil(*undo))
    twice = counterfoil(*undo)
    notices = only(counterfoil("bank", "notices", "--json"))

    assert (report["kind"], report["applied"]) == ("statements", 3)
    assert "was read before" in again.err
    assert statement["state"] == "taken"
    assert "open" in shown.out
    assert (done["matched"], done["waiting"]) == (2, 1)
    assert (wrong.code, twice.code) == (1, 1)
    assert [each["state"] for each in notices] == ["applied"]
    assert only(counterfoil("bank", "transit", "--json")) == []


def test_a_forged_statement_waits_until_an_approver_takes_it(counterfoil, answers):
    content = (answers / "statement.xml").read_bytes().replace(b"CLBD", b"CLAV")
    only(counterfoil("bank", "read", "-", "--as", MAX, stdin=content))
    [statement] = only(counterfoil("bank", "list", "--state", "review", "--json"))
    accept = ("bank", "accept", statement["public_id"], "--reason", "The bank told us", "--as")

    refused = counterfoil(*accept, MAX)
    only(counterfoil(*accept, CHRIS))
    late = counterfoil("bank", "set-aside", statement["public_id"], "--reason", "x", "--as", CHRIS)

    assert (refused.code, late.code) == (1, 1)
    assert only(counterfoil("bank", "reconcile", "--as", MAX, "--json"))["matched"] == 2


def test_a_split_is_matched_by_naming_its_payments(counterfoil, answers):
    content = (answers / "statement.xml").read_bytes()
    content = content.replace(b"<EndToEndId>NGS", b"<EndToEndId>LOST")
    only(counterfoil("bank", "read", "-", "--as", MAX, stdin=content))
    only(counterfoil("bank", "reconcile", "--as", MAX))
    rows = only(counterfoil("bank", "transit", "--json"))
    items = only(counterfoil("bank", "work", "--json"))

    for row in rows:
        [line] = [
            each["line"]["public_id"]
            for each in items
            if -each["line"]["amount"]["minor"] == row["amount"]["minor"]
        ]
        match = ("bank", "match", line, "--payment", row["end_to_end_id"], "--reason", "Known")
        only(counterfoil(*match, "--as", MAX))

    assert len(rows) == 2
    assert only(counterfoil("bank", "transit", "--json")) == []


def test_a_bad_file_is_refused_with_its_line(counterfoil, answers):
    (answers / "bad.xml").write_bytes((answers / "statement.xml").read_bytes()[:-30])

    refused = counterfoil("bank", "read", answers / "bad.xml", "--as", MAX)
    absent = counterfoil("bank", "read", answers / "absent.xml", "--as", MAX)

    assert (refused.code, absent.code) == (1, 2)
    assert "bad.xml:" in refused.err
