"""Accounting months in the console: what each holds, who closes, what is refused in words."""

import pytest
from django.urls import reverse

from counterfoil.apps.ledger.selectors import list_months
from counterfoil.foundation.acting import acting_as, staff

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def oldest() -> str:
    with acting_as(staff()):
        return list_months()[-1].code


def test_the_oldest_open_month_is_closed_with_its_totals_in_view(as_role, world):
    browser, code = as_role("finance_checker"), oldest()
    url = reverse("console:month_close", args=[code])

    listed = browser.get(reverse("console:months")).content.decode()
    preview = browser.get(url).content.decode()
    done = browser.post(url)
    after = browser.get(reverse("console:months")).content.decode()

    assert url in listed
    assert "debit" in preview
    assert done.status_code == 302
    assert "Closed" in after
    assert reverse("console:month_reopen", args=[code]) in after


def test_a_later_month_is_refused_with_the_one_to_close_first(as_role, world):
    with acting_as(staff()):
        newest = list_months()[0].code
    answer = as_role("finance_checker").get(reverse("console:month_close", args=[newest]))

    assert answer.status_code == 409


def test_opening_again_needs_a_reason(as_role, world):
    browser, code = as_role("finance_checker"), oldest()
    browser.post(reverse("console:month_close", args=[code]))
    url = reverse("console:month_reopen", args=[code])

    refused = browser.post(url, {"reason": ""})
    done = browser.post(url, {"reason": "A late refund"})

    assert refused.status_code == 422
    assert done.status_code == 302
    with acting_as(staff()):
        assert list_months()[-1].closed_at is None


@pytest.mark.parametrize("role", ["finance_maker", "operations", "auditor"])
def test_others_see_the_months_and_cannot_close(as_role, world, role):
    browser = as_role(role)
    url = reverse("console:month_close", args=[oldest()])

    assert url not in browser.get(reverse("console:months")).content.decode()
    assert browser.post(url).status_code == 403


def test_what_is_no_month_is_not_found(as_role, world):
    assert as_role("finance_checker").get("/console/months/2026-13/close").status_code == 404
