"""Playbook versions: drafts keep every word, two people publish, nothing published changes."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from counterfoil.apps.audit.selectors import events_of
from counterfoil.apps.playbooks.errors import (
    NoPlaybookInForce,
    NotADraft,
    NotPublishable,
    SameAuthor,
    UnknownPlaybook,
)
from counterfoil.apps.playbooks.models import PlaybookVersion
from counterfoil.apps.playbooks.selectors import (
    get_text,
    get_version,
    list_versions,
    playbooks_in_force,
    version_by_sha256,
    version_in_force,
)
from counterfoil.apps.playbooks.services import publish_version, retire_version, save_draft
from counterfoil.core.authority import NotAllowed
from counterfoil.flows.publish import publish_files
from counterfoil.foundation.acting import acting_as, portal, staff
from tests.people_stock import AT, organization, staff_person
from tests.submission_stock import shipped

pytestmark = [pytest.mark.db, pytest.mark.django_db]
CLAIM = shipped()["mdf-claim.yaml"]


@pytest.fixture
def people():
    with acting_as(staff()):
        yield staff_person("Olive", "operations"), staff_person("Lena", "team_lead")


def draft(author, text=CLAIM):
    return save_draft(source=text, code="mdf-claim", by=author, at=AT)


def test_the_shipped_playbooks_publish_and_a_second_run_changes_nothing(people):
    author, lead = people

    first = publish_files(files=shipped(), author=author, by=lead, at=AT)
    again = publish_files(files=shipped(), author=author, by=lead, at=AT)

    assert [each.is_new for each in first] == [True] * len(first)
    assert [each.is_new for each in again] == [False] * len(first)
    assert [each.sha256 for each in first] == [each.sha256 for each in again]


def test_a_version_read_back_from_its_canonical_text_has_the_same_identity(people):
    author, lead = people
    sha256 = publish_version(version_id=draft(author).public_id, by=lead, at=AT)

    ref = version_by_sha256(sha256)

    assert ref.playbook.sha256 == sha256
    assert ref.playbook.criterion("MDF-01") is not None


def test_a_draft_with_mistakes_is_kept_and_told_line_by_line(people):
    author, lead = people
    saved = draft(author, CLAIM.replace("pass: partner.is_active", "pass: partner.is_activ"))

    text = get_text(saved.public_id)
    assert saved.problems
    assert "is_activ" in text.source
    assert all(problem.line > 0 for problem in text.problems)
    with pytest.raises(NotPublishable) as refusal:
        publish_version(version_id=saved.public_id, by=lead, at=AT)
    assert refusal.value.problems


def test_who_wrote_it_does_not_publish_it(people):
    _, lead = people
    saved = draft(lead)

    with pytest.raises(SameAuthor):
        publish_version(version_id=saved.public_id, by=lead, at=AT)


def test_who_wrote_a_part_of_it_does_not_publish_it_after_another_saved_it(people, monkeypatch):
    from counterfoil.apps.playbooks import services

    other, lead = people
    saved = draft(lead)
    save_draft(source=CLAIM, code="mdf-claim", by=other, at=AT, version_id=saved.public_id)

    with pytest.raises(SameAuthor):
        publish_version(version_id=saved.public_id, by=lead, at=AT)
    monkeypatch.setattr(services, "_refuse_author", lambda *_: None)
    with pytest.raises(IntegrityError, match="who wrote a version"), transaction.atomic():
        publish_version(version_id=saved.public_id, by=lead, at=AT)


def test_planted_publication_by_the_author_is_stopped_by_the_database(people, monkeypatch):
    from counterfoil.apps.playbooks import services

    _, lead = people
    saved = draft(lead)
    monkeypatch.setattr(services, "_refuse_author", lambda *_: None)

    with pytest.raises(IntegrityError, match="playbook_second_person"), transaction.atomic():
        publish_version(version_id=saved.public_id, by=lead, at=AT)


def test_planted_edit_of_a_published_version_is_stopped_by_the_database(people):
    author, lead = people
    saved = draft(author)
    publish_version(version_id=saved.public_id, by=lead, at=AT)

    with pytest.raises(IntegrityError, match="is published"), transaction.atomic():
        PlaybookVersion.objects.filter(public_id=saved.public_id).update(source="x")


def test_a_published_version_is_no_draft_any_more(people):
    author, lead = people
    saved = draft(author)
    publish_version(version_id=saved.public_id, by=lead, at=AT)

    with pytest.raises(NotADraft):
        save_draft(source=CLAIM, code="mdf-claim", by=author, at=AT, version_id=saved.public_id)
    with pytest.raises(NotADraft):
        publish_version(version_id=saved.public_id, by=lead, at=AT)


def test_the_newest_version_that_holds_on_the_day_is_in_force(people):
    author, lead = people
    old = publish_version(version_id=draft(author).public_id, by=lead, at=AT)
    later = CLAIM.replace(
        "effective: {from: 2017-01-01}", "effective: {from: 2026-06-01}"
    ).replace('version: "2026.1"', 'version: "2026.2"')
    new = publish_version(version_id=draft(author, later).public_id, by=lead, at=AT)

    assert version_in_force("mdf-claim", date(2026, 5, 31)).sha256 == old
    assert version_in_force("mdf-claim", date(2026, 6, 1)).sha256 == new
    assert [ref.sha256 for ref in playbooks_in_force(date(2026, 6, 1))] == [new]
    with pytest.raises(NoPlaybookInForce):
        version_in_force("mdf-claim", date(2016, 12, 31))
    assert [row.version for row in list_versions("mdf-claim")] == [2, 1]


def test_a_retired_version_begins_nothing_but_is_still_cited(people):
    author, lead = people
    saved = draft(author)
    sha256 = publish_version(version_id=saved.public_id, by=lead, at=AT)
    retire_version(version_id=saved.public_id, by=lead, at=AT, reason="Replaced.")

    with pytest.raises(NoPlaybookInForce):
        version_in_force("mdf-claim", AT.date())
    assert version_by_sha256(sha256).state == "retired"
    actions = [
        event.action for event in events_of(object_type="playbook", object_id=saved.public_id)
    ]
    assert actions == ["playbook.retired", "playbook.published", "playbook.saved"]


def test_drafts_are_unknown_to_those_who_judge(people):
    author, _ = people

    with pytest.raises(UnknownPlaybook):
        get_version(draft(author).public_id)


def test_an_operations_person_does_not_publish(people):
    author, _ = people
    other = staff_person("Otto", "operations")

    with pytest.raises(NotAllowed):
        publish_version(version_id=draft(author).public_id, by=other, at=AT)


def test_a_partner_reads_published_playbooks():
    with acting_as(staff()):
        author, lead = staff_person("Olive", "operations"), staff_person("Lena", "team_lead")
        publish_files(files=shipped(), author=author, by=lead, at=AT)
        here = organization("Alpine Systems")

    with acting_as(portal(here.pk)):
        assert {ref.code for ref in playbooks_in_force(AT.date())} == {
            name.removesuffix(".yaml") for name in shipped()
        }
