"""A partner's commission statement of a month: what was open, what moved it, what is open now.

It rests on the ledger alone: opening and closing are balances, each movement is an entry, and the
figures must lead from one to the other. The groups of what the plan's runs computed only divide
the movements of the month's own commission.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from counterfoil.core.accounts import AccountKind
from counterfoil.core.journal import EntryKind

OWED_KINDS = (
    AccountKind.ACCRUED_COMMISSION,
    AccountKind.PAYABLE,
    AccountKind.PAYABLE_BILLED,
    AccountKind.RECEIVABLE_CLAWBACK,
)
"""The accounts whose sum is what is owed to a partner for commissions."""


class Group(StrEnum):
    """What a figure is, in the order of the statement."""

    EARNED = "earned"
    FLOOR = "floor"
    SHARED = "shared"
    PASSED_ON = "passed_on"
    CLAWBACK = "clawback"
    COMMISSION = "commission"
    CORRECTION = "correction"
    ADJUSTMENT = "adjustment"
    BONUS = "bonus"
    PAID = "paid"
    CAME_BACK = "came_back"
    OTHER = "other"


GROUP_ORDER = tuple(Group)
_OF_KIND: dict[str, Group] = {
    EntryKind.PAYMENT_RELEASED: Group.PAID,
    EntryKind.BILL_PAID: Group.PAID,
    EntryKind.PAYMENT_REJECTED: Group.CAME_BACK,
    EntryKind.PAYMENT_RETURNED: Group.CAME_BACK,
    EntryKind.COMMISSION_ADJUSTED: Group.ADJUSTMENT,
    EntryKind.COMMISSION_BONUS: Group.BONUS,
}
_COMPUTED = (EntryKind.COMMISSION_EARNED, EntryKind.COMMISSION_TAKEN_BACK)


class NotTied(ArithmeticError):
    """The figures do not lead from the opening to the closing balance: a fault, never a state."""


@dataclass(frozen=True, slots=True)
class Movement:
    """What one entry changed of what is owed to the partner, on accounts of one plan and month.

    `minor` is positive where more is owed. `kind` is the entry's, of a reversal that of the entry
    it reverses; `period` is the month of the accounts; `ref` what it was posted for.
    """

    entry: str
    kind: str
    is_reversal: bool
    on: date
    use: str
    period: str
    ref: str
    reason: str
    minor: int


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account kind held before the month and at its end, positive where it is owed."""

    kind: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class GroupSum:
    """A part of what a run gave the partner: its component and category, lines and sum.

    `component` is the number of the plan's component, -1 where the part is of none;
    `base` is what was sold or refunded, in minor units.
    """

    group: Group
    component: int
    category: str
    lines: int
    base: int
    minor: int


@dataclass(frozen=True, slots=True)
class RunPart:
    """What a run earned the partner for its month, divided into groups that sum to it."""

    use: str
    run: str
    earned: int
    groups: tuple[GroupSum, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A line of the statement.

    `use` is the plan in its program; `run` the run whose lines it sums, empty for an entry;
    `entry`, `ref`, `reason` and `on` belong to an entry; `period` is the month it is about.
    """

    group: Group
    minor: int
    use: str = ""
    run: str = ""
    component: int = -1
    category: str = ""
    lines: int = 0
    base: int = 0
    entry: str = ""
    ref: str = ""
    reason: str = ""
    on: date | None = None
    period: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """The statement in one currency; `figures` lead from `opening` to `closing`.

    Closing is what is `held`, `ready` to be paid or `sent` for payment by the ERP, less what is
    `owed_back`.
    """

    currency: str
    opening: int
    closing: int
    held: int
    ready: int
    sent: int
    owed_back: int
    figures: tuple[Figure, ...] = field(default=())


def settle(
    *,
    currency: str,
    month: str,
    balances: Sequence[Balance],
    movements: Sequence[Movement],
    runs: Mapping[str, RunPart],
) -> Account:
    """Return the statement of a month in one currency.

    `runs` maps what the month's own commission was posted for to the run that gave it. Raises
    NotTied.
    """
    after: dict[str, int] = {}
    for each in balances:
        after[each.kind] = after.get(each.kind, 0) + each.after
    found = Account(
        currency=currency,
        opening=sum(each.before for each in balances),
        closing=sum(after.values()),
        held=after.get(AccountKind.ACCRUED_COMMISSION, 0),
        ready=after.get(AccountKind.PAYABLE, 0),
        sent=after.get(AccountKind.PAYABLE_BILLED, 0),
        owed_back=-after.get(AccountKind.RECEIVABLE_CLAWBACK, 0),
        figures=_figures(month, movements, runs),
    )
    led = found.opening + sum(figure.minor for figure in found.figures)
    if led != found.closing:
        raise NotTied(f"the figures lead to {led}, the ledger says {found.closing} {currency}")
    return found


def _figures(
    month: str, movements: Sequence[Movement], runs: Mapping[str, RunPart]
) -> tuple[Figure, ...]:
    own: dict[str, list[Movement]] = {}
    rest: list[Movement] = []
    for each in movements:
        is_own = each.kind in _COMPUTED and each.period == month and not each.is_reversal
        if is_own:
            own.setdefault(each.use, []).append(each)
        elif each.minor:
            rest.append(each)
    figures = [figure for use, these in own.items() for figure in _of_month(use, these, runs)]
    figures += [
        Figure(
            _group(each), each.minor, each.use, entry=each.entry, ref=each.ref,
            reason=each.reason, on=each.on, period=each.period,
        )
        for each in rest
    ]  # fmt: skip
    return tuple(
        sorted(
            figures,
            key=lambda f: (
                GROUP_ORDER.index(f.group), f.use, f.component, f.category, f.on or date.min,
                f.period, f.entry,
            ),
        )
    )  # fmt: skip


def _of_month(
    use: str, movements: Sequence[Movement], runs: Mapping[str, RunPart]
) -> list[Figure]:
    """Return the month's own commission of a plan, divided as its last posted run divides it."""
    total = sum(each.minor for each in movements)
    part = runs.get(movements[-1].ref)
    if part is None or part.earned != total or sum(g.minor for g in part.groups) != total:
        run = part.run if part else ""
        return [Figure(Group.COMMISSION, total, use, run, period=movements[-1].period)]
    return [
        Figure(
            each.group, each.minor, use, part.run, each.component, each.category, each.lines,
            each.base, period=movements[-1].period,
        )
        for each in part.groups
    ]  # fmt: skip


def _group(each: Movement) -> Group:
    if each.is_reversal:
        return Group.OTHER
    if each.kind in _COMPUTED:
        return Group.CORRECTION
    return _OF_KIND.get(each.kind, Group.OTHER)
