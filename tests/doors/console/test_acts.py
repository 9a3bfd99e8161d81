"""Acts: a page without script, a dialog with it; refusals keep the input; maker is not checker."""

import json

import pytest
from django.urls import reverse

from counterfoil.apps.access.selectors import find_person
from counterfoil.apps.partners.selectors import get_partner
from counterfoil.apps.payouts.selectors import get_batch, list_payees
from counterfoil.foundation.acting import acting_as, staff

pytestmark = [pytest.mark.db, pytest.mark.django_db]
HTMX = {"HTTP_HX_REQUEST": "true"}


def test_an_act_is_a_page_and_with_htmx_only_its_dialog(as_role, world):
    url = reverse("console:partner_status", args=[world.partners[0].id])
    browser = as_role("operations")

    page, dialog = browser.get(url), browser.get(url, **HTMX)

    assert b"<html" in page.content
    assert b"<html" not in dialog.content
    assert b'name="reason"' in dialog.content


def test_without_the_protection_token_nothing_is_done(as_role, world):
    partner = world.partners[0]
    url = reverse("console:partner_status", args=[partner.id])

    answer = as_role("operations", checks_csrf=True).post(
        url, {"status": "suspended", "reason": "Trouble"}
    )

    assert answer.status_code == 403
    with acting_as(staff()):
        assert get_partner(partner_id=partner.id).status == "active"


def test_a_status_changes_with_its_reason_and_the_log_says_so(as_role, world):
    partner = world.partners[0]
    browser = as_role("operations")

    answer = browser.post(
        reverse("console:partner_status", args=[partner.id]),
        {"status": "suspended", "reason": "Late papers"},
    )

    page = browser.get(answer.url).content.decode()
    assert answer.status_code == 302
    assert "Suspended" in page
    assert "Late papers" in page


def test_a_missing_reason_is_said_and_the_input_kept(as_role, world):
    answer = as_role("operations").post(
        reverse("console:partner_status", args=[world.partners[0].id]),
        {"status": "ended", "reason": " "},
        **HTMX,
    )

    content = answer.content.decode()
    assert answer.status_code == 422
    assert "Say why" in content
    assert '<option value="ended" selected>' in content


def test_after_an_act_htmx_is_led_on(as_role, world):
    answer = as_role("operations").post(
        reverse("console:partner_tags", args=[world.partners[0].id]), {"tags": "a, b"}, **HTMX
    )

    assert answer.headers["HX-Redirect"].endswith(world.partners[0].id)
    with acting_as(staff()):
        assert get_partner(partner_id=world.partners[0].id).data.tags == ("a", "b")


def test_an_amount_that_reads_two_ways_is_refused_at_its_field(as_role, world):
    answer = as_role("finance_maker").post(
        reverse("console:fund_budget", args=[world.funds[0].public_id]),
        {"budget": "1.000,5", "reason": "More"},
    )

    content = answer.content.decode()
    assert answer.status_code == 422
    assert 'href="#id_budget"' in content
    assert 'value="1.000,5"' in content


def test_a_fund_is_set_up_and_earned_with_a_preview(as_role, world):
    browser = as_role("finance_maker")
    terms = {
        "program": "growth", "name": "Growth Fund", "code": "mdf", "period": "2026-Q3",
        "budget": "300,000.00", "rate": "2.5", "rounding": "half_even",
        "earns_from": "2026-04-01", "earns_to": "2026-06-30", "starts_on": "2026-07-01",
        "ends_on": "2026-09-30", "claims_until": "2026-12-31", "cost_center": "CC-1",
    }  # fmt: skip

    made = browser.post(reverse("console:fund_new"), terms)
    earn_url = f"{made.url}/earn"
    preview = browser.get(earn_url).content.decode()
    before = browser.get(made.url).content.decode()
    browser.post(earn_url)
    after = browser.get(made.url).content.decode()

    assert made.status_code == 302
    assert "27,788.93" in preview
    assert "27,788.93" not in before
    assert "27,788.93" in after
    assert "Ties to the ledger" in after


def test_a_payee_is_checked_by_another_person_only(as_role, world):
    with acting_as(staff()):
        pending = list_payees(status="pending")[0]
    url = reverse("console:payee_check", args=[pending.public_id])

    refused = as_role("finance_maker").post(url)
    done = as_role("finance_checker").post(url)

    assert refused.status_code == 403
    assert done.status_code == 302
    with acting_as(staff()):
        assert list_payees(status="pending") == ()


def test_a_payee_is_entered_by_a_partners_name(as_role, world):
    answer = as_role("operations").post(
        reverse("console:payee_new"),
        {"partner": "sierra vista", "currency": "EUR", "legal_name": "Sierra LLC",
         "erp_vendor_number": "V9"},
    )  # fmt: skip

    assert answer.status_code == 302
    with acting_as(staff()):
        assert [each.legal_name for each in list_payees()][-1] == "Sierra LLC"


def test_a_batch_is_released_by_a_second_person_and_then_downloaded(as_role, world):
    url = reverse("console:batch_release", args=[world.batch_id])
    file_url = reverse("console:batch_file", args=[world.batch_id])
    maker, checker = as_role("finance_maker"), as_role("finance_checker")

    early = maker.get(file_url)
    refused = maker.post(url)
    done = checker.post(url)
    file = checker.get(file_url)

    assert (early.status_code, refused.status_code, done.status_code) == (409, 403, 302)
    with acting_as(staff()):
        batch = get_batch(world.batch_id)
    assert file.headers["Content-Disposition"] == f'attachment; filename="{batch.file_name}"'
    assert file.headers["X-Content-SHA256"] == batch.sha256


def test_a_person_gets_and_loses_a_role_with_reasons(as_role, world):
    browser, dana = as_role("administrator"), world.staff["operations"]

    browser.post(
        reverse("console:role_grant", args=[dana.id]),
        {"role": "team_lead", "limit": "5,000", "currency": "EUR", "reason": "Stands in"},
    )
    page = browser.get(reverse("console:person", args=[dana.id])).content.decode()
    browser.post(
        f"{reverse('console:role_end', args=[dana.id])}?role=team_lead", {"reason": "Back"}
    )

    assert "up to 5,000.00 EUR" in page
    with acting_as(staff()):
        person = find_person(person_id=dana.id)
    assert [row.role for row in person.roles] == ["operations"]


def test_an_administrator_removes_a_person_who_then_finds_nothing(as_role, world):
    dana = as_role("operations")
    assert dana.get(reverse("console:home")).status_code == 200

    as_role("administrator").post(
        reverse("console:person_remove", args=[world.staff["operations"].id]),
        {"reason": "Left the company"},
    )

    assert dana.get(reverse("console:home")).status_code == 302


def test_an_invitation_is_written_and_can_be_withdrawn(as_role, world):
    browser = as_role("administrator")

    bad = browser.post(
        reverse("console:person_invite"), {"name": "X", "email": "nonsense", "role": "operations"}
    )
    browser.post(
        reverse("console:person_invite"),
        {"name": "Xenia", "email": "xenia@vendor.example", "role": "operations"},
    )

    assert bad.status_code == 422
    assert "name@example.com" in bad.content.decode()
    assert "xenia@vendor.example" in browser.get(reverse("console:people")).content.decode()
    assert "xenia@vendor.example" in browser.get(reverse("console:mailbox")).content.decode()


def test_a_released_batch_is_not_released_twice(as_role, world):
    url = reverse("console:batch_release", args=[world.batch_id])
    checker = as_role("finance_checker")

    first, again = checker.post(url), checker.post(url)

    assert (first.status_code, again.status_code) == (302, 302)
    assert json.dumps(str(again.url)) == json.dumps(str(first.url))
