"""An installation in which nothing stands yet: each page says what would stand there."""

import pytest
from django.urls import reverse

pytestmark = [pytest.mark.db, pytest.mark.django_db]
EMPTY = {
    "console:funds": ("finance_maker", "No fund is set up yet", "Set up a fund"),
    "console:ready_to_pay": ("finance_maker", "Nothing is owed", "approve"),
    "console:bills": ("finance_maker", "No file was made yet", "See what is ready"),
    "console:payees": ("finance_maker", "No payee is entered yet", "Enter a payee"),
    "console:partners": ("operations", "No partner is entered yet", "Import partners"),
    "console:playbooks": ("operations", "No playbook is written yet", "Write a playbook"),
    "console:imports": ("operations", "No file was imported yet", "Import a file"),
    "console:mailbox": ("operations", "No mail yet", "invitations"),
    "console:reports": ("operations", "No figures yet", "See the funds"),
    "console:home": ("operations", "What waits for you", ""),
}


@pytest.mark.parametrize("name", sorted(EMPTY))
def test_an_empty_list_says_what_to_do_next(bare, name):
    role, title, next_words = EMPTY[name]

    content = bare[role].get(reverse(name)).content.decode()

    assert title in content
    assert next_words in content


def test_an_empty_installation_says_what_would_stand_here(bare):
    browser = bare["finance_maker"]

    assert "Nothing has moved yet" in browser.get(reverse("console:money_months")).content.decode()
    assert "No commission is posted here" in (
        browser.get(reverse("console:plan_stages")).content.decode()
    )
