"""Who sees what: own, other's and absent objects, the vendor's people, who is not signed in."""

import pytest
from django.test import Client
from django.urls import reverse

from counterfoil.apps.access.selectors import list_invitations
from counterfoil.apps.partners.selectors import list_members
from counterfoil.apps.submissions.selectors.heads import get_head
from counterfoil.apps.submissions.selectors.own_forms import files_of
from counterfoil.flows.people import invite_person
from counterfoil.flows.submit import send_message
from counterfoil.foundation.acting import acting_as, portal, staff
from counterfoil.interfaces.portal.urls import urlpatterns
from tests.doors.portal.conftest import browser_of
from tests.doors.portal.page import words
from tests.people_stock import partner_person
from tests.submission_stock import (
    AT,
    CLAIMED,
    answer_logo,
    approve,
    approved_request,
    draft_claim,
    screen,
    send_claim,
)

pytestmark = [pytest.mark.db, pytest.mark.django_db]
PLAIN = (
    "home", "submissions", "begin", "messages", "people", "invite", "organization",
    "bank_details", "bank_propose", "statements", "questions", "guides",
)  # fmt: skip
OF_SUBMISSION = (
    "submission", "edit", "recall", "withdraw", "confirm", "appeal", "message", "letter",
    "letter_pdf",
)  # fmt: skip
OF_EVIDENCE = ("evidence", "original", "picture")
OF_PEOPLE = ("role", "remove", "take_back")
# their walls stand in test_statements.py and ../test_question_doors.py
OF_STATEMENT = ("statement", "figure", "line", "statement_pdf", "statement_csv")
# their walls are those of the playbooks, which every partner may read: test_guides.py
OF_GUIDE = ("guide", "guide_pdf")
OF_QUESTION = ("question_ask", "question", "question_reopen", "question_close")
ABSENT = "sub_aaaaaaaaaaaaaaaaaaaaaaaaaa"
CANARY = "CANARY-OF-ALPINE"


@pytest.fixture
def claim(world):
    """A decided claim of Alpine Systems whose texts carry a canary."""
    request_id = approved_request(world)
    claim_id = send_claim(world, request_id)
    with acting_as(portal(world.partner_id)):
        send_message(submission_id=claim_id, body=CANARY, by=world.partner, at=CLAIMED)
    screen(claim_id, at=CLAIMED)
    answer_logo(world, claim_id)
    approve(world, claim_id, at=CLAIMED)
    return claim_id


def evidence_of(world, claim_id):
    with acting_as(portal(world.partner_id)):
        return files_of(get_head(claim_id, by=world.partner).pk)[0].evidence_id


def request_of(world, claim_id):
    with acting_as(portal(world.partner_id)):
        return get_head(claim_id, by=world.partner).parent_public_id


def addresses(name, key):
    """Each address of an object with each method."""
    args = [key, 1] if name == "picture" else [key]
    return reverse(f"portal:{name}", args=args)


def test_every_address_of_the_portal_is_known_here():
    names = {pattern.name for pattern in urlpatterns}

    assert names == {
        *PLAIN, *OF_SUBMISSION, *OF_EVIDENCE, *OF_PEOPLE, *OF_STATEMENT, *OF_QUESTION, *OF_GUIDE,
        "start",
    }  # fmt: skip


def test_another_partners_objects_do_not_exist(world, claim, boris):
    evidence = evidence_of(world, claim)
    with acting_as(portal(world.partner_id)):
        member = list_members(partner_pk=world.partner_id)[0].id
        invite_person(
            email="kim@alpine.example", name="Kim", role="partner_member",
            partner_pk=world.partner_id, by=world.partner, at=AT,
        )  # fmt: skip
        invitation = list_invitations(at=CLAIMED, partner_id=world.partner_id, only_open=False)
    keys = {
        **dict.fromkeys(OF_SUBMISSION, claim),
        **dict.fromkeys(OF_EVIDENCE, evidence),
        "role": member,
        "remove": member,
        "take_back": invitation[0].id,
    }
    for name, key in keys.items():
        for method in (boris.get, boris.post):
            response = method(addresses(name, key))
            if response.status_code == 405:
                continue
            absent = method(addresses(name, f"{key[:-4]}aaaa"))
            assert response.status_code == absent.status_code == 404, (name, method)
            assert CANARY not in words(response)


def test_no_list_shows_another_partners_rows(world, claim, boris):
    for name in PLAIN:
        response = boris.get(reverse(f"portal:{name}"))
        assert response.status_code == 200, name
        assert CANARY not in words(response), name
    started = boris.get(reverse("portal:start", args=["mdf-claim"]))
    assert "Alpine" not in words(started)


def test_nobody_can_begin_on_another_partners_request(world, claim, boris):
    request_id = request_of(world, claim)

    answers = [
        boris.post(reverse("portal:start", args=["mdf-claim"]), {"request": key, "token": "t-1"})
        for key in (request_id, ABSENT)
    ]

    assert [each.status_code for each in answers] == [422, 422]
    assert words(answers[0]) == words(answers[1])


def test_the_owner_sees_all_of_it(world, claim, paula):
    evidence = evidence_of(world, claim)
    for name in ("submission", "letter", "letter_pdf"):
        assert paula.get(addresses(name, claim)).status_code == 200, name
    for name in OF_EVIDENCE:
        assert paula.get(addresses(name, evidence)).status_code == 200, name
    assert CANARY in words(paula.get(addresses("submission", claim)))


def test_the_vendors_people_find_no_portal(world, claim, olive):
    for name in PLAIN:
        assert olive.get(reverse(f"portal:{name}")).status_code == 404, name
    assert olive.get(addresses("submission", claim)).status_code == 404


def test_who_is_not_signed_in_goes_to_sign_in(world, claim):
    for name in PLAIN:
        response = Client().get(reverse(f"portal:{name}"))
        assert response.status_code == 302, name
        assert response.url.startswith("/accounts/login/"), name


def test_a_member_finds_no_people_page_and_no_act_on_people(world, claim):
    with acting_as(staff()):
        mia = partner_person("Mia", world.partner_id, "partner_member")
    client = browser_of(mia)
    for name in ("people", "invite"):
        assert client.get(reverse(f"portal:{name}")).status_code == 404, name
    assert reverse("portal:people") not in client.get(reverse("portal:home")).content.decode()
    assert client.get(addresses("submission", claim)).status_code == 200


def test_every_form_needs_its_token(world):
    request_id = approved_request(world)
    claim_id = draft_claim(world, request_id)
    client = browser_of(world.partner, checks_csrf=True)
    for name in ("edit", "recall", "withdraw", "confirm", "appeal", "message"):
        assert client.post(addresses(name, claim_id), {"body": "x"}).status_code == 403, name
    for name in ("invite",):
        assert client.post(reverse(f"portal:{name}"), {}).status_code == 403, name
    assert client.post(reverse("portal:start", args=["mdf-claim"]), {}).status_code == 403


def test_originals_leave_as_attachments_that_no_browser_opens(world, claim, paula):
    response = paula.get(addresses("original", evidence_of(world, claim)))

    assert response["Content-Disposition"].startswith("attachment")
    assert response["Content-Type"] == "application/octet-stream"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_pictures_of_pages_come_from_our_reader_only(world, claim, paula):
    evidence = evidence_of(world, claim)
    url = reverse("portal:picture", args=[evidence, 1])
    response = paula.get(url)

    assert response["Content-Type"] == "image/png"
    assert b"".join(response.streaming_content).startswith(b"PNG")
    assert paula.get(reverse("portal:picture", args=[evidence, 2])).status_code == 404
    assert paula.get(reverse("portal:picture", args=[evidence, 0])).status_code == 404
