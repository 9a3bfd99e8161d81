"""Payees, batches, payments and bank lines compared with what the audit log says of them."""

from collections.abc import Iterator

from django.db.models import Count

from counterfoil.apps.audit.selectors import leaf_of
from counterfoil.apps.audit.selectors.statements import Statement, personal_values, statements
from counterfoil.apps.ledger.selectors import balances
from counterfoil.apps.payouts.models import (
    BankDetail,
    BankMatch,
    BankSlot,
    BankStatement,
    BatchApproval,
    Bill,
    BillBatch,
    OwnAccount,
    Payee,
    Payment,
    PaymentBatch,
    PayoutState,
)
from counterfoil.apps.payouts.selectors.recorded import (
    PAYEE,
    account_digest,
    details_told,
    lines_digest,
    payments_digest,
    unrecorded_approvals,
    unrecorded_details,
)
from counterfoil.apps.payouts.services.seal_payments import read_back
from counterfoil.core.accounts import AccountKind
from counterfoil.core.bankfiles.said import BadPaymentFile
from counterfoil.core.canonical import sha256_hex
from counterfoil.core.differences import Difference
from counterfoil.core.merkle import verify_inclusion

FILE = ("payments.sealed", "payments.released")
BATCH = {"bills.sealed": "sealed", "bills.released": "released", "bills.voided": "void"}


def payout_differences() -> Iterator[Difference]:
    """This will name payees, batches and paid bills that are not as they were recorded."""
    yield from changed_payees()
    yield from changed_bank_statements()
    yield from changed_matches()
    yield from changed_settlements()
    yield from changed_own_accounts()
    yield from changed_batches()
    yield from changed_payments()
    yield from changed_payment_files()
    yield from payables_paid_twice()
    yield from changed_bank_details()


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


def changed_payment_files() -> Iterator[Difference]:
    """This will name payment files that break an invariant of trust.md 4 (I3 to I5, I7, I8)."""
    told: dict[str, dict[str, Statement]] = {}
    for each in statements(object_type="payment_batch", actions=FILE):
        told.setdefault(each.object_id, {})[each.action] = each
    numbers: dict[int, list[int]] = {}
    for batch in PaymentBatch.objects.order_by("pk"):
        numbers.setdefault(batch.epoch, []).append(batch.seq)
        acts = told.pop(batch.public_id, {})
        yield from (_file(batch.message_id, words) for words in _file_problems(batch, acts))
    for acts in told.values():
        newest = next(iter(acts.values()))
        yield _file(str(newest.data["message_id"]), "was sealed, and is gone")
    standing = PayoutState.objects.first()
    for epoch, found in numbers.items():
        if found != list(range(1, len(found) + 1)):
            yield _file(f"epoch {epoch}", "its batch numbers have a gap")
    if standing is not None and standing.next_seq != len(numbers.get(standing.epoch, [])) + 1:
        yield _file(f"epoch {standing.epoch}", "the next batch number is not the next one")


def _file_problems(batch: PaymentBatch, acts: dict[str, Statement]) -> Iterator[str]:
    """This will say what is wrong with one file, in the order of its life."""
    sealed, released = acts.get("payments.sealed"), acts.get("payments.released")
    content = bytes(batch.content)
    payments = list(Payment.objects.filter(batch=batch).order_by("position"))
    if sealed is None:
        yield "the audit log knows no such file"
        return
    if not (sealed.data["sha256"] == batch.sha256 == sha256_hex(content)):
        yield "its bytes are not those that were sealed"
    paid = payments_digest(batch)
    if paid != sealed.data.get("payments_sha256", paid):
        yield "whom it pays, on which account, or what was netted is not what was sealed"
    try:
        said = read_back(content, batch.format)
    except BadPaymentFile as error:
        yield f"its bytes can't be read: {error}"
    else:
        meant = [(p.end_to_end_id, p.amount_minor) for p in payments if p.amount_minor]
        if [(p.end_to_end_id, p.minor) for p in said.payments] != meant:
            yield "its bytes and its payments differ"
        if (said.count, said.total_minor) != (batch.count, batch.total_minor):
            yield "its count or control sum is not that of its bytes"
    if batch.state in ("sealed", "approved", "void"):
        if released is not None:
            yield f"it was released, and is {batch.state}"
        return
    if released is None or released.actor_id != batch.released_by:
        yield "it was not released as the audit log says"
    given = BatchApproval.objects.filter(
        batch=batch, sha256=batch.sha256, withdrawn_at__isnull=True
    ).exclude(approver=batch.sealed_by)
    if given.values("approver").distinct().count() < 2:
        yield "fewer than two people approved these bytes"
    yield from unrecorded_approvals(batch)
    if batch.state == "closed":
        yield from _proof_problems(batch)
    moving = sum(p.amount_minor for p in payments if p.state in ("released", "accepted"))
    posted = balances(kinds=[AccountKind.CASH_IN_TRANSIT], period=batch.message_id)
    if sum(each.balance.minor for each in posted) != moving:
        yield "what is in transit is not what waits for the bank"


def _proof_problems(batch: PaymentBatch) -> Iterator[str]:
    """This will check the proof of a close against itself and against the log."""
    proof = batch.close_proof
    told = statements(
        object_type="payment_batch", actions=("payments.closed",), object_ids=(batch.public_id,)
    )
    if proof and proof["event"] not in {each.event_id for each in told}:
        yield "its proof is of another event than its close"
    elif not proof or not verify_inclusion(
        bytes.fromhex(proof["leaf"]), proof["index"], proof["size"],
        [bytes.fromhex(each) for each in proof["path"]], bytes.fromhex(proof["root"]),
    ):  # fmt: skip
        yield "nothing proves that its close stands in the audit log"
    elif leaf_of(event_id=proof["event"]) != proof["leaf"]:
        yield "the audit log says something else of its close"


def changed_bank_details() -> Iterator[Difference]:
    """This will name bank details that are not as they were proposed, called and approved."""
    told = details_told()
    for public_id, words in unrecorded_details(list(BankDetail.objects.order_by("pk")), told):
        yield _detail(public_id, words)
    for public_id in told:
        yield _detail(public_id, "were proposed, and are gone")


def _file(subject: str, message: str) -> Difference:
    return Difference("payment files as approved", subject, message)


def _detail(subject: str, message: str) -> Difference:
    return Difference("bank details as approved", subject, message)


def payables_paid_twice() -> Iterator[Difference]:
    """This will name payables on several live payments, or on a payment and a bill (I1)."""
    live = Payment.objects.filter(is_live=True)
    doubled = (
        live.values("partner_id", "payable_ref", "fund", "period", "currency")
        .annotate(times=Count("id"))
        .filter(times__gt=1)
    )
    for row in doubled.order_by("payable_ref"):
        yield _file(row["payable_ref"], f"is on {row['times']} live payments")
    billed = Bill.objects.filter(is_live=True, payable_ref__in=live.values("payable_ref"))
    for ref in billed.order_by("payable_ref").values_list("payable_ref", flat=True):
        yield _file(ref, "is on a vendor bill and on a payment")


def changed_matches() -> Iterator[Difference]:
    """This will name bank lines and payments matched twice, and matches that nobody recorded."""
    # A payment that came back was matched with its debit and with its return, rightly.
    slots = BankSlot.objects.values("subject_kind", "subject")
    doubled = slots.annotate(times=Count("id")).filter(times__gt=1)
    for row in doubled.order_by("subject"):
        yield _match(row["subject"], "is matched twice")
    told = {
        str(each.data["match"]): each
        for each in statements(object_type="bank_line", actions=("bank_line.matched",))
    }
    matches = BankMatch.objects.filter(undoes__isnull=True).select_related("line")
    for match in matches.order_by("pk"):
        said = told.pop(match.public_id, None)
        if said is None:
            yield _match(match.public_id, "the audit log knows no such match")
            continue
        pairs = (
            (match.line.public_id, said.object_id),
            (match.reason, said.data["reason"]),
            (match.kind, said.data["kind"]),
            (match.rule, said.data["rule"]),
            (match.fee_minor, said.data["fee_minor"]),
            (match.entries, said.data["entries"]),
            ([each["id"] for each in match.payments], said.data["payments"]),
            (match.matched_by, said.actor_id),
        )
        if any(found != meant for found, meant in pairs):
            yield _match(match.public_id, "is not as it was recorded")
    for public_id in told:
        yield _match(public_id, "was recorded, and is gone")


def changed_bank_statements() -> Iterator[Difference]:
    """This will name bank statements whose balances or lines are not those that were read."""
    read = {
        each.object_id: each
        for each in statements(object_type="statement", actions=("statement.read",))
    }
    decided = {
        each.object_id: each.action.partition(".")[2]
        for each in statements(
            object_type="statement", actions=("statement.taken", "statement.set_aside")
        )
    }
    for row in BankStatement.objects.order_by("pk"):
        said = read.pop(row.public_id, None)
        subject = f"{row.account} {row.number}".strip()
        if said is None:
            yield _bank(subject, "the audit log knows no such statement")
        elif row.digest != said.data["digest"] or row.number != said.data["number"]:
            yield _bank(subject, "it is not the statement that was read")
        elif row.state != decided.get(row.public_id, said.data["state"]):
            yield _bank(subject, f"it is {row.state}, and the audit log says otherwise")
        elif lines_digest(row) != said.data.get("lines_sha256", lines_digest(row)):
            yield _bank(subject, "its balances or lines are not those that were read")
    for public_id in read:
        yield _bank(public_id, "was read, and is gone")


PAYMENT_ACTS = ("accepted", "settled", "unsettled", "rejected", "returned", "unreturned")


def changed_settlements() -> Iterator[Difference]:
    """This will name payments that are not as the bank's answers left them."""
    newest: dict[str, Statement] = {}
    settled: dict[str, Statement] = {}
    actions = tuple(f"payment.{act}" for act in PAYMENT_ACTS)
    for each in statements(object_type="payment", actions=actions):
        newest[each.object_id] = each
        if each.action == "payment.settled":
            settled[each.object_id] = each
    for row in Payment.objects.order_by("pk"):
        said = newest.pop(row.public_id, None)
        if row.amount_minor != row.gross_minor - row.netted_minor:
            yield _paid(row.end_to_end_id, "its amount is not what is owed less what is netted")
        if said is None:
            if row.state in ("accepted", "settled", "rejected", "returned"):
                yield _paid(row.end_to_end_id, f"it is {row.state}, and no bank said so")
            continue
        amount = {"minor": row.amount_minor, "currency": row.currency}
        if (row.payable_ref, amount) != (said.data["payable"], said.data["amount"]):
            yield _paid(row.end_to_end_id, "its payable or amount is not what was recorded")
        if row.state != said.data["state"]:
            yield _paid(row.end_to_end_id, f"it is {row.state}, recorded is {said.data['state']}")
        last = settled.get(row.public_id)
        if row.state == "settled" and last is not None:
            on = row.settled_on.isoformat() if row.settled_on else ""
            if (on, row.bank_reference) != (last.data["on"], last.data["reference"]):
                yield _paid(row.end_to_end_id, "its day or the bank's reference differs")
    for said in newest.values():
        yield _paid(str(said.data["end_to_end_id"]), "was answered by a bank, and is gone")


def changed_own_accounts() -> Iterator[Difference]:
    """This will name our own accounts that are not as they were entered."""
    told: dict[str, Statement] = {}
    for each in statements(object_type="own_account", actions=("own_account.entered",)):
        told[each.object_id] = each
    for row in OwnAccount.objects.order_by("pk"):
        said = told.pop(row.code, None)
        if said is None or (
            row.currency, row.format, account_digest(row), row.entered_by,
        ) != (
            said.data["currency"], said.data["format"],
            said.data.get("account_sha256", account_digest(row)), said.actor_id,
        ):  # fmt: skip
            yield Difference("own accounts as entered", row.code, "is not as it was entered")


def _bank(subject: str, message: str) -> Difference:
    return Difference("bank statements as read", subject, message)


def _paid(subject: str, message: str) -> Difference:
    return Difference("payments as answered", subject, message)


def _match(subject: str, message: str) -> Difference:
    return Difference("bank lines as matched", subject, message)
