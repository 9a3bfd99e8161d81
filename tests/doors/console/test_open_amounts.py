"""Open amounts in the console and on the command line: what is not cleared, since when."""

import csv
import io

import pytest
from django.urls import reverse

from counterfoil.apps.ledger.selectors import open_amounts
from counterfoil.foundation.acting import acting_as, staff
from tests.doors.console.conftest import AT

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def held():
    with acting_as(staff()):
        return open_amounts(on=AT.date())


def test_each_open_account_stands_with_its_age_and_leads_to_its_lines(as_role, world):
    page = as_role("finance_maker").get(reverse("console:open_amounts")).content.decode()

    assert held()
    for item in held():
        assert reverse("console:account", args=[item.account_code]) in page
        assert item.amount.format_number()[:-3] in page.replace(",", "")


def test_the_file_has_the_rows_of_the_page(as_role, world):
    answer = as_role("finance_maker").get(reverse("console:open_export"))

    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["account"] for row in rows] == [item.account_code for item in held()]
    assert [row["amount"] for row in rows] == [item.amount.format_number() for item in held()]


def test_the_workbook_is_a_workbook(as_role, world):
    answer = as_role("finance_maker").get(reverse("console:open_export"), {"as": "xlsx"})

    assert answer.content.startswith(b"PK")
    assert answer["Content-Disposition"].endswith('.xlsx"')


def test_one_kind_is_shown_alone_and_an_unknown_one_shows_all(as_role, world):
    browser, url = as_role("auditor"), reverse("console:open_export")

    def kinds(asked: str) -> set[str]:
        text = browser.get(url, {"kind": asked}).content.decode("utf-8-sig")
        return {row["account"].split(":")[0] for row in csv.DictReader(io.StringIO(text))}

    one = held()[0].kind
    assert kinds(one) == {one}
    assert kinds("nothing") == {item.kind for item in held()}


@pytest.mark.parametrize("start", ["-1", "x", "9999999999999999999999", "²"])
def test_a_place_that_is_none_is_no_error(as_role, world, start: str):
    answer = as_role("auditor").get(reverse("console:open_amounts"), {"start": start})

    assert answer.status_code in {200, 400}
