"""A small vendor's world, made through services and flows alone: for door tests and for looking.

`seed_small_world(at)` runs as staff; call it inside `acting_as(staff())`. Every staff role has a
person at vendor.example, three partners have people of their own, money stands at every stage.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from importlib.resources import files

from counterfoil.apps.access.services import create_person, grant_role
from counterfoil.apps.exchange.services import save_mapping
from counterfoil.apps.ledger.services import post_entry
from counterfoil.apps.partners.services import (
    add_agreement,
    add_contact,
    add_member,
    assign_manager,
    create_organization,
    tag_organization,
)
from counterfoil.apps.partners.types import PartnerData
from counterfoil.apps.payouts.selectors import ready_to_pay
from counterfoil.apps.payouts.services import check_payee, enter_payee
from counterfoil.apps.programs.services import (
    create_program,
    create_tier,
    enroll_partner,
    record_sales_lines,
)
from counterfoil.apps.programs.types import FundInfo, SalesLineDraft
from counterfoil.apps.service_levels.services import seed_calendars
from counterfoil.core.actors import Actor, Grant, system_actor
from counterfoil.core.journal import FundShare, claim_approved, commit
from counterfoil.core.money import Money
from counterfoil.flows.earn_funds import earn_funds, set_up_fund
from counterfoil.flows.people import invite_person
from counterfoil.flows.publish import publish_files
from counterfoil.flows.settle_bill import release_bills, seal_bills
from tests.people_stock import giver

SETUP = system_actor("setup")
STAFF = (
    ("operations", "Dana Whitfield", "dana"),
    ("team_lead", "Ines Carvalho", "ines"),
    ("finance_maker", "Tom Adeyemi", "tom"),
    ("finance_checker", "Greta Lindqvist", "greta"),
    ("partner_manager", "Jonas Feld", "jonas"),
    ("account_executive", "Priya Raman", "priya"),
    ("auditor", "Helen Osei", "helen"),
    ("administrator", "Sam Kowalski", "sam"),
    ("leadership", "Ruth Delacroix", "ruth"),
)
PARTNERS = (
    ("Alpine Systems", "Alpine Systems AG", "Switzerland", "EMEA"),
    ("Rheintal Cloud", "Rheintal Cloud GmbH", "Germany", "EMEA"),
    ("Sierra Vista Technologies", "Sierra Vista Technologies LLC", "United States", "Americas"),
)
MAPPINGS = {
    "crm-partners": {
        "title": "Partners of the CRM",
        "record_type": "partners",
        "source": "crm",
        "columns": {
            "key": {"column": "Account ID"},
            "name": {"column": "Account Name"},
            "country": {"column": "Country"},
        },
    },
    "orders": {
        "title": "Sales lines of the order system",
        "record_type": "sales",
        "source": "orders",
        "columns": {
            "key": {"columns": ["Order", "Product"]},
            "partner_key": {"column": "Account ID"},
            "order_number": {"column": "Order"},
            "product": {"column": "Product"},
            "sold_on": {"column": "Day"},
            "quantity": {"column": "Quantity"},
            "amount": {"column": "Amount"},
            "currency": {"value": "EUR"},
        },
    },
}


@dataclass
class SeededPartner:
    """A partner with its people."""

    pk: int
    id: str
    name: str
    admin: Actor
    member: Actor


@dataclass
class SmallWorld:
    """What was seeded: staff by role, partners, funds, payables' references."""

    at: datetime
    staff: dict[str, Actor] = field(default_factory=dict)
    partners: list[SeededPartner] = field(default_factory=list)
    funds: list[FundInfo] = field(default_factory=list)
    payables: list[str] = field(default_factory=list)
    batch_id: str = ""


def seed_small_world(at: datetime) -> SmallWorld:
    """This will make the world as it stands at `at`, which is in the third quarter of 2026."""
    world = SmallWorld(at)
    began = at - timedelta(days=200)
    _hire(world, began)
    seed_calendars(by=SETUP, at=began, codes=("DE", "US"))
    create_program(
        code="growth", name="Channel Growth", currency="EUR", legal_entity="Northgate Systems",
        zone="Europe/Berlin", calendar="DE", by=SETUP, at=began,
    )  # fmt: skip
    for rank, tier in enumerate(("registered", "silver", "gold"), start=1):
        create_tier(program="growth", code=tier, name=tier.title(), rank=rank, by=SETUP, at=began)
    for code, given in MAPPINGS.items():
        save_mapping(code=code, by=world.staff["administrator"], at=began, **given)
    _publish(world, began)
    _funds(world, began)
    _partners(world, began)
    _earn(world, at - timedelta(days=20))
    _spend(world, at - timedelta(days=5))
    invite_person(
        email="new.person@vendor.example", name="Nora Person", role="operations",
        by=world.staff["administrator"], at=at - timedelta(hours=2),
    )  # fmt: skip
    return world


def _hire(world: SmallWorld, at: datetime) -> None:
    for role, name, account in STAFF:
        person = create_person(
            email=f"{account}@vendor.example", name=name, is_staff_member=True,
            time_zone="Europe/Berlin", by=SETUP, at=at,
        )  # fmt: skip
        grant_role(
            person_id=person.id, role=role, by=giver(person), at=at, reason="set-up"
        )  # fmt: skip
        world.staff[role] = Actor(person.id, name, (Grant(role),), user_pk=person.user_pk)


def _publish(world: SmallWorld, at: datetime) -> None:
    folder = files("counterfoil.apps.playbooks") / "shipped"
    texts = {
        entry.name: entry.read_text(encoding="utf-8")
        for entry in folder.iterdir()
        if entry.name.endswith(".yaml")
    }
    publish_files(
        files=texts, author=world.staff["operations"], by=world.staff["team_lead"], at=at,
        note="Shipped with the product",
    )  # fmt: skip


def _funds(world: SmallWorld, at: datetime) -> None:
    for period, first, last in (
        ("2026-Q1", date(2026, 1, 1), date(2026, 3, 31)),
        ("2026-Q2", date(2026, 4, 1), date(2026, 6, 30)),
    ):
        world.funds.append(
            set_up_fund(
                program="growth",
                code="mdf",
                name="Growth Fund",
                period=period,
                budget=Money(25_000_000, "EUR"),
                earn_rate_ppm=20_000,
                starts_on=first,
                ends_on=last,
                claims_until=date(2026, 12, 31),
                earns_from=first,
                earns_to=last,
                cost_center="CC-4711",
                by=world.staff["finance_maker"],
                at=at,
            )
        )


def _partners(world: SmallWorld, at: datetime) -> None:
    ops = world.staff["operations"]
    for place, (name, legal, country, region) in enumerate(PARTNERS):
        domain = f"{name.split()[0].lower()}.example"
        saved = create_organization(
            data=PartnerData(
                name=name, kind="reseller", legal_name=legal, country=country, region=region,
                mail_domains=(domain,), time_zone="Europe/Berlin",
            ),
            by=ops, at=at,
        )  # fmt: skip
        people = [
            _partner_person(saved.pk, f"{first} of {name}", f"{first.lower()}@{domain}", role, at)
            for first, role in (("Paula", "partner_admin"), ("Milo", "partner_member"))
        ]
        world.partners.append(SeededPartner(saved.pk, saved.id, name, people[0], people[1]))
        tag_organization(partner_id=saved.id, add=("pilot",), by=ops, at=at)
        assign_manager(
            partner_id=saved.id, manager_id=world.staff["partner_manager"].id, by=ops, at=at
        )
        add_contact(
            partner_id=saved.id, name=f"Kim of {name}", email=f"kim@{domain}", is_primary=True,
            job_title="Marketing", by=ops, at=at,
        )  # fmt: skip
        add_agreement(
            partner_id=saved.id, kind="mdf-terms", version="2026.1", signed_on=date(2026, 1, 2),
            in_force_from=date(2026, 1, 1), signed_by=legal, by=ops, at=at,
        )  # fmt: skip
        enroll_partner(
            partner_id=saved.pk, program="growth", tier="silver", since_on=date(2026, 1, 1),
            by=ops, at=at,
        )  # fmt: skip
        if place < 2:
            payee = enter_payee(
                partner_id=saved.pk, legal_name=legal, erp_vendor_number=f"V{saved.pk:06d}",
                currency="EUR", country=country, by=world.staff["finance_maker"], at=at,
            )  # fmt: skip
            if place == 0:
                check_payee(payee_id=payee.public_id, by=world.staff["finance_checker"], at=at)


def _partner_person(partner_pk: int, name: str, email: str, role: str, at: datetime) -> Actor:
    person = create_person(email=email, name=name, is_staff_member=False, by=SETUP, at=at)
    assert person.user_pk is not None
    add_member(
        partner_pk=partner_pk, user_pk=person.user_pk, name=name, email=email, role=role,
        by=SETUP, at=at,
    )  # fmt: skip
    return Actor(person.id, name, (Grant(role),), partner_id=partner_pk, user_pk=person.user_pk)


def _earn(world: SmallWorld, at: datetime) -> None:
    lines = [
        SalesLineDraft(
            partner_id=partner.pk, source_key=f"SO-{partner.pk}-{month}",
            order_number=f"SO-{partner.pk}-{month}", sold_on=date(2026, month, 10),
            received_on=date(2026, month, 11), quantity=10,
            amount=Money(12_345_678 + 991 * month + place, "EUR"),
        )
        for place, partner in enumerate(world.partners)
        for month in range(1, 7)
    ]  # fmt: skip
    record_sales_lines(
        source="orders", lines=lines, import_run="seed", by=world.staff["operations"], at=at
    )
    for fund in world.funds:
        earn_funds(fund_id=fund.public_id, by=world.staff["finance_maker"], at=at)


def _spend(world: SmallWorld, at: datetime) -> None:
    """Approve one claim of each partner and an open pre-approval; bill what is ready once."""
    fund = world.funds[0]
    for place, partner in enumerate(world.partners):
        share = FundShare(fund.public_id, partner.id, fund.period)
        for number, minor in enumerate((310_000, 145_050)):
            ref = f"sub_seed{place}{number}"
            amount = Money(minor + place, "EUR")
            how = {"share": share, "effective_on": at.date(), "source_ref": ref}
            post_entry(
                draft=commit(amount=amount, idem_key=f"c-{ref}", **how),
                by=world.staff["operations"], at=at,
            )  # fmt: skip
            if number == 0:
                post_entry(
                    draft=claim_approved(approved=amount, idem_key=f"a-{ref}", **how),
                    by=world.staff["operations"], at=at,
                )  # fmt: skip
                world.payables.append(ref)
    assert any(row.is_ready for row in ready_to_pay())
    batch = seal_bills(program="growth", currency="EUR", by=world.staff["finance_maker"], at=at)
    world.batch_id = batch.public_id


def release_seeded_batch(world: SmallWorld, at: datetime) -> None:
    """This will release the sealed batch by the second person."""
    release_bills(batch_id=world.batch_id, by=world.staff["finance_checker"], at=at)
