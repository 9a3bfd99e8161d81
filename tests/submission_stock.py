"""A small world for tests of submissions: people, a partner with money, playbooks, documents.

`make_world` builds it through the same services and flows that the product uses; documents come
from a reader and a store that need no process and no disk.
"""

import hashlib
import io
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path

from counterfoil.apps.ledger.services import post_entries
from counterfoil.apps.partners.models import Agreement
from counterfoil.apps.payouts.services import enter_payee
from counterfoil.apps.programs.services import create_program, enroll_partner
from counterfoil.apps.service_levels.services import store_calendar
from counterfoil.apps.submissions.ports import (
    EvidenceKind,
    InspectedFile,
    Refused,
    StoredFile,
)
from counterfoil.apps.submissions.selectors.heads import get_head
from counterfoil.apps.submissions.types import LineEntry
from counterfoil.core.actors import Actor, Grant, system_actor
from counterfoil.core.journal import FundShare, allocate_earned
from counterfoil.core.money import Money
from counterfoil.flows import decide, submit
from counterfoil.flows.earn_funds import set_up_fund
from counterfoil.flows.publish import publish_files
from counterfoil.flows.screen import screen_submission
from counterfoil.foundation.acting import acting_as, portal, staff, worker
from counterfoil.foundation.ids import new_id
from tests.people_stock import organization, partner_person, staff_person

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SCREENING = system_actor("screening")
WEEK = {str(day): [["09:00", "17:00"]] for day in range(5)}


class MemoryStore:
    """Keeps content by hash in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def put(self, source: bytes | Path) -> StoredFile:
        assert isinstance(source, bytes)
        sha256 = hashlib.sha256(source).hexdigest()
        self.kept[sha256] = source
        return StoredFile(sha256, len(source))

    def open(self, sha256: str) -> io.BytesIO:
        return io.BytesIO(self.kept[sha256])

    def path(self, sha256: str) -> Path:
        raise AssertionError("nothing lies on a disk")

    def verify(self, sha256: str) -> bool:
        return sha256 in self.kept


class PlainReader:
    """Reads bytes as text pages divided by form feeds; `REFUSE` at the start is refused."""

    def inspect(self, file, *, previews=True, ocr=None):
        content = file.source
        if content.startswith(b"REFUSE"):
            return Refused("ENCRYPTED", "Send the file without a password.")
        kind = EvidenceKind.IMAGE if content.startswith(b"PICTURE") else EvidenceKind.PDF
        pages = () if kind is EvidenceKind.IMAGE else tuple(content.decode().split("\f"))
        text = " ".join("".join(pages).split())
        return InspectedFile(
            media_type="image/png" if kind is EvidenceKind.IMAGE else "application/pdf",
            kind=kind,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            display_name=file.claimed_name,
            pages=len(pages) or 1,
            page_texts=pages,
            text_sha256=hashlib.sha256(text.encode()).hexdigest() if text else None,
            image_sha256s=(hashlib.sha256(content[:40]).hexdigest(),)
            if kind is EvidenceKind.IMAGE
            else (),
            previews=(b"PNG" + content[:20],),
            reader="plain 1",
        )

    def inspect_many(self, files, *, previews=False, ocr=None):
        for file in files:
            yield file, self.inspect(file)


@dataclass
class World:
    """Who and what there is; `store` and `reader` stand in for the adapters."""

    operations: Actor
    second_operations: Actor
    lead: Actor
    finance: Actor
    checker: Actor
    partner_id: int
    partner_public_id: str
    partner: Actor
    other_partner_id: int
    other: Actor
    fund_id: str
    store: MemoryStore = field(default_factory=MemoryStore)
    reader: PlainReader = field(default_factory=PlainReader)


def shipped() -> dict[str, str]:
    """This will return the texts of the shipped playbooks by file name."""
    folder = files("counterfoil.apps.playbooks") / "shipped"
    return {
        entry.name: entry.read_text(encoding="utf-8")
        for entry in folder.iterdir()
        if entry.name.endswith(".yaml")
    }


def make_world(
    *,
    available: int = 10_000_000,
    at: datetime = AT,
    has_payees: bool = True,
    claims_until: date = date(2027, 3, 31),
    review: str = "",
) -> World:
    """This will build the world as staff; call it outside `acting_as`.

    `review` is what the claim's playbook says of second looks, as the key's value in YAML.
    """
    with acting_as(staff()):
        operations = staff_person("Olive", "operations")
        second = staff_person("Otto", "operations")
        lead = staff_person("Lena", "team_lead")
        maker = staff_person("Max", "finance_maker")
        checker = staff_person("Chris", "finance_checker")
        here = organization("Alpine Systems", tax_id="DE123456789")
        there = organization("Baltic Trading")
        partner = partner_person("Paula", here.pk)
        other = partner_person("Boris", there.pk)
        store_calendar(
            code="standard",
            title="Standard",
            zone="UTC",
            weekly=WEEK,
            holidays=[],
            source="test",
            by=operations,
            at=at,
        )
        create_program(
            code="growth",
            name="Growth",
            currency="USD",
            legal_entity="Vendor Inc.",
            zone="UTC",
            calendar="standard",
            by=lead,
            at=at,
        )
        fund = set_up_fund(
            program="growth",
            code="mdf",
            name="MDF",
            period="2026",
            budget=Money(100_000_000, "USD"),
            earn_rate_ppm=20_000,
            starts_on=date(2026, 1, 1),
            ends_on=date(2026, 12, 31),
            claims_until=claims_until,
            by=maker,
            at=at,
        )
        for saved in (here, there):
            enroll_partner(
                partner_id=saved.pk,
                program="growth",
                tier="",
                since_on=date(2025, 1, 1),
                by=operations,
                at=at,
            )
            Agreement.objects.create(
                public_id=new_id("agr"),
                partner_id=saved.pk,
                kind="mdf-terms",
                version="1",
                signed_on=date(2025, 1, 1),
                in_force_from=date(2025, 1, 1),
            )
            if has_payees:
                enter_payee(
                    partner_id=saved.pk,
                    legal_name="Legal",
                    erp_vendor_number=f"V{saved.pk}",
                    currency="USD",
                    by=operations,
                    at=at,
                    tax_recoverable=True,
                )
        post_entries(
            drafts=[
                allocate_earned(
                    share=FundShare(fund.public_id, saved.id, "2026"),
                    amount=Money(available, "USD"),
                    effective_on=at.date(),
                    idem_key=f"earned-{saved.id}",
                    source_ref=fund.public_id,
                )
                for saved in (here, there)
            ],
            by=maker,
            at=at,
        )
        texts = shipped()
        if review:
            texts["mdf-claim.yaml"] += f"\nreview: {review}\n"
        publish_files(files=texts, author=operations, by=lead, at=at)
    return World(
        operations,
        second,
        lead,
        maker,
        checker,
        here.pk,
        here.id,
        partner,
        there.pk,
        other,
        fund.public_id,
    )


REQUEST = {
    "activity": "event",
    "activity_name": "Alpine Summit",
    "activity_start": "Apr 20, 2026",
    "activity_end": "21.4.2026",
    "audience": "Heads of IT of mid-sized manufacturers",
    "planned_cost": "4,000.00",
    "requested_amount": "2,000.00 USD",
    "expected_leads": "40",
    "expected_outcome": "Twenty qualified meetings within a month",
}
CLAIM = {
    "activity": "event",
    "activity_name": "Alpine Summit",
    "activity_start": "2026-04-20",
    "activity_end": "2026-04-21",
    "attendees": "184",
    "leads": "37",
}
LINE = {
    "supplier": "Hall & Stage Ltd",
    "number": "HS-2026-118",
    "date": "2026-04-22",
    "category": "venue",
    "supplied": "2026-04-20/2026-04-21",
    "net": "1,200.00",
    "tax": "0.00",
}
INVOICE = """Hall & Stage Ltd
Invoice
Invoice number: HS-2026-118
Invoice date: 2026-04-22
Service period: 2026-04-20 to 2026-04-21
Venue rent USD 1,200.00
Net total USD 1,200.00
Tax USD 0.00
Total amount due USD 1,200.00
"""


def send_request(
    world: World, *, at: datetime = AT, by: Actor | None = None, **entries: str
) -> str:
    """This will begin, fill in and send a request as the partner; it returns its public id."""
    who = by or world.partner
    with acting_as(portal(who.partner_id)):
        begun = submit.start_submission(
            playbook_code="mdf-request", fund_id=world.fund_id, by=who, at=at, title="Summit"
        )
        submit.save_details(
            submission_id=begun.submission_id, entries={**REQUEST, **entries}, by=who, at=at
        )
        submit.submit_submission(submission_id=begun.submission_id, by=who, at=at)
    return begun.submission_id


def screen(submission_id: str, *, at: datetime = AT):
    """This will screen as the worker does."""
    with acting_as(worker()):
        return screen_submission(submission_id=submission_id, by=SCREENING, at=at)


def approve(
    world: World, submission_id: str, *, by: Actor | None = None, at: datetime = AT, sha256=""
):
    """This will approve what the latest screening says."""
    from counterfoil.apps.submissions.selectors.decisions import latest_screening

    who = by or world.operations
    with acting_as(staff()):
        stands = latest_screening(get_head(submission_id, by=who)).sha256
        return decide.approve_submission(
            submission_id=submission_id,
            expected_screening_sha256=sha256 or stands,
            by=who,
            at=at,
            reason="All in order.",
        )


def approved_request(
    world: World, *, at: datetime = AT, by: Actor | None = None, **entries: str
) -> str:
    """This will bring a request to its approval and return its public id."""
    request_id = send_request(world, at=at, by=by, **entries)
    screened = screen(request_id, at=at)
    if not screened.decision_id:
        approve(world, request_id, at=at)
    return request_id


CLAIMED = AT + timedelta(days=60)


def draft_claim(
    world: World,
    request_id: str,
    *,
    at: datetime = CLAIMED,
    by: Actor | None = None,
    lines: tuple[dict[str, str], ...] = (LINE,),
    invoices: tuple[str, ...] = (INVOICE,),
    proof: bool = True,
    **entries: str,
) -> str:
    """This will begin and fill in a claim with its evidence; it returns its public id."""
    who = by or world.partner
    with acting_as(portal(who.partner_id)):
        begun = submit.start_submission(
            playbook_code="mdf-claim", request_id=request_id, by=who, at=at
        )
        claim_id = begun.submission_id
        submit.save_details(submission_id=claim_id, entries={**CLAIM, **entries}, by=who, at=at)
        submit.save_lines(
            submission_id=claim_id, lines=[LineEntry(line) for line in lines], by=who, at=at
        )
        for place, text in enumerate(invoices):
            add_file(
                world, claim_id, "invoice", text.encode(), f"invoice{place}.pdf", by=who, at=at
            )
        if proof:
            mark = request_id.encode()
            for piece in ("invitation", "photo_of_event"):
                add_file(
                    world,
                    claim_id,
                    "activity_proof",
                    b"PICTURE " + piece.encode() + mark,
                    f"{piece}.png",
                    by=who,
                    at=at,
                    piece=piece,
                )
    return claim_id


def add_file(
    world, submission_id, kind, content, name, *, by=None, at=CLAIMED, piece="", line_id=""
):
    """This will add a file as the door does."""
    return submit.add_evidence(
        submission_id=submission_id,
        kind=kind,
        content=content,
        name=name,
        store=world.store,
        reader=world.reader,
        by=by or world.partner,
        at=at,
        piece=piece,
        line_id=line_id,
    )


def send_claim(world: World, request_id: str, *, at: datetime = CLAIMED, by=None, **given) -> str:
    """This will fill in and send a claim; it returns its public id."""
    who = by or world.partner
    claim_id = draft_claim(world, request_id, at=at, by=who, **given)
    with acting_as(portal(who.partner_id)):
        submit.submit_submission(submission_id=claim_id, by=who, at=at)
    return claim_id


def answer_logo(
    world: World, submission_id: str, *, by: Actor | None = None, at=CLAIMED, value="yes"
):
    """This will answer the reviewer's question about the logo."""
    with acting_as(staff()):
        return decide.verify_detail(
            submission_id=submission_id,
            name="logo_visible",
            value=value,
            by=by or world.operations,
            at=at,
        )


def actor_with(actor: Actor, *grants: Grant) -> Actor:
    """This will return the same person with other grants."""
    return Actor(actor.id, actor.name, grants, partner_id=actor.partner_id, user_pk=actor.user_pk)
