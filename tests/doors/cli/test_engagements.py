"""`counterfoil engagements`: listed, exported, and the sample of a pack drawn again."""

import json
import zipfile
from pathlib import Path

import pytest

from counterfoil.core.canonical import canonical_json
from counterfoil.foundation.acting import acting_as, staff
from counterfoil.foundation.adapters import adapter
from tests.audit_stock import reported

pytestmark = pytest.mark.db


def test_an_audit_is_listed_exported_and_drawn_again(counterfoil, own_audit, tmp_path):
    adapter("signing_key").create(name="counterfoil/log", is_demo=True)
    with acting_as(staff()):
        engagement = reported(own_audit)
    who = ("--as", "audrey@vendor.example")

    listed = json.loads(counterfoil("engagements", "list", "--json").out)
    dry = counterfoil("engagements", "export", engagement, tmp_path, *who, "--dry-run")
    said = counterfoil("engagements", "export", engagement, tmp_path, *who)
    pack = tmp_path / f"engagement-pack-{engagement}.zip"
    again = counterfoil("engagements", "redraw", pack, "--json")

    assert [(row["id"], row["size"], row["answered"]) for row in listed] == [(engagement, 4, 4)]
    assert "Claims of 2026" in counterfoil("engagements", "list").out
    assert dry.code == said.code == again.code == 0
    signer = adapter("signing_key").key.fingerprint
    assert json.loads(again.out) == {"is_same": True, "differences": [], "signer": signer}
    assert counterfoil("engagements", "redraw", pack, "--key", signer.upper()).code == 0
    strange = counterfoil("engagements", "redraw", pack, "--key", "0" * 64)
    assert strange.code == 1
    assert "not by the key that you gave" in strange.err
    assert "not signed" in counterfoil("engagements", "redraw", _unsigned(pack)).err


def _unsigned(pack: Path) -> Path:
    """Copy a pack whose manifest was written anew over the old signature."""
    other = pack.with_name("unsigned.zip")
    with zipfile.ZipFile(pack) as whole, zipfile.ZipFile(other, "w") as archive:
        for name in whole.namelist():
            data = whole.read(name)
            if name == "manifest.json":
                data = canonical_json(json.loads(data) | {"title": "Another"})
            archive.writestr(name, data)
    return other


def test_a_pack_that_was_changed_is_named_and_what_is_none_refused(counterfoil, tmp_path):
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK no zip")
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("manifest.json", "{}")

    assert "is no zip file" in counterfoil("engagements", "redraw", broken).err
    assert "no pack of a dry-run audit" in counterfoil("engagements", "redraw", other).err
    assert counterfoil("engagements", "redraw", tmp_path / "absent.zip").code == 2
