"""Events are written with their change, by every role, and never altered."""

import hashlib
import json

import pytest
from django.db import DatabaseError, ProgrammingError, connection, transaction

from counterfoil.apps.audit.models import Event, PersonalValue
from counterfoil.apps.audit.selectors import events_of, list_events, log_state
from counterfoil.apps.audit.services import record_event, sequence_events
from counterfoil.apps.audit.types import EventFilters
from counterfoil.core.canonical import NotCanonical, is_canonical
from counterfoil.foundation.acting import acting_as, portal, staff, worker
from tests.people_stock import AT, SYSTEM

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def recorded(number: int = 1, **extra: object) -> str:
    return record_event(
        by=SYSTEM,
        at=AT,
        action="thing.made",
        object_type="thing",
        object_id=f"thing-{number}",
        **extra,  # type: ignore[arg-type]
    )


def test_the_bytes_of_an_event_are_canonical_and_say_what_the_columns_say():
    with acting_as(staff()):
        event_id = recorded(data={"amount": 1250, "currency": "EUR"})
        row = Event.objects.get(id=event_id)

    meaning = json.loads(row.canonical)
    assert is_canonical(row.canonical.encode())
    assert meaning["at"] == "2026-03-02T09:30:00.000000Z"
    assert meaning["actor"] == {
        "id": "system:test", "name": "Counterfoil (test)", "role": "system", "on_behalf_of": "",
    }  # fmt: skip
    assert (row.action, row.object_id) == (meaning["action"], meaning["object"]["id"])
    assert meaning["data"] == {"amount": 1250, "currency": "EUR"}


def test_personal_data_enters_the_log_as_a_salted_commitment_only():
    with acting_as(staff()):
        event_id = recorded(personal={"email": "ines@adler.example"})
        row = Event.objects.get(id=event_id)
        value = PersonalValue.objects.get(event_id=event_id)

    committed = json.loads(row.canonical)["personal"]["email"]
    salted = hashlib.sha256(bytes.fromhex(value.salt) + b"ines@adler.example").hexdigest()
    assert "ines" not in row.canonical
    assert committed == salted


def test_two_commitments_of_one_value_do_not_look_alike():
    with acting_as(staff()):
        first = Event.objects.get(id=recorded(1, personal={"email": "a@b.example"}))
        second = Event.objects.get(id=recorded(2, personal={"email": "a@b.example"}))

    one, other = (json.loads(row.canonical)["personal"]["email"] for row in (first, second))
    assert one != other


def test_a_fraction_has_no_place_in_an_event():
    with acting_as(staff()), pytest.raises(NotCanonical, match=r"\$\.data\.share"):
        recorded(data={"share": 0.5})


def test_a_partner_writes_events_and_reads_none():
    with acting_as(portal(7)):
        recorded(partner_id=7)
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            Event.objects.count()


def test_a_partner_cannot_write_an_event_about_another_partner():
    with (
        acting_as(portal(7)),
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
    ):
        recorded(partner_id=8)


@pytest.mark.parametrize("principal", [staff(), worker()], ids=["staff", "worker"])
def test_no_role_of_the_product_changes_or_deletes_an_event(principal):
    with acting_as(principal):
        event_id = recorded()
        for statement in ("UPDATE audit_event SET action = 'x'", "DELETE FROM audit_event"):
            with (
                pytest.raises(ProgrammingError, match="permission denied"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(f"{statement} WHERE id = %s", [event_id])


def test_a_rolled_back_change_leaves_no_event():
    with acting_as(staff()):
        with transaction.atomic():
            recorded()
            transaction.set_rollback(True)

        assert events_of(object_type="thing", object_id="thing-1") == ()


def test_lists_page_by_key_and_find_by_filter():
    with acting_as(staff()):
        ids = {recorded(number) for number in range(7)}
        filters = EventFilters(object_type="thing")
        page = list_events(filters=filters, limit=3)
        seen = [event.id for event in page.events]
        while page.next_cursor:
            page = list_events(filters=filters, cursor=page.next_cursor, limit=3)
            seen += [event.id for event in page.events]

        assert len(seen) == 7
        assert set(seen) == ids
        assert list_events(filters=EventFilters(action="thing.", until=AT)).events == ()


def test_an_event_shows_its_place_once_the_log_has_taken_it():
    with acting_as(worker()):
        recorded()
        assert log_state().waiting == 1

        assert sequence_events(at=AT) == 1

        (event,) = events_of(object_type="thing", object_id="thing-1")
        assert event.index == 0
        assert (log_state().size, log_state().waiting) == (1, 0)
        assert sequence_events(at=AT) == 0


def test_an_event_id_taken_twice_is_refused_by_the_database():
    with acting_as(staff()):
        row = Event.objects.get(id=recorded())
        with pytest.raises(DatabaseError, match="duplicate key"), transaction.atomic():
            row.save(force_insert=True)


def test_events_of_one_moment_stay_in_the_order_in_which_they_were_written():
    with acting_as(worker()):
        written = [recorded() for _ in range(12)]
        sequence_events(at=AT)

        found = events_of(object_type="thing", object_id="thing-1")
        assert [event.id for event in found] == written[::-1]
        assert [event.index for event in found] == list(range(12))[::-1]
