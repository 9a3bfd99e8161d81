"""What an auditor takes away verifies by one file of standard Python, whole and in part."""

import json
import subprocess
import sys
import zipfile
from io import BytesIO

import pytest

from counterfoil.adapters.files_checkpoints import CheckpointFolder
from counterfoil.adapters.files_keys import FileSigningKey
from counterfoil.apps.audit.errors import NothingSigned
from counterfoil.apps.audit.selectors import list_events
from counterfoil.apps.audit.services import record_event
from counterfoil.apps.audit.types import EventFilters
from counterfoil.core.authority import NotAllowed
from counterfoil.flows.export_pack import export_pack
from counterfoil.flows.verify_log import sequence_log, sign_log
from counterfoil.foundation.acting import acting_as, staff, worker
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
    assert export(rosa, key).data == export(rosa, key).data


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
