"""Taking events into the Merkle log: a gapless index each, in one order for ever."""

from datetime import datetime

from django.db import connection, transaction

from counterfoil.apps.audit.models import Event, LogLeaf, Unsequenced
from counterfoil.core.merkle import leaf_hash

SEQUENCER_LOCK = 9162
"""The advisory lock that makes one sequencer of many; released with its transaction."""
BATCH = 5_000


def sequence_events(*, at: datetime, limit: int = BATCH) -> int:
    """This will give up to `limit` waiting events their place in the log and return how many.

    Only events of finished transactions are visible and can be taken; one that commits late comes
    after those taken before it. Within a round the order is that of recording. A waiting mark
    whose event has vanished stays, for `verify_log` to name.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEQUENCER_LOCK])
        waiting = Unsequenced.objects.values("event_id")
        taken = list(
            Event.objects.filter(id__in=waiting)
            .order_by("recorded_at", "place", "id")
            .values_list("id", "canonical")[:limit]
        )
        if not taken:
            return 0
        last = LogLeaf.objects.order_by("-index").values_list("index", flat=True).first()
        begin = 0 if last is None else last + 1
        LogLeaf.objects.bulk_create(
            [
                LogLeaf(
                    index=index,
                    event_id=event_id,
                    leaf_hash=leaf_hash(canonical.encode()),
                    sequenced_at=at,
                )
                for index, (event_id, canonical) in enumerate(taken, begin)
            ]
        )
        done, _ = Unsequenced.objects.filter(event_id__in=[row[0] for row in taken]).delete()
        assert done == len(taken), "another sequencer worked beside this one"
        return done
