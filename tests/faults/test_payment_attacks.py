"""Attacks on payments: pay twice, pay the wrong account, get past the people who look."""

import errno
import os
import shutil
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from counterfoil.adapters.bank_folder import OutboxFolder
from counterfoil.adapters.bank_simulator import Habits, SimulatedBank
from counterfoil.apps.audit.models import LogLeaf
from counterfoil.apps.payouts import errors, services
from counterfoil.apps.payouts.checks import payout_differences
from counterfoil.apps.payouts.models import (
    BankDetail,
    BankLine,
    BatchApproval,
    Dispatch,
    Payment,
    PaymentBatch,
    PayoutState,
)
from counterfoil.apps.payouts.selectors import (
    batches_due,
    get_payment_batch,
    open_holds,
    outside_findings,
    payment_file,
    payments_of_batch,
    ready_by_bank,
)
from counterfoil.apps.payouts.selectors.recorded import details_told, unrecorded_details
from counterfoil.apps.payouts.services import payment_batches
from counterfoil.core.accounts import AccountKind
from counterfoil.core.canonical import sha256_hex
from counterfoil.core.merkle import verify_inclusion
from counterfoil.flows import pay, reconcile
from counterfoil.foundation.acting import acting_as, discard_work, staff
from tests.flows.test_reconcile import House, statement_of
from tests.money_stock import AT, CHECKER, FINANCE, OPS
from tests.payment_stock import LEAD, SECOND
from tests.people_stock import staff_person

pytestmark = [pytest.mark.db, pytest.mark.django_db, pytest.mark.crash]


@pytest.fixture
def house(tmp_path):
    with acting_as(staff()):
        yield House(tmp_path)
        discard_work()


@pytest.fixture
def bank(house):
    """A house that owes one partner 9.00 EUR."""
    house.someone = house.first
    house.claim(house.first, 900)
    return house


def _execute(sql):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def _outbox(bank):
    return sorted(path.name for path in bank.folder._root.iterdir() if path.name[0] != ".")


# Paid twice.


def test_a_file_whose_answer_came_first_is_not_sent_again_by_the_worker(bank):
    batch = bank.release(bank.approved())
    [payment] = payments_of_batch(batch.public_id)
    services.accept_payment(end_to_end_id=payment.end_to_end_id, by=FINANCE, at=AT)

    assert batches_due() == ()
    assert Dispatch.objects.get().state == "done"
    assert bank.dispatch(batch).state == "acked"
    assert _outbox(bank) == []


def test_a_file_that_was_unknown_and_has_a_receipt_is_not_sent_again(bank):
    batch = bank.release(bank.approved())
    services.mark_unknown(message_id=batch.message_id, reason="Time-out", by=FINANCE, at=AT)
    services.enter_receipt(batch_id=batch.public_id, receipt="R-1", by=CHECKER, at=AT)

    assert batches_due() == ()
    bank.dispatch(batch)
    assert _outbox(bank) == []


def test_a_file_that_the_bank_fetched_before_we_noted_it_is_not_put_there_again(bank):
    batch = bank.release(bank.approved())
    file = payment_file(batch.public_id)
    bank.folder.deliver(name=file.file_name, content=file.content)
    (bank.folder._root / file.file_name).unlink()  # The bank's software; then we were killed.

    bank.dispatch(batch)

    assert _outbox(bank) == []
    assert get_payment_batch(batch.public_id).state == "dispatched"


@pytest.fixture
def restored(bank, tmp_path):
    """A database of yesterday: the newest file was sent and fetched, and it knows nothing of it.

    What a restore forgets is forgotten here by a savepoint; the folder keeps what it keeps.
    """
    bank.claim(bank.second, 2_500)
    mark = transaction.savepoint()
    batch = bank.sent()
    bank.lost = payment_file(batch.public_id)
    bank.simulated = SimulatedBank(
        account="DE02120300000000202051", currency="EUR", seed=3, habits=Habits()
    )
    bank.answers, _ = bank.simulated.take(bank.lost.content, on=batch.execute_on)
    (bank.folder._root / bank.lost.file_name).unlink()
    transaction.savepoint_rollback(mark)
    services.remember_folder(mark=bank.folder.mark())
    return bank


def test_a_restored_database_is_locked_though_the_folder_was_emptied(restored):
    with pytest.raises(errors.PayoutsLocked, match="ahead of the database"):
        restored.seal()
    [words] = pay.compare_outside(folder=restored.folder, by=OPS, at=AT)

    assert restored.lost.file_name in words
    assert PayoutState.objects.get().is_locked


def test_without_its_memory_the_folder_lets_the_restored_database_pay_twice(restored):
    shutil.rmtree(restored.folder._root / ".sent")

    assert restored.seal().message_id == "NGS-1-000001"


def test_a_statement_of_the_lost_file_locks_payouts_even_so(restored):
    shutil.rmtree(restored.folder._root / ".sent")
    for each in restored.answers:
        report = restored.read(each)
        assert any("locked" in note for note in report.notes)
    assert PayoutState.objects.get().is_locked
    assert {each.kind for each in outside_findings()} == {"answer"}


def test_the_lost_file_is_taken_over_settled_and_never_paid_again(restored):
    pay.compare_outside(folder=restored.folder, by=OPS, at=AT)
    with pytest.raises(errors.FileRefused):
        pay.adopt_file(content=b"junk", box=restored.box, by=FINANCE, at=AT)
    batch = pay.adopt_file(content=restored.lost.content, box=restored.box, by=FINANCE, at=AT)
    assert (batch.sha256, batch.state, batch.is_adopted) == (restored.lost.sha256, "sealed", True)
    with pytest.raises(errors.WrongState, match="can't be given up"):
        pay.void_payments(batch_id=batch.public_id, by=FINANCE, at=AT, reason="x")
    unlock = {"folder": restored.folder, "at": AT, "reason": "Taken over"}
    assert pay.unlock_payouts(by=CHECKER, **unlock) == 2
    with pytest.raises(errors.NothingToPay):
        restored.seal()

    late = AT + timedelta(days=9)
    restored.approve(batch)
    done = pay.release_payments(
        batch_id=batch.public_id, folder=restored.folder, by=CHECKER, at=late
    )

    assert done.state == "dispatched"
    assert batches_due() == ()
    assert _outbox(restored) == []
    for each in restored.answers:
        restored.read(each)
    assert restored.reconcile().payments == 2
    assert services.close_batch(batch_id=batch.public_id, by=CHECKER, at=late).state == "closed"
    assert list(payout_differences()) == []


def test_a_lost_file_whose_claim_was_lost_too_says_what_to_bring_back(bank):
    mark = transaction.savepoint()
    ref = bank.claim(bank.someone, 4_200)
    content = payment_file(bank.sent().public_id).content
    transaction.savepoint_rollback(mark)
    pay.compare_outside(folder=bank.folder, by=OPS, at=AT)

    with pytest.raises(errors.NotReady, match="nothing like it is owed") as refused:
        pay.adopt_file(content=content, box=bank.box, by=FINANCE, at=AT)
    assert ref in str(refused.value) or "42.00" in str(refused.value)
    assert PaymentBatch.objects.count() == 0


def test_who_accounted_for_a_finding_does_not_unlock(restored):
    pay.compare_outside(folder=restored.folder, by=OPS, at=AT)
    [found] = outside_findings(only_open=True)
    pay.explain_outside(finding_id=found.public_id, reason="Never executed.", by=CHECKER, at=AT)
    unlock = {"folder": restored.folder, "at": AT, "reason": "Compared"}

    with pytest.raises(errors.SamePerson):
        pay.unlock_payouts(by=CHECKER, **unlock)
    with pytest.raises(DatabaseError, match="without a gap"):
        _execute(
            "UPDATE payouts_payoutstate SET is_locked = false, epoch = 2, next_seq = 1, "
            f"unlocked_by = '{CHECKER.id}', unlocked_at = now()"
        )
    assert pay.unlock_payouts(by=SECOND, **unlock) == 2


def test_a_clone_that_pays_into_another_folder_is_locked(bank, tmp_path):
    bank.sent()
    bank.claim(bank.someone, 100)
    clone = OutboxFolder(tmp_path / "clone")

    assert "cloned" in pay.compare_outside(folder=clone, by=OPS, at=AT)[0]
    bank.folder = clone
    with pytest.raises(errors.PayoutsLocked):
        bank.seal()


class _Checkpoints:
    def __init__(self, size):
        self._size = size

    def sizes(self):
        return (self._size,)


def test_a_checkpoint_of_a_longer_log_locks_payouts(bank):
    bank.seal()
    held = LogLeaf.objects.count()
    how = {"folder": bank.folder, "by": OPS, "at": AT}

    assert pay.compare_outside(**how, checkpoints=_Checkpoints(held)) == ()
    [words] = pay.compare_outside(**how, checkpoints=_Checkpoints(held + 50))
    assert f"checkpoint of {held + 50} entries" in words
    assert PayoutState.objects.get().is_locked


def test_a_bank_that_names_files_of_others_locks_nothing(bank):
    bank.sent()

    assert services.unknown_of_ours(["NGS-1-000001", "ABC-1-000009", "NGS-1-000001-0001-1"]) == ()
    [found] = services.unknown_of_ours(["NGS-1-000009-0001-1", "NGS-1-000009"])
    assert found.subject == "NGS-1-000009"


# Paid to the wrong account, or past people.


def test_an_approval_that_was_written_past_the_program_sends_nothing(bank):
    batch = bank.seal()
    bank.clear(batch)
    bank.approve(batch, LEAD)
    BatchApproval.objects.create(
        batch=PaymentBatch.objects.get(), sha256=batch.sha256, approver="usr_ghost",
        proof="", approved_at=AT,
    )  # fmt: skip
    PaymentBatch.objects.update(state="approved")

    with pytest.raises(errors.BatchChanged, match="no approval by usr_ghost"):
        bank.release(batch)
    assert _outbox(bank) == []


def test_bank_details_that_were_written_past_the_program_are_paid_nothing(bank, monkeypatch):
    _execute(
        "UPDATE payouts_bankdetail SET state = 'superseded', ended_at = now() "
        f"WHERE partner_id = {bank.first.pk}"
    )
    _execute(
        "INSERT INTO payouts_bankdetail (public_id, partner_id, currency, kind, holder, "
        "bank_country, bic, masked, fingerprint, sealed, state, reason, proposed_by, proposed_at, "
        "proposed_via, callback_contact, callback_number, callback_person, callback_note, "
        "callback_by, approved_by, refused_by, refused_reason) SELECT 'bnk_twin', partner_id, "
        "currency, kind, holder, bank_country, bic, masked, fingerprint, sealed, 'proposed', "
        "reason, 'usr_a', proposed_at, proposed_via, '', '', '', '', '', '', '', '' "
        f"FROM payouts_bankdetail WHERE partner_id = {bank.first.pk}"
    )
    for change in (
        "state = 'callback_done', callback_by = 'usr_b', callback_number = '1', "
        "callback_person = 'x', callback_at = now()",
        "state = 'cooling_off', approved_by = 'usr_c', approved_at = '2020-01-01', "
        "cooling_off_until = '2020-01-02'",
        "state = 'active', active_at = '2020-01-03'",
    ):
        _execute(f"UPDATE payouts_bankdetail SET {change} WHERE public_id = 'bnk_twin'")
    # The copy's box is bound to the first id: the attacker can't even make a file of it.
    with pytest.raises(errors.BoxUnusable):
        bank.seal()
    monkeypatch.setattr(
        "counterfoil.apps.payouts.services.bank_details._context",
        lambda partner, _id: f"bank details {bank.first_detail} of {partner}",
    )
    bank.first_detail = _first_detail()
    batch = bank.approved()

    with pytest.raises(errors.BatchChanged, match="knows no such bank details"):
        bank.release(batch)


@pytest.mark.parametrize("field", ["holder", "sealed", "bic", "currency"])
def test_bank_details_with_another_holder_or_number_are_named(bank, field):
    row = BankDetail.objects.get(partner_id=bank.first.pk)
    assert list(unrecorded_details([row], details_told())) == []
    setattr(row, field, "USD" if field == "currency" and row.currency != "USD" else "X")
    assert [words for _, words in unrecorded_details([row], details_told())] == [
        "are not as they were proposed, called and approved"
    ]


def _first_detail():
    with connection.cursor() as cursor:
        cursor.execute("SELECT public_id FROM payouts_bankdetail ORDER BY id LIMIT 1")
        return cursor.fetchone()[0]


def test_without_the_look_into_the_log_a_forged_approval_sends_the_file(bank, monkeypatch):
    monkeypatch.setattr(payment_batches, "unrecorded_approvals", lambda batch: ())
    batch = bank.seal()
    bank.clear(batch)
    bank.approve(batch, LEAD)
    BatchApproval.objects.create(
        batch=PaymentBatch.objects.get(), sha256=batch.sha256, approver="usr_ghost",
        proof="", approved_at=AT,
    )  # fmt: skip
    PaymentBatch.objects.update(state="approved")

    assert bank.release(batch).state == "released"
    words = [each.message for each in payout_differences()]
    assert "the audit log knows no approval by usr_ghost" in words


def test_who_lost_the_role_after_approving_counts_no_more(bank):
    chris, lea = staff_person("Chris", "finance_checker"), staff_person("Lea", "team_lead")
    batch = bank.seal()
    bank.clear(batch)
    bank.approve(batch, chris, lea)
    _execute("UPDATE access_roleassignment SET ended_at = now() WHERE role = 'team_lead'")

    with pytest.raises(errors.NotApproved, match="Lea may not approve"):
        bank.release(batch)
    with pytest.raises(errors.NothingToPay):
        bank.seal()
    pay.void_payments(batch_id=batch.public_id, by=FINANCE, at=AT, reason="Lea left")
    assert bank.seal().state == "sealed"


def test_a_second_account_of_one_person_does_not_approve(bank):
    first, second = (staff_person(name, "finance_checker") for name in ("Chris", "Chris Two"))
    _execute(
        f"UPDATE access_user SET email = 'Chris+two@EXAMPLE.com' WHERE public_id = '{second.id}'"
    )
    _execute(f"UPDATE access_user SET email = 'chris@example.com' WHERE public_id = '{first.id}'")
    batch = bank.seal()
    bank.clear(batch)
    bank.approve(batch, first)

    with pytest.raises(errors.SamePerson, match="Another account"):
        bank.approve(batch, second)


def test_a_file_that_waited_too_long_is_not_sent_for_a_day_that_passed(bank):
    batch = bank.approved()

    with pytest.raises(errors.BatchChanged, match="the bank can't before"):
        bank.release(batch, at=AT + timedelta(days=4))
    assert Payment.objects.get().state == "sealed"


def test_a_clock_that_jumps_back_posts_and_sends_once(bank):
    early = AT - timedelta(hours=5)
    batch = bank.approved()
    bank.dispatch(bank.release(batch, at=early), at=early - timedelta(days=2))
    bank.release(batch)
    bank.dispatch(batch)

    assert Payment.objects.get().state == "released"
    assert len(_outbox(bank)) == 1


def test_the_approvals_stand_in_the_log_before_the_file_leaves(bank, monkeypatch):
    batch = bank.approved()
    seen = []
    real = services.release_payments

    def looking(**how):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM audit_event e JOIN audit_logleaf l ON l.event_id = e.id "
                "WHERE e.action = 'payments.approved'"
            )
            seen.append(cursor.fetchone()[0])
        return real(**how)

    monkeypatch.setattr(services, "release_payments", looking)
    bank.release(batch)
    assert seen == [2]


# What the bank says, and what somebody says the bank says.


def test_a_closed_batch_proves_its_close(house):
    answers, _ = house.paid(10_000, 2_500)
    for each in answers:
        house.read(each)
    house.reconcile()
    proof = services.close_batch(batch_id=house.batch.public_id, by=CHECKER, at=AT).close_proof

    assert verify_inclusion(
        bytes.fromhex(proof["leaf"]), proof["index"], proof["size"],
        [bytes.fromhex(each) for each in proof["path"]], bytes.fromhex(proof["root"]),
    )  # fmt: skip
    assert list(payout_differences()) == []
    changed = {**proof, "index": proof["index"] - 1}
    PaymentBatch.objects.update(close_proof=changed)
    assert any("proves that its close" in each.message for each in payout_differences())


def test_a_statement_from_the_future_waits_for_a_person(house):
    answers, _ = house.paid(10_000)
    forged = statement_of(answers).content.replace(b"2026-", b"2027-")
    report = house.read(statement_of(answers), content=forged)

    assert report.statements[0].state == "review"
    assert house.reconcile().matched == 0


def test_an_undone_return_counts_as_debited_again_and_can_return_once_more(house):
    answers, _ = house.paid(10_000, returns=1000)
    for each in answers:
        house.read(each)
    house.reconcile()
    back = Payment.objects.get(state="returned")
    line = _line_of(back, is_in=True)
    owed = house.balance(AccountKind.PAYABLE)
    how = {"by": FINANCE, "at": AT + timedelta(days=4)}

    reconcile.undo_match(line_id=line, reason="Another payment of the same name", **how)
    back.refresh_from_db()
    assert (back.state, back.is_live) == ("settled", True)
    assert house.balance(AccountKind.PAYABLE) == owed - back.amount_minor
    assert ready_by_bank(on=AT.date()) == ()
    reconcile.match_line(line_id=line, payments=[back.end_to_end_id], reason="It was this", **how)
    back.refresh_from_db()
    assert back.state == "returned"
    assert house.balance(AccountKind.PAYABLE) == owed
    assert list(payout_differences()) == []


def test_a_return_that_was_paid_again_stays(house):
    answers, _ = house.paid(10_000, returns=1000)
    for each in answers:
        house.read(each)
    house.reconcile()
    back = Payment.objects.get(state="returned")
    [hold] = _holds()
    services.lift_hold(hold_id=hold, by=FINANCE, at=AT, reason="New bank details checked")
    house.seal()

    with pytest.raises(errors.WrongState, match="paid again by"):
        reconcile.undo_match(line_id=_line_of(back, is_in=True), reason="x", by=FINANCE, at=AT)


def _line_of(payment, *, is_in):
    sign = {"amount_minor__gt": 0} if is_in else {"amount_minor__lt": 0}
    return BankLine.objects.get(end_to_end_id=payment.end_to_end_id, **sign).public_id


def _holds():
    return [each.public_id for each in open_holds()]


def test_a_large_debit_is_not_called_a_fee_by_one_who_may_not_approve(house):
    answers, _ = house.paid(10_000)
    house.read(statement_of(answers))
    how = {"line_id": _line_of(Payment.objects.get(), is_in=False), "kind": "fee", "at": AT}
    with pytest.raises(errors.NotMatchable, match="somebody who approves"):
        reconcile.explain_line(by=FINANCE, reason="Bank fee", **how)


# The disk.

_SMALL = """
import resource, sys
from pathlib import Path
from counterfoil.adapters.bank_folder import OutboxFolder
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
folder = OutboxFolder(Path(sys.argv[1]))
try:
    folder.deliver(name="NGS-1-000001-aaaa.xml", content=b"x" * 100_000)
except OSError as error:
    print(error.errno)
"""


def test_a_full_disk_leaves_no_half_file_and_the_next_try_is_whole(tmp_path):
    root = tmp_path / "outbox"
    done = subprocess.run(
        [sys.executable, "-c", _SMALL, str(root)], capture_output=True, text=True, check=True,
        env=os.environ,
    )  # fmt: skip

    assert int(done.stdout) == errno.EFBIG
    assert [path for path in root.rglob("*") if path.is_file()] == []
    folder = OutboxFolder(root)
    folder.deliver(name="NGS-1-000001-aaaa.xml", content=b"x" * 100_000)
    [file] = folder.files()
    assert file.sha256 == sha256_hex(b"x" * 100_000)


def test_a_disk_that_is_full_at_dispatch_keeps_the_file_due(bank, monkeypatch):
    batch = bank.release(bank.approved())
    real = os.replace

    def full(source, target):
        if str(target).endswith(".xml"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(source, target)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"), transaction.atomic():
        bank.dispatch(batch)
    monkeypatch.undo()
    assert _outbox(bank) == []
    assert batches_due() == (batch.public_id,)

    bank.dispatch(batch)
    assert len(_outbox(bank)) == 1
