#!/usr/bin/env python3
"""Verify a Counterfoil audit pack. One file, standard Python only, no network.

    python verify.py PACK.zip|FOLDER [--key KEY]... [--checkpoint FILE]... [--json]

KEY is the fingerprint or the verifier key that you were given apart from the pack; FILE is a
checkpoint that you kept yourself. Both make the answer stronger: a pack proves that it fits the
keys inside it, and only you can say whether those are the vendor's. Exit code 0: everything fits;
1: something does not, and the first bad place is named; 2: the call makes no sense.

The format is described in audit-pack.md. Sources: RFC 9162 (Merkle trees), RFC 8032 (Ed25519), RFC
8785 (canonical JSON), C2SP signed-note and tlog-checkpoint.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import os
import re
import sys
import unicodedata
import zipfile
from itertools import pairwise
from typing import Any, NamedTuple

FORMAT = 1
MEMBER_BYTES_MAX = 4 * 1024**3
MEMBERS_MAX = 100_000
FINDINGS_SHOWN = 20
NO_PROOF = (
    "This does not prove that the recorded events were true, nor that the keys in the pack are "
    "the vendor's (compare the fingerprint), nor that no newer events exist (compare a "
    "checkpoint that you kept)."
)


class Refused(Exception):
    """Something cannot be read or does not fit: a code, the place, and a sentence."""

    def __init__(self, code: str, where: str, words: str) -> None:
        """Keep the three parts."""
        super().__init__(words)
        self.code, self.where, self.words = code, where, words


class Finding(NamedTuple):
    """One thing that is wrong."""

    code: str
    where: str
    words: str


class Key(NamedTuple):
    """A public key of the pack."""

    name: str
    key_id: bytes
    public_key: bytes
    fingerprint: str
    verifier_key: str


class Note(NamedTuple):
    """A signed text."""

    text: str
    signatures: list[tuple[str, bytes, bytes]]


class Stated(NamedTuple):
    """What a checkpoint states."""

    origin: str
    size: int
    root: bytes


class Event(NamedTuple):
    """An event: its index in the log, its line, and the bytes that the log hashed."""

    number: int
    line: int
    data: bytes


class Report:
    """What was checked and what was found."""

    def __init__(self) -> None:
        """Begin with nothing found."""
        self.findings: list[Finding] = []
        self.facts: dict[str, Any] = {}

    def add(self, code: str, where: str, words: str) -> None:
        """Note something that is wrong."""
        self.findings.append(Finding(code, where, words))


# Ed25519, RFC 8032 section 5.1: verification only, without secrets, so without constant time.

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]


def _recover_x(y: int, sign: int) -> int | None:
    """Return the x of a point from its y (RFC 8032, 5.1.3)."""
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if square == 0:
        return None if sign else 0
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_MINUS_ONE % P
    if (x * x - square) % P:
        return None
    return P - x if x & 1 != sign else x


def _decode(data: bytes) -> Point | None:
    """Return the point of 32 bytes, or None if there is none."""
    number = int.from_bytes(data, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    if y >= P:
        return None
    x = _recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def _encode(point: Point) -> bytes:
    """Return the 32 bytes of a point."""
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _add(one: Point, two: Point) -> Point:
    """Return the sum of two points (RFC 8032, 5.1.4)."""
    a = (one[1] - one[0]) * (two[1] - two[0]) % P
    b = (one[1] + one[0]) * (two[1] + two[0]) % P
    c = 2 * one[3] * two[3] * D % P
    d = 2 * one[2] * two[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = _recover_x(BASE_Y, 0) or 0
BASE: Point = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)
NEUTRAL: Point = (0, 1, 1, 0)


def ed25519_verify(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Return whether the signature is valid (RFC 8032, 5.1.7, without the cofactor)."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    point = _decode(public_key)
    s = int.from_bytes(signature[32:], "little")
    if point is None or s >= L:
        return False
    k = (
        int.from_bytes(hashlib.sha512(signature[:32] + public_key + message).digest(), "little")
        % L
    )
    minus: Point = (P - point[0], point[1], point[2], P - point[3])
    table = (NEUTRAL, BASE, minus, _add(BASE, minus))
    total = NEUTRAL
    for bit in range(255, -1, -1):
        total = _add(total, total)
        pick = (s >> bit & 1) | (k >> bit & 1) << 1
        if pick:
            total = _add(total, table[pick])
    return _encode(total) == signature[:32]


# Merkle trees, RFC 9162 section 2.1.


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of an entry."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Edge:
    """The right edge of a growing tree."""

    def __init__(self) -> None:
        """Begin with the empty tree."""
        self.size = 0
        self.hashes: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Take one more leaf hash."""
        carry, bits = leaf, self.size
        while bits & 1:
            carry = node_hash(self.hashes.pop(), carry)
            bits >>= 1
        self.hashes.append(carry)
        self.size += 1

    def root(self) -> bytes:
        """Return the root of the tree so far."""
        if not self.hashes:
            return hashlib.sha256(b"").digest()
        carry = self.hashes[-1]
        for known in reversed(self.hashes[:-1]):
            carry = node_hash(known, carry)
        return carry


def verify_inclusion(leaf: bytes, index: int, size: int, proof: list[bytes], root: bytes) -> bool:
    """Return whether the leaf stands at the index (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, last, carry = index, size - 1, leaf
    for known in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            carry = node_hash(known, carry)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            carry = node_hash(carry, known)
        node, last = node >> 1, last >> 1
    return last == 0 and carry == root


def verify_consistency(old: Stated, new: Stated, proof: list[bytes]) -> bool:
    """Return whether the newer tree only appends to the older (RFC 9162, 2.1.4.2)."""
    if not 0 < old.size < new.size:
        return not proof and (old.size == 0 or old[1:] == new[1:])
    path = [old.root, *proof] if old.size & (old.size - 1) == 0 else list(proof)
    if not path:
        return False
    node, last = old.size - 1, new.size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old_carry = new_carry = path[0]
    for known in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old_carry, new_carry = node_hash(known, old_carry), node_hash(known, new_carry)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new_carry = node_hash(new_carry, known)
        node, last = node >> 1, last >> 1
    return last == 0 and old_carry == old.root and new_carry == new.root


# Canonical JSON, a subset of RFC 8785: whole numbers, NFC strings, keys by code point.


def _no_fraction(text: str) -> Any:
    """Refuse a fraction, an exponent, NaN or Infinity."""
    raise ValueError(f"{text} is not a whole number")


def _is_nfc(value: Any) -> bool:
    """Return whether every string in the value is in Unicode NFC."""
    if isinstance(value, str):
        return unicodedata.is_normalized("NFC", value)
    if isinstance(value, list):
        return all(_is_nfc(item) for item in value)
    if isinstance(value, dict):
        return all(_is_nfc(key) and _is_nfc(item) for key, item in value.items())
    return True


def canonical_value(data: bytes, where: str) -> Any:
    """Return the value of canonical JSON bytes. Raises Refused for any other spelling."""
    try:
        text = data.decode("utf-8")
        value = json.loads(text, parse_float=_no_fraction, parse_constant=_no_fraction)
        again = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        if again != text or not _is_nfc(value):
            words = "the JSON is not canonical (order of keys, blanks, escapes or NFC)"
            raise Refused("not_canonical", where, words)
    except (ValueError, RecursionError) as problem:
        raise Refused("not_json", where, f"cannot be read as JSON: {problem}") from None
    return value


def _need(is_right: Any, where: str, words: str) -> None:
    """Refuse a file that has another shape than the format says."""
    if not is_right:
        raise Refused("malformed", where, words)


# Signed notes and checkpoints, C2SP.


def _base64(text: str, where: str) -> bytes:
    """Return the bytes of strict base64. Raises Refused."""
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        raise Refused("malformed", where, f"{text[:60]!r} is not base64") from None


def parse_note(text: str, where: str) -> Note:
    """Return a signed note, written in its one form. Raises Refused."""
    body, blank, lines = text.partition("\n\n")
    _need(blank and body and lines.endswith("\n"), where, "a note is cut short")
    signatures = []
    for line in lines[:-1].split("\n"):
        parts = line.split(" ")
        _need(len(parts) == 3 and parts[0] == "\u2014", where, "a signature line is malformed")
        data = _base64(parts[2], where)
        _need(len(data) == 68, where, "a signature line carries 68 bytes")
        _need(base64.b64encode(data).decode() == parts[2], where, "base64 has a second spelling")
        signatures.append((parts[1], data[:4], data[4:]))
    return Note(body + "\n", signatures)


def parse_checkpoint(note: Note, where: str) -> Stated:
    """Return what a checkpoint states. Raises Refused."""
    lines = note.text.split("\n")
    _need(len(lines) >= 4 and all(lines[:-1]), where, "a checkpoint has three lines at least")
    _need(
        re.fullmatch(r"0|[1-9][0-9]{0,17}", lines[1]) is not None, where, "the size is no number"
    )
    root = _base64(lines[2], where)
    _need(len(root) == 32, where, "the root is not 32 bytes")
    return Stated(lines[0], int(lines[1]), root)


def split_notes(text: str) -> list[str]:
    """Return the notes of a file; a blank line parts them, and parts text from signatures."""
    notes: list[str] = []
    for part in text.split("\n\n"):
        if part.startswith("\u2014") and notes:
            notes[-1] += "\n\n" + part.rstrip("\n") + "\n"
        else:
            notes.append(part)
    return notes


def is_signed(note: Note, keys: list[Key]) -> Key | None:
    """Return the key of the pack that validly signed the note, if one did."""
    for name, key_id, signature in note.signatures:
        for key in keys:
            if (key.name, key.key_id) == (name, key_id) and ed25519_verify(
                key.public_key, signature, note.text.encode()
            ):
                return key
    return None


# Reading the pack.


def read_members(path: str) -> dict[str, bytes]:
    """Return file name to bytes of a zip or a folder. Raises Refused."""
    if os.path.isdir(path):
        return _read_folder(path)
    members: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            total = sum(info.file_size for info in infos)
            if len(infos) > MEMBERS_MAX or total > MEMBER_BYTES_MAX:
                raise Refused("too_large", path, "the archive is larger than a pack may be")
            for info in infos:
                if info.filename in members:
                    raise Refused("file_twice", info.filename, "the file stands twice in the zip")
                with archive.open(info) as member:
                    members[info.filename] = member.read(MEMBER_BYTES_MAX)
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as problem:
        raise Refused("unreadable", path, f"the pack cannot be read: {problem}") from None
    except Exception as problem:
        if isinstance(problem, Refused):
            raise
        raise Refused("unreadable", path, f"the zip is damaged: {problem}") from None
    return members


def _read_folder(path: str) -> dict[str, bytes]:
    """Return file name to bytes of a folder, symbolic links left out."""
    members: dict[str, bytes] = {}
    for folder, _, names in os.walk(path):
        for name in names:
            full = os.path.join(folder, name)
            if os.path.islink(full):
                continue
            with open(full, "rb") as file:
                members[os.path.relpath(full, path).replace(os.sep, "/")] = file.read()
    return members


def read_keys(data: bytes) -> list[Key]:
    """Return the keys of keys.json. Raises Refused."""
    value = canonical_value(data, "keys.json")
    rows = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(rows, list) or not rows:
        raise Refused("malformed", "keys.json", "there is no key in it")
    keys = []
    for row in rows:
        parts = str(row.get("verifier_key", "") if isinstance(row, dict) else "").split("+", 2)
        _need(len(parts) == 3, "keys.json", "a verifier key is name+id+base64")
        data = _base64(parts[2], "keys.json")
        _need(len(data) == 33 and data[:1] == b"\x01", "keys.json", "a key is not Ed25519")
        public_key = data[1:]
        key_id = hashlib.sha256(parts[0].encode() + b"\n" + data).digest()[:4]
        fingerprint = hashlib.sha256(public_key).hexdigest()
        right = (key_id.hex(), fingerprint, parts[0]) == (
            parts[1],
            row.get("fingerprint"),
            row.get("name"),
        )
        _need(
            right, "keys.json", f"the id, name or fingerprint of {parts[0]} does not fit its key"
        )
        keys.append(Key(parts[0], key_id, public_key, fingerprint, "+".join(parts)))
    return keys


# The checks, in the order in which they build on each other.


def check_manifest(members: dict[str, bytes], keys: list[Key], report: Report) -> dict[str, Any]:
    """Check each file against the manifest, and the manifest's signature; return the manifest."""
    manifest = canonical_value(members["manifest.json"], "manifest.json")
    where = "manifest.json"
    if not isinstance(manifest, dict):
        raise Refused("malformed", where, "it is not an object")
    _need(manifest.get("format") == FORMAT, where, f"this verifier reads format {FORMAT}")
    _need(manifest.get("scope") in ("whole", "partial"), where, "the scope is whole or partial")
    files = manifest.get("files")
    if not isinstance(files, dict):
        raise Refused("malformed", where, "it lists no files")
    for name in sorted(set(files) - set(members)):
        report.add("file_missing", name, "the manifest lists it and the pack lacks it")
    for name in sorted(set(members) - set(files) - {"manifest.json", "manifest.sig"}):
        report.add("file_unlisted", name, "the pack carries it and the manifest does not list it")
    for name in sorted(set(files) & set(members)):
        digest = hashlib.sha256(members[name]).hexdigest()
        if files[name] != {"bytes": len(members[name]), "sha256": digest}:
            report.add("file_changed", name, "its SHA-256 is not the one in the manifest")
    note = parse_note(_text(members.get("manifest.sig", b""), "manifest.sig"), "manifest.sig")
    digest = hashlib.sha256(members["manifest.json"]).hexdigest()
    if note.text != f"{manifest.get('origin')}/audit-pack\n{digest}\n":
        report.add("manifest_changed", where, "it is not the manifest that was signed")
    signer = is_signed(note, keys)
    if signer is None:
        report.add("manifest_signature", "manifest.sig", "no key of the pack made this signature")
    else:
        report.facts["signers"].add(signer.fingerprint)
    return manifest


def check_checkpoints(
    data: bytes, keys: list[Key], origin: str, report: Report, name: str = "checkpoints.txt"
) -> list[Stated]:
    """Return the checkpoints that are well formed and signed, by ascending size."""
    answer: list[Stated] = []
    for number, text in enumerate(split_notes(_text(data, name)), start=1):
        where = f"{name}, checkpoint {number}"
        try:
            note = parse_note(text, where)
            stated = parse_checkpoint(note, where)
        except Refused as refusal:
            report.add("checkpoint_malformed", where, refusal.words)
            continue
        signer = is_signed(note, keys)
        if signer is None:
            words = f"no key of the pack signed this checkpoint of size {stated.size}"
            report.add("checkpoint_signature", where, words)
            continue
        report.facts["signers"].add(signer.fingerprint)
        if stated.origin != origin:
            report.add("checkpoint_origin", where, f"it is of the log {stated.origin!r}")
        elif answer and stated.size <= answer[-1].size:
            report.add("checkpoint_order", where, "its size is not above the one before")
        else:
            answer.append(stated)
    return answer


def read_events(data: bytes, report: Report) -> list[Event] | None:
    """Return the events, each line checked by itself; None where reading had to stop."""
    events: list[Event] = []
    if data and not data.endswith(b"\n"):
        report.add("event_cut", "events.jsonl", "the last line is cut short")
        return None
    for number, line in enumerate(data.split(b"\n")[:-1], start=1):
        where = f"events.jsonl, line {number}"
        try:
            value = canonical_value(line, where)
        except Refused as refusal:
            report.add("event_not_canonical", _event_place(line, where), refusal.words)
            return None
        keys = sorted(value) if isinstance(value, dict) else []
        index = value.get("index") if isinstance(value, dict) else None
        if keys != ["event", "index", "leaf"] or type(index) is not int:
            report.add("event_malformed", where, "a line has an event, an index and a leaf")
            return None
        tail = f',"index":{index},"leaf":{json.dumps(value["leaf"])}}}'.encode()
        event = Event(index, number, line[len(b'{"event":') : -len(tail)])
        if leaf_hash(event.data).hex() != value["leaf"]:
            words = "the event is not the one whose leaf hash stands beside it"
            report.add("event_changed", f"event {index} (line {number})", words)
        events.append(event)
    return events


def _event_place(line: bytes, where: str) -> str:
    """Return the place of a line that cannot be read, by its index where that still shows."""
    match = re.search(rb'"index":([0-9]{1,18})', line)
    return f"event {int(match[1])} ({where})" if match else where


def check_whole(events: list[Event], stated: list[Stated], report: Report) -> None:
    """Check that the events are the whole log under each checkpoint."""
    for place, event in enumerate(events):
        if event.number != place:
            words = f"line {event.line} carries index {event.number} where {place} is expected"
            report.add("event_order", f"event {place}", words)
            return
    size = stated[-1].size if stated else 0
    if len(events) < size:
        words = f"the log has {size} events and the pack ends after {len(events)}"
        report.add("event_missing", f"event {len(events)}", words)
    elif len(events) > size:
        words = f"the newest checkpoint covers {size} events and the pack has {len(events)}"
        report.add("event_beyond", f"event {size}", words)
    edge, last_good = Edge(), 0
    for checkpoint in stated:
        if checkpoint.size > len(events):
            return
        for event in events[edge.size : checkpoint.size]:
            edge.append(leaf_hash(event.data))
        if edge.root() != checkpoint.root:
            where = f"events {last_good} to {checkpoint.size - 1}"
            words = (
                f"they do not give the root of the checkpoint of size {checkpoint.size}; "
                f"the first {last_good} events fit"
            )
            report.add("root_differs", where, words)
            return
        last_good = checkpoint.size


def check_partial(
    data: bytes, events: list[Event], stated: list[Stated], proven: set[int], report: Report
) -> None:
    """Check that each event was proven, and that each checkpoint continues the one before."""
    for one, two in pairwise(events):
        if two.number <= one.number:
            words = f"index {two.number} stands after index {one.number}"
            report.add("event_order", f"event {two.number} (line {two.line})", words)
            return
    for event in events:
        if event.number not in proven:
            report.add("inclusion_missing", f"event {event.number}", "there is no proof for it")
            break
    value = canonical_value(data, "consistency.json")
    rows = value.get("proofs") if isinstance(value, dict) else None
    if not isinstance(rows, list):
        raise Refused("malformed", "consistency.json", "it lists no proofs")
    by_sizes = {
        f"{row.get('old')} {row.get('new')}": row.get("proof")
        for row in rows
        if isinstance(row, dict)
    }
    for old, new in pairwise(stated):
        proof = _hashes(by_sizes.get(f"{old.size} {new.size}"), "consistency.json")
        if not verify_consistency(old, new, proof):
            where = f"checkpoints of size {old.size} and {new.size}"
            report.add("consistency_failed", where, "the newer does not continue the older")
            return


def check_inclusion(
    data: bytes, events: list[Event], newest: Stated | None, report: Report
) -> set[int]:
    """Check each inclusion proof against the newest checkpoint; return which events are proven."""
    proven: set[int] = set()
    value = canonical_value(data, "inclusion.json")
    rows = value.get("proofs") if isinstance(value, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Refused("malformed", "inclusion.json", "it lists no proofs")
    if newest is None or value.get("size") != newest.size:
        report.add("inclusion_size", "inclusion.json", "it is not for the newest checkpoint")
        return proven
    by_index = {event.number: event for event in events}
    for row in rows:
        index = row.get("index")
        event = by_index.get(index) if type(index) is int else None
        if event is None:
            report.add("inclusion_unknown", f"event {index}", "its proof stands without the event")
            continue
        proof = _hashes(row.get("proof"), "inclusion.json")
        leaf = leaf_hash(event.data)
        if verify_inclusion(leaf, event.number, newest.size, proof, newest.root):
            proven.add(event.number)
        else:
            words = f"the proof does not lead to the checkpoint of size {newest.size}"
            report.add("inclusion_failed", f"event {index}", words)
    return proven


def check_decisions(members: dict[str, bytes], events: list[Event] | None, report: Report) -> int:
    """Check each decision record against its hash and its event; return how many there are."""
    by_index = {event.number: event for event in events or []}
    names = sorted(name for name in members if name.startswith("decisions/"))
    for name in names:
        try:
            value = canonical_value(members[name], name)
        except Refused as refusal:
            report.add("decision_malformed", name, refusal.words)
            continue
        if not isinstance(value, dict) or sorted(value) != ["event_index", "record", "sha256"]:
            report.add("decision_malformed", name, "it has no record, hash and event index")
            continue
        again = json.dumps(
            value["record"], ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )
        if hashlib.sha256(again.encode()).hexdigest() != value["sha256"]:
            report.add("decision_changed", name, "the record does not have the hash beside it")
            continue
        index = value["event_index"]
        if index is None or events is None:
            report.facts["unanchored"] = report.facts.get("unanchored", 0) + 1
            continue
        event = by_index.get(index) if type(index) is int else None
        if event is None or not _mentions(json.loads(event.data), value["sha256"]):
            words = f"event {index} does not carry the hash of this record"
            report.add("decision_not_in_event", name, words)
    return len(names)


def check_outside(
    texts: list[tuple[str, bytes]],
    keys: list[Key],
    origin: str,
    events: list[Event] | None,
    stated: list[Stated],
    report: Report,
    *,
    is_whole: bool,
) -> None:
    """Check the pack against checkpoints that the auditor kept."""
    for name, data in texts:
        for kept in check_checkpoints(data, keys, origin, report, name):
            newest = stated[-1].size if stated else 0
            where = f"{name}, size {kept.size}"
            if kept.size > newest:
                words = f"you hold a checkpoint of {kept.size} events; the pack ends at {newest}"
                report.add("outside_newer", where, words)
            elif is_whole and events is not None and len(events) >= kept.size:
                edge = Edge()
                for event in events[: kept.size]:
                    edge.append(leaf_hash(event.data))
                if edge.root() != kept.root:
                    words = "the events of the pack do not give the root that you kept"
                    report.add("outside_differs", where, words)
            elif kept not in stated:
                words = "this partial pack cannot be compared with it; ask for a proof"
                report.add("outside_unknown", where, words)


def _text(data: bytes, where: str) -> str:
    """Return UTF-8 text. Raises Refused."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("malformed", where, "it is not UTF-8 text") from None


def _hashes(value: Any, where: str) -> list[bytes]:
    """Return hashes given as hex. Raises Refused."""
    rows = value if isinstance(value, list) else []
    for row in rows:
        _need(
            isinstance(row, str) and re.fullmatch("[0-9a-f]{64}", row) is not None,
            where,
            "a proof is a list of hashes in hex",
        )
    return [bytes.fromhex(row) for row in rows]


def _mentions(value: Any, text: str) -> bool:
    """Return whether a string in the value is exactly the text."""
    if isinstance(value, dict):
        return any(_mentions(item, text) for item in value.values())
    if isinstance(value, list):
        return any(_mentions(item, text) for item in value)
    return bool(value == text)


def verify_pack(
    members: dict[str, bytes],
    expected: list[str] | None = None,
    outside: list[tuple[str, bytes]] | None = None,
) -> Report:
    """Check a whole pack and return what was found; nothing is raised for a bad pack."""
    report = Report()
    report.facts["signers"] = set()
    for name in (
        "manifest.json",
        "keys.json",
        "checkpoints.txt",
        "events.jsonl",
        "inclusion.json",
    ):
        if name not in members:
            report.add("file_missing", name, "the pack lacks it")
    if report.findings:
        return report
    try:
        keys = read_keys(members["keys.json"])
        manifest = check_manifest(members, keys, report)
    except Refused as refusal:
        report.add(refusal.code, refusal.where, refusal.words)
        return report
    origin, is_whole = str(manifest.get("origin")), manifest["scope"] == "whole"
    try:
        _check_log(members, keys, origin, outside or [], report, is_whole=is_whole)
    except Refused as refusal:
        report.add(refusal.code, refusal.where, refusal.words)
    _check_keys(keys, expected or [], report)
    report.facts |= {
        "origin": origin,
        "title": manifest.get("title"),
        "prepared_at": manifest.get("prepared_at"),
        "scope": manifest["scope"],
        "signers": sorted(report.facts["signers"]),
        "keys": [key.verifier_key for key in keys],
    }
    return report


def _check_log(
    members: dict[str, bytes],
    keys: list[Key],
    origin: str,
    outside: list[tuple[str, bytes]],
    report: Report,
    *,
    is_whole: bool,
) -> None:
    """Check checkpoints, events, proofs and decisions."""
    stated = check_checkpoints(members["checkpoints.txt"], keys, origin, report)
    if not stated:
        report.add("checkpoint_missing", "checkpoints.txt", "no checkpoint of this log is valid")
    events = read_events(members["events.jsonl"], report)
    if events is not None:
        newest = stated[-1] if stated else None
        if is_whole:
            check_whole(events, stated, report)
        proven = check_inclusion(members["inclusion.json"], events, newest, report)
        if not is_whole:
            data = members.get("consistency.json", b"")
            check_partial(data, events, stated, proven, report)
    report.facts["decisions"] = check_decisions(members, events, report)
    check_outside(outside, keys, origin, events, stated, report, is_whole=is_whole)
    report.facts["events"] = len(events or [])
    report.facts["checkpoints"] = len(stated)
    report.facts["size"] = stated[-1].size if stated else 0
    report.facts["root"] = stated[-1].root.hex() if stated else ""


def _check_keys(keys: list[Key], expected: list[str], report: Report) -> None:
    """Check that every key that signed something is one that the auditor was given."""
    if not expected:
        return
    for key in keys:
        known = (key.fingerprint, key.verifier_key)
        if key.fingerprint in report.facts["signers"] and not set(known) & set(expected):
            words = f"{key.name} ({key.fingerprint}) is not a key that you were given"
            report.add("key_not_expected", "keys.json", words)


def _describe(report: Report) -> str:
    """Return the report in words."""
    facts = report.facts
    lines = []
    if "origin" in facts:
        lines += [
            f"Pack:        {facts['title']} ({facts['scope']}, prepared {facts['prepared_at']})",
            f"Log:         {facts['origin']}",
            f"Events:      {facts.get('events', 0)} of {facts.get('size', 0)}",
            f"Checkpoints: {facts.get('checkpoints', 0)}, newest root {facts.get('root', '')}",
            f"Decisions:   {facts.get('decisions', 0)}",
            *(f"Signed by:   {fingerprint}" for fingerprint in facts["signers"]),
        ]
    if facts.get("unanchored"):
        lines.append(f"Note:        {facts['unanchored']} decisions name no event of the pack")
    for finding in report.findings[:FINDINGS_SHOWN]:
        lines.append(f"WRONG  {finding.where}: {finding.words} [{finding.code}]")
    if len(report.findings) > FINDINGS_SHOWN:
        lines.append(f"       and {len(report.findings) - FINDINGS_SHOWN} more")
    lines.append("FAILED" if report.findings else "OK: everything in the pack fits.")
    return "\n".join([*lines, NO_PROOF, ""])


def main(arguments: list[str] | None = None) -> int:
    """Verify the pack that the command line names; return the exit code."""
    parser = argparse.ArgumentParser(description="Verify a Counterfoil audit pack.")
    parser.add_argument("pack", help="a zip file or a folder")
    parser.add_argument("--key", action="append", default=[], help="fingerprint or verifier key")
    parser.add_argument("--checkpoint", action="append", default=[], help="a file you kept")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    try:
        outside = []
        for name in options.checkpoint:
            with open(name, "rb") as file:
                outside.append((name, file.read()))
    except OSError as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    if not os.path.exists(options.pack):
        sys.stderr.write(f"{options.pack} does not exist\n")
        return 2
    try:
        report = verify_pack(read_members(options.pack), options.key, outside)
    except Refused as refusal:
        report = Report()
        report.add(refusal.code, refusal.where, refusal.words)
    if options.json:
        findings = [finding._asdict() for finding in report.findings]
        facts = {
            name: sorted(value) if isinstance(value, set) else value
            for name, value in report.facts.items()
        }
        answer = {"ok": not findings, "findings": findings, "facts": facts}
        sys.stdout.write(json.dumps(answer, indent=1, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(_describe(report))
    return 1 if report.findings else 0


if __name__ == "__main__":
    sys.exit(main())
