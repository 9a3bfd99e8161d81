"""What an auditor takes away verifies by one file of standard Python, whole and in part."""

import json
import subprocess
import sys
import zipfile
from io import BytesIO

import psycopg
import pytest

from counterfoil.adapters.files_checkpoints import CheckpointFolder
from counterfoil.adapters.files_keys import FileSigningKey
from counterfoil.apps.audit.errors import NothingSigned
from counterfoil.apps.audit.selectors import list_events
from counterfoil.apps.audit.services import record_event
from counterfoil.apps.audit.types import EventFilters
from counterfoil.core.authority import NotAllowed
from counterfoil.core.canonical import canonical_json, sha256_hex
from counterfoil.core.decisions import replay
from counterfoil.core.playbooks import load_playbook
from counterfoil.flows.export_pack import export_pack
from counterfoil.flows.verify_log import sequence_log, sign_log
from counterfoil.foundation.acting import acting_as, staff, worker
from tests.conftest import own_conninfo
from tests.people_stock import AT, SYSTEM, staff_person
from tests.submission_stock import approved_request, make_world

pytestmark = pytest.mark.db


@pytest.fixture
def key(tmp_path):
    made = FileSigningKey(tmp_path / "keys")
    made.create(name="counterfoil.example/log")
    return made


@pytest.fixture
def rosa(own_database, key, tmp_path):
    """An auditor, over a log of twelve events signed twice and one that waits."""
    store = CheckpointFolder(tmp_path / "out")
    with acting_as(staff()):
        auditor = staff_person("Rosa", "auditor")
    for begin, end in ((0, 6), (6, 10)):
        with acting_as(worker()):
            for number in range(begin, end):
                record_event(
                    by=SYSTEM, at=AT, action="claim.approved", object_type="claim",
                    object_id=f"claim-{number}", partner_id=number % 2,
                    data={"amount": number}, personal={"email": f"p{number}@x.example"},
                )  # fmt: skip
            sequence_log(at=AT)
        with acting_as(worker()):
            sign_log(at=AT, key=key, store=store)
    with acting_as(worker()):
        record_event(by=SYSTEM, at=AT, action="claim.approved", object_type="claim", object_id="w")
    return auditor


def export(by, key, **filters):
    with acting_as(staff()):
        return export_pack(
            title="Claims of March", filters=EventFilters(**filters), by=by, at=AT, key=key
        )


def verified(pack, folder, *arguments: str) -> "subprocess.CompletedProcess[str]":
    with zipfile.ZipFile(BytesIO(pack.data)) as archive:
        archive.extractall(folder)
    return subprocess.run(
        [sys.executable, "-I", "verify.py", "audit-pack.zip", *arguments],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_whole_log_verifies_and_what_waits_is_counted(rosa, key, tmp_path):
    pack = export(rosa, key)

    done = verified(pack, tmp_path / "away", "--key", key.key.fingerprint)

    assert done.returncode == 0, done.stdout + done.stderr
    assert (pack.events, pack.left_out) == (12, 1)
    assert sorted(path.name for path in (tmp_path / "away").iterdir()) == [
        "READ-ME.txt", "audit-pack.zip", "verify.html", "verify.py",
    ]  # fmt: skip


def test_a_sample_verifies_by_its_proofs_and_holds_nothing_else(rosa, key, tmp_path):
    pack = export(rosa, key, action="claim.", partner_id=1)

    done = verified(pack, tmp_path / "away")

    assert done.returncode == 0, done.stdout + done.stderr
    assert pack.events == 5
    with zipfile.ZipFile(tmp_path / "away" / "audit-pack.zip") as archive:
        lines = archive.read("events.jsonl").splitlines()
    assert {json.loads(line)["event"]["partner"] for line in lines} == {1}
    assert b"@x.example" not in b"".join(lines)


def test_a_pack_altered_on_its_way_is_refused_by_the_verifier(rosa, key, tmp_path):
    pack = export(rosa, key)
    verified(pack, tmp_path / "away")
    path = tmp_path / "away" / "audit-pack.zip"
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files["events.jsonl"] = files["events.jsonl"].replace(b'"amount":3', b'"amount":9')
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)

    done = subprocess.run(
        [sys.executable, "-I", "verify.py", "audit-pack.zip"],
        cwd=tmp_path / "away", capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 1
    assert "event_changed" in done.stdout + done.stderr


def test_the_same_population_at_the_same_moment_is_the_same_file(rosa, key):
    # Without a filter the first export would itself belong to the population of the second.
    first, second = (export(rosa, key, object_type="claim") for _ in range(2))
    assert first.data == second.data


def test_every_export_is_itself_on_record(rosa, key):
    pack = export(rosa, key, object_type="claim")

    with acting_as(staff()):
        (event,) = list_events(filters=EventFilters(action="audit.exported")).events
    assert event.actor_id == rosa.id
    assert event.data["sha256"] == pack.sha256
    assert event.data["filters"] == {"object_type": "claim"}


def test_only_auditor_and_administrator_export(rosa, key):
    with acting_as(staff()):
        olga = staff_person("Olga", "operations")
    with pytest.raises(NotAllowed):
        export(olga, key)


def test_a_population_without_a_proof_is_refused(rosa, key):
    with pytest.raises(NothingSigned):
        export(rosa, key, object_id="w")


def test_a_decision_of_the_real_journey_is_in_the_pack_and_bound_to_its_event(
    own_database, key, tmp_path
):
    world = make_world()
    approved_request(world)
    with acting_as(staff()):
        rosa = staff_person("Rosa", "auditor")
    with acting_as(worker()):
        sequence_log(at=AT)
    with acting_as(worker()):
        sign_log(at=AT, key=key, store=CheckpointFolder(tmp_path / "out"))

    pack = export(rosa, key, object_type="submission")
    done = verified(pack, tmp_path / "away", "--json")

    assert done.returncode == 0, done.stdout + done.stderr
    assert pack.decisions == 1
    with zipfile.ZipFile(tmp_path / "away" / "audit-pack.zip") as archive:
        (name,) = [name for name in archive.namelist() if name.startswith("decisions/")]
        assert json.loads(archive.read(name))["event_index"] is not None
        drawn = json.loads(archive.read("population.json"))
        rules = {each for each in archive.namelist() if each.startswith("playbooks/")}
        canonical, text = sorted(rules)
        assert canonical == f"playbooks/{sha256_hex(archive.read(canonical))}.json"
        assert load_playbook(archive.read(text).decode(), file=text).sha256 in canonical
        record = json.loads(archive.read(name))["record"]
    assert replay(canonical_json(record).decode(), load_playbook_of(pack)).is_same
    assert (drawn["matching"], drawn["left_out"]) == (pack.events + pack.left_out, pack.left_out)
    assert (drawn["decisions_announced"], drawn["decisions_packed"]) == (1, 1)


def load_playbook_of(pack):
    """Read the playbook out of the pack alone, as an outsider would."""
    with (
        zipfile.ZipFile(BytesIO(pack.data)) as export,
        zipfile.ZipFile(BytesIO(export.read("audit-pack.zip"))) as archive,
    ):
        (text,) = [name for name in archive.namelist() if name.endswith(".yaml")]
        return load_playbook(archive.read(text).decode(), file=text)


def test_a_decision_that_was_changed_or_deleted_around_the_product_shows_in_the_pack(
    own_database, key, tmp_path
):
    approved_request(make_world())
    with acting_as(staff()):
        rosa = staff_person("Rosa", "auditor")
    with acting_as(worker()):
        sequence_log(at=AT)
    with acting_as(worker()):
        sign_log(at=AT, key=key, store=CheckpointFolder(tmp_path / "out"))
    address = own_conninfo(own_database, user="postgres")
    with psycopg.connect(address, autocommit=True) as insider:
        insider.execute("SET session_replication_role = replica")
        insider.execute(
            "UPDATE submissions_decision SET record = replace(record, 'qualified', 'declined')"
        )
        insider.execute(
            "UPDATE submissions_decision "
            "SET sha256 = encode(sha256(convert_to(record, 'UTF8')), 'hex')"
        )
        changed = verified(export(rosa, key), tmp_path / "changed", "--json")
        insider.execute("DELETE FROM submissions_decision")
        deleted = export(rosa, key)

    assert changed.returncode == 1
    assert "decision_not_in_event" in changed.stdout
    assert deleted.decisions == 0
    verified(deleted, tmp_path / "deleted")
    with zipfile.ZipFile(tmp_path / "deleted" / "audit-pack.zip") as archive:
        drawn = json.loads(archive.read("population.json"))
    assert (drawn["decisions_announced"], drawn["decisions_packed"]) == (1, 0)
