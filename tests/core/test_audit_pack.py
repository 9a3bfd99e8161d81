"""Audit packs and their one-file verifier: every planted fault is named with its place."""

import importlib.util
import io
import json
import random
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

import counterfoil.apps.audit
from counterfoil.core.auditpack import PackEvent, PackInvalid, consistent_checkpoints
from counterfoil.core.canonical import NotCanonical, canonical_json
from counterfoil.core.merkle import leaf_hash
from counterfoil.core.notes import BadNote
from tests.core.packs import (
    INSIDER_FAULTS,
    KEY,
    PRIVATE,
    STRANGER,
    NoteKey,
    PackDecision,
    checkpoint,
    event_bytes,
    make_pack,
    missing_file,
    resealed,
)

SCRIPT = Path(counterfoil.apps.audit.__file__).parent / "verifier" / "verify.py"


@pytest.fixture(scope="module")
def verifier():
    spec = importlib.util.spec_from_file_location("audit_pack_verifier", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def _found(verifier, files, **more):
    return [
        (finding.code, finding.where) for finding in verifier.verify_pack(files, **more).findings
    ]


@pytest.mark.parametrize(
    ("count", "sizes"), [(1, (1,)), (5, (5,)), (11, (3, 8, 11)), (64, (0, 64))]
)
def test_a_whole_pack_verifies(verifier, count, sizes):
    decisions = [PackDecision("dec_b", {"a": 1}, None)]
    report = verifier.verify_pack(make_pack(count, sizes, decisions=decisions))

    assert report.findings == []
    assert report.facts["events"] == report.facts["size"] == count
    assert report.facts["signers"] == [KEY.fingerprint]


@pytest.mark.parametrize("only", [(4,), (0, 4, 10), (4, 5, 6, 7, 8, 9, 10)])
def test_a_partial_pack_verifies(verifier, only):
    report = verifier.verify_pack(make_pack(only=only))

    assert report.findings == []
    assert report.facts["events"] == len(only)
    assert report.facts["decisions"] == 1


@pytest.mark.parametrize(("fault", "code", "where"), INSIDER_FAULTS)
def test_a_planted_fault_is_named_even_under_a_fresh_manifest(verifier, fault, code, where):
    found = _found(verifier, resealed(fault(make_pack())))

    assert found, "the fault went through"
    assert any(code == known and where in place for known, place in found), found


@pytest.mark.parametrize(("fault", "code", "where"), INSIDER_FAULTS)
def test_a_planted_fault_breaks_the_manifest_too(verifier, fault, code, where):
    found = {known for known, _ in _found(verifier, fault(make_pack()))}

    assert {code, "file_changed"} <= found


@pytest.mark.parametrize("only", [None, (0, 4, 9)])
def test_any_byte_that_is_flipped_in_any_file_is_noticed(verifier, only):
    files = make_pack(only=only)
    picker = random.Random(7)
    for name, data in files.items():
        for place in {0, len(data) - 1, *(picker.randrange(len(data)) for _ in range(40))}:
            flipped = (
                data[:place] + bytes([data[place] ^ 1 << picker.randrange(8)]) + data[place + 1 :]
            )
            report = verifier.verify_pack(files | {name: flipped})

            assert report.findings, (name, place)
            named = {finding.where for finding in report.findings}
            assert any(name.partition(".")[0] in where for where in named), (name, place, named)


def test_a_missing_an_added_and_a_doubled_file_are_named(verifier, tmp_path):
    files = make_pack()

    assert ("file_missing", "decisions/dec_a.json") in _found(verifier, missing_file(files))
    assert ("file_unlisted", "notes.txt") in _found(verifier, files | {"notes.txt": b""})
    for name in (
        "manifest.json",
        "keys.json",
        "checkpoints.txt",
        "events.jsonl",
        "inclusion.json",
    ):
        less = {known: data for known, data in files.items() if known != name}
        assert ("file_missing", name) in _found(verifier, less)


def test_a_partial_pack_needs_a_proof_for_each_event_and_each_pair_of_checkpoints(verifier):
    files = make_pack(only=(0, 4, 9))
    inclusion = json.loads(files["inclusion.json"])
    del inclusion["proofs"][2]
    consistency = json.loads(files["consistency.json"])
    consistency["proofs"][0]["proof"][0] = "11" * 32

    def sealed(name, value):
        return _found(verifier, resealed(files | {name: canonical_json(value)}))

    assert ("inclusion_missing", "event 9") in sealed("inclusion.json", inclusion)
    assert ("consistency_failed", "checkpoints of size 3 and 8") in sealed(
        "consistency.json", consistency
    )


def test_a_log_rewritten_by_whoever_holds_a_key_of_their_own_shows_another_fingerprint(verifier):
    stranger = NoteKey(KEY.name, STRANGER.public_key().public_bytes_raw())
    rows = event_bytes(11)
    notes = [checkpoint(rows, 11, private=STRANGER, key=stranger)]
    files = make_pack(checkpoints=notes, keys=[stranger], signer=stranger, sign=STRANGER.sign)

    assert _found(verifier, files) == []
    assert ("key_not_expected", "keys.json") in _found(verifier, files, expected=[KEY.fingerprint])
    assert _found(verifier, make_pack(), expected=[KEY.fingerprint]) == []
    assert _found(verifier, make_pack(), expected=[KEY.verifier_key]) == []


def test_a_checkpoint_that_the_auditor_kept_exposes_a_rewritten_log(verifier):
    rows = event_bytes(11)
    kept = checkpoint(rows, 8).encode()
    other = event_bytes(11, decision_at=2)
    rewritten = make_pack(
        events=[PackEvent(index, row) for index, row in enumerate(other)],
        checkpoints=[checkpoint(other, 11)],
        decisions=[],
    )

    assert _found(verifier, make_pack(), outside=[("kept.txt", kept)]) == []
    assert _found(verifier, make_pack(sizes=(11,)), outside=[("kept.txt", kept)]) == []
    assert _found(verifier, rewritten) == []
    assert ("outside_differs", "kept.txt, size 8") in _found(
        verifier, rewritten, outside=[("kept.txt", kept)]
    )


def test_a_deleted_end_of_the_log_is_exposed_by_a_kept_checkpoint(verifier):
    kept = checkpoint(event_bytes(11), 11).encode()
    shorter = make_pack(count=8, sizes=(3, 8))

    assert _found(verifier, shorter) == []
    assert ("outside_newer", "kept.txt, size 11") in _found(
        verifier, shorter, outside=[("kept.txt", kept)]
    )


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_junk_in_a_sealed_pack_is_a_finding_and_never_a_crash(verifier, data):
    files = make_pack(only=(0, 4, 9))
    name = data.draw(st.sampled_from(sorted(set(files) - {"manifest.json", "manifest.sig"})))
    junk = data.draw(
        st.binary(max_size=40)
        | st.sampled_from(
            [
                b"[]",
                b"{}",
                b"null",
                b"1",
                b'{"keys":[1]}',
                b'{"proofs":[[]]}',
                b'{"proofs":[{}]}',
                b'{"proofs":[{"index":[],"proof":7}],"size":11}',
                b'{"event":1,"index":[],"leaf":{}}\n',
                b'{"keys":[{"verifier_key":"a+b+c"}]}',
                b"\xff\xfe",
                b"[" * 100000,
                b"\xe2\x80\x94 a b\n",
            ]
        )
    )

    assert verifier.verify_pack(resealed(files | {name: junk})).findings


@pytest.mark.parametrize("manifest", [b"[]", b"{}", b"x", b'{"format":1}', b'{"format":2}'])
def test_a_strange_manifest_is_a_finding(verifier, manifest):
    assert verifier.verify_pack(make_pack() | {"manifest.json": manifest}).findings


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=100))
@settings(max_examples=15, deadline=None)
def test_the_signature_check_agrees_with_a_library(verifier, secret, message):
    private = Ed25519PrivateKey.from_private_bytes(secret)
    public, signature = private.public_key().public_bytes_raw(), private.sign(message)

    assert verifier.ed25519_verify(public, signature, message)
    assert not verifier.ed25519_verify(public, signature, message + b"x")
    assert not verifier.ed25519_verify(KEY.public_key, signature, message)
    s = int.from_bytes(signature[32:], "little") + verifier.L
    assert not verifier.ed25519_verify(public, signature[:32] + s.to_bytes(32, "little"), message)


@pytest.mark.parametrize(
    ("public", "signature", "message"),
    [
        (
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e"
            "39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
            "",
        ),
        (
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f"
            "3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
            "72",
        ),
    ],
)
def test_the_vectors_of_rfc_8032_verify(verifier, public, signature, message):
    parts = [bytes.fromhex(text) for text in (public, signature, message)]

    assert verifier.ed25519_verify(*parts)
    assert not verifier.ed25519_verify(parts[0], parts[1][:-1] + b"\x01", parts[2])
    assert not verifier.ed25519_verify(b"\xff" * 32, parts[1], parts[2])
    assert not verifier.ed25519_verify(parts[0], b"", parts[2])


def _zip(files, path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def _run(*arguments):
    return subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPT), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_script_alone_verifies_a_zip_and_a_folder(tmp_path):
    files = make_pack()
    folder = tmp_path / "pack"
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    kept = tmp_path / "kept.txt"
    kept.write_text(checkpoint(event_bytes(11), 8))

    from_zip = _run(_zip(files, tmp_path / "pack.zip"))
    from_folder = _run(folder, "--json", "--key", KEY.fingerprint, "--checkpoint", kept)

    assert from_zip.returncode == 0, from_zip.stdout + from_zip.stderr
    assert "OK: everything in the pack fits." in from_zip.stdout
    assert KEY.fingerprint in from_zip.stdout
    assert "does not prove" in from_zip.stdout
    assert from_folder.returncode == 0, from_folder.stdout
    assert json.loads(from_folder.stdout)["ok"] is True


def test_the_script_says_where_and_exits_with_one(tmp_path):
    fault = INSIDER_FAULTS[0][0]
    answer = _run(_zip(resealed(fault(make_pack())), tmp_path / "pack.zip"))

    assert answer.returncode == 1
    assert "WRONG  event 5 (line 6)" in answer.stdout
    assert "FAILED" in answer.stdout


def test_the_script_refuses_what_is_no_pack(tmp_path):
    junk = tmp_path / "junk.zip"
    junk.write_bytes(b"PK\x03\x04 not a zip")
    whole = _zip(make_pack(), tmp_path / "whole.zip").read_bytes()
    cut = tmp_path / "cut.zip"
    cut.write_bytes(whole[: len(whole) // 2])

    assert _run(tmp_path / "absent.zip").returncode == 2
    assert _run(junk).returncode == 1
    assert _run(cut).returncode == 1
    assert "Traceback" not in _run(cut).stderr + _run(junk).stderr


def test_a_zip_with_a_flipped_byte_is_refused(verifier, tmp_path):
    data = _zip(make_pack(), tmp_path / "pack.zip").read_bytes()
    picker = random.Random(3)
    for place in (picker.randrange(30, len(data) // 2) for _ in range(30)):
        path = tmp_path / "flipped.zip"
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        try:
            members = verifier.read_members(str(path))
        except verifier.Refused:
            continue
        # Zip headers have slack (times, attributes): a flip there changes no member.
        assert members == make_pack() or verifier.verify_pack(members).findings


def test_a_zip_that_names_a_file_twice_is_refused(verifier, tmp_path):
    path = tmp_path / "twice.zip"
    buffer = io.BytesIO(_zip(make_pack(), path).read_bytes())
    with zipfile.ZipFile(buffer, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("keys.json", b"{}")
    path.write_bytes(buffer.getvalue())

    with pytest.raises(verifier.Refused, match="twice"):
        verifier.read_members(str(path))


ROWS = event_bytes(11)


@pytest.mark.parametrize(
    "changes",
    [
        {"checkpoints": []},
        {"checkpoints": [checkpoint(ROWS, 11), checkpoint(ROWS, 8)]},
        {"checkpoints": [checkpoint(ROWS, 11)], "origin": "another"},
        {"checkpoints": [checkpoint(ROWS, 8)]},
        {"events": [PackEvent(0, ROWS[0])]},
        {"events": [PackEvent(index, ROWS[index]) for index in (1, 0)]},
        {"events": [PackEvent(0, b'{"b":1,"a":2}')]},
        {"decisions": [PackDecision("dec_a", {}, 99)]},
        {"decisions": [PackDecision("../x", {}, None)]},
        {"decisions": [PackDecision("dec_a", {}, None), PackDecision("dec_a", {}, None)]},
        {"leaves": [leaf_hash(row) for row in ROWS[:5]]},
    ],
)
def test_parts_that_do_not_fit_make_no_pack(changes):
    with pytest.raises(PackInvalid):
        make_pack(**changes)


def test_a_pack_needs_readable_notes_and_canonical_records():
    with pytest.raises(BadNote):
        make_pack(checkpoints=["junk"])
    with pytest.raises(NotCanonical):
        make_pack(decisions=[PackDecision("dec_a", {"rate": 0.5}, None)])


def test_stored_checkpoints_are_compared_with_the_leaves():
    leaves = [leaf_hash(row) for row in ROWS]
    notes = [checkpoint(ROWS, size) for size in (3, 8, 11)]

    assert consistent_checkpoints(leaves, notes)
    assert not consistent_checkpoints(leaves[:10], notes)
    assert not consistent_checkpoints([leaf_hash(b"x"), *leaves[1:]], notes)
    assert make_pack() == make_pack(sign=PRIVATE.sign)
