"""What a fresh installation needs first: a program, tiers, places in it, mappings of files."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from counterfoil.apps.exchange import services as exchange
from counterfoil.apps.exchange.errors import MappingDoesNotFit
from counterfoil.apps.partners.selectors import get_partner
from counterfoil.apps.programs import services as programs
from counterfoil.apps.service_levels.services import seed_calendars
from counterfoil.core.actors import Actor
from counterfoil.core.authority import require
from counterfoil.core.records import RECORD_TYPES


@transaction.atomic
def set_up_program(
    *,
    code: str,
    name: str,
    currency: str,
    legal_entity: str,
    zone: str,
    calendar: str,
    by: Actor,
    at: datetime,
) -> int:
    """This will make a program and the working calendar it counts by, and return its key.

    `zone` is an IANA name, `calendar` the code of a country. The same code again returns the
    first one. Raises NotAllowed, UnknownCurrency, KeyError for a calendar that is not shipped.
    """
    require(by, "funds.manage")
    seed_calendars(by=by, at=at, codes=(calendar,))
    return programs.create_program(
        code=code, name=name, currency=currency, legal_entity=legal_entity, zone=zone,
        calendar=calendar, by=by, at=at,
    )  # fmt: skip


@transaction.atomic
def add_tier(*, program: str, code: str, name: str, rank: int, by: Actor, at: datetime) -> int:
    """This will add a tier; rank 1 is the lowest. Raises NotAllowed, UnknownProgram."""
    require(by, "funds.manage", program=program)
    return programs.create_tier(program=program, code=code, name=name, rank=rank, by=by, at=at)


@transaction.atomic
def enroll_partner(
    *, partner_id: str, program: str, tier: str, since_on: date, by: Actor, at: datetime
) -> None:
    """This will give a partner its place in a program; twice is once.

    Raises NotAllowed, UnknownPartner, UnknownProgram, UnknownTier, AlreadyEnrolled.
    """
    require(by, "partners.edit", program=program)
    programs.enroll_partner(
        partner_id=get_partner(partner_id=partner_id).pk, program=program, tier=tier,
        since_on=since_on, by=by, at=at,
    )  # fmt: skip


@transaction.atomic
def save_mapping(
    *,
    code: str,
    title: str,
    record_type: str,
    source: str,
    columns: Mapping[str, Any],
    by: Actor,
    at: datetime,
) -> None:
    """This will save how the columns of a file feed the fields of a record type.

    Raises NotAllowed, MappingDoesNotFit with what is not understood.
    """
    require(by, "imports.run")
    record = RECORD_TYPES.get(record_type)
    if record is None:
        known = ", ".join(sorted(RECORD_TYPES))
        raise MappingDoesNotFit([f"record_type: {record_type!r} is none of {known}."])
    names = {spec.name for spec in record.fields}
    unknown = [name for name in columns if name not in names]
    missing = [s.name for s in record.fields if s.is_required and s.name not in columns]
    lines = [f"columns.{name}: {record.title} have no such field." for name in unknown]
    lines += [
        f"columns.{name}: this field is needed; say where it comes from." for name in missing
    ]
    if lines:
        raise MappingDoesNotFit(lines)
    try:
        exchange.save_mapping(
            code=code, title=title, record_type=record_type, source=source, columns=columns,
            by=by, at=at,
        )  # fmt: skip
    except (ValueError, TypeError, AttributeError) as error:
        raise MappingDoesNotFit([f"columns.{error}"]) from error
