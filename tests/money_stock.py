"""Stock of the money tests: actors, a program, partners."""

from datetime import UTC, date, datetime
from itertools import count

from counterfoil.apps.partners.models import Organization
from counterfoil.apps.programs.services import create_program, enroll_partner
from counterfoil.core.actors import Actor, Grant
from counterfoil.foundation.ids import new_id

AT = datetime(2026, 4, 2, 9, tzinfo=UTC)
OPS = Actor("usr_ops", "Olive Ops", (Grant("operations"),), user_pk=1)
FINANCE = Actor("usr_maker", "Max Maker", (Grant("finance_maker"),), user_pk=2)
CHECKER = Actor("usr_checker", "Chris Checker", (Grant("finance_checker"),), user_pk=3)
_NUMBERS = count(1)


def make_program(code="growth", currency="EUR"):
    """This will make a program in UTC, or find it."""
    return create_program(
        code=code, name=code.title(), currency=currency, legal_entity="Vendor GmbH", zone="UTC",
        calendar="standard", by=OPS, at=AT,
    )  # fmt: skip


def make_partner(name="Alpine Systems", *, program=None, status="active"):
    """This will make an active partner, enrolled in `program` when one is named."""
    made = Organization.objects.create(
        public_id=new_id("par"), name=name, kind="reseller", status=status, created_at=AT
    )
    if program:
        enroll_partner(
            partner_id=made.pk, program=program, tier="", since_on=date(2020, 1, 1), by=OPS, at=AT
        )
    return made


def next_key(prefix="k"):
    """This will return a key that no other call returned."""
    return f"{prefix}-{next(_NUMBERS)}"
