"""The pre-payment check: what a person must look at before money goes out.

New payees, changed bank details, an amount out of the payee's pattern, possible duplicates, an
account that two partners share. Each finding is cleared by name; none stops a payment by itself.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from counterfoil.core.money import Money

PATTERN_LAST = 12
PATTERN_LEAST = 3
PATTERN_TIMES = 3
DUPLICATE_DAYS = 90


@dataclass(frozen=True, slots=True)
class Sent:
    """A payment that left before: to which account, how much, on which day."""

    end_to_end_id: str
    fingerprint: str
    amount: Money
    on: date


@dataclass(frozen=True, slots=True)
class Planned:
    """A payment that is to leave; `partners_of_account` are others with the same account."""

    end_to_end_id: str
    fingerprint: str
    amount: Money
    on: date
    details_since: date
    partners_of_account: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at, as a sentence for the person who clears it."""

    kind: str
    words: str


def findings_of(
    planned: Planned, sent: Sequence[Sent], beside: Sequence[Planned] = ()
) -> tuple[Finding, ...]:
    """Return what is to be looked at; `sent` is the payee's history, the newest first.

    `beside` are the other payments of the same file to the same payee.
    """
    return tuple(_found(planned, sent, beside))


def _found(planned: Planned, sent: Sequence[Sent], beside: Sequence[Planned]) -> Iterator[Finding]:
    if not sent:
        yield Finding("new_payee", "First payment ever to this payee.")
    elif sent[0].fingerprint != planned.fingerprint:
        yield Finding(
            "details_changed",
            f"Other bank details than at the last payment ({sent[0].end_to_end_id}); in use since "
            f"{planned.details_since}.",
        )
    pattern = _pattern(planned, sent)
    if pattern is not None:
        yield pattern
    double = next(
        (
            known
            for known in sent
            if known.amount == planned.amount
            and known.on >= planned.on - timedelta(days=DUPLICATE_DAYS)
        ),
        None,
    )
    if double is not None:
        yield Finding(
            "possible_duplicate", f"Same amount as {double.end_to_end_id} of {double.on}."
        )
    else:
        twin = next((other for other in beside if other.amount == planned.amount), None)
        if twin is not None:
            yield Finding(
                "possible_duplicate", f"Same amount as {twin.end_to_end_id} in this file."
            )
    if planned.partners_of_account:
        names = ", ".join(planned.partners_of_account)
        yield Finding("shared_account", f"The same account belongs to {names}.")


def _pattern(planned: Planned, sent: Sequence[Sent]) -> Finding | None:
    """Compare with the median of the last payments, in integers: no rounding, no float."""
    amounts = sorted(
        known.amount.minor
        for known in sent[:PATTERN_LAST]
        if known.amount.currency == planned.amount.currency
    )
    if len(amounts) < PATTERN_LEAST:
        return None
    middle = len(amounts) // 2
    # Twice the median, so that an even count needs no half.
    twice = 2 * amounts[middle] if len(amounts) % 2 else amounts[middle - 1] + amounts[middle]
    if 2 * planned.amount.minor <= PATTERN_TIMES * twice:
        return None
    tenths = 20 * planned.amount.minor // twice
    return Finding(
        "out_of_pattern",
        f"{tenths // 10}.{tenths % 10} times the median of the last {len(amounts)} payments.",
    )
