"""Posting: idempotent by key, all legs in one statement, no account below zero that may not be.

One entry or a hundred thousand, the way in is the same: one statement that inserts the headers and
all their legs. The database checks again what `core.journal` asserted (migration `0002_guards`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import IntegrityError, connection, transaction

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.ledger.errors import (
    IdempotencyConflict,
    OverBudget,
    PeriodClosed,
    PortalMayNotPost,
)
from counterfoil.apps.ledger.models import Period
from counterfoil.apps.ledger.services.accounts import (
    AccountRow,
    accounts_for,
    balances_by_pk,
    lock_accounts,
    partner_keys,
)
from counterfoil.apps.ledger.services.write import write_entries
from counterfoil.apps.ledger.types import Posted
from counterfoil.core.accounts import AccountKey
from counterfoil.core.actors import Actor
from counterfoil.core.canonical import sha256_hex
from counterfoil.core.journal import EntryDraft
from counterfoil.core.money import Money
from counterfoil.foundation.acting import current_principal
from counterfoil.foundation.bulk import array_literal
from counterfoil.foundation.ids import new_id, new_ids

LOOK_FIRST_BELOW = 200
"""Under this many entries known keys are looked up first; above, only after a refusal."""
_ATTEMPTS = 3


class _Draft(NamedTuple):
    """A draft with its digest computed once."""

    entry: EntryDraft
    sha256: str


def post_entry(*, draft: EntryDraft, by: Actor, at: datetime) -> Posted:
    """This will post one entry, or return the first one posted under the same key and payload.

    Locks the accounts that it draws on (those that may not go below zero) in id order until the
    transaction ends. Raises IdempotencyConflict, OverBudget, PeriodClosed, UnknownPartner,
    UnknownEntry (of a reversal), PortalMayNotPost.
    """
    return post_entries(drafts=[draft], by=by, at=at)[0]


def post_entries(*, drafts: Sequence[EntryDraft], by: Actor, at: datetime) -> tuple[Posted, ...]:
    """This will post many entries at once, all or none, and answer in the order of `drafts`.

    The rule of no account below zero holds for the batch as a whole. Raises as `post_entry`.
    """
    if current_principal().role == "cf_portal":
        raise PortalMayNotPost("A partner's session never posts to the ledger.")
    unique = _unique(drafts)
    posted: dict[str, Posted] = {}
    if len(unique) < LOOK_FIRST_BELOW:
        posted = _already_posted(unique)
    for attempt in range(_ATTEMPTS):
        fresh = [row for key, row in unique.items() if key not in posted]
        if not fresh:
            break
        try:
            with transaction.atomic():
                posted |= _post(fresh, by=by, at=at)
        except (IntegrityError, OverBudget, PeriodClosed):
            # Posted before, or by another transaction meanwhile? A repeat is no refusal.
            known = _already_posted({row.entry.idem_key: row for row in fresh})
            if not known or attempt == _ATTEMPTS - 1:
                raise
            posted |= known
    return tuple(posted[draft.idem_key] for draft in drafts)


def _unique(drafts: Sequence[EntryDraft]) -> dict[str, _Draft]:
    """This will key the drafts; raises IdempotencyConflict for two payloads under one key."""
    unique = {draft.idem_key: _Draft(draft, draft.payload_sha256) for draft in drafts}
    if len(unique) < len(drafts):
        for draft in drafts:
            if draft.payload_sha256 != unique[draft.idem_key].sha256:
                raise IdempotencyConflict(draft.idem_key, "of this very batch")
    return unique


def _already_posted(rows: Mapping[str, _Draft]) -> dict[str, Posted]:
    """This will find keys that stand in the journal; raises IdempotencyConflict."""
    with connection.cursor() as cursor:
        cursor.execute(
            # Joined, for a scan would read the array anew for each row of the journal.
            "SELECT e.idem_key, e.payload_sha256, e.public_id "
            "FROM unnest(%s::text::text[]) AS wanted(idem_key) "
            "JOIN ledger_entry e USING (idem_key)",
            [array_literal(list(rows))],
        )
        found = cursor.fetchall()
    for key, sha256, entry_id in found:
        if rows[key].sha256 != sha256:
            raise IdempotencyConflict(key, entry_id)
    return {key: Posted(entry_id, is_new=False) for key, _, entry_id in found}


def _post(fresh: Sequence[_Draft], *, by: Actor, at: datetime) -> dict[str, Posted]:
    """This will check and write entries that are new; the database refuses a key that is not."""
    _refuse_closed(fresh)
    keys = {leg.account for row in fresh for leg in row.entry.legs}
    named = {row.entry.partner_id for row in fresh} | {key.partner_id for key in keys}
    partners = partner_keys(name for name in named if name)
    accounts = accounts_for(keys, partners)
    sides = [(accounts[leg.account], leg.amount_minor) for row in fresh for leg in row.entry.legs]
    _refuse_overdraft(sides, accounts)
    ids = new_ids("ent", len(fresh))
    batch = new_id("pst") if len(fresh) > 1 else ""
    write_entries(
        entries=[row.entry for row in fresh],
        public_ids=ids,
        digests=[row.sha256 for row in fresh],
        sides=sides,
        partners=partners,
        shared=(at.isoformat(), by.id, batch),
    )
    _record(fresh, ids, batch, by=by, at=at)
    return {
        row.entry.idem_key: Posted(public_id, is_new=True)
        for row, public_id in zip(fresh, ids, strict=True)
    }


def _refuse_closed(fresh: Sequence[_Draft]) -> None:
    """This will name the closed period that an entry falls into; the database refuses it too."""
    days = {row.entry.effective_on for row in fresh}
    closed = Period.objects.filter(
        closed_at__isnull=False, starts_on__lte=max(days), ends_on__gte=min(days)
    )
    for period in closed:
        for day in sorted(days):
            if period.starts_on <= day <= period.ends_on:
                raise PeriodClosed(
                    f"{day.isoformat()} is in the period {period.code}, which is closed; post "
                    "into an open period and name the period of origin."
                )


def _refuse_overdraft(
    sides: Sequence[tuple[AccountRow, int]], accounts: Mapping[AccountKey, AccountRow]
) -> None:
    """This will lock what the batch draws on, sum it and refuse to go below zero.

    Raises OverBudget for the first account, in order of its code, that would.
    """
    change: dict[int, int] = defaultdict(int)
    for row, minor in sides:
        change[row.pk] += minor
    needed = {
        key: -change[row.pk] * row.normal
        for key, row in accounts.items()
        if change[row.pk] * row.normal < 0 and not row.may_go_negative
    }
    ids = sorted(accounts[key].pk for key in needed)
    if not ids:
        return
    lock_accounts(ids)
    sums = balances_by_pk(ids)
    for key in sorted(needed, key=lambda key: key.code):
        held = accounts[key]
        available = sums.get(held.pk, 0) * held.normal
        if available < needed[key]:
            raise OverBudget(
                key,
                available=Money(available, key.currency),
                needed=Money(needed[key], key.currency),
            )


def batch_sha256(rows: Iterable[tuple[str, str]]) -> str:
    """This will hash (public id, payload digest) pairs: a line each, in the order of the ids."""
    return sha256_hex("".join(sorted(f"{pair[0]} {pair[1]}\n" for pair in rows)).encode())


def _record(
    fresh: Sequence[_Draft], ids: Sequence[str], batch: str, *, by: Actor, at: datetime
) -> None:
    """This will tie the entries to the audit log: one event for one entry or for one batch."""
    if not batch:
        [row], [public_id] = fresh, ids
        record_event(
            by=by,
            at=at,
            action="entry.posted",
            object_type="ledger_entry",
            object_id=public_id,
            data={"kind": str(row.entry.kind), "payload_sha256": row.sha256},
        )
        return
    pairs = zip(ids, (row.sha256 for row in fresh), strict=True)
    record_event(
        by=by,
        at=at,
        action="entries.posted",
        object_type="ledger_batch",
        object_id=batch,
        data={"entries": len(fresh), "sha256": batch_sha256(pairs)},
    )
