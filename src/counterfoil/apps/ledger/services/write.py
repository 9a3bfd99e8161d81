"""The one statement that writes entries with their legs."""

from collections.abc import Mapping, Sequence

from django.db import connection

from counterfoil.apps.ledger.errors import UnknownEntry
from counterfoil.apps.ledger.models import Entry
from counterfoil.apps.ledger.services.accounts import AccountRow
from counterfoil.core.journal import EntryDraft
from counterfoil.foundation.bulk import array_literal, unnest_sql

LARGE = 1_000
"""From how many entries on a batch is given more memory."""

_SHARED = {"posted_at": "timestamptz", "actor_id": "text", "batch": "text"}
_ENTRY_COLUMNS = {
    "id": "bigint",
    "public_id": "text",
    "kind": "text",
    "effective_on": "date",
    "source_ref": "text",
    "partner_id": "bigint",
    "idem_key": "text",
    "payload_sha256": "text",
    "reverses_id": "bigint",
    "reason": "text",
    "origin_period": "text",
}
_LEG_COLUMNS = {
    "entry_id": "bigint",
    "seq": "smallint",
    "account_id": "bigint",
    "partner_id": "bigint",
    "amount_minor": "bigint",
    "currency": "text",
}
_ENTRY_NAMES, _LEG_NAMES = ", ".join(_ENTRY_COLUMNS), ", ".join(_LEG_COLUMNS)
_SHARED_VALUES = ", ".join(f"%s::text::{kind}" for kind in _SHARED.values())
# The columns and types are constants; every value is a parameter.
_POST = (
    f"WITH headers AS (INSERT INTO ledger_entry ({_ENTRY_NAMES}, {', '.join(_SHARED)}) "  # noqa: S608  # constant text
    f"SELECT {_ENTRY_NAMES}, {_SHARED_VALUES} FROM {unnest_sql(_ENTRY_COLUMNS)}) "
    f"INSERT INTO ledger_leg ({_LEG_NAMES}) SELECT {_LEG_NAMES} FROM {unnest_sql(_LEG_COLUMNS)}"
)


def write_entries(
    *,
    entries: Sequence[EntryDraft],
    public_ids: Sequence[str],
    digests: Sequence[str],
    sides: Sequence[tuple[AccountRow, int]],
    partners: Mapping[str, int],
    shared: tuple[str, str, str],
) -> None:
    """This will write headers and legs by one statement, which the guards judge as a whole.

    `sides` are the account and amount of every leg, entry by entry; `shared` is the moment of
    posting, the actor's id and the batch. Column by column, because an array a column is what goes
    over. Raises UnknownEntry, and IntegrityError when a guard refuses.
    """
    reverses = _reversed_ids(entries)
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_reserve_entries(%s)", [len(entries)])
        [ids] = cursor.fetchone() or [[]]
        if len(entries) >= LARGE:
            # Transition tables and arrays of a large batch stay in memory, for this transaction.
            cursor.execute("SET LOCAL work_mem = '128MB'")
        headers: tuple[Sequence[object], ...] = (
            ids,
            public_ids,
            [entry.kind.value for entry in entries],
            [entry.effective_on.isoformat() for entry in entries],
            [entry.source_ref for entry in entries],
            [partners[entry.partner_id] if entry.partner_id else 0 for entry in entries],
            [entry.idem_key for entry in entries],
            digests,
            [reverses[entry.reverses] if entry.reverses else None for entry in entries],
            [entry.reason for entry in entries],
            [entry.origin_period or "" for entry in entries],
        )
        legs: tuple[Sequence[object], ...] = (
            [pk for pk, entry in zip(ids, entries, strict=True) for _ in entry.legs],
            [seq for entry in entries for seq in range(1, len(entry.legs) + 1)],
            [row.pk for row, _ in sides],
            [row.partner_id for row, _ in sides],
            [minor for _, minor in sides],
            [row.currency for row, _ in sides],
        )
        cursor.execute(_POST, [*shared, *map(array_literal, headers), *map(array_literal, legs)])


def _reversed_ids(entries: Sequence[EntryDraft]) -> dict[str, int]:
    wanted = [entry.reverses for entry in entries if entry.reverses]
    if not wanted:
        return {}
    found = dict(Entry.objects.filter(public_id__in=wanted).values_list("public_id", "pk"))
    for entry_id in wanted:
        if entry_id not in found:
            raise UnknownEntry(f"There is no ledger entry {entry_id} to reverse.")
    return found
