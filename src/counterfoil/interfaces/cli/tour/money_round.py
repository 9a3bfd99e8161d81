"""Finance's round: what is ready goes out as vendor bills, and the ERP's paid list comes back."""

import io
from datetime import datetime, timedelta

from counterfoil.apps.payouts.errors import NothingToBill
from counterfoil.apps.payouts.selectors import bills_of_batch
from counterfoil.flows.settle_bill import read_paid_list, release_bills, seal_bills
from counterfoil.foundation.acting import acting_as, staff
from counterfoil.foundation.tabular import Column, ColumnKind, write_csv
from counterfoil.interfaces.cli.tour.stage import Stage

DAYS_TO_PAY = 9


def pay_what_is_ready(stage: Stage, *, at: datetime, is_paid: bool = True) -> int:
    """This will seal, release and (unless told not to) read the paid list; returns the bills."""
    maker, checker = stage.cast.one("finance_maker"), stage.cast.one("finance_checker")
    try:
        with acting_as(staff()):
            batch = seal_bills(program=stage.program, currency=stage.currency, by=maker, at=at)
    except NothingToBill:
        return 0
    with acting_as(staff()):
        release_bills(batch_id=batch.public_id, by=checker, at=at + timedelta(hours=2))
        bills = bills_of_batch(batch.public_id)
    if is_paid:
        paid_at = at + timedelta(days=DAYS_TO_PAY)
        with acting_as(staff()):
            read_paid_list(
                content=paid_list(stage, batch.public_id, paid_at), by=maker, at=paid_at,
                file_name=f"paid-{batch.number}.csv",
            )  # fmt: skip
    return len(bills)


def paid_list(stage: Stage, batch_id: str, at: datetime) -> bytes:
    """This will write what the ERP answers: each bill with day and reference of its payment."""
    paid_on = (at - timedelta(days=1)).date()
    columns = [
        Column("Bill number", ColumnKind.TEXT),
        Column("Paid date", ColumnKind.TEXT),
        Column("Reference", ColumnKind.TEXT),
        Column("Amount", ColumnKind.NUMBER),
        Column("Currency", ColumnKind.TEXT),
    ]
    rows = [
        (
            b.number,
            paid_on.isoformat(),
            f"ACH-{b.number}",
            b.amount.format_number(),
            stage.currency,
        )
        for b in bills_of_batch(batch_id)
    ]
    out = io.BytesIO()
    write_csv(out, columns, rows)
    return out.getvalue()
