"""A month's payment files through the whole protocol, the bank's answers, and what is odd in them
explained by a person.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from counterfoil.apps.partners.selectors import partner_names
from counterfoil.apps.payouts.errors import NothingToPay, PayoutsError
from counterfoil.apps.payouts.selectors import (
    find_payment,
    findings_of_batch,
    list_payment_batches,
    open_holds,
    payment_file,
)
from counterfoil.apps.payouts.selectors.bank import work_list
from counterfoil.apps.payouts.services import close_batch, lift_hold
from counterfoil.apps.payouts.types import PaymentBatchInfo, WorkItem
from counterfoil.core.reconciling import Reason
from counterfoil.flows import pay, reconcile
from counterfoil.flows.read_statement import read_bank_answer
from counterfoil.foundation.acting import acting_as, staff
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.cli.tour.commission_stage import Desk, Letter, Till, change_details
from counterfoil.interfaces.cli.tour.stage import at_hour


def mend_accounts(desk: Desk, *, at: datetime) -> None:
    """This will take new bank details of each partner whose old account the bank refused."""
    with acting_as(staff()):
        held = [each for each in open_holds() if each.kind == "rejected"]
        names = partner_names(pks=[each.partner_id for each in held])
    for pk in sorted({each.partner_id for each in held} - desk.mended):
        desk.mended.add(pk)
        desk.accounts += 1
        with acting_as(staff()):
            change_details(
                desk, pk, names[pk][0], account=pk + 1_000_000 * desk.accounts,
                reason="The bank refused the old account.", at=at,
            )  # fmt: skip


def lift_holds(desk: Desk, *, at: datetime) -> None:
    """This will let what the bank sent back be paid again."""
    with acting_as(staff()):
        for each in open_holds():
            lift_hold(
                hold_id=each.public_id, by=desk.stage.cast.one("operations"), at=at,
                reason="The partner confirmed the account by phone.",
            )  # fmt: skip
    desk.mended.clear()


def pay_month(desk: Desk, till: Till, *, at: datetime) -> PaymentBatchInfo | None:
    """This will pay what is ready from one account by one file; None where nothing is."""
    cast, folder = desk.stage.cast, adapter("bank_folder")
    lead, checkers = cast.one("team_lead"), cast.vendor["finance_checker"]
    try:
        with acting_as(staff()):
            batch = pay.seal_payments(
                own_account=till.account, box=adapter("secret_box"), folder=folder,
                by=cast.one("finance_maker"), at=at,
            )  # fmt: skip
    except NothingToPay:
        return None
    with acting_as(staff()):
        for finding in findings_of_batch(batch.public_id):
            pay.clear_finding(
                finding_id=finding.number, by=lead, at=at + timedelta(minutes=20), note="Checked."
            )
    with acting_as(staff()):
        for minutes, person in ((30, lead), (50, checkers[-1])):
            pay.approve_payments(
                batch_id=batch.public_id, sha256=batch.sha256, proof="tour", by=person,
                at=at + timedelta(minutes=minutes),
            )  # fmt: skip
    released = at + timedelta(hours=1)
    with acting_as(staff()):
        pay.release_payments(batch_id=batch.public_id, folder=folder, by=checkers[0], at=released)
        sent = pay.dispatch_payments(
            batch_id=batch.public_id, folder=folder, by=checkers[0], at=released
        )
        content = payment_file(batch.public_id).content
    answers, truth = till.bank.take(content, on=sent.execute_on)
    till.sent += sent.count
    till.rejected += len(truth.rejected)
    till.returned += len(truth.returned)
    till.fees += truth.fees_cents
    _read(desk, till, answers)
    mend_accounts(desk, at=at_hour(answers[-1].on + timedelta(days=2), 9))
    return sent


def _read(desk: Desk, till: Till, answers: Sequence[Letter]) -> None:
    by = desk.stage.cast.one("finance_maker")
    for answer in answers:
        at = at_hour(answer.on + timedelta(days=1), 7)
        with acting_as(staff()):
            read_bank_answer(
                content=answer.content, file_name=answer.name, reader=adapter("bank_reader"),
                store=desk.stage.store, box=adapter("secret_box"), by=by, at=at,
            )  # fmt: skip
        if answer.kind == "statement":
            with acting_as(staff()):
                reconcile.reconcile_bank(by=by, at=at + timedelta(minutes=5))
            explain_what_is_odd(desk, till, at=at + timedelta(hours=2))


def explain_what_is_odd(desk: Desk, till: Till, *, at: datetime) -> None:
    """This will say of each line that waits what it is; what nobody can say is a surprise."""
    with acting_as(staff()):
        waiting = work_list()
    for item in waiting:
        try:
            with acting_as(staff()):
                kind = _explain(desk, item, at)
        except PayoutsError as error:
            desk.surprises.append(f"{item.line.public_id} {item.reason}: {error}")
            continue
        if not kind:
            desk.surprises.append(f"{item.line.public_id} {item.reason} {item.line.text}")
            continue
        desk.explained[kind] += 1
        if kind in {"duplicate", "not_ours"}:
            till.odd_cents += item.line.amount.minor


def _explain(desk: Desk, item: WorkItem, at: datetime) -> str:
    by, line = desk.stage.cast.one("finance_maker"), item.line
    told = f"{line.text} {line.party} {line.end_to_end_id}".lower()
    kind, reason = "", ""
    if "fee" in told:
        kind, reason = "fee", "The bank's fee for the account."
    elif "rent" in told or "harbour" in told:
        kind, reason = "not_ours", "Rent of the office, paid by another department."
    elif item.reason == Reason.PAID_TWICE:
        kind, reason = "duplicate", "The bank debited it twice and will give it back."
    elif item.reason == Reason.AMBIGUOUS and line.end_to_end_id:
        if _may_pay(line.end_to_end_id):
            reconcile.match_line(
                line_id=line.public_id, payments=[line.end_to_end_id], by=by, at=at,
                reason="It bears the payment's own reference.",
            )  # fmt: skip
            return "matched by hand"
        kind, reason = "duplicate", "The bank debited it twice and will give it back."
    if kind:
        reconcile.explain_line(line_id=line.public_id, kind=kind, by=by, at=at, reason=reason)
    return kind


def _may_pay(end_to_end_id: str) -> bool:
    """Tell whether the payment that a line names is still to be matched."""
    payment = find_payment(end_to_end_id=end_to_end_id)
    return payment is not None and payment.state in {"released", "accepted"}


def close_batches(desk: Desk, *, at: datetime) -> int:
    """This will close each batch that is answered whole; returns how many are left open."""
    left = 0
    with acting_as(staff()):
        for batch in list_payment_batches(limit=500):
            if batch.state == "closed":
                continue
            try:
                close_batch(
                    batch_id=batch.public_id, by=desk.stage.cast.one("finance_maker"), at=at
                )
            except PayoutsError:
                left += 1
    return left
