"""Audit packs: the bytes of every file that an auditor verifies without us.

The format is specified in docs/reference/audit-pack.md; `verify.py` and `verify.html` read it.
Pure: the audit room reads the rows, signs, and zips what `build_pack` returns.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

from counterfoil.core.canonical import canonical_json, is_canonical, sha256_hex
from counterfoil.core.merkle import (
    Frontier,
    Tree,
    leaf_hash,
)
from counterfoil.core.notes import (
    NoteKey,
    Sign,
    parse_checkpoint,
    parse_note,
    sign_note,
)

FORMAT: Final = 1
"""The version of the pack format, in the manifest; verifiers refuse others."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")
_BESIDE = re.compile(r"population\.json|playbooks/[0-9a-f]{64}\.(json|yaml)")
_HEX = re.compile(rb"[0-9a-f]{64}")


class PackInvalid(ValueError):
    """The parts do not fit each other; a pack of them would not verify."""


@dataclass(frozen=True, slots=True)
class PackEvent:
    """One event: its index in the log and its canonical bytes as they were hashed."""

    index: int
    canonical: bytes


@dataclass(frozen=True, slots=True)
class PackDecision:
    """One decision record (canonical JSON values) and the event that carries its SHA-256."""

    decision_id: str
    record: Mapping[str, object]
    event_index: int | None


def build_pack(
    *,
    origin: str,
    title: str,
    at: datetime,
    events: Sequence[PackEvent],
    checkpoints: Sequence[str],
    keys: Sequence[NoteKey],
    signer: NoteKey,
    sign: Sign,
    decisions: Sequence[PackDecision] = (),
    leaves: Sequence[bytes] | None = None,
    beside: Mapping[str, bytes] | None = None,
) -> dict[str, bytes]:
    """Return file name to bytes of a pack of `events` under the newest of `checkpoints`.

    Without `leaves` the events must be the whole log up to that checkpoint. With `leaves`, the
    leaf hashes of that whole log, the pack is partial: each event gets an inclusion proof and each
    pair of checkpoints a consistency proof. `checkpoints` are signed notes by ascending size;
    `signer`, one of `keys`, signs the manifest. `beside` are further files, which the manifest
    covers: the population as it was drawn, the playbooks that decisions cite.
    Raises PackInvalid, BadNote, NotCanonical.
    """
    _check_events(events)
    stated = [parse_checkpoint(parse_note(note).text) for note in checkpoints]
    sizes = [checkpoint.size for checkpoint in stated]
    if not sizes or sizes != sorted(set(sizes)):
        raise PackInvalid("a pack needs checkpoints, by ascending size, each once")
    if {checkpoint.origin for checkpoint in stated} != {origin}:
        raise PackInvalid("a checkpoint is of another log")
    size = sizes[-1]
    is_whole = leaves is None
    hashes = [leaf_hash(event.canonical) for event in events] if leaves is None else leaves
    tree = Tree(hashes)
    if len(hashes) != size or tree.root(size) != stated[-1].root:
        raise PackInvalid(f"the leaves are not those of the checkpoint of size {size}")
    if is_whole and [event.index for event in events] != list(range(size)):
        raise PackInvalid("a whole pack carries each event from index 0")
    indexes = {event.index for event in events}
    if any(not 0 <= index < size for index in indexes):
        raise PackInvalid("an event lies beyond the newest checkpoint")

    anchored = {decision.event_index for decision in decisions if decision.event_index is not None}
    if not anchored <= indexes:
        raise PackInvalid("the event of a decision is not in the pack")
    proven = sorted(anchored if is_whole else indexes)
    files = {
        "events.jsonl": b"".join(_event_line(event) for event in events),
        "checkpoints.txt": "\n".join(checkpoints).encode(),
        "keys.json": keys_file(keys),
        "inclusion.json": canonical_json(
            {
                "size": size,
                "proofs": [
                    {"index": index, "proof": _hex(tree.inclusion_proof(index))}
                    for index in proven
                ],
            }
        ),
    }
    if not is_whole:
        files["consistency.json"] = canonical_json(
            {
                "proofs": [
                    {"old": old, "new": new, "proof": _hex(tree.consistency_proof(old, new))}
                    for old, new in pairwise(sizes)
                ]
            }
        )
    for decision in decisions:
        name = f"decisions/{decision.decision_id}.json"
        if _ID.fullmatch(decision.decision_id) is None or name in files:
            raise PackInvalid(f"{decision.decision_id!r} cannot name a file, or stands twice")
        files[name] = _decision(decision)
    for name, data in (beside or {}).items():
        if _BESIDE.fullmatch(name) is None:
            raise PackInvalid(f"{name!r} is no file of a pack")
        files[name] = data
    return files | signed_manifest(
        files, origin=origin, title=title, at=at, signer=signer, sign=sign,
        scope="whole" if is_whole else "partial",
    )  # fmt: skip


def consistent_checkpoints(leaves: Sequence[bytes], checkpoints: Sequence[str]) -> bool:
    """Return whether every signed note states the root of the first leaves of its size."""
    frontier = Frontier()
    for note in checkpoints:
        stated = parse_checkpoint(parse_note(note).text)
        if not frontier.size <= stated.size <= len(leaves):
            return False
        frontier = frontier.extend(leaves[frontier.size : stated.size])
        if frontier.root != stated.root:
            return False
    return True


def _check_events(events: Sequence[PackEvent]) -> None:
    """Refuse events out of order or in another form than the log hashes. Raises PackInvalid."""
    last = -1
    for event in events:
        if event.index <= last:
            raise PackInvalid(f"event {event.index} stands after event {last}")
        if not is_canonical(event.canonical):
            raise PackInvalid(f"the bytes of event {event.index} are not canonical JSON")
        last = event.index


def _event_line(event: PackEvent) -> bytes:
    """Return a line whose bytes between "event": and ,"index" are the event as hashed."""
    leaf = leaf_hash(event.canonical).hex().encode()
    index = str(event.index).encode()
    return b'{"event":' + event.canonical + b',"index":' + index + b',"leaf":"' + leaf + b'"}\n'


def keys_file(keys: Sequence[NoteKey]) -> bytes:
    """Return keys.json: the public keys that signed, newest first."""
    return canonical_json({"keys": [_key(key) for key in keys]})


def _key(key: NoteKey) -> dict[str, str]:
    """Return a public key as keys.json lists it."""
    return {
        "algorithm": "Ed25519",
        "fingerprint": key.fingerprint,
        "name": key.name,
        "verifier_key": key.verifier_key,
    }


def _hex(hashes: Sequence[bytes]) -> list[str]:
    """Return hashes as canonical JSON carries them."""
    return [known.hex() for known in hashes]


def _decision(decision: PackDecision) -> bytes:
    """Return the file of one decision: its record, the record's hash, and the event's index."""
    record = canonical_json(dict(decision.record))
    place = b"null" if decision.event_index is None else str(decision.event_index).encode()
    digest = sha256_hex(record).encode()
    assert _HEX.fullmatch(digest)
    return b'{"event_index":' + place + b',"record":' + record + b',"sha256":"' + digest + b'"}'


def signed_manifest(
    files: Mapping[str, bytes],
    *,
    origin: str,
    title: str,
    at: datetime,
    scope: str,
    signer: NoteKey,
    sign: Sign,
    label: str = "audit-pack",
) -> dict[str, bytes]:
    """Return manifest.json, which hashes every other file, and its signature manifest.sig.

    `label` is what the signature says it is over, so that no pack passes for one of another kind.
    """
    moment = at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    manifest = canonical_json(
        {
            "format": FORMAT,
            "origin": origin,
            "title": title,
            "prepared_at": moment,
            "scope": scope,
            "files": {
                name: {"bytes": len(data), "sha256": sha256_hex(data)}
                for name, data in files.items()
            },
        }
    )
    text = f"{origin}/{label}\n{sha256_hex(manifest)}\n"
    return {
        "manifest.json": manifest,
        "manifest.sig": str(sign_note(text, signer, sign)).encode(),
    }
