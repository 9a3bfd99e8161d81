"""Reversal: the one way to undo an entry, at most once."""

from datetime import date, datetime

from django.db import IntegrityError, transaction

from counterfoil.apps.ledger.errors import AlreadyReversed, IdempotencyConflict, UnknownEntry
from counterfoil.apps.ledger.models import Entry, Leg
from counterfoil.apps.ledger.services.post import post_entry
from counterfoil.apps.ledger.types import Posted
from counterfoil.apps.partners.models import Organization
from counterfoil.core.accounts import AccountKey
from counterfoil.core.actors import Actor
from counterfoil.core.journal import EntryDraft, EntryKind
from counterfoil.core.journal import Leg as DraftLeg
from counterfoil.core.journal import reverse as reversal_of


def reverse_entry(
    *, entry_id: str, by: Actor, at: datetime, reason: str, effective_on: date
) -> Posted:
    """This will post the mirror of an entry; the same reversal again returns the first one.

    Raises UnknownEntry, AlreadyReversed for another reason or day, NotReversible for a reversal,
    OverBudget when what the entry gave is used already, PeriodClosed.
    """
    entry = Entry.objects.filter(public_id=entry_id).first()
    if entry is None:
        raise UnknownEntry(f"There is no ledger entry {entry_id}.")
    draft = reversal_of(
        _draft_of(entry),
        entry_id=entry_id,
        effective_on=effective_on,
        idem_key=f"reverse:{entry_id}",
        reason=reason,
    )
    try:
        with transaction.atomic():
            return post_entry(draft=draft, by=by, at=at)
    except (IdempotencyConflict, IntegrityError):
        first = Entry.objects.filter(reverses=entry).first()
        if first is None:
            raise
        raise AlreadyReversed(entry_id, first.public_id) from None


def _draft_of(entry: Entry) -> EntryDraft:
    """This will read an entry back as the draft that it was posted from."""
    partner = None
    if entry.partner_id:
        partner = Organization.objects.values_list("public_id", flat=True).get(pk=entry.partner_id)
    legs = (
        Leg.objects.filter(entry=entry)
        .order_by("seq")
        .values_list("account__code", "amount_minor")
    )
    return EntryDraft(
        kind=EntryKind(entry.kind),
        effective_on=entry.effective_on,
        legs=tuple(DraftLeg(AccountKey.from_code(code), minor) for code, minor in legs),
        idem_key=entry.idem_key,
        source_ref=entry.source_ref,
        partner_id=partner,
        origin_period=entry.origin_period or None,
        reverses=entry.reverses.public_id if entry.reverses else None,
        reason=entry.reason,
    )
