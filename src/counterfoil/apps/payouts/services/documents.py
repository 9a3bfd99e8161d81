"""Papers of the payee checklist: entered by one person, checked by another, replaced or ended."""

from datetime import date, datetime

from django.db import transaction

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.payouts.errors import BadPayee, SamePerson, UnknownDocument
from counterfoil.apps.payouts.models import PayeeDocument
from counterfoil.apps.payouts.selectors.bank_details import document_info
from counterfoil.apps.payouts.types import DocumentInfo
from counterfoil.core.actors import Actor
from counterfoil.core.authority import require
from counterfoil.foundation.ids import new_id

KINDS = ("legal_entity", "tax_form", "bank_letter", "other")


def enter_document(
    *,
    partner_id: int,
    kind: str,
    form: str,
    by: Actor,
    at: datetime,
    reference: str = "",
    expires_on: date | None = None,
) -> DocumentInfo:
    """This will enter a paper; the one of the same form before it ends. It waits for a check.

    Raises NotAllowed, BadPayee.
    """
    require(by, "payees.enter")
    if kind not in KINDS:
        raise BadPayee(f"The kind of paper is one of {', '.join(KINDS)}.")
    name = form.strip()
    if not name or len(name) > 60 or not name.isprintable():
        raise BadPayee("Name the form, such as W-9, in at most 60 characters.")
    with transaction.atomic():
        PayeeDocument.objects.filter(
            partner_id=partner_id, kind=kind, form=name, ended_at__isnull=True
        ).update(ended_at=at)
        row = PayeeDocument.objects.create(
            public_id=new_id("ppr"),
            partner_id=partner_id,
            kind=kind,
            form=name,
            reference=reference.strip()[:120],
            expires_on=expires_on,
            entered_by=by.id,
            entered_at=at,
        )
        _record("payee_document.entered", row, by=by, at=at)
    return document_info(row)


def check_document(*, document_id: str, by: Actor, at: datetime) -> DocumentInfo:
    """This will record that a second person checked a paper; twice changes nothing.

    Raises NotAllowed, UnknownDocument, SamePerson.
    """
    require(by, "payees.check")
    with transaction.atomic():
        row = (
            PayeeDocument.objects.select_for_update()
            .filter(public_id=document_id, ended_at__isnull=True)
            .first()
        )
        if row is None:
            raise UnknownDocument(f"There is no current paper {document_id}.")
        if row.entered_by == by.id:
            raise SamePerson("You entered this paper; another person checks it.")
        if not row.checked_by:
            row.checked_by, row.checked_at = by.id, at
            row.save(update_fields=["checked_by", "checked_at"])
            _record("payee_document.checked", row, by=by, at=at)
    return document_info(row)


def _record(action: str, row: PayeeDocument, *, by: Actor, at: datetime) -> None:
    record_event(
        by=by,
        at=at,
        action=action,
        object_type="payee_document",
        object_id=row.public_id,
        partner_id=row.partner_id,
        data={
            "kind": row.kind,
            "form": row.form,
            "expires_on": row.expires_on.isoformat() if row.expires_on else "",
        },
    )
