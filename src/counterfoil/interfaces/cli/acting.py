"""How a command acts: a database under it, somebody behind it, refusals as one sentence.

Every command opens `reading` or `writing` once. Reads act as `system:cli`; a write names its
person with `--as`, and the authority table applies to that person as it does on every page.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated

import typer

from counterfoil.apps.access.errors import AccessRefused
from counterfoil.apps.access.selectors import find_actor, list_people
from counterfoil.apps.access.types import PersonRow
from counterfoil.apps.audit.errors import AuditRefused
from counterfoil.apps.earnings.errors import EarningsError, PlanNotPublishable
from counterfoil.apps.engagements.errors import EngagementRefused
from counterfoil.apps.exchange.errors import ExchangeRefused
from counterfoil.apps.ledger.errors import LedgerError
from counterfoil.apps.messaging.errors import MessagingRefused
from counterfoil.apps.partners.errors import PartnerRefused
from counterfoil.apps.payouts.errors import PaidListRefused, PayoutsError
from counterfoil.apps.playbooks.errors import NotPublishable, PlaybookRefused
from counterfoil.apps.programs.errors import ProgramsError
from counterfoil.apps.service_levels.errors import ServiceLevelRefused
from counterfoil.apps.submissions.errors import SubmissionRefused
from counterfoil.core.actors import Actor, system_actor
from counterfoil.core.auditpack import PackInvalid
from counterfoil.core.authority import NotAllowed
from counterfoil.core.currencies import UnknownCurrency
from counterfoil.core.entries import NotReadable
from counterfoil.core.money import Money, MoneyError
from counterfoil.core.plans import BadInput, TooLarge
from counterfoil.core.sampling import BadPlan
from counterfoil.foundation.acting import Principal, acting_as, discard_work, staff
from counterfoil.foundation.tabular import TableRefused
from counterfoil.interfaces.cli.boot import running_database
from counterfoil.interfaces.cli.output import Refused, say

As = Annotated[
    str, typer.Option("--as", help="Mail address of the person who acts.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show what would happen and write nothing.")
]
Reason = Annotated[str, typer.Option(help="Why, for the record.", show_default=False)]
SYSTEM = system_actor("cli")
REFUSALS = (
    AccessRefused,
    AuditRefused,
    BadInput,
    BadPlan,
    EarningsError,
    EngagementRefused,
    ExchangeRefused,
    LedgerError,
    MessagingRefused,
    MoneyError,
    NotAllowed,
    NotReadable,
    PackInvalid,
    PartnerRefused,
    PayoutsError,
    PlaybookRefused,
    ProgramsError,
    ServiceLevelRefused,
    SubmissionRefused,
    TableRefused,
    TooLarge,
    UnknownCurrency,
)


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts and when: the clock is read once a command."""

    by: Actor
    at: datetime


@contextmanager
def in_words() -> Iterator[None]:
    """This will turn what rooms and flows refuse into Refused, with every place it names."""
    try:
        yield
    except (NotPublishable, PaidListRefused, PlanNotPublishable) as error:
        listed = "\n".join(str(problem) for problem in error.problems)
        raise Refused(f"{error}\n{listed}") from error
    except REFUSALS as error:
        raise Refused(str(error)) from error


@contextmanager
def reading(principal: Principal | None = None) -> Iterator[Acting]:
    """This will run the block as `system:cli`, who looks and decides nothing."""
    with running_database(), in_words(), acting_as(principal or staff()):
        yield Acting(SYSTEM, datetime.now(UTC))


@contextmanager
def writing(email: str, *, dry_run: bool = False) -> Iterator[Acting]:
    """This will run the block in one transaction as the person; a dry run rolls it back.

    Raises Refused for an address that is not an active person of the vendor.
    """
    with running_database(), in_words(), acting_as(staff()):
        yield Acting(_actor(email), datetime.now(UTC))
        if dry_run:
            discard_work()
            say("Dry run: nothing was written.")


@contextmanager
def system_writing(principal: Principal, *, dry_run: bool = False) -> Iterator[Acting]:
    """This will run upkeep that no person answers for, as `system:cli`."""
    with running_database(), in_words(), acting_as(principal):
        yield Acting(SYSTEM, datetime.now(UTC))
        if dry_run:
            discard_work()
            say("Dry run: nothing was written.")


def staff_person(email: str) -> PersonRow:
    """This will find an active person of the vendor by mail address. Raises Refused."""
    for row in list_people(search=email, only_active=True).people:
        if row.email.lower() == email.strip().lower():
            return row
    raise Refused(
        f"Nobody of the vendor with access has the address {email!r}; "
        "`counterfoil people list` shows who has."
    )


def _actor(email: str) -> Actor:
    found = find_actor(user_pk=staff_person(email).user_pk)
    assert found is not None
    return found.actor


def read_day(text: str, option: str) -> date:
    """This will read a day such as 2026-07-01. Raises typer.BadParameter naming the option."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no day; write it like 2026-07-01", param_hint=option
        ) from None


def read_amount(text: str, currency: str, option: str) -> Money:
    """This will read an amount such as 250000.00. Raises typer.BadParameter."""
    try:
        return Money.parse(text, currency)
    except (MoneyError, UnknownCurrency) as error:
        raise typer.BadParameter(str(error), param_hint=option) from None
