"""The queue: groups, saved views, search, pages by key, claiming, assigning, who sees what."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from counterfoil.apps.submissions.selectors import get_head
from counterfoil.foundation.acting import acting_as, staff
from tests.doors.console.review_stock import (
    claim_in_review,
    copies,
    looked_at,
    request_in_review,
    seen,
    signed_in,
)
from tests.people_stock import staff_person
from tests.submission_stock import AT, make_world

pytestmark = [pytest.mark.db, pytest.mark.django_db]
QUEUE = "/console/queue/"


class StoppedClock(datetime):
    """Stands where a test puts it."""

    moment = AT

    @classmethod
    def now(cls, tz=None):
        return cls.moment.astimezone(tz or UTC)


@pytest.fixture
def clock(monkeypatch):
    monkeypatch.setattr(StoppedClock, "moment", AT)
    monkeypatch.setattr("counterfoil.interfaces.web.middleware.datetime", StoppedClock)
    return StoppedClock


@pytest.fixture
def world(clock):
    return make_world()


def titles(client: Client, query: str = "") -> list[str]:
    return [group.key for group in client.get(QUEUE + query).context["groups"]]


def ids(client: Client, query: str = "") -> list[str]:
    groups = client.get(QUEUE + query).context["groups"]
    return [row.id for group in groups for row in group.rows]


def test_the_day_begins_with_how_much_waits_and_how_late(world, clock):
    home = "/console/"
    client = signed_in(world.operations)
    assert "Nothing waits for you" in client.get(home).content.decode()
    request_in_review(world)
    rows = client.get(home).context["tables"][0].rows
    assert [(str(row.cells[0].text), str(row.cells[2].text)) for row in rows] == [
        ("Requests and claims that nobody has taken yet", "1")
    ]
    clock.moment = AT + timedelta(days=30)
    first = client.get(home).context["tables"][0].rows[0]
    assert (str(first.cells[0].text), first.cells[0].url) == (
        "Late requests and claims",
        f"{QUEUE}?view=late",
    )


def test_an_empty_queue_says_why_and_what_to_do(world):
    text = signed_in(world.operations).get(QUEUE).content.decode()
    assert "Nothing waits for a decision" in text
    assert "Show what was decided" in text
    nothing = signed_in(world.operations).get(f"{QUEUE}?q=nowhere").content.decode()
    assert "Nothing fits your search" in nothing


def test_rows_stand_in_groups_by_when_they_are_due(world, clock):
    request = request_in_review(world)
    client = signed_in(world.operations)
    due = looked_at(world, request).head.due_at
    assert due is not None
    assert titles(client) == ["later"]
    clock.moment = due.replace(hour=0, minute=1)
    assert titles(client) == ["today"]
    clock.moment = due + timedelta(minutes=1)
    assert titles(client) == ["late"]
    assert ids(client, "?view=late") == [request]
    text = client.get(QUEUE).content.decode()
    assert " late" in text


def test_saved_views_are_addresses(world):
    request = request_in_review(world)
    client = signed_in(world.operations)
    assert ids(client, "?view=requests") == [request]
    assert ids(client, "?view=claims") == []
    assert ids(client, "?view=mine") == []
    assert ids(client, "?view=unassigned") == [request]
    assert ids(client, "?q=alpine") == [request]
    assert ids(client, "?q=baltic") == []
    assert ids(client, "?view=no_such_view") == [request]
    assert ids(client, "?after=garbage") == [request]


def test_what_was_returned_waits_for_the_partner(world):
    request = request_in_review(world)
    client = signed_in(world.operations)
    data = {
        "codes": [looked_at(world, request).codes[0][0]], "fields": ["activity_start"],
        "message": "Which day?", "seen": seen(world, request),
    }  # fmt: skip
    url = f"/console/submissions/{request}/return"
    assert client.post(url, data).status_code == 302
    assert titles(client) == []
    assert titles(client, "?view=partner") == ["partner"]


def test_the_preview_offers_what_can_be_done(world):
    request = request_in_review(world)
    client = signed_in(world.operations)
    url = f"/console/submissions/{request}/preview"
    part = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    for key in ("a", "r", "d"):
        assert f'aria-keyshortcuts="{key}"' in part
    assert f"approve?seen={seen(world, request)}" in part
    assert "<html" in client.get(url).content.decode()


def test_a_search_answers_with_the_list_alone(world):
    request_in_review(world)
    client = signed_in(world.operations)
    part = client.get(f"{QUEUE}?q=alpine", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert 'class="q"' in part


def test_claiming_takes_the_next_one_and_says_so_when_there_is_none(world):
    request = request_in_review(world)
    client = signed_in(world.operations)
    assert client.post(f"{QUEUE}claim").url == f"/console/submissions/{request}/"
    assert ids(client, "?view=mine") == [request]
    assert client.post(f"{QUEUE}claim").url == QUEUE
    assert "Nothing waits for a reviewer" in client.get(QUEUE).content.decode()
    assert client.get(f"{QUEUE}claim").status_code == 405


def test_several_are_assigned_after_they_were_named(world):
    request = request_in_review(world)
    client = signed_in(world.operations)
    shown = client.get(f"{QUEUE}assign?id={request}").content.decode()
    assert "FR-2026-00001 Alpine Systems" in shown
    data = {"id": [request], "person": world.second_operations.id}
    assert client.post(f"{QUEUE}assign", data).status_code == 302
    with acting_as(staff()):
        head = get_head(request, by=world.operations)
    assert head.assigned_to_pk == world.second_operations.user_pk
    away = client.post(f"{QUEUE}assign", {**data, "person": "", "back": "https://elsewhere"})
    assert away.url == QUEUE
    none = client.get(f"{QUEUE}assign").content.decode()
    assert "Tick the submissions" in none


def test_pages_go_by_key_and_show_each_row_once(world):
    request = request_in_review(world)
    copies(request, 120)
    client = signed_in(world.operations)
    found, query = [], ""
    for _ in range(5):
        response = client.get(QUEUE + query)
        found += [row.id for group in response.context["groups"] for row in group.rows]
        pager = response.context["pager"]
        if not pager.older_url:
            break
        query = pager.older_url.removeprefix(QUEUE)
    assert len(found) == len(set(found)) == 121
    assert pager.newer_url == QUEUE


def test_ten_rows_and_two_hundred_ask_the_same_of_the_database(world):
    request = request_in_review(world)
    client = signed_in(world.operations)
    client.get(QUEUE)
    counts = []
    for first, more in ((0, 9), (9, 190)):
        copies(request, more, first=first)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(QUEUE).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert counts[0] <= 25


def test_the_queue_belongs_to_the_vendors_people(world):
    request = request_in_review(world)
    with acting_as(staff()):
        reader = staff_person("Ada", "auditor")
    client = signed_in(reader)
    text = client.get(QUEUE).content.decode()
    assert request in text
    assert "queue/claim" not in text
    assert client.post(f"{QUEUE}claim").status_code == 403
    assert client.post(f"{QUEUE}assign", {"id": request}).status_code == 403
    preview = client.get(f"/console/submissions/{request}/preview").content.decode()
    assert 'aria-keyshortcuts="a"' not in preview
    assert signed_in(world.partner).get(QUEUE).status_code == 404
    assert "/accounts/login/" in Client().get(QUEUE).url


def test_a_form_from_elsewhere_claims_nothing(world):
    request_in_review(world)
    client = signed_in(world.operations, checks_csrf=True)
    assert client.post(f"{QUEUE}claim").status_code == 403
    assert ids(client, "?view=mine") == []


def test_a_claim_shows_what_needs_information(world, clock):
    claim = claim_in_review(world)
    clock.moment = looked_at(world, claim).head.received_at
    groups = signed_in(world.operations).get(f"{QUEUE}?view=claims").context["groups"]
    row = groups[0].rows[0]
    assert row.id == claim
    assert [(item.count, str(item.word)) for item in row.glance][1] == (1, "Needs information")
    assert str(row.amount) == "600.00 USD"
