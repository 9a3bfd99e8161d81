"""Two at once on payment files and bank details: exactly one wins, and nothing happens twice."""

import pytest

from counterfoil.apps.ledger.models import Entry
from counterfoil.apps.payouts import errors, services
from counterfoil.apps.payouts.checks import payout_differences
from counterfoil.apps.payouts.models import BankDetail, BatchApproval, Payment, PaymentBatch
from counterfoil.apps.payouts.selectors import (
    bank_details_of,
    get_payment_batch,
    payments_of_batch,
)
from counterfoil.flows import change_bank_details, pay
from counterfoil.foundation.acting import acting_as, staff
from tests.apps.ledger.test_races import race
from tests.money_stock import AT, CHECKER, FINANCE, OPS
from tests.payment_stock import IBANS, LEAD, LONG_AGO, SECOND, Bank

pytestmark = pytest.mark.db


@pytest.fixture
def bank(own_database, tmp_path):
    with acting_as(staff()):
        made = Bank(tmp_path)
        made.someone = made.partner()
        made.ref = made.claim(made.someone, 900)
    yield made
    with acting_as(staff()):
        assert list(payout_differences()) == []


def _done(make):
    with acting_as(staff()):
        return make()


def _refused(answers, kind):
    return [answer for answer in answers if isinstance(answer, kind)]


def test_two_seals_of_one_payable_give_one_file(bank):
    answers = race([bank.seal, bank.seal, bank.seal])

    assert len(_refused(answers, errors.NothingToPay)) == 2, answers
    with acting_as(staff()):
        assert PaymentBatch.objects.count() == Payment.objects.count() == 1


def test_two_releases_post_and_send_once(bank):
    batch = _done(bank.approved)

    answers = race(
        [lambda: bank.release(batch, by=CHECKER), lambda: bank.release(batch, by=SECOND)]
    )

    assert len(_refused(answers, errors.WrongState)) == 1, answers
    with acting_as(staff()):
        assert Entry.objects.filter(kind="payment_released").count() == 1


def test_a_double_click_on_release_is_one_release(bank):
    batch = _done(bank.approved)

    answers = race([lambda: bank.release(batch)] * 4)

    assert [answer.state for answer in answers] == ["released"] * 4
    with acting_as(staff()):
        assert Entry.objects.filter(kind="payment_released").count() == 1


def test_a_second_approval_and_giving_up_have_one_winner(bank):
    batch = _done(bank.seal)
    _done(lambda: bank.clear(batch))
    _done(lambda: bank.approve(batch, LEAD))

    def void():
        return pay.void_payments(batch_id=batch.public_id, by=FINANCE, at=AT, reason="x")

    answers = race([lambda: bank.approve(batch, SECOND), void])

    assert len(_refused(answers, errors.WrongState)) == 1, answers
    with acting_as(staff()):
        state = get_payment_batch(batch.public_id).state
    assert state == next(a.state for a in answers if not isinstance(a, Exception))


def test_two_approvals_at_once_are_two_and_of_one_person_one(bank):
    batch = _done(bank.seal)
    _done(lambda: bank.clear(batch))

    race([lambda: bank.approve(batch, LEAD)] * 3)
    with acting_as(staff()):
        assert BatchApproval.objects.count() == 1
        assert get_payment_batch(batch.public_id).state == "sealed"
    answers = race([lambda: bank.approve(batch, LEAD), lambda: bank.approve(batch, SECOND)])

    assert not _refused(answers, Exception), answers
    with acting_as(staff()):
        assert get_payment_batch(batch.public_id).state == "approved"


def test_a_bank_change_and_a_release_never_pay_to_details_that_were_replaced(bank):
    with acting_as(staff()):
        bank.cooling(bank.someone, IBANS[1], at=LONG_AGO)
        # The change has cooled off; who seals takes it into use, so seal before it is over.
        batch = bank.seal(at=LONG_AGO)
        bank.clear(batch)
        bank.approve(batch)

    def activate():
        return change_bank_details.activate_bank_details(by=OPS, at=AT)

    answers = race([activate, lambda: bank.release(batch)])

    with acting_as(staff()):
        [activated] = [d for d in bank_details_of(partner_id=bank.someone.pk) if d.active_at == AT]
        state = get_payment_batch(batch.public_id).state
        assert activated.state == "active"
    assert len(_refused(answers, errors.BatchChanged)) == (1 if state == "approved" else 0)


def test_two_dispatches_give_one_file(bank):
    batch = _done(lambda: bank.release(bank.approved()))

    answers = race([lambda: bank.dispatch(batch)] * 3)

    assert [answer.state for answer in answers] == ["dispatched"] * 3
    assert len(bank.folder.files()) == 1


def test_two_debits_of_one_payment_post_once(bank):
    batch = _done(bank.sent)
    [payment] = _done(lambda: payments_of_batch(batch.public_id))

    def settle(reference):
        return services.settle_payment(
            end_to_end_id=payment.end_to_end_id, on=AT.date(), bank_reference=reference,
            by=OPS, at=AT,
        )  # fmt: skip

    answers = race([lambda: settle("B1"), lambda: settle("B2")])

    assert len(_refused(answers, errors.WrongState)) == 1, answers
    with acting_as(staff()):
        assert Entry.objects.filter(kind="payment_settled").count() == 1


def test_a_debit_and_a_rejection_have_one_winner(bank):
    batch = _done(bank.sent)
    [payment] = _done(lambda: payments_of_batch(batch.public_id))
    how = {"end_to_end_id": payment.end_to_end_id, "on": AT.date(), "by": OPS, "at": AT}

    answers = race(
        [
            lambda: services.settle_payment(bank_reference="B1", **how),
            lambda: services.reject_payment(code="AC04", reason="x", **how),
        ]
    )

    assert len(_refused(answers, errors.WrongState)) == 1, answers


def test_two_proposals_of_bank_details_have_one_winner(bank):
    answers = race([lambda iban=iban: bank.proposed(bank.someone, iban) for iban in IBANS[1:4]])

    assert len(_refused(answers, errors.ChangeUnderWay)) == 2, answers
    with acting_as(staff()):
        assert BankDetail.objects.filter(state="proposed").count() == 1


def test_an_approval_and_a_refusal_of_bank_details_have_one_winner(bank):
    with acting_as(staff()):
        detail = bank.proposed(bank.someone, IBANS[1])
        change_bank_details.call_back(
            detail_id=detail.public_id, contact_id=bank.someone.contact, person="Kim",
            note="Yes.", by=FINANCE, at=AT,
        )  # fmt: skip
    how = {"detail_id": detail.public_id, "at": AT}

    answers = race(
        [
            lambda: change_bank_details.approve_bank_details(by=CHECKER, **how),
            lambda: change_bank_details.refuse_bank_details(by=OPS, reason="No", **how),
        ]
    )

    # A refusal may follow an approval (it is cooling off), never the other way round.
    kinds = [type(a).__name__ for a in answers if isinstance(a, Exception)]
    assert kinds in ([], ["WrongState"]), answers
    with acting_as(staff()):
        [state, *_] = [d.state for d in bank_details_of(partner_id=bank.someone.pk)]
    assert state == "refused"


def test_a_hold_and_a_seal_have_one_winner(bank):
    def hold():
        return services.hold_payable(
            payable_ref=bank.ref, partner_id=bank.someone.pk, by=OPS, at=AT, reason="Dispute"
        )

    answers = race([hold, bank.seal])

    lost = _refused(answers, Exception)
    if not lost:
        # Both looked at once: the hold stands, and the release sees it.
        batch = next(a for a in answers if hasattr(a, "message_id"))
        _done(lambda: bank.clear(batch))
        _done(lambda: bank.approve(batch))
        with pytest.raises(errors.BatchChanged, match="on hold"):
            _done(lambda: bank.release(batch))
    else:
        assert len(lost) == 1, answers
