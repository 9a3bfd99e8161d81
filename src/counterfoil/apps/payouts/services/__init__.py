"""The only writers of payouts: payees and their bank details, bills, payment files and answers."""

from counterfoil.apps.payouts.services.adopt import adopt_file
from counterfoil.apps.payouts.services.answers import (
    accept_payment,
    close_batch,
    reject_payment,
    return_payment,
    settle_payment,
    unreturn_payment,
    unsettle_payment,
)
from counterfoil.apps.payouts.services.bank_details import (
    activate_details,
    approve_bank_detail,
    propose_bank_detail,
    record_callback,
    refuse_bank_detail,
    reveal_bank_detail,
)
from counterfoil.apps.payouts.services.batches import release_batch, seal_batch, void_batch
from counterfoil.apps.payouts.services.dispatches import (
    ask_download,
    deliver_payments,
    download_payments,
    enter_receipt,
    mark_unknown,
)
from counterfoil.apps.payouts.services.documents import check_document, enter_document
from counterfoil.apps.payouts.services.holds import hold_payable, lift_hold
from counterfoil.apps.payouts.services.outside import (
    explain_outside,
    note_outside,
    outside_differences,
    unknown_of_ours,
    unlock_payouts,
)
from counterfoil.apps.payouts.services.own_accounts import (
    enter_own_account,
    lock_payouts,
    remember_folder,
)
from counterfoil.apps.payouts.services.paid import lock_bills, settle_bills
from counterfoil.apps.payouts.services.payees import check_payee, enter_payee, hold_payee
from counterfoil.apps.payouts.services.payment_batches import (
    approve_payments,
    clear_finding,
    release_payments,
    void_payments,
    withdraw_approval,
)
from counterfoil.apps.payouts.services.seal_payments import seal_payments

__all__ = [
    "accept_payment",
    "activate_details",
    "adopt_file",
    "approve_bank_detail",
    "approve_payments",
    "ask_download",
    "check_document",
    "check_payee",
    "clear_finding",
    "close_batch",
    "deliver_payments",
    "download_payments",
    "enter_document",
    "enter_own_account",
    "enter_payee",
    "enter_receipt",
    "explain_outside",
    "hold_payable",
    "hold_payee",
    "lift_hold",
    "lock_bills",
    "lock_payouts",
    "mark_unknown",
    "note_outside",
    "outside_differences",
    "propose_bank_detail",
    "record_callback",
    "refuse_bank_detail",
    "reject_payment",
    "release_batch",
    "release_payments",
    "remember_folder",
    "return_payment",
    "reveal_bank_detail",
    "seal_batch",
    "seal_payments",
    "settle_bills",
    "settle_payment",
    "unknown_of_ours",
    "unlock_payouts",
    "unreturn_payment",
    "unsettle_payment",
    "void_batch",
    "void_payments",
    "withdraw_approval",
]
