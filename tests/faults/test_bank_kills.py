"""kill -9 at every named point of a bank's answer, races with one winner, and planted faults."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from counterfoil.adapters.bank_simulator import Habits, SimulatedBank
from counterfoil.adapters.files_keys import FileSecretBox
from counterfoil.adapters.files_local import LocalFiles
from counterfoil.apps.ledger.checks import ledger_findings
from counterfoil.apps.ledger.selectors import balances
from counterfoil.apps.payouts.checks import payout_differences
from counterfoil.apps.payouts.errors import PayoutsError
from counterfoil.apps.payouts.models import (
    BankFile,
    BankLine,
    BankMatch,
    BankNotice,
    BankSlot,
    BankStatement,
)
from counterfoil.apps.payouts.selectors import (
    list_payment_batches,
    payment_file,
    payments_of_batch,
)
from counterfoil.core.accounts import AccountKind
from counterfoil.core.bankfiles.reading import read_bank_file
from counterfoil.flows import reconcile
from counterfoil.flows.read_statement import read_bank_answer
from counterfoil.foundation.acting import acting_as, staff
from tests.conftest import own_conninfo
from tests.faults.kill import die_at
from tests.flows.test_reconcile import DollarHouse, nacha_back
from tests.money_stock import AT, FINANCE
from tests.payment_stock import IBANS, Bank

pytestmark = [pytest.mark.db, pytest.mark.crash, pytest.mark.slow]
CODE = """
from pathlib import Path
from tests.faults.test_bank_kills import STEPS
with acting_as(staff()):
    STEPS[{step!r}](Path({folder!r}))
"""
PAID = 3_500


class Plain:
    """Reads in this process: the sandbox has its own tests."""

    def read(self, content, *, file, mapping=None):
        return read_bank_file(content, file=file, mapping=mapping)


def _answers():
    [batch] = list_payment_batches()
    bank = SimulatedBank(
        account="DE02120300000000202051", currency="EUR", habits=Habits(extra_cents=100)
    )
    content = payment_file(batch.public_id).content
    answers, _ = bank.take(content, on=batch.execute_on)
    return {answer.kind: answer for answer in answers}


def _read(folder: Path, kind: str) -> None:
    bank, answer = Bank.again(folder), _answers()[kind]
    read_bank_answer(
        content=answer.content, file_name=answer.name, reader=Plain(),
        store=LocalFiles(root=folder / "kept"), box=bank.box, by=FINANCE, at=AT,
    )  # fmt: skip


def _undo() -> None:
    line = BankLine.objects.order_by("pk").first()
    if BankSlot.objects.filter(subject=line.public_id).exists():
        reconcile.undo_match(line_id=line.public_id, by=FINANCE, at=AT, reason="Looked again")


STEPS = {
    "status": lambda folder: _read(folder, "status"),
    "statement": lambda folder: _read(folder, "statement"),
    "reconcile": lambda _folder: reconcile.reconcile_bank(by=FINANCE, at=AT),
    "undo": lambda _folder: _undo(),
    "reconcile again": lambda _folder: reconcile.reconcile_bank(by=FINANCE, at=AT),
}
ORDER = tuple(STEPS)


@pytest.fixture
def paid(own_database, tmp_path):
    with acting_as(staff()):
        bank = Bank(tmp_path)
        bank.claim(bank.partner(), 1_000)
        bank.claim(bank.partner("Börde", iban=IBANS[1]), PAID - 1_000)
        bank.sent()
    return own_database


def _sound() -> None:
    with acting_as(staff()):
        assert list(payout_differences()) == []
        assert list(ledger_findings()) == []
        slots = {row.match_id for row in BankSlot.objects.all()}
        undone = set(
            BankMatch.objects.filter(undoes__isnull=False).values_list("undoes_id", flat=True)
        )
        live = set(BankMatch.objects.filter(undoes__isnull=True).values_list("pk", flat=True))
        assert slots == live - undone


def _balance(kind: AccountKind) -> int:
    return sum(each.balance.minor for each in balances(kinds=[kind]))


@pytest.mark.parametrize(
    ("point", "step"),
    [
        ("bank.status", "status"),
        ("bank.kept", "statement"),
        ("bank.taken", "status"),
        ("bank.taken", "statement"),
        ("pay.settled", "reconcile"),
        ("bank.settled", "reconcile"),
        ("bank.matched", "reconcile"),
        ("bank.reconciled", "reconcile"),
        ("bank.undone", "undo"),
    ],
)
def test_an_answer_that_was_killed_is_taken_again_and_counts_once(point, step, paid, tmp_path):
    for done in ORDER[: ORDER.index(step)]:
        with acting_as(staff()):
            STEPS[done](tmp_path)

    die_at(point, database=paid, code=CODE.format(step=step, folder=str(tmp_path)))

    _sound()
    for again in ORDER[ORDER.index(step) :]:
        for _ in range(2 if again != "undo" else 1):
            with acting_as(staff()):
                STEPS[again](tmp_path)
    _sound()
    with acting_as(staff()):
        [batch] = list_payment_batches()
        assert {each.state for each in payments_of_batch(batch.public_id)} == {"settled"}
        assert _balance(AccountKind.CASH_IN_TRANSIT) == 0
        assert _balance(AccountKind.CASH_BANK) == -PAID - 200
        assert _balance(AccountKind.EXPENSE_BANK_FEES) == 200
        assert BankStatement.objects.count() == BankNotice.objects.count() == 1
        assert BankFile.objects.count() == BankLine.objects.count() == 2


def read_returns(folder: Path) -> None:
    """This will read the file of returns that lies in the folder."""
    read_bank_answer(
        content=(folder / "back.ach").read_bytes(), file_name="back.ach", reader=Plain(),
        store=LocalFiles(root=folder / "kept"), box=FileSecretBox(folder / "keys"), by=FINANCE,
        at=AT,
    )  # fmt: skip


def test_a_file_of_returns_that_was_killed_is_read_again_and_counts_once(own_database, tmp_path):
    with acting_as(staff()):
        house = DollarHouse(tmp_path)
        house.answered(3_001, 3_002)
        first, _second = payments_of_batch(house.batch.public_id)
    (tmp_path / "back.ach").write_bytes(nacha_back(first))
    code = f"""
    from pathlib import Path
    from tests.faults.test_bank_kills import read_returns
    with acting_as(staff()):
        read_returns(Path({str(tmp_path)!r}))
    """

    die_at("bank.return", database=own_database, code=code)

    _sound()
    for _ in range(2):
        with acting_as(staff()):
            read_returns(tmp_path)
    _sound()
    with acting_as(staff()):
        states = [each.state for each in payments_of_batch(house.batch.public_id)]
        assert states == ["rejected", "released"]
        assert BankNotice.objects.count() == BankFile.objects.count() == 1


def _race(*acts) -> list[Exception | None]:
    def one(act) -> Exception | None:
        try:
            with acting_as(staff()):
                act()
        except PayoutsError as error:
            return error
        finally:
            connection.close()
        return None

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def test_one_file_read_by_four_at_once_is_taken_once(paid, tmp_path):
    outcomes = _race(*[lambda: _read(tmp_path, "statement")] * 4)

    assert outcomes == [None] * 4
    with acting_as(staff()):
        assert BankStatement.objects.count() == BankFile.objects.count() == 1
        assert BankLine.objects.count() == 2


def test_four_runs_at_once_match_each_line_once(paid, tmp_path):
    with acting_as(staff()):
        _read(tmp_path, "statement")

    outcomes = _race(*[lambda: reconcile.reconcile_bank(by=FINANCE, at=AT)] * 4)

    assert outcomes == [None] * 4
    with acting_as(staff()):
        assert BankMatch.objects.count() == 2
        assert _balance(AccountKind.CASH_BANK) == -PAID - 200
    _sound()


def test_of_two_people_who_explain_one_line_one_wins(paid, tmp_path):
    with acting_as(staff()):
        _read(tmp_path, "statement")
        line = BankLine.objects.order_by("pk").first().public_id

    def explain(kind: str) -> None:
        reconcile.explain_line(line_id=line, kind=kind, by=FINANCE, at=AT, reason=kind)

    outcomes = _race(lambda: explain("fee"), lambda: explain("not_ours"))

    assert sorted(outcome is None for outcome in outcomes) == [False, True]
    with acting_as(staff()):
        assert BankMatch.objects.count() == 1


def test_of_two_undos_of_one_match_one_wins(paid, tmp_path):
    with acting_as(staff()):
        _read(tmp_path, "statement")
        reconcile.reconcile_bank(by=FINANCE, at=AT)
        line = BankLine.objects.order_by("pk").first().public_id

    def undo() -> None:
        reconcile.undo_match(line_id=line, by=FINANCE, at=AT, reason="Wrong")

    outcomes = _race(undo, undo)

    assert sorted(outcome is None for outcome in outcomes) == [False, True]
    _sound()


def test_without_its_key_a_line_matched_twice_is_seen_by_the_check(paid, tmp_path):
    with acting_as(staff()):
        _read(tmp_path, "statement")
        reconcile.reconcile_bank(by=FINANCE, at=AT)
        slot = BankSlot.objects.order_by("pk").first()
        subject, match = slot.subject, slot.match_id
        kind = slot.subject_kind
    with psycopg.connect(own_conninfo(paid, user="cf_owner"), autocommit=True) as owner:
        owner.execute("ALTER TABLE payouts_bankslot DROP CONSTRAINT nothing_matched_twice")
        owner.execute(
            "INSERT INTO payouts_bankslot (subject_kind, subject, match_id) VALUES (%s, %s, %s)",
            (kind, subject, match),
        )

    with acting_as(staff()):
        found = list(payout_differences())

    assert any("matched twice" in str(each) for each in found)
