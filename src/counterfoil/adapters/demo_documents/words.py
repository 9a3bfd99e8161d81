"""The words on demo documents in English and German, and how each country writes figures."""

from datetime import date
from typing import Final

from counterfoil.core.money import Money

WORDS: Final = {
    "en": {
        "invoice": "Invoice",
        "number": "Invoice number",
        "date": "Invoice date",
        "due": "Due date",
        "period": "Service period",
        "bill_to": "Bill to",
        "description": "Description",
        "quantity": "Qty",
        "unit": "Unit price",
        "amount": "Amount",
        "net": "Subtotal",
        "tax": "VAT",
        "total": "Total amount due",
        "vat_id": "VAT ID",
        "reference": "Your reference",
        "thanks": "Thank you for your business. Please pay within 30 days.",
        "bank": "Bank details",
        "slip": "Payment confirmation",
        "payer": "Payer",
        "payee": "Payee",
        "booked": "Booking date",
        "executed": "This transfer was executed. No signature is needed.",
    },
    "de": {
        "invoice": "Rechnung",
        "number": "Rechnungsnummer",
        "date": "Rechnungsdatum",
        "due": "Zahlbar bis",
        "period": "Leistungszeitraum",
        "bill_to": "Rechnung an",
        "description": "Beschreibung",
        "quantity": "Menge",
        "unit": "Einzelpreis",
        "amount": "Betrag",
        "net": "Nettobetrag",
        "tax": "MwSt.",
        "total": "Gesamtbetrag",
        "vat_id": "USt-IdNr.",
        "reference": "Ihr Zeichen",
        "thanks": "Vielen Dank für Ihren Auftrag. Zahlbar innerhalb von 30 Tagen ohne Abzug.",
        "bank": "Bankverbindung",
        "slip": "Überweisungsbestätigung",
        "payer": "Auftraggeber",
        "payee": "Empfänger",
        "booked": "Buchungstag",
        "executed": "Die Überweisung wurde ausgeführt. Ohne Unterschrift gültig.",
    },
}


def written_amount(amount: Money, language: str) -> str:
    """Return "6,200.00 EUR", or "6.200,00 EUR" in German."""
    whole, point, decimals = amount.format_number().partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    grouped = f"{int(digits):,}"
    if language == "de":
        return (
            f"{sign}{grouped.replace(',', '.')}{',' if point else ''}{decimals} {amount.currency}"
        )
    return f"{sign}{grouped}{point}{decimals} {amount.currency}"


def written_date(on: date, language: str, style: int = 0) -> str:
    """Return a date as that country writes it; the style 1 is ISO 8601 in both."""
    if style == 1:
        return on.isoformat()
    if language == "de":
        return f"{on:%d.%m.%Y}"
    months = (
        "January February March April May June July August September October November December"
    )
    return f"{on.day} {months.split()[on.month - 1]} {on.year}"


def written_rate(ppm: int, language: str) -> str:
    """Return a tax rate in percent: "19 %", "7.5 %"."""
    whole, rest = divmod(ppm, 10_000)
    if not rest:
        return f"{whole} %"
    decimals = f"{rest:04d}".rstrip("0")
    return f"{whole}{',' if language == 'de' else '.'}{decimals} %"
