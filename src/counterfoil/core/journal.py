"""Balanced journal entries: one builder for each thing that happens to a fund or a claim.

Pure drafts only; `ledger.services.post_entry` posts them and the database guards them again. The
legs of each event are those of the account map in reference/money.md 1.4. Commissions, clawbacks
and payment files add their builders with the rooms that need them.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from json.encoder import encode_basestring

from counterfoil.core.accounts import (
    ACCOUNT_KINDS,
    AccountKey,
    AccountKind,
    AccountRule,
    BadAccountKey,
    Group,
    Normal,
)
from counterfoil.core.canonical import digest, sha256_hex
from counterfoil.core.money import MINOR_MAX, AmountOutOfRange, CurrencyMismatch, Money

__all__ = [
    "ACCOUNT_KINDS",
    "AccountKey",
    "AccountKind",
    "AccountRule",
    "BadAccountKey",
    "EntryDraft",
    "EntryKind",
    "FundShare",
    "Group",
    "JournalError",
    "Leg",
    "Normal",
    "NotPositive",
    "NotReversible",
    "Unbalanced",
    "allocate_earned",
    "balances",
    "bank_fee",
    "bill_exported",
    "bill_paid",
    "budget_set",
    "claim_approved",
    "commission_adjusted",
    "commission_earned",
    "commission_released",
    "commission_taken_back",
    "commit",
    "expire_allocation",
    "payment_exchanged",
    "payment_rejected",
    "payment_released",
    "payment_returned",
    "payment_settled",
    "reduce_allocation",
    "release_commitment",
    "reverse",
]


class JournalError(ValueError):
    """A refusal about an entry."""


class Unbalanced(JournalError):
    """The legs of a currency and group do not sum to zero, or there are fewer than two."""


class NotPositive(JournalError):
    """An event needs an amount above zero; the opposite event is another builder or a reversal."""


class NotReversible(JournalError):
    """A reversal is corrected by a new entry, never reversed itself."""


class EntryKind(StrEnum):
    """What happened, in the words of the fund tracker."""

    BUDGET_SET = "budget_set"
    ALLOCATION_EARNED = "allocation_earned"
    ALLOCATION_REDUCED = "allocation_reduced"
    ALLOCATION_EXPIRED = "allocation_expired"
    COMMITTED = "committed"
    COMMITMENT_RELEASED = "commitment_released"
    CLAIM_APPROVED = "claim_approved"
    COMMISSION_EARNED = "commission_earned"
    COMMISSION_TAKEN_BACK = "commission_taken_back"
    COMMISSION_RELEASED = "commission_released"
    COMMISSION_ADJUSTED = "commission_adjusted"
    COMMISSION_BONUS = "commission_bonus"
    BILL_EXPORTED = "bill_exported"
    BILL_PAID = "bill_paid"
    PAYMENT_RELEASED = "payment_released"
    PAYMENT_SETTLED = "payment_settled"
    PAYMENT_REJECTED = "payment_rejected"
    PAYMENT_RETURNED = "payment_returned"
    BANK_FEE = "bank_fee"
    PAYMENT_EXCHANGED = "payment_exchanged"
    REVERSAL = "reversal"


@dataclass(frozen=True, slots=True)
class Leg:
    """One line of an entry: plus is debit, minus is credit, in minor units of the account."""

    account: AccountKey
    amount_minor: int

    def __post_init__(self) -> None:
        """Refuse an empty or oversized leg. Raises JournalError, AmountOutOfRange, TypeError."""
        if type(self.amount_minor) is not int:
            raise TypeError("a leg's amount is an int of minor units")
        if self.amount_minor == 0:
            raise JournalError(f"a leg of zero on {self.account.code} says nothing")
        if abs(self.amount_minor) > MINOR_MAX:
            raise AmountOutOfRange(f"{self.amount_minor} minor units do not fit 64 bits")


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """An entry ready to post; it balances by construction.

    `effective_on` is the day it belongs to, `idem_key` makes a repeated post the same entry,
    `source_ref` names the object it came from (a public id), `origin_period` the period of a late
    item that is posted in a later one, `reverses` the public id of the entry it reverses.
    """

    kind: EntryKind
    effective_on: date
    legs: tuple[Leg, ...]
    idem_key: str
    source_ref: str
    partner_id: str | None = None
    origin_period: str | None = None
    reverses: str | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        """Refuse an entry that does not balance, names an account twice or has no key.

        Raises Unbalanced, JournalError.
        """
        if not self.idem_key or not self.source_ref:
            raise JournalError("an entry names its idempotency key and its source")
        if len(self.legs) < 2:
            raise Unbalanced("an entry has two legs at least")
        codes = [leg.account.code for leg in self.legs]
        if len(set(codes)) != len(codes):
            raise JournalError("an account stands twice in one entry; add its legs up")
        for (currency, group), total in _group_totals(self.legs).items():
            if total != 0:
                raise Unbalanced(f"the {group} legs in {currency} sum to {total}, not to zero")

    @property
    def currencies(self) -> tuple[str, ...]:
        """Return the currencies of the legs, in alphabetical order."""
        return tuple(sorted({leg.account.currency for leg in self.legs}))

    def to_canonical(self) -> dict[str, object]:
        """Return the whole payload in canonical shape; the order of legs counts for nothing."""
        return {
            "kind": str(self.kind),
            "effective_on": self.effective_on.isoformat(),
            "legs": [
                {"account": leg.account.code, "minor": leg.amount_minor}
                for leg in sorted(self.legs, key=lambda leg: leg.account.code)
            ],
            "source_ref": self.source_ref,
            "partner_id": self.partner_id,
            "origin_period": self.origin_period,
            "reverses": self.reverses,
            "reason": self.reason,
        }

    @property
    def payload_sha256(self) -> str:
        """Return the digest that tells a repeated post from another entry under the same key.

        It is the digest of `to_canonical`; plain ASCII takes a shorter way to the same bytes.
        """
        texts = (
            self.source_ref,
            self.partner_id,
            self.origin_period,
            self.reverses,
            self.reason,
        )
        if not all(text is None or text.isascii() for text in texts):
            return digest(self.to_canonical())
        source_ref, partner, origin, reverses, reason = (
            "null" if text is None else encode_basestring(text) for text in texts
        )
        legs = ",".join(
            [
                f'{{"account":"{code}","minor":{minor}}}'
                for code, minor in sorted(
                    [(leg.account.code, leg.amount_minor) for leg in self.legs]
                )
            ]
        )
        return sha256_hex(
            f'{{"effective_on":"{self.effective_on.isoformat()}","kind":"{self.kind.value}",'
            f'"legs":[{legs}],"origin_period":{origin},"partner_id":{partner},'
            f'"reason":{reason},"reverses":{reverses},"source_ref":{source_ref}}}'.encode("ascii")
        )


@dataclass(frozen=True, slots=True)
class FundShare:
    """One partner's share of one fund in one period: what most events are about."""

    fund: str
    partner_id: str
    period: str

    def account(self, kind: AccountKind, currency: str) -> AccountKey:
        """Return the account of `kind` for this share. Raises BadAccountKey."""
        needs = ACCOUNT_KINDS[kind].dimensions
        partner_id = self.partner_id if "partner_id" in needs else None
        return AccountKey(kind, self.fund, partner_id, self.period, currency)


def budget_set(
    *, fund: str, period: str, amount: Money, effective_on: date, idem_key: str, source_ref: str
) -> EntryDraft:
    """Return the entry that authorizes (or, for a negative amount, cuts) a fund's budget.

    Raises NotPositive for zero.
    """
    if amount.is_zero:
        raise NotPositive("a budget change of zero changes nothing")
    available = AccountKey(AccountKind.BUDGET_AVAILABLE, fund, None, period, amount.currency)
    authorized = AccountKey(AccountKind.BUDGET_AUTHORIZED, fund, None, period, amount.currency)
    return EntryDraft(
        kind=EntryKind.BUDGET_SET,
        effective_on=effective_on,
        legs=(Leg(available, amount.minor), Leg(authorized, -amount.minor)),
        idem_key=idem_key,
        source_ref=source_ref,
    )


def allocate_earned(
    *,
    share: FundShare,
    amount: Money,
    effective_on: date,
    idem_key: str,
    source_ref: str,
    origin_period: str | None = None,
) -> EntryDraft:
    """Return the entry that gives a partner what it earned. Raises NotPositive."""
    return _moved(
        EntryKind.ALLOCATION_EARNED,
        share,
        amount,
        effective_on,
        idem_key,
        source_ref,
        to=AccountKind.ALLOC_AVAILABLE,
        out_of=AccountKind.BUDGET_AVAILABLE,
        origin_period=origin_period,
    )


def reduce_allocation(
    *,
    share: FundShare,
    amount: Money,
    effective_on: date,
    idem_key: str,
    source_ref: str,
    reason: str,
    origin_period: str | None = None,
) -> EntryDraft:
    """Return the entry that takes unearned funds back (a refunded sale). Raises NotPositive."""
    return _moved(
        EntryKind.ALLOCATION_REDUCED,
        share,
        amount,
        effective_on,
        idem_key,
        source_ref,
        to=AccountKind.BUDGET_AVAILABLE,
        out_of=AccountKind.ALLOC_AVAILABLE,
        origin_period=origin_period,
        reason=reason,
    )


def expire_allocation(
    *, share: FundShare, amount: Money, effective_on: date, idem_key: str, source_ref: str
) -> EntryDraft:
    """Return the entry by which unused funds lapse at the period's end. Raises NotPositive."""
    return _moved(
        EntryKind.ALLOCATION_EXPIRED,
        share,
        amount,
        effective_on,
        idem_key,
        source_ref,
        to=AccountKind.BUDGET_RETURNED,
        out_of=AccountKind.ALLOC_AVAILABLE,
    )


def commit(
    *, share: FundShare, amount: Money, effective_on: date, idem_key: str, source_ref: str
) -> EntryDraft:
    """Return the entry that reserves funds for a pre-approved activity. Raises NotPositive."""
    return _moved(
        EntryKind.COMMITTED,
        share,
        amount,
        effective_on,
        idem_key,
        source_ref,
        to=AccountKind.ALLOC_COMMITTED,
        out_of=AccountKind.ALLOC_AVAILABLE,
    )


def release_commitment(
    *,
    share: FundShare,
    amount: Money,
    effective_on: date,
    idem_key: str,
    source_ref: str,
    reason: str,
    is_expired: bool = False,
) -> EntryDraft:
    """Return the entry that frees a reservation: to the partner, or to the vendor when expired.

    Raises NotPositive.
    """
    return _moved(
        EntryKind.COMMITMENT_RELEASED,
        share,
        amount,
        effective_on,
        idem_key,
        source_ref,
        to=AccountKind.BUDGET_RETURNED if is_expired else AccountKind.ALLOC_AVAILABLE,
        out_of=AccountKind.ALLOC_COMMITTED,
        reason=reason,
    )


def claim_approved(
    *,
    share: FundShare,
    approved: Money,
    effective_on: date,
    idem_key: str,
    source_ref: str,
    release: Money | None = None,
    is_committed: bool = True,
    origin_period: str | None = None,
) -> EntryDraft:
    """Return the entry that consumes the approved amount and makes it payable to the partner.

    With `is_committed` the amount comes out of the commitment, and `release` (the rest of it, if
    no further claim will follow) goes back to the partner's available funds in the same entry;
    without, it comes straight out of the available funds. Raises NotPositive, CurrencyMismatch,
    JournalError.
    """
    _positive(approved)
    rest = 0
    if release is not None:
        if release.currency != approved.currency:
            raise CurrencyMismatch(approved.currency, release.currency)
        if release.is_negative:
            raise NotPositive("what is released cannot be below zero")
        if not is_committed:
            raise JournalError("there is no commitment to release from")
        rest = release.minor
    currency = approved.currency
    source = AccountKind.ALLOC_COMMITTED if is_committed else AccountKind.ALLOC_AVAILABLE
    legs = [
        Leg(share.account(AccountKind.ALLOC_CONSUMED, currency), approved.minor),
        Leg(share.account(source, currency), -approved.minor - rest),
        Leg(share.account(AccountKind.EXPENSE_MDF, currency), approved.minor),
        Leg(share.account(AccountKind.PAYABLE, currency), -approved.minor),
    ]
    if rest:
        legs.insert(1, Leg(share.account(AccountKind.ALLOC_AVAILABLE, currency), rest))
    return EntryDraft(
        kind=EntryKind.CLAIM_APPROVED,
        effective_on=effective_on,
        legs=tuple(legs),
        idem_key=idem_key,
        source_ref=source_ref,
        partner_id=share.partner_id,
        origin_period=origin_period,
    )


def commission_earned(
    *,
    share: FundShare,
    amount: Money,
    effective_on: date,
    idem_key: str,
    source_ref: str,
    origin_period: str | None = None,
    reason: str = "",
) -> EntryDraft:
    """Return the entry by which a partner earned commission, held until it is released.

    Raises NotPositive.
    """
    return _moved(
        EntryKind.COMMISSION_EARNED,
        share,
        amount,
        effective_on,
        idem_key,
        source_ref,
        to=AccountKind.EXPENSE_COMMISSION,
        out_of=AccountKind.ACCRUED_COMMISSION,
        origin_period=origin_period,
        reason=reason,
    )


def commission_taken_back(
    *,
    share: FundShare,
    amount: Money,
    accrued: Money,
    effective_on: date,
    idem_key: str,
    source_ref: str,
    origin_period: str | None = None,
    reason: str = "",
) -> EntryDraft:
    """Return the entry by which commission is taken back (money.md 1.4).

    As much as is `accrued` in the share is taken from there; the rest the partner owes, and it is
    kept back from its next payment. Raises NotPositive, CurrencyMismatch.
    """
    return EntryDraft(
        kind=EntryKind.COMMISSION_TAKEN_BACK,
        effective_on=effective_on,
        legs=_legs_taken_back(share, amount, accrued),
        idem_key=idem_key,
        source_ref=source_ref,
        partner_id=share.partner_id,
        origin_period=origin_period,
        reason=reason,
    )


def commission_adjusted(
    *,
    share: FundShare,
    amount: Money,
    accrued: Money,
    effective_on: date,
    idem_key: str,
    source_ref: str,
    reason: str,
    is_bonus: bool = False,
    origin_period: str | None = None,
) -> EntryDraft:
    """Return the entry of an approved adjustment or bonus; it never touches what a run posted.

    Above zero it is earned and held like commission; below zero it is taken from what is `accrued`
    in the share first, and the partner owes the rest. Raises NotPositive, CurrencyMismatch.
    """
    if amount.is_negative:
        legs = _legs_taken_back(share, -amount, accrued)
    else:
        _positive(amount)
        legs = (
            Leg(share.account(AccountKind.EXPENSE_COMMISSION, amount.currency), amount.minor),
            Leg(share.account(AccountKind.ACCRUED_COMMISSION, amount.currency), -amount.minor),
        )
    return EntryDraft(
        kind=EntryKind.COMMISSION_BONUS if is_bonus else EntryKind.COMMISSION_ADJUSTED,
        effective_on=effective_on,
        legs=legs,
        idem_key=idem_key,
        source_ref=source_ref,
        partner_id=share.partner_id,
        origin_period=origin_period,
        reason=reason,
    )


def _legs_taken_back(share: FundShare, amount: Money, accrued: Money) -> tuple[Leg, ...]:
    """Return the legs that take `amount` from what is accrued, and the rest from the partner."""
    _positive(amount)
    held = min(amount, accrued) if accrued.is_positive else Money.zero(amount.currency)
    legs = [Leg(share.account(AccountKind.EXPENSE_COMMISSION, amount.currency), -amount.minor)]
    for kind, part in (
        (AccountKind.ACCRUED_COMMISSION, held),
        (AccountKind.RECEIVABLE_CLAWBACK, amount - held),
    ):
        if not part.is_zero:
            legs.append(Leg(share.account(kind, amount.currency), part.minor))
    return tuple(legs)


def commission_released(
    *, share: FundShare, amount: Money, effective_on: date, idem_key: str, source_ref: str
) -> EntryDraft:
    """Return the entry by which held commission becomes payable. Raises NotPositive."""
    return _moved(
        EntryKind.COMMISSION_RELEASED,
        share,
        amount,
        effective_on,
        idem_key,
        source_ref,
        to=AccountKind.ACCRUED_COMMISSION,
        out_of=AccountKind.PAYABLE,
    )


def bill_exported(
    *, share: FundShare, amount: Money, effective_on: date, idem_key: str, source_ref: str
) -> EntryDraft:
    """Return the entry by which a payable is on a vendor bill in the ERP. Raises NotPositive."""
    return _moved(
        EntryKind.BILL_EXPORTED,
        share,
        amount,
        effective_on,
        idem_key,
        source_ref,
        to=AccountKind.PAYABLE,
        out_of=AccountKind.PAYABLE_BILLED,
    )


def bill_paid(
    *, share: FundShare, amount: Money, effective_on: date, idem_key: str, source_ref: str
) -> EntryDraft:
    """Return the entry by which the ERP paid the bill on `effective_on`. Raises NotPositive."""
    _positive(amount)
    cash = AccountKey(AccountKind.CASH_ERP, None, None, None, amount.currency)
    billed = share.account(AccountKind.PAYABLE_BILLED, amount.currency)
    return EntryDraft(
        kind=EntryKind.BILL_PAID,
        effective_on=effective_on,
        legs=(Leg(billed, amount.minor), Leg(cash, -amount.minor)),
        idem_key=idem_key,
        source_ref=source_ref,
        partner_id=share.partner_id,
    )


def payment_released(
    *,
    share: FundShare,
    gross: Money,
    netted: Sequence[tuple[FundShare, Money]],
    message_id: str,
    effective_on: date,
    idem_key: str,
    source_ref: str,
) -> EntryDraft:
    """Return the entry by which a payable leaves on a payment file (money.md 1.4).

    `netted` of `gross` is kept back against what the partner owes, by where it owes it; the rest
    is in transit until the bank confirms it. Raises NotPositive, CurrencyMismatch, JournalError.
    """
    _positive(gross)
    currency, rest = gross.currency, gross
    legs = [Leg(share.account(AccountKind.PAYABLE, currency), gross.minor)]
    for owing, part in netted:
        _positive(part)
        rest -= part
        legs.append(Leg(owing.account(AccountKind.RECEIVABLE_CLAWBACK, currency), -part.minor))
    if rest.is_negative:
        raise JournalError(f"more is kept back than the {gross} of the payable")
    if not rest.is_zero:
        legs.append(Leg(in_transit(message_id, currency), -rest.minor))
    return EntryDraft(
        kind=EntryKind.PAYMENT_RELEASED,
        effective_on=effective_on,
        legs=tuple(legs),
        idem_key=idem_key,
        source_ref=source_ref,
        partner_id=share.partner_id,
    )


def payment_settled(
    *,
    share: FundShare,
    amount: Money,
    message_id: str,
    own_account: str,
    effective_on: date,
    idem_key: str,
    source_ref: str,
) -> EntryDraft:
    """Return the entry by which the bank debited a payment. Raises NotPositive."""
    transit, cash = in_transit(message_id, amount.currency), at_bank(own_account, amount.currency)
    return _paired(
        EntryKind.PAYMENT_SETTLED, share, amount, transit, cash, effective_on, idem_key, source_ref
    )


def payment_rejected(
    *,
    share: FundShare,
    amount: Money,
    message_id: str,
    effective_on: date,
    idem_key: str,
    source_ref: str,
) -> EntryDraft:
    """Return the entry by which a payment that was never debited is owed again.

    Raises NotPositive.
    """
    owed = share.account(AccountKind.PAYABLE, amount.currency)
    transit = in_transit(message_id, amount.currency)
    return _paired(
        EntryKind.PAYMENT_REJECTED,
        share,
        amount,
        transit,
        owed,
        effective_on,
        idem_key,
        source_ref,
    )


def payment_returned(
    *,
    share: FundShare,
    amount: Money,
    own_account: str,
    effective_on: date,
    idem_key: str,
    source_ref: str,
) -> EntryDraft:
    """Return the entry by which a debited payment came back and is owed again.

    Raises NotPositive.
    """
    owed = share.account(AccountKind.PAYABLE, amount.currency)
    cash = at_bank(own_account, amount.currency)
    return _paired(
        EntryKind.PAYMENT_RETURNED, share, amount, cash, owed, effective_on, idem_key, source_ref
    )


def bank_fee(
    *, amount: Money, own_account: str, effective_on: date, idem_key: str, source_ref: str
) -> EntryDraft:
    """Return the entry by which the bank kept a fee; a negative amount is a fee given back.

    Raises NotPositive for zero.
    """
    if amount.is_zero:
        raise NotPositive("a fee of zero is none")
    fees = AccountKey(AccountKind.EXPENSE_BANK_FEES, None, None, own_account, amount.currency)
    return EntryDraft(
        kind=EntryKind.BANK_FEE,
        effective_on=effective_on,
        legs=(
            Leg(fees, amount.minor),
            Leg(at_bank(own_account, amount.currency), -amount.minor),
        ),
        idem_key=idem_key,
        source_ref=source_ref,
    )


def payment_exchanged(
    *,
    paid: Money,
    debited: Money,
    expected: Money,
    own_account: str,
    effective_on: date,
    idem_key: str,
    source_ref: str,
) -> EntryDraft:
    """Return the entry by which the bank bought the currency of a payment with the account's.

    `expected` is what the stored rate makes of `paid`; what `debited` differs from it is expense.
    Raises NotPositive, CurrencyMismatch.
    """
    _positive(paid)
    _positive(debited)
    difference = debited - expected
    kind = AccountKind.EXCHANGE_POSITION
    legs = [
        Leg(at_bank(own_account, paid.currency), paid.minor),
        Leg(AccountKey(kind, None, None, own_account, paid.currency), -paid.minor),
        Leg(AccountKey(kind, None, None, own_account, debited.currency), expected.minor),
        Leg(at_bank(own_account, debited.currency), -debited.minor),
    ]
    if not difference.is_zero:
        key = AccountKey(AccountKind.EXPENSE_EXCHANGE, None, None, own_account, debited.currency)
        legs.append(Leg(key, difference.minor))
    return EntryDraft(
        kind=EntryKind.PAYMENT_EXCHANGED,
        effective_on=effective_on,
        legs=tuple(legs),
        idem_key=idem_key,
        source_ref=source_ref,
    )


def in_transit(message_id: str, currency: str) -> AccountKey:
    """Return the account of a batch's money on its way to the bank. Raises BadAccountKey."""
    return AccountKey(AccountKind.CASH_IN_TRANSIT, None, None, message_id, currency)


def at_bank(own_account: str, currency: str) -> AccountKey:
    """Return the account of our own bank account. Raises BadAccountKey."""
    return AccountKey(AccountKind.CASH_BANK, None, None, own_account, currency)


def reverse(
    entry: EntryDraft, *, entry_id: str, effective_on: date, idem_key: str, reason: str
) -> EntryDraft:
    """Return the entry that undoes `entry`, posted as `entry_id`: the same legs, signs turned.

    Raises NotReversible for a reversal, JournalError without a reason.
    """
    if entry.reverses is not None:
        raise NotReversible("a reversal is not reversed; post the right entry anew")
    if not reason or not entry_id:
        raise JournalError("a reversal names the entry it reverses and its reason")
    return EntryDraft(
        kind=EntryKind.REVERSAL,
        effective_on=effective_on,
        legs=tuple(Leg(leg.account, -leg.amount_minor) for leg in entry.legs),
        idem_key=idem_key,
        source_ref=entry.source_ref,
        partner_id=entry.partner_id,
        origin_period=entry.origin_period,
        reverses=entry_id,
        reason=reason,
    )


def balances(entries: Iterable[EntryDraft]) -> dict[AccountKey, int]:
    """Return the signed sum of the legs of each account: the oracle of the ledger's own sums."""
    totals: dict[AccountKey, int] = defaultdict(int)
    for entry in entries:
        for leg in entry.legs:
            totals[leg.account] += leg.amount_minor
    return dict(totals)


def _group_totals(legs: Iterable[Leg]) -> dict[tuple[str, Group], int]:
    """Return the sum of the legs for each currency and group."""
    totals: dict[tuple[str, Group], int] = defaultdict(int)
    for leg in legs:
        totals[leg.account.currency, leg.account.rule.group] += leg.amount_minor
    return totals


def _positive(amount: Money) -> None:
    """Refuse nothing and less than nothing. Raises NotPositive."""
    if not amount.is_positive:
        raise NotPositive(f"{amount} is not above zero")


def _paired(
    kind: EntryKind,
    share: FundShare,
    amount: Money,
    to: AccountKey,
    out_of: AccountKey,
    effective_on: date,
    idem_key: str,
    source_ref: str,
) -> EntryDraft:
    """Return the entry that debits `to` and credits `out_of`. Raises NotPositive."""
    _positive(amount)
    return EntryDraft(
        kind=kind,
        effective_on=effective_on,
        legs=(Leg(to, amount.minor), Leg(out_of, -amount.minor)),
        idem_key=idem_key,
        source_ref=source_ref,
        partner_id=share.partner_id,
    )


def _moved(
    kind: EntryKind,
    share: FundShare,
    amount: Money,
    effective_on: date,
    idem_key: str,
    source_ref: str,
    *,
    to: AccountKind,
    out_of: AccountKind,
    origin_period: str | None = None,
    reason: str = "",
) -> EntryDraft:
    """Return the entry that debits `to` and credits `out_of`. Raises NotPositive."""
    _positive(amount)
    return EntryDraft(
        kind=kind,
        effective_on=effective_on,
        legs=(
            Leg(share.account(to, amount.currency), amount.minor),
            Leg(share.account(out_of, amount.currency), -amount.minor),
        ),
        idem_key=idem_key,
        source_ref=source_ref,
        partner_id=share.partner_id,
        origin_period=origin_period,
        reason=reason,
    )
