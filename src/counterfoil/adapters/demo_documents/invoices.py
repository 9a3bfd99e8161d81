"""Invoices of invented suppliers, in three layouts and two languages."""

import random
from dataclasses import dataclass
from datetime import date

from counterfoil.adapters.demo_documents.paper import (
    A4,
    BOLD,
    LETTER,
    MONO,
    SERIF,
    SERIF_BOLD,
    Paper,
)
from counterfoil.adapters.demo_documents.words import (
    WORDS,
    written_amount,
    written_date,
    written_rate,
)
from counterfoil.core.money import Money, Rounding

_COLORS = (
    (0.13, 0.27, 0.42),
    (0.47, 0.16, 0.22),
    (0.12, 0.38, 0.28),
    (0.36, 0.24, 0.47),
    (0.55, 0.35, 0.08),
    (0.20, 0.20, 0.24),
)
_ROWS_ON_FIRST_PAGE = 18
_ROW_HEIGHT = 18
_LAYOUTS = 3


@dataclass(frozen=True, slots=True)
class Party:
    """A supplier or a customer as it stands on paper."""

    name: str
    address: tuple[str, ...] = ()
    vat_id: str = ""
    iban: str = ""


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One line: `quantity` times `unit`."""

    description: str
    quantity: int
    unit: Money


@dataclass(frozen=True, slots=True)
class InvoiceSpec:
    """Everything on one invoice; `seed` chooses layout, color and date style.

    `tax_ppm` is the tax rate in parts per million (19 % is 190,000). `heading` replaces the word
    "Invoice", for a quotation, say. `hidden_text` is printed in white, as forgers do.
    """

    seed: int
    number: str
    issued_on: date
    due_on: date
    supplier: Party
    customer: Party
    lines: tuple[InvoiceLine, ...]
    tax_ppm: int = 190_000
    language: str = "en"
    period: tuple[date, date] | None = None
    reference: str = ""
    heading: str = ""
    hidden_text: str = ""

    @property
    def net(self) -> Money:
        """Return the sum of the lines. Raises CurrencyMismatch, IndexError without lines."""
        total = Money.zero(self.lines[0].unit.currency)
        for line in self.lines:
            total += line.unit.times(line.quantity)
        return total

    @property
    def tax(self) -> Money:
        """Return the tax on the sum, rounded half up to the minor unit as invoices do."""
        return self.net.times_ppm(self.tax_ppm, Rounding.HALF_UP)

    @property
    def total(self) -> Money:
        """Return what is to be paid."""
        return self.net + self.tax


def make_invoice_pdf(spec: InvoiceSpec) -> bytes:
    """Return the invoice as a PDF; equal specifications give equal bytes."""
    choice = random.Random(f"invoice:{spec.seed}")  # noqa: S311 - layout of demo paper, no secret
    layout = choice.randrange(_LAYOUTS)
    color = choice.choice(_COLORS)
    style = choice.randrange(2)
    heading = spec.heading or WORDS[spec.language]["invoice"]
    size = LETTER if spec.net.currency == "USD" else A4
    paper = Paper(f"{heading} {spec.number}", spec.issued_on, size)
    draw = (_letterhead, _band, _plain)[layout]
    y = draw(paper, spec, heading, color)
    y = _facts(paper, spec, style, y)
    y = _table(paper, spec, y)
    _totals(paper, spec, y, serif=layout == 2)
    return paper.to_bytes()


def _letterhead(
    paper: Paper, spec: InvoiceSpec, heading: str, color: tuple[float, float, float]
) -> float:
    """Draw name and address on the left, a mark on the right; return where to go on."""
    paper.text(50, 60, spec.supplier.name, 16, BOLD)
    for place, line in enumerate(spec.supplier.address):
        paper.text(50, 76 + 12 * place, line, 9, gray=0.3)
    paper.box(paper.size[0] - 100, 40, 50, 50, color)
    paper.box(paper.size[0] - 88, 52, 26, 26, (1, 1, 1))
    paper.text(50, 150, heading, 20, BOLD)
    return 175


def _band(
    paper: Paper, spec: InvoiceSpec, heading: str, color: tuple[float, float, float]
) -> float:
    """Draw a colored band with the name in white; return where to go on."""
    paper.box(0, 0, paper.size[0], 80, color)
    paper.white_text(50, 48, spec.supplier.name, 18)
    paper.text(50, 98, " · ".join(spec.supplier.address), 8, gray=0.35)
    paper.text(50, 135, heading.upper(), 14, BOLD)
    return 160


def _plain(
    paper: Paper, spec: InvoiceSpec, heading: str, color: tuple[float, float, float]
) -> float:
    """Draw a plain page in a serif face; return where to go on."""
    paper.text(50, 55, heading, 24, SERIF_BOLD)
    paper.rule(50, 64, paper.size[0] - 100, 1.2)
    paper.text(50, 82, spec.supplier.name, 12, SERIF_BOLD)
    for place, line in enumerate(spec.supplier.address):
        paper.text(50, 96 + 12 * place, line, 10, SERIF)
    paper.box(50, 140, 8, 8, color)
    return 165


def _facts(paper: Paper, spec: InvoiceSpec, style: int, y: float) -> float:
    """Write number, dates, ids and the customer; return where to go on."""
    words, language = WORDS[spec.language], spec.language
    rows = [
        (words["number"], spec.number),
        (words["date"], written_date(spec.issued_on, language, style)),
        (words["due"], written_date(spec.due_on, language, style)),
    ]
    if spec.period:
        first, last = (written_date(day, language, style) for day in spec.period)
        rows.append((words["period"], f"{first} - {last}"))
    if spec.supplier.vat_id:
        rows.append((words["vat_id"], spec.supplier.vat_id))
    if spec.reference:
        rows.append((words["reference"], spec.reference))
    for label, value in rows:
        paper.text(50, y, f"{label}:", 10, BOLD)
        paper.text(170, y, value, 10, MONO if label == words["number"] else 0)
        y += 15
    y += 10
    paper.text(50, y, words["bill_to"], 9, gray=0.4)
    for line in (spec.customer.name, *spec.customer.address):
        y += 13
        paper.text(50, y, line, 10)
    return y + 30


def _table(paper: Paper, spec: InvoiceSpec, y: float) -> float:
    """Write the lines, on further pages where needed; return where to go on."""
    words, right = WORDS[spec.language], paper.size[0] - 50
    y = _table_head(paper, words, y)
    for place, line in enumerate(spec.lines):
        if place and place % _ROWS_ON_FIRST_PAGE == 0:
            paper.new_page()
            y = _table_head(paper, words, 60)
        paper.text(50, y, line.description[:58], 9)
        paper.text_right(right - 170, y, str(line.quantity), 9)
        paper.text_right(right - 85, y, _figure(line.unit, spec.language), 9)
        paper.text_right(right, y, _figure(line.unit.times(line.quantity), spec.language), 9)
        y += _ROW_HEIGHT
    paper.rule(50, y - 8, right - 50)
    return y + 10


def _table_head(paper: Paper, words: dict[str, str], y: float) -> float:
    """Write the headings of the columns."""
    right = paper.size[0] - 50
    paper.box(50, y - 11, right - 50, 16, (0.92, 0.92, 0.92))
    paper.text(54, y, words["description"], 9, BOLD)
    paper.text_right(right - 170, y, words["quantity"], 9, BOLD)
    paper.text_right(right - 85, y, words["unit"], 9, BOLD)
    paper.text_right(right - 4, y, words["amount"], 9, BOLD)
    return y + 20


def _totals(paper: Paper, spec: InvoiceSpec, y: float, *, serif: bool) -> None:
    """Write net, tax, total and where to pay."""
    words, language, right = WORDS[spec.language], spec.language, paper.size[0] - 50
    rows = [
        (words["net"], spec.net, 10, False),
        (f"{words['tax']} {written_rate(spec.tax_ppm, language)}", spec.tax, 10, False),
        (words["total"], spec.total, 12, True),
    ]
    for label, amount, size, is_bold in rows:
        font = (SERIF_BOLD if serif else BOLD) if is_bold else 0
        paper.text(right - 220, y, label, size, font)
        paper.text_right(right, y, written_amount(amount, language), size, font)
        y += 18
    y += 22
    if spec.supplier.iban:
        paper.text(50, y, f"{words['bank']}: IBAN {_grouped(spec.supplier.iban)}", 9)
        y += 14
    paper.text(50, y, words["thanks"], 9, gray=0.3)
    if spec.hidden_text:
        paper.white_text(50, y + 40, spec.hidden_text, 9, 0)


def _figure(amount: Money, language: str) -> str:
    """Return an amount without its currency, for columns."""
    return written_amount(amount, language).rpartition(" ")[0]


def _grouped(iban: str) -> str:
    """Return an IBAN in groups of four."""
    return " ".join(iban[place : place + 4] for place in range(0, len(iban), 4))
