"""Funds and what partners earn in them: set up a fund, raise its budget, earn it from sales.

The arithmetic, stated once: a partner's base is the sum of its sales less its refunds of the
fund's days, in the fund's currency; base x rate is rounded once per partner by the fund's mode
(half to even unless its terms say otherwise); a base below zero earns nothing. A run posts only
the difference to what earlier versions posted.
"""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from counterfoil.apps.ledger.selectors import is_closed_on
from counterfoil.apps.ledger.services import locked_balances, post_entries, post_entry
from counterfoil.apps.programs.errors import OverFundBudget
from counterfoil.apps.programs.selectors import (
    get_program,
    latest_statements,
    posted_totals,
    sales_in_other_currencies,
    sales_totals,
)
from counterfoil.apps.programs.services import (
    change_budget,
    create_fund,
    lock_fund,
    record_statements,
)
from counterfoil.apps.programs.types import (
    FundInfo,
    OtherCurrency,
    SalesTotal,
    StatementDraft,
    StatementInfo,
)
from counterfoil.core.accounts import AccountKey, AccountKind
from counterfoil.core.actors import Actor
from counterfoil.core.authority import require
from counterfoil.core.journal import (
    EntryDraft,
    FundShare,
    allocate_earned,
    budget_set,
    reduce_allocation,
)
from counterfoil.core.money import Money, Rounding
from counterfoil.foundation import crash
from counterfoil.foundation.ids import new_id


@dataclass(frozen=True, slots=True)
class Remainder:
    """What a partner earned too much and has spent already, so it could not be taken back."""

    partner_id: int
    amount: Money


@dataclass(frozen=True, slots=True)
class EarnReport:
    """What a run did: `earned` is the total by now, `given` and `taken_back` what it posted."""

    fund: FundInfo
    partners: int
    statements: int
    earned: Money
    given: Money
    taken_back: Money
    remainders: tuple[Remainder, ...]
    left_out: tuple[OtherCurrency, ...]


@dataclass(frozen=True, slots=True)
class _Share:
    """One partner's new figures, before what can be taken back is known."""

    total: SalesTotal
    version: int
    earned: Money
    difference: Money
    is_recomputed: bool


@dataclass(frozen=True, slots=True)
class _Run:
    """A run as computed: every partner's figures and the statements that would be recorded."""

    fund: FundInfo
    shares: list[_Share]
    statements: list[tuple[_Share, StatementDraft]]
    remainders: tuple[Remainder, ...]
    left_out: tuple[OtherCurrency, ...]

    def report(self) -> EarnReport:
        """This will sum the run up."""
        posted = [statement.posted_minor for _, statement in self.statements]
        currency = self.fund.currency
        return EarnReport(
            fund=self.fund,
            partners=len(self.shares),
            statements=len(self.statements),
            earned=Money(sum(share.earned.minor for share in self.shares), currency),
            given=Money(sum(minor for minor in posted if minor > 0), currency),
            taken_back=Money(-sum(minor for minor in posted if minor < 0), currency),
            remainders=self.remainders,
            left_out=self.left_out,
        )


def set_up_fund(
    *,
    program: str,
    code: str,
    name: str,
    period: str,
    budget: Money,
    earn_rate_ppm: int,
    starts_on: date,
    ends_on: date,
    claims_until: date,
    by: Actor,
    at: datetime,
    earn_rounding: Rounding = Rounding.HALF_EVEN,
    cost_center: str = "",
    earns_from: date | None = None,
    earns_to: date | None = None,
) -> FundInfo:
    """This will make one period of a fund and post its authorized budget; twice is once.

    Raises NotAllowed, UnknownProgram, BadFundTerms, FundExists, PeriodClosed.
    """
    require(by, "funds.manage", program=program)
    with transaction.atomic():
        fund = create_fund(
            program=program,
            code=code,
            name=name,
            period=period,
            budget=budget,
            earn_rate_ppm=earn_rate_ppm,
            starts_on=starts_on,
            ends_on=ends_on,
            claims_until=claims_until,
            earn_rounding=earn_rounding,
            cost_center=cost_center,
            earns_from=earns_from,
            earns_to=earns_to,
            by=by,
            at=at,
        )
        if budget.is_positive:
            draft = budget_set(
                fund=fund.public_id,
                period=fund.period,
                amount=budget,
                effective_on=starts_on,
                idem_key=f"budget:{fund.public_id}",
                source_ref=fund.public_id,
            )
            post_entry(draft=draft, by=by, at=at)
    return fund


def set_budget(*, fund_id: str, budget: Money, by: Actor, at: datetime, reason: str) -> FundInfo:
    """This will raise or cut a fund's authorized budget and post the difference.

    Raises NotAllowed, UnknownFund, BadFundTerms, OverBudget when more is allocated than would be
    left, PeriodClosed.
    """
    with transaction.atomic():
        before = lock_fund(fund_id=fund_id)
        require(by, "funds.manage", program=before.program)
        after = change_budget(fund_id=fund_id, budget=budget, by=by, at=at, reason=reason)
        if after.budget != before.budget:
            draft = budget_set(
                fund=fund_id,
                period=before.period,
                amount=after.budget - before.budget,
                effective_on=_day(before, at),
                idem_key=f"budget:{fund_id}:{at.isoformat()}",
                source_ref=fund_id,
            )
            post_entry(draft=draft, by=by, at=at)
    return after


def earn_funds(*, fund_id: str, by: Actor, at: datetime) -> EarnReport:
    """This will compute what each enrolled partner earned in a fund period and post what changed.

    Lines received by `at` count, so a late refund or sale goes into a later version. What a
    partner earned too much is taken back from its available funds as far as they go; the rest is
    reported. The same input again posts nothing. Raises NotAllowed, UnknownFund, OverFundBudget
    (nothing is posted then), PeriodClosed.
    """
    with transaction.atomic():
        run = _computed(lock_fund(fund_id=fund_id), by, at)
        fund = run.fund
        day, origin = _posting_day(fund, at)
        drafts = [
            _draft(fund, share, statement, day, origin)
            for share, statement in run.statements
            if statement.posted_minor != 0
        ]
        post_entries(drafts=drafts, by=by, at=at)
        crash.point("earn.posted")
        record_statements(
            fund_id=fund_id, statements=[row for _, row in run.statements], by=by, at=at
        )
        crash.point("earn.recorded")
    return run.report()


def preview_earnings(*, fund_id: str, by: Actor, at: datetime) -> EarnReport:
    """This will tell what `earn_funds` would do at this moment; it writes nothing.

    Raises NotAllowed, UnknownFund, OverFundBudget.
    """
    with transaction.atomic():
        return _computed(lock_fund(fund_id=fund_id), by, at).report()


def _computed(fund: FundInfo, by: Actor, at: datetime) -> _Run:
    """This will compute a run of a locked fund. Raises NotAllowed, OverFundBudget."""
    require(by, "funds.earn", program=fund.program)
    days = {
        "program": fund.program,
        "currency": fund.currency,
        "starts_on": fund.earns_from,
        "ends_on": fund.earns_to,
        "received_until": _day(fund, at),
    }
    totals = sales_totals(**days)  # type: ignore[arg-type]  # the five arguments by name
    left_out = sales_in_other_currencies(**days)  # type: ignore[arg-type]  # as above
    shares = _shares(fund, totals)
    statements, remainders = _limited(fund, shares)
    return _Run(fund, shares, statements, remainders, left_out)


def _shares(fund: FundInfo, totals: tuple[SalesTotal, ...]) -> list[_Share]:
    """This will compute what each partner earned by now, and how far that is from what stands."""
    latest = latest_statements(fund_id=fund.public_id)
    posted = posted_totals(fund_id=fund.public_id)
    shares = []
    for total in totals:
        base = Money(max(total.base_minor, 0), fund.currency)
        earned = base.times_ppm(fund.earn_rate_ppm, fund.earn_rounding)
        before = latest.get(total.partner_id)
        shares.append(
            _Share(
                total=total,
                version=before.version + 1 if before else 1,
                earned=earned,
                difference=earned - Money(posted.get(total.partner_id, 0), fund.currency),
                is_recomputed=before is None or not _is_same(fund, total, before),
            )
        )
    return shares


def _is_same(fund: FundInfo, total: SalesTotal, before: StatementInfo) -> bool:
    """This will tell whether the earlier statement saw the same rows under the same terms."""
    return (before.lines_sha256, before.rate_ppm, before.rounding) == (
        total.lines_sha256,
        fund.earn_rate_ppm,
        fund.earn_rounding,
    )


def _limited(
    fund: FundInfo, shares: list[_Share]
) -> tuple[list[tuple[_Share, StatementDraft]], tuple[Remainder, ...]]:
    """This will cut what is taken back to what is available; raises OverFundBudget.

    All accounts that may fall are locked at once, in id order, until the transaction ends.
    """
    budget = AccountKey(
        AccountKind.BUDGET_AVAILABLE, fund.public_id, None, fund.period, fund.currency
    )
    falling = {
        share.total.partner_id: _fund_share(fund, share.total).account(
            AccountKind.ALLOC_AVAILABLE, fund.currency
        )
        for share in shares
        if share.difference.is_negative
    }
    held = locked_balances(accounts=[budget, *falling.values()])
    statements, remainders = [], []
    for share in shares:
        posted = share.difference
        if posted.is_negative:
            available = held[falling[share.total.partner_id]]
            posted = max(posted, -available)
            if posted != share.difference:
                remainders.append(Remainder(share.total.partner_id, posted - share.difference))
        if share.is_recomputed or not posted.is_zero:
            statements.append((share, _statement(fund, share, posted)))
    needed = Money(sum(row.posted_minor for _, row in statements), fund.currency)
    if needed > held[budget]:
        raise OverFundBudget(
            f"{fund.name} {fund.period}", budget=fund.budget, left=held[budget], needed=needed
        )
    return statements, tuple(remainders)


def _statement(fund: FundInfo, share: _Share, posted: Money) -> StatementDraft:
    return StatementDraft(
        id=new_id("est"),
        partner_id=share.total.partner_id,
        version=share.version,
        base_minor=share.total.base_minor,
        line_count=share.total.line_count,
        lines_sha256=share.total.lines_sha256,
        rate_ppm=fund.earn_rate_ppm,
        rounding=fund.earn_rounding,
        earned_minor=share.earned.minor,
        posted_minor=posted.minor,
    )


def _posting_day(fund: FundInfo, at: datetime) -> tuple[date, str | None]:
    """This will return the day that the entries belong to, and their period of origin if late.

    It is the fund's last day (or the day of the run, if that is earlier); once that day's
    accounting period is closed it is the day of the run, with the fund's period as the origin.
    """
    today = _day(fund, at)
    day = min(fund.ends_on, today)
    return (today, fund.period) if is_closed_on(on=day) else (day, None)


def _draft(
    fund: FundInfo, share: _Share, statement: StatementDraft, day: date, origin: str | None
) -> EntryDraft:
    """This will make the entry that a statement posts."""
    amount = Money(statement.posted_minor, fund.currency)
    key = f"earn:{fund.public_id}:{share.total.partner_id}:{share.version}"
    who = _fund_share(fund, share.total)
    if amount.is_positive:
        return allocate_earned(
            share=who,
            amount=amount,
            effective_on=day,
            idem_key=key,
            source_ref=statement.id,
            origin_period=origin,
        )
    return reduce_allocation(
        share=who,
        amount=-amount,
        effective_on=day,
        idem_key=key,
        source_ref=statement.id,
        reason=f"Recomputed as version {share.version}: less was earned than posted before.",
        origin_period=origin,
    )


def _fund_share(fund: FundInfo, total: SalesTotal) -> FundShare:
    return FundShare(fund.public_id, total.partner_public_id, fund.period)


def _day(fund: FundInfo, at: datetime) -> date:
    """This will return the day that `at` falls on where the program is."""
    return at.astimezone(ZoneInfo(get_program(code=fund.program).zone)).date()
