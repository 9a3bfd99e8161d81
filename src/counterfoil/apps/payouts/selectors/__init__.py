"""Reads of payouts: payees, what is ready to pay, bills, batches and checked paid lists."""

from counterfoil.apps.payouts.selectors.bills import (
    batch_file,
    bills_of_batch,
    bills_of_partner,
    find_bill_of,
    get_batch,
    list_batches,
)
from counterfoil.apps.payouts.selectors.paid_list import checked_paid_list, numbers_in
from counterfoil.apps.payouts.selectors.payees import (
    get_payee,
    list_payees,
    mail_targets,
    payees_of,
)
from counterfoil.apps.payouts.selectors.ready import claim_titles, claim_words, ready_to_pay

__all__ = [
    "batch_file",
    "bills_of_batch",
    "bills_of_partner",
    "checked_paid_list",
    "claim_titles",
    "claim_words",
    "find_bill_of",
    "get_batch",
    "get_payee",
    "list_batches",
    "list_payees",
    "mail_targets",
    "numbers_in",
    "payees_of",
    "ready_to_pay",
]
