"""Lists of the portal: pages by key, the same number of queries for few rows and many."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from counterfoil.flows import submit
from counterfoil.foundation.acting import acting_as, portal
from tests.doors.portal.page import tree, words
from tests.submission_stock import CLAIMED, approved_request, send_claim, send_request

pytestmark = [pytest.mark.db, pytest.mark.django_db]
LISTS = ("home", "submissions", "messages", "begin")


def begin_many(world, count: int, *, says: bool = False) -> list[str]:
    ids = []
    with acting_as(portal(world.partner_id)):
        for place in range(count):
            begun = submit.start_submission(
                playbook_code="mdf-request", fund_id=world.fund_id, by=world.partner, at=CLAIMED,
                title=f"Plan {place}",
            )  # fmt: skip
            ids.append(begun.submission_id)
            if says:
                submit.send_message(
                    submission_id=begun.submission_id, body="Hello", by=world.partner, at=CLAIMED
                )
    return ids


def queries_of(client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(url).status_code == 200
    return len(caught)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_asks_as_often_for_many_rows_as_for_few(world, paula, name):
    begin_many(world, 2, says=True)
    few = queries_of(paula, reverse(f"portal:{name}"))
    begin_many(world, 25, says=True)

    assert queries_of(paula, reverse(f"portal:{name}")) == few


def test_a_form_asks_as_often_for_many_lines_as_for_few(world, paula):
    from counterfoil.apps.submissions.types import LineEntry
    from tests.submission_stock import LINE, draft_claim

    claim_id = draft_claim(world, approved_request(world))
    url = reverse("portal:edit", args=[claim_id])
    few = queries_of(paula, url)
    with acting_as(portal(world.partner_id)):
        submit.save_lines(
            submission_id=claim_id, lines=[LineEntry(LINE)] * 30, by=world.partner, at=CLAIMED
        )

    assert queries_of(paula, url) == few


def test_pages_follow_one_another_without_gap_or_repetition(world, paula):
    ids = begin_many(world, 60)
    seen, url = [], reverse("portal:submissions")
    while url:
        page = tree(paula.get(url))
        seen += [
            each.get("href").split("/")[3]
            for each in page.xpath("//li//a[contains(@href, '/portal/submissions/sub_')]")
        ]
        older = page.xpath("//a[@rel='next']/@href")
        url = older[0] if older else ""

    assert seen == ids[::-1]


def test_messages_go_by_pages_too(world, paula):
    ids = begin_many(world, 1, says=True)
    page = paula.get(reverse("portal:messages"))
    assert "Hello" in words(page)
    assert ids[0] in page.content.decode()
    before = paula.get(reverse("portal:messages"), {"before": "2026-01-01T00:00:00Z"})
    assert "No messages yet" in words(before)
    assert paula.get(reverse("portal:messages"), {"before": "yesterday"}).status_code == 200


def test_every_list_teaches_when_it_is_empty(world, paula):
    said = {
        "home": "Begin a request",
        "submissions": "A request comes first",
        "messages": "it stands here",
        "people": "Invite a colleague by mail",
    }
    for name, text in said.items():
        assert text in words(paula.get(reverse(f"portal:{name}"))), name
    yours = paula.get(reverse("portal:submissions"), {"show": "yours"})
    assert "Nothing waits for you" in words(yours)
    assert paula.get(reverse("portal:submissions"), {"show": "else"}).status_code == 200


def test_home_says_what_is_left_whose_turn_and_what_to_do(world, paula):
    request_id = approved_request(world)
    send_request(world, activity_name="Second plan", activity_start="2026-06-01",
                 activity_end="2026-06-02")  # fmt: skip
    page = words(paula.get(reverse("portal:home")))

    assert "98,000.00 USD" in page
    assert "Requests until Dec 31, 2026" in page
    assert "Claim your costs of" in page
    assert "2,000.00 USD" in page
    assert "Our turn" in page
    assert "Promised by" in page
    claim_id = send_claim(world, request_id)
    assert claim_id in paula.get(reverse("portal:submissions")).content.decode()
