"""The papers of a claim: invoices, slips and pictures, drawn anew from a seed each."""

from dataclasses import dataclass
from datetime import date

from counterfoil.core.money import Money
from counterfoil.foundation.adapters import adapter

SUPPLIERS = (
    ("Northlight Media", "18 Quarry Road"), ("Blue Harbor Events", "4 Pier Street"),
    ("Fenwick Print Works", "77 Mill Lane"), ("Signal & Sons Advertising", "210 Market Square"),
    ("Harvest Catering", "9 Orchard Way"), ("Copperfield Venues", "31 Station Road"),
    ("Lumen Displays", "5 Glass Court"), ("Westbrook Call Services", "640 Dial Avenue"),
    ("Paperboat Design", "12 Canal Row"), ("Redwood Exhibitions", "88 Fairground Drive"),
    ("Atlas Mailing House", "3 Postal Park"), ("Quiet River Productions", "41 Studio Street"),
)  # fmt: skip
TAX_PPM = 80_000
CATEGORY = {
    "print_ad": "media", "event": "venue", "digital_ads": "media", "telemarketing": "call_center",
    "seminar": "venue", "trade_show": "booth", "direct_mail": "print",
}  # fmt: skip
# Which pieces of proof each activity needs: (piece, what the picture shows, or an address).
PROOF: dict[str, tuple[tuple[str, str], ...]] = {
    "print_ad": (("printed_ad", "banner"),),
    "event": (("invitation", "invitation"), ("photo_of_event", "event_photo")),
    "digital_ads": (
        ("screenshot", "screenshot"),
        ("landing_page", "https://example.com/offer"),
    ),
    "telemarketing": (("call_script", "invitation"),),
    "seminar": (
        ("invitation", "invitation"),
        ("agenda", "invitation"),
        ("photo_of_event", "event_photo"),
    ),
    "trade_show": (
        ("invitation", "invitation"),
        ("photo_of_event", "event_photo"),
    ),
    "direct_mail": (
        ("final_piece", "banner"),
        ("distribution_proof", "screenshot"),
    ),
}
BRANDED = frozenset({"print_ad", "digital_ads", "direct_mail", "seminar", "trade_show", "event"})
ATTENDED = frozenset({"seminar", "trade_show", "event"})


@dataclass(frozen=True, slots=True)
class Paper:
    """A file to hand in."""

    kind: str
    piece: str
    name: str
    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice of a supplier as the claim states it."""

    supplier: str
    number: str
    issued_on: date
    supplied: tuple[date, date]
    net: Money
    tax: Money
    category: str
    paid_on: date | None = None

    @property
    def total(self) -> Money:
        return self.net + self.tax


def invoice_paper(bill: Bill, *, seed: int, customer: str) -> Paper:
    """This will draw the invoice that the bill states."""
    content = adapter("demo_documents").invoice(
        seed=seed,
        number=bill.number,
        issued_on=bill.issued_on,
        supplier=bill.supplier,
        street=next((s for name, s in SUPPLIERS if name == bill.supplier), "1 Main Street"),
        customer=customer,
        description=bill.category.replace("_", " ").capitalize(),
        net=bill.net,
        tax_ppm=TAX_PPM,
        period=bill.supplied,
    )
    name = f"invoice-{bill.number.replace('/', '-').replace(' ', '-')}.pdf"
    return Paper("invoice", "", name, content, "application/pdf")


def is_link(picture: str) -> bool:
    """This will tell a link from a picture to draw."""
    return picture.startswith("https://")


def proof_papers(activity: str, *, seed: int, title: str, vendor: str) -> list[Paper]:
    """This will draw the pictures that the activity needs; links are left to the caller."""
    return [
        Paper(
            "activity_proof",
            piece,
            f"{piece.replace('_', '-')}.jpg",
            adapter("demo_documents").picture(
                seed=seed * 10 + number,
                kind=picture,
                title=title,
                caption=f"No. {seed}",
                vendor=vendor,
            ),
            "image/jpeg",
        )
        for number, (piece, picture) in enumerate(PROOF[activity])
        if not is_link(picture)
    ]


def slip_paper(bill: Bill, *, seed: int, payer: str) -> Paper:
    """This will draw the bank's confirmation that the bill was paid."""
    assert bill.paid_on is not None
    content = adapter("demo_documents").bank_slip(
        seed=seed,
        payer=payer,
        payee=bill.supplier,
        amount=bill.total,
        booked_on=bill.paid_on,
        reference=bill.number,
    )
    return Paper("payment_proof", "", f"paid-{seed}.pdf", content, "application/pdf")


def quotation_paper(cost: Money, *, seed: int, customer: str, on: date) -> Paper:
    """This will draw a supplier's quotation for a planned activity."""
    supplier, street = SUPPLIERS[seed % len(SUPPLIERS)]
    content = adapter("demo_documents").invoice(
        seed=seed,
        number=f"Q-{seed}",
        issued_on=on,
        supplier=supplier,
        street=street,
        customer=customer,
        description="As discussed",
        net=cost,
        heading="Quotation",
    )
    return Paper("quotation", "", f"quotation-{seed}.pdf", content, "application/pdf")
