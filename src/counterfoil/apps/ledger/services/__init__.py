"""The only writers of the ledger: post, reverse, open and close periods."""

from counterfoil.apps.ledger.services.accounts import locked_balances
from counterfoil.apps.ledger.services.periods import close_period, open_period
from counterfoil.apps.ledger.services.post import post_entries, post_entry
from counterfoil.apps.ledger.services.reverse import reverse_entry

__all__ = [
    "close_period",
    "locked_balances",
    "open_period",
    "post_entries",
    "post_entry",
    "reverse_entry",
]
