"""Each role opens the pages that the authority table gives it, and no others."""

import pytest
from django.urls import reverse

from counterfoil.core.authority import AUTHORITY
from tests.doors.console.conftest import browser_of
from tests.doors.seed import STAFF

pytestmark = [pytest.mark.db, pytest.mark.django_db]

PAGES = {
    "console:home": "reports.view",
    "console:funds": "funds.view",
    "console:fund_new": "funds.manage",
    "console:ready_to_pay": "payees.view",
    "console:bills": "bills.view",
    "console:paid_list": "bills.settle",
    "console:payees": "payees.view",
    "console:payee_new": "payees.enter",
    "console:partners": "partners.view",
    "console:partner_new": "partners.edit",
    "console:people": "people.view",
    "console:person_invite": "people.invite",
    "console:playbooks": "playbooks.view",
    "console:playbook_new": "playbooks.edit",
    "console:audit": "audit.view",
    "console:audit_population": "audit.export",
    "console:imports": "imports.view",
    "console:import_new": "imports.run",
    "console:mailbox": "mail.view",
    "console:reports": "reports.view",
}
ABSENT = {
    "console:fund": "fund_absent",
    "console:entry": "ent_absent",
    "console:account": "nonsense",
    "console:batch": "bat_absent",
    "console:payee": "pye_absent",
    "console:partner": "par_absent",
    "console:person": "usr_absent",
    "console:playbook": "pbv_absent",
    "console:event": "evt_absent",
    "console:decision": "dec_absent",
    "console:import": "imp_absent",
    "console:mapping": "absent",
    "console:mail": "msg_absent",
}


@pytest.mark.parametrize("role", [role for role, _, _ in STAFF])
def test_a_role_opens_what_the_table_gives_it(as_role, role):
    browser = as_role(role)

    seen = {name: browser.get(reverse(name)).status_code for name in PAGES}

    assert seen == {
        name: 200 if role in AUTHORITY[action][0] else 403 for name, action in PAGES.items()
    }


@pytest.mark.parametrize("who", ["admin", "member"])
def test_a_partners_person_finds_no_console(world, who):
    browser = browser_of(getattr(world.partners[0], who))

    assert {browser.get(reverse(name)).status_code for name in PAGES} == {404}


def test_who_is_not_signed_in_goes_to_log_in(world, client):
    answers = [client.get(reverse(name)) for name in PAGES]

    assert {answer.status_code for answer in answers} == {302}
    assert all(answer.url.startswith("/accounts/login/") for answer in answers)


@pytest.mark.parametrize("name", sorted(ABSENT))
def test_what_does_not_exist_is_404(as_role, name):
    role = {"console:batch": "finance_maker", "console:payee": "finance_maker",
            "console:entry": "finance_maker", "console:account": "finance_maker"}  # fmt: skip

    answer = as_role(role.get(name, "administrator")).get(reverse(name, args=[ABSENT[name]]))

    assert answer.status_code == 404


def test_acts_that_a_role_may_not_do_are_not_offered(as_role, world):
    where = reverse("console:partner", args=[world.partners[0].id])

    leader = as_role("leadership").get(where).content.decode()
    operations = as_role("operations").get(where).content.decode()

    assert "Change status" not in leader
    assert "Change status" in operations
