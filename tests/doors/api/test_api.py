"""The API: who reads with a key, the same figures as the console, problems in words."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from counterfoil.apps.access.errors import KeyRefused, UnknownKey
from counterfoil.apps.access.models import ApiKey
from counterfoil.apps.access.selectors import find_key_holder, list_keys
from counterfoil.apps.access.services import end_role, make_key, remove_person, revoke_key
from counterfoil.apps.audit.selectors import list_events
from counterfoil.apps.audit.types import EventFilters
from counterfoil.apps.ledger.selectors import entries_of, open_amounts, tracker_rows
from counterfoil.core.authority import AUTHORITY, NotAllowed
from counterfoil.foundation.acting import acting_as, staff
from tests.doors.console.conftest import AT, as_role, seeded, world  # noqa: F401

pytestmark = [pytest.mark.db, pytest.mark.django_db]
READERS = AUTHORITY["ledger.view"][0]
ADDRESSES = (
    ("api:fund_stages", {}),
    ("api:plan_stages", {}),
    ("api:months", {"first": "2026-01", "last": "2026-09"}),
    ("api:open_items", {}),
    ("api:entries", {}),
)


def key_of(world, role, *, days=30, at=AT):  # noqa: F811
    """This will make a key of the person who holds a role."""
    with acting_as(staff()):
        return make_key(name="Workbook", days=days, by=world.staff[role], at=at)


def read(token: str, name: str, *, args=(), header="Bearer {}", headers=None, **asked):
    """This will call the API with a token."""
    given = {"Authorization": header.format(token), **(headers or {})}
    return Client().get(reverse(name, args=args), asked, headers=given)


@pytest.fixture
def token(world):  # noqa: F811
    return key_of(world, "finance_maker").token


def test_every_figure_of_the_funds_is_the_consoles(token, world):  # noqa: F811
    answer = read(token, "api:fund_stages", by_partner="true", limit=500).json()
    with acting_as(staff()):
        rows = tracker_rows(is_by_partner=True)

    assert rows
    assert [
        (item["fund"], item["period"], item["allocated"]["value"], item["available"]["value"],
         item["paid"]["value"], item["entries"])
        for item in answer["items"]
    ] == [
        (row.fund, row.period, row.allocated.format_number(), row.available.format_number(),
         row.paid.format_number(), row.entry_count)
        for row in rows
    ]  # fmt: skip


def test_entries_come_page_by_page_each_once_and_balanced(token, world):  # noqa: F811
    found, cursor = [], {}
    while True:
        page = read(token, "api:entries", limit=7, **cursor).json()
        found += page["items"]
        if not page["next"]:
            break
        cursor = {"cursor": page["next"]}
    with acting_as(staff()):
        known = entries_of(limit=10_000).items

    assert [item["id"] for item in found] == [row.public_id for row in known]
    assert all(sum(Decimal(leg["amount"]["value"]) for leg in item["legs"]) == 0 for item in found)
    one = read(token, "api:entry", args=[found[0]["id"]]).json()
    assert one == found[0]


def test_open_amounts_are_the_consoles(token, world):  # noqa: F811
    items = read(token, "api:open_items").json()["items"]
    with acting_as(staff()):
        rows = open_amounts(on=AT.date())

    assert rows
    assert [(i["account"], i["amount"]["value"], i["days"]) for i in items] == [
        (row.account_code, row.amount.format_number(), row.days) for row in rows
    ]


def test_what_is_the_same_is_not_sent_again(token):
    first = read(token, "api:fund_stages")
    again = read(token, "api:fund_stages", headers={"If-None-Match": first["ETag"]})
    other = read(token, "api:fund_stages", headers={"If-None-Match": '"other"'})

    assert first["Cache-Control"] == "private, no-cache"
    assert (again.status_code, again.content) == (304, b"")
    assert other.status_code == 200


def test_a_key_opens_what_its_owners_role_opens(world):  # noqa: F811
    for role in world.staff:
        if role not in AUTHORITY["keys.make"][0]:
            with pytest.raises(NotAllowed):
                key_of(world, role)
            continue
        key = key_of(world, role)
        for name, asked in ADDRESSES:
            answer = read(key.token, name, **asked)
            assert answer.status_code == (200 if role in READERS else 403), (role, name)
            if role not in READERS:
                assert answer["Content-Type"] == "application/problem+json"
                assert "ledger" in answer.json()["detail"].lower()


def test_a_token_that_is_not_whole_opens_nothing(token):
    known, _dot, secret = token.partition(".")
    for spoiled in (
        "", token[:-1], f"{token}x", token.removeprefix("cf_"), known, f"{known}.",
        f"cf_key_{'a' * 26}.{secret}", f"{token}\u00e9",
    ):  # fmt: skip
        answer = read(spoiled, "api:entries")
        assert answer.status_code == 401, spoiled
        assert answer["WWW-Authenticate"] == 'Bearer realm="counterfoil"'
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["title"] == "Unauthorized"


def test_a_session_a_basic_header_and_nothing_open_nothing(world, as_role, token):  # noqa: F811
    url = reverse("api:entries")

    assert Client().get(url).status_code == 401
    assert as_role("finance_maker").get(url).status_code == 401
    assert read(token, "api:entries", header="Basic {}").status_code == 401
    assert Client().get(url, {"token": token}).status_code == 401


def test_an_ended_a_revoked_and_a_removed_owners_key_open_nothing(world):  # noqa: F811
    ended = key_of(world, "finance_maker", days=1, at=AT - timedelta(days=1))
    revoked = key_of(world, "finance_checker")
    removed = key_of(world, "auditor")
    assert read(revoked.token, "api:entries").status_code == 200
    assert read(removed.token, "api:entries").status_code == 200
    with acting_as(staff()):
        revoke_key(key_id=revoked.id, by=world.staff["finance_checker"], at=AT)
        remove_person(
            person_id=world.staff["auditor"].id, by=world.staff["administrator"], at=AT,
            reason="left",
        )  # fmt: skip

    for key in (ended, revoked, removed):
        assert read(key.token, "api:entries").status_code == 401


def test_a_key_loses_what_its_owner_loses(world):  # noqa: F811
    key = key_of(world, "leadership")
    assert read(key.token, "api:entries").status_code == 200
    with acting_as(staff()):
        end_role(
            person_id=world.staff["leadership"].id, role="leadership",
            by=world.staff["administrator"], at=AT, reason="moved",
        )  # fmt: skip

    assert read(key.token, "api:entries").status_code in {401, 403}


def test_nothing_is_written_by_any_call_but_when_the_key_was_used(world, token):  # noqa: F811
    answers = [
        getattr(Client(), method)(
            reverse("api:entries"), headers={"Authorization": f"Bearer {token}"}
        )
        for method in ("post", "put", "patch", "delete")
    ]
    read(token, "api:entries")

    assert {answer.status_code for answer in answers} == {405}
    with acting_as(staff()):
        (row,) = list_keys(owner_pk=world.staff["finance_maker"].user_pk, at=AT)
    assert row.last_used_at == AT


def test_the_secret_is_kept_nowhere(world, token):  # noqa: F811
    secret = token.partition(".")[2]
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(k)::text FROM access_apikey k")
        kept = cursor.fetchall()
    with acting_as(staff()):
        events = list_events(filters=EventFilters(object_type="key"), limit=10).events

    assert [event.action for event in events] == ["key.made"]
    assert secret not in json.dumps(kept)
    assert secret not in repr(events)


def test_a_parameter_that_is_none_is_named(token):
    for asked in (
        {"limit": "0"}, {"limit": "501"}, {"limit": "x"}, {"cursor": "-1"}, {"cursor": "9" * 40},
    ):  # fmt: skip
        answer = read(token, "api:entries", **asked)
        assert answer.status_code == 422, asked
        assert [(e["in"], e["name"]) for e in answer.json()["errors"]] == [("query", *asked)]


def test_a_month_that_is_none_is_named_and_what_is_absent_is_404(token):
    assert read(token, "api:months", first="2026-13", last="2026-09").status_code == 422
    assert read(token, "api:months", first="2026-10", last="2026-09").json() == {"items": []}
    assert read(token, "api:entry", args=["ent_none"]).status_code == 404
    assert read(token, "api:entries", partner="org_none").status_code == 404
    assert read(token, "api:fund_stages", fund="fnd_none").json() == {"items": [], "next": ""}


def test_the_description_names_every_address_and_needs_no_key():
    described = Client().get(reverse("api:openapi-json")).json()

    assert described["openapi"].startswith("3.")
    assert {reverse(name) for name, _ in ADDRESSES} <= set(described["paths"])
    assert {m for path in described["paths"].values() for m in path} == {"get"}
    assert described["components"]["securitySchemes"]["Key"]["scheme"] == "bearer"


def test_a_key_without_name_or_end_and_the_twenty_first_are_not_made(world):  # noqa: F811
    by = world.staff["auditor"]
    with acting_as(staff()):
        for name, days in ((" ", 30), ("Workbook", 0), ("Workbook", 366)):
            with pytest.raises(KeyRefused):
                make_key(name=name, days=days, by=by, at=AT)
        for _ in range(20):
            make_key(name="Workbook", days=30, by=by, at=AT)
        with pytest.raises(KeyRefused, match="20 keys"):
            make_key(name="Workbook", days=30, by=by, at=AT)


def test_the_database_lets_no_key_change(token):
    for change, said in (
        ("UPDATE access_apikey SET secret_sha256 = repeat('a', 64)", "API key is revoked once"),
        ("UPDATE access_apikey SET expires_at = expires_at + interval '1 year'", "revoked once"),
        ("UPDATE access_apikey SET owner_id = owner_id + 1", "revoked once"),
        ("DELETE FROM access_apikey", "permission denied"),
    ):
        with (
            pytest.raises(DatabaseError, match=said),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(change)


def test_a_revoked_key_comes_back_for_nobody(world, token):  # noqa: F811
    by = world.staff["finance_maker"]
    with acting_as(staff()):
        (row,) = list_keys(owner_pk=by.user_pk, at=AT)
        revoke_key(key_id=row.id, by=by, at=AT)
        revoke_key(key_id=row.id, by=by, at=AT + timedelta(hours=1))
        with pytest.raises(DatabaseError, match="revoked once"), transaction.atomic():
            ApiKey.objects.update(revoked_at=None, revoked_by=None)
        with pytest.raises(UnknownKey):
            revoke_key(key_id="key_none", by=by, at=AT)
    assert find_key_holder(token=token, at=AT) is None


# --- The console's pages -------------------------------------------------------------------------


def test_a_key_is_made_shown_once_used_and_revoked_in_the_console(as_role):  # noqa: F811
    browser = as_role("finance_maker")
    empty = browser.get(reverse("console:keys")).content.decode()
    made = browser.post(reverse("console:key_new"), {"name": "Month end", "days": "90"})
    token = made.content.decode().partition(">cf_")[2].partition("<")[0]
    listed = browser.get(reverse("console:keys")).content.decode()

    assert "No key yet" in empty
    assert made["Cache-Control"] == "no-store"
    assert read(f"cf_{token}", "api:entries").status_code == 200
    assert "Month end" in listed
    assert token.partition(".")[2] not in listed

    revoke = reverse("console:key_revoke", args=[token.partition(".")[0]])
    assert revoke in listed
    assert browser.post(revoke).status_code == 302
    assert read(f"cf_{token}", "api:entries").status_code == 401
    assert "Revoked" in browser.get(reverse("console:keys")).content.decode()


def test_a_bad_name_stands_in_the_form_again(as_role):  # noqa: F811
    answer = as_role("auditor").post(reverse("console:key_new"), {"name": "", "days": "90"})

    assert answer.status_code == 422
    assert "Enter something here" in answer.content.decode()


def test_only_its_owner_and_an_administrator_see_and_end_a_key(world, as_role):  # noqa: F811
    key = key_of(world, "finance_maker")
    revoke = reverse("console:key_revoke", args=[key.id])

    assert key.id not in as_role("auditor").get(reverse("console:keys")).content.decode()
    assert as_role("auditor").post(revoke).status_code == 404
    assert read(key.token, "api:entries").status_code == 200
    admin = as_role("administrator")
    assert key.id in admin.get(reverse("console:keys")).content.decode()
    assert admin.post(revoke).status_code == 302
    assert read(key.token, "api:entries").status_code == 401
