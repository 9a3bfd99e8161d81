"""The journey of bank lines: matched with what we paid, or put before a person with candidates.

Reads what nothing holds yet, lets the passes of `core.reconciling` decide, and writes each match
with its postings. A person matches, splits or explains what is left, and may undo.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from counterfoil.apps.payouts.errors import AlreadyMatched, NotMatchable, PayoutsError
from counterfoil.apps.payouts.selectors import find_payment
from counterfoil.apps.payouts.selectors.bank import (
    calendar_codes,
    claims_for,
    get_line,
    line_keys,
    lines_to_match,
    matches_of_line,
    noticed,
    payment_ids,
)
from counterfoil.apps.payouts.services import (
    return_payment,
    settle_payment,
    unreturn_payment,
    unsettle_payment,
)
from counterfoil.apps.payouts.services.bank import (
    expect_counting,
    lock_bank,
    open_day,
    raise_work,
    record_match,
    record_undo,
)
from counterfoil.apps.payouts.services.matching import match_lines
from counterfoil.apps.payouts.types import BankLineInfo, PaymentInfo
from counterfoil.apps.service_levels.selectors import get_calendar
from counterfoil.core.actors import Actor
from counterfoil.core.authority import may, require
from counterfoil.core.journal import EntryDraft, bank_fee, payment_exchanged
from counterfoil.core.money import Money
from counterfoil.core.reconciling import (
    Candidate,
    Found,
    Kind,
    Left,
    Reason,
    Rule,
    Rules,
    by_notice,
)
from counterfoil.foundation import crash

_Work = tuple[int, str, list[dict[str, str]]]
"""A line, why it waits, and the payments that it may be of."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What one run matched, and how many lines wait; `by_rule` counts matches."""

    matched: int
    payments: int
    waiting: int
    by_rule: Mapping[str, int]


def reconcile_bank(*, by: Actor, at: datetime) -> Reconciled:
    """This will match every bank line that it safely can, and put the others on the work list.

    Running it again changes nothing. Raises NotAllowed.
    """
    require(by, "bank.reconcile")
    by_rule: dict[str, int] = {}
    payments = 0
    with transaction.atomic():
        lock_bank()
        while True:
            # What a match settles may return in a line of the same files: that is the next round.
            matched, waiting = _match_once(by=by, at=at)
            for each in matched:
                by_rule[each.rule.value] = by_rule.get(each.rule.value, 0) + 1
                payments += len(each.claims)
            if not matched or not waiting:
                break
        for key, reason, candidates in waiting:
            raise_work(line_pk=key, reason=reason, candidates=candidates, at=at)
        crash.point("bank.reconciled")
    return Reconciled(sum(by_rule.values()), payments, len(waiting), by_rule)


def _match_once(*, by: Actor, at: datetime) -> tuple[list[Found], list[_Work]]:
    """This will match what fits now; returns the matches and the work that is left."""
    lines, twins = lines_to_match()
    rules = standing_rules()
    calendars = {code: get_calendar(code=code) for code in calendar_codes()}
    claims = claims_for(lines, calendars=calendars, rules=rules)
    fresh = [line for line in lines if line.id not in twins]
    named = by_notice(fresh, claims, noticed(fresh))
    done_lines = {each.line for each in named}
    done_claims = {claim for each in named for claim in each.claims}
    found, left = match_lines(
        lines=[line for line in fresh if line.id not in done_lines],
        claims=[claim for claim in claims if claim.id not in done_claims],
        rules=rules,
    )
    names = payment_ids({claim.id for claim in claims})
    keys = line_keys(line.id for line in lines)
    matched: list[Found] = []
    refused: list[Left] = []
    for each in (*named, *found):
        try:
            with transaction.atomic():
                _take(each, keys[each.line], [names[claim] for claim in each.claims], by, at)
        except PayoutsError:
            # The payment's state forbids what its line says: that is for a person to see.
            options = tuple(Candidate(claim, "its state forbids it") for claim in each.claims)
            refused.append(Left(each.line, Reason.AMBIGUOUS, options[:5]))
            continue
        matched.append(each)
        crash.point("bank.matched")
    waiting = [*left, *refused, *(Left(line, Reason.SENT_TWICE) for line in sorted(twins))]
    return matched, [
        (
            one.line,
            one.reason.value,
            [{"id": names[each.claim], "why": each.why} for each in one.candidates],
        )
        for one in waiting
    ]


def standing_rules() -> Rules:
    """This will return the tolerances that the installation's settings name."""
    return Rules(fee_max_minor=dict(settings.BANK_FEE_MAX_MINOR))


def match_line(
    *, line_id: str, payments: Sequence[str], by: Actor, at: datetime, reason: str
) -> None:
    """This will match a bank line with one payment or several, as a person says.

    What the line is more than the payments (or a return less) is the bank's fee. Raises
    NotAllowed, UnknownBankLine, NotMatchable, AlreadyMatched, WrongState.
    """
    require(by, "bank.reconcile")
    with transaction.atomic():
        lock_bank()
        line = _open_line(line_id, reason)
        chosen = [_payment(name) for name in dict.fromkeys(payments)]
        if not chosen:
            raise NotMatchable("Name one payment at least.")
        _take_payments(line, chosen, Rule.PERSON, reason, by=by, at=at)


def explain_line(*, line_id: str, kind: str, by: Actor, at: datetime, reason: str) -> None:
    """This will say what a line is that pays nothing: a fee, a duplicate, or not ours.

    A fee is posted; a duplicate and a foreign line post nothing and stay on record.
    Raises NotAllowed, UnknownBankLine, NotMatchable, AlreadyMatched, WrongState.
    """
    require(by, "bank.reconcile")
    if kind not in (Kind.FEE, Kind.DUPLICATE, Kind.NOT_OURS):
        raise NotMatchable(f"{kind!r} is none of fee, duplicate and not_ours.")
    with transaction.atomic():
        lock_bank()
        line = _open_line(line_id, reason)
        if kind == Kind.FEE:
            _refuse_own_large_fee(line, by)
        drafts = [_fee_entry(line, -line.amount, at)] if kind == Kind.FEE else []
        record_match(
            line_pk=line.id, kind=kind, rule=Rule.PERSON.value, payments=(),
            fee_minor=-line.amount.minor if kind == Kind.FEE else 0,
            drafts=drafts, evidence=_evidence(line), reason=reason, by=by, at=at,
        )  # fmt: skip


def undo_match(*, line_id: str, by: Actor, at: datetime, reason: str) -> None:
    """This will undo what a line was matched with; its payments are in transit again.

    The payments of a return count as debited again. Raises NotAllowed, UnknownBankLine,
    NotMatchable, WrongState (for a return also when what was owed again is paid since).
    """
    require(by, "bank.reconcile")
    with transaction.atomic():
        lock_bank()
        line = get_line(line_id)
        match = line.match
        if match is None:
            raise NotMatchable("This line is not matched.")
        if match.kind == Kind.RETURN:
            for name in match.payments:
                unreturn_payment(end_to_end_id=name, by=by, at=at, reason=reason)
        if match.kind == Kind.PAYMENT:
            for name in match.payments:
                unsettle_payment(end_to_end_id=name, by=by, at=at, reason=reason)
        record_undo(match_id=match.public_id, reason=reason, by=by, at=at)
        crash.point("bank.undone")


def _take(found: Found, line_id: str, names: Sequence[str], by: Actor, at: datetime) -> None:
    """Write one match of the passes."""
    line = get_line(line_id)
    payments = [_payment(name) for name in names]
    _take_payments(line, payments, found.rule, "", by=by, at=at)


def _take_payments(
    line: BankLineInfo, payments: Sequence[PaymentInfo], rule: Rule, reason: str, *, by: Actor,
    at: datetime,
) -> None:  # fmt: skip
    """Settle or take back the payments of a line, with fee or exchange, and keep the match."""
    _refuse_foreign_account(line, payments)
    _refuse_no_money(line)
    if line.amount.is_negative:
        kind, act = Kind.PAYMENT, "settled"
        drafts, fee = _debit_entries(line, payments, rule, at)
        for payment in payments:
            settle_payment(
                end_to_end_id=payment.end_to_end_id, on=line.booked_on,
                bank_reference=_bank_reference(line), by=by, at=at,
            )  # fmt: skip
            crash.point("bank.settled")
    else:
        kind, act = Kind.RETURN, "returned"
        drafts, fee = _return_entries(line, payments, at)
        for payment in payments:
            return_payment(
                end_to_end_id=payment.end_to_end_id, on=line.booked_on, code=line.return_code,
                reason=line.return_text or line.text or "returned",
                bank_reference=_bank_reference(line), by=by, at=at,
            )  # fmt: skip
    record_match(
        line_pk=line.id,
        kind=kind.value,
        rule=rule.value,
        payments=[{"id": payment.end_to_end_id, "act": act} for payment in payments],
        fee_minor=fee,
        drafts=drafts,
        evidence=_evidence(line),
        reason=reason,
        by=by,
        at=at,
    )


def _debit_entries(
    line: BankLineInfo, payments: Sequence[PaymentInfo], rule: Rule, at: datetime
) -> tuple[list[EntryDraft], int]:
    """Return the line's own entries (fee, exchange) and the fee. Raises NotMatchable."""
    debited, currencies = -line.amount, {payment.amount.currency for payment in payments}
    if currencies != {debited.currency}:
        if len(payments) != 1:
            raise NotMatchable("A line in another currency pays one payment at a time.")
        paid = payments[0].amount
        if line.instructed is not None and abs(line.instructed) != paid:
            raise NotMatchable(
                f"The bank says {abs(line.instructed)} was ordered, the payment is {paid}."
            )
        draft = payment_exchanged(
            paid=paid, debited=debited, expected=debited, own_account=line.own_account,
            effective_on=line.booked_on, idem_key=_key("exchange", line),
            source_ref=line.public_id,
        )  # fmt: skip
        return [open_day(draft, at)], 0
    rest = debited - _total(payments)
    if rest.is_negative:
        raise NotMatchable(
            f"The line debits {debited}, and the payments come to {_total(payments)}."
        )
    if rest.is_zero:
        return [], 0
    _refuse_large_fee(rest, rule)
    return [_fee_entry(line, rest, at)], rest.minor


def _return_entries(
    line: BankLineInfo, payments: Sequence[PaymentInfo], at: datetime
) -> tuple[list[EntryDraft], int]:
    """Return the entry of the fee that the bank kept of what came back. Raises NotMatchable."""
    if {payment.amount.currency for payment in payments} != {line.amount.currency}:
        raise NotMatchable("A return is in the currency of its payment.")
    kept = _total(payments) - line.amount
    if kept.is_negative:
        raise NotMatchable(f"{line.amount} came back, and only {_total(payments)} was paid.")
    if kept.is_zero:
        return [], 0
    _refuse_large_fee(kept, Rule.PERSON)
    return [_fee_entry(line, kept, at)], kept.minor


def _refuse_large_fee(fee: Money, rule: Rule) -> None:
    most = standing_rules().fee_max(fee.currency)
    if fee.minor > most:
        shown = Money(most, fee.currency)
        raise NotMatchable(
            f"The rest of {fee} is above {shown}, the most that passes as a fee; name the other "
            "payments of this line too."
        )
    assert rule in (Rule.FEE, Rule.RETURN, Rule.PERSON), "only these passes allow a rest"


def _refuse_own_large_fee(line: BankLineInfo, by: Actor) -> None:
    """Refuse what can be no fee. Above the cap it takes who may accept statements, too."""
    if line.amount.is_zero:
        raise NotMatchable("The line moves no money; explain it as not ours.")
    most = standing_rules().fee_max(line.amount.currency)
    if abs(line.amount.minor) > most and not may(by, "bank.accept"):
        shown = Money(most, line.amount.currency)
        raise NotMatchable(
            f"{abs(line.amount)} is above {shown}, the most that you may call a fee; somebody who "
            "approves payments looks at it."
        )


def _fee_entry(line: BankLineInfo, amount: Money, at: datetime) -> EntryDraft:
    draft = bank_fee(
        amount=amount,
        own_account=line.own_account,
        effective_on=line.booked_on,
        idem_key=_key("fee", line),
        source_ref=line.public_id,
    )
    return open_day(draft, at)


def _key(what: str, line: BankLineInfo) -> str:
    """Return the key of a line's own entry; it grows after an undo, so the new one is posted."""
    return f"bank-{what}:{line.public_id}:{len(matches_of_line(line.public_id)) + 1}"


def _total(payments: Sequence[PaymentInfo]) -> Money:
    total = Money.zero(payments[0].amount.currency)
    for payment in payments:
        total += payment.amount
    return total


def _payment(name: str) -> PaymentInfo:
    found = find_payment(end_to_end_id=name.strip())
    if found is None:
        raise NotMatchable(f"There is no payment {name.strip()!r} of ours.")
    return found


def _open_line(line_id: str, reason: str) -> BankLineInfo:
    line = get_line(line_id)
    expect_counting(line.id)
    if line.match is not None:
        raise AlreadyMatched("This line is matched already; undo that first.")
    if line.has_parts:
        raise NotMatchable("This line is a batch; its payments stand below it, one line each.")
    if not reason.strip():
        raise NotMatchable("Say why, for the record.")
    return line


def _refuse_no_money(line: BankLineInfo) -> None:
    if line.amount.is_zero:
        raise NotMatchable("The line moves no money, so it pays nothing.")


def _refuse_foreign_account(line: BankLineInfo, payments: Sequence[PaymentInfo]) -> None:
    for payment in payments:
        if payment.own_account != line.own_account:
            raise NotMatchable(
                f"{payment.end_to_end_id} was paid from {payment.own_account}, and this line is "
                f"of {line.own_account}."
            )


def _bank_reference(line: BankLineInfo) -> str:
    return (line.reference or line.public_id)[:120]


def _evidence(line: BankLineInfo) -> dict[str, str]:
    """Return what the decision stood on, for whoever asks years later."""
    return {
        "reference": line.end_to_end_id,
        "amount": line.amount.format_plain(),
        "booked_on": line.booked_on.isoformat(),
        "bank_reference": line.reference,
    }
