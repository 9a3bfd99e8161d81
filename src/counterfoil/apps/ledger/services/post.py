"""Posting: idempotent by key, all legs in one statement, no account below zero that may not be.

One entry or a hundred thousand, the way in is the same: one statement that inserts the headers and
all their legs. The database checks again what `core.journal` asserted (migration `0002_guards`).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection, transaction

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
from counterfoil.foundation.bulk import array_literal, column_arrays, unnest_sql
from counterfoil.foundation.ids import new_id, new_ids

LOOK_FIRST_BELOW = 200
"""Under this many entries known keys are looked up first; above, only when something is refused."""
_ATTEMPTS = 3

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
            known = _already_posted({row.draft.idem_key: row for row in fresh})
            if not known or attempt == _ATTEMPTS - 1:
                raise
            posted |= known
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


def _post(rows: Sequence[_Fresh], *, by: Actor, at: datetime) -> dict[str, Posted]:
    """This will check and write entries that are new; the database refuses a key that is not."""
    ids = new_ids("ent", len(rows))
    fresh = [
        _Fresh(row.draft, row.sha256, entry_id) for row, entry_id in zip(rows, ids, strict=True)
    ]
    _refuse_closed(fresh)
    partners = _partner_ids(fresh)
    accounts = _accounts(fresh, partners)
    _refuse_overdraft(fresh, accounts)
    batch = new_id("pst") if len(fresh) > 1 else ""
    _insert(fresh, accounts, partners, by=by, at=at, batch=batch)
    _record(fresh, batch, by=by, at=at)
    return {row.draft.idem_key: Posted(row.public_id, is_new=True) for row in fresh}


def _already_posted(rows: Mapping[str, _Fresh]) -> dict[str, Posted]:
    """This will find keys that stand in the journal; raises IdempotencyConflict."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT idem_key, payload_sha256, public_id FROM ledger_entry "
            "WHERE idem_key = ANY(%s::text::text[])",
            [array_literal(list(rows))],
        )
        found = cursor.fetchall()
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


def _accounts(fresh: Sequence[_Fresh], partners: Mapping[str, int]) -> dict[AccountKey, _Account]:
    """This will return every account that the drafts name, making those that do not exist."""
    keys = {leg.account for row in fresh for leg in row.draft.legs}
    codes = {key.code: key for key in keys}
    known = _known_accounts(list(codes))
    missing = sorted(code for code in codes if code not in known)
    if missing:
        rows = [_account_row(codes[code], partners) for code in missing]
        # By code, so that two transactions that make the same accounts never wait in a ring.
        Account.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
        known |= _known_accounts(missing)
    return {key: known[code] for code, key in codes.items()}


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
    accounts: Mapping[AccountKey, _Account],
    partners: Mapping[str, int],
    *,
    by: Actor,
    at: datetime,
    batch: str,
) -> None:
    """This will write headers and legs by one statement, which the guards judge as a whole."""
    reverses = _reversed_ids(fresh)
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_reserve_entries(%s)", [len(fresh)])
        ids = [entry_id for (entry_id,) in cursor.fetchall()]
    entries = [
        (
            entry_id,
            row.public_id,
            row.draft.kind.value,
            row.draft.effective_on.isoformat(),
            row.draft.source_ref,
            partners[row.draft.partner_id] if row.draft.partner_id else 0,
            row.draft.idem_key,
            row.sha256,
            reverses.get(row.draft.reverses) if row.draft.reverses else None,
            row.draft.reason,
            row.draft.origin_period or "",
        )
        for entry_id, row in zip(ids, fresh, strict=True)
    ]
    legs = [
        (entry_id, seq, *accounts[leg.account].on_leg, leg.amount_minor, leg.account.currency)
        for entry_id, row in zip(ids, fresh, strict=True)
        for seq, leg in enumerate(row.draft.legs, start=1)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            _POST,
            [
                at.isoformat(),
                by.id,
                batch,
                *column_arrays(len(_ENTRY_COLUMNS), entries),
                *column_arrays(len(_LEG_COLUMNS), legs),
            ],
        )


def _reversed_ids(fresh: Sequence[_Fresh]) -> dict[str, int]:
    wanted = [row.draft.reverses for row in fresh if row.draft.reverses]
    if not wanted:
        return {}
    found = dict(Entry.objects.filter(public_id__in=wanted).values_list("public_id", "pk"))
    for entry_id in wanted:
        if entry_id not in found:
            raise UnknownEntry(f"There is no ledger entry {entry_id} to reverse.")
    return found


def _refuse_overdraft(fresh: Sequence[_Fresh], accounts: Mapping[AccountKey, _Account]) -> None:
    """This will lock what the batch draws on, sum it and refuse to go below zero.

    Raises OverBudget for the first account, in order of its code, that would.
    """
    change: dict[AccountKey, int] = defaultdict(int)
    for row in fresh:
        for leg in row.draft.legs:
            change[leg.account] += leg.amount_minor
    needed = {
        key: -minor * accounts[key].normal
        for key, minor in change.items()
        if minor * accounts[key].normal < 0 and not accounts[key].may_go_negative
    }
    ids = sorted(accounts[key].pk for key in needed)
    if not ids:
        return
    _lock_accounts(ids)
    sums = _balances(ids)
    for key in sorted(needed, key=lambda key: key.code):
        row_of = accounts[key]
        available = sums.get(row_of.pk, 0) * row_of.normal
        if available < needed[key]:
            raise OverBudget(
                key,
                available=Money(available, key.currency),
                needed=Money(needed[key], key.currency),
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
