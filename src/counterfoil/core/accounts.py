"""The chart of accounts of the ledger: which kinds exist and what each may do.

Amounts on legs are signed: plus is debit, minus is credit. Memorandum accounts (fund control) and
real accounts (what is owed and paid) each balance among themselves, so they never mix.
"""

import re
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Final

from counterfoil.core.currencies import exponent


class Normal(IntEnum):
    """The side on which an account normally stands."""

    DEBIT = 1
    CREDIT = -1


class Group(StrEnum):
    """Which accounts balance among themselves."""

    MEMO = "memo"
    REAL = "real"


class AccountKind(StrEnum):
    """What an account counts."""

    BUDGET_AUTHORIZED = "budget.authorized"
    BUDGET_AVAILABLE = "budget.available"
    BUDGET_RETURNED = "budget.returned"
    ALLOC_AVAILABLE = "alloc.available"
    ALLOC_COMMITTED = "alloc.committed"
    ALLOC_CONSUMED = "alloc.consumed"
    EXPENSE_MDF = "expense.mdf"
    EXPENSE_COMMISSION = "expense.commission"
    ACCRUED_COMMISSION = "accrued.commission"
    PAYABLE = "payable"
    PAYABLE_BILLED = "payable.billed"
    CASH_ERP = "cash.erp"
    RECEIVABLE_CLAWBACK = "receivable.clawback"
    CASH_IN_TRANSIT = "cash.in_transit"
    CASH_BANK = "cash.bank"
    EXPENSE_BANK_FEES = "expense.bank_fees"
    EXPENSE_EXCHANGE = "expense.exchange"
    EXCHANGE_POSITION = "exchange.position"


@dataclass(frozen=True, slots=True)
class AccountRule:
    """What holds for every account of a kind.

    `dimensions` names the parts that its key carries besides the currency. An account that may not
    go negative never falls below zero on its normal side; `must_clear` marks clearing accounts,
    which come to zero when their object is finished and are reported by age until then.
    """

    normal: Normal
    group: Group
    dimensions: frozenset[str]
    may_go_negative: bool = False
    must_clear: bool = False


_FUND = frozenset({"fund", "period"})
_SHARE = frozenset({"fund", "period", "partner_id"})
_LABEL = frozenset({"period"})

ACCOUNT_KINDS: Final = MappingProxyType(
    {
        AccountKind.BUDGET_AUTHORIZED: AccountRule(Normal.CREDIT, Group.MEMO, _FUND),
        AccountKind.BUDGET_AVAILABLE: AccountRule(Normal.DEBIT, Group.MEMO, _FUND),
        AccountKind.BUDGET_RETURNED: AccountRule(Normal.DEBIT, Group.MEMO, _FUND),
        AccountKind.ALLOC_AVAILABLE: AccountRule(Normal.DEBIT, Group.MEMO, _SHARE),
        AccountKind.ALLOC_COMMITTED: AccountRule(
            Normal.DEBIT, Group.MEMO, _SHARE, must_clear=True
        ),
        AccountKind.ALLOC_CONSUMED: AccountRule(Normal.DEBIT, Group.MEMO, _SHARE),
        # A reversal after the period's last claim leaves the period's expense below zero, rightly.
        AccountKind.EXPENSE_MDF: AccountRule(
            Normal.DEBIT, Group.REAL, _FUND, may_go_negative=True
        ),
        # `fund` is the id of the plan in its program; a correction may leave a month below zero.
        AccountKind.EXPENSE_COMMISSION: AccountRule(
            Normal.DEBIT, Group.REAL, _FUND, may_go_negative=True
        ),
        AccountKind.ACCRUED_COMMISSION: AccountRule(
            Normal.CREDIT, Group.REAL, _SHARE, must_clear=True
        ),
        AccountKind.PAYABLE: AccountRule(Normal.CREDIT, Group.REAL, _SHARE, must_clear=True),
        AccountKind.PAYABLE_BILLED: AccountRule(
            Normal.CREDIT, Group.REAL, _SHARE, must_clear=True
        ),
        # What a partner owes back of what was paid; kept back from its next payment.
        AccountKind.RECEIVABLE_CLAWBACK: AccountRule(
            Normal.DEBIT, Group.REAL, _SHARE, must_clear=True
        ),
        # `period` is the message id of the batch, so that each batch comes to zero by itself.
        AccountKind.CASH_IN_TRANSIT: AccountRule(
            Normal.CREDIT, Group.REAL, _LABEL, must_clear=True
        ),
        # `period` is the code of our own bank account; it is funded outside this ledger.
        AccountKind.CASH_BANK: AccountRule(Normal.DEBIT, Group.REAL, _LABEL, may_go_negative=True),
        # `period` of these three is the code of our own bank account, too.
        AccountKind.EXPENSE_BANK_FEES: AccountRule(
            Normal.DEBIT, Group.REAL, _LABEL, may_go_negative=True
        ),
        AccountKind.EXPENSE_EXCHANGE: AccountRule(
            Normal.DEBIT, Group.REAL, _LABEL, may_go_negative=True
        ),
        # What was bought of one currency with another; its two sides never sum to one figure.
        AccountKind.EXCHANGE_POSITION: AccountRule(
            Normal.DEBIT, Group.REAL, _LABEL, may_go_negative=True
        ),
        # The ERP's own bank account funds it, outside this ledger, so here it only ever falls.
        AccountKind.CASH_ERP: AccountRule(
            Normal.DEBIT, Group.REAL, frozenset(), may_go_negative=True
        ),
    }
)
"""The rule of each kind; the database's `account` rows are made from it."""

_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class BadAccountKey(ValueError):
    """The key lacks a part that its kind needs, or carries one that it must not."""


@dataclass(frozen=True, slots=True, order=True)
class AccountKey:
    """One account: a kind, the fund, partner and period it belongs to, and a currency.

    `fund` and `partner_id` are public ids, `period` a label such as 2026-Q1. Which of them a kind
    carries stands in ACCOUNT_KINDS.
    """

    kind: AccountKind
    fund: str | None
    partner_id: str | None
    period: str | None
    currency: str
    # Every posting asks for it several times a leg.
    code: str = field(init=False, repr=False, compare=False)
    """The unique code, "alloc.available:fund_x:par_y:2026-Q1:EUR"; "-" for no part."""

    def __post_init__(self) -> None:
        """Refuse a key that its kind does not have. Raises BadAccountKey, UnknownCurrency."""
        exponent(self.currency)
        rule = ACCOUNT_KINDS[AccountKind(self.kind)]
        for name in ("fund", "partner_id", "period"):
            part = getattr(self, name)
            if (part is not None) != (name in rule.dimensions):
                word = "needs" if part is None else "carries no"
                raise BadAccountKey(f"an account of kind {self.kind} {word} {name}")
            if part is not None and _PART.fullmatch(part) is None:
                raise BadAccountKey(
                    f"{name} {part!r} is not an id: letters, digits, '.', '_' and '-' only"
                )
        parts = (self.kind, self.fund, self.partner_id, self.period, self.currency)
        code = ":".join(["-" if part is None else part for part in parts])
        object.__setattr__(self, "code", code)

    @classmethod
    def from_code(cls, code: str) -> "AccountKey":
        """Return the key that `code` was made from. Raises BadAccountKey, UnknownCurrency."""
        parts = code.split(":")
        if len(parts) != 5 or parts[0] not in ACCOUNT_KINDS:
            raise BadAccountKey(f"{code!r} is not an account code")
        fund, partner_id, period = (None if part == "-" else part for part in parts[1:4])
        return cls(AccountKind(parts[0]), fund, partner_id, period, parts[4])

    @property
    def rule(self) -> AccountRule:
        """Return what holds for the kind."""
        return ACCOUNT_KINDS[self.kind]
