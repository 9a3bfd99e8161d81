"""Batches of vendor bills: sealed with their bytes by one person, released by another.

After `reference/trust.md` 4: the bytes and their hash are in the database before anything leaves;
count and totals are what an independent reader finds in those bytes; the release binds to the hash
and looks again at payees, partners and payables.
"""

import io
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import IntegrityError, connection, transaction

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.ledger.types import PayableDue
from counterfoil.apps.partners.models import Organization
from counterfoil.apps.payouts.errors import (
    BatchChanged,
    NothingToBill,
    NotReady,
    SamePerson,
    UnknownBatch,
    WrongState,
)
from counterfoil.apps.payouts.models import Bill, BillBatch, Payee
from counterfoil.apps.payouts.selectors.bills import batch_info, bill_infos
from counterfoil.apps.payouts.selectors.ready import ready_to_pay
from counterfoil.apps.payouts.types import BatchInfo, BillInfo, ReadyRow
from counterfoil.core.accounts import AccountKind
from counterfoil.core.actors import Actor
from counterfoil.core.billfile import COLUMNS, BillFile, read_bill_file
from counterfoil.core.canonical import sha256_hex
from counterfoil.foundation.ids import new_id
from counterfoil.foundation.tabular import Column, ColumnKind, write_csv

DUE_DAYS = 30
"""How many days after its date a bill is due."""
BILLS_MAX = 5_000
"""The most bills in one file; the rest waits for the next one."""


def seal_batch(
    *,
    program: str,
    currency: str,
    on: date,
    by: Actor,
    at: datetime,
    payable_refs: Sequence[str] | None = None,
) -> BatchInfo:
    """This will bill what is ready (or the payables asked for) in one file and keep its bytes.

    `on` is the date of the bills. One batch is made at a time, so numbers have no gaps. Raises
    NothingToBill, NotReady for a payable asked for that is blocked or not owed.
    """
    with transaction.atomic():
        _one_at_a_time()
        rows = _chosen(program, currency, payable_refs)
        number = f"VB-{BillBatch.objects.count() + 1:06d}"
        bills = [(f"{number}-{place:04d}", row) for place, row in enumerate(rows, start=1)]
        content = _rendered(bills, on)
        said = read_bill_file(content)
        _refuse_difference(said, [(bill, row.amount.minor, currency) for bill, row in bills])
        batch = BillBatch.objects.create(
            public_id=new_id("bat"),
            number=number,
            file_name=f"vendor-bills-{number}.csv",
            content=content,
            sha256=sha256_hex(content),
            count=said.count,
            totals=said.totals,
            sealed_by=by.id,
            sealed_at=at,
        )
        _create_bills(batch, bills)
        _record("bills.sealed", batch, by=by, at=at)
    return batch_info(batch)


def release_batch(
    *, batch_id: str, open_payables: Sequence[PayableDue], by: Actor, at: datetime
) -> tuple[BatchInfo, tuple[BillInfo, ...]]:
    """This will release a sealed batch to the ERP and return it with its bills.

    `open_payables` is what the ledger owes for these bills at this moment, read under its locks.
    Raises UnknownBatch, WrongState, SamePerson, BatchChanged.
    """
    with transaction.atomic():
        batch = _locked(batch_id)
        if batch.state != "sealed":
            raise WrongState(
                f"Batch {batch.number} is {batch.state}; only a sealed one is released."
            )
        if batch.sealed_by == by.id:
            raise SamePerson(f"You sealed {batch.number}; another person releases it.")
        bills = list(Bill.objects.filter(batch=batch).order_by("number"))
        _refuse_changed(batch, bills, open_payables)
        batch.state, batch.released_by, batch.released_at = "released", by.id, at
        batch.save(update_fields=["state", "released_by", "released_at"])
        _record("bills.released", batch, by=by, at=at)
    return batch_info(batch), bill_infos(Bill.objects.filter(batch=batch))


def void_batch(*, batch_id: str, by: Actor, at: datetime, reason: str) -> BatchInfo:
    """This will give up a sealed batch: its payables can be billed again, under new numbers.

    Voiding twice changes nothing. Raises UnknownBatch, WrongState once it is released.
    """
    with transaction.atomic():
        batch = _locked(batch_id)
        if batch.state == "released":
            raise WrongState(
                f"Batch {batch.number} was released; what left is corrected in the ledger."
            )
        if batch.state == "sealed":
            batch.state = "void"
            batch.save(update_fields=["state"])
            Bill.objects.filter(batch=batch).update(is_live=False, state="void")
            _record("bills.voided", batch, by=by, at=at, reason=reason)
    return batch_info(batch)


def _one_at_a_time() -> None:
    """This will make other sealings wait until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7262, 1)")


def _chosen(
    program: str, currency: str, payable_refs: Sequence[str] | None
) -> tuple[ReadyRow, ...]:
    rows = ready_to_pay(program=program, currency=currency, payable_refs=payable_refs)
    if payable_refs is not None:
        found = {row.payable_ref for row in rows}
        for ref in payable_refs:
            if ref not in found:
                raise NotReady(f"Nothing is owed in {currency} for {ref}.")
        for row in rows:
            if not row.is_ready:
                raise NotReady(
                    f"{row.claim_number or row.payable_ref}, {row.partner_name}: {row.blocks[0]}"
                )
    ready = tuple(row for row in rows if row.is_ready)[:BILLS_MAX]
    if not ready:
        raise NothingToBill(f"Nothing of {program} in {currency} is ready to be billed.")
    return ready


def _rendered(bills: Sequence[tuple[str, ReadyRow]], on: date) -> bytes:
    """This will write the file; equal bills on an equal day give equal bytes."""
    numbers = {"Amount"}
    columns = [
        Column(name, ColumnKind.NUMBER if name in numbers else ColumnKind.TEXT) for name in COLUMNS
    ]
    due = on + timedelta(days=DUE_DAYS)
    rows = []
    for number, row in bills:
        assert row.payee is not None
        rows.append(
            (
                number,
                on,
                due,
                row.payee.erp_vendor_number,
                row.payee.legal_name,
                row.amount.currency,
                row.amount.format_number(),
                row.cost_center,
                str(AccountKind.EXPENSE_MDF),
                row.payable_ref,
                row.claim_number,
                row.partner_name,
                row.partner_public_id,
                row.program,
                row.fund_name,
                row.period,
            )
        )
    out = io.BytesIO()
    write_csv(out, columns, rows)
    return out.getvalue()


def _refuse_difference(said: BillFile, meant: Sequence[tuple[str, int, str]]) -> None:
    """This will compare what the bytes say with what was meant; raises BatchChanged."""
    found = [(number, amount.minor, amount.currency) for number, _, amount in said.bills]
    if found != list(meant):
        raise BatchChanged("The file does not say what its bills say; nothing was kept.")


def _create_bills(batch: BillBatch, bills: Sequence[tuple[str, ReadyRow]]) -> None:
    made = []
    for number, row in bills:
        assert row.payee is not None
        made.append(
            Bill(
                public_id=new_id("bil"),
                number=number,
                batch=batch,
                partner_id=row.partner_id,
                payee_id=row.payee.id,
                payable_ref=row.payable_ref,
                payable_entry=row.entry_id,
                amount_minor=row.amount.minor,
                currency=row.amount.currency,
            )
        )
    try:
        with transaction.atomic():
            Bill.objects.bulk_create(made, batch_size=1000)
    except IntegrityError as error:
        raise NotReady("A payable was billed by somebody else meanwhile; try again.") from error


def _refuse_changed(
    batch: BillBatch, bills: Sequence[Bill], open_payables: Sequence[PayableDue]
) -> None:
    """This will refuse what changed since the seal: bytes, payee, partner, payable.

    Raises BatchChanged, BadBillFile.
    """
    content = bytes(batch.content)
    if sha256_hex(content) != batch.sha256:
        raise BatchChanged(f"The bytes of {batch.number} are not those that were sealed.")
    _refuse_difference(
        read_bill_file(content), [(row.number, row.amount_minor, row.currency) for row in bills]
    )
    owed: dict[str, list[tuple[int, str]]] = {}
    for item in open_payables:
        owed.setdefault(item.payable_ref, []).append((item.amount.minor, item.amount.currency))
    payees = Payee.objects.in_bulk([row.payee_id for row in bills])
    partners = Organization.objects.in_bulk([row.partner_id for row in bills])
    for row in bills:
        payee = payees[row.payee_id]
        if payee.replaced_at is not None or payee.status != "ready":
            why = "its payee was changed or put on hold"
        elif partners[row.partner_id].status != "active":
            why = "its partner is not active any more"
        elif owed.get(row.payable_ref) != [(row.amount_minor, row.currency)]:
            why = "what is owed for it has changed"
        else:
            continue
        raise BatchChanged(
            f"Bill {row.number}: {why} since {batch.number} was sealed. Void the batch and seal "
            "again."
        )


def _locked(batch_id: str) -> BillBatch:
    row = BillBatch.objects.select_for_update().filter(public_id=batch_id).first()
    if row is None:
        raise UnknownBatch(f"There is no batch of bills {batch_id}.")
    return row


def _record(action: str, batch: BillBatch, *, by: Actor, at: datetime, reason: str = "") -> None:
    record_event(
        by=by,
        at=at,
        action=action,
        object_type="bill_batch",
        object_id=batch.public_id,
        data={
            "number": batch.number,
            "sha256": batch.sha256,
            "count": batch.count,
            "totals": batch.totals,
            "reason": reason,
        },
    )
