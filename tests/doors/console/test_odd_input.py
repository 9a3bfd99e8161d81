"""What no page can use is refused in words, never by a failure of the program."""

import smtplib

import pytest
from django.urls import reverse

from counterfoil.interfaces.web.asked import asked_number

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.mark.parametrize("text", ["", "²", "٣", "-1", "1e9", " 7", "9" * 19, "x"])
def test_what_is_no_plain_number_is_none(text):
    assert asked_number(text) is None


def test_plain_digits_are_a_number():
    assert (asked_number("0"), asked_number("9" * 18)) == (0, 10**18 - 1)


@pytest.mark.parametrize(
    ("name", "field"),
    [("queue", "q"), ("partners", "tag"), ("audit", "topic"), ("mailbox", "state")],
)
def test_a_nul_character_in_a_search_is_a_bad_request(as_role, name, field):
    page = as_role("team_lead" if name == "audit" else "operations").get(
        reverse(f"console:{name}"), {field: "a\0b"}
    )

    assert page.status_code == 400


def test_a_nul_character_in_a_form_changes_nothing(as_role, world):
    browser = as_role("operations")
    url = reverse("console:partner_tags", args=[world.partners[0].id])

    assert browser.post(url, {"tags": "gold\0"}).status_code == 400


def test_a_nul_character_in_an_address_finds_nothing(as_role):
    assert as_role("operations").get("/console/partners/%00").status_code == 404


@pytest.mark.parametrize("digits", ["²", "9" * 40])
def test_a_page_number_in_odd_digits_shows_the_first_page(as_role, digits):
    page = as_role("operations").get(reverse("console:imports"), {"after": digits})

    assert page.status_code == 200


def test_an_invitation_to_an_address_too_long_to_keep_is_refused(as_role):
    data = {"name": "Kim", "email": f"{'a' * 60}@{'b.' * 110}example", "role": "operations"}

    page = as_role("administrator").post(reverse("console:person_invite"), data)

    assert page.status_code == 422


def test_beginning_for_a_partner_without_a_choice_asks_for_one(as_role, world):
    url = reverse("console:submission_new")
    for where in ("", "no-such-form:fund_x"):
        page = as_role("operations").post(url, {"partner": world.partners[0].id, "where": where})

        assert page.status_code == 422
        assert "Choose one of the list." in page.content.decode()


def test_the_mailbox_keeps_an_invitations_link_to_its_recipient(as_role, settings):
    admin = as_role("administrator")
    data = {"name": "Kim", "email": "kim@vendor.example", "role": "finance_checker"}
    assert admin.post(reverse("console:person_invite"), data).status_code == 302
    mails = admin.get(reverse("console:mailbox"), {"q": "kim@vendor.example"})
    url = mails.content.decode().split('href="/console/mail/msg_')[1].split('"')[0]

    for role in ("operations", "auditor", "administrator"):
        page = as_role(role).get(f"/console/mail/msg_{url}").content.decode()
        assert "Kim" in page
        assert "/join/" not in page
    settings.DEMO = True
    assert "/join/" in admin.get(f"/console/mail/msg_{url}").content.decode()


def test_a_mail_server_that_fails_says_the_same_for_each_address(client, monkeypatch, world):
    def refuse(*_args, **_named):
        raise smtplib.SMTPServerDisconnected("please run connect() first")

    monkeypatch.setattr("django.core.mail.message.EmailMessage.send", refuse)
    url = reverse("account_reset_password")

    pages = [
        client.post(url, {"email": email})
        for email in ("dana@vendor.example", "x@nowhere.example")
    ]

    assert [page.status_code for page in pages] == [503, 503]
    for page in pages:
        assert "your password is as before" in page.content.decode()
