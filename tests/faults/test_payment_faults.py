"""Faults planted into payment files and bank details, and who catches each."""

from importlib import import_module

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from counterfoil.apps.payouts import errors, services
from counterfoil.apps.payouts.checks import payout_differences
from counterfoil.apps.payouts.models import BankDetail, BatchApproval, PaymentBatch
from counterfoil.apps.payouts.services import bank_details as bank_details_module
from counterfoil.apps.payouts.services import payment_batches
from counterfoil.flows import change_bank_details
from counterfoil.foundation.acting import acting_as, discard_work, staff
from tests.conftest import own_conninfo
from tests.money_stock import AT, CHECKER, FINANCE, OPS
from tests.payment_stock import IBANS, LEAD, Bank

pytestmark = [pytest.mark.db, pytest.mark.crash]

TWIN = """
INSERT INTO payouts_payment (public_id, end_to_end_id, trace_number, batch_id, position, attempt,
  partner_id, payee_id, bank_detail_id, payable_ref, payable_entry, fund, period, gross_minor,
  netted_minor, amount_minor, currency, remittance, is_live, state, settled_count, bank_reference,
  code, reason)
SELECT 'pay_twin', 'TWIN-1', '', batch_id, 99, attempt, partner_id, payee_id, bank_detail_id,
  payable_ref, payable_entry, fund, period, gross_minor, netted_minor, amount_minor, currency,
  remittance, true, 'sealed', 0, '', '', '' FROM payouts_payment LIMIT 1
"""


@pytest.fixture
def bank(db, tmp_path):
    with acting_as(staff()):
        made = Bank(tmp_path)
        made.someone = made.partner()
        made.claim(made.someone, 900)
        yield made
        discard_work()


def _execute(sql):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def _as_owner(database, *statements):
    """This will do what only somebody with the database's own rights could."""
    with psycopg.connect(own_conninfo(database, user="cf_owner"), autocommit=True) as owner:
        for statement in statements:
            owner.execute(statement)


@pytest.fixture
def kept(own_database, tmp_path):
    """A world that is committed, so that an insider can get at it from outside."""
    with acting_as(staff()):
        made = Bank(tmp_path)
        made.claim(made.partner(), 900)
    return made


def test_a_payable_on_two_payments_is_refused_by_the_index(bank):
    bank.seal()

    with pytest.raises(IntegrityError, match="one_live_payment"):
        _execute(TWIN)


def test_a_file_without_two_approvals_of_its_bytes_is_held_by_the_database(bank, monkeypatch):
    """The service looks away: it takes any hash and any number of approvals."""
    batch = bank.seal()
    bank.clear(batch)
    with pytest.raises(IntegrityError, match="of another file"), transaction.atomic():
        BatchApproval.objects.create(
            batch=PaymentBatch.objects.get(), sha256="0" * 64, approver="usr_lead", proof="x",
            approved_at=AT,
        )  # fmt: skip
    bank.approve(batch, LEAD)
    monkeypatch.setattr(payment_batches, "APPROVALS", 1)

    with pytest.raises(IntegrityError, match="has 1 of 2 approvals"), transaction.atomic():
        PaymentBatch.objects.update(state="approved")


def test_approval_by_the_maker_or_an_editor_is_held_by_the_database(bank):
    batch = bank.seal()
    row = PaymentBatch.objects.get()
    for person in ("usr_maker", "usr_ops", "usr_caller", "system:payer"):
        with pytest.raises(IntegrityError, match="made the batch or edited"), transaction.atomic():
            BatchApproval.objects.create(
                batch=row, sha256=batch.sha256, approver=person, proof="x", approved_at=AT
            )


def test_bank_details_in_use_before_their_time_are_held_by_the_database(bank, monkeypatch):
    detail = bank.cooling(bank.someone, IBANS[1])
    monkeypatch.setattr(bank_details_module, "details_due", lambda at: (detail.public_id,))
    monkeypatch.setattr(bank_details_module, "_is_over", lambda row, at: True)

    with pytest.raises(IntegrityError, match="bank_detail_cooled_off"):
        change_bank_details.activate_bank_details(by=OPS, at=AT)


def test_approval_of_ones_own_bank_details_is_held_by_the_database(bank):
    detail = bank.proposed(bank.someone, IBANS[1], by=OPS)
    change_bank_details.call_back(
        detail_id=detail.public_id, contact_id=bank.someone.contact, person="Kim", note="Yes.",
        by=FINANCE, at=AT,
    )  # fmt: skip
    for person in (OPS.id, FINANCE.id):
        row = BankDetail.objects.get(public_id=detail.public_id)
        row.state, row.approved_by, row.approved_at = "cooling_off", person, AT
        row.cooling_off_until = AT.replace(year=AT.year + 1)
        with (
            pytest.raises(IntegrityError, match="bank_detail_second_person"),
            transaction.atomic(),
        ):
            row.save()


def test_a_file_name_with_a_time_gives_a_second_file_and_is_caught(bank, monkeypatch):
    """The naive variant of trust.md 4: killed after the rename, it sends twice."""
    batch = bank.release(bank.approved())
    names = iter(("pay-0901.xml", "pay-0902.xml"))
    deliver = bank.folder.deliver
    monkeypatch.setattr(
        bank.folder, "deliver", lambda *, name, content: deliver(name=next(names), content=content)
    )
    for _ in range(2):
        with transaction.atomic():
            services.deliver_payments(
                batch_id=batch.public_id, folder=bank.folder, by=CHECKER, at=AT
            )
            # The process dies before the mark is committed.
            transaction.set_rollback(True)

    files = bank.folder.files()
    assert len(files) == 2
    assert len({file.sha256 for file in files}) == 1
    assert len(services.outside_differences(files)) == 2
    with pytest.raises(errors.PayoutsLocked):
        bank.dispatch(batch)


def test_a_writer_that_adds_a_cent_is_stopped_by_the_independent_reader(bank, monkeypatch):
    # The package gives the function by the module's name.
    module = import_module("counterfoil.apps.payouts.services.seal_payments")
    write = module.write_pain001
    monkeypatch.setattr(
        module,
        "write_pain001",
        lambda file, version: write(file, version=version).replace(b">9.00<", b">9.01<"),
    )

    with pytest.raises(errors.FileRefused, match="does not say what was meant"):
        bank.seal()
    assert not PaymentBatch.objects.exists()


def test_bytes_that_were_swapped_past_the_trigger_are_never_released(kept, own_database):
    with acting_as(staff()):
        batch = kept.approved()
    _as_owner(
        own_database,
        "ALTER TABLE payouts_paymentbatch DISABLE TRIGGER payouts_file_guard",
        "UPDATE payouts_paymentbatch SET content = 'x'::bytea",
        "ALTER TABLE payouts_paymentbatch ENABLE TRIGGER payouts_file_guard",
    )

    with pytest.raises(errors.BatchChanged), acting_as(staff()):
        kept.release(batch)
    with pytest.raises(DatabaseError, match="has 0 of 2 approvals"), acting_as(staff()):
        PaymentBatch.objects.update(state="released", released_by="usr_x", released_at=AT)
    with acting_as(staff()):
        assert any("bytes" in each.message for each in payout_differences())


def test_a_release_to_replaced_bank_details_is_held_by_the_database(bank, monkeypatch):
    batch = bank.approved()
    bank.details(bank.someone, IBANS[2], at=AT.replace(month=3))
    monkeypatch.setattr(payment_batches, "_refuse_changed", lambda batch, payments: None)

    with pytest.raises(IntegrityError, match="changed since the seal"):
        bank.release(batch)


def test_a_dropped_index_is_seen_by_the_check_of_the_records(kept, own_database):
    with acting_as(staff()):
        kept.seal()
    _as_owner(own_database, "DROP INDEX one_live_payment", TWIN)

    with acting_as(staff()):
        found = [each.message for each in payout_differences()]

    assert "is on 2 live payments" in found


def test_a_finding_that_the_maker_clears_is_held_by_the_database(bank):
    bank.seal()

    with pytest.raises(IntegrityError, match="did not make the batch"):
        _execute("UPDATE payouts_batchfinding SET cleared_by = 'usr_maker', cleared_at = now()")
