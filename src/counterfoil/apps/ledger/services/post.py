"""Posting: idempotent by key, all legs in one statement, no account below zero that may not be.

Two ways in, one set of guards: up to `COPY_FROM` entries by multi-row INSERT, more by COPY. The
database checks again what `core.journal` asserted (migration `0002_guards`).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from psycopg.errors import UniqueViolation

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
from counterfoil.foundation.ids import new_id

COPY_FROM = 200
"""From how many entries on a batch goes in by COPY."""
_ATTEMPTS = 3

_ENTRY_COLUMNS = (
    "public_id, kind, effective_on, posted_at, source_ref, partner_id, idem_key, "
    "payload_sha256, reverses_id, reason, actor_id, origin_period, batch"
)
_LEG_COLUMNS = "entry_id, seq, account_id, partner_id, amount_minor, currency"


@dataclass(frozen=True, slots=True)
class _Account:
    """What posting needs to know of an account row."""

    pk: int
    partner_id: int
    normal: int
    may_go_negative: bool


@dataclass(frozen=True, slots=True)
class _Fresh:
    """A draft on its way in, with its digest computed once."""

    draft: EntryDraft
    sha256: str
    public_id: str


class _LostRace(Exception):
    """Another transaction committed one of the keys of a COPY; start over and read it."""


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
    for attempt in range(_ATTEMPTS):
        try:
            with transaction.atomic():
                posted = _post(unique, by=by, at=at)
            return tuple(posted[draft.idem_key] for draft in drafts)
        except _LostRace:
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


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
    fresh = [
        _Fresh(row.draft, row.sha256, new_id("ent"))
        for key, row in unique.items()
        if key not in posted
    ]
    if not fresh:
        return posted
    _refuse_closed(fresh)
    partners = _partner_ids(fresh)
    accounts = _accounts(fresh, partners)
    batch = new_id("pst") if len(fresh) > 1 else ""
    entry_ids = _insert_entries(fresh, partners, by=by, at=at, batch=batch)
    if len(entry_ids) < len(fresh):
        late = {row.draft.idem_key: row for row in fresh if row.draft.idem_key not in entry_ids}
        posted |= _already_posted(late)
        fresh = [row for row in fresh if row.draft.idem_key in entry_ids]
    if fresh:
        _refuse_overdraft(fresh, accounts)
        _insert_legs(fresh, accounts, entry_ids)
        _record(fresh, batch, by=by, at=at)
    posted |= {row.draft.idem_key: Posted(row.public_id, is_new=True) for row in fresh}
    return posted


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
    return {code: _Account(*rest) for code, *rest in rows}


def _insert_entries(
    fresh: Sequence[_Fresh], partners: Mapping[str, int], *, by: Actor, at: datetime, batch: str
) -> dict[str, int]:
    """This will write the headers and return key -> id of those that are ours, not another's."""
    reverses = _reversed_ids(fresh)
    rows = [
        (
            row.public_id,
            str(row.draft.kind),
            row.draft.effective_on.isoformat(),
            at.isoformat(),
            row.draft.source_ref,
            partners[row.draft.partner_id] if row.draft.partner_id else 0,
            row.draft.idem_key,
            row.sha256,
            reverses.get(row.draft.reverses or ""),
            row.draft.reason,
            by.id,
            row.draft.origin_period or "",
            batch,
        )
        for row in fresh
    ]
    with connection.cursor() as cursor:
        if len(rows) < COPY_FROM:
            line = "(" + ", ".join(["%s"] * 13) + ")"
            # The columns are ours; every value is a parameter.
            cursor.execute(
                f"INSERT INTO ledger_entry ({_ENTRY_COLUMNS}) VALUES {', '.join([line] * len(rows))} "  # noqa: S608  # constant text
                "ON CONFLICT (idem_key) DO NOTHING RETURNING idem_key, id",
                [value for row in rows for value in row],
            )
            return dict(cursor.fetchall())
        cursor.execute("SELECT coalesce(max(id), 0) FROM ledger_entry")
        newest = cursor.fetchone()[0]
        try:
            _copy("ledger_entry", _ENTRY_COLUMNS, rows)
        except UniqueViolation as error:
            if error.diag.constraint_name and "idem_key" in error.diag.constraint_name:
                raise _LostRace from error
            raise IntegrityError(*error.args) from error
        # Ids above the newest one seen before, so the index finds them without a scan.
        cursor.execute(
            "SELECT idem_key, id FROM ledger_entry WHERE id > %s AND batch = %s", [newest, batch]
        )
        return dict(cursor.fetchall())


def _reversed_ids(fresh: Sequence[_Fresh]) -> dict[str, int]:
    wanted = [row.draft.reverses for row in fresh if row.draft.reverses]
    if not wanted:
        return {}
    found = dict(Entry.objects.filter(public_id__in=wanted).values_list("public_id", "pk"))
    for entry_id in wanted:
        if entry_id not in found:
            raise UnknownEntry(f"There is no ledger entry {entry_id} to reverse.")
    return found


def _refuse_overdraft(fresh: Sequence[_Fresh], accounts: Mapping[str, _Account]) -> None:
    """This will lock what the batch draws on, sum it and refuse to go below zero.

    Raises OverBudget for the first account, in order of its code, that would.
    """
    change: dict[str, int] = defaultdict(int)
    keys: dict[str, AccountKey] = {}
    for row in fresh:
        for leg in row.draft.legs:
            change[leg.account.code] += leg.amount_minor
            keys[leg.account.code] = leg.account
    falling = {
        code: accounts[code]
        for code, minor in change.items()
        if minor * accounts[code].normal < 0 and not accounts[code].may_go_negative
    }
    if not falling:
        return
    _lock_accounts(sorted(row.pk for row in falling.values()))
    sums = _balances([row.pk for row in falling.values()])
    for code in sorted(falling):
        row, key = falling[code], keys[code]
        available = sums.get(row.pk, 0) * row.normal
        needed = -change[code] * row.normal
        if available < needed:
            raise OverBudget(
                key,
                available=Money(available, key.currency),
                needed=Money(needed, key.currency),
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


def _insert_legs(
    fresh: Sequence[_Fresh], accounts: Mapping[str, _Account], entry_ids: Mapping[str, int]
) -> None:
    """This will write all legs by one statement: the balance guard looks at each statement."""
    rows = []
    for row in fresh:
        entry_id = entry_ids[row.draft.idem_key]
        for seq, leg in enumerate(row.draft.legs, start=1):
            account = accounts[leg.account.code]
            currency = leg.account.currency
            rows.append(
                (entry_id, seq, account.pk, account.partner_id, leg.amount_minor, currency)
            )
    if len(fresh) >= COPY_FROM:
        _copy("ledger_leg", _LEG_COLUMNS, rows)
        return
    line = "(" + ", ".join(["%s"] * 6) + ")"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO ledger_leg ({_LEG_COLUMNS}) VALUES {', '.join([line] * len(rows))}",  # noqa: S608  # constant text
            [value for row in rows for value in row],
        )


def _copy(table: str, columns: str, rows: Sequence[tuple[object, ...]]) -> None:
    """This will COPY rows in PostgreSQL's text format, in blocks of about a megabyte."""
    with (
        connection.cursor() as cursor,
        cursor.cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy,
    ):
        for start in range(0, len(rows), 5_000):
            block = rows[start : start + 5_000]
            copy.write("".join(["\t".join(map(_field, row)) + "\n" for row in block]))


_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def _field(value: object) -> str:
    """This will write one value of COPY's text format; None is NULL."""
    if value is None:
        return r"\N"
    return str(value).translate(_ESCAPES) if type(value) is str else str(value)


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
        data={"entries": len(fresh), "sha256": batch_digest((r.public_id, r.sha256) for r in fresh)},
    )


def batch_digest(rows: object) -> str:
    """This will hash (public id, payload digest) pairs in the order of the public ids."""
    return digest([list(pair) for pair in sorted(rows)])  # type: ignore[call-overload]  # pairs of text
