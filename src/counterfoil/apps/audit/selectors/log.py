"""The log itself: its state, its leaves and its checkpoints."""

from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from counterfoil.apps.audit.models import Checkpoint, Event, LogLeaf, Unsequenced
from counterfoil.apps.audit.types import CheckpointRecord, LogState
from counterfoil.core.auditpack import PackEvent
from counterfoil.core.merkle import Tree


def log_state() -> LogState:
    """This will say how many leaves the log has, how many events wait, and what is signed."""
    last = LogLeaf.objects.order_by("-index").values_list("index", flat=True).first()
    newest = Checkpoint.objects.order_by("-size").first()
    return LogState(
        size=0 if last is None else last + 1,
        waiting=Unsequenced.objects.count(),
        checkpoint=None
        if newest is None
        else CheckpointRecord(
            newest.size,
            bytes(newest.root).hex(),
            newest.note,
            newest.signed_at,
            tuple(newest.frontier),
        ),
    )


def leaf_hashes(*, size: int) -> list[bytes]:
    """This will return the leaf hashes of the log's first `size` entries, in order."""
    rows = LogLeaf.objects.filter(index__lt=size).order_by("index")
    return [bytes(leaf) for leaf in rows.values_list("leaf_hash", flat=True)]


def inclusion_of(*, event_id: str) -> dict[str, Any]:
    """This will prove where an event stands in the log at its present size (RFC 9162, 2.1.3).

    The answer has index, size, root, leaf and path in hex; it is empty for an event that waits.
    """
    found = LogLeaf.objects.filter(event_id=event_id).values_list("index", flat=True).first()
    last = LogLeaf.objects.order_by("-index").values_list("index", flat=True).first()
    if found is None or last is None:
        return {}
    tree = Tree(leaf_hashes(size=last + 1))
    path = tree.inclusion_proof(found)
    leaf = bytes(LogLeaf.objects.values_list("leaf_hash", flat=True).get(index=found))
    return {
        "event": event_id,
        "index": found,
        "size": tree.size,
        "root": tree.root(tree.size).hex(),
        "leaf": leaf.hex(),
        "path": [each.hex() for each in path],
    }


def leaf_of(*, event_id: str) -> str:
    """This will return the leaf hash of an event in hex, "" while it waits."""
    found = LogLeaf.objects.filter(event_id=event_id).values_list("leaf_hash", flat=True).first()
    return "" if found is None else bytes(found).hex()


def checkpoint_notes(*, up_to: int) -> tuple[str, ...]:
    """This will return the signed notes up to a size, ascending; the empty log's is left out."""
    rows = Checkpoint.objects.filter(size__gt=0, size__lte=up_to).order_by("size")
    return tuple(rows.values_list("note", flat=True))


def count_signed(*, event_ids: Sequence[str]) -> int:
    """This will count those of the events that the newest checkpoint covers; a pack holds them."""
    newest = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
    return LogLeaf.objects.filter(event_id__in=event_ids, index__lt=newest).count()


def packed_events(*, event_ids: Sequence[str], size: int) -> tuple[PackEvent, ...]:
    """This will return the events that lie among the first `size` leaves, by index."""
    places = dict(
        LogLeaf.objects.filter(event_id__in=event_ids, index__lt=size).values_list(
            "event_id", "index"
        )
    )
    rows = Event.objects.filter(id__in=list(places)).values_list("id", "canonical")
    found = [PackEvent(places[event_id], canonical.encode()) for event_id, canonical in rows]
    return tuple(sorted(found, key=lambda event: event.index))


def verifier_files() -> dict[str, bytes]:
    """This will return the two verifiers that every export carries, by file name."""
    folder = files("counterfoil.apps.audit") / "verifier"
    return {name: (folder / name).read_bytes() for name in ("verify.py", "verify.html")}
