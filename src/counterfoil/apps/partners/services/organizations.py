"""Organizations: entered, changed with their differences on record, suspended and ended."""

import re
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction

from counterfoil.apps.access.selectors import find_person
from counterfoil.apps.audit.services import record_event
from counterfoil.apps.partners.errors import (
    BadValue,
    SourceKeyTaken,
    StatusRefused,
    UnknownField,
    UnknownPartner,
)
from counterfoil.apps.partners.models import Organization, SourceKey
from counterfoil.apps.partners.selectors import data_of
from counterfoil.apps.partners.types import STANDINGS, PartnerData, Saved, StatusChanged
from counterfoil.core.actors import Actor
from counterfoil.foundation.ids import new_id

EDITABLE = tuple(item.name for item in fields(PartnerData))
LISTS = ("mail_domains", "tags")
# From each status, where a person may take the partner; a reason is always given.
STATUS_MOVES: dict[str, tuple[str, ...]] = {
    "prospect": ("active", "ended"),
    "active": ("suspended", "ended"),
    "suspended": ("active", "ended"),
    "ended": ("active",),
}
_LENGTHS = {
    "name": 200,
    "legal_name": 200,
    "city": 100,
    "tax_id": 40,
    "language": 8,
    "kind": 60,
    "segment": 60,
    "region": 60,
    "country": 60,
}
_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")
_TAG = re.compile(r"[^\s,;](?:[^,;\n]{0,58}[^\s,;])?")


def moves_from(status: str) -> tuple[str, ...]:
    """This will list the statuses that a partner of `status` can be moved to."""
    return STATUS_MOVES.get(status, ())


@transaction.atomic
def create_organization(
    *, data: PartnerData, by: Actor, at: datetime, status: str = "active"
) -> Saved:
    """This will enter a partner. Raises BadValue, StatusRefused for an unknown status."""
    if status not in STANDINGS:
        raise StatusRefused(f"a partner can't be {status!r}")
    values = _checked(asdict(data))
    row = Organization(public_id=new_id("par"), status=status, created_at=at, **values)
    row.save(force_insert=True)
    stated = {name: value for name, value in values.items() if value}
    _record("partner.created", row, by=by, at=at, data={"status": status, "values": stated})
    return Saved(row.public_id, row.pk, "new")


@transaction.atomic
def update_organization(
    *, partner_id: str, changes: Mapping[str, Any], by: Actor, at: datetime, reason: str = ""
) -> Saved:
    """This will change named fields of a partner and record each with before and after.

    The same values again change nothing and leave no event. Raises UnknownPartner, UnknownField,
    BadValue.
    """
    return _apply(_locked(partner_id), changes, by=by, at=at, reason=reason)


@transaction.atomic
def import_organization(
    *, source: str, key: str, changes: Mapping[str, Any], by: Actor, at: datetime
) -> Saved:
    """This will bring a partner in from another system, which knows it by `key`.

    A new key enters a partner, a known one changes the fields that `changes` names. Raises
    UnknownField, BadValue.
    """
    known = SourceKey.objects.filter(source=source, key=key).first()
    if known is not None:
        row = Organization.objects.select_for_update().get(pk=known.partner_id)
        return _apply(row, changes, by=by, at=at, reason=f"import from {source}")
    _known_fields(changes)
    data = PartnerData(**{"kind": "reseller", **changes})
    saved = create_organization(data=data, by=by, at=at)
    SourceKey(partner_id=saved.pk, source=source, key=key).save(force_insert=True)
    return saved


@transaction.atomic
def add_source_key(*, partner_id: str, source: str, key: str, by: Actor, at: datetime) -> None:
    """This will note the key that another system knows a partner by. Raises SourceKeyTaken."""
    row = _locked(partner_id)
    known = SourceKey.objects.filter(source=source, key=key).first()
    if known is not None:
        if known.partner_id == row.pk:
            return
        raise SourceKeyTaken(f"{source} knows another partner as {key!r}")
    SourceKey(partner=row, source=source, key=key).save(force_insert=True)
    _record("partner.key_added", row, by=by, at=at, data={"source": source, "key": key})


@transaction.atomic
def change_status(
    *, partner_id: str, status: str, by: Actor, at: datetime, reason: str
) -> StatusChanged:
    """This will move a partner to another status and return what that means.

    Raises UnknownPartner, StatusRefused.
    """
    row = _locked(partner_id)
    if status not in STATUS_MOVES.get(row.status, ()):
        raise StatusRefused(f"{row.name} is {row.status} and can't become {status!r}")
    if not reason.strip():
        raise StatusRefused("a change of status needs a reason")
    before, row.status = row.status, status
    row.save(update_fields=["status"])
    _record(
        "partner.status_changed",
        row,
        by=by,
        at=at,
        data={"before": before, "after": status, "reason": reason},
    )
    return StatusChanged(before, status, STANDINGS[status])


@transaction.atomic
def assign_manager(*, partner_id: str, manager_id: str | None, by: Actor, at: datetime) -> None:
    """This will name the partner manager, or nobody. Raises UnknownPartner, BadValue."""
    row = _locked(partner_id)
    person = find_person(person_id=manager_id) if manager_id else None
    if manager_id and (person is None or not person.is_active or not person.is_staff_member):
        raise BadValue("manager", "choose somebody of the vendor who has access")
    wanted = None if person is None else person.user_pk
    if row.manager_id == wanted:
        return
    row.manager_id = wanted
    row.save(update_fields=["manager"])
    _record("partner.manager_assigned", row, by=by, at=at, data={"manager": manager_id or ""})


@transaction.atomic
def tag_organization(
    *,
    partner_id: str,
    by: Actor,
    at: datetime,
    add: tuple[str, ...] = (),
    remove: tuple[str, ...] = (),
) -> Saved:
    """This will add and remove tags. Raises UnknownPartner, BadValue."""
    row = _locked(partner_id)
    kept = [tag for tag in row.tags if tag not in remove]
    return _apply(row, {"tags": (*kept, *add)}, by=by, at=at, reason="")


def _locked(partner_id: str) -> Organization:
    row = Organization.objects.select_for_update().filter(public_id=partner_id).first()
    if row is None:
        raise UnknownPartner("there is no such partner")
    return row


def _apply(
    row: Organization, changes: Mapping[str, Any], *, by: Actor, at: datetime, reason: str
) -> Saved:
    _known_fields(changes)
    before = asdict(data_of(row))
    values = _checked(changes)
    different = {name: value for name, value in values.items() if _listed(before[name]) != value}
    if not different:
        return Saved(row.public_id, row.pk, "same")
    for name, value in different.items():
        setattr(row, name, value)
    row.save(update_fields=list(different))
    _record(
        "partner.updated",
        row,
        by=by,
        at=at,
        data={
            "changes": {
                name: {"before": _listed(before[name]), "after": value}
                for name, value in different.items()
            },
            "reason": reason,
        },
    )
    return Saved(row.public_id, row.pk, "changed")


def _known_fields(changes: Mapping[str, Any]) -> None:
    unknown = sorted(set(changes) - set(EDITABLE))
    if unknown:
        raise UnknownField(f"a partner has no field {unknown[0]!r} that can be changed here")


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _checked(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values as the table keeps them. Raises BadValue."""
    values: dict[str, Any] = {}
    for name, value in changes.items():
        if name in LISTS:
            values[name] = _checked_list(name, value)
            continue
        text = str(value or "").strip()
        if any(ord(char) < 32 for char in text):
            raise BadValue(name, "write it in one line, without control characters")
        if len(text) > _LENGTHS.get(name, 60):
            raise BadValue(name, f"at most {_LENGTHS[name]} characters")
        if name in {"name", "kind"} and not text:
            raise BadValue(name, "can't be empty")
        if name == "time_zone" and text not in available_timezones():
            raise BadValue(name, f"{text!r} is no time zone; write it like Europe/Berlin")
        values[name] = text
    return values


def _checked_list(name: str, value: Any) -> list[str]:
    pattern, words = (
        (_DOMAIN, "write domains like example.com")
        if name == "mail_domains"
        else (_TAG, "a tag is up to 60 characters without commas")
    )
    items = [str(item).strip() for item in value or ()]
    if name == "mail_domains":
        items = [item.lower() for item in items]
    wrong = [item for item in items if pattern.fullmatch(item) is None]
    if wrong:
        raise BadValue(name, f"{wrong[0]!r}: {words}")
    return list(dict.fromkeys(items))


def _record(
    action: str, row: Organization, *, by: Actor, at: datetime, data: dict[str, Any]
) -> None:
    record_event(
        by=by,
        at=at,
        action=action,
        object_type="partner",
        object_id=row.public_id,
        partner_id=row.pk,
        data=data,
    )
