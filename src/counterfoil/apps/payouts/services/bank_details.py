"""Changes of bank details: proposed, called back, approved by another person, cooled off, in use.

The controls are those of reference/money.md 3.3: a call to a number that was on file before the
request, two people, a waiting time, the old details in use until it is over.
"""

import json
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from counterfoil.apps.audit.selectors import events_of
from counterfoil.apps.audit.services import record_event
from counterfoil.apps.partners.models import Contact, Organization
from counterfoil.apps.payouts.errors import (
    BadBankDetails,
    ChangeUnderWay,
    NoNumberOnFile,
    SamePerson,
    UnknownBankDetail,
    WrongState,
)
from counterfoil.apps.payouts.models import BankDetail
from counterfoil.apps.payouts.ports import SecretBox
from counterfoil.apps.payouts.selectors.bank_details import detail_info, details_due
from counterfoil.apps.payouts.selectors.recorded import detail_digest
from counterfoil.apps.payouts.types import BankDetailInfo
from counterfoil.core.actors import Actor
from counterfoil.core.authority import require
from counterfoil.core.bankaccounts import Account, BadAccount, check_iban, check_us_account
from counterfoil.core.bankfiles.latin import to_latin
from counterfoil.core.bankfiles.orders import BadOrder
from counterfoil.core.money import exponent
from counterfoil.foundation.ids import new_id

COOLING_OFF = timedelta(days=10)
"""How long approved bank details wait before money goes there."""


def propose_bank_detail(
    *,
    partner_id: int,
    currency: str,
    holder: str,
    iban: str = "",
    bic: str = "",
    routing: str = "",
    account: str = "",
    reason: str,
    via: str,
    box: SecretBox,
    by: Actor,
    at: datetime,
) -> BankDetailInfo:
    """This will propose where a partner is paid in `currency`; what is in use stays in use.

    Raises NotAllowed, BadBankDetails naming the field, ChangeUnderWay, BoxUnusable.
    """
    require(by, "payees.propose_bank")
    exponent(currency)
    checked = _checked(iban=iban, bic=bic, routing=routing, account=account)
    name = holder.strip()
    try:
        to_latin(name, field="holder", length=70)
    except BadOrder as error:
        raise BadBankDetails("holder", f"Account holder: {error}") from None
    if not reason.strip():
        raise BadBankDetails("reason", "Say why the bank details are new.")
    public_id = new_id("bnk")
    partner = Organization.objects.values_list("public_id", flat=True).get(pk=partner_id)
    plain = json.dumps({"number": checked.number, "routing": checked.routing}, sort_keys=True)
    row = BankDetail(
        public_id=public_id,
        partner_id=partner_id,
        currency=currency,
        kind=checked.kind,
        holder=name,
        bank_country=checked.country,
        bic=checked.bic,
        masked=checked.masked,
        fingerprint=box.fingerprint(checked.identity),
        sealed=box.seal(plain, context=_context(partner, public_id)),
        reason=reason.strip(),
        proposed_by=by.id,
        proposed_at=at,
        proposed_via=via,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            sha256 = detail_digest(row)
            _record("bank_details.proposed", row, by=by, at=at, content_sha256=sha256)
    except IntegrityError as error:
        if "one_open_bank_change" not in str(error):
            raise
        raise ChangeUnderWay(
            f"A change of the bank details in {currency} is under way; it is refused or in use "
            "before there is another."
        ) from None
    return detail_info(row)


def record_callback(
    *, detail_id: str, contact_id: str, person: str, note: str, by: Actor, at: datetime
) -> BankDetailInfo:
    """This will record that somebody on file confirmed the change when called on a known number.

    Raises NotAllowed, UnknownBankDetail, WrongState, SamePerson (who proposed does not call),
    NoNumberOnFile for a contact whose number is newer than the request, BadBankDetails.
    """
    require(by, "payees.call_back")
    with transaction.atomic():
        row = _locked(detail_id)
        _expect(row, "proposed")
        if row.proposed_by == by.id:
            raise SamePerson("You proposed these bank details; another person calls back.")
        contact = Contact.objects.filter(
            public_id=contact_id, partner_id=row.partner_id, ended_at__isnull=True
        ).first()
        if contact is None or not contact.phone:
            raise NoNumberOnFile("This contact has no number on file.")
        changed = newest_change(contact_id)
        if changed is not None and changed >= row.proposed_at:
            raise NoNumberOnFile(
                f"The contact {contact.name} was changed on {changed:%Y-%m-%d}, after the request "
                "came; call a number that was on file before it."
            )
        if not person.strip() or not note.strip():
            raise BadBankDetails("person", "Name who confirmed it, and what was said.")
        row.state, row.callback_contact, row.callback_number = (
            "callback_done", contact.public_id, contact.phone,
        )  # fmt: skip
        row.callback_person, row.callback_note = person.strip(), note.strip()
        row.callback_by, row.callback_at = by.id, at
        row.save()
        _record(
            "bank_details.called_back", row, by=by, at=at, contact=contact.public_id,
            personal={"person": row.callback_person, "number": contact.phone, "note": note},
        )  # fmt: skip
    return detail_info(row)


def approve_bank_detail(
    *, detail_id: str, by: Actor, at: datetime, cooling_off: timedelta = COOLING_OFF
) -> BankDetailInfo:
    """This will approve bank details that others proposed and called about; they cool off first.

    The same person approving again changes nothing. Raises NotAllowed, UnknownBankDetail,
    WrongState, SamePerson.
    """
    require(by, "payees.approve_bank")
    with transaction.atomic():
        row = _locked(detail_id)
        if row.state == "cooling_off" and row.approved_by == by.id:
            return detail_info(row)
        _expect(row, "callback_done")
        if by.id in {row.proposed_by, row.callback_by}:
            raise SamePerson("You proposed these bank details or called; another person approves.")
        row.state, row.approved_by, row.approved_at = "cooling_off", by.id, at
        row.cooling_off_until = at + cooling_off
        row.save()
        _record(
            "bank_details.approved", row, by=by, at=at, until=row.cooling_off_until.isoformat()
        )
    return detail_info(row)


def refuse_bank_detail(*, detail_id: str, by: Actor, at: datetime, reason: str) -> BankDetailInfo:
    """This will refuse bank details that are not in use yet; what is in use stays so.

    Raises NotAllowed, UnknownBankDetail, WrongState, BadBankDetails without a reason.
    """
    if "finance_checker" in by.roles:
        require(by, "payees.approve_bank")
    else:
        require(by, "payees.call_back")
    if not reason.strip():
        raise BadBankDetails("reason", "A refusal needs a reason.")
    with transaction.atomic():
        row = _locked(detail_id)
        _expect(row, "proposed", "callback_done", "cooling_off")
        row.state, row.refused_by, row.refused_reason, row.ended_at = (
            "refused", by.id, reason.strip(), at,
        )  # fmt: skip
        row.save()
        _record("bank_details.refused", row, by=by, at=at, why=reason.strip())
    return detail_info(row)


def activate_details(*, by: Actor, at: datetime) -> tuple[BankDetailInfo, ...]:
    """This will take bank details into use whose cooling-off is over; the old are superseded.

    Twice changes nothing; each change is one transaction of its own when called outside of one.
    """
    done = []
    for detail_id in details_due(at=at):
        with transaction.atomic():
            row = _locked(detail_id)
            if row.state != "cooling_off" or not _is_over(row, at):
                continue
            old = (
                BankDetail.objects.select_for_update()
                .filter(partner_id=row.partner_id, currency=row.currency, state="active")
                .first()
            )
            if old is not None:
                old.state, old.ended_at = "superseded", at
                old.save(update_fields=["state", "ended_at"])
                _record("bank_details.superseded", old, by=by, at=at, followed_by=row.public_id)
            row.state, row.active_at = "active", at
            row.save(update_fields=["state", "active_at"])
            _record("bank_details.activated", row, by=by, at=at)
            done.append(detail_info(row))
    return tuple(done)


def reveal_bank_detail(
    *, detail_id: str, box: SecretBox, by: Actor, at: datetime, reason: str
) -> Account:
    """This will return an account in full, and record who looked and why.

    Raises NotAllowed, UnknownBankDetail, BadBankDetails without a reason, BoxUnusable.
    """
    require(by, "payees.reveal_bank")
    if not reason.strip():
        raise BadBankDetails("reason", "Say why you need the whole number.")
    with transaction.atomic():
        row = BankDetail.objects.select_related("partner").filter(public_id=detail_id).first()
        if row is None:
            raise UnknownBankDetail(f"There are no bank details {detail_id}.")
        account = opened(row, box=box)
        _record("bank_details.revealed", row, by=by, at=at, why=reason.strip())
    return account


def opened(row: BankDetail, *, box: SecretBox) -> Account:
    """This will decrypt the account of bank details. Raises BoxUnusable."""
    plain = json.loads(
        box.open(row.sealed, context=_context(row.partner.public_id, row.public_id))
    )
    return Account(row.kind, plain["number"], row.bank_country, row.bic, plain["routing"])


def newest_change(contact_id: str) -> datetime | None:
    """This will tell when a contact was last added or changed, as the audit log knows it."""
    events = events_of(object_type="contact", object_id=contact_id, limit=50)
    return max((event.recorded_at for event in events), default=None)


def _is_over(row: BankDetail, at: datetime) -> bool:
    return row.cooling_off_until is not None and row.cooling_off_until <= at


def _checked(*, iban: str, bic: str, routing: str, account: str) -> Account:
    try:
        if iban.strip():
            return check_iban(iban, bic=bic)
        return check_us_account(routing, account)
    except BadAccount as error:
        raise BadBankDetails(error.field, str(error)) from None


def _context(partner: str, public_id: str) -> str:
    return f"bank details {public_id} of {partner}"


def _locked(detail_id: str) -> BankDetail:
    row = (
        BankDetail.objects.select_for_update(of=("self",))
        .select_related("partner")
        .filter(public_id=detail_id)
        .first()
    )
    if row is None:
        raise UnknownBankDetail(f"There are no bank details {detail_id}.")
    return row


def _expect(row: BankDetail, *states: str) -> None:
    if row.state not in states:
        words = row.state.replace("_", " ")
        raise WrongState(f"These bank details are {words}; somebody was here before you.")


def _record(
    action: str,
    row: BankDetail,
    *,
    by: Actor,
    at: datetime,
    personal: dict[str, str] | None = None,
    **data: Any,
) -> None:
    record_event(
        by=by,
        at=at,
        action=action,
        object_type="bank_details",
        object_id=row.public_id,
        partner_id=row.partner_id,
        data={
            "currency": row.currency,
            "kind": row.kind,
            "country": row.bank_country,
            "masked": row.masked,
            "fingerprint": row.fingerprint,
            "state": row.state,
            **data,
        },
        personal={"holder": row.holder, **(personal or {})},
    )
