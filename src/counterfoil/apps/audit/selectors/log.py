"""The log itself: its state, its leaves and its checkpoints."""

from collections.abc import Sequence
from importlib.resources import files

from counterfoil.apps.audit.models import Checkpoint, Event, LogLeaf, Unsequenced
from counterfoil.apps.audit.types import CheckpointRecord, LogState
from counterfoil.core.auditpack import PackEvent


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
