"""Reading fields from the text of an invoice: by rules alone, each with its verbatim quote.

The same text gives the same fields. A field that is not found is None, never a guess; what is
found enters a submission at the provenance `extracted` and proves nothing above it.
"""

from counterfoil.core.extraction.amounts import ExtractedAmount
from counterfoil.core.extraction.dates import ExtractedDate
from counterfoil.core.extraction.invoices import (
    EXTRACTION_VERSION,
    DocumentKind,
    ExtractedInvoice,
    extract_invoice,
)
from counterfoil.core.extraction.parties import find_mention, is_iban
from counterfoil.core.extraction.quotes import ExtractedText, Quote

__all__ = [
    "EXTRACTION_VERSION",
    "DocumentKind",
    "ExtractedAmount",
    "ExtractedDate",
    "ExtractedInvoice",
    "ExtractedText",
    "Quote",
    "extract_invoice",
    "find_mention",
    "is_iban",
]
