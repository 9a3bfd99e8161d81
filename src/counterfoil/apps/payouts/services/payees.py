"""Payees: entered by one person, checked by another, put on hold by either."""

from datetime import datetime

from django.db import transaction

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.payouts.errors import BadPayee, SamePerson, UnknownPayee
from counterfoil.apps.payouts.models import Payee
from counterfoil.apps.payouts.selectors.payees import payee_info
from counterfoil.apps.payouts.types import PayeeInfo
from counterfoil.core.actors import Actor
from counterfoil.core.authority import require
from counterfoil.core.money import exponent
from counterfoil.foundation.ids import new_id

ROUTES = ("erp_bill", "bank_file")
"""How a payee is paid: by a vendor bill in the ERP, or by our own payment file."""


def enter_payee(
    *,
    partner_id: int,
    legal_name: str,
    erp_vendor_number: str,
    currency: str,
    by: Actor,
    at: datetime,
    country: str = "",
    tax_recoverable: bool = True,
    route: str = "erp_bill",
) -> PayeeInfo:
    """This will enter who is paid for a partner in a currency; it waits for another's check.

    A payee that was there before is replaced and kept. The same data again change nothing.
    Raises NotAllowed, BadPayee, UnknownCurrency.
    """
    require(by, "payees.enter")
    exponent(currency)
    if route not in ROUTES:
        raise BadPayee(f"The route is one of {', '.join(ROUTES)}.")
    data = {
        "legal_name": _line("legal name", legal_name, 200),
        "erp_vendor_number": _line("vendor number", erp_vendor_number, 60),
        "country": country.strip(),
        "tax_recoverable": tax_recoverable,
        "route": route,
    }
    with transaction.atomic():
        before = (
            Payee.objects.select_for_update()
            .filter(partner_id=partner_id, currency=currency, replaced_at__isnull=True)
            .first()
        )
        if before is not None:
            if all(getattr(before, field) == value for field, value in data.items()):
                return payee_info(before)
            Payee.objects.filter(pk=before.pk).update(replaced_at=at)
        row = Payee.objects.create(
            public_id=new_id("pye"),
            partner_id=partner_id,
            currency=currency,
            entered_by=by.id,
            entered_at=at,
            **data,
        )
        _record("payee.entered", row, by=by, at=at, replaces=before.public_id if before else "")
    return payee_info(row)


def check_payee(*, payee_id: str, by: Actor, at: datetime) -> PayeeInfo:
    """This will make a payee ready, checked by a person who did not enter it.

    Also ends a hold. Raises NotAllowed, UnknownPayee, SamePerson.
    """
    require(by, "payees.check")
    with transaction.atomic():
        row = _locked(payee_id)
        if row.entered_by == by.id:
            raise SamePerson("You entered this payee; another person checks it.")
        if row.status != "ready":
            row.status, row.checked_by, row.checked_at = "ready", by.id, at
            row.save(update_fields=["status", "checked_by", "checked_at"])
            _record("payee.checked", row, by=by, at=at)
    return payee_info(row)


def hold_payee(*, payee_id: str, by: Actor, at: datetime, reason: str) -> PayeeInfo:
    """This will keep a payee from being paid until somebody checks it again.

    Raises NotAllowed, UnknownPayee, BadPayee without a reason.
    """
    if by.roles and "finance_checker" in by.roles:
        require(by, "payees.check")
    else:
        require(by, "payees.enter")
    if not reason.strip():
        raise BadPayee("A hold needs a reason.")
    with transaction.atomic():
        row = _locked(payee_id)
        if row.status != "on_hold":
            row.status = "on_hold"
            row.save(update_fields=["status"])
            _record("payee.held", row, by=by, at=at, reason=reason)
    return payee_info(row)


def _locked(payee_id: str) -> Payee:
    row = (
        Payee.objects.select_for_update()
        .filter(public_id=payee_id, replaced_at__isnull=True)
        .first()
    )
    if row is None:
        raise UnknownPayee(f"There is no current payee {payee_id}.")
    return row


def _line(field: str, text: str, length: int) -> str:
    """This will return one line of text without blanks around it; raises BadPayee."""
    line = text.strip()
    if not line or len(line) > length or not line.isprintable():
        raise BadPayee(f"The {field} is one line of 1 to {length} characters.")
    return line


def _record(action: str, row: Payee, *, by: Actor, at: datetime, **data: str) -> None:
    record_event(
        by=by,
        at=at,
        action=action,
        object_type="payee",
        object_id=row.public_id,
        partner_id=row.partner_id,
        data={
            "currency": row.currency,
            "erp_vendor_number": row.erp_vendor_number,
            "country": row.country,
            "tax_recoverable": row.tax_recoverable,
            "route": row.route,
            "status": row.status,
            "entered_by": row.entered_by,
            **data,
        },
        personal={"legal_name": row.legal_name},
    )
