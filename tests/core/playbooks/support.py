"""The shipped files, a small playbook to break, and the claim of the design pages as a case."""

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

from counterfoil.core.adjudication import Case, Fact, Line, Proof, Provenance, declared, system
from counterfoil.core.criteria import Period
from counterfoil.core.money import Money, Rate
from counterfoil.core.playbooks import Playbook, load_playbook
from counterfoil.core.playbooks.examples import weekdays_only

VERIFIED = Provenance.HUMAN_VERIFIED
ROOT = Path(__file__).resolve().parents[3]
SHIPPED = ROOT / "src" / "counterfoil" / "apps" / "playbooks" / "shipped"
NAMES = ("mdf-request", "mdf-claim")


def shipped_text(name: str) -> str:
    """Return the text of a shipped playbook."""
    return (SHIPPED / f"{name}.yaml").read_text(encoding="utf-8")


@cache
def shipped(name: str) -> Playbook:
    """Return a shipped playbook."""
    return load_playbook(shipped_text(name), file=f"{name}.yaml")


SMALL = """\
playbook: small-claim
version: "1"
languages: [en]
title: {en: A small claim}
kind: fund_claim
of: fund_request
owner: operations
design_owner: team_lead
effective: {from: 2026-01-01}
parameters:
  window:
    type: days
    values: [{from: 2026-01-01, value: 30, reference: POL-1}]
  share:
    type: rate
    values: [{from: 2026-01-01, value: 50%, reference: POL-1}]
  small:
    type: money
    values: [{from: 2026-01-01, value: 500.00 USD, reference: POL-2}]
  large:
    type: money
    values: [{from: 2026-01-01, value: 10000.00 USD, reference: POL-2}]
lists:
  activities: {event: {en: Event}, ads: {en: Advertising}}
  branded: {of: activities, values: [event]}
facts:
  activity:
    type: choice
    options: activities
    ask: partner
    required: true
    title: {en: Activity}
  held_on:
    type: date
    ask: partner
    required: true
    title: {en: Day}
  guests:
    type: whole_number
    ask: partner
    required_when: activity == "event"
    title: {en: Guests}
  logo:
    type: bool
    ask: reviewer
    floor: {up_to: small, then: extracted, above: human_verified}
    title: {en: Is our logo there?}
lines:
  title: {en: Lines}
  from_evidence: invoice
  fields:
    net: {type: money, ask: partner, required: true, title: {en: Net}}
    note: {type: text, ask: partner, max_length: 20, title: {en: Note}}
evidence:
  invoice:
    title: {en: Invoice}
    proves: cost
    min: 1
    accepts: [pdf]
    not_qualifying:
      - {kind: quotation, code: NOT_AN_INVOICE, text: {en: A quotation.}}
  proof:
    title: {en: Proof}
    proves: activity
    by: activity
    accepts: [image, link]
    pieces:
      photo: {as: file, title: {en: Photo}}
      page: {as: link, title: {en: Page}}
      count: {as: fact, fact: guests, title: {en: Guests}}
    per_choice:
      event: [photo, count]
      ads: [{any_of: [photo, page]}]
criteria:
  - id: S-01
    title: {en: In time}
    pass: submitted_on <= held_on + window
    fail: {code: LATE, curable: false, text: {en: Send it within 30 days.}}
    unknown: {code: DAY_MISSING}
    examples:
      pass: [{name: {en: in time}, facts: {submitted_on: 2026-03-31, held_on: 2026-03-01}}]
      fail: [{name: {en: a day late}, facts: {submitted_on: 2026-04-01, held_on: 2026-03-01}}]
  - id: S-02
    title: {en: Not used before}
    level: line
    pass: "!line.duplicate_invoice"
    fail: {code: REUSED, curable: false, text: {en: A new invoice.}}
    unknown: {code: CHECK_PENDING}
    examples:
      pass: [{name: {en: new}, facts: {line.duplicate_invoice: false}}]
      fail: [{name: {en: used}, facts: {line.duplicate_invoice: true}}]
  - id: S-03
    title: {en: Our logo is there}
    when: activity in branded
    pass: logo
    fail: {code: NO_LOGO, curable: true, text: {en: Show our logo.}}
    unknown: {code: CHECK_PENDING}
    examples:
      pass: [{name: {en: seen}, facts: {activity: event, logo: true}}]
      fail: [{name: {en: not seen}, facts: {activity: event, logo: false}}]
  - id: S-04
    title: {en: Proof is there}
    pass: evidence.proof.complete
    fail: {code: PROOF, curable: true, text: {en: Send the proof.}}
    unknown: {code: DAY_MISSING}
    examples:
      pass: [{name: {en: page}, facts: {activity: ads}, evidence: [{kind: proof, piece: page}]}]
      fail: [{name: {en: none}, facts: {activity: ads}}]
codes:
  LATE: {group: policy, text: {en: Late}}
  DAY_MISSING: {group: partner, text: {en: A day is missing}}
  REUSED: {group: duplicate, text: {en: Used before}}
  CHECK_PENDING: {group: vendor, text: {en: Not checked yet}}
  NO_LOGO: {group: partner, text: {en: No logo}}
  PROOF: {group: partner, text: {en: Proof missing}}
  NOT_AN_INVOICE: {group: partner, text: {en: No invoice}}
  OUT: {group: policy, text: {en: Lines out}}
  OWN_SHARE: {group: policy, text: {en: Own share}}
  LEFT: {group: policy, text: {en: Above what is left}}
  NO_ANSWER: {group: partner, text: {en: No answer}}
amount:
  rounding: half_even
  requested: line.net
  steps:
    - {code: OUT, take_out: lines_not_passed, title: {en: Lines out}}
    - {code: OWN_SHARE, keep: share, agreed: true, title: {en: Own share}}
    - {code: LEFT, at_most: request.remaining, title: {en: Above what is left}}
routing:
  rows:
    - {when: outcome == "qualified" && payable <= small, decide: approved_automatically}
    - {when: payable <= large, approvers_in_turn: [operations]}
    - {otherwise: true, approvers_in_turn: [operations, finance_checker]}
sla:
  ours:
    decision: 3 business days
    escalate: [{at: 80%, to: operations}, {at: 100%, to: team_lead}]
  partner:
    answer: 10 business days
    remind: [3, 7]
    then: {close: NO_ANSWER}
    reopen_for: 30 days
resubmission: {rounds: 2, within: 10 business days}
notices: {received: a, returned: b, approved: c, reduced: d, not_approved: e, paid: f}
texts: {introduction: {en: Claim here.}}
"""


def small() -> Playbook:
    """Return the small playbook."""
    return load_playbook(SMALL, file="small.yaml")


def eur(text: str) -> Money:
    """Return an amount in euros."""
    return Money.parse(text, "EUR")


SENT = date(2026, 11, 12)
FIRST, LAST = date(2026, 10, 13), date(2026, 10, 14)
EUR_USD = Rate("EUR", "USD", 11600, 4, "ecb_daily", date(2026, 11, 18))


def claim_line(
    line_id: str,
    net: str,
    tax: str,
    category: str,
    *,
    number: str = "EK-2026-1182",
    supplied: Period | None = None,
    **more: Fact,
) -> Line:
    """Return one line of the claim of the design pages."""
    facts = {
        "supplier": declared("Elbhallen Kongress GmbH"),
        "number": declared(number),
        "date": declared(date(2026, 10, 20)),
        "category": declared(category),
        "supplied": declared(supplied or Period(FIRST, LAST)),
        "net": declared(eur(net)),
        "tax": declared(eur(tax)),
        "paid_on": declared(date(2026, 10, 29)),
        "duplicate_invoice": system(value=False),
        "self_dealing": system(value=False),
    }
    return Line(line_id, {**facts, **more})


def claim_lines() -> tuple[Line, ...]:
    """Return the five lines of the claim of the design pages: 21,170.10 EUR with tax."""
    november = Period(date(2026, 11, 1), date(2026, 11, 30))
    return (
        claim_line("l1", "9800.00", "1862.00", "booth"),
        claim_line("l2", "600.00", "114.00", "storage", supplied=november),
        claim_line("l3", "2340.00", "444.60", "signage"),
        claim_line("l4", "3150.00", "598.50", "catering", other_funding=declared(eur("500.00"))),
        claim_line("l5", "1900.00", "361.00", "media"),
    )


def claim_facts(**changes: Fact | None) -> dict[str, Fact]:
    """Return the details of the claim; a name with two underscores stands for a dotted one."""
    facts: dict[str, Fact] = {
        "submitted_on": system(SENT),
        "partner.is_active": system(value=True),
        "agreement.in_force": system(value=True),
        "fund.currency": system("EUR"),
        "duplicate_evidence": system(value=False),
        "request.approved_on": system(date(2026, 9, 21)),
        "request.activity": system("event"),
        "request.starts_on": system(FIRST),
        "request.ends_on": system(LAST),
        "request.remaining": system(eur("8200.00")),
        "payee.recovers_tax": system(value=True),
        "activity": declared("event"),
        "activity_name": declared("Cloud Security Forum Hamburg"),
        "activity_start": declared(FIRST),
        "activity_end": declared(LAST),
        "attendees": declared(184),
        "leads": declared(31),
        "logo_visible": Fact(value=True, provenance=VERIFIED, source="photo 2 of 3", ref="F-7"),
    }
    for name, fact in changes.items():
        dotted = name.replace("__", ".")
        facts.pop(dotted, None)
        if fact is not None:
            facts[dotted] = fact
    return facts


CLAIM_EVIDENCE = (
    Proof("invoice", "a" * 64, "application/pdf"),
    Proof("activity_proof", "b" * 64, "application/pdf", piece="invitation"),
    Proof("activity_proof", "c" * 64, "image/jpeg", piece="photo_of_event"),
    Proof("payment_proof", "d" * 64, "application/pdf"),
)


def claim(
    *,
    lines: tuple[Line, ...] | None = None,
    evidence: tuple[Proof, ...] = CLAIM_EVIDENCE,
    rates: tuple[Rate, ...] = (EUR_USD,),
    **changes: Fact | None,
) -> Case:
    """Return the claim of the design pages, with changes."""
    return Case(
        facts=claim_facts(**changes),
        lines=claim_lines() if lines is None else lines,
        evidence=evidence,
        rates=rates,
        calendar="weekdays",
        add_business_days=weekdays_only,
    )


def sound_claim(**changes: Fact | None) -> Case:
    """Return the claim without the storage line: nothing stands against it."""
    lines = tuple(line for line in claim_lines() if line.id != "l2")
    return replace(claim(lines=lines), facts=claim_facts(**changes))


def request(**changes: Fact | None) -> Case:
    """Return a sound request for 4,000 EUR, with changes."""
    facts: dict[str, Fact] = {
        "submitted_on": system(date(2026, 9, 1)),
        "partner.is_active": system(value=True),
        "agreement.in_force": system(value=True),
        "fund.currency": system("EUR"),
        "fund.opens_on": system(date(2026, 1, 1)),
        "fund.closes_on": system(date(2026, 12, 31)),
        "fund.available": system(eur("12000.00")),
        "duplicate_evidence": system(value=False),
        "duplicate_request": system(value=False),
        "activity": declared("event"),
        "activity_name": declared("Cloud Security Forum Hamburg"),
        "activity_start": declared(FIRST),
        "activity_end": declared(LAST),
        "audience": declared("Heads of IT in hospitals"),
        "planned_cost": declared(eur("8000.00")),
        "requested_amount": declared(eur("4000.00")),
        "expected_leads": declared(30),
        "expected_outcome": declared("Ten first meetings with hospitals by year's end."),
    }
    for name, fact in changes.items():
        dotted = name.replace("__", ".")
        facts.pop(dotted, None)
        if fact is not None:
            facts[dotted] = fact
    return Case(
        facts=facts,
        evidence=(Proof("quotation", "e" * 64, "application/pdf"),),
        rates=(EUR_USD,),
        calendar="weekdays",
        add_business_days=weekdays_only,
    )
