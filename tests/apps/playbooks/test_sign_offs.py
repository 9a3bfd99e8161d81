"""A draft is published when every role that it names agreed to this very text."""

import pytest
from django.db import IntegrityError, transaction

from counterfoil.apps.playbooks.checks import playbook_differences
from counterfoil.apps.playbooks.errors import NotSignedOff, SameAuthor
from counterfoil.apps.playbooks.models import SignOff
from counterfoil.apps.playbooks.selectors import get_text, standing_of
from counterfoil.apps.playbooks.services import publish_version, save_draft, sign_version
from counterfoil.core.authority import NotAllowed
from counterfoil.core.playbooks import PlaybookInvalid, load_playbook
from counterfoil.foundation.acting import acting_as, staff
from tests.people_stock import AT, staff_person
from tests.submission_stock import shipped

pytestmark = [pytest.mark.db, pytest.mark.django_db]
PLAIN = shipped()["mdf-claim.yaml"]
CLAIM = PLAIN.replace(
    "design_owner: team_lead", "sign_off: [finance_checker, leadership]\ndesign_owner: team_lead"
)


@pytest.fixture
def people():
    with acting_as(staff()):
        yield {
            role: staff_person(role.capitalize(), role)
            for role in ("operations", "team_lead", "finance_checker", "leadership", "auditor")
        }


def draft(people, text=CLAIM, version_id=""):
    saved = save_draft(
        source=text, code="mdf-claim", by=people["operations"], at=AT, version_id=version_id
    )
    assert saved.problems == ()
    return saved.public_id


def sign(people, version_id, role, *, by="", is_agreed=True, comment=""):
    sign_version(
        version_id=version_id, role=role, is_agreed=is_agreed, comment=comment,
        by=people[by or role], at=AT,
    )  # fmt: skip


def publish(people, version_id):
    return publish_version(version_id=version_id, by=people["team_lead"], at=AT)


def test_it_is_published_when_all_agreed_and_not_before(people):
    version_id = draft(people)
    with pytest.raises(NotSignedOff, match="finance checker, leadership"):
        publish(people, version_id)
    sign(people, version_id, "finance_checker", comment="The share is in the plan.")
    with pytest.raises(NotSignedOff, match="sign-off of leadership"):
        publish(people, version_id)
    sign(people, version_id, "leadership")
    assert publish(people, version_id) == load_playbook(CLAIM, file="x").sha256
    assert list(playbook_differences()) == []


def test_another_text_needs_another_word_and_the_old_one_back_has_it_again(people):
    version_id = draft(people)
    for role in ("finance_checker", "leadership"):
        sign(people, version_id, role)
    draft(people, CLAIM.replace("value: 50%", "value: 40%"), version_id)
    assert standing_of(version_id).lacking == ("finance_checker", "leadership")
    draft(people, CLAIM, version_id)
    assert standing_of(version_id).lacking == ()


def test_a_no_stands_until_the_same_role_says_yes(people):
    version_id = draft(people)
    with pytest.raises(NotSignedOff, match="Say what"):
        sign(people, version_id, "leadership", is_agreed=False, comment="  ")
    sign(people, version_id, "finance_checker")
    sign(people, version_id, "leadership", is_agreed=False, comment="Too dear.")
    with pytest.raises(NotSignedOff, match="leadership"):
        publish(people, version_id)
    sign(people, version_id, "leadership", comment="As agreed by phone.")
    publish(people, version_id)


def test_nobody_signs_what_they_wrote_or_for_a_role_they_lack(people):
    version_id = draft(people, CLAIM.replace("[finance_checker, leadership]", "[operations]"))
    with pytest.raises(SameAuthor):
        sign(people, version_id, "operations")
    with pytest.raises(NotSignedOff, match="don't hold"):
        sign(people, version_id, "operations", by="leadership")
    with pytest.raises(NotSignedOff, match="does not ask"):
        sign(people, version_id, "leadership")
    with pytest.raises(NotAllowed):
        sign(people, version_id, "operations", by="auditor")


def test_the_database_refuses_the_author_as_well(people):
    version_id = draft(people)
    row = SignOff(
        public_id="sgn_x", playbook_sha256="0" * 64, role="leadership", is_agreed=True,
        signed_by=people["operations"].id, signed_at=AT,
    )  # fmt: skip
    row.version_id = _pk(version_id)
    with pytest.raises(IntegrityError, match="not by who wrote it"), transaction.atomic():
        row.save()


def _pk(version_id: str) -> int:
    from counterfoil.apps.playbooks.models import PlaybookVersion  # this helper only

    return PlaybookVersion.objects.get(public_id=version_id).pk


def test_a_word_put_in_past_the_program_is_told_by_verify(people):
    version_id = draft(people)
    SignOff.objects.create(
        public_id="sgn_y", version_id=_pk(version_id), playbook_sha256="0" * 64,
        role="leadership", is_agreed=True, signed_by=people["leadership"].id, signed_at=AT,
    )  # fmt: skip
    assert [each.message for each in playbook_differences()] == [
        "the audit log knows no such word"
    ]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("[auditor]", "The role auditor does not sign."),
        ("[leadership, leadership]", "leadership stands twice."),
        ("[boss]", "boss"),
        ("[]", "sign_off"),
    ],
)
def test_a_role_that_can_t_sign_is_named_with_its_line(written, said):
    text = CLAIM.replace("[finance_checker, leadership]", written)
    with pytest.raises(PlaybookInvalid) as refused:
        load_playbook(text, file="mdf-claim.yaml")
    (problem,) = refused.value.problems
    assert said in f"{problem.message} {problem.path}"
    assert problem.line == CLAIM[: CLAIM.index("sign_off:")].count("\n") + 1


def test_a_playbook_without_the_key_keeps_its_identity(people):
    assert "sign_off" not in load_playbook(PLAIN, file="x").canonical
    assert get_text(draft(people, PLAIN)).playbook.sign_off == ()
