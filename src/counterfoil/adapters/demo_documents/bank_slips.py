"""Payment confirmations of invented banks."""

import random
from dataclasses import dataclass
from datetime import date

from counterfoil.adapters.demo_documents.invoices import Party
from counterfoil.adapters.demo_documents.paper import BOLD, Paper
from counterfoil.adapters.demo_documents.words import WORDS, written_amount, written_date
from counterfoil.core.money import Money

_BANKS = ("Harbour & Vale Bank", "Nordhafen Bank AG", "First Meridian Bank", "Lindenbank eG")


@dataclass(frozen=True, slots=True)
class BankSlipSpec:
    """One executed transfer; `seed` chooses the bank."""

    seed: int
    payer: Party
    payee: Party
    amount: Money
    booked_on: date
    reference: str
    language: str = "en"


def make_bank_slip_pdf(spec: BankSlipSpec) -> bytes:
    """Return the confirmation as a PDF; equal specifications give equal bytes."""
    words = WORDS[spec.language]
    choice = random.Random(f"slip:{spec.seed}")  # noqa: S311 - which demo bank, no secret
    paper = Paper(f"{words['slip']} {spec.reference}", spec.booked_on)
    paper.box(0, 0, 595, 6, (0.1, 0.3, 0.45))
    paper.text(50, 50, choice.choice(_BANKS), 15, BOLD)
    paper.text(50, 90, words["slip"], 14, BOLD)
    rows = [
        (words["payer"], spec.payer.name),
        ("IBAN", spec.payer.iban),
        (words["payee"], spec.payee.name),
        ("IBAN", spec.payee.iban),
        (words["amount"], written_amount(spec.amount, spec.language)),
        (words["booked"], written_date(spec.booked_on, spec.language)),
        (words["reference"], spec.reference),
    ]
    y = 125.0
    for label, value in rows:
        if value:
            paper.text(50, y, f"{label}:", 10, BOLD)
            paper.text(180, y, value, 10)
            y += 20
    paper.rule(50, y, 495)
    paper.text(50, y + 22, words["executed"], 9, gray=0.35)
    return paper.to_bytes()
