"""The audit pages: topics cover every event, events lead to decisions, a pack tells its gaps."""

import pytest
from django.urls import reverse

from counterfoil.apps.audit.selectors import list_events
from counterfoil.apps.audit.types import EventFilters
from counterfoil.foundation.acting import acting_as, staff
from counterfoil.interfaces.console.audit.filters import TOPICS
from counterfoil.interfaces.console.events import change_words
from tests.doors.console.conftest import StoppedClock, browser_of
from tests.people_stock import staff_person
from tests.submission_stock import CLAIMED, approved_request, make_world

pytestmark = [pytest.mark.db, pytest.mark.django_db]
DECIDED = "submission.approved,submission.declined"


class Clock(StoppedClock):
    """Stands after the claims of the stock."""

    @classmethod
    def now(cls, tz=None):
        return CLAIMED.astimezone(tz)


@pytest.fixture
def auditor(db, monkeypatch):
    """An auditor's browser; one request is approved."""
    monkeypatch.setattr("counterfoil.interfaces.web.middleware.datetime", Clock)
    world = make_world()
    approved_request(world)
    with acting_as(staff()):
        person = staff_person("Audrey", "auditor")
    return browser_of(person)


def events(action: str = ""):
    with acting_as(staff()):
        return list_events(filters=EventFilters(action=action), limit=500).events


def test_each_action_stands_in_a_topic(auditor, as_role):
    wanted = {part for key, _words in TOPICS for part in key.split(",")}

    homeless = {
        each.action
        for each in events()
        if each.action not in wanted and f"{each.action.partition('.')[0]}." not in wanted
    }

    assert homeless == set()


def test_several_actions_are_asked_for_with_commas(auditor):
    assert {each.action for each in events(DECIDED)} == {"submission.approved"}
    both = {each.action for each in events("submission.approved,log.,role.")}
    assert both == {"submission.approved", "role.granted"}
    assert len(events("submission.")) > len(events(DECIDED))


def test_an_event_of_a_decided_submission_leads_to_the_decision(auditor):
    url = reverse("console:audit_population")
    decision_id = events(DECIDED)[0].data["decision"]
    record = reverse("console:decision", args=[decision_id])

    drawn = auditor.get(url, {"topic": "submission.", "size": "50"}).content.decode()
    given = events("submission.approval_given")[0]
    page = auditor.get(reverse("console:event", args=[given.id])).content.decode()
    shown = auditor.get(record).content.decode()

    assert drawn.count(record) == len(events("submission."))
    assert record in page
    assert "Olive, Incentive operations" in shown
    assert "mdf-request" in shown
    assert "REQ-01" in shown


def test_an_export_says_which_events_are_not_signed_yet(auditor):
    url = f"{reverse('console:audit_export')}?topic={DECIDED}"

    page = auditor.get(url).content.decode()

    assert "Events with their proofs: 0" in page
    assert "Newer events of this population that are not signed yet: 1." in page


def test_what_changed_reads_amounts_and_puts_ids_last():
    words = change_words(
        {
            "decision": "dec_" + "a" * 26,
            "payable": {"currency": "USD", "minor": 60_000},
            "record_sha256": "0" * 64,
            "revision": 1,
        }
    )

    assert words.startswith("payable: 600.00 USD; revision: 1; decision: dec_")
