"""The stage: program, calendars, funds, playbooks, mappings, and what a play may use."""

import calendar as months
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files

from counterfoil.apps.exchange.services import save_mapping
from counterfoil.apps.partners.services import add_agreement
from counterfoil.apps.payouts.services import check_payee, enter_payee
from counterfoil.apps.programs.services import create_program, create_tier
from counterfoil.apps.programs.types import FundInfo
from counterfoil.apps.service_levels.services import seed_calendars
from counterfoil.apps.submissions.ports import EvidenceReader, EvidenceStore
from counterfoil.core.money import Money
from counterfoil.flows.earn_funds import set_up_fund
from counterfoil.flows.publish import publish_files
from counterfoil.foundation.acting import acting_as, staff
from counterfoil.interfaces.cli.tour.cast import SETUP, Cast
from counterfoil.interfaces.cli.tour.ready_reader import ReadyReader

EARN_RATE_PPM = 20_000
"""2 % of a quarter's sales."""


@dataclass(slots=True)
class Stage:
    """Where a play takes place."""

    program: str
    currency: str
    vendor: str
    store: EvidenceStore
    reader: ReadyReader
    cast: Cast = field(default_factory=Cast)
    funds: dict[str, FundInfo] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    public_ids: dict[int, str] = field(default_factory=dict)
    # From then on reviewers have not come to it yet, so that a queue is left; None: never.
    reviewed_until: datetime | None = None
    checked_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Quarter:
    """A calendar quarter."""

    year: int
    number: int

    @property
    def code(self) -> str:
        return f"{self.year}-Q{self.number}"

    @property
    def first(self) -> date:
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last(self) -> date:
        month = 3 * self.number
        return date(self.year, month, months.monthrange(self.year, month)[1])

    def next(self) -> "Quarter":
        """This will return the quarter after this one."""
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)


def quarters(first: Quarter, count: int) -> list[Quarter]:
    """This will list `count` quarters from `first` on."""
    found = [first]
    while len(found) < count:
        found.append(found[-1].next())
    return found


def at_hour(day: date, hour: int = 15, minute: int = 0) -> datetime:
    """This will return a moment of the day in UTC (15:00 is mid-morning in New York)."""
    return datetime.combine(day, time(hour, minute), UTC)


def workday(day: date) -> date:
    """This will return the day, or the Monday after a weekend."""
    return day + timedelta(days=(7 - day.weekday()) % 7 if day.weekday() > 4 else 0)


def shipped_playbooks() -> dict[str, str]:
    """This will read the playbooks that the product ships, by file name."""
    folder = files("counterfoil.apps.playbooks") / "shipped"
    return {
        entry.name: entry.read_text(encoding="utf-8")
        for entry in folder.iterdir()
        if entry.name.endswith(".yaml")
    }


def playbooks_in(currency: str) -> dict[str, str]:
    """This will put the limits of the shipped playbooks, which are in USD, into a currency.

    A vendor who works in another currency writes limits of its own; so does the demo's.
    """
    return {
        name: text.replace(" USD", f" {currency}") for name, text in shipped_playbooks().items()
    }


def open_stage(
    *,
    program: str,
    name: str,
    vendor: str,
    currency: str,
    zone: str,
    calendar: str,
    store: EvidenceStore,
    reader: EvidenceReader,
    cast: Cast,
    at: datetime,
) -> Stage:
    """This will make calendars, program and tiers, and publish the shipped playbooks."""
    with acting_as(staff()):
        seed_calendars(by=SETUP, at=at, codes=("DE", "US", "GB", "FR", "CA", "AU"))
        create_program(
            code=program, name=name, currency=currency, legal_entity=vendor, zone=zone,
            calendar=calendar, by=SETUP, at=at,
        )  # fmt: skip
        for rank, tier in enumerate(("registered", "silver", "gold"), start=1):
            create_tier(
                program=program, code=tier, name=tier.capitalize(), rank=rank, by=SETUP, at=at
            )
        publish_files(
            files=playbooks_in(currency), author=cast.one("operations"), by=cast.one("team_lead"),
            at=at, note="Shipped with the product",
        )  # fmt: skip
    return Stage(
        program=program, currency=currency, vendor=vendor, store=store,
        reader=ReadyReader(reader), cast=cast,
    )  # fmt: skip


def open_fund(
    stage: Stage,
    quarter: Quarter,
    *,
    budget: Money,
    at: datetime,
    title: str = "Market development fund",
) -> FundInfo:
    """This will set up the fund that a quarter's sales earn: usable for the year that follows."""
    starts = quarter.next().first
    ends = date(starts.year + 1, starts.month, 1) - timedelta(days=1)
    with acting_as(staff()):
        fund = set_up_fund(
            program=stage.program, code="MDF", name=title,
            period=quarter.code, budget=budget, earn_rate_ppm=EARN_RATE_PPM,
            starts_on=starts, ends_on=ends, claims_until=ends + timedelta(days=75),
            earns_from=quarter.first, earns_to=quarter.last, cost_center="4711",
            by=stage.cast.one("finance_maker"), at=at,
        )  # fmt: skip
    stage.funds[quarter.code] = fund
    return fund


def admit_partner(
    stage: Stage,
    *,
    partner_pk: int,
    public_id: str,
    name: str,
    since: date,
    at: datetime,
    has_payee: bool = True,
    country: str = "",
    route: str = "erp_bill",
) -> None:
    """This will record a partner's agreement and make its payee ready by two people."""
    stage.names[partner_pk], stage.public_ids[partner_pk] = name, public_id
    with acting_as(staff()):
        add_agreement(
            partner_id=public_id, kind="mdf-terms", version="2026.1", signed_on=since,
            in_force_from=since, signed_by=name, by=SETUP, at=at,
        )  # fmt: skip
        if has_payee:
            payee = enter_payee(
                partner_id=partner_pk, legal_name=name,
                erp_vendor_number=f"V{partner_pk:06d}",
                currency=stage.currency, country=country, route=route,
                by=stage.cast.one("finance_maker"), at=at,
            )  # fmt: skip
            check_payee(payee_id=payee.public_id, by=stage.cast.one("finance_checker"), at=at)


def save_mappings(stage: Stage, mappings: dict[str, dict[str, object]], *, at: datetime) -> None:
    """This will save the mappings of the tour's or the demo's files."""
    with acting_as(staff()):
        for code, given in mappings.items():
            save_mapping(code=code, by=SETUP, at=at, **given)  # type: ignore[arg-type]  # our own
