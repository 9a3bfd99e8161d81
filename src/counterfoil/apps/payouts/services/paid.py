"""What the ERP paid: each bill once, with its day and reference."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.payouts.errors import WrongState
from counterfoil.apps.payouts.models import Bill
from counterfoil.apps.payouts.types import PaidLine
from counterfoil.core.actors import Actor


def lock_bills(*, numbers: Sequence[str]) -> None:
    """This will make others wait who settle one of these bills, until this transaction ends."""
    rows = Bill.objects.filter(number__in=list(numbers)).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk"))


def settle_bills(
    *, lines: Sequence[PaidLine], entries: Mapping[str, str], by: Actor, at: datetime
) -> None:
    """This will record bills as paid; `entries` maps bill numbers to the ledger's public ids.

    Raises WrongState when a bill is not waiting to be paid.
    """
    with transaction.atomic():
        for line in lines:
            number = line.bill.number
            done = Bill.objects.filter(number=number, state="billed", is_live=True).update(
                state="paid",
                paid_on=line.paid_on,
                paid_reference=line.reference,
                paid_entry=entries[number],
            )
            if done != 1:
                raise WrongState(f"Bill {number} is not waiting to be paid.")
            record_event(
                by=by,
                at=at,
                action="bill.paid",
                object_type="bill",
                object_id=line.bill.public_id,
                partner_id=line.bill.partner_id,
                data={
                    "number": number,
                    "amount": line.bill.amount.to_json(),
                    "paid_on": line.paid_on.isoformat(),
                    "reference": line.reference,
                    "payable": line.bill.payable_ref,
                    "entry": entries[number],
                },
            )
