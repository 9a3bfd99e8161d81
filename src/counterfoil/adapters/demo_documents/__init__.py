"""Documents for the demo and the tour: invoices, bank slips and pictures of activities.

Everything is invented and follows from the specification alone: the same one gives the same
bytes. Nothing here is used for real partners.
"""

from counterfoil.adapters.demo_documents.bank_slips import BankSlipSpec, make_bank_slip_pdf
from counterfoil.adapters.demo_documents.builders import PaperBuilders
from counterfoil.adapters.demo_documents.invoices import (
    InvoiceLine,
    InvoiceSpec,
    Party,
    make_invoice_pdf,
)
from counterfoil.adapters.demo_documents.pictures import ProofKind, ProofSpec, make_proof_image

__all__ = [
    "BankSlipSpec",
    "InvoiceLine",
    "InvoiceSpec",
    "PaperBuilders",
    "Party",
    "ProofKind",
    "ProofSpec",
    "make_bank_slip_pdf",
    "make_invoice_pdf",
    "make_proof_image",
]
