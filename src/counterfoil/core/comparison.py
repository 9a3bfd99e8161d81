"""What the partner typed beside what the documents say: confirmed word for word, or different.

A value that stands in the document is confirmed with its quote and may be raised to `extracted`;
one that the document contradicts becomes a difference for a person. Nothing is filled in here that
the partner did not state, and nothing is ever raised further.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from counterfoil.core.criteria import Period
from counterfoil.core.extraction import ExtractedInvoice, Quote, extract_invoice, find_mention
from counterfoil.core.extraction.amounts import amounts_in
from counterfoil.core.extraction.dates import dates_in
from counterfoil.core.extraction.quotes import lines_of
from counterfoil.core.matching import normalize_invoice_number
from counterfoil.core.money import Money


@dataclass(frozen=True, slots=True)
class Document:
    """A file's visible text by page; `id` names the evidence it belongs to."""

    id: str
    name: str
    pages: Sequence[str]

    @property
    def has_text(self) -> bool:
        """Return whether there is anything to compare with."""
        return any(page.strip() for page in self.pages)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A stated value that stands in a document: which detail, where, in which words."""

    name: str
    value: object
    document: str
    quote: Quote

    def to_json(self) -> dict[str, object]:
        """Return the quote as details keep it."""
        return {"evidence": self.document, **self.quote.to_json()}


@dataclass(frozen=True, slots=True)
class Difference:
    """A stated value that the document contradicts: what was stated, what stands there, where."""

    name: str
    stated: str
    seen: str
    document: str
    quote: Quote

    def to_json(self) -> dict[str, object]:
        """Return the shape that screenings keep."""
        return {
            "stated": self.stated, "seen": self.seen, "evidence": self.document,
            **self.quote.to_json(),
        }  # fmt: skip


Compared = Confirmed | Difference


def compare_line(
    stated: Mapping[str, object], documents: Sequence[Document], *, currency: str
) -> tuple[Compared, ...]:
    """Return what the invoices say of one invoice line.

    Among several documents the one that bears the invoice number counts; with none that does, and
    one document only, that one.
    """
    chosen = _document_of(stated, [each for each in documents if each.has_text])
    if chosen is None:
        return ()
    invoice = extract_invoice(chosen.pages, currency=currency)
    found = [
        *_number(stated, chosen, invoice),
        *_issued(stated, chosen, invoice),
        *_supplier(stated, chosen),
        *_amounts(stated, chosen, invoice, currency),
        *_supplied(stated, chosen, invoice),
    ]
    return tuple(found)


def confirm_days(
    stated: Mapping[str, object], documents: Sequence[Document]
) -> tuple[Confirmed, ...]:
    """Return the stated days and names that stand in one of the documents, each once."""
    found: dict[str, Confirmed] = {}
    for name, value in stated.items():
        for document in documents:
            quote = _quote_of(value, document)
            if quote is not None:
                found.setdefault(name, Confirmed(name, value, document.id, quote))
    return tuple(found.values())


def _quote_of(value: object, document: Document) -> Quote | None:
    if type(value) is date:
        return _day_in(value, document)
    if isinstance(value, str):
        return find_mention(document.pages, value)
    return None


def _document_of(stated: Mapping[str, object], documents: Sequence[Document]) -> Document | None:
    number = stated.get("number")
    if isinstance(number, str):
        for document in documents:
            if _number_in(number, document) is not None:
                return document
    return documents[0] if len(documents) == 1 else None


def _number_in(number: str, document: Document) -> Quote | None:
    wanted = normalize_invoice_number(number)
    if len(wanted) < 2:
        return None
    for line in lines_of(document.pages):
        start = 0
        for word in line.text.split(" "):
            if word and normalize_invoice_number(word) == wanted:
                return line.quote(start, start + len(word))
            start += len(word) + 1
        place = line.text.casefold().find(number.casefold())
        if place >= 0:
            return line.quote(place, place + len(number))
    return None


def _number(
    stated: Mapping[str, object], document: Document, invoice: ExtractedInvoice
) -> Iterator[Compared]:
    number = stated.get("number")
    if not isinstance(number, str):
        return
    quote = _number_in(number, document)
    if quote is not None:
        yield Confirmed("number", number, document.id, quote)
    elif invoice.number is not None:
        yield Difference("number", number, invoice.number.value, document.id, invoice.number.quote)


def _issued(
    stated: Mapping[str, object], document: Document, invoice: ExtractedInvoice
) -> Iterator[Compared]:
    day, read = stated.get("date"), invoice.issued_on
    if type(day) is not date or read is None:
        return
    if day in (read.value, read.other):
        yield Confirmed("date", day, document.id, read.quote)
    else:
        yield Difference("date", day.isoformat(), read.value.isoformat(), document.id, read.quote)


def _supplier(stated: Mapping[str, object], document: Document) -> Iterator[Compared]:
    supplier = stated.get("supplier")
    if isinstance(supplier, str):
        quote = find_mention(document.pages, supplier)
        if quote is not None:
            yield Confirmed("supplier", supplier, document.id, quote)


def _amounts(
    stated: Mapping[str, object], document: Document, invoice: ExtractedInvoice, currency: str
) -> Iterator[Compared]:
    seen = {
        (amount.money.minor, amount.money.currency): amount.quote
        for line in lines_of(document.pages)
        for amount in amounts_in(line, invoice.currency or currency)
    }
    for name, read in (("net", invoice.net), ("tax", invoice.tax)):
        value = stated.get(name)
        if not isinstance(value, Money):
            continue
        quote = seen.get((value.minor, value.currency))
        if quote is not None:
            yield Confirmed(name, value, document.id, quote)
        elif read is not None and (value.is_positive or read.money.is_positive):
            # A line of several is less than the whole; more than the whole it can't be.
            if name == "net" and _is_part(value, read.money):
                continue
            yield Difference(
                name, value.format_plain(), read.money.format_plain(), document.id, read.quote
            )


def _is_part(value: Money, whole: Money) -> bool:
    return value.currency == whole.currency and value.minor < whole.minor


def _supplied(
    stated: Mapping[str, object], document: Document, invoice: ExtractedInvoice
) -> Iterator[Compared]:
    period, first, last = stated.get("supplied"), invoice.supplied_from, invoice.supplied_to
    if not isinstance(period, Period):
        return
    quotes = [_day_in(day, document) for day in (period.start, period.end)]
    if quotes[0] is not None and quotes[1] is not None:
        yield Confirmed("supplied", period, document.id, quotes[0])
    elif first is not None:
        end = last or first
        if (first.value, end.value) != (period.start, period.end):
            read = f"{first.value.isoformat()}/{end.value.isoformat()}"
            yield Difference("supplied", str(period), read, document.id, first.quote)


def _day_in(day: date, document: Document) -> Quote | None:
    for line in lines_of(document.pages):
        for is_day_first in (True, False):
            for read in dates_in(line, is_day_first=is_day_first):
                if read.value == day:
                    return read.quote
    return None
