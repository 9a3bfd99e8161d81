"""The administrator in a browser: a person is invited, joins by the mail's link, is removed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from counterfoil.foundation.acting import acting_as, staff
from tests.e2e import support
from tests.e2e.serving import aside, served, sign_in
from tests.people_stock import PASSWORD, staff_person

pytestmark = [pytest.mark.e2e, pytest.mark.db]
NEW = "ines@vendor.example"


@pytest.fixture
def address(
    own_database: str, monkeypatch: pytest.MonkeyPatch, settings, tmp_path: Path
) -> Iterator[str]:
    """The product with one administrator; the links of its mails lead to it."""

    def people() -> None:
        with acting_as(staff()):
            staff_person("Ada", "administrator")

    aside(people)
    with served(monkeypatch, tmp_path) as place:
        settings.PUBLIC_URL = place
        yield place


def test_an_administrator_invites_a_person_and_removes_them(address: str, settings: Any) -> None:
    settings.DEMO = True  # elsewhere the mailbox keeps the link to its recipient
    with support.browser() as running:
        size = {"width": 1440, "height": 900}
        mine, theirs = running.new_context(viewport=size), running.new_context(viewport=size)
        with support.watched(mine) as (page, said), support.watched(theirs) as (other, heard):
            for each in (page, other):
                each.set_default_timeout(60_000)
            sign_in(page, address, "ada@vendor.example")
            page.goto(f"{address}/console/people/invite")
            support.check_page(page, said, name="invite")
            page.fill("[name=name]", "Ines")
            page.fill("[name=email]", NEW)
            page.select_option("[name=role]", "operations")
            page.get_by_role("button", name="Send the invitation", exact=True).click()
            page.wait_for_url("**/console/people/")
            assert NEW in page.inner_text("main")
            page.goto(f"{address}/console/mail/?q={NEW}")
            page.locator("#mail a[href*='/console/mail/']").first.click()
            page.wait_for_selector("#body-h")
            support.check_page(page, said, name="mail")
            link = page.locator("section[aria-labelledby=body-h] a[href*='/join/']").first
            other.goto(link.get_attribute("href") or "")
            support.check_page(other, heard, name="join")
            other.fill("[name=name]", "Ines")
            other.fill("[name=password]", PASSWORD)
            other.get_by_role("button", name="Join", exact=True).click()
            other.wait_for_url("**/console/**")
            theirs.clear_cookies()
            sign_in(other, address, NEW)
            other.goto(f"{address}/console/queue/")
            assert "/accounts/login" not in other.url
            page.goto(f"{address}/console/people/?q={NEW}")
            page.get_by_role("link", name="Ines", exact=True).first.click()
            page.wait_for_url("**/console/people/usr_*")
            support.check_page(page, said, name="person")
            page.goto(f"{page.url.split('?')[0]}/remove")
            page.fill("[name=reason]", "Left the company.")
            page.get_by_role("button", name="Remove access", exact=True).click()
            page.get_by_text("has no access any more").first.wait_for()
            assert "No access" in page.inner_text("main")
            other.goto(f"{address}/console/queue/")
            assert "/accounts/login" in other.url
