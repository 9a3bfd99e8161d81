"""The only writers of payouts: payees, batches of bills, and what the ERP paid."""

from counterfoil.apps.payouts.services.batches import release_batch, seal_batch, void_batch
from counterfoil.apps.payouts.services.paid import lock_bills, settle_bills
from counterfoil.apps.payouts.services.payees import check_payee, enter_payee, hold_payee

__all__ = [
    "check_payee",
    "enter_payee",
    "hold_payee",
    "lock_bills",
    "release_batch",
    "seal_batch",
    "settle_bills",
    "void_batch",
]
