"""kill -9 in the middle of earning and settling: nothing lost, nothing twice."""

import os
import subprocess
import sys
import textwrap
from datetime import date

import pytest

from counterfoil.apps.ledger.checks import ledger_findings
from counterfoil.apps.ledger.selectors import fund_position
from counterfoil.apps.messaging.models import OutboxMessage
from counterfoil.apps.payouts.models import BillBatch
from counterfoil.apps.payouts.selectors import bills_of_batch, list_batches
from counterfoil.apps.programs.models import EarningStatement
from counterfoil.apps.programs.services import record_sales_lines
from counterfoil.apps.programs.types import SalesLineDraft
from counterfoil.core.money import Money
from counterfoil.flows.earn_funds import earn_funds
from counterfoil.flows.lapse_funds import lapse_fund
from counterfoil.foundation.acting import acting_as, staff
from tests.flows.test_settle_bill import HEADER, LATER, Shop
from tests.money_stock import AT, CHECKER, FINANCE, OPS

pytestmark = [pytest.mark.db, pytest.mark.crash]
OVER = AT.replace(year=AT.year + 3)  # long after the last day for claims


def _killed_at(point, database, code):
    """This will run `code` in another process that dies at `point`."""
    script = "import django; django.setup()\n" + textwrap.dedent(
        f"""
        from counterfoil.foundation import database
        database.use_database({database!r})
        from counterfoil.foundation.acting import acting_as, staff
        from counterfoil.flows.earn_funds import earn_funds
        from counterfoil.flows.lapse_funds import lapse_fund
        from counterfoil.flows.settle_bill import read_paid_list, release_bills, seal_bills
        from tests.flows.test_settle_bill import LATER
        from tests.money_stock import AT, CHECKER, FINANCE
        from tests.flows.test_money_crashes import OVER
        with acting_as(staff()):
            {code}
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "COUNTERFOIL_CRASH_AT": point},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == -9, done.stderr


@pytest.fixture
def shop(own_database):
    with acting_as(staff()):
        made = Shop()
        partner = made.partner("Alpine")
        made.claim(partner, 5_000)
        line = SalesLineDraft(
            partner_id=partner.pk, source_key="1", order_number="SO1", sold_on=date(2026, 2, 1),
            received_on=date(2026, 2, 2), quantity=1, amount=Money(100_000, "EUR"),
        )  # fmt: skip
        record_sales_lines(source="erp", lines=[line], import_run="i", by=OPS, at=AT)
    made.database = own_database
    return made


def _standing(shop):
    with acting_as(staff()):
        assert ledger_findings() == ()
        return fund_position(fund=shop.fund.public_id, period="2026-Q1", currency="EUR")


@pytest.mark.parametrize("point", ["earn.posted", "earn.recorded"])
def test_a_run_that_was_killed_is_run_again_and_posts_once(shop, point):
    fund_id = shop.fund.public_id
    _killed_at(point, shop.database, f"earn_funds(fund_id={fund_id!r}, by=FINANCE, at=AT)")
    assert _standing(shop).allocated.minor == 5_000

    for _ in range(2):
        with acting_as(staff()):
            earn_funds(fund_id=fund_id, by=FINANCE, at=AT)

    assert _standing(shop).allocated.minor == 7_000
    with acting_as(staff()):
        assert EarningStatement.objects.count() == 1


def test_a_lapse_that_was_killed_is_run_again_and_takes_back_once(shop):
    fund_id = shop.fund.public_id
    _killed_at(
        "lapse.posted", shop.database, f"lapse_fund(fund_id={fund_id!r}, by=FINANCE, at=OVER)"
    )
    before = _standing(shop)
    assert before.expired.minor == 0

    for _ in range(2):
        with acting_as(staff()):
            lapse_fund(fund_id=fund_id, by=FINANCE, at=OVER)

    after = _standing(shop)
    assert after.expired == before.available + before.committed
    assert after.available.minor == 0


def test_a_seal_that_was_killed_leaves_nothing_and_no_gap(shop):
    code = "seal_bills(program='growth', currency='EUR', by=FINANCE, at=AT)"
    _killed_at("settle.sealed", shop.database, code)

    with acting_as(staff()):
        assert list_batches() == ()
        assert shop.seal().number == "VB-000001"


def test_a_release_that_was_killed_is_released_once(shop):
    with acting_as(staff()):
        batch = shop.seal()
    code = f"release_bills(batch_id={batch.public_id!r}, by=CHECKER, at=AT)"
    _killed_at("settle.released", shop.database, code)
    assert _standing(shop).billed.minor == 0

    from counterfoil.flows.settle_bill import release_bills

    for _ in range(2):
        with acting_as(staff()):
            release_bills(batch_id=batch.public_id, by=CHECKER, at=AT)

    assert _standing(shop).billed.minor == 5_000


def test_a_paid_list_that_was_killed_is_read_again_and_pays_once(shop):
    with acting_as(staff()):
        _, [bill] = shop.released()
    content = (HEADER + f"{bill.number},2026-04-10,P-1,50.00,EUR\r\n").encode()
    code = f"read_paid_list(content={content!r}, file_name='p.csv', by=FINANCE, at=LATER)"
    _killed_at("settle.paid", shop.database, code)
    assert _standing(shop).paid.minor == 0

    from counterfoil.flows.settle_bill import read_paid_list

    for _ in range(2):
        with acting_as(staff()):
            read_paid_list(content=content, file_name="p.csv", by=FINANCE, at=LATER)

    assert _standing(shop).paid.minor == 5_000
    with acting_as(staff()):
        assert OutboxMessage.objects.filter(template="claim-paid").count() == 1
        assert bills_of_batch(BillBatch.objects.get().public_id)[0].state == "paid"
