"""The door to the paper builders: plain values in, bytes out, so that a caller needs no class."""

from datetime import date, timedelta

from counterfoil.adapters.demo_documents.bank_slips import BankSlipSpec, make_bank_slip_pdf
from counterfoil.adapters.demo_documents.invoices import (
    InvoiceLine,
    InvoiceSpec,
    Party,
    make_invoice_pdf,
)
from counterfoil.adapters.demo_documents.pictures import ProofKind, ProofSpec, make_proof_image
from counterfoil.core.money import Money

_DAYS_TO_PAY = timedelta(days=30)


class PaperBuilders:
    """Draws the papers of the demo and the tour; settings name it as `demo_documents`."""

    def invoice(
        self,
        *,
        seed: int,
        number: str,
        issued_on: date,
        supplier: str,
        street: str,
        customer: str,
        description: str,
        net: Money,
        tax_ppm: int = 0,
        period: tuple[date, date] | None = None,
        heading: str = "",
    ) -> bytes:
        """This will draw an invoice of one line, or what `heading` says it is, as a PDF."""
        return make_invoice_pdf(
            InvoiceSpec(
                seed=seed,
                number=number,
                issued_on=issued_on,
                due_on=issued_on + _DAYS_TO_PAY,
                supplier=Party(supplier, (street,)),
                customer=Party(customer),
                lines=(InvoiceLine(description, 1, net),),
                tax_ppm=tax_ppm,
                period=period,
                heading=heading,
            )
        )

    def picture(self, *, seed: int, kind: str, title: str, caption: str, vendor: str) -> bytes:
        """This will draw a picture of an activity as a JPEG; `kind` is one of ProofKind."""
        return make_proof_image(
            ProofSpec(
                seed=seed,
                kind=ProofKind(kind),
                title=title,
                caption=caption,
                vendor=vendor,
                size=(640, 480),
            )
        )

    def bank_slip(
        self, *, seed: int, payer: str, payee: str, amount: Money, booked_on: date, reference: str
    ) -> bytes:
        """This will draw a bank's confirmation of a transfer as a PDF."""
        return make_bank_slip_pdf(
            BankSlipSpec(
                seed=seed,
                payer=Party(payer),
                payee=Party(payee),
                amount=amount,
                booked_on=booked_on,
                reference=reference,
            )
        )
