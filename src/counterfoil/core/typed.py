"""Values written back as a person would type them: the other way of `core.entries`.

What stands in a prefilled field must read to the same value again, in the language of the form.
"""

from datetime import date

from counterfoil.core.criteria import Period
from counterfoil.core.currencies import exponent
from counterfoil.core.extraction import ExtractedInvoice
from counterfoil.core.money import Money


def as_typed(value: object, *, currency: str, language: str = "en") -> str:
    """Return `value` as text that `read_entry` reads to the same value; empty for None.

    The currency is written only where it is not `currency`, that of the form. Yes and no are
    written as the form sends them.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Money):
        text = _amount(value, language)
        return text if value.currency == currency else f"{text} {value.currency}"
    if isinstance(value, date):
        return _day(value, language)
    if isinstance(value, Period):
        word = "bis" if language == "de" else "to"
        return f"{_day(value.start, language)} {word} {_day(value.end, language)}"
    return str(value)


def entries_from_invoice(
    invoice: ExtractedInvoice, *, currency: str, language: str = "en"
) -> dict[str, str]:
    """Return what a reader found in an invoice, by the names that lines use for it.

    Nothing is guessed: what was not found, or has a second reading, is left out. A person checks
    each; it enters as stated by that person.
    """
    found: dict[str, object] = {
        "supplier": invoice.supplier.value if invoice.supplier else None,
        "number": invoice.number.value if invoice.number else None,
        "date": invoice.issued_on.value if invoice.issued_on else None,
        "net": invoice.net.money if invoice.net else None,
        "tax": invoice.tax.money if invoice.tax else None,
    }
    if invoice.issued_on is not None and invoice.issued_on.other is not None:
        found["date"] = None
    first, last = invoice.supplied_from, invoice.supplied_to
    if first is not None and first.other is None:
        end = last.value if last is not None and last.other is None else first.value
        if first.value <= end:
            found["supplied"] = Period(first.value, end)
    return {
        name: as_typed(value, currency=currency, language=language)
        for name, value in found.items()
        if value is not None
    }


def _amount(value: Money, language: str) -> str:
    decimals = exponent(value.currency)
    digits = str(abs(value.minor)).zfill(decimals + 1)
    whole, rest = (digits[:-decimals], digits[-decimals:]) if decimals else (digits, "")
    thousands, mark = (".", ",") if language == "de" else (",", ".")
    grouped = f"{int(whole):,}".replace(",", thousands)
    sign = "-" if value.is_negative else ""
    return f"{sign}{grouped}{mark}{rest}" if rest else f"{sign}{grouped}"


def _day(on: date, language: str) -> str:
    return f"{on:%d.%m.%Y}" if language == "de" else on.isoformat()
