"""What belongs to a partner: contacts and agreements."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.partners.errors import (
    AgreementRefused,
    BadValue,
    UnknownContact,
    UnknownPartner,
)
from counterfoil.apps.partners.models import Agreement, Contact, Organization
from counterfoil.core.actors import Actor
from counterfoil.foundation.ids import new_id


@transaction.atomic
def add_contact(
    *,
    partner_id: str,
    name: str,
    by: Actor,
    at: datetime,
    email: str = "",
    phone: str = "",
    job_title: str = "",
    is_primary: bool = False,
) -> str:
    """This will add a contact and return its id; a primary one takes the place of the earlier.

    Raises UnknownPartner, BadValue.
    """
    partner_pk = _partner_pk(partner_id)
    row = Contact(public_id=new_id("con"), partner_id=partner_pk)
    _fill(row, name=name, email=email, phone=phone, job_title=job_title)
    row.is_primary = is_primary
    _one_primary(row)
    row.save(force_insert=True)
    _record("contact.added", row, by=by, at=at)
    return row.public_id


@transaction.atomic
def update_contact(
    *,
    contact_id: str,
    name: str,
    by: Actor,
    at: datetime,
    email: str = "",
    phone: str = "",
    job_title: str = "",
    is_primary: bool = False,
) -> None:
    """This will change a contact. Raises UnknownContact, BadValue."""
    row = _locked_contact(contact_id)
    _fill(row, name=name, email=email, phone=phone, job_title=job_title)
    row.is_primary = is_primary
    _one_primary(row)
    row.save(update_fields=["name", "email", "phone", "job_title", "is_primary"])
    _record("contact.updated", row, by=by, at=at)


@transaction.atomic
def end_contact(*, contact_id: str, by: Actor, at: datetime) -> None:
    """This will take a contact off the list. Raises UnknownContact."""
    row = _locked_contact(contact_id)
    row.ended_at = at
    row.save(update_fields=["ended_at"])
    record_event(
        by=by, at=at, action="contact.ended", object_type="contact", object_id=row.public_id,
        partner_id=row.partner_id,
    )  # fmt: skip


@transaction.atomic
def add_agreement(
    *,
    partner_id: str,
    kind: str,
    version: str,
    signed_on: date,
    in_force_from: date,
    by: Actor,
    at: datetime,
    in_force_to: date | None = None,
    signed_by: str = "",
    file_sha256: str = "",
) -> str:
    """This will record a signed agreement and return its id; `file_sha256` names its file.

    Raises UnknownPartner, AgreementRefused.
    """
    partner_pk = _partner_pk(partner_id)
    if in_force_to is not None and in_force_to < in_force_from:
        raise AgreementRefused("an agreement ends after it begins")
    row = Agreement(
        public_id=new_id("agr"),
        partner_id=partner_pk,
        kind=kind,
        version=version,
        signed_by=signed_by,
        signed_on=signed_on,
        in_force_from=in_force_from,
        in_force_to=in_force_to,
        file_sha256=file_sha256,
    )
    row.save(force_insert=True)
    record_event(
        by=by,
        at=at,
        action="agreement.added",
        object_type="agreement",
        object_id=row.public_id,
        partner_id=partner_pk,
        data={
            "kind": kind,
            "version": version,
            "signed_on": signed_on.isoformat(),
            "in_force_from": in_force_from.isoformat(),
            "in_force_to": "" if in_force_to is None else in_force_to.isoformat(),
            "file_sha256": file_sha256,
        },
        personal={"signed_by": signed_by} if signed_by else None,
    )
    return row.public_id


def _partner_pk(partner_id: str) -> int:
    found = Organization.objects.filter(public_id=partner_id).values_list("pk", flat=True).first()
    if found is None:
        raise UnknownPartner("there is no such partner")
    return found


def _locked_contact(contact_id: str) -> Contact:
    row = (
        Contact.objects.select_for_update()
        .filter(public_id=contact_id, ended_at__isnull=True)
        .first()
    )
    if row is None:
        raise UnknownContact("there is no such contact")
    return row


def _fill(row: Contact, *, name: str, email: str, phone: str, job_title: str) -> None:
    if not name.strip():
        raise BadValue("name", "can't be empty")
    if email:
        try:
            validate_email(email)
        except ValidationError:
            raise BadValue("email", f"{email!r} is not a mail address") from None
    row.name, row.email, row.phone, row.job_title = name.strip(), email, phone, job_title


def _one_primary(row: Contact) -> None:
    if row.is_primary:
        Contact.objects.filter(partner_id=row.partner_id, is_primary=True).exclude(
            public_id=row.public_id
        ).update(is_primary=False)


def _record(action: str, row: Contact, *, by: Actor, at: datetime) -> None:
    stated = {"name": row.name, "email": row.email, "phone": row.phone}
    record_event(
        by=by,
        at=at,
        action=action,
        object_type="contact",
        object_id=row.public_id,
        partner_id=row.partner_id,
        data={"is_primary": row.is_primary, "job_title": row.job_title},
        personal={name: value for name, value in stated.items() if value},
    )
