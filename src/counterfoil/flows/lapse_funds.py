"""What nobody claimed in time goes back to the vendor: pre-approvals first, then unused funds.

A fund period lapses once, by a person, after its last day for claims and when nothing in it is
under way. Each partner's two balances become zero by entries that name the fund, so the tracker's
`expired` is the sum of what lapsed.
"""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from counterfoil.apps.ledger.selectors import balances
from counterfoil.apps.ledger.services import locked_balances, post_entries
from counterfoil.apps.programs.errors import FundStillOpen
from counterfoil.apps.programs.selectors import get_program
from counterfoil.apps.programs.services import lock_fund
from counterfoil.apps.programs.types import FundInfo
from counterfoil.apps.submissions.selectors.heads import numbers_under_way
from counterfoil.core.accounts import AccountKey, AccountKind
from counterfoil.core.actors import Actor
from counterfoil.core.authority import require
from counterfoil.core.journal import EntryDraft, FundShare, expire_allocation, release_commitment
from counterfoil.core.money import Money
from counterfoil.foundation import crash
from counterfoil.foundation.ids import new_id

NAMED_MAX = 5


@dataclass(frozen=True, slots=True)
class LapseReport:
    """What a lapse takes back: of pre-approvals, and of funds that nobody asked for."""

    fund: FundInfo
    partners: int
    committed: Money
    available: Money


@dataclass(frozen=True, slots=True)
class _Held:
    """One partner's balance on one account, above zero."""

    partner_id: int
    account: AccountKey
    amount: Money


def preview_lapse(*, fund_id: str, by: Actor, at: datetime) -> LapseReport:
    """This will tell what `lapse_fund` would take back now; it writes nothing.

    Raises NotAllowed, UnknownFund, FundStillOpen.
    """
    with transaction.atomic():
        return _report(*_computed(fund_id, by, at))


def lapse_fund(*, fund_id: str, by: Actor, at: datetime) -> LapseReport:
    """This will take back what is left of a fund period whose last day for claims has passed.

    A second run finds nothing. Raises NotAllowed, UnknownFund, FundStillOpen, PeriodClosed.
    """
    with transaction.atomic():
        fund, held = _computed(fund_id, by, at)
        run, today = new_id("lps"), _day(fund, at)
        post_entries(
            drafts=[_draft(fund, one, run=run, today=today) for one in held], by=by, at=at
        )
        crash.point("lapse.posted")
        return _report(fund, held)


def _computed(fund_id: str, by: Actor, at: datetime) -> tuple[FundInfo, tuple[_Held, ...]]:
    """Return the locked fund and each partner's balances above zero, locked as well."""
    fund = lock_fund(fund_id=fund_id)
    require(by, "funds.lapse", program=fund.program)
    _refuse_open(fund, at)
    kinds = (AccountKind.ALLOC_COMMITTED, AccountKind.ALLOC_AVAILABLE)
    known = balances(kinds=kinds, fund=fund_id, period=fund.period)
    amounts = locked_balances(accounts=[row.account for row in known])
    return fund, tuple(
        _Held(row.partner_id, row.account, amounts[row.account])
        for row in known
        if amounts[row.account].is_positive
    )


def _refuse_open(fund: FundInfo, at: datetime) -> None:
    name = f"{fund.name} {fund.period}"
    if _day(fund, at) <= fund.claims_until:
        raise FundStillOpen(
            f"Claims on {name} can be sent until {fund.claims_until:%Y-%m-%d}; "
            "what is left lapses after that day."
        )
    numbers = numbers_under_way(fund_id=fund.public_id, limit=NAMED_MAX + 1)
    if numbers:
        more = " and more" if len(numbers) > NAMED_MAX else ""
        raise FundStillOpen(
            f"Not decided yet in {name}: {', '.join(numbers[:NAMED_MAX])}{more}. "
            "Decide them first."
        )


def _draft(fund: FundInfo, one: _Held, *, run: str, today: date) -> EntryDraft:
    assert one.account.partner_id is not None
    share = FundShare(fund.public_id, one.account.partner_id, fund.period)
    key = f"{run}:{one.account.code}"
    if one.account.kind is AccountKind.ALLOC_AVAILABLE:
        return expire_allocation(
            share=share, amount=one.amount, effective_on=today, idem_key=key,
            source_ref=fund.public_id,
        )  # fmt: skip
    return release_commitment(
        share=share, amount=one.amount, effective_on=today, idem_key=key,
        source_ref=fund.public_id, is_expired=True,
        reason=f"Claims could be sent until {fund.claims_until:%Y-%m-%d}.",
    )  # fmt: skip


def _report(fund: FundInfo, held: tuple[_Held, ...]) -> LapseReport:
    def total(kind: AccountKind) -> Money:
        return Money(
            sum(one.amount.minor for one in held if one.account.kind is kind), fund.currency
        )

    return LapseReport(
        fund=fund,
        partners=len({one.partner_id for one in held}),
        committed=total(AccountKind.ALLOC_COMMITTED),
        available=total(AccountKind.ALLOC_AVAILABLE),
    )


def _day(fund: FundInfo, at: datetime) -> date:
    return at.astimezone(ZoneInfo(get_program(code=fund.program).zone)).date()
