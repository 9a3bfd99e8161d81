"""What somebody with all rights in the database does to the log is named by `verify_log`."""

import json

import psycopg
import pytest

from counterfoil.adapters.files_checkpoints import CheckpointFolder
from counterfoil.adapters.files_keys import FileSigningKey
from counterfoil.apps.audit.services import record_event
from counterfoil.core.authority import NotAllowed
from counterfoil.core.merkle import leaf_hash
from counterfoil.flows.verify_log import sequence_log, sign_log, verify_log
from counterfoil.foundation.acting import acting_as, staff, worker
from tests.conftest import own_conninfo
from tests.people_stock import AT, SYSTEM, staff_person

pytestmark = pytest.mark.db

SIGNED = (4, 8)
FORGED = "'evt_forged'"
COLUMNS = (
    "id, recorded_at, actor_id, actor_name, role, on_behalf_of, action, object_type, object_id, "
    "partner_id, canonical, place"
)


class Log:
    """A log of ten events, signed at 4 and 8, and an insider who owns the database."""

    def __init__(
        self, database: str, key: FileSigningKey, store: CheckpointFolder, folder
    ) -> None:
        self.database, self.key, self.store, self.folder = database, key, store, folder
        for number in range(10):
            with acting_as(worker()):
                record_event(
                    by=SYSTEM,
                    at=AT,
                    action="claim.approved",
                    object_type="claim",
                    object_id=f"claim-{number}",
                    data={"amount": number * 100},
                    personal={"email": f"person{number}@partner.example"},
                )
            with acting_as(worker()):
                sequence_log(at=AT)
            if number + 1 in SIGNED:
                with acting_as(worker()):
                    sign_log(at=AT, key=key, store=store)

    def tamper(self, *statements: str) -> None:
        """Run statements as the server's administrator, with every trigger off."""
        address = own_conninfo(self.database, user="postgres")
        with psycopg.connect(address, autocommit=True) as insider:
            for table in ("event", "logleaf", "checkpoint", "personalvalue", "unsequenced"):
                insider.execute(f"ALTER TABLE audit_{table} DISABLE TRIGGER ALL")
            for statement in statements:
                insider.execute(statement)

    def read(self, query: str):
        address = own_conninfo(self.database, user="postgres")
        with psycopg.connect(address) as insider:
            return insider.execute(query).fetchall()

    def verdict(self):
        with acting_as(worker()):
            return verify_log(by=SYSTEM, at=AT, key=self.key, store=self.store)

    def first(self):
        return self.verdict().findings[0]


@pytest.fixture
def log(own_database, tmp_path):
    key = FileSigningKey(tmp_path / "keys")
    key.create(name="counterfoil.example/log")
    return Log(own_database, key, CheckpointFolder(tmp_path / "out"), tmp_path / "out")


def event_at(index: int) -> str:
    return f"id = (SELECT event_id FROM audit_logleaf WHERE index = {index})"


def test_an_untouched_log_is_sound(log):
    verdict = log.verdict()

    assert verdict.is_sound
    assert (verdict.leaves, verdict.checkpoints, verdict.waiting) == (10, 2, 0)
    # The verification recorded itself, and that event waits for the next round.
    assert log.verdict().waiting == 1


def test_an_event_edited_with_the_trigger_off_is_named(log):
    log.tamper(
        f"UPDATE audit_event SET canonical = replace(canonical, '300', '900') WHERE {event_at(3)}"
    )

    finding = log.first()

    assert (finding.code, finding.index) == ("EVENT_EDITED", 3)


def test_a_column_that_the_pages_show_is_covered_too(log):
    log.tamper(f"UPDATE audit_event SET actor_name = 'Somebody Else' WHERE {event_at(5)}")

    assert (log.first().code, log.first().index) == ("EVENT_COLUMNS_EDITED", 5)


def test_an_event_edited_together_with_its_leaf_is_named_by_the_checkpoint(log):
    ((event_id, canonical),) = log.read(
        f"SELECT id, canonical FROM audit_event WHERE {event_at(5)}"
    )
    changed = canonical.replace('"amount":500', '"amount":999')
    log.tamper(
        f"UPDATE audit_event SET canonical = '{changed}' WHERE id = '{event_id}'",
        f"UPDATE audit_logleaf SET leaf_hash = '\\x{leaf_hash(changed.encode()).hex()}' "
        f"WHERE event_id = '{event_id}'",
    )

    finding = log.first()

    assert (finding.code, finding.index, finding.size) == ("LOG_REWRITTEN", 4, 8)
    assert json.loads(changed)["data"] == {"amount": 999}


def test_the_newest_signed_rows_deleted_everywhere_are_named(log):
    log.tamper(
        f"DELETE FROM audit_event WHERE {event_at(9)} OR {event_at(8)} OR {event_at(7)}",
        "DELETE FROM audit_logleaf WHERE index >= 7",
        "DELETE FROM audit_checkpoint WHERE size >= 7",
    )

    finding = log.first()

    assert (finding.code, finding.index, finding.size) == ("LOG_CUT_SHORT", 7, 8)


def test_the_newest_row_deleted_beneath_its_leaf_is_named(log):
    log.tamper(f"DELETE FROM audit_event WHERE {event_at(9)}")

    assert (log.first().code, log.first().index) == ("EVENT_MISSING", 9)


def test_a_leaf_taken_out_of_the_middle_is_named(log):
    log.tamper("DELETE FROM audit_logleaf WHERE index = 6")

    assert (log.first().code, log.first().index) == ("LOG_REWRITTEN", 4) or (
        log.first().code,
        log.first().index,
    ) == ("LEAF_MISSING", 6)
    assert "LEAF_MISSING" in {finding.code for finding in log.verdict().findings}


def test_an_event_put_in_by_hand_is_named(log):
    log.tamper(
        f"INSERT INTO audit_event ({COLUMNS}) SELECT {COLUMNS.replace('id', FORGED, 1)} "
        "FROM audit_event "
        f"WHERE {event_at(2)}"
    )

    finding = log.first()

    assert (finding.code, finding.event_id) == ("EVENT_PUT_IN", "evt_forged")


def test_entries_that_changed_places_are_named(log):
    log.tamper(
        "UPDATE audit_logleaf SET index = -1 WHERE index = 5",
        "UPDATE audit_logleaf SET index = 5 WHERE index = 6",
        "UPDATE audit_logleaf SET index = 6 WHERE index = -1",
    )

    finding = log.first()

    assert (finding.code, finding.index, finding.size) == ("LOG_REWRITTEN", 4, 8)


def test_a_checkpoint_that_vanished_outside_is_named(log):
    (log.folder / "checkpoint-000000000000004.txt").unlink()

    finding = log.first()

    assert (finding.code, finding.size) == ("CHECKPOINT_MISSING", 4)


def test_a_checkpoint_with_another_root_is_not_believed(log):
    path = log.folder / "checkpoint-000000000000008.txt"
    path.chmod(0o600)
    lines = path.read_text().split("\n")
    lines[2] = "A" * 43 + "="
    path.write_text("\n".join(lines))

    assert "CHECKPOINT_BROKEN" in {finding.code for finding in log.verdict().findings}


def test_a_checkpoint_signed_by_a_strange_key_is_not_believed(log, tmp_path):
    strange = FileSigningKey(tmp_path / "strange")
    strange.create(name="counterfoil.example/log")

    with acting_as(worker()):
        verdict = verify_log(by=SYSTEM, at=AT, key=strange, store=log.store)

    assert [finding.code for finding in verdict.findings][:2] == ["CHECKPOINT_BROKEN"] * 2


def test_an_erased_personal_value_leaves_the_log_sound(log):
    log.tamper("DELETE FROM audit_personalvalue WHERE value LIKE 'person3@%'")

    assert log.verdict().is_sound
    assert not log.read("SELECT 1 FROM audit_event WHERE canonical LIKE '%person3%'")


def test_a_changed_personal_value_is_named(log):
    log.tamper(
        "UPDATE audit_personalvalue SET value = 'x' WHERE value = 'person3@partner.example'"
    )

    assert (log.first().code, log.first().index) == ("PERSONAL_VALUE_EDITED", 3)


def test_an_event_deleted_while_it_waits_is_named(log):
    with acting_as(worker()):
        lost = record_event(
            by=SYSTEM, at=AT, action="thing.made", object_type="thing", object_id="t"
        )
    log.tamper(f"DELETE FROM audit_event WHERE id = '{lost}'")

    assert (log.first().code, log.first().event_id) == ("WAITING_EVENT_MISSING", lost)


def test_only_who_may_see_the_audit_log_verifies_it(log):
    with acting_as(staff()):
        nobody = staff_person("Aida", "account_executive")
        auditor = staff_person("Rosa", "auditor")

        with pytest.raises(NotAllowed):
            verify_log(by=nobody, at=AT, key=log.key, store=log.store)
        assert verify_log(by=auditor, at=AT, key=log.key, store=log.store).is_sound
