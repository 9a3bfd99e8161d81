"""The journey of a bank's file: kept by its hash, read in a child process, taken once.

Statements become lines, status reports and returns become what they say of each payment. What
does not prove itself, or answers a file that we never sent, waits for a person and posts nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from counterfoil.apps.exchange.selectors import get_mapping
from counterfoil.apps.payouts.errors import BankAnswerRefused, PayoutsError
from counterfoil.apps.payouts.ports import BankFileReader, SecretBox
from counterfoil.apps.payouts.selectors import (
    find_payment,
    find_payment_batch,
    payments_by_trace,
    payments_of_message,
)
from counterfoil.apps.payouts.selectors.bank import own_account_of
from counterfoil.apps.payouts.services import (
    accept_payment,
    note_outside,
    reject_payment,
    unknown_of_ours,
)
from counterfoil.apps.payouts.services.bank import (
    Taken,
    decide_statement,
    lock_bank,
    notice_known,
    record_file,
    record_notice,
    record_statement,
)
from counterfoil.apps.submissions.ports import EvidenceStore
from counterfoil.core.actors import Actor
from counterfoil.core.authority import require
from counterfoil.core.bankfiles.statement_csv import RECORD_TYPE
from counterfoil.core.bankfiles.statements import (
    BankFileRefused,
    PaymentStatus,
    ReturnedItem,
    ReturnFile,
    Statement,
    StatementFile,
    StatusReport,
)
from counterfoil.foundation import crash

ACCEPTED = frozenset({"ACTC", "ACCP", "ACSP", "ACWC", "ACWP", "ACSC", "ACCC", "ACFC"})
"""ISO 20022 statuses that say a payment goes on; only a statement says that it was debited."""
REJECTED = frozenset({"RJCT", "CANC"})


@dataclass(frozen=True, slots=True)
class BankReport:
    """What a bank's file brought; `notes` says what a person should know, in words.

    `kind` is statements, status or returns; `is_new` is false for a file that was read before.
    """

    file_name: str
    sha256: str
    format: str
    kind: str
    is_new: bool
    statements: tuple[Taken, ...] = ()
    applied: int = 0
    known: int = 0
    notes: tuple[str, ...] = ()


def read_bank_answer(
    *,
    content: bytes,
    file_name: str,
    reader: BankFileReader,
    store: EvidenceStore,
    box: SecretBox,
    by: Actor,
    at: datetime,
    mapping_code: str = "",
) -> BankReport:
    """This will read a file from a bank and take what it says, once, whole or not at all.

    `mapping_code` names the saved mapping of a CSV. Raises NotAllowed, UnknownMapping,
    BankAnswerRefused with file, line, reason and remedy.
    """
    require(by, "bank.read")
    mapping: dict[str, Any] | None = None
    if mapping_code:
        found = get_mapping(code=mapping_code)
        if found.record_type != RECORD_TYPE:
            raise BankAnswerRefused(
                f"{file_name}:1: the mapping {mapping_code} reads {found.record_type}; "
                "choose one of bank lines"
            )
        mapping = found.columns
    try:
        answer = reader.read(content, file=file_name, mapping=mapping)
    except BankFileRefused as refused:
        raise BankAnswerRefused(str(refused)) from refused
    sha256 = store.put(content).sha256
    crash.point("bank.kept")
    with transaction.atomic():
        lock_bank()
        if isinstance(answer, StatementFile):
            report = _take_statements(
                answer, file_name=file_name, sha256=sha256, box=box, by=by, at=at
            )
        elif isinstance(answer, StatusReport):
            report = _take_status(answer, file_name=file_name, sha256=sha256, by=by, at=at)
        else:
            report = _take_returns(answer, file_name=file_name, sha256=sha256, by=by, at=at)
        crash.point("bank.taken")
    return report


def accept_statement(*, statement_id: str, by: Actor, at: datetime, reason: str) -> None:
    """This will take a statement that does not prove itself; its lines can then be matched.

    Raises NotAllowed, UnknownStatement, WrongState.
    """
    require(by, "bank.accept")
    with transaction.atomic():
        decide_statement(statement_id=statement_id, take=True, reason=reason, by=by, at=at)


def set_statement_aside(*, statement_id: str, by: Actor, at: datetime, reason: str) -> None:
    """This will set aside a statement that waits for review; none of its lines is used.

    Raises NotAllowed, UnknownStatement, WrongState.
    """
    require(by, "bank.accept")
    with transaction.atomic():
        decide_statement(statement_id=statement_id, take=False, reason=reason, by=by, at=at)


def _take_statements(
    answer: StatementFile, *, file_name: str, sha256: str, box: SecretBox, by: Actor, at: datetime
) -> BankReport:
    file_pk, is_new = record_file(
        sha256=sha256, file_name=file_name, file_format=answer.format,
        message_id=answer.message_id, kind="statements", by=by, at=at,
    )  # fmt: skip
    taken, notes = [], []
    for statement in answer.statements:
        stored = record_statement(
            file_pk=file_pk,
            statement=statement,
            own_account=own_account_of(statement.account, statement.currency),
            fingerprints=_fingerprints(statement, box),
            by=by,
            at=at,
        )
        taken.append(stored)
        name = statement.number or statement.id
        if not stored.is_new:
            notes.append(f"Statement {name} was read before; nothing of it was taken again.")
        elif stored.state == "review":
            notes.append(f"Statement {name} waits for review; none of its lines is used yet.")
        elif stored.known_lines:
            notes.append(
                f"Statement {name}: {stored.known_lines} line(s) stand in another statement, too."
            )
        if statement.unknown_count:
            notes.append(f"Statement {name}: {statement.unknown_count} part(s) not understood.")
        notes += _lock_when_ahead(_our_ids(statement), by=by, at=at)
    return BankReport(
        file_name, sha256, answer.format, "statements", is_new, tuple(taken),
        applied=sum(each.lines for each in taken),
        known=sum(each.known_lines for each in taken),
        notes=tuple(notes),
    )  # fmt: skip


def _our_ids(statement: Statement) -> set[str]:
    """Return what debits are said to be of; anybody may write anything into what they pay us."""
    ids = {entry.batch_message_id for entry in statement.entries if entry.amount.is_negative}
    for entry, detail in statement.details:
        if entry.amount.is_negative:
            ids |= {detail.end_to_end_id, detail.message_id}
    return ids


def _lock_when_ahead(ids: Iterable[str], *, by: Actor, at: datetime) -> list[str]:
    """Lock payouts when the bank answers a file that only a later database could have sent."""
    found = unknown_of_ours(ids)
    if found and note_outside(found, by=by, at=at):
        return [f"{found[0].words} Was a backup restored? Payouts are locked."]
    return []


def _fingerprints(statement: Statement, box: SecretBox) -> dict[str, str]:
    """Return the keyed digest of each account of the other side; the numbers are not stored."""
    accounts = {
        detail.party_account
        for entry in statement.entries
        for detail in entry.details
        if detail.party_account
    }
    return {account: box.fingerprint(account) for account in accounts}


def _take_status(
    answer: StatusReport, *, file_name: str, sha256: str, by: Actor, at: datetime
) -> BankReport:
    """Take a status report once: each payment goes on, is rejected, or stays as it is."""
    file_pk, is_new = record_file(
        sha256=sha256, file_name=file_name, file_format=answer.format,
        message_id=answer.message_id, kind="status", by=by, at=at,
    )  # fmt: skip
    key = {
        "sender": answer.sender, "message_id": answer.message_id, "status": answer.group_status,
    }  # fmt: skip
    if notice_known(**key):
        note = "This status report was taken before; nothing of it was done again."
        return BankReport(
            file_name, sha256, answer.format, "status", is_new, known=1, notes=(note,)
        )
    about = answer.original_message_id
    if find_payment_batch(message_id=about) is None:
        outcome = [f"We sent no file {about}; nothing was done."]
        outcome += _lock_when_ahead([about], by=by, at=at)
        record_notice(
            file_pk=file_pk, about=about, state="quarantine", outcome=outcome, by=by, at=at, **key
        )
        return BankReport(file_name, sha256, answer.format, "status", is_new, notes=tuple(outcome))
    outcome, applied = [], 0
    for one in _payment_answers(answer):
        done, words = _answer_payment(one, message_id=about, by=by, at=at)
        applied += done
        outcome.append(words)
        crash.point("bank.status")
    record_notice(
        file_pk=file_pk, about=about, state="applied", outcome=outcome, by=by, at=at, **key
    )
    notes = tuple(words for words in outcome if not words.endswith(("accepted.", "rejected.")))
    return BankReport(
        file_name, sha256, answer.format, "status", is_new, applied=applied, notes=notes
    )


def _payment_answers(answer: StatusReport) -> list[PaymentStatus]:
    """Return one answer a payment: its own, else that of its part or of the whole file."""
    own = {each.end_to_end_id: each for each in answer.payments if each.end_to_end_id}
    part = next((each for each in answer.parts if each.status), None)
    whole = PaymentStatus(
        "", answer.group_status, code=answer.group_code, text=answer.group_text
    )  # fmt: skip
    default = part if part is not None and part.status in ACCEPTED | REJECTED else whole
    found = []
    for payment in payments_of_message(message_id=answer.original_message_id):
        if payment.state in ("netted", "void"):
            continue
        mine = own.pop(payment.end_to_end_id, None)
        if mine is None and default.status not in ACCEPTED | REJECTED:
            continue
        chosen = mine or default
        found.append(
            PaymentStatus(
                payment.end_to_end_id, chosen.status, code=chosen.code or default.code,
                text=chosen.text or default.text,
            )
        )  # fmt: skip
    return found + list(own.values())


def _answer_payment(
    one: PaymentStatus, *, message_id: str, by: Actor, at: datetime
) -> tuple[bool, str]:
    """Do what the bank says of one payment; returns whether, and what was done in words."""
    name = one.end_to_end_id
    payment = find_payment(end_to_end_id=name)
    if payment is None or payment.message_id != message_id:
        return False, f"{name}: no payment of this file; nothing was done."
    try:
        with transaction.atomic():
            if one.status in REJECTED:
                reject_payment(
                    end_to_end_id=name, on=at.date(), code=one.code,
                    reason=one.text or "rejected by the bank", by=by, at=at,
                )  # fmt: skip
                return True, f"{name}: rejected."
            if one.status in ACCEPTED:
                accept_payment(end_to_end_id=name, by=by, at=at)
                return True, f"{name}: accepted."
    except PayoutsError as error:
        return False, f"{name}: {one.status}, and {error}"
    return False, f"{name}: {one.status or 'no status'}, nothing to do."


def _take_returns(
    answer: ReturnFile, *, file_name: str, sha256: str, by: Actor, at: datetime
) -> BankReport:
    """Take returns and notifications of change, each once, by the trace number that we gave."""
    file_pk, is_new = record_file(
        sha256=sha256, file_name=file_name, file_format=answer.format,
        message_id=f"{answer.origin}-{answer.created_on}", kind="returns", by=by, at=at,
    )  # fmt: skip
    applied = known = 0
    notes = []
    for item in answer.items:
        key = {
            "sender": answer.origin,
            "message_id": f"{answer.created_on.isoformat()}/{item.trace}/{item.original_trace}",
            "status": item.code,
        }
        if notice_known(**key):
            known += 1
            continue
        done, words = _take_return(item, by=by, at=at)
        record_notice(
            file_pk=file_pk, about=item.original_trace,
            state="applied" if done else "quarantine", outcome=[words], by=by, at=at, **key,
        )  # fmt: skip
        applied += done
        notes.append(words)
        crash.point("bank.return")
    if known:
        notes.append(f"{known} item(s) were taken before; nothing of them was done again.")
    return BankReport(
        file_name, sha256, answer.format, "returns", is_new, applied=applied, known=known,
        notes=tuple(notes),
    )  # fmt: skip


def _take_return(item: ReturnedItem, *, by: Actor, at: datetime) -> tuple[bool, str]:
    """Do what one item says; returns whether, and what was done in words."""
    name = f"{item.code} for trace {item.original_trace}"
    found = [
        payment
        for payment in payments_by_trace(trace_number=item.original_trace)
        if item.is_correction or payment.amount == item.amount
    ]
    if len(found) != 1:
        which = "no payment" if not found else f"{len(found)} payments"
        return False, f"{name}: {which} of ours with this trace and amount; nothing was done."
    payment = found[0]
    if item.is_correction:
        return True, (
            f"{name}: the bank corrects {payment.payee_name}'s details; have them changed by the "
            "payee, with a call-back."
        )
    try:
        with transaction.atomic():
            if payment.state == "settled":
                # Money that came back stands on a statement too; that line takes it back.
                return (
                    True,
                    f"{name}: {payment.end_to_end_id} will be taken back by its bank line.",
                )
            reject_payment(
                end_to_end_id=payment.end_to_end_id, on=at.date(), code=item.code,
                reason=item.text or "returned", by=by, at=at,
            )  # fmt: skip
    except PayoutsError as error:
        return False, f"{name}: {error}"
    return True, f"{name}: {payment.end_to_end_id} is owed again."
