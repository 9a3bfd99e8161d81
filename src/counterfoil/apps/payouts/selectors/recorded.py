"""What the audit log says of approvals, payees and bank details: a row alone proves little.

Whoever writes rows past the program leaves no event beside them. A release and the nightly check
both ask here.
"""

import hashlib
from collections.abc import Iterator, Sequence

from counterfoil.apps.audit.selectors.statements import Statement, statements
from counterfoil.apps.payouts.models import (
    BankDetail,
    BankLine,
    BankStatement,
    BatchApproval,
    OwnAccount,
    Payee,
    Payment,
    PaymentBatch,
)

DETAIL = {
    "bank_details.proposed": "proposed",
    "bank_details.called_back": "callback_done",
    "bank_details.approved": "cooling_off",
    "bank_details.activated": "active",
    "bank_details.superseded": "superseded",
    "bank_details.refused": "refused",
}
PAYEE = ("payee.entered", "payee.checked", "payee.held")


def lines_digest(statement: BankStatement) -> str:
    """This will return the digest of a bank statement's balances and of all its lines."""
    told = hashlib.sha256()
    balances = (
        statement.account, statement.currency, statement.opening_minor, statement.closing_minor,
        statement.opening_on, statement.closing_on, statement.count,
    )  # fmt: skip
    told.update(_written(balances))
    rows = BankLine.objects.filter(statement=statement).order_by("public_id")
    for row in rows.values_list(
        "public_id", "parent__public_id", "number", "amount_minor", "currency",
        "instructed_minor", "instructed_currency", "status", "booked_on", "valued_on",
        "reference", "end_to_end_id", "party", "party_fingerprint", "code", "text",
        "is_reversal", "return_code", "return_text", "batch_message_id", "batch_count",
    ).iterator(chunk_size=5_000):  # fmt: skip
        told.update(_written(row))
    return told.hexdigest()


def payments_digest(batch: PaymentBatch) -> str:
    """This will return the digest of whom a file pays, on which account, for what and how much."""
    told = hashlib.sha256()
    rows = Payment.objects.filter(batch=batch).order_by("position")
    for row in rows.values_list(
        "position", "end_to_end_id", "partner_id", "payee__public_id", "bank_detail__public_id",
        "payable_ref", "payable_entry", "fund", "period", "gross_minor", "netted_minor",
        "amount_minor", "currency",
    ):  # fmt: skip
        told.update(_written(row))
    return told.hexdigest()


def detail_digest(row: BankDetail) -> str:
    """This will return the digest of bank details as they were proposed; the encrypted number is
    among them, so that nobody guesses the holder from it.
    """
    cells = (row.holder, row.currency, row.kind, row.bank_country, row.bic, row.sealed)
    return hashlib.sha256(_written(cells)).hexdigest()


def account_digest(row: OwnAccount) -> str:
    """This will return the digest of where an account of ours is; the number itself is no secret
    of a partner.
    """
    cells = (row.holder, row.account_number, row.bic, row.routing, row.company_id, row.bank_name)
    return hashlib.sha256(_written(cells)).hexdigest()


def _written(cells: Sequence[object]) -> bytes:
    return repr(tuple("" if cell is None else str(cell) for cell in cells)).encode() + b"\n"


def unrecorded_approvals(batch: PaymentBatch) -> Iterator[str]:
    """This will say which standing approvals of a file nobody recorded; `batch` may lack bytes."""
    told: dict[tuple[str, str], str] = {}
    for each in statements(
        object_type="payment_batch",
        actions=("payments.approved", "payments.approval_withdrawn"),
        object_ids=(batch.public_id,),
    ):
        sha = str(each.data.get("sha256", batch.sha256))
        told[each.actor_id, sha] = each.action
    rows = BatchApproval.objects.filter(batch=batch, withdrawn_at__isnull=True).order_by("pk")
    for row in rows:
        if told.get((row.approver, row.sha256)) != "payments.approved":
            yield f"the audit log knows no approval by {row.approver}"


def unrecorded_details(
    rows: Sequence[BankDetail], told: dict[str, dict[str, Statement]]
) -> Iterator[tuple[str, str]]:
    """This will name bank details that are not as the log says; it takes them out of `told`.

    Yields (id, what is wrong).
    """
    for row in rows:
        acts = told.pop(row.public_id, {})
        first = acts.get("bank_details.proposed")
        if first is None:
            yield row.public_id, "the audit log knows no such bank details"
            continue
        approved = acts.get("bank_details.approved")
        called = acts.get("bank_details.called_back")
        pairs = (
            (row.proposed_by, first.actor_id),
            (row.fingerprint, first.data["fingerprint"]),
            (row.masked, first.data["masked"]),
            (detail_digest(row), first.data.get("content_sha256", detail_digest(row))),
            (row.callback_by, called.actor_id if called else ""),
            (row.approved_by, approved.actor_id if approved else ""),
            (row.state, DETAIL[acts["newest"].action]),
        )
        if any(found != meant for found, meant in pairs):
            yield row.public_id, "are not as they were proposed, called and approved"


def details_told(*, detail_ids: Sequence[str] | None = None) -> dict[str, dict[str, Statement]]:
    """This will read what the log says of bank details, by id and action, the newest marked."""
    return _told("bank_details", tuple(DETAIL), detail_ids)


def unchecked_payees(rows: Sequence[Payee]) -> Iterator[tuple[str, str]]:
    """This will name payees whose entry or second check the log does not know."""
    told = _told("payee", PAYEE, [row.public_id for row in rows])
    for row in rows:
        acts = told.get(row.public_id, {})
        entered, checked = acts.get("payee.entered"), acts.get("payee.checked")
        if entered is None or checked is None:
            yield row.public_id, "the audit log knows no check by a second person"
        elif (row.entered_by, row.checked_by, row.status) != (
            entered.actor_id, checked.actor_id, acts["newest"].data["status"],
        ):  # fmt: skip
            yield row.public_id, "is not as it was entered and checked"


def _told(
    object_type: str, actions: tuple[str, ...], object_ids: Sequence[str] | None
) -> dict[str, dict[str, Statement]]:
    told: dict[str, dict[str, Statement]] = {}
    for each in statements(object_type=object_type, actions=actions, object_ids=object_ids):
        acts = told.setdefault(each.object_id, {})
        acts[each.action] = acts["newest"] = each
    return told
