"""Influence submissions for tests: what the partner fills in, and what reviewers find."""

from collections.abc import Mapping
from dataclasses import dataclass

from counterfoil.core.actors import Actor
from counterfoil.flows import submit
from counterfoil.foundation.acting import acting_as, portal
from tests.submission_stock import CLAIMED, World, add_file


@dataclass(frozen=True)
class Form:
    """A filled-in form with its kinds of proof and the answers of a reviewer."""

    entries: Mapping[str, str]
    evidence: tuple[str, ...]
    answers: Mapping[str, str]


_DEAL = {
    "opportunity_id": "OPP-20417",
    "customer_name": "Nordwind Logistics",
    "customer_contact": "Jo Meier, head of IT",
    "customer_email": "jo.meier@nordwind.example",
    "opportunity_amount": "48,000.00",
    "public_sector": "no",
}
_GATES = {
    "customer_matched": "yes", "evidence_sound": "yes", "compliance_hit": "no",
    "activity_start": "2026-03-10",
}  # fmt: skip
FORMS = {
    "pop-origination": Form(
        entries={
            **_DEAL,
            "activity_start": "2026-03-10",
            "customer_problem": "We want to replace our warehouse system by summer.",
            "first_contact_on": "2026-03-10",
            "opportunity_created_on": "2026-03-16",
        },
        evidence=("need_statement", "introduction"),
        answers={
            **_GATES,
            "first_contact_on": "2026-03-10",
            "opportunity_created_on": "2026-03-16",
            "need_named": "yes",
            "role_decides": "yes",
            "contact_two_way": "yes",
            "had_opportunity": "no",
            "lead_source": "partner",
            "stage_at_registration": "qualifying",
            "introduced": "yes",
            "silence_escalated": "yes",
            "qualified_stage_on": "2026-04-20",
        },
    ),
    "pop-closure": Form(
        entries={
            **_DEAL,
            "activity": "technical_validation",
            "activity_start": "2026-03-10",
            "activity_end": "2026-03-20",
            "closed_on": "2026-04-15",
        },
        evidence=("participation", "deliverable", "customer_statement"),
        answers={
            **_GATES,
            "activity_end": "2026-03-20",
            "closed_on": "2026-04-15",
            "opportunity_created_on": "2026-02-02",
            "customer_took_part": "yes",
            "deliverable_on": "2026-03-20",
            "deliverable_own": "yes",
            "blocker_opened_on": "2026-03-01",
            "blocker_resolved_on": "2026-03-25",
            "statement_on": "2026-04-20",
            "statement_links": "yes",
            "stage_advanced_on": "2026-03-27",
            "deal_booked": "yes",
            "double_funded": "no",
            "other_credits": "0",
            "silence_escalated": "yes",
        },
    ),
    "pop-adoption": Form(
        entries={
            **_DEAL,
            "activity_start": "2026-02-16",
            "activity_end": "2026-03-27",
            "go_live_on": "2026-03-30",
        },
        evidence=("engagement", "acceptance", "value_statement"),
        answers={
            **_GATES,
            "activity_start": "2026-02-16",
            "activity_end": "2026-03-27",
            "go_live_on": "2026-03-30",
            "engagement_signed": "yes",
            "contract_from": "2026-02-01",
            "contract_to": "2027-01-31",
            "acceptance_by_customer": "yes",
            "baseline_on": "2026-02-10",
            "active_users": "311",
            "days_in_use": "30",
            "certified": "yes",
            "value_measured": "yes",
            "account_healthy": "yes",
            "customer_told": "yes",
            "customer_declined": "no",
        },
    ),
}


def answers_of(code: str) -> Mapping[str, str]:
    """This will return what a reviewer finds who finds everything in order."""
    return FORMS[code].answers


def begin(world: World, code: str, *, by: Actor | None = None, **entries: str) -> str:
    """This will begin and fill in an influence submission without its files."""
    who = by or world.partner
    with acting_as(portal(who.partner_id)):
        begun = submit.start_submission(
            playbook_code=code, fund_id=world.fund_id, by=who, at=CLAIMED, title="Nordwind"
        )
        submit.save_details(
            submission_id=begun.submission_id, entries={**FORMS[code].entries, **entries}, by=who,
            at=CLAIMED,
        )  # fmt: skip
    return begun.submission_id


def send(
    world: World, code: str, *, by: Actor | None = None, mark: str = "", **entries: str
) -> str:
    """This will fill in and send one with its proof; `mark` keeps its files apart from others."""
    who = by or world.partner
    made = begin(world, code, by=who, **entries)
    with acting_as(portal(who.partner_id)):
        for kind in FORMS[code].evidence:
            text = f"{kind} of {code} {mark}\nNordwind Logistics\nJo Meier"
            add_file(world, made, kind, text.encode(), f"{kind}.pdf", by=who)
        submit.submit_submission(submission_id=made, by=who, at=CLAIMED)
    return made
