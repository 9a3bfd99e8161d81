"""Lists: as many queries for few rows as for many, pages by key, an empty state that teaches."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from counterfoil.apps.access.services import create_person, grant_role
from counterfoil.apps.ledger.services import post_entries
from counterfoil.apps.messaging.services import queue_mail
from counterfoil.apps.partners.services import create_organization
from counterfoil.apps.partners.types import PartnerData
from counterfoil.apps.payouts.services import enter_payee
from counterfoil.core.journal import FundShare, allocate_earned
from counterfoil.core.money import Money
from counterfoil.foundation.acting import acting_as, staff
from tests.doors.console.conftest import AT
from tests.doors.seed import SETUP
from tests.people_stock import giver

pytestmark = [pytest.mark.db, pytest.mark.django_db]
MORE = 100


def queries(browser, url: str) -> int:
    """This will count the queries of a page; the first visit warms what a process keeps."""
    assert browser.get(url).status_code == 200
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert browser.get(url).status_code == 200
    return len(captured)


def more_of_everything(world) -> None:
    ops, maker = world.staff["operations"], world.staff["finance_maker"]
    fund = world.funds[0]
    with acting_as(staff()):
        drafts = []
        for number in range(MORE):
            saved = create_organization(
                data=PartnerData(name=f"Further {number:03d}", kind="reseller"), by=ops, at=AT
            )
            enter_payee(
                partner_id=saved.pk, legal_name=f"Further {number}", currency="EUR",
                erp_vendor_number=f"F{number}", by=maker, at=AT,
            )  # fmt: skip
            drafts.append(
                allocate_earned(
                    share=FundShare(fund.public_id, saved.id, fund.period),
                    amount=Money(1_000 + number, "EUR"),
                    effective_on=AT.date(),
                    idem_key=f"more-{number}",
                    source_ref=f"est_{number}",
                )
            )
            person = create_person(
                email=f"more{number}@vendor.example", name=f"More {number:03d}",
                is_staff_member=True, by=SETUP, at=AT,
            )  # fmt: skip
            grant_role(
                person_id=person.id, role="operations", by=giver(person), at=AT, reason="test"
            )
            queue_mail(
                template="invitation", to_email=f"more{number}@vendor.example", to_name="More",
                language="en", partner_id=0, about=f"inv_{number}", idem_key=f"m{number}",
                context={
                    "inviter": "Sam", "organization": "Vendor", "role": "operations",
                    "expires_on": "2026-10-01", "link": "http://localhost/join/x/",
                },
                at=AT - timedelta(minutes=number),
            )  # fmt: skip
        post_entries(drafts=drafts, by=ops, at=AT)


LISTS = (
    ("console:partners", "operations"),
    ("console:payees", "finance_maker"),
    ("console:people", "administrator"),
    ("console:mailbox", "operations"),
    ("console:audit", "administrator"),
    ("console:audit_population", "auditor"),
    ("console:funds", "finance_maker"),
    ("console:ready_to_pay", "finance_maker"),
    ("console:bills", "finance_maker"),
    ("console:home", "finance_checker"),
    ("console:reports", "leadership"),
    ("console:playbooks", "operations"),
    ("console:imports", "operations"),
)


def test_a_hundred_more_rows_cost_no_further_query(as_role, world):
    browsers = {role: as_role(role) for _, role in LISTS}
    urls = [(reverse(name), role) for name, role in LISTS]
    urls.append((reverse("console:fund", args=[world.funds[0].public_id]), "finance_maker"))
    urls.append((reverse("console:partner", args=[world.partners[0].id]), "operations"))
    before = {url: queries(browsers[role], url) for url, role in urls}

    more_of_everything(world)

    after = {url: queries(browsers[role], url) for url, role in urls}
    assert after == before


@pytest.mark.parametrize(
    ("name", "role", "last"),
    [
        ("console:partners", "operations", "Further 099"),
        ("console:payees", "finance_maker", "Further 99"),
        ("console:people", "administrator", "More 099"),
        ("console:mailbox", "operations", "more99@vendor.example"),
    ],
)
def test_pages_follow_each_other_to_the_last_row(as_role, world, name, role, last):
    more_of_everything(world)
    browser, url, seen = as_role(role), reverse(name), ""

    for _page in range(10):
        content = browser.get(url).content.decode()
        seen += content
        if 'rel="next"' not in content:
            break
        mark = content.index('rel="next" href="') + len('rel="next" href="')
        url = content[mark : content.index('"', mark)].replace("&amp;", "&")

    assert last in seen
    assert 'rel="next"' not in content
    assert 'rel="prev"' in content


@pytest.mark.parametrize(
    ("name", "query", "words"),
    [
        ("console:partners", "q=nobody", "No partner fits"),
        ("console:people", "q=nobody", "Nobody fits"),
        ("console:mailbox", "q=nobody@x.example", "No mail fits"),
        ("console:audit", "q=sub_absent", "No event fits"),
        ("console:funds", "period=1999-Q1", "No fund fits"),
    ],
)
def test_a_filter_that_finds_nothing_leads_back(as_role, name, query, words):
    content = as_role("administrator").get(f"{reverse(name)}?{query}").content.decode()

    assert words in content
