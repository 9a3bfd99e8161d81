"""Audit packs for tests: a log of plain events, signed by a key of its own."""

import base64
import json
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from counterfoil.core.auditpack import PackDecision, PackEvent, build_pack
from counterfoil.core.canonical import canonical_json, digest, sha256_hex
from counterfoil.core.merkle import Tree, leaf_hash
from counterfoil.core.notes import CheckpointText, NoteKey, sign_note

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
ORIGIN = "counterfoil.example/log"
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = NoteKey(ORIGIN, PRIVATE.public_key().public_bytes_raw())
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
RECORD = {
    "decision": "dec_a",
    "outcome": "qualified",
    "paid": {"minor": 125000, "currency": "EUR"},
}


def event_bytes(count, decision_at=4):
    """Return the canonical bytes of `count` events; one carries the hash of RECORD."""
    rows = []
    for number in range(count):
        data = {"note": f"Zürich №{number}", "amount": 10**17 + number}
        if number == decision_at:
            data["decision_sha256"] = digest(RECORD)
        rows.append(canonical_json({"action": "submission.approved", "data": data, "id": number}))
    return rows


def checkpoint(rows, size, *, private=PRIVATE, key=KEY, root=None):
    """Return the signed checkpoint over the first `size` rows."""
    stated = root or Tree([leaf_hash(row) for row in rows[:size]]).root(size)
    text = str(CheckpointText(ORIGIN, size, stated, ("time 2026-11-22T12:00:00Z",)))
    return str(sign_note(text, key, private.sign))


def make_pack(count=11, sizes=(3, 8, 11), only=None, **changes):
    """Return the files of a pack: whole, or of the events `only`."""
    rows = event_bytes(count)
    indexes = range(count) if only is None else only
    parts = {
        "origin": ORIGIN,
        "title": "Second quarter, all decisions",
        "at": AT,
        "events": [PackEvent(index, rows[index]) for index in indexes],
        "checkpoints": [checkpoint(rows, size) for size in sizes],
        "keys": [KEY],
        "signer": KEY,
        "sign": PRIVATE.sign,
        "decisions": [PackDecision("dec_a", RECORD, 4)],
        "leaves": None if only is None else [leaf_hash(row) for row in rows],
    }
    return build_pack(**(parts | changes))


def resealed(files, private=PRIVATE, key=KEY):
    """Return the pack with a manifest that fits its files again: the fault of an insider."""
    manifest = json.loads(files["manifest.json"])
    manifest["files"] = {
        name: {"bytes": len(data), "sha256": sha256_hex(data)}
        for name, data in files.items()
        if name not in ("manifest.json", "manifest.sig")
    }
    sealed = canonical_json(manifest)
    text = f"{ORIGIN}/audit-pack\n{sha256_hex(sealed)}\n"
    note = str(sign_note(text, key, private.sign)).encode()
    return files | {"manifest.json": sealed, "manifest.sig": note}


def _lines(files):
    return files["events.jsonl"].split(b"\n")[:-1]


def _with_lines(files, lines):
    return files | {"events.jsonl": b"".join(line + b"\n" for line in lines)}


def _line(row, index):
    leaf = leaf_hash(row).hex().encode()
    return b'{"event":%b,"index":%d,"leaf":"%b"}' % (row, index, leaf)


def edited_event(files):
    """Change a word in event 5 and leave its leaf hash."""
    lines = _lines(files)
    lines[5] = lines[5].replace(b"approved", b"declined")
    return _with_lines(files, lines)


def edited_event_and_leaf(files):
    """Change event 5 and write the leaf hash that fits it."""
    rows = event_bytes(11)
    lines = _lines(files)
    lines[5] = _line(rows[5].replace(b"approved", b"declined"), 5)
    return _with_lines(files, lines)


def deleted_newest(files):
    """Leave out the newest event."""
    return _with_lines(files, _lines(files)[:-1])


def deleted_middle(files):
    """Leave out event 6."""
    lines = _lines(files)
    return _with_lines(files, lines[:6] + lines[7:])


def swapped_rows(files):
    """Swap two lines as they are."""
    lines = _lines(files)
    lines[6], lines[7] = lines[7], lines[6]
    return _with_lines(files, lines)


def swapped_and_renumbered(files):
    """Swap two events and give each the other's index."""
    rows = event_bytes(11)
    lines = _lines(files)
    lines[6], lines[7] = _line(rows[7], 6), _line(rows[6], 7)
    return _with_lines(files, lines)


def added_event(files):
    """Append an event that no checkpoint covers."""
    return _with_lines(files, [*_lines(files), _line(event_bytes(12)[11], 11)])


def wrong_signature(files):
    """Turn one bit in the signature of the newest checkpoint."""
    text = files["checkpoints.txt"].decode()
    head, _, encoded = text.rstrip("\n").rpartition(" ")
    data = bytearray(base64.b64decode(encoded))
    data[-1] ^= 1
    encoded = base64.b64encode(bytes(data)).decode()
    return files | {"checkpoints.txt": f"{head} {encoded}\n".encode()}


def strange_signature(files):
    """Let a stranger sign the newest checkpoint under our name and key id."""
    rows = event_bytes(11)
    notes = [checkpoint(rows, 3), checkpoint(rows, 8), checkpoint(rows, 11, private=STRANGER)]
    return files | {"checkpoints.txt": "\n".join(notes).encode()}


def truncated_checkpoint(files):
    """Cut the last checkpoint short."""
    return files | {"checkpoints.txt": files["checkpoints.txt"][:-60]}


def removed_checkpoint(files):
    """Leave out the newest checkpoint, keep its events."""
    rows = event_bytes(11)
    notes = [checkpoint(rows, 3), checkpoint(rows, 8)]
    return files | {"checkpoints.txt": "\n".join(notes).encode()}


def checkpoint_of_other_root(files):
    """Sign, with the right key, a root that is not the events'."""
    rows = event_bytes(11)
    notes = [checkpoint(rows, 3), checkpoint(rows, 8, root=b"x" * 32), checkpoint(rows, 11)]
    return files | {"checkpoints.txt": "\n".join(notes).encode()}


def forged_inclusion(files):
    """Change one hash of a proof."""
    value = json.loads(files["inclusion.json"])
    value["proofs"][0]["proof"][0] = "00" * 32
    return files | {"inclusion.json": canonical_json(value)}


def other_key_order(files):
    """Write the keys of event 5 in another order and hash that."""
    rows = event_bytes(11)
    row = json.loads(rows[5])
    turned = {name: row[name] for name in ("id", "data", "action")}
    data = json.dumps(turned, ensure_ascii=False, separators=(",", ":")).encode()
    lines = _lines(files)
    lines[5] = _line(data, 5)
    return _with_lines(files, lines)


def changed_decision(files):
    """Raise the amount of the decision, and fit the hash beside it."""
    record = RECORD | {"paid": {"minor": 925000, "currency": "EUR"}}
    value = {"event_index": 4, "record": record, "sha256": digest(record)}
    return files | {"decisions/dec_a.json": canonical_json(value)}


def decision_with_old_hash(files):
    """Raise the amount of the decision and leave its hash."""
    data = files["decisions/dec_a.json"].replace(b"125000", b"925000")
    return files | {"decisions/dec_a.json": data}


def missing_file(files):
    """Leave out a decision that the manifest lists."""
    return {name: data for name, data in files.items() if not name.startswith("decisions/")}


def cut_event(files):
    """Cut the event file in the middle of its last line."""
    return files | {"events.jsonl": files["events.jsonl"][:-30]}


INSIDER_FAULTS = [
    (edited_event, "event_changed", "event 5"),
    (edited_event_and_leaf, "root_differs", "events 3 to 7"),
    (deleted_newest, "event_missing", "event 10"),
    (deleted_middle, "event_order", "event 6"),
    (swapped_rows, "event_order", "event 6"),
    (swapped_and_renumbered, "root_differs", "events 3 to 7"),
    (added_event, "event_beyond", "event 11"),
    (wrong_signature, "checkpoint_signature", "checkpoint 3"),
    (strange_signature, "checkpoint_signature", "checkpoint 3"),
    (truncated_checkpoint, "checkpoint_malformed", "checkpoint 3"),
    (removed_checkpoint, "event_beyond", "event 8"),
    (checkpoint_of_other_root, "root_differs", "events 3 to 7"),
    (forged_inclusion, "inclusion_failed", "event 4"),
    (other_key_order, "event_not_canonical", "event 5"),
    (changed_decision, "decision_not_in_event", "decisions/dec_a.json"),
    (decision_with_old_hash, "decision_changed", "decisions/dec_a.json"),
    (cut_event, "event_cut", "events.jsonl"),
]
"""A fault, planted by somebody who can sign a new manifest; the code and the place to be named."""
