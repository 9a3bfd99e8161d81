"""Where all money stands, in the console: plans by stage, months as charts, files of both."""

import csv
import io
from datetime import date

import pytest
from django.urls import reverse

from counterfoil.apps.ledger.selectors import money_months, plan_rows, tracker_rows
from counterfoil.apps.partners.selectors import partner_names
from counterfoil.foundation.acting import acting_as, staff
from tests.flows.test_run_commissions import made_world

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture(scope="module")
def april(seeded, django_db_blocker, tmp_path_factory):
    """April of a plan, posted, in USD, beside the funds of the small world in EUR."""
    with django_db_blocker.unblock():
        made = made_world(tmp_path_factory.mktemp("april"))
        with acting_as(staff()):
            made.sell("a", date(2026, 4, 2), 2_400_000)
            made.post(made.run())
            [row] = plan_rows()
    return row


@pytest.fixture
def plan(world, april):
    """The plan's row, for a test in its savepoint."""
    return april


def read(answer) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_each_plan_and_month_stands_with_its_stages(as_role, plan):
    page = as_role("finance_maker").get(reverse("console:plan_stages")).content.decode()

    assert "channel-commission 2026-04" in page
    assert "Ties to the ledger" in page
    assert reverse("console:plan_month", args=[plan.plan, "2026-04"]) in page
    assert plan.earned.format_number() == "720.00"
    assert page.count("720.00") >= 2  # earned and held


def test_a_plans_month_opens_down_to_partners_and_entries(as_role, plan):
    url = reverse("console:plan_month", args=[plan.plan, "2026-04"])
    page = as_role("auditor").get(url).content.decode()

    assert "Alpine Systems" in page
    assert "Delta Distribution" in page
    assert page.count("/console/ledger/entries/") >= 2


def test_a_partners_figure_opens_down_to_its_own_entries(as_role, plan):
    browser, url = (
        as_role("finance_maker"),
        reverse("console:plan_month", args=[plan.plan, "2026-04"]),
    )
    with acting_as(staff()):
        [row] = [r for r in plan_rows(is_by_partner=True) if r.earned.format_number() == "72.00"]
        [name, partner_id, _] = partner_names(pks=[row.partner_id])[row.partner_id]

    page = browser.get(url, {"partner": partner_id}).content.decode()

    assert f"Ledger entries of {name}" in page
    assert page.count("/console/ledger/entries/") == row.entry_count


def test_the_file_of_plans_has_a_row_for_each_partner(as_role, plan):
    rows = read(as_role("finance_maker").get(reverse("console:plan_export")))

    assert {row["partner"]: row["earned"] for row in rows} == {
        "Alpine Systems": "648.00",
        "Delta Distribution": "72.00",
    }
    book = as_role("finance_maker").get(reverse("console:plan_export"), {"as": "xlsx"})
    assert book.content.startswith(b"PK")


def test_what_is_asked_for_alone_is_shown_alone(as_role, plan):
    browser, url = as_role("finance_maker"), reverse("console:plan_stages")

    assert "channel-commission 2026-04" in browser.get(url, {"period": "2026-04"}).content.decode()
    nothing = browser.get(url, {"period": "2026-03"}).content.decode()
    assert "No commission is posted here" in nothing


@pytest.mark.parametrize("use", ["pln_nothing", "fund_x", "' OR 1=1 --"])
def test_a_plan_that_is_none_is_not_found(as_role, plan, use):
    url = reverse("console:plan_month", args=[use, "2026-04"])

    assert as_role("finance_maker").get(url).status_code == 404


def test_months_are_drawn_with_the_table_behind_them(as_role, plan):
    page = as_role("finance_maker").get(reverse("console:money_months"), {"currency": "USD"})
    text = page.content.decode()

    assert 'class="chart"' in text
    assert "became owed" in text
    assert "720.00" in text
    assert 'id="months"' in text


@pytest.mark.parametrize(
    "asked", [{"until": "2026-13"}, {"until": "x"}, {"currency": "XXX"}, {"until": "0001-01"}]
)
def test_a_month_or_currency_that_is_none_shows_the_newest(as_role, plan, asked):
    assert as_role("finance_maker").get(reverse("console:money_months"), asked).status_code == 200


def test_the_file_of_months_tells_every_currency(as_role, plan):
    rows = read(as_role("auditor").get(reverse("console:money_export"), {"until": "2026-05"}))

    with acting_as(staff()):
        told = money_months(first="2025-06", last="2026-05")
    assert [(row["month"], row["currency"], row["accrued"]) for row in rows] == [
        (row.month, row.currency, row.accrued.format_number()) for row in told
    ]
    assert {row["currency"] for row in rows} >= {"EUR", "USD"}


def test_funds_leave_by_partner_too_as_text_and_as_workbook(as_role, world):
    browser, url = as_role("finance_maker"), reverse("console:funds_export")

    rows = read(browser.get(url, {"by": "partner"}))

    with acting_as(staff()):
        funds = [fund.public_id for fund in world.funds]
        held = tracker_rows(funds=funds, is_by_partner=True)
    assert [row["allocated"] for row in rows] == [at.allocated.format_number() for at in held]
    assert all(row["partner"] for row in rows)
    assert browser.get(url, {"as": "xlsx"}).content.startswith(b"PK")
