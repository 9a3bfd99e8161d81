"""Posting: idempotent by key, all legs in one statement, no account below zero that may not be.

One entry or a hundred thousand, the way in is the same: one statement that inserts the headers and
all their legs. The database checks again what `core.journal` asserted (migration `0002_guards`).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.ledger.errors import (
    IdempotencyConflict,
    OverBudget,
    PeriodClosed,
    PortalMayNotPost,
    UnknownEntry,
    UnknownPartner,
)
from counterfoil.apps.ledger.models import Account, Entry, Period
from counterfoil.apps.ledger.types import Posted
from counterfoil.apps.partners.models import Organization
from counterfoil.core.accounts import AccountKey, Group
from counterfoil.core.actors import Actor
from counterfoil.core.canonical import digest
from counterfoil.core.journal import EntryDraft
from counterfoil.core.money import Money
from counterfoil.foundation.acting import current_principal
from counterfoil.foundation.bulk import column_arrays, unnest_sql
from counterfoil.foundation.ids import new_id

_ENTRY_COLUMNS = {
    "public_id": "text",
    "kind": "text",
    "effective_on": "date",
    "posted_at": "timestamptz",
    "source_ref": "text",
    "partner_id": "bigint",
    "idem_key": "text",
    "payload_sha256": "text",
    "reverses_id": "bigint",
    "reason": "text",
    "actor_id": "text",
    "origin_period": "text",
    "batch": "text",
}
_LEG_COLUMNS = {
    "public_id": "text",
    "seq": "smallint",
    "account_id": "bigint",
    "partner_id": "bigint",
    "amount_minor": "bigint",
    "currency": "text",
}
_NAMES = ", ".join(_ENTRY_COLUMNS)
# The columns and types are constants; every value is a parameter. A key that another transaction
# committed meanwhile is passed over with its legs, and read again after.
_POST = (
    f"WITH posted AS (INSERT INTO ledger_entry ({_NAMES}) SELECT {_NAMES} "  # noqa: S608  # constant text
    f"FROM {unnest_sql(_ENTRY_COLUMNS)} ON CONFLICT (idem_key) DO NOTHING "
    "RETURNING id, public_id), "
    "legs AS (INSERT INTO ledger_leg "
    "(entry_id, seq, account_id, partner_id, amount_minor, currency) "
    "SELECT posted.id, seq, account_id, partner_id, amount_minor, currency "
    f"FROM {unnest_sql(_LEG_COLUMNS)} JOIN posted USING (public_id)) "
    "SELECT public_id FROM posted"
)


@dataclass(frozen=True, slots=True)
class _Account:
    """What posting needs to know of an account row."""

    pk: int
    partner_id: int
    normal: int
    may_go_negative: bool

    @property
    def on_leg(self) -> tuple[int, int]:
        """The two columns of a leg that repeat its account."""
        return self.pk, self.partner_id


@dataclass(frozen=True, slots=True)
class _Fresh:
    """A draft on its way in, with its digest computed once."""

    draft: EntryDraft
    sha256: str
    public_id: str


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
    unique = _unique([_Fresh(draft, draft.payload_sha256, "") for draft in drafts])
    with transaction.atomic():
        posted = _post(unique, by=by, at=at)
    return tuple(posted[draft.idem_key] for draft in drafts)


def locked_balances(*, accounts: Sequence[AccountKey]) -> dict[AccountKey, Money]:
    """This will lock the accounts (those that exist) until the transaction ends and sum them.

    Balances are on the normal side; an account that does not exist yet is zero and not locked.
    """
    keys = {key.code: key for key in accounts}
    known = _known_accounts(list(keys))
    _lock_accounts(sorted(row.pk for row in known.values()))
    sums = _balances([row.pk for row in known.values()])
    answer = {}
    for code, key in keys.items():
        row = known.get(code)
        minor = sums.get(row.pk, 0) * row.normal if row else 0
        answer[key] = Money(minor, key.currency)
    return answer


def _unique(rows: Sequence[_Fresh]) -> dict[str, _Fresh]:
    """This will key the drafts; raises IdempotencyConflict for two payloads under one key."""
    unique: dict[str, _Fresh] = {}
    for row in rows:
        first = unique.setdefault(row.draft.idem_key, row)
        if first.sha256 != row.sha256:
            raise IdempotencyConflict(row.draft.idem_key, "of this very batch")
    return unique


def _post(unique: Mapping[str, _Fresh], *, by: Actor, at: datetime) -> dict[str, Posted]:
    posted = _already_posted(unique)
    fresh = _without(unique, posted)
    if not fresh:
        return posted
    _refuse_closed(fresh)
    partners = _partner_ids(fresh)
    accounts = _accounts(fresh, partners)
    if _lock_falling(fresh, accounts):
        # Whoever held the locks may have posted these very keys: that is a repeat, no overdraft.
        posted |= _already_posted({row.draft.idem_key: row for row in fresh})
        fresh = _without(unique, posted)
        _refuse_overdraft(fresh, accounts)
    batch = new_id("pst") if len(fresh) > 1 else ""
    written = _insert(fresh, accounts, partners, by=by, at=at, batch=batch)
    if len(written) < len(fresh):
        posted |= _already_posted(
            {row.draft.idem_key: row for row in fresh if row.public_id not in written}
        )
        fresh = [row for row in fresh if row.public_id in written]
    if fresh:
        _record(fresh, batch, by=by, at=at)
    posted |= {row.draft.idem_key: Posted(row.public_id, is_new=True) for row in fresh}
    return posted


def _without(unique: Mapping[str, _Fresh], posted: Mapping[str, Posted]) -> list[_Fresh]:
    """This will give those that are not posted yet a public id."""
    return [
        _Fresh(row.draft, row.sha256, new_id("ent"))
        for key, row in unique.items()
        if key not in posted
    ]


def _already_posted(rows: Mapping[str, _Fresh]) -> dict[str, Posted]:
    """This will find keys that stand in the journal; raises IdempotencyConflict."""
    found = Entry.objects.filter(idem_key__in=list(rows)).values_list(
        "idem_key", "payload_sha256", "public_id"
    )
    answer = {}
    for key, sha256, entry_id in found:
        if rows[key].sha256 != sha256:
            raise IdempotencyConflict(key, entry_id)
        answer[key] = Posted(entry_id, is_new=False)
    return answer


def _refuse_closed(fresh: Sequence[_Fresh]) -> None:
    """This will name the closed period that an entry falls into; the database refuses it too."""
    days = {row.draft.effective_on for row in fresh}
    closed = Period.objects.filter(
        closed_at__isnull=False, starts_on__lte=max(days), ends_on__gte=min(days)
    )
    for period in closed:
        for day in days:
            if period.starts_on <= day <= period.ends_on:
                raise PeriodClosed(
                    f"{day.isoformat()} is in the period {period.code}, which is closed; post "
                    "into an open period and name the period of origin."
                )


def _partner_ids(fresh: Sequence[_Fresh]) -> dict[str, int]:
    """This will look up the partners that drafts and accounts name; raises UnknownPartner."""
    wanted = {row.draft.partner_id for row in fresh if row.draft.partner_id}
    for row in fresh:
        wanted |= {leg.account.partner_id for leg in row.draft.legs if leg.account.partner_id}
    if not wanted:
        return {}
    found = dict(
        Organization.objects.filter(public_id__in=list(wanted)).values_list("public_id", "pk")
    )
    for public_id in sorted(str(name) for name in wanted):
        if public_id not in found:
            raise UnknownPartner(f"There is no partner {public_id}.")
    return found


def _accounts(fresh: Sequence[_Fresh], partners: Mapping[str, int]) -> dict[str, _Account]:
    """This will return every account that the drafts name, making those that do not exist."""
    keys = {leg.account.code: leg.account for row in fresh for leg in row.draft.legs}
    known = _known_accounts(list(keys))
    missing = sorted(code for code in keys if code not in known)
    if missing:
        rows = [_account_row(keys[code], partners) for code in missing]
        # By code, so that two transactions that make the same accounts never wait in a ring.
        Account.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
        known |= _known_accounts(missing)
    return known


def _account_row(key: AccountKey, partners: Mapping[str, int]) -> Account:
    return Account(
        code=key.code,
        kind=str(key.kind),
        is_memo=key.rule.group is Group.MEMO,
        fund=key.fund or "",
        partner_id=partners[key.partner_id] if key.partner_id else 0,
        period=key.period or "",
        currency=key.currency,
        normal=int(key.rule.normal),
        may_go_negative=key.rule.may_go_negative,
    )


def _known_accounts(codes: Sequence[str]) -> dict[str, _Account]:
    rows = Account.objects.filter(code__in=list(codes)).values_list(
        "code", "pk", "partner_id", "normal", "may_go_negative"
    )
    return {
        code: _Account(pk, partner_id, normal, may_go_negative)
        for code, pk, partner_id, normal, may_go_negative in rows
    }


def _insert(
    fresh: Sequence[_Fresh],
    accounts: Mapping[str, _Account],
    partners: Mapping[str, int],
    *,
    by: Actor,
    at: datetime,
    batch: str,
) -> set[str]:
    """This will write headers and legs by one statement and return the public ids written."""
    reverses = _reversed_ids(fresh)
    posted_at = at.isoformat()
    entries = [
        (
            row.public_id,
            row.draft.kind.value,
            row.draft.effective_on.isoformat(),
            posted_at,
            row.draft.source_ref,
            partners[row.draft.partner_id] if row.draft.partner_id else 0,
            row.draft.idem_key,
            row.sha256,
            reverses.get(row.draft.reverses) if row.draft.reverses else None,
            row.draft.reason,
            by.id,
            row.draft.origin_period or "",
            batch,
        )
        for row in fresh
    ]
    legs = [
        (
            row.public_id,
            seq,
            *accounts[leg.account.code].on_leg,
            leg.amount_minor,
            leg.account.currency,
        )
        for row in fresh
        for seq, leg in enumerate(row.draft.legs, start=1)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            _POST,
            [
                *column_arrays(len(_ENTRY_COLUMNS), entries),
                *column_arrays(len(_LEG_COLUMNS), legs),
            ],
        )
        return {public_id for (public_id,) in cursor.fetchall()}


def _reversed_ids(fresh: Sequence[_Fresh]) -> dict[str, int]:
    wanted = [row.draft.reverses for row in fresh if row.draft.reverses]
    if not wanted:
        return {}
    found = dict(Entry.objects.filter(public_id__in=wanted).values_list("public_id", "pk"))
    for entry_id in wanted:
        if entry_id not in found:
            raise UnknownEntry(f"There is no ledger entry {entry_id} to reverse.")
    return found


def _lock_falling(fresh: Sequence[_Fresh], accounts: Mapping[str, _Account]) -> bool:
    """This will lock the accounts that the batch draws on, and tell whether there are any."""
    falling = _falling(fresh, accounts)
    if falling:
        _lock_accounts(sorted(accounts[key.code].pk for key in falling))
    return bool(falling)


def _falling(fresh: Sequence[_Fresh], accounts: Mapping[str, _Account]) -> dict[AccountKey, int]:
    """This will sum what the batch takes (normal side) from accounts that may not go negative."""
    change: dict[str, int] = defaultdict(int)
    keys: dict[str, AccountKey] = {}
    for row in fresh:
        for leg in row.draft.legs:
            code = leg.account.code
            change[code] += leg.amount_minor * accounts[code].normal
            keys[code] = leg.account
    return {
        keys[code]: -minor
        for code, minor in change.items()
        if minor < 0 and not accounts[code].may_go_negative
    }


def _refuse_overdraft(fresh: Sequence[_Fresh], accounts: Mapping[str, _Account]) -> None:
    """This will sum what the locked accounts hold and refuse to go below zero.

    Raises OverBudget for the first account, in order of its code, that would.
    """
    falling = _falling(fresh, accounts)
    sums = _balances([accounts[key.code].pk for key in falling])
    for key in sorted(falling, key=lambda key: key.code):
        row = accounts[key.code]
        available = sums.get(row.pk, 0) * row.normal
        if available < falling[key]:
            raise OverBudget(
                key,
                available=Money(available, key.currency),
                needed=Money(falling[key], key.currency),
            )


def _lock_accounts(ids: Sequence[int]) -> None:
    """This will lock account rows in id order until the transaction ends.

    NO KEY UPDATE, because the foreign key of every new leg takes a KEY SHARE lock on its account:
    a stronger lock would make those who only add to an account wait, and two such could deadlock.
    """
    rows = Account.objects.filter(pk__in=list(ids)).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk"))


def _balances(ids: Sequence[int]) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT account_id, sum(amount_minor)::bigint FROM ledger_leg "
            "WHERE account_id = ANY(%s) GROUP BY account_id",
            [list(ids)],
        )
        return dict(cursor.fetchall())


def _record(fresh: Sequence[_Fresh], batch: str, *, by: Actor, at: datetime) -> None:
    """This will tie the entries to the audit log: one event for one entry or for one batch."""
    if not batch:
        row = fresh[0]
        record_event(
            by=by,
            at=at,
            action="entry.posted",
            object_type="ledger_entry",
            object_id=row.public_id,
            data={"kind": str(row.draft.kind), "payload_sha256": row.sha256},
        )
        return
    record_event(
        by=by,
        at=at,
        action="entries.posted",
        object_type="ledger_batch",
        object_id=batch,
        data={
            "entries": len(fresh),
            "sha256": digest(sorted([r.public_id, r.sha256] for r in fresh)),
        },
    )
