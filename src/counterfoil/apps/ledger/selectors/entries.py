"""Entries with their legs, by page and as the journal."""

from collections.abc import Iterator, Sequence
from datetime import date

from django.db.models import QuerySet, Sum

from counterfoil.apps.ledger.errors import UnknownEntry
from counterfoil.apps.ledger.models import Entry, Leg
from counterfoil.apps.ledger.selectors.limits import PAGE_MAX
from counterfoil.apps.ledger.types import (
    EntryPage,
    EntryRow,
    JournalLine,
    LegRow,
)
from counterfoil.core.accounts import AccountKey
from counterfoil.core.money import Money


def entries_of(
    *,
    source_ref: str | None = None,
    account_code: str | None = None,
    fund: str | None = None,
    period: str | None = None,
    partner_id: int | None = None,
    kind: str | None = None,
    cursor: int | None = None,
    limit: int = 50,
) -> EntryPage:
    """This will page through the entries that fit all that is given, newest first, with legs.

    Three queries, whatever the number of rows. `limit` is cut to PAGE_MAX.
    """
    entries = Entry.objects.all()
    if source_ref is not None:
        entries = entries.filter(source_ref=source_ref)
    if partner_id is not None:
        entries = entries.filter(partner_id=partner_id)
    if kind is not None:
        entries = entries.filter(kind=kind)
    legs = Leg.objects.all()
    if account_code is not None:
        legs = legs.filter(account__code=account_code)
    if fund is not None:
        legs = legs.filter(account__fund=fund)
    if period is not None:
        legs = legs.filter(account__period=period)
    if account_code is not None or fund is not None or period is not None:
        entries = entries.filter(pk__in=legs.values("entry_id"))
    if cursor is not None:
        entries = entries.filter(pk__lt=cursor)
    size = max(1, min(limit, PAGE_MAX))
    found = list(_with_reversals(entries).order_by("-pk")[: size + 1])
    items = _entry_rows(found[:size])
    return EntryPage(items, items[-1].cursor if len(found) > size else None)


def get_entry(*, entry_id: str) -> EntryRow:
    """This will read one entry with its legs; raises UnknownEntry."""
    found = list(_with_reversals(Entry.objects.filter(public_id=entry_id)))
    if not found:
        raise UnknownEntry(f"There is no ledger entry {entry_id}.")
    return _entry_rows(found)[0]


def entry_by_key(*, idem_key: str) -> EntryRow | None:
    """This will read the entry that was posted under a key, or None."""
    found = list(_with_reversals(Entry.objects.filter(idem_key=idem_key)))
    return _entry_rows(found)[0] if found else None


def posted_total(*, kind: str, account: AccountKey) -> Money:
    """This will sum the legs that entries of a kind have on an account, as debit is plus."""
    legs = Leg.objects.filter(entry__kind=kind, account__code=account.code)
    found = legs.aggregate(total=Sum("amount_minor"))["total"]
    return Money(int(found or 0), account.currency)


def _with_reversals(entries: QuerySet[Entry]) -> QuerySet[Entry]:
    return entries.select_related("reverses")


def _entry_rows(entries: Sequence[Entry]) -> tuple[EntryRow, ...]:
    ids = [entry.pk for entry in entries]
    reversed_by = dict(
        Entry.objects.filter(reverses_id__in=ids).values_list("reverses_id", "public_id")
    )
    legs: dict[int, list[LegRow]] = {pk: [] for pk in ids}
    rows = (
        Leg.objects.filter(entry_id__in=ids)
        .order_by("entry_id", "seq")
        .values_list("entry_id", "account__code", "account__kind", "amount_minor", "currency")
    )
    for pk, code, kind, minor, currency in rows:
        legs[pk].append(LegRow(code, kind, Money(minor, currency)))
    return tuple(
        EntryRow(
            cursor=entry.pk,
            public_id=entry.public_id,
            kind=entry.kind,
            effective_on=entry.effective_on,
            posted_at=entry.posted_at,
            source_ref=entry.source_ref,
            partner_id=entry.partner_id,
            actor_id=entry.actor_id,
            reason=entry.reason,
            origin_period=entry.origin_period,
            reverses=entry.reverses.public_id if entry.reverses else "",
            reversed_by=reversed_by.get(entry.pk, ""),
            legs=tuple(legs[entry.pk]),
        )
        for entry in entries
    )


def journal_lines(*, first: date, last: date) -> Iterator[JournalLine]:
    """This will read every leg of the days, both included, in the order of posting."""
    legs = (
        Leg.objects.filter(entry__effective_on__range=(first, last))
        .select_related("entry__reverses", "account")
        .order_by("entry_id", "seq")
    )
    for leg in legs.iterator(chunk_size=PAGE_MAX):
        entry = leg.entry
        yield JournalLine(
            entry_id=entry.public_id,
            effective_on=entry.effective_on,
            posted_at=entry.posted_at,
            kind=entry.kind,
            source_ref=entry.source_ref,
            reason=entry.reason,
            origin_period=entry.origin_period,
            reverses=entry.reverses.public_id if entry.reverses else "",
            account_code=leg.account.code,
            amount=Money(leg.amount_minor, leg.currency),
        )
