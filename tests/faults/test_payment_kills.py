"""kill -9 at every named point of a payment file's life: nothing lost, nothing twice.

The failure matrix of reference/trust.md 4: after each kill the world is found as the matrix says,
the same act is done again, and the batch ends with one file, one journal and nothing in transit.
"""

from pathlib import Path

import pytest
from django.db import transaction

from counterfoil.apps.ledger.checks import ledger_findings
from counterfoil.apps.messaging.models import OutboxMessage
from counterfoil.apps.payouts import errors, services
from counterfoil.apps.payouts.checks import payout_differences
from counterfoil.apps.payouts.models import Payment, PaymentBatch
from counterfoil.apps.payouts.selectors import (
    bank_details_of,
    list_payment_batches,
    payment_file,
    payments_of_batch,
)
from counterfoil.flows import change_bank_details, pay
from counterfoil.foundation.acting import acting_as, staff
from tests.faults.kill import die_at
from tests.money_stock import AT, CHECKER, FINANCE, OPS
from tests.payment_stock import IBANS, LEAD, LONG_AGO, SECOND, Bank

pytestmark = [pytest.mark.db, pytest.mark.crash, pytest.mark.slow]

CODE = """
from pathlib import Path
from tests.faults.test_payment_kills import STEPS
with acting_as(staff()):
    STEPS[{step!r}](Path({folder!r}))
"""
ORDER = ("seal", "approve", "approve again", "release", "dispatch", "settle", "return")


def _batch():
    return list_payment_batches()[0]


def _one():
    [payment] = payments_of_batch(_batch().public_id)
    return payment.end_to_end_id


def _seal(folder: Path):
    bank = Bank.again(folder)
    bank.clear(bank.seal())


ANSWER = {"on": AT.date(), "by": OPS, "at": AT}
STEPS = {
    "seal": _seal,
    "approve": lambda folder: Bank.again(folder).approve(_batch(), LEAD),
    "approve again": lambda folder: Bank.again(folder).approve(_batch(), SECOND),
    "release": lambda folder: Bank.again(folder).release(_batch()),
    "dispatch": lambda folder: Bank.again(folder).dispatch(_batch()),
    "download": lambda folder: pay.download_payments(
        batch_id=_batch().public_id, folder=Bank.again(folder).folder, by=FINANCE, at=AT
    ),
    "settle": lambda _folder: services.settle_payment(
        end_to_end_id=_one(), bank_reference="B1", **ANSWER
    ),
    "return": lambda _folder: services.return_payment(
        end_to_end_id=_one(), code="AC01", reason="x", bank_reference="R1", **ANSWER
    ),
    "unreturn": lambda _folder: services.unreturn_payment(
        end_to_end_id=_one(), reason="Another payment", by=OPS, at=AT
    ),
    "reject": lambda _folder: services.reject_payment(
        end_to_end_id=_one(), code="AC04", reason="x", **ANSWER
    ),
    "withdraw": lambda _folder: pay.withdraw_approval(
        batch_id=_batch().public_id, by=LEAD, at=AT, reason="Looked again"
    ),
    "close": lambda _folder: services.close_batch(batch_id=_batch().public_id, by=OPS, at=AT),
    "adopt": lambda folder: pay.adopt_file(
        content=(folder / "sent.xml").read_bytes(), box=Bank.again(folder).box, by=FINANCE, at=AT
    ),
    "void": lambda _folder: pay.void_payments(
        batch_id=_batch().public_id, by=FINANCE, at=AT, reason="x"
    ),
}


def _world(folder, *, channel="folder"):
    with acting_as(staff()):
        bank = Bank(folder, channel=channel)
        bank.claim(bank.partner(), 900)
    return bank


def _sound():
    with acting_as(staff()):
        assert list(payout_differences()) == []
        assert list(ledger_findings()) == []


def _killed(point, step, folder, database):
    die_at(point, database=database, code=CODE.format(step=step, folder=str(folder)))
    _sound()


@pytest.mark.parametrize(
    ("point", "step", "found"),
    [
        ("pay.selected", "seal", None),
        ("pay.rendered", "seal", None),
        ("pay.sealed", "seal", None),
        ("pay.cleared", "seal", None),
        ("pay.approved", "approve", "sealed"),
        ("pay.approved", "approve again", "sealed"),
        ("pay.sequenced", "release", "approved"),
        ("pay.posted", "release", "approved"),
        ("pay.released", "release", "approved"),
        ("pay.dispatching", "dispatch", "released"),
        ("pay.delivering", "dispatch", "released"),
        ("pay.written", "dispatch", "released"),
        ("pay.delivered", "dispatch", "released"),
        ("pay.dispatched_outside", "dispatch", "released"),
        ("pay.dispatched", "dispatch", "released"),
        ("pay.settled", "settle", "dispatched"),
        ("pay.returned", "return", "settled"),
    ],
)
def test_a_batch_that_was_killed_goes_on_and_ends_once(point, step, found, own_database, tmp_path):
    bank = _world(tmp_path)
    for done in ORDER[: ORDER.index(step)]:
        with acting_as(staff()):
            STEPS[done](tmp_path)

    _killed(point, step, tmp_path, own_database)

    with acting_as(staff()):
        batches = list_payment_batches()
        assert [each.state for each in batches] == ([found] if found else [])
        was_outside = bank.folder.files()
    for again in ORDER[ORDER.index(step) :]:
        with acting_as(staff()):
            STEPS[again](tmp_path)
            STEPS[again](tmp_path) if again not in ("seal", "settle") else None
    _sound()
    with acting_as(staff()):
        batch = services.close_batch(batch_id=_batch().public_id, by=OPS, at=AT)
        files = bank.folder.files()
        assert (batch.message_id, batch.state) == ("NGS-1-000001", "closed")
        assert [file.sha256 for file in files] == [batch.sha256]
        assert set(was_outside) <= set(files)
        assert OutboxMessage.objects.filter(template="remittance-advice").count() == 1
        assert Payment.objects.count() == PaymentBatch.objects.count() == 1
    _sound()


@pytest.mark.parametrize(
    ("point", "step", "before", "state"),
    [
        ("pay.voided", "void", ("seal",), "void"),
        ("pay.rejected", "reject", ORDER[:5], "rejected"),
    ],
)
def test_what_ends_a_batch_early_is_killed_and_done_again(
    point, step, before, state, own_database, tmp_path
):
    _world(tmp_path)
    for done in before:
        with acting_as(staff()):
            STEPS[done](tmp_path)
    with acting_as(staff()):
        was = _batch().state

    _killed(point, step, tmp_path, own_database)

    with acting_as(staff()):
        assert _batch().state == was
        STEPS[step](tmp_path)
        STEPS[step](tmp_path)
        assert _batch().state == state
    _sound()


def test_an_approval_whose_withdrawal_was_killed_stands_and_is_withdrawn_again(
    own_database, tmp_path
):
    _world(tmp_path)
    for done in ("seal", "approve"):
        with acting_as(staff()):
            STEPS[done](tmp_path)

    _killed("pay.withdrawn", "withdraw", tmp_path, own_database)

    with acting_as(staff()):
        STEPS["withdraw"](tmp_path)
    for again in ORDER[1:3]:
        with acting_as(staff()):
            STEPS[again](tmp_path)
    with acting_as(staff()):
        assert _batch().state == "approved"
    _sound()


def test_a_return_whose_undo_was_killed_stands_and_is_undone_once(own_database, tmp_path):
    _world(tmp_path)
    for done in ORDER:
        with acting_as(staff()):
            STEPS[done](tmp_path)

    _killed("pay.unreturned", "unreturn", tmp_path, own_database)

    with acting_as(staff()):
        assert Payment.objects.get().state == "returned"
        STEPS["unreturn"](tmp_path)
        assert Payment.objects.get().state == "settled"
    _sound()
    with acting_as(staff()):
        STEPS["return"](tmp_path)
        assert Payment.objects.get().state == "returned"
    _sound()


def test_a_file_whose_taking_over_was_killed_is_taken_over_once(own_database, tmp_path):
    bank = _world(tmp_path)
    with acting_as(staff()):
        with transaction.atomic():
            batch = bank.sent()
            (tmp_path / "sent.xml").write_bytes(payment_file(batch.public_id).content)
            transaction.set_rollback(True)  # The backup was made before.
        assert len(pay.compare_outside(folder=bank.folder, by=OPS, at=AT)) == 1

    _killed("pay.adopted", "adopt", tmp_path, own_database)

    with acting_as(staff()):
        assert list_payment_batches() == ()
        STEPS["adopt"](tmp_path)
        with pytest.raises(errors.WrongState, match="the next one to take over"):
            STEPS["adopt"](tmp_path)
        assert [each.message_id for each in list_payment_batches()] == [batch.message_id]
    _sound()


def test_a_batch_whose_closing_was_killed_is_closed_afterwards(own_database, tmp_path):
    _world(tmp_path)
    for done in ORDER:
        with acting_as(staff()):
            STEPS[done](tmp_path)

    _killed("pay.closed", "close", tmp_path, own_database)

    with acting_as(staff()):
        assert _batch().state != "closed"
        STEPS["close"](tmp_path)
        STEPS["close"](tmp_path)
        assert _batch().state == "closed"
    _sound()


def test_a_killed_download_was_none(own_database, tmp_path):
    _world(tmp_path, channel="download")
    for done in ORDER[:4]:
        with acting_as(staff()):
            STEPS[done](tmp_path)

    _killed("pay.downloaded", "download", tmp_path, own_database)

    with acting_as(staff()):
        assert _batch().state == "released"
        STEPS["download"](tmp_path)
        assert _batch().state == "dispatched"


BANK = """
from pathlib import Path
from tests.faults.test_payment_kills import bank_step
with acting_as(staff()):
    bank_step({step!r}, Path({folder!r}), {partner!r})
"""


def bank_step(step, folder, partner_pk):
    """This will do one step of a change of bank details."""
    if step == "propose":
        change_bank_details.propose_bank_details(
            partner_id=partner_pk, currency="EUR", holder="Alpine GmbH", iban=IBANS[1],
            reason="New bank", via="console", box=Bank.again(folder).box, by=OPS, at=LONG_AGO,
        )  # fmt: skip
        return
    [detail, *_] = bank_details_of(partner_id=partner_pk)
    if step == "approve":
        change_bank_details.approve_bank_details(
            detail_id=detail.public_id, by=CHECKER, at=LONG_AGO
        )
    else:
        change_bank_details.activate_bank_details(by=OPS, at=AT)


def test_a_killed_change_of_bank_details_leaves_the_old_ones_in_use(own_database, tmp_path):
    with acting_as(staff()):
        bank = Bank(tmp_path)
        partner = bank.partner()
    for step, point in (
        ("propose", "bank.proposed"),
        ("approve", "bank.approved"),
        ("activate", "bank.activated"),
    ):
        die_at(
            point,
            database=own_database,
            code=BANK.format(step=step, folder=str(tmp_path), partner=partner.pk),
        )
        _sound()
        with acting_as(staff()):
            active = [d for d in bank_details_of(partner_id=partner.pk) if d.state == "active"]
            assert [d.masked for d in active] == ["DE •••• 3000"]
            bank_step(step, tmp_path, partner.pk)
            if step == "propose":
                [detail, *_] = bank_details_of(partner_id=partner.pk)
                change_bank_details.call_back(
                    detail_id=detail.public_id, contact_id=partner.contact, person="Kim",
                    note="Yes.", by=FINANCE, at=LONG_AGO,
                )  # fmt: skip
    with acting_as(staff()):
        states = [d.state for d in bank_details_of(partner_id=partner.pk)]
        assert states == ["active", "superseded"]
    _sound()
