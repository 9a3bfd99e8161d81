"""Payees, batches and paid bills compared with what the audit log says of them."""

from collections.abc import Iterator

from counterfoil.apps.audit.selectors.statements import Statement, personal_values, statements
from counterfoil.apps.payouts.models import Bill, BillBatch, Payee
from counterfoil.core.canonical import sha256_hex
from counterfoil.core.differences import Difference

PAYEE = ("payee.entered", "payee.checked", "payee.held")
BATCH = {"bills.sealed": "sealed", "bills.released": "released", "bills.voided": "void"}


def payout_differences() -> Iterator[Difference]:
    """This will name payees, batches and paid bills that are not as they were recorded."""
    yield from changed_payees()
    yield from changed_batches()
    yield from changed_payments()


def changed_payees() -> Iterator[Difference]:
    """This will name payees that are not as they were entered and checked."""
    told: dict[str, dict[str, Statement]] = {}
    for each in statements(object_type="payee", actions=PAYEE):
        acts = told.setdefault(each.object_id, {})
        acts[each.action] = acts["newest"] = each
    entered = tuple(
        acts["payee.entered"].event_id for acts in told.values() if "payee.entered" in acts
    )
    names = personal_values(field="legal_name", event_ids=entered)
    for row in Payee.objects.order_by("pk"):
        acts = told.pop(row.public_id, {})
        first = acts.get("payee.entered")
        if first is None:
            yield _payee(row.public_id, "the audit log knows no such payee")
            continue
        newest, checked = acts["newest"].data, acts.get("payee.checked")
        pairs = (
            (row.entered_by, first.actor_id),
            (row.checked_by, checked.actor_id if checked else ""),
            (row.status, newest["status"]),
            (row.currency, first.data["currency"]),
            (row.country, first.data.get("country", row.country)),
            (row.tax_recoverable, first.data.get("tax_recoverable", row.tax_recoverable)),
            (row.route, first.data.get("route", row.route)),
            (row.erp_vendor_number, first.data["erp_vendor_number"]),
            # An erased name can't be compared any more.
            (row.legal_name, names.get(first.event_id, row.legal_name)),
        )
        if any(found != meant for found, meant in pairs):
            yield _payee(row.public_id, "is not as it was entered and checked")
    for public_id in told:
        yield _payee(public_id, "was entered, and is gone")


def changed_batches() -> Iterator[Difference]:
    """This will name batches of bills that are not as they were sealed and released."""
    told: dict[str, dict[str, Statement]] = {}
    for each in statements(object_type="bill_batch", actions=tuple(BATCH)):
        acts = told.setdefault(each.object_id, {})
        acts[each.action] = acts["newest"] = each
    for row in BillBatch.objects.order_by("pk"):
        acts = told.pop(row.public_id, {})
        sealed, released = acts.get("bills.sealed"), acts.get("bills.released")
        if sealed is None:
            yield _batch(row.number, "the audit log knows no such batch")
            continue
        pairs = (
            (row.sealed_by, sealed.actor_id),
            (row.released_by, released.actor_id if released else ""),
            (row.state, BATCH[acts["newest"].action]),
            (row.sha256, sealed.data["sha256"]),
            (sha256_hex(bytes(row.content)), sealed.data["sha256"]),
            (row.count, sealed.data["count"]),
            (row.totals, sealed.data["totals"]),
        )
        if any(found != meant for found, meant in pairs):
            yield _batch(row.number, "is not as it was sealed and released")
    for acts in told.values():
        yield _batch(str(acts["newest"].data["number"]), "was sealed, and is gone")


def changed_payments() -> Iterator[Difference]:
    """This will name bills that are paid otherwise than the paid list said."""
    told = {
        each.object_id: each.data
        for each in statements(object_type="bill", actions=("bill.paid",))
    }
    for row in Bill.objects.filter(state="paid").order_by("pk"):
        data = told.pop(row.public_id, None)
        if data is None:
            yield _bill(row.number, "the audit log knows no such payment")
            continue
        amount = {"minor": row.amount_minor, "currency": row.currency}
        paid_on = row.paid_on.isoformat() if row.paid_on else ""
        found = (paid_on, row.paid_reference, row.paid_entry, row.payable_ref, amount)
        if found != (
            data["paid_on"], data["reference"], data["entry"], data["payable"],
            {name: data["amount"][name] for name in amount},
        ):  # fmt: skip
            yield _bill(row.number, "is not paid as the paid list said")
    for data in told.values():
        yield _bill(str(data["number"]), "was paid, and is not paid any more")


def _payee(subject: str, message: str) -> Difference:
    return Difference("payees as checked", subject, message)


def _batch(subject: str, message: str) -> Difference:
    return Difference("batches as released", subject, message)


def _bill(subject: str, message: str) -> Difference:
    return Difference("bills as paid", subject, message)
