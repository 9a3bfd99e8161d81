"""A change of bank details, from the proposal to the first day of its use.

Every contact on file hears of each step, so that a change that the partner did not ask for is seen
by somebody who can say so.
"""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from counterfoil.apps.messaging.services import queue_mail
from counterfoil.apps.payouts import services
from counterfoil.apps.payouts.ports import SecretBox
from counterfoil.apps.payouts.selectors import all_mail_targets
from counterfoil.apps.payouts.types import BankDetailInfo
from counterfoil.core.actors import Actor
from counterfoil.core.bankaccounts import Account
from counterfoil.foundation import crash


def propose_bank_details(
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
    """This will propose bank details and tell every contact on file; nothing is used yet.

    Raises NotAllowed, BadBankDetails, ChangeUnderWay, BoxUnusable.
    """
    with transaction.atomic():
        detail = services.propose_bank_detail(
            partner_id=partner_id,
            currency=currency,
            holder=holder,
            iban=iban,
            bic=bic,
            routing=routing,
            account=account,
            reason=reason,
            via=via,
            box=box,
            by=by,
            at=at,
        )
        _tell(detail, "bank-details-proposed", at=at)
        crash.point("bank.proposed")
    return detail


def call_back(
    *, detail_id: str, contact_id: str, person: str, note: str, by: Actor, at: datetime
) -> BankDetailInfo:
    """This will record the call to a number that was on file before the request.

    Raises NotAllowed, UnknownBankDetail, WrongState, SamePerson, NoNumberOnFile, BadBankDetails.
    """
    return services.record_callback(
        detail_id=detail_id, contact_id=contact_id, person=person, note=note, by=by, at=at
    )


def approve_bank_details(*, detail_id: str, by: Actor, at: datetime) -> BankDetailInfo:
    """This will approve bank details; they come into use after the cooling-off.

    Raises NotAllowed, UnknownBankDetail, WrongState, SamePerson.
    """
    with transaction.atomic():
        detail = services.approve_bank_detail(detail_id=detail_id, by=by, at=at)
        _tell(detail, "bank-details-approved", at=at)
        crash.point("bank.approved")
    return detail


def refuse_bank_details(*, detail_id: str, by: Actor, at: datetime, reason: str) -> BankDetailInfo:
    """This will refuse bank details that are not in use; the old ones stay.

    Raises NotAllowed, UnknownBankDetail, WrongState, BadBankDetails.
    """
    with transaction.atomic():
        detail = services.refuse_bank_detail(detail_id=detail_id, by=by, at=at, reason=reason)
        _tell(detail, "bank-details-refused", at=at)
    return detail


def activate_bank_details(*, by: Actor, at: datetime) -> tuple[BankDetailInfo, ...]:
    """This will take into use what has cooled off, and say so to every contact."""
    with transaction.atomic():
        done = services.activate_details(by=by, at=at)
        for detail in done:
            _tell(detail, "bank-details-active", at=at)
        crash.point("bank.activated")
    return done


def reveal_bank_details(
    *, detail_id: str, box: SecretBox, by: Actor, at: datetime, reason: str
) -> Account:
    """This will show an account in full to a person who says why; the log keeps who looked.

    Raises NotAllowed, UnknownBankDetail, BadBankDetails, BoxUnusable.
    """
    return services.reveal_bank_detail(detail_id=detail_id, box=box, by=by, at=at, reason=reason)


def _tell(detail: BankDetailInfo, template: str, *, at: datetime) -> None:
    """This will queue one mail a step to every contact, masked, once."""
    until = detail.cooling_off_until
    for place, target in enumerate(all_mail_targets(partner_id=detail.partner_id)):
        queue_mail(
            template=template,
            to_email=target.email,
            to_name=target.name,
            language=target.language,
            context={
                "partner": detail.partner_name,
                "currency": detail.currency,
                "account": detail.masked,
                "until": until.date().isoformat() if until else "",
                "reason": detail.refused_reason,
                "link": f"{settings.PUBLIC_URL}/portal/bank-details/",
            },
            partner_id=detail.partner_id,
            about=detail.public_id,
            idem_key=f"{template}:{detail.public_id}:{place}",
            at=at,
        )
