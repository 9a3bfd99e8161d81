"""Trying and signing a draft by page: who may, what is refused in words, what the files hold."""

import pytest

from counterfoil.apps.playbooks.services import save_draft
from counterfoil.core.actors import Actor
from counterfoil.foundation.acting import acting_as, staff
from tests.doors.console.review_stock import signed_in
from tests.people_stock import staff_person
from tests.submission_stock import (
    CLAIMED,
    answer_logo,
    approve,
    approved_request,
    make_world,
    screen,
    send_claim,
    shipped,
)

pytestmark = [pytest.mark.db, pytest.mark.django_db]
CLAIM = shipped()["mdf-claim.yaml"].replace("value: 50%", "value: 40%").replace(
    "design_owner: team_lead", "sign_off: [operations, leadership]\ndesign_owner: team_lead"
)  # fmt: skip


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def draft(world) -> str:
    with acting_as(staff()):
        return save_draft(
            source=CLAIM, code="mdf-claim", by=world.operations, at=CLAIMED
        ).public_id


def post(person: Actor, path: str, **fields: str):
    return signed_in(person).post(f"/console/playbooks/{path}", fields)


@pytest.mark.parametrize("who", ["operations", "lead", "second_operations"])
@pytest.mark.parametrize("fields", [{}, {"role": "operations", "word": "yes"}, {"role": "boss"}])
def test_a_word_that_can_t_be_given_is_refused_in_words(world, draft, who, fields):
    if who == "second_operations" and fields.get("word"):
        assert post(world.second_operations, f"{draft}/sign", **fields).status_code == 302
        return
    answer = post(getattr(world, who), f"{draft}/sign", **fields)
    assert answer.status_code == 422
    assert answer.content


def test_a_published_version_is_neither_tried_nor_signed(world):
    from counterfoil.apps.playbooks.selectors import list_versions  # this test only

    with acting_as(staff()):
        published = list_versions("mdf-claim")[0].public_id
        leader = staff_person("Lea", "leadership")
    assert "Only a draft is tried" in _page(world.lead, f"{published}/try")
    assert post(world.lead, f"{published}/try").status_code == 422
    assert "published before" in _page(leader, f"{published}/sign")
    assert post(leader, f"{published}/sign", role="leadership", word="yes").status_code == 422


def _page(person: Actor, path: str) -> str:
    return signed_in(person).get(f"/console/playbooks/{path}").content.decode()


def test_the_trial_s_files_hold_the_row_and_both_formats(world, draft):
    claim_id = send_claim(world, approved_request(world))
    screen(claim_id)
    answer_logo(world, claim_id)
    approve(world, claim_id)
    answer = post(world.lead, f"{draft}/try", since="")
    assert answer.status_code == 302
    trial = answer["Location"].rstrip("/").split("/")[-1]
    csv = signed_in(world.operations).get(f"/console/playbooks/trials/{trial}/export")
    text = csv.content.decode("utf-8-sig")
    assert "amount" in text
    assert "600.00,480.00,USD" in text.replace('"', "")
    book = signed_in(world.operations).get(f"/console/playbooks/trials/{trial}/export?as=xlsx")
    assert book.content[:2] == b"PK"
    assert post(world.lead, f"{draft}/try", since="yesterday").status_code == 422
    assert signed_in(world.lead).get("/console/playbooks/trials/tri_absent").status_code == 404
