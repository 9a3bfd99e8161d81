"""Reads of the ledger. Every figure is a sum of legs, computed by the database; none is stored."""

from counterfoil.apps.ledger.selectors.approvals import posted_approvals
from counterfoil.apps.ledger.selectors.balances import (
    account_page,
    balances,
    last_credits,
    trial_balance,
)
from counterfoil.apps.ledger.selectors.entries import (
    entries_of,
    entry_by_key,
    get_entry,
    journal_lines,
    posted_total,
)
from counterfoil.apps.ledger.selectors.limits import PAGE_MAX
from counterfoil.apps.ledger.selectors.months import (
    is_closed_on,
    list_months,
    list_periods,
    month_totals,
)
from counterfoil.apps.ledger.selectors.open_items import AGES, open_ages, open_amounts
from counterfoil.apps.ledger.selectors.over_time import budget_burn, money_months
from counterfoil.apps.ledger.selectors.owed import owed_balances, owed_movements
from counterfoil.apps.ledger.selectors.payables import (
    billed_payables_of,
    open_payables_of,
    payables_due,
)
from counterfoil.apps.ledger.selectors.plan_positions import PLAN_PREFIX, plan_rows
from counterfoil.apps.ledger.selectors.positions import fund_position, tracker_rows

__all__ = [
    "AGES",
    "PAGE_MAX",
    "PLAN_PREFIX",
    "account_page",
    "balances",
    "billed_payables_of",
    "budget_burn",
    "entries_of",
    "entry_by_key",
    "fund_position",
    "get_entry",
    "is_closed_on",
    "journal_lines",
    "last_credits",
    "list_months",
    "list_periods",
    "money_months",
    "month_totals",
    "open_ages",
    "open_amounts",
    "open_payables_of",
    "owed_balances",
    "owed_movements",
    "payables_due",
    "plan_rows",
    "posted_approvals",
    "posted_total",
    "tracker_rows",
    "trial_balance",
]
