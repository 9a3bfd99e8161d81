"""Finance's other round: payment files that two people approve, and what the bank answers.

The bank is simulated; everything of ours is the way that people take: bank details by
proposal, call-back, approval and cooling-off, a file by seal, clearing, two approvals, release.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from counterfoil.apps.partners.services import add_contact
from counterfoil.apps.payouts.errors import NothingToPay
from counterfoil.apps.payouts.selectors import findings_of_batch, payment_file
from counterfoil.apps.payouts.selectors.bank import work_list
from counterfoil.apps.payouts.services import (
    check_document,
    enter_document,
    enter_own_account,
)
from counterfoil.apps.payouts.types import PaymentBatchInfo
from counterfoil.core.actors import Actor
from counterfoil.flows import change_bank_details, pay, reconcile
from counterfoil.flows.read_statement import read_bank_answer
from counterfoil.foundation.acting import acting_as, staff
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.cli.tour.stage import Stage, at_hour

ACCOUNT = "main-eur"


class Letter(Protocol):
    """What the bank sends: a file on a day."""

    name: str
    on: date
    content: bytes


class Bank(Protocol):
    """The bank of the demo: it takes a payment file and answers."""

    account: str

    def take(self, content: bytes, *, on: date) -> tuple[Sequence[Letter], object]:
        """This will answer a file that is to be executed on a day."""
        ...


def open_account(stage: Stage, *, holder: str, calendar: str, at: datetime) -> Bank:
    """This will enter the vendor's own account, and return the bank that holds it."""
    bank: Bank = adapter("demo_bank")
    with acting_as(staff()):
        enter_own_account(
            code=ACCOUNT, holder=holder, currency=stage.currency, file_format="pain.001.001.09",
            calendar=calendar, iban=bank.account, is_sepa=True, org="NGS",
            bank_name="Simulated Bank",
            by=stage.cast.one("finance_maker"), at=at,
        )  # fmt: skip
    return bank


def record_bank_details(
    stage: Stage, *, partner_pk: int, public_id: str, name: str, person: str, at: datetime,
    now: datetime,
) -> None:  # fmt: skip
    """This will take a partner's bank details the long way; they cool off before they are used."""
    maker, checker = stage.cast.one("finance_maker"), stage.cast.one("finance_checker")
    box = adapter("secret_box")
    with acting_as(staff()):
        contact = add_contact(
            partner_id=public_id, name=person, phone=f"+43 1 555 {partner_pk:04d}",
            by=stage.cast.one("operations"), at=at,
        )  # fmt: skip
        paper = enter_document(
            partner_id=partner_pk, kind="tax_form", form="W-8BEN-E", by=maker, at=at,
            expires_on=at.date() + timedelta(days=3 * 365),
        )  # fmt: skip
        check_document(document_id=paper.public_id, by=checker, at=at)
        detail = change_bank_details.propose_bank_details(
            partner_id=partner_pk, currency=stage.currency, holder=name, iban=iban_of(partner_pk),
            reason="First bank details", via="console", box=box,
            by=stage.cast.one("operations", 0), at=at + timedelta(minutes=5),
        )  # fmt: skip
        change_bank_details.call_back(
            detail_id=detail.public_id, contact_id=contact, person=person, note="Confirmed.",
            by=stage.cast.one("operations", 1), at=at + timedelta(minutes=30),
        )  # fmt: skip
        approved = change_bank_details.approve_bank_details(
            detail_id=detail.public_id, by=checker, at=at + timedelta(hours=1)
        )
        cool = approved.cooling_off_until
        assert cool is not None
        if cool <= now:
            change_bank_details.activate_bank_details(by=maker, at=cool)


def iban_of(partner_pk: int) -> str:
    """This will make up an Austrian account that checks out (ISO 13616, modulo 97)."""
    digits = f"19043{partner_pk:011d}"
    check = 98 - int(f"{digits}102900") % 97  # A is 10, T is 29
    return f"AT{check:02d}{digits}"


def pay_by_bank(
    stage: Stage, bank: Bank, *, at: datetime, is_sent: bool = True
) -> PaymentBatchInfo | None:
    """This will pay what is ready by one file, and read what the bank answers.

    With `is_sent` false the file is sealed and waits for its approvals.
    """
    folder = adapter("bank_folder")
    try:
        with acting_as(staff()):
            batch = pay.seal_payments(
                own_account=ACCOUNT, box=adapter("secret_box"), folder=folder,
                by=stage.cast.one("finance_maker"), at=at,
            )  # fmt: skip
    except NothingToPay:
        return None
    if not is_sent:
        return batch
    lead, checkers = stage.cast.one("team_lead"), stage.cast.vendor["finance_checker"]
    with acting_as(staff()):
        for finding in findings_of_batch(batch.public_id):
            pay.clear_finding(
                finding_id=finding.number, by=lead, at=at + timedelta(minutes=20), note="Checked."
            )
        for minutes, person in ((30, lead), (50, checkers[-1])):
            pay.approve_payments(
                batch_id=batch.public_id, sha256=batch.sha256, proof="demo", by=person,
                at=at + timedelta(minutes=minutes),
            )  # fmt: skip
        released = at + timedelta(hours=1)
        pay.release_payments(batch_id=batch.public_id, folder=folder, by=checkers[0], at=released)
        sent = pay.dispatch_payments(
            batch_id=batch.public_id, folder=folder, by=checkers[0], at=released
        )
        content = payment_file(batch.public_id).content
    _let_the_bank_answer(stage, bank, content, sent)
    return sent


def explain_what_waits(stage: Stage, *, at: datetime) -> int:
    """This will say of each line that pays nothing what it is: the bank's fee, or not ours."""
    with acting_as(staff()):
        waiting = work_list()
        for item in waiting:
            is_fee = "fee" in f"{item.line.text} {item.line.party}".lower()
            reconcile.explain_line(
                line_id=item.line.public_id, kind="fee" if is_fee else "not_ours",
                reason="Account fee of the bank." if is_fee else "Rent of the office.",
                by=stage.cast.one("finance_maker"), at=at,
            )  # fmt: skip
    return len(waiting)


def _let_the_bank_answer(stage: Stage, bank: Bank, content: bytes, sent: PaymentBatchInfo) -> None:
    by: Actor = stage.cast.one("finance_maker")
    answers, _truth = bank.take(content, on=sent.execute_on)
    for answer in answers:
        at = at_hour(answer.on + timedelta(days=1), 7)
        with acting_as(staff()):
            read_bank_answer(
                content=answer.content, file_name=answer.name, reader=adapter("bank_reader"),
                store=stage.store, box=adapter("secret_box"), by=by, at=at,
            )  # fmt: skip
            reconcile.reconcile_bank(by=by, at=at + timedelta(minutes=5))
