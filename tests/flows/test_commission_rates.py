"""Commission in another currency than the sale: stored rates, a stored rule, explained by line."""

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from django.db import DatabaseError, connection, transaction

from counterfoil.adapters.files_local import LocalFiles
from counterfoil.apps.earnings.selectors import (
    exceptions_of_run,
    explain_sales_line,
    shares_of_run,
)
from counterfoil.apps.earnings.services import publish_plan, save_plan, use_plan
from counterfoil.apps.exchange.services import save_mapping
from counterfoil.apps.programs.services import record_sales_lines
from counterfoil.apps.programs.types import SalesLineDraft
from counterfoil.core.actors import Actor, Grant
from counterfoil.core.money import Money
from counterfoil.flows.import_records import stage_import, take_import
from counterfoil.flows.run_commissions import replay_run, run_commissions
from counterfoil.foundation.acting import acting_as, staff
from tests.money_stock import CHECKER, FINANCE, OPS, make_partner, make_program
from tests.plan_stock import SHIPPED

pytestmark = [pytest.mark.db, pytest.mark.django_db]
AT = datetime(2026, 5, 4, 9, tzinfo=UTC)
ADMIN = Actor("usr_admin", "Ada Admin", (Grant("administrator"),), user_pk=9)
TEXT = (
    (SHIPPED / "channel-commission.yaml")
    .read_text(encoding="utf-8")
    .replace("USD", "EUR")
    .replace("hold_days: 30", "hold_days: 30\nconversion: {rates: bank, years_earlier: 6}")
)
RATES = b"""Currency,Into,Day,Rate
EUR,USD,2020-04-01,1.0334849111203
EUR,USD,2020-04-30,8.5E-1
EUR,USD,2020-02-28,2
"""
MAPPING = {
    "key": {"columns": ["Currency", "Day"]},
    "currency": {"column": "Currency"},
    "into": {"column": "Into"},
    "on": {"column": "Day"},
    "rate": {"column": "Rate"},
}


class World:
    def __init__(self, folder):
        self.store = LocalFiles(folder / "store")
        make_program(code="growth", currency="USD")
        self.seller = make_partner("Alpine Systems", program="growth")
        saved = save_plan(source=TEXT, code="channel-commission", by=FINANCE, at=AT)
        assert saved.problems == ()
        publish_plan(version_id=saved.public_id, by=CHECKER, at=AT)
        use_plan(plan_code="channel-commission", program="growth", by=CHECKER, at=AT)
        save_mapping(
            code="bank-rates", title="Rates", record_type="rates", source="bank", columns=MAPPING,
            by=OPS, at=AT,
        )  # fmt: skip

    def bring(self, content=RATES):
        staged = stage_import(
            mapping_code="bank-rates", file_name="rates.csv", content=content, store=self.store,
            by=ADMIN, at=AT,
        )  # fmt: skip
        taken = take_import(
            run_id=staged.run_id, skip_bad_rows=True, store=self.store, by=ADMIN, at=AT
        )
        return taken, staged.problems

    def sell(self, key, on, minor, *, currency="USD", original=""):
        line = SalesLineDraft(
            partner_id=self.seller.pk, source_key=key, order_number=key, sold_on=on,
            received_on=on, quantity=1, amount=Money(minor, currency), category="Bikes",
            kind="refund" if original else "sale", original_key=original,
        )  # fmt: skip
        record_sales_lines(source="crm", lines=[line], import_run="imp_1", by=OPS, at=AT)

    def run(self, month="2026-04"):
        return run_commissions(
            plan_code="channel-commission", program="growth", month=month,
            received_until=date(2026, 5, 4), store=self.store, by=FINANCE, at=AT,
        )  # fmt: skip


@pytest.fixture
def world(tmp_path):
    with acting_as(staff()):
        yield World(tmp_path)


def test_a_run_counts_each_line_at_the_stored_rate_of_its_day_and_says_so(world):
    world.bring()
    world.sell("a", date(2026, 4, 2), 1_000_00)
    world.sell("b", date(2026, 4, 30), 85_00)
    world.sell("c", date(2026, 4, 30), 10_00, currency="EUR")
    run = world.run()

    first = round(Fraction(1_000_00 * 10**13, 10_334_849_111_203))
    [share] = shares_of_run(run.public_id)
    assert share.base.minor == first + 100_00 + 10_00
    assert share.earned == Money(round(Fraction(first * 3, 100)) + 3_00 + 30, "EUR")
    [told] = explain_sales_line(run.public_id, source_key="a")
    assert (told.line.amount, told.line.counted) == (Money(1_000_00, "USD"), Money(first, "EUR"))
    assert told.steps[0].calculation == (
        "1000.00 USD, 1 EUR = 1.0334849111203 USD (bank, 2020-04-01), half even"
    )
    assert told.steps[0].result == f"{first // 100}.{first % 100:02d} EUR"
    [own] = explain_sales_line(run.public_id, source_key="c")
    assert own.steps[0].what == "Base of the month"
    assert '"lines_converted":2' in run.manifest
    assert replay_run(run_id=run.public_id, store=world.store).is_same


def test_a_refund_takes_the_rate_of_the_line_that_it_refunds(world):
    world.bring()
    world.sell("a", date(2026, 4, 2), 1_000_00)
    world.sell("r", date(2026, 4, 30), 1_000_00, original="a")
    run = world.run()

    assert run.total == Money(0, "EUR")
    [told] = explain_sales_line(run.public_id, source_key="r")
    assert "2020-04-01" in told.steps[0].calculation


def test_a_leap_day_takes_the_last_rate_before_where_there_was_none(world):
    world.bring()
    world.sell("a", date(2024, 2, 29), 100_00)
    assert exceptions_of_run(world.run("2024-02").public_id)[0].kind == "no_rate"
    world.sell("b", date(2026, 3, 31), 100_00)
    [share] = shares_of_run(world.run("2026-03").public_id)
    assert share.base == Money(50_00, "EUR")


def test_a_stored_rate_never_changes(world):
    world.bring()
    again, _ = world.bring(RATES + b"EUR,EUR,2020-01-01,1\nEUR,USD,2020-01-02,0\n")
    other, problems = world.bring(b"Currency,Into,Day,Rate\nEUR,USD,2020-04-01,1.1\n")

    assert (again.created, again.unchanged, again.refused) == (0, 3, 2)
    assert (other.created, [p.code for p in problems]) == (0, ["CHANGED_RATE"])
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE earnings_exchangerate SET numerator = 1")
