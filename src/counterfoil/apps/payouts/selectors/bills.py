"""Reads of bills and their batches."""

from collections.abc import Sequence

from django.db.models import QuerySet

from counterfoil.apps.payouts.errors import UnknownBatch
from counterfoil.apps.payouts.models import Bill, BillBatch
from counterfoil.apps.payouts.types import BatchFile, BatchInfo, BillInfo
from counterfoil.core.money import Money


def get_batch(batch_id: str) -> BatchInfo:
    """This will read a batch, without its bytes; raises UnknownBatch."""
    row = BillBatch.objects.defer("content").filter(public_id=batch_id).first()
    if row is None:
        raise UnknownBatch(f"There is no batch of bills {batch_id}.")
    return batch_info(row)


def list_batches(
    *, state: str | None = None, before: str | None = None, limit: int = 50
) -> tuple[BatchInfo, ...]:
    """This will list batches, newest first; pass the last one's number as `before` for more."""
    rows = BillBatch.objects.defer("content")
    if state is not None:
        rows = rows.filter(state=state)
    if before is not None:
        rows = rows.filter(number__lt=before)
    return tuple(batch_info(row) for row in rows.order_by("-number")[: max(1, min(limit, 500))])


def batch_file(batch_id: str) -> BatchFile:
    """This will read the sealed bytes of a batch; raises UnknownBatch."""
    row = BillBatch.objects.filter(public_id=batch_id).first()
    if row is None:
        raise UnknownBatch(f"There is no batch of bills {batch_id}.")
    return BatchFile(row.file_name, bytes(row.content), row.sha256)


def bills_of_batch(batch_id: str) -> tuple[BillInfo, ...]:
    """This will list the bills of a batch, by number."""
    return bill_infos(Bill.objects.filter(batch__public_id=batch_id))


def bills_of_partner(
    *, partner_id: int, before: str | None = None, limit: int = 50
) -> tuple[BillInfo, ...]:
    """This will list a partner's bills, newest first; `before` is the last number seen.

    Works for a partner's session too, which sees no batches, so those fields are empty.
    """
    rows = Bill.objects.filter(partner_id=partner_id).select_related("partner")
    if before is not None:
        rows = rows.filter(number__lt=before)
    found = rows.order_by("-number")[: max(1, min(limit, 500))]
    return tuple(_bill_info(row, None) for row in found)


def find_bill_of(*, payable_ref: str) -> BillInfo | None:
    """This will find the live bill of a payable: the way of a claim to its payment.

    Works for a partner's session too, which sees its own bills but no batch.
    """
    row = Bill.objects.filter(payable_ref=payable_ref, is_live=True).first()
    return None if row is None else _bill_info(row, None)


def bills_by_number(numbers: Sequence[str]) -> dict[str, BillInfo]:
    """This will read bills by our bill number."""
    return {row.number: row for row in bill_infos(Bill.objects.filter(number__in=list(numbers)))}


def bill_infos(rows: QuerySet[Bill]) -> tuple[BillInfo, ...]:
    """This will freeze bills with their batches, by number."""
    found = rows.select_related("batch", "partner").defer("batch__content").order_by("number")
    return tuple(_bill_info(row, row.batch) for row in found)


def _bill_info(row: Bill, batch: BillBatch | None) -> BillInfo:
    return BillInfo(
        public_id=row.public_id,
        number=row.number,
        batch=batch.number if batch else "",
        batch_state=batch.state if batch else "",
        partner_id=row.partner_id,
        partner_name=row.partner.name,
        payee_id=row.payee_id,
        payable_ref=row.payable_ref,
        amount=Money(row.amount_minor, row.currency),
        is_live=row.is_live,
        state=row.state,
        paid_on=row.paid_on,
        paid_reference=row.paid_reference,
        released_at=batch.released_at if batch else None,
    )


def batch_info(row: BillBatch) -> BatchInfo:
    """This will freeze a batch's row."""
    return BatchInfo(
        public_id=row.public_id,
        number=row.number,
        state=row.state,
        file_name=row.file_name,
        sha256=row.sha256,
        count=row.count,
        totals=tuple(Money(minor, currency) for currency, minor in sorted(row.totals.items())),
        sealed_by=row.sealed_by,
        sealed_at=row.sealed_at,
        released_by=row.released_by,
        released_at=row.released_at,
    )
