"""Decided claims and an auditor, built once a module and cloned for each test that audits them."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from django.db import transaction

from counterfoil.apps.engagements import services
from counterfoil.apps.engagements.selectors import get_engagement
from counterfoil.core.actors import Actor
from counterfoil.core.sampling import Method, Plan
from counterfoil.flows import engage
from counterfoil.foundation.acting import acting_as, staff
from tests.conftest import admin_url
from tests.people_stock import staff_person
from tests.submission_stock import (
    CLAIMED,
    LINE,
    World,
    answer_logo,
    approve,
    approved_request,
    make_world,
    screen,
    send_claim,
)

NOW = CLAIMED + timedelta(days=9)
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
QUESTIONS = ("Does the evidence support the decision?", "Is the amount right?")


@dataclass
class Audit:
    """A world with two decided claims, the auditor who looks at them, and their database."""

    world: World
    auditor: Actor
    claims: tuple[str, ...]
    database: str = ""


def decided_claims(world: World, count: int = 2) -> tuple[str, ...]:
    """This will bring claims on requests of their own to their approval."""
    made = []
    for number in range(count):
        day, invoice = f"2026-04-{16 + number}", f"HS-2026-{number}18"
        activity = {
            "activity_name": f"Summit {number}", "activity_start": day, "activity_end": day,
        }  # fmt: skip
        claim_id = send_claim(
            world, approved_request(world, **activity),
            lines=({**LINE, "number": invoice, "supplied": f"{day}/{day}"},),
            invoices=(f"Hall & Stage Ltd\nInvoice number: {invoice}\nVenue rent {day}\n"
                      "Net total USD 1,200.00\n",),
            **activity,
        )  # fmt: skip
        screen(claim_id, at=CLAIMED)
        answer_logo(world, claim_id)
        approve(world, claim_id, at=CLAIMED)
        made.append(claim_id)
    return tuple(made)


def make_audit() -> Audit:
    """This will build the world with its auditor; call it outside `acting_as`."""
    world = make_world()
    claims = decided_claims(world)
    with acting_as(staff()):
        return Audit(world, staff_person("Audrey", "auditor"), claims)


@pytest.fixture(scope="module")
def built_audit(
    template_database: str, django_db_setup, django_db_blocker
) -> Iterator[tuple[str, Audit]]:
    """This will build the world in a database that nobody connects to afterwards."""
    from django.db import connections

    from counterfoil.foundation import database

    admin, name = admin_url(), f"cf_audit_{os.getpid()}"
    shared = connections["default"].settings_dict["NAME"]
    database.drop(admin, name=name)
    database.clone(admin, source=template_database, target=name)
    with django_db_blocker.unblock():
        database.use_database(name)
        try:
            built = make_audit()
        finally:
            database.use_database(shared)
    yield name, built
    database.drop(admin, name=name)


@pytest.fixture(scope="module")
def audit(built_audit: tuple[str, Audit], django_db_blocker) -> Iterator[Audit]:
    """This will give a module its copy of the world; its tests roll back what they write."""
    yield from _copy(*built_audit, django_db_blocker)


@pytest.fixture
def own_audit(built_audit: tuple[str, Audit], django_db_blocker) -> Iterator[Audit]:
    """This will give one test its own copy of the world, to commit in."""
    yield from _copy(*built_audit, django_db_blocker)


def _copy(source: str, built: Audit, django_db_blocker) -> Iterator[Audit]:
    from django.db import connections

    from counterfoil.foundation import database

    admin, name = admin_url(), f"cf_audit_{os.getpid()}_{os.urandom(3).hex()}"
    shared = connections["default"].settings_dict["NAME"]
    database.clone(admin, source=source, target=name)
    with django_db_blocker.unblock():
        database.use_database(name)
        yield Audit(built.world, built.auditor, built.claims, name)
        database.use_database(shared)
    database.drop(admin, name=name)


@pytest.fixture
def as_staff(audit: Audit) -> Iterator[None]:
    """This will run the whole test in one transaction of the vendor's people, and undo it."""
    with acting_as(staff()):
        yield
        transaction.set_rollback(True)


def opened(audit: Audit, **more) -> str:
    """This will open an engagement over the year and return its id."""
    given = {
        "title": "Claims of 2026", "purpose": "Are claims decided as the rules say?",
        "program": "growth", "first_on": FIRST, "last_on": LAST, "playbooks": [], "draft": "",
        "seed": "q4", "questions": QUESTIONS, "by": audit.auditor, "at": NOW,
    } | more  # fmt: skip
    return engage.open_engagement(**given)


def plan(**more) -> Plan:
    """This will make a plan that draws all four decisions."""
    given = {"method": Method.RANDOM, "seed": "q4", "confidence_ppm": 950_000, "size": 4}
    return Plan(**(given | more))


def drawn(audit: Audit, **more) -> str:
    """This will open an engagement and draw its population and sample."""
    engagement = opened(audit, **more)
    engage.draw_population(engagement_id=engagement, by=audit.auditor, at=NOW)
    engage.draw_sample(engagement_id=engagement, plan=plan(), by=audit.auditor, at=NOW)
    return engagement


def answer(audit: Audit, paper_id: str, *, answers=("yes", "yes"), right=None, by=None) -> None:
    """This will work a paper."""
    services.answer_paper(
        paper_id=paper_id, answers=answers, seen="Invoice and photos.", right_minor=right,
        by=by or audit.auditor, at=NOW,
    )  # fmt: skip


def worked(audit: Audit, **more) -> str:
    """This will open an engagement, draw it and answer each of its papers."""
    engagement = drawn(audit, **more)
    for paper in get_engagement(engagement).papers:
        answer(audit, paper.id)
    return engagement


def reported(audit: Audit, **more) -> str:
    """This will bring an engagement as far as its report, with one of each thing in it."""
    engagement = worked(audit, **more)
    papers = get_engagement(engagement).papers
    ask = services.ask_for(
        engagement_id=engagement, body="The signed order, please.",
        asked_of=audit.world.operations.id, due_on=date(2026, 8, 1), by=audit.auditor, at=NOW,
    )  # fmt: skip
    services.reply_to(
        ask_id=ask, body="Attached to the claim.", evidence=["evd_1"], is_settled=False,
        by=audit.world.operations, at=NOW,
    )  # fmt: skip
    finding = services.write_finding(
        engagement_id=engagement, kind="gap", title="No criterion asks for the order",
        body="The order would show who booked the hall.", criterion="", papers=[papers[0].id],
        by=audit.auditor, at=NOW,
    )  # fmt: skip
    services.name_refinement(
        finding_id=finding, body="Ask for the order.", owner=audit.world.lead.id,
        due_on=date(2026, 9, 1), by=audit.auditor, at=NOW,
    )  # fmt: skip
    return engagement
