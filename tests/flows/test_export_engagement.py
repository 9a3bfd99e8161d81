"""The pack of a dry-run audit: whole, signed, drawn again by two programs that share no code."""

import json
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from counterfoil.adapters.files_keys import FileSigningKey
from counterfoil.adapters.pdf_typst import TypstPdf
from counterfoil.apps.audit.models import Event
from counterfoil.apps.engagements.errors import NotInOrder
from counterfoil.apps.engagements.redraw import redraw as alone
from counterfoil.apps.engagements.selectors import get_engagement
from counterfoil.core.authority import NotAllowed
from counterfoil.core.canonical import canonical_json, sha256_hex
from counterfoil.core.notes import parse_note
from counterfoil.core.sampling import BadPlan, Item, Method, Plan, discovery_size, select
from counterfoil.core.sampling.redraw import redraw_differences
from counterfoil.flows import engage
from counterfoil.flows.export_engagement import export_engagement, workbook_of
from tests.audit_stock import NOW, opened, reported

pytestmark = pytest.mark.db


@pytest.fixture
def key(tmp_path):
    made = FileSigningKey(tmp_path / "keys")
    made.create(name="counterfoil.example/log")
    return made


@pytest.fixture
def pack(audit, as_staff, key) -> bytes:
    engagement = reported(audit)
    engage.close_engagement(
        engagement_id=engagement, conclusion="Sound.", by=audit.auditor, at=NOW
    )
    made = export_engagement(
        engagement_id=engagement, pdf=TypstPdf(), key=key, by=audit.auditor, at=NOW
    )
    again = export_engagement(
        engagement_id=engagement, pdf=TypstPdf(), key=key, by=audit.auditor, at=NOW
    )
    assert made.data == again.data, "equal content gives equal bytes"
    said = Event.objects.filter(object_id=engagement, action="engagement.exported")
    assert all(made.sha256 in each.canonical for each in said)
    return made.data


def files_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def drawn_alone(folder: Path, files: dict[str, bytes]) -> tuple[int, str]:
    """Run the program that lies in the pack, apart from us; return its status and words."""
    program, zipped = folder / "redraw.py", folder / "pack.zip"
    program.write_bytes(files["redraw.py"])
    with zipfile.ZipFile(zipped, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    ended = subprocess.run(
        [sys.executable, "-I", str(program), str(zipped)],
        capture_output=True, check=False, text=True, timeout=60,
    )  # fmt: skip
    return ended.returncode, ended.stdout + ended.stderr


def test_a_pack_holds_what_the_audit_rests_on_and_is_drawn_again(pack, key, tmp_path):
    files = files_of(pack)

    assert redraw_differences(files) == ()
    assert drawn_alone(tmp_path, files) == (0, "The same 4 of 4 decisions are drawn again.\n")
    names = {name.partition("/")[0] for name in files}
    assert names == {
        "population.json", "tie.json", "sample.json", "papers.json", "report.json",
        "report.pdf", "audit.xlsx", "redraw.py", "keys.json", "manifest.json", "manifest.sig",
        "decisions", "playbooks",
    }  # fmt: skip
    note = parse_note(files["manifest.sig"].decode())
    assert note.text == (
        f"counterfoil.example/log/engagement-pack\n{sha256_hex(files['manifest.json'])}\n"
    )
    (signature,) = note.signatures
    assert key.check(key.key.public_key, signature.signature, note.text.encode())
    book = CalamineWorkbook.from_filelike(BytesIO(files["audit.xlsx"]))
    found = book.get_sheet_by_name("Findings").to_python()
    assert found[1][:2] == ["gap", "No criterion asks for the order"]
    assert book.get_sheet_by_name("Work papers").to_python()[0][5:7] == [
        "Does the evidence support the decision?", "Is the amount right?",
    ]  # fmt: skip


def _with(files: dict[str, bytes], name: str, change) -> dict[str, bytes]:
    shape = json.loads(files[name])
    change(shape)
    return files | {name: canonical_json(shape)}


def _fresh(files: dict[str, bytes]) -> dict[str, bytes]:
    """Write the manifest's hashes anew, as somebody who covers their tracks does."""
    manifest = json.loads(files["manifest.json"])
    for name, said in manifest["files"].items():
        said["sha256"] = sha256_hex(files[name])
    return files | {"manifest.json": canonical_json(manifest)}


def _swap(shape):
    shape["drawn"][0], shape["drawn"][1] = shape["drawn"][1], shape["drawn"][0]


FAULTS = {
    "an amount of the population": lambda files: _fresh(
        _with(files, "population.json", lambda shape: shape["items"][0].update(minor=1))
    ),
    "an item left out of population and hash": lambda files: _drop(files),
    "another order of the sample": lambda files: _fresh(_with(files, "sample.json", _swap)),
    "another seed": lambda files: _fresh(
        _with(files, "sample.json", lambda shape: shape["plan"].update(seed="q5"))
    ),
    "a report under an old manifest": lambda files: files | {"report.pdf": b"%PDF-other"},
    "a file beyond the manifest": lambda files: files | {"decisions/dec_x.json": b"{}"},
}


def _drop(files: dict[str, bytes]) -> dict[str, bytes]:
    drawn = json.loads(files["sample.json"])["drawn"][0]["id"]

    def leave_out(shape):
        shape["items"] = [each for each in shape["items"] if each["decision"] != drawn]

    changed = _with(files, "population.json", leave_out)
    sha256 = sha256_hex(changed["population.json"])
    return _fresh(
        _with(changed, "sample.json", lambda shape: shape.update(population_sha256=sha256))
    )


def test_planted_faults_in_a_pack_are_named_by_both_programs(pack, tmp_path):
    files = files_of(pack)
    for name, plant in FAULTS.items():
        planted = plant(files)
        assert redraw_differences(planted), name
        status, words = drawn_alone(tmp_path, planted)
        assert (status, "DIFFERS" in words) == (1, True), name


@pytest.mark.parametrize("wrong", [{}, {"manifest.json": b"[]"}, {"manifest.json": b"{"}])
def test_what_is_no_pack_is_refused_in_words(wrong, tmp_path):
    with pytest.raises(BadPlan, match="no pack"):
        redraw_differences(wrong)
    status, words = drawn_alone(
        tmp_path, {"redraw.py": Path(alone.__file__).read_bytes(), **wrong}
    )
    assert status == 2
    assert "is no pack" in words


ITEMS = st.lists(st.tuples(st.integers(0, 90_000), st.sampled_from("ab")), min_size=4, max_size=30)
PLANS = st.sampled_from(
    [
        {"method": Method.RANDOM, "size": 5},
        {"method": Method.DISCOVERY, "tolerable_ppm": 80_000, "expected": 1},
        {"method": Method.STRATIFIED, "size": 9},
        {"method": Method.STRATIFIED, "size": 7, "bands": (20_000, 60_000), "is_top_whole": True},
        {"method": Method.MONETARY, "tolerable_minor": 120_000, "expected": 1},
    ]
)


@given(ITEMS, PLANS, st.text("abc0", min_size=1, max_size=5))
def test_the_program_of_the_pack_draws_what_we_draw(amounts, given_, seed):
    rows = [
        {"decision": f"dec_{place}", "minor": minor, "playbook": group}
        for place, (minor, group) in enumerate(amounts)
    ]
    plan = Plan(seed=seed, confidence_ppm=900_000, **given_)
    items = [Item(row["decision"], row["minor"], row["playbook"]) for row in rows]
    if plan.method is Method.MONETARY and not any(item.minor for item in items):
        return

    ours = [(each.id, each.stratum, each.is_certain) for each in select(items, plan)]

    assert alone.redraw(plan.to_json(), rows) == ours
    for population in (17, 400):
        assert alone.discovery_size(population, 50_000, 950_000, 1) == discovery_size(
            population=population, tolerable_ppm=50_000, confidence_ppm=950_000, expected=1
        )


def test_only_who_may_takes_a_pack_and_not_before_a_sample(audit, as_staff, key):
    engagement = opened(audit)
    given_ = {"engagement_id": engagement, "pdf": TypstPdf(), "key": key, "at": NOW}
    with pytest.raises(NotInOrder, match="sample first"):
        export_engagement(by=audit.auditor, **given_)
    with pytest.raises(NotAllowed):
        export_engagement(by=audit.world.operations, **given_)


def test_a_text_of_the_audit_is_no_formula_in_the_workbook(audit, as_staff):
    engagement = reported(audit, title="=1+1", questions=["=HYPERLINK(1)"] * 2)

    book = CalamineWorkbook.from_filelike(BytesIO(workbook_of(get_engagement(engagement))))

    assert book.get_sheet_by_name("Work papers").to_python()[0][5] == "=HYPERLINK(1)"
