"""From sales lines to money at the bank: a month of commissions paid by bank file, once."""

from datetime import UTC, date, datetime, timedelta

import pytest

from counterfoil.adapters.bank_simulator import Habits, SimulatedBank
from counterfoil.adapters.files_local import LocalFiles
from counterfoil.apps.earnings.services import publish_plan, save_plan, use_plan
from counterfoil.apps.earnings.types import CENTRAL
from counterfoil.apps.ledger.checks import ledger_findings
from counterfoil.apps.ledger.selectors import balances, open_amounts
from counterfoil.apps.payouts.errors import NothingToBill, NothingToPay
from counterfoil.apps.payouts.selectors import payment_file, payments_of_batch
from counterfoil.apps.payouts.services import close_batch
from counterfoil.apps.programs.services import record_sales_lines
from counterfoil.apps.programs.types import SalesLineDraft
from counterfoil.core.accounts import AccountKind
from counterfoil.core.bankfiles.reading import read_bank_file
from counterfoil.core.money import Money
from counterfoil.flows.read_statement import read_bank_answer
from counterfoil.flows.reconcile import reconcile_bank
from counterfoil.flows.run_commissions import (
    approve_commissions,
    post_commissions,
    release_commissions,
    run_commissions,
)
from counterfoil.flows.settle_bill import seal_bills
from counterfoil.foundation.acting import acting_as, discard_work, staff
from tests.money_stock import CHECKER, FINANCE, OPS
from tests.payment_stock import LEAD, Bank
from tests.plan_stock import SHIPPED

pytestmark = [pytest.mark.db, pytest.mark.django_db]
RUN_AT = datetime(2026, 5, 4, 9, tzinfo=UTC)
PAY_AT = datetime(2026, 6, 2, 9, tzinfo=UTC)
TEXT = (SHIPPED / "channel-commission.yaml").read_text(encoding="utf-8").replace("USD", "EUR")
PLAN = {"plan_code": "channel-commission", "program": "growth"}


class Plain:
    """Reads in this process: the sandbox has its own tests."""

    def read(self, content, *, file, mapping=None):
        return read_bank_file(content, file=file, mapping=mapping)


@pytest.fixture
def bank(tmp_path):
    with acting_as(staff()):
        bank = Bank(tmp_path)
        bank.store = LocalFiles(tmp_path / "store")
        bank.seller = bank.partner("Alpine")
        saved = save_plan(source=TEXT, code="channel-commission", by=FINANCE, at=RUN_AT)
        publish_plan(version_id=saved.public_id, by=CHECKER, at=RUN_AT)
        use_plan(**PLAN, by=CHECKER, at=RUN_AT)
        line = SalesLineDraft(
            partner_id=bank.seller.pk, source_key="a", order_number="a",
            sold_on=date(2026, 4, 2), received_on=date(2026, 4, 2), quantity=1,
            amount=Money(2_400_000, "EUR"), kind="sale", category="Bikes", original_key="",
        )  # fmt: skip
        record_sales_lines(source="crm", lines=[line], import_run="imp_1", by=OPS, at=RUN_AT)
        run = run_commissions(
            **PLAN, month="2026-04", received_until=date(2026, 5, 4), store=bank.store,
            by=FINANCE, at=RUN_AT,
        )  # fmt: skip
        approve_commissions(run_id=run.public_id, region="", by=LEAD, at=RUN_AT)
        approve_commissions(run_id=run.public_id, region=CENTRAL, by=CHECKER, at=RUN_AT)
        post_commissions(run_id=run.public_id, by=CHECKER, at=RUN_AT)
        bank.earned = run.total
        yield bank
        discard_work()


def owed(kind: AccountKind) -> int:
    return sum(each.balance.minor for each in balances(kinds=[kind]))


def test_a_commission_is_paid_by_bank_file_and_reconciled(bank):
    with pytest.raises(NothingToPay):
        bank.seal(at=RUN_AT)
    release_commissions(**PLAN, by=FINANCE, at=PAY_AT)

    batch = bank.seal(at=PAY_AT)
    bank.clear(batch, at=PAY_AT)
    bank.approve(batch, at=PAY_AT)
    sent = bank.dispatch(bank.release(batch, at=PAY_AT), at=PAY_AT)
    simulated = SimulatedBank(
        account="DE02120300000000202051", currency="EUR", seed=1, habits=Habits()
    )
    answers, _truth = simulated.take(payment_file(batch.public_id).content, on=sent.execute_on)
    for answer in answers:
        read_bank_answer(
            content=answer.content, file_name=answer.name, reader=Plain(), store=bank.store,
            box=bank.box, by=FINANCE, at=PAY_AT + timedelta(days=3),
        )  # fmt: skip
        reconcile_bank(by=FINANCE, at=PAY_AT + timedelta(days=3))
    closed = close_batch(batch_id=batch.public_id, by=FINANCE, at=PAY_AT + timedelta(days=4))

    [payment] = payments_of_batch(batch.public_id)
    assert (payment.state, payment.amount) == ("settled", bank.earned)
    assert payment.payable_ref.startswith("com_")
    assert closed.state == "closed"
    assert owed(AccountKind.CASH_BANK) == -bank.earned.minor
    assert open_amounts(on=date(2026, 7, 1)) == ()
    assert list(ledger_findings()) == []


def test_what_was_paid_by_bank_file_is_not_paid_again_nor_billed(bank):
    release_commissions(**PLAN, by=FINANCE, at=PAY_AT)
    bank.seal(at=PAY_AT)

    with pytest.raises(NothingToPay):
        bank.seal(at=PAY_AT)
    with pytest.raises(NothingToBill):
        seal_bills(program="growth", currency="EUR", by=FINANCE, at=PAY_AT)
    assert release_commissions(**PLAN, by=FINANCE, at=PAY_AT) == ()
