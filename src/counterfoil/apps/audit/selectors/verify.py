"""Verification: events against leaves, leaves against the checkpoints kept outside.

What it can't see is stated in ADR 0007: an event that was never true, and what happened to an
event in the seconds before the sequencer took it.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from counterfoil.apps.audit.models import Checkpoint, Event, LogLeaf, PersonalValue, Unsequenced
from counterfoil.apps.audit.ports import CheckpointStore, SigningKey
from counterfoil.apps.audit.types import LogFinding, LogVerdict
from counterfoil.core.canonical import sha256_hex
from counterfoil.core.merkle import Frontier, leaf_hash
from counterfoil.core.notes import BadNote, parse_checkpoint, parse_note

CHUNK = 2_000
FINDINGS_MAX = 200


def verdict_of_log(*, key: SigningKey, store: CheckpointStore) -> LogVerdict:
    """This will verify the whole log and name what is wrong, in the order of the log.

    Reads every event; a million take about a minute. At most FINDINGS_MAX findings are listed.
    """
    last = LogLeaf.objects.order_by("-index").values_list("index", flat=True).first()
    size = 0 if last is None else last + 1
    stated, findings = _kept_checkpoints(key, store)
    walk = _Walk(stated)
    for begin in range(0, size, CHUNK):
        findings += _check_chunk(begin, min(begin + CHUNK, size), walk)
    findings += walk.end()
    findings += _missing_outside(store)
    findings += _outside_the_log()
    findings.sort(key=_place)
    return LogVerdict(
        events=Event.objects.count(),
        leaves=walk.frontier.size,
        waiting=Unsequenced.objects.count(),
        checkpoints=len(stated),
        root=walk.frontier.root.hex(),
        findings=tuple(findings[:FINDINGS_MAX]),
    )


def _place(finding: LogFinding) -> tuple[int, int]:
    if finding.index is not None:
        return (0, finding.index)
    return (1, finding.size or 0)


class _Walk:
    """The tree while the leaves go by, compared with each checkpoint at its size."""

    def __init__(self, stated: dict[int, bytes]) -> None:
        self.frontier = Frontier()
        self._ahead = sorted(stated.items(), reverse=True)
        self._good = 0
        self._is_broken = False

    def take(self, leaf: bytes) -> Iterator[LogFinding]:
        """Append a leaf; a finding when the tree differs from what was signed at this size."""
        self.frontier = self.frontier.append(leaf)
        while self._ahead and self._ahead[-1][0] <= self.frontier.size:
            size, root = self._ahead.pop()
            if root == self.frontier.root:
                self._good = size
            elif not self._is_broken:
                # Every later root differs as well; the first one says where.
                self._is_broken = True
                yield LogFinding(
                    "LOG_REWRITTEN",
                    f"Entries {self._good} to {size - 1} are not those that were signed at size "
                    f"{size}: one was changed, moved, put in or taken out together with its leaf.",
                    index=self._good,
                    size=size,
                )

    def end(self) -> Iterator[LogFinding]:
        """A finding when checkpoints speak of more entries than there are."""
        if self._ahead:
            size = self._ahead[0][0]
            yield LogFinding(
                "LOG_CUT_SHORT",
                f"A checkpoint kept outside signs {size} entries, the log has "
                f"{self.frontier.size}: the newest entries were deleted, or an older backup was "
                "restored.",
                index=self.frontier.size,
                size=size,
            )


def _check_chunk(begin: int, end: int, walk: _Walk) -> list[LogFinding]:
    rows = LogLeaf.objects.filter(index__gte=begin, index__lt=end).order_by("index")
    leaves = {
        index: (event_id, bytes(leaf))
        for index, event_id, leaf in rows.values_list("index", "event_id", "leaf_hash")
    }
    ids = [event_id for event_id, _ in leaves.values()]
    events = {event.id: event for event in Event.objects.filter(id__in=ids)}
    personal: dict[str, list[PersonalValue]] = {}
    for value in PersonalValue.objects.filter(event_id__in=ids):
        personal.setdefault(value.event_id, []).append(value)
    findings: list[LogFinding] = []
    for index in range(begin, end):
        if index not in leaves:
            findings.append(
                LogFinding("LEAF_MISSING", f"Entry {index} of the log is gone.", index=index)
            )
            continue
        event_id, leaf = leaves[index]
        event = events.get(event_id)
        findings += _check_event(index, event_id, leaf, event, personal.get(event_id, []))
        findings += walk.take(leaf)
    return findings


def _check_event(
    index: int, event_id: str, leaf: bytes, event: Event | None, personal: list[PersonalValue]
) -> Iterator[LogFinding]:
    if event is None:
        yield LogFinding(
            "EVENT_MISSING", f"The event of entry {index} was deleted.", index, event_id
        )
        return
    if leaf_hash(event.canonical.encode()) != leaf:
        yield LogFinding(
            "EVENT_EDITED", f"The event of entry {index} was changed.", index, event_id
        )
        return
    meaning = json.loads(event.canonical)
    if _columns(event) != _stated(meaning):
        yield LogFinding(
            "EVENT_COLUMNS_EDITED",
            f"What the pages show of entry {index} differs from what was recorded.",
            index,
            event_id,
        )
    for value in personal:
        committed = meaning["personal"].get(value.field)
        if sha256_hex(bytes.fromhex(value.salt) + value.value.encode()) != committed:
            yield LogFinding(
                "PERSONAL_VALUE_EDITED",
                f"The value of {value.field!r} of entry {index} is not the one recorded.",
                index,
                event_id,
            )


def _columns(event: Event) -> tuple[Any, ...]:
    return (
        event.id,
        event.recorded_at,
        event.actor_id,
        event.actor_name,
        event.role,
        event.on_behalf_of,
        event.action,
        event.object_type,
        event.object_id,
        event.partner_id,
    )


def _stated(meaning: dict[str, Any]) -> tuple[Any, ...]:
    actor, subject = meaning["actor"], meaning["object"]
    return (
        meaning["id"],
        datetime.fromisoformat(meaning["at"]).astimezone(UTC),
        actor["id"],
        actor["name"],
        actor["role"],
        actor["on_behalf_of"],
        meaning["action"],
        subject["type"],
        subject["id"],
        meaning["partner"],
    )


def _kept_checkpoints(
    key: SigningKey, store: CheckpointStore
) -> tuple[dict[int, bytes], list[LogFinding]]:
    """Return the roots that the kept notes state, by size, and what is wrong with notes."""
    stated: dict[int, bytes] = {}
    findings: list[LogFinding] = []
    for size in store.sizes():
        words = ""
        try:
            signed = parse_note(store.get(size=size) or "")
            checkpoint = parse_checkpoint(signed.text)
        except BadNote as error:
            words = f"can't be read: {error}"
        else:
            if not any(signed.is_signed_by(known, key.check) for known in key.known_keys):
                words = "is not signed by a key of this log"
            elif checkpoint.size != size:
                words = f"speaks of size {checkpoint.size}"
        if words:
            findings.append(
                LogFinding(
                    "CHECKPOINT_BROKEN",
                    f"The checkpoint of size {size} {words}.",
                    size=size,
                )
            )
        else:
            stated[size] = checkpoint.root
    return stated, findings


def _missing_outside(store: CheckpointStore) -> Iterator[LogFinding]:
    kept = set(store.sizes())
    for size, note in (
        Checkpoint.objects.filter(size__gt=0).order_by("size").values_list("size", "note")
    ):
        if size not in kept:
            yield LogFinding(
                "CHECKPOINT_MISSING",
                f"The checkpoint of size {size} was signed and is not kept outside any more.",
                size=size,
            )
        elif store.get(size=size) != note:
            yield LogFinding(
                "CHECKPOINT_DIFFERS",
                f"The checkpoint of size {size} reads otherwise in the database than outside.",
                size=size,
            )


def _outside_the_log() -> Iterator[LogFinding]:
    """Findings about events that neither wait nor stand in the log, and marks without event."""
    known = LogLeaf.objects.values("event_id")
    waiting = Unsequenced.objects.values("event_id")
    unknown = Event.objects.exclude(id__in=known).exclude(id__in=waiting).order_by("id")
    for event_id in unknown.values_list("id", flat=True)[:FINDINGS_MAX]:
        yield LogFinding(
            "EVENT_PUT_IN",
            f"The event {event_id} came into the table without being recorded by the product.",
            event_id=event_id,
        )
    lost = Unsequenced.objects.exclude(event_id__in=Event.objects.values("id"))
    for event_id in lost.order_by("event_id").values_list("event_id", flat=True)[:FINDINGS_MAX]:
        yield LogFinding(
            "WAITING_EVENT_MISSING",
            f"The event {event_id} vanished before the log took it.",
            event_id=event_id,
        )
