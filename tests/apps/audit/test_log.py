"""The sequence is gapless whoever races; what is signed was committed and can't be taken back."""

import threading

import psycopg
import pytest
from django.db import connections

from counterfoil.adapters.files_checkpoints import CheckpointFolder
from counterfoil.adapters.files_keys import FileSigningKey
from counterfoil.apps.audit.errors import (
    CheckpointContradicts,
    CheckpointExists,
    LogNotCommitted,
    SigningKeyMissing,
)
from counterfoil.apps.audit.models import Checkpoint, Event, LogLeaf
from counterfoil.apps.audit.services import record_event, sequence_events, sign_checkpoint
from counterfoil.core.merkle import root
from counterfoil.core.notes import parse_checkpoint, parse_note
from counterfoil.foundation.acting import acting_as, discard_work, worker
from tests.conftest import own_conninfo
from tests.people_stock import AT, SYSTEM

pytestmark = pytest.mark.db


@pytest.fixture
def key(tmp_path):
    made = FileSigningKey(tmp_path / "keys")
    made.create(name="counterfoil.example/log")
    return made


@pytest.fixture
def store(tmp_path):
    return CheckpointFolder(tmp_path / "checkpoints")


def write(count: int, *, start: int = 0) -> None:
    with acting_as(worker()):
        for number in range(start, start + count):
            record_event(
                by=SYSTEM, at=AT, action="thing.made", object_type="thing",
                object_id=f"thing-{number}", data={"number": number},
            )  # fmt: skip


def sequenced(count: int, *, start: int = 0) -> None:
    write(count, start=start)
    with acting_as(worker()):
        sequence_events(at=AT)


def signed(key, store):
    with acting_as(worker()):
        return sign_checkpoint(at=AT, key=key, store=store)


def test_an_event_that_commits_late_comes_after_those_taken_before_it(own_database):
    late = psycopg.connect(own_conninfo(own_database))
    late.execute("SET ROLE cf_worker")
    late.execute(
        "INSERT INTO audit_event (id, recorded_at, actor_id, actor_name, role, on_behalf_of, "
        "action, object_type, object_id, partner_id, canonical, place) "
        "VALUES ('evt_late', '2026-01-01', 'x', 'x', 'x', '', 'x', 'x', 'x', 0, '{}', 0)"
    )
    late.execute("INSERT INTO audit_unsequenced (event_id, partner_id) VALUES ('evt_late', 0)")
    sequenced(2)

    late.commit()
    late.close()
    with acting_as(worker()):
        assert sequence_events(at=AT) == 1
        places = dict(LogLeaf.objects.values_list("index", "event_id"))

    assert sorted(places) == [0, 1, 2]
    assert places[2] == "evt_late"


def test_two_sequencers_at_once_leave_no_gap_and_no_double(own_database):
    write(60)
    taken: list[int] = []

    def run() -> None:
        try:
            for _ in range(4):
                with acting_as(worker()):
                    taken.append(sequence_events(at=AT, limit=10))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with acting_as(worker()):
        assert sum(taken) == 60
        assert sorted(LogLeaf.objects.values_list("index", flat=True)) == list(range(60))
        assert LogLeaf.objects.values("event_id").distinct().count() == 60


def test_a_checkpoint_states_the_root_of_the_leaves_and_is_kept_outside(own_database, key, store):
    sequenced(5)

    record = signed(key, store)

    with acting_as(worker()):
        leaves = [
            bytes(leaf)
            for leaf in LogLeaf.objects.order_by("index").values_list("leaf_hash", flat=True)
        ]
    note = parse_note(store.get(size=5))
    stated = parse_checkpoint(note.text)
    assert (stated.origin, stated.size) == ("counterfoil.example/log", 5)
    assert stated.root == root(leaves) == bytes.fromhex(record.root)
    assert note.is_signed_by(key.key, key.check)
    assert signed(key, store) is None


def test_later_checkpoints_grow_from_the_earlier(own_database, key, store):
    for start in (0, 3, 6, 7):
        sequenced(3 if start < 6 else 1, start=start)
        signed(key, store)

    assert store.sizes() == (3, 6, 7, 8)


def test_leaves_that_may_still_roll_back_are_never_signed(own_database, key, store):
    write(2)

    with acting_as(worker()):
        sequence_events(at=AT)
        with pytest.raises(LogNotCommitted):
            sign_checkpoint(at=AT, key=key, store=store)

    assert store.sizes() == ()


def test_a_crash_between_note_and_commit_is_made_good_by_the_next_round(own_database, key, store):
    sequenced(4)
    with acting_as(worker()):
        sign_checkpoint(at=AT, key=key, store=store)
        discard_work()
    kept = store.get(size=4)

    again = signed(key, store)

    assert again.note == kept
    sequenced(1, start=4)
    assert signed(key, store).size == 5


def test_nothing_is_signed_over_a_log_whose_signed_rows_were_removed(own_database, key, store):
    sequenced(4)
    signed(key, store)
    with psycopg.connect(own_conninfo(own_database, user="postgres"), autocommit=True) as insider:
        insider.execute("ALTER TABLE audit_logleaf DISABLE TRIGGER ALL")
        insider.execute("ALTER TABLE audit_checkpoint DISABLE TRIGGER ALL")
        insider.execute("DELETE FROM audit_logleaf WHERE index = 3")
        insider.execute("DELETE FROM audit_checkpoint")

    with pytest.raises(CheckpointContradicts, match="kept outside"):
        signed(key, store)


def test_a_checkpoint_missing_outside_stops_the_signing(own_database, key, store, tmp_path):
    sequenced(2)
    signed(key, store)
    (path,) = (tmp_path / "checkpoints").iterdir()
    path.unlink()
    sequenced(1, start=2)

    with pytest.raises(CheckpointContradicts, match="missing outside"):
        signed(key, store)


def test_without_a_key_nothing_is_signed(own_database, store, tmp_path):
    sequenced(1)

    with pytest.raises(SigningKeyMissing, match="keys init"):
        signed(FileSigningKey(tmp_path / "empty"), store)


def test_a_new_key_continues_the_log_of_the_old_one(own_database, key, store):
    sequenced(2)
    signed(key, store)

    key.rotate()
    sequenced(2, start=2)
    record = signed(key, store)

    assert record.size == 4
    assert parse_note(record.note).is_signed_by(key.key, key.check)
    assert len(key.known_keys) == 2


def test_another_note_of_the_same_size_is_refused(store):
    store.put(size=3, note="one\n")
    store.put(size=3, note="one\n")

    with pytest.raises(CheckpointExists):
        store.put(size=3, note="two\n")
    assert store.get(size=3) == "one\n"


def test_the_events_of_a_log_are_those_that_were_written(own_database, key, store):
    sequenced(3)

    with acting_as(worker()):
        assert Event.objects.count() == LogLeaf.objects.count() == 3
        assert Checkpoint.objects.count() == 0
