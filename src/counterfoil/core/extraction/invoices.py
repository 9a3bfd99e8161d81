"""The fields of an invoice from its visible text, page by page."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from counterfoil.core.extraction import e_invoices
from counterfoil.core.extraction.amounts import ExtractedAmount, amounts_in, currency_of
from counterfoil.core.extraction.dates import ExtractedDate, dates_in
from counterfoil.core.extraction.parties import ibans_in, is_iban, supplier_of, tax_ids_in
from counterfoil.core.extraction.quotes import ExtractedText, Line, lines_of
from counterfoil.core.money import EXPONENTS

EXTRACTION_VERSION = 1
"""Raise it whenever the same text may give other fields; records cite it."""


class DocumentKind(StrEnum):
    """What the document calls itself in its heading."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    QUOTATION = "quotation"
    PRO_FORMA = "pro_forma"
    ORDER = "order"
    RECEIPT = "receipt"
    UNKNOWN = "unknown"


_KINDS = (
    (DocumentKind.CREDIT_NOTE, r"credit (note|memo)|gutschrift|stornorechnung|avoir"),
    (DocumentKind.PRO_FORMA, r"pro[- ]?forma"),
    (DocumentKind.QUOTATION, r"quot(e|ation)|estimate|angebot|kostenvoranschlag|devis"),
    (DocumentKind.ORDER, r"(purchase|sales) order|order confirmation|auftragsbest.tigung"),
    (DocumentKind.INVOICE, r"invoice|rechnung|facture|factura"),
    (DocumentKind.RECEIPT, r"receipt|quittung|kassenbon"),
)
_KIND_PATTERNS = tuple(
    (kind, re.compile(rf"\b({words})", re.IGNORECASE)) for kind, words in _KINDS
)
_HEADING_LINES = 12

_NUMBER = re.compile(
    r"(?:(?:tax )?invoice|bill|document|rechnungs?|beleg|facture|factura|gutschrifts?|credit note)"
    r"[ -]*(?:(?:number|nummer|num|no|nr|id)(?![A-Za-z])|n°|nº|#)\.?\s*[:#]?\s*"
    r"([A-Z0-9](?:[A-Z0-9/._-]{0,38}[A-Z0-9])?)(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_NUMBER_LABEL_ALONE = re.compile(
    r"^\s*(?:invoice|rechnungs?|bill)[ -]*(?:number|no|nr|nummer)\.?\s*:?\s*$", re.IGNORECASE
)
_TOKEN = re.compile(r"^\s*([A-Z0-9][A-Z0-9/._-]{1,39})\s*$", re.IGNORECASE)

_ISSUED = re.compile(
    r"invoice date|date of (issue|invoice)|issue date|issued( on)?|rechnungsdatum|"
    r"ausstellungsdatum|date de facture|\bdated?\b|\bdatum\b",
    re.IGNORECASE,
)
_DUE = re.compile(
    r"due( date| on| by)?\b|payable by|pay by|zahlbar bis|f.llig|.ch.ance", re.IGNORECASE
)
_SUPPLY = re.compile(
    r"service (period|date)|period of (service|performance)|performance (period|date)|"
    r"date of supply|supply date|supplied|delivery date|event date|leistungs(zeitraum|datum)|"
    r"lieferdatum|zeitraum",
    re.IGNORECASE,
)
_TAX = re.compile(
    r"^\W*((plus|zzgl\.?|inkl\.?|incl\.?|\d[\d.,]* ?%)\s*)*"
    r"(vat|sales tax|tax|gst|mwst|ust|umsatzsteuer|mehrwertsteuer|tva|iva)\b",
    re.IGNORECASE,
)
_TAX_IDENTITY = re.compile(r"(vat|tax|ust|gst)[ -]*(id|no|nr|reg|number|invoice)", re.IGNORECASE)
_NET = re.compile(
    r"sub[- ]?total|net (amount|total)|total net|(amount|total) excl|zwischensumme|"
    r"netto(betrag|summe)?|summe netto|total h\.?t|base imponible",
    re.IGNORECASE,
)
_TOTALS = tuple(
    re.compile(words, re.IGNORECASE)
    for words in (
        r"total amount due|amount due|balance due|grand total|invoice total|total due|"
        r"total (amount )?incl|gross (amount|total)|total gross|gesamtbetrag|rechnungsbetrag|"
        r"brutto(betrag|summe)?|zu zahlen|zahlbetrag|endbetrag|total t\.?t\.?c|net à payer",
        r"^\W*(total|summe|gesamt(summe)?|importe total)\b",
    )
)


@dataclass(frozen=True, slots=True)
class ExtractedInvoice:
    """What the rules read; every field carries its quote, and None means "not found".

    `is_balanced` is True when net and tax add up to the total, False when all three were found
    and do not, None when one is missing.
    """

    kind: DocumentKind
    number: ExtractedText | None
    issued_on: ExtractedDate | None
    due_on: ExtractedDate | None
    supplied_from: ExtractedDate | None
    supplied_to: ExtractedDate | None
    net: ExtractedAmount | None
    tax: ExtractedAmount | None
    total: ExtractedAmount | None
    currency: str | None
    supplier: ExtractedText | None
    ibans: tuple[ExtractedText, ...]
    tax_ids: tuple[ExtractedText, ...]

    @property
    def is_balanced(self) -> bool | None:
        """Return whether net and tax add up to the total, None when that cannot be asked."""
        if self.net is None or self.tax is None or self.total is None:
            return None
        net, tax, total = self.net.money, self.tax.money, self.total.money
        if not net.currency == tax.currency == total.currency:
            return False
        return net + tax == total


def extract_invoice(
    pages: Sequence[str], *, is_day_first: bool | None = None, currency: str | None = None
) -> ExtractedInvoice:
    """Return the fields of an invoice from the visible text of its pages.

    `is_day_first` reads 03/04/2026; without it the day comes first unless the document is in US
    dollars and shows no VAT. `currency` (ISO 4217) is assumed where the document names none.
    Raises UnknownCurrency for a `currency` that is none.
    """
    if e_invoices.is_e_invoice(pages):
        return _from_e_invoice(pages, currency)
    lines = list(lines_of(pages))
    named = _usual_currency(lines)
    assumed = named or currency
    day_first = _day_first(lines, named) if is_day_first is None else is_day_first
    total = net = tax = None
    if assumed is not None:
        net = _labeled_amount(lines, _NET, assumed)
        tax = _tax(lines, assumed)
        total = _total(lines, assumed, net, tax)
    supplied = _supplied(lines, day_first=day_first)
    return ExtractedInvoice(
        kind=_kind(lines),
        number=_number(lines),
        issued_on=_labeled_date(lines, _ISSUED, (_DUE, _SUPPLY), day_first=day_first),
        due_on=_labeled_date(lines, _DUE, (_SUPPLY,), day_first=day_first),
        supplied_from=supplied[0] if supplied else None,
        supplied_to=supplied[-1] if supplied else None,
        net=net,
        tax=tax,
        total=total,
        currency=total.money.currency if total else assumed,
        supplier=supplier_of(pages),
        ibans=ibans_in(pages),
        tax_ids=tax_ids_in(pages),
    )


def _from_e_invoice(pages: Sequence[str], currency: str | None) -> ExtractedInvoice:
    """Return the fields of an e-invoice by their paths."""
    named = e_invoices.first_text(pages, e_invoices.CURRENCY)
    code = named.value if named and named.value in EXPONENTS else currency
    net = tax = total = None
    if code is None:
        code = currency_of(pages[0])
    if code is not None:
        net = e_invoices.first_amount(pages, e_invoices.NET, code)
        tax = e_invoices.first_amount(pages, e_invoices.TAX, code)
        total = e_invoices.first_amount(pages, e_invoices.TOTAL, code)
    first = e_invoices.first_date(pages, e_invoices.SUPPLIED_FROM)
    is_credit = pages[0].startswith("/CreditNote/")
    accounts = [
        ExtractedText(found.value.replace(" ", ""), found.quote)
        for found in e_invoices.texts_at(pages, e_invoices.IBANS)
        if is_iban(found.value)
    ]
    return ExtractedInvoice(
        kind=DocumentKind.CREDIT_NOTE if is_credit else DocumentKind.INVOICE,
        number=e_invoices.first_text(pages, e_invoices.NUMBER),
        issued_on=e_invoices.first_date(pages, e_invoices.ISSUED),
        due_on=e_invoices.first_date(pages, e_invoices.DUE),
        supplied_from=first,
        supplied_to=e_invoices.first_date(pages, e_invoices.SUPPLIED_TO) or first,
        net=net,
        tax=tax,
        total=total,
        currency=code,
        supplier=e_invoices.first_text(pages, e_invoices.SUPPLIER),
        ibans=tuple(accounts),
        tax_ids=tuple(e_invoices.texts_at(pages, e_invoices.TAX_IDS)),
    )


def _usual_currency(lines: Sequence[Line]) -> str | None:
    """Return the currency that most lines with digits name, or None."""
    named = Counter(
        code
        for line in lines
        if any(map(str.isdigit, line.text)) and (code := currency_of(line.text))
    )
    return min(named, key=lambda code: (-named[code], code)) if named else None


def _day_first(lines: Sequence[Line], currency: str | None) -> bool:
    """Return whether 03/04 is the third of April."""
    return currency != "USD" or any(re.search(r"\bVAT\b|MwSt|TVA", line.text) for line in lines)


def _kind(lines: Sequence[Line]) -> DocumentKind:
    """Return what the heading calls the document; "quotation" beats "invoice" below it."""
    heading = lines[:_HEADING_LINES]
    for kind, pattern in _KIND_PATTERNS:
        if any(pattern.search(line.text) for line in heading):
            return kind
    return DocumentKind.UNKNOWN


def _number(lines: Sequence[Line]) -> ExtractedText | None:
    """Return the invoice number beside its label, or alone on the line below it."""
    for place, line in enumerate(lines):
        match = _NUMBER.search(line.text)
        if match and any(map(str.isdigit, match[1])):
            quote = line.quote(match.start(1), match.end(1))
            return ExtractedText(match[1].upper(), quote)
        if _NUMBER_LABEL_ALONE.match(line.text) and place + 1 < len(lines):
            below = lines[place + 1]
            token = _TOKEN.match(below.text)
            if token and any(map(str.isdigit, token[1])):
                quote = below.quote(token.start(1), token.end(1))
                return ExtractedText(token[1].upper(), quote)
    return None


def _labeled_date(
    lines: Sequence[Line],
    label: re.Pattern[str],
    others: tuple[re.Pattern[str], ...],
    *,
    day_first: bool,
) -> ExtractedDate | None:
    """Return the first date after the label; lines with another label do not count."""
    for place, line in enumerate(lines):
        match = label.search(line.text)
        if match is None or any(other.search(line.text) for other in others):
            continue
        for candidate in lines[place : place + 2]:
            after = line.start + match.end() if candidate is line else 0
            for found in dates_in(candidate, is_day_first=day_first):
                if found.quote.start >= after:
                    return found
            if candidate is line and line.text[match.end() :].strip(" :.-"):
                break
    return None


def _supplied(lines: Sequence[Line], *, day_first: bool) -> list[ExtractedDate]:
    """Return the dates of the supply: one day, or the first and the last."""
    for line in lines:
        if _SUPPLY.search(line.text):
            found = dates_in(line, is_day_first=day_first)
            if found:
                return found[:2]
    return []


def _labeled_amount(
    lines: Sequence[Line], label: re.Pattern[str], currency: str
) -> ExtractedAmount | None:
    """Return the last amount of the last line with the label, or of the line below it."""
    for place in reversed(range(len(lines))):
        if not label.search(lines[place].text):
            continue
        found = _amounts_at(lines, place, currency)
        if found:
            return found[-1]
    return None


def _amounts_at(lines: Sequence[Line], place: int, currency: str) -> list[ExtractedAmount]:
    """Return the amounts of a line, or of the next one when that is nothing but an amount."""
    found = amounts_in(lines[place], currency)
    if found or place + 1 >= len(lines):
        return found
    below = lines[place + 1]
    is_bare = not re.search(r"[a-z]{2}", below.text)
    return amounts_in(below, currency) if is_bare else []


def _tax(lines: Sequence[Line], currency: str) -> ExtractedAmount | None:
    """Return the tax: the amount of its line, or the sum's line where rates differ."""
    for place in reversed(range(len(lines))):
        text = lines[place].text
        if _TAX.search(text) and not _TAX_IDENTITY.search(text):
            found = _amounts_at(lines, place, currency)
            if found:
                return found[-1]
    return None


def _total(
    lines: Sequence[Line],
    currency: str,
    net: ExtractedAmount | None,
    tax: ExtractedAmount | None,
) -> ExtractedAmount | None:
    """Return the total: of the candidates the one that net and tax add up to, else the last.

    An unmistakable label ("amount due") goes before a plain "total".
    """
    for label in _TOTALS:
        candidates = [
            found[-1]
            for place, line in enumerate(lines)
            if label.search(line.text)
            and not _NET.search(line.text)
            and not _TAX.search(line.text)
            and (found := _amounts_at(lines, place, currency))
        ]
        if not candidates:
            continue
        for candidate in candidates:
            if net and tax and _adds_up(net, tax, candidate):
                return candidate
        return candidates[-1]
    return None


def _adds_up(net: ExtractedAmount, tax: ExtractedAmount, total: ExtractedAmount) -> bool:
    """Return whether net and tax are the total."""
    same = net.money.currency == tax.money.currency == total.money.currency
    return same and net.money + tax.money == total.money
