"""The fields of an e-invoice (EN 16931) from its lines "path: value": exact, no label to guess.

Paths are those of OASIS UBL 2.1 and of UN/CEFACT Cross Industry Invoice D16B.
"""

import re
from collections.abc import Iterator, Sequence

from counterfoil.core.extraction.amounts import ExtractedAmount, amounts_in
from counterfoil.core.extraction.dates import ExtractedDate, dates_in
from counterfoil.core.extraction.quotes import ExtractedText, Line, Quote, lines_of

_STARTS = ("/Invoice/", "/CreditNote/", "/CrossIndustryInvoice/")
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")

NUMBER = ("/Invoice/ID", "/CreditNote/ID", "/CrossIndustryInvoice/ExchangedDocument/ID")
ISSUED = (
    "/Invoice/IssueDate",
    "/CreditNote/IssueDate",
    "/CrossIndustryInvoice/ExchangedDocument/IssueDateTime/DateTimeString",
)
DUE = ("/Invoice/DueDate", "/DueDateDateTime/DateTimeString")
SUPPLIED_FROM = (
    "/Invoice/InvoicePeriod/StartDate",
    "/CreditNote/InvoicePeriod/StartDate",
    "/BillingSpecifiedPeriod/StartDateTime/DateTimeString",
    "/Delivery/ActualDeliveryDate",
    "/OccurrenceDateTime/DateTimeString",
)
SUPPLIED_TO = (
    "/Invoice/InvoicePeriod/EndDate",
    "/CreditNote/InvoicePeriod/EndDate",
    "/BillingSpecifiedPeriod/EndDateTime/DateTimeString",
)
NET = ("/LegalMonetaryTotal/TaxExclusiveAmount", "HeaderMonetarySummation/TaxBasisTotalAmount")
TAX = (
    "/Invoice/TaxTotal/TaxAmount",
    "/CreditNote/TaxTotal/TaxAmount",
    "HeaderMonetarySummation/TaxTotalAmount",
)
TOTAL = ("/LegalMonetaryTotal/TaxInclusiveAmount", "HeaderMonetarySummation/GrandTotalAmount")
CURRENCY = ("/DocumentCurrencyCode", "/InvoiceCurrencyCode")
SUPPLIER = (
    "/AccountingSupplierParty/Party/PartyLegalEntity/RegistrationName",
    "/AccountingSupplierParty/Party/PartyName/Name",
    "/SellerTradeParty/Name",
)
IBANS = ("/PayeeFinancialAccount/ID", "/PayeePartyCreditorFinancialAccount/IBANID")
TAX_IDS = (
    "/AccountingSupplierParty/Party/PartyTaxScheme/CompanyID",
    "/SellerTradeParty/SpecifiedTaxRegistration/ID",
)


def is_e_invoice(pages: Sequence[str]) -> bool:
    """Return whether the text is that of an e-invoice, as the reader writes it."""
    return bool(pages) and pages[0].startswith(_STARTS)


def texts_at(pages: Sequence[str], paths: Sequence[str]) -> Iterator[ExtractedText]:
    """Yield the values that stand at the paths (whole, or the ends of them), best path first."""
    for path in paths:
        for line in lines_of(pages):
            name, separator, value = line.text.partition(": ")
            if separator and name.endswith(path) and value.strip():
                yield ExtractedText(value.strip(), _quote(line))


def first_text(pages: Sequence[str], paths: Sequence[str]) -> ExtractedText | None:
    """Return the first value at the paths, or None."""
    return next(texts_at(pages, paths), None)


def first_date(pages: Sequence[str], paths: Sequence[str]) -> ExtractedDate | None:
    """Return the first date at the paths: 2026-03-14, or 20260314 (UN/EDIFACT 2379, code 102)."""
    for found in texts_at(pages, paths):
        compact = _COMPACT_DATE.fullmatch(found.value)
        text = "-".join(compact.groups()) if compact else found.value
        dates = dates_in(Line(text, found.quote.page, 0), is_day_first=True)
        if dates:
            return ExtractedDate(dates[0].value, found.quote)
    return None


def first_amount(
    pages: Sequence[str], paths: Sequence[str], currency: str
) -> ExtractedAmount | None:
    """Return the first amount at the paths, in `currency` where it names none."""
    for found in texts_at(pages, paths):
        # A decimal point is fixed by XML Schema, so "12" is twelve and not a stray number.
        number, _, named = found.value.partition(" ")
        amounts = amounts_in(Line(f"{number} {named or currency}", 1, 0), currency)
        if amounts:
            return ExtractedAmount(amounts[0].money, found.quote)
    return None


def _quote(line: Line) -> Quote:
    """Return the quote of the value of a line."""
    start = line.text.index(": ") + 2
    value = line.text[start:]
    start += len(value) - len(value.lstrip())
    return line.quote(start, len(line.text.rstrip()))
