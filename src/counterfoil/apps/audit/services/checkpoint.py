"""Signing the log's state and keeping the note outside the database."""

from datetime import datetime

from django.db import connection, transaction

from counterfoil.apps.audit.errors import CheckpointContradicts, LogNotCommitted
from counterfoil.apps.audit.models import Checkpoint, LogLeaf
from counterfoil.apps.audit.ports import CheckpointStore, SigningKey
from counterfoil.apps.audit.services.record import moment
from counterfoil.apps.audit.services.sequence import SEQUENCER_LOCK
from counterfoil.apps.audit.types import CheckpointRecord
from counterfoil.core.merkle import Frontier
from counterfoil.core.notes import BadNote, CheckpointText, parse_checkpoint, parse_note, sign_note

# The transaction of the newest leaf, as a 64-bit id: its row keeps the lower half only.
_NEWEST_LEAF_STATUS = """
SELECT pg_xact_status(((top - CASE WHEN low > top % 4294967296 THEN 4294967296 ELSE 0 END)
                       / 4294967296 * 4294967296 + low)::text::xid8)
FROM (SELECT xmin::text::bigint AS low,
             pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS top
      FROM audit_logleaf ORDER BY index DESC LIMIT 1) newest
"""


def sign_checkpoint(
    *, at: datetime, key: SigningKey, store: CheckpointStore
) -> CheckpointRecord | None:
    """This will sign the log at its present size; None when the newest checkpoint covers it.

    Call it in a transaction of its own, after the one that sequenced: what is signed can't be
    taken back. Before signing, the newest earlier checkpoint is read from outside the database
    and the new tree is grown from it, so the two are consistent (RFC 9162, 2.1.4).
    Raises LogNotCommitted, CheckpointContradicts, CheckpointExists, SigningKeyMissing,
    SigningKeyUnsafe.
    """
    with transaction.atomic():
        _lock_and_expect_committed()
        earlier = _earlier(key, store)
        leaves = [
            bytes(leaf)
            for leaf in LogLeaf.objects.filter(index__gte=earlier.size)
            .order_by("index")
            .values_list("leaf_hash", flat=True)
        ]
        last = LogLeaf.objects.order_by("-index").values_list("index", flat=True).first()
        size = 0 if last is None else last + 1
        if earlier.size + len(leaves) != size or size < earlier.size:
            raise CheckpointContradicts(
                f"the log has {size} leaves and lacks some of those after {earlier.size}; "
                "run `counterfoil verify`"
            )
        if size == earlier.size and Checkpoint.objects.filter(size=size).exists():
            return None
        frontier = earlier.extend(leaves)
        text = str(CheckpointText(key.key.name, size, frontier.root, _time_line(last)))
        note = str(sign_note(text, key.key, key.sign))
        # Outside first: a crash after this line leaves a note that the next round writes again,
        # byte for byte, because its time is that of the newest leaf and Ed25519 has no randomness.
        if size:
            store.put(size=size, note=note)
        hashes = [known.hex() for known in frontier.hashes]
        Checkpoint(size=size, root=frontier.root, note=note, signed_at=at, frontier=hashes).save(
            force_insert=True
        )
        return CheckpointRecord(size, frontier.root.hex(), note, at, tuple(hashes))


def _time_line(last: int | None) -> tuple[str, ...]:
    """Return when the log took its newest entry, as a line of the note; none for an empty log."""
    if last is None:
        return ()
    taken = LogLeaf.objects.values_list("sequenced_at", flat=True).get(index=last)
    return (f"time {moment(taken)}",)


def _lock_and_expect_committed() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEQUENCER_LOCK])
        cursor.execute(_NEWEST_LEAF_STATUS)
        row = cursor.fetchone()
    # NULL means older than the server remembers, so committed long ago.
    if row is not None and row[0] not in {"committed", None}:
        raise LogNotCommitted("the newest leaves are not committed; sign in the next transaction")


def _earlier(key: SigningKey, store: CheckpointStore) -> Frontier:
    """Return the tree at the newest checkpoint that is kept outside; empty for none."""
    outside = store.sizes()
    inside = Checkpoint.objects.order_by("-size").first()
    newest = max(outside, default=0)
    if inside is not None and inside.size > newest:
        raise CheckpointContradicts(
            f"the checkpoint of size {inside.size} is missing outside the database; restore it"
        )
    if newest == 0:
        return Frontier()
    note = store.get(size=newest)
    assert note is not None, "the store lists a size that it does not hold"
    try:
        signed = parse_note(note)
        stated = parse_checkpoint(signed.text)
    except BadNote as error:
        raise CheckpointContradicts(f"the kept checkpoint of size {newest}: {error}") from None
    if not any(signed.is_signed_by(known, key.check) for known in key.known_keys):
        raise CheckpointContradicts(f"the kept checkpoint of size {newest} has no valid signature")
    frontier = _frontier(newest)
    if (stated.size, stated.root) != (newest, frontier.root):
        raise CheckpointContradicts(
            f"the log does not continue the checkpoint of size {newest}: rows were changed or "
            "removed; run `counterfoil verify`"
        )
    return frontier


def _frontier(size: int) -> Frontier:
    """Return the tree's edge at a size: stored with its checkpoint, or hashed from the leaves."""
    row = Checkpoint.objects.filter(size=size).first()
    if row is not None:
        try:
            return Frontier(size, tuple(bytes.fromhex(known) for known in row.frontier))
        except ValueError:
            raise CheckpointContradicts(f"the stored edge of size {size} is damaged") from None
    leaves = LogLeaf.objects.filter(index__lt=size).order_by("index")
    hashes = [bytes(leaf) for leaf in leaves.values_list("leaf_hash", flat=True)]
    if len(hashes) != size:
        raise CheckpointContradicts(
            f"a checkpoint of {size} leaves is kept outside, the database has {len(hashes)}: "
            "rows were removed, or an older backup was restored"
        )
    return Frontier().extend(hashes)
