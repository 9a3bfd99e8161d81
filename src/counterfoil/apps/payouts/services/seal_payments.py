"""Sealing a payment file: select and seal in one transaction (trust.md 4, P1 and P2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Sum

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.payouts.errors import FileRefused, NothingToPay, NotReady
from counterfoil.apps.payouts.models import (
    BankDetail,
    BatchFinding,
    OwnAccount,
    Payment,
    PaymentBatch,
)
from counterfoil.apps.payouts.ports import SecretBox
from counterfoil.apps.payouts.selectors.pay_ready import ready_by_bank, receivables_of
from counterfoil.apps.payouts.selectors.payments import get_own_account, payment_batch_info
from counterfoil.apps.payouts.selectors.recorded import payments_digest
from counterfoil.apps.payouts.services.bank_details import activate_details, opened
from counterfoil.apps.payouts.services.own_accounts import (
    locked_state,
    one_way_lock,
    refuse_when_locked,
)
from counterfoil.apps.payouts.types import OwnAccountInfo, PaymentBatchInfo, PayRow
from counterfoil.apps.service_levels.selectors import get_calendar
from counterfoil.core.actors import Actor
from counterfoil.core.authority import require
from counterfoil.core.bankaccounts import Account
from counterfoil.core.bankfiles.latin import to_latin
from counterfoil.core.bankfiles.nacha import PAYMENTS_MAX, trace_number, write_nacha
from counterfoil.core.bankfiles.nacha_reader import read_nacha
from counterfoil.core.bankfiles.orders import BadOrder, Debtor, Transfer, TransferFile
from counterfoil.core.bankfiles.pain001 import write_pain001
from counterfoil.core.bankfiles.pain001_reader import read_pain001
from counterfoil.core.bankfiles.said import BadPaymentFile, SaidFile
from counterfoil.core.bankfiles.schema import check_schema
from counterfoil.core.canonical import digest, sha256_hex
from counterfoil.core.money import Money
from counterfoil.core.payday import earliest_execution
from counterfoil.core.prepayment import Planned, Sent, findings_of
from counterfoil.foundation import crash
from counterfoil.foundation.ids import new_id


@dataclass(frozen=True, slots=True)
class _Planned:
    """A payment before it has a row."""

    row: PayRow
    position: int
    attempt: int
    end_to_end_id: str
    netted: Money
    amount: Money
    detail: BankDetail
    account: Account
    remittance: str


def seal_payments(
    *,
    own_account: str,
    box: SecretBox,
    by: Actor,
    at: datetime,
    payable_refs: Sequence[str] | None = None,
    execute_on: date | None = None,
) -> PaymentBatchInfo:
    """This will make the file of what is ready to be paid from one of our accounts, and keep it.

    Raises NotAllowed, UnknownOwnAccount, NothingToPay, NotReady (a payable that was asked for, or
    a day on which the bank does not work), FileRefused, PayoutsLocked, BoxUnusable.
    """
    require(by, "batches.seal")
    own = get_own_account(own_account)
    with transaction.atomic():
        one_way_lock()
        state = locked_state()
        refuse_when_locked(state)
        activate_details(by=by, at=at)
        day = _execution_day(own, at=at, asked=execute_on)
        rows = _chosen(own, on=day, payable_refs=payable_refs)
        crash.point("pay.selected")
        message_id = f"{state.org}-{state.epoch}-{state.next_seq:06d}"
        planned = _plan(rows, message_id, box)
        file = _file(own, message_id, state.next_seq, planned, day=day, at=at)
        content = _written(file, own.format)
        crash.point("pay.rendered")
        account = OwnAccount.objects.get(code=own.code)
        sha = sha256_hex(content)
        batch = PaymentBatch.objects.create(
            public_id=new_id("pmb"),
            message_id=message_id,
            epoch=state.epoch,
            seq=state.next_seq,
            own_account=account,
            currency=own.currency,
            format=own.format,
            execute_on=day,
            file_name=file_name(message_id, sha, own.format),
            content=content,
            sha256=sha,
            count=len(file.transfers),
            total_minor=file.total.minor,
            details_sha256=details_digest(
                [(p.end_to_end_id, p.detail.public_id, p.detail.fingerprint) for p in planned]
            ),
            sealed_by=by.id,
            sealed_at=at,
        )
        state.next_seq += 1
        state.save(update_fields=["next_seq"])
        payments = _create(batch, planned, own)
        _find(batch, payments, planned, day)
        record_event(
            by=by, at=at, action="payments.sealed", object_type="payment_batch",
            object_id=batch.public_id,
            data={
                "message_id": message_id, "sha256": sha, "count": batch.count,
                "total": file.total.to_json(), "account": own.code,
                "execute_on": day.isoformat(),
                "payments_sha256": payments_digest(batch),
            },
        )  # fmt: skip
    return payment_batch_info(batch)


def file_name(message_id: str, sha256: str, file_format: str) -> str:
    """This will name a file by its batch and bytes alone, so that it is the same for ever."""
    return f"{message_id}-{sha256[:16]}.{'ach' if file_format == 'nacha' else 'xml'}"


def details_digest(rows: Sequence[tuple[str, str, str]]) -> str:
    """This will digest which bank details each payment goes to."""
    return digest([list(row) for row in rows])


def read_back(content: bytes, file_format: str) -> SaidFile:
    """This will read a file with the independent reader. Raises BadPaymentFile."""
    if file_format == "nacha":
        return read_nacha(content)
    check_schema(content, version=file_format)
    return read_pain001(content)


def _execution_day(own: OwnAccountInfo, *, at: datetime, asked: date | None) -> date:
    calendar = get_calendar(code=own.calendar)
    first = earliest_execution(calendar, at=at, cut_off=own.cut_off, lead_days=own.lead_days)
    if asked is None:
        return first
    if asked < first:
        raise NotReady(f"The bank can execute on {first} at the earliest, not on {asked}.")
    if not calendar.is_business_day(asked):
        raise NotReady(f"{asked} is no working day of the bank.")
    return asked


def _chosen(
    own: OwnAccountInfo, *, on: date, payable_refs: Sequence[str] | None
) -> tuple[PayRow, ...]:
    rows = ready_by_bank(on=on, own_account=own.code, payable_refs=payable_refs)
    if payable_refs is not None:
        found = {row.payable_ref for row in rows}
        for ref in payable_refs:
            if ref not in found:
                raise NotReady(f"Nothing is owed in {own.currency} by bank file for {ref}.")
        for row in rows:
            if not row.is_ready:
                raise NotReady(
                    f"{row.number or row.payable_ref}, {row.partner_name}: {row.blocks[0]}"
                )
    ready = tuple(row for row in rows if row.is_ready)[:PAYMENTS_MAX]
    if not ready:
        raise NothingToPay(f"Nothing is ready to be paid from {own.code}.")
    return ready


def _plan(rows: Sequence[PayRow], message_id: str, box: SecretBox) -> tuple[_Planned, ...]:
    owed = _still_owed(rows)
    details = {
        row.pk: row
        for row in BankDetail.objects.select_related("partner").filter(
            pk__in=[row.detail.id for row in rows if row.detail]
        )
    }
    before = _attempts(rows)
    planned = []
    for position, row in enumerate(rows, start=1):
        assert row.detail is not None
        netted = min(owed.get(row.partner_id, Money.zero(row.amount.currency)), row.amount)
        owed[row.partner_id] = owed.get(row.partner_id, netted) - netted
        attempt = before.get((row.partner_id, row.payable_ref, row.fund, row.period), 0) + 1
        end_to_end_id = f"{message_id}-{position:04d}-{attempt}"
        detail = details[row.detail.id]
        try:
            text = to_latin(
                row.number or row.payable_ref, field="remittance", length=60, payment=end_to_end_id
            )
        except BadOrder as error:
            raise FileRefused(str(error)) from None
        planned.append(
            _Planned(
                row, position, attempt, end_to_end_id, netted, row.amount - netted, detail,
                opened(detail, box=box), text,
            )
        )  # fmt: skip
    if all(each.amount.is_zero for each in planned):
        raise NothingToPay("What is owed is kept back whole against what the partners owe.")
    return tuple(planned)


def _still_owed(rows: Sequence[PayRow]) -> dict[int, Money]:
    """What each partner owes back and no sealed file keeps back already."""
    currency = rows[0].amount.currency
    pks = sorted({row.partner_id for row in rows})
    owed = {
        pk: sum((part for _, part in parts[1:]), parts[0][1])
        for pk, parts in receivables_of(partner_ids=pks, currency=currency).items()
    }
    taken = (
        Payment.objects.filter(partner_id__in=owed, currency=currency, state="sealed")
        .values("partner_id")
        .annotate(total=Sum("netted_minor"))
    )
    for row in taken:
        rest = owed[row["partner_id"]] - Money(int(row["total"]), currency)
        owed[row["partner_id"]] = max(rest, Money.zero(currency))
    return owed


def _attempts(rows: Sequence[PayRow]) -> dict[tuple[int, str, str, str], int]:
    found: dict[tuple[int, str, str, str], int] = {}
    known = Payment.objects.filter(payable_ref__in=[row.payable_ref for row in rows])
    for key in known.values_list("partner_id", "payable_ref", "fund", "period"):
        found[key] = found.get(key, 0) + 1
    return found


def _file(
    own: OwnAccountInfo,
    message_id: str,
    number: int,
    planned: Sequence[_Planned],
    *,
    day: date,
    at: datetime,
) -> TransferFile:
    kind = "us" if own.routing else "iban"
    country = "US" if own.routing else own.account_number[:2]
    account = Account(kind, own.account_number, country, own.bic, own.routing)
    return TransferFile(
        message_id=message_id,
        number=number,
        created_at=at,
        execute_on=day,
        debtor=Debtor(own.holder, account, own.bank_name, own.company_id),
        transfers=tuple(
            Transfer(p.end_to_end_id, p.amount, p.detail.holder, p.account, p.remittance)
            for p in planned
            if p.amount.is_positive
        ),
        is_sepa=own.is_sepa,
    )


def _written(file: TransferFile, file_format: str) -> bytes:
    """This will write the file and have it read by others; raises FileRefused."""
    try:
        if file_format == "nacha":
            content = write_nacha(file)
        else:
            content = write_pain001(file, version=file_format)
        said = read_back(content, file_format)
    except (BadOrder, BadPaymentFile) as error:
        raise FileRefused(f"The file can't be made. {error}") from None
    meant = [
        (t.end_to_end_id, t.amount.minor, t.amount.currency, t.account.identity)
        for t in file.transfers
    ]
    found = [(p.end_to_end_id, p.minor, p.currency, p.account) for p in said.payments]
    if found != meant or said.message_id != file.message_id or said.execute_on != file.execute_on:
        raise FileRefused("The file does not say what was meant; nothing was kept.")
    return content


def _create(
    batch: PaymentBatch, planned: Sequence[_Planned], own: OwnAccountInfo
) -> dict[str, Payment]:
    traced = {}
    if own.format == "nacha":
        sent = [each for each in planned if each.amount.is_positive]
        traced = {
            each.end_to_end_id: trace_number(own.routing, batch.seq, place)
            for place, each in enumerate(sent, start=1)
        }
    made = [
        Payment(
            public_id=new_id("pay"),
            end_to_end_id=each.end_to_end_id,
            trace_number=traced.get(each.end_to_end_id, ""),
            batch=batch,
            position=each.position,
            attempt=each.attempt,
            partner_id=each.row.partner_id,
            payee_id=each.row.payee.id,
            bank_detail=each.detail,
            payable_ref=each.row.payable_ref,
            payable_entry=each.row.entry_id,
            fund=each.row.fund,
            period=each.row.period,
            gross_minor=each.row.amount.minor,
            netted_minor=each.netted.minor,
            amount_minor=each.amount.minor,
            currency=own.currency,
            remittance=each.remittance,
        )
        for each in planned
    ]
    try:
        with transaction.atomic():
            Payment.objects.bulk_create(made, batch_size=1000)
    except IntegrityError as error:
        raise NotReady("A payable was taken by another file meanwhile; try again.") from error
    return {row.end_to_end_id: row for row in made}


def _find(
    batch: PaymentBatch,
    payments: Mapping[str, Payment],
    planned: Sequence[_Planned],
    day: date,
) -> None:
    """This will keep what the pre-payment check finds about each payment of the file."""
    pks = {each.row.partner_id for each in planned}
    sent = _sent(pks, batch)
    shared = _shared_accounts([each.detail for each in planned])
    facts = {
        each.end_to_end_id: Planned(
            end_to_end_id=each.end_to_end_id,
            fingerprint=each.detail.fingerprint,
            amount=each.amount,
            on=day,
            details_since=(each.detail.active_at or each.detail.proposed_at).date(),
            partners_of_account=shared.get(each.detail.pk, ()),
        )
        for each in planned
        if each.amount.is_positive
    }
    rows = []
    for each in planned:
        if each.amount.is_zero:
            continue
        beside = [
            facts[other.end_to_end_id]
            for other in planned
            if other.row.partner_id == each.row.partner_id
            and other.position < each.position
            and other.amount.is_positive
        ]
        history = sent.get(each.row.partner_id, [])
        rows += [
            BatchFinding(
                batch=batch,
                payment=payments[each.end_to_end_id],
                kind=finding.kind,
                words=finding.words,
            )
            for finding in findings_of(facts[each.end_to_end_id], history, beside)
        ]
    BatchFinding.objects.bulk_create(rows, batch_size=1000)


def _sent(partner_ids: set[int], batch: PaymentBatch) -> dict[int, list[Sent]]:
    found: dict[int, list[Sent]] = {}
    rows = (
        Payment.objects.filter(
            partner_id__in=partner_ids,
            currency=batch.currency,
            state__in=["released", "accepted", "settled"],
            amount_minor__gt=0,
        )
        .select_related("batch", "bank_detail")
        .defer("batch__content")
        .order_by("-pk")
    )
    for row in rows:
        history = found.setdefault(row.partner_id, [])
        if len(history) < 200:
            amount = Money(row.amount_minor, row.currency)
            history.append(
                Sent(row.end_to_end_id, row.bank_detail.fingerprint, amount, row.batch.execute_on)
            )
    return found


def _shared_accounts(details: Sequence[BankDetail]) -> dict[int, tuple[str, ...]]:
    """The other partners whose details in use are the very same account."""
    by_print: dict[str, dict[int, str]] = {}
    rows = BankDetail.objects.filter(
        fingerprint__in={row.fingerprint for row in details}, state="active"
    ).values_list("fingerprint", "partner_id", "partner__name")
    for fingerprint, pk, name in rows:
        by_print.setdefault(fingerprint, {})[pk] = name
    return {
        row.pk: tuple(
            sorted(name for pk, name in by_print[row.fingerprint].items() if pk != row.partner_id)
        )
        for row in details
    }
