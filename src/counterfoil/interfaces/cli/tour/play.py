"""The play: stories acted out in the order of time, each act as its person, through the flows.

A story is a generator that acts and then yields the moment at which it goes on. The scheduler
takes the earliest one, so that partners' and reviewers' acts interleave as in life.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from counterfoil.apps.submissions.errors import SubmissionRefused
from counterfoil.apps.submissions.ports import FileToInspect
from counterfoil.apps.submissions.selectors.heads import get_head
from counterfoil.apps.submissions.selectors.results import Result, line_ids_of, result_of
from counterfoil.apps.submissions.types import LineEntry
from counterfoil.core.actors import Actor, system_actor
from counterfoil.core.canonical import sha256_hex
from counterfoil.core.money import Money
from counterfoil.core.states import State
from counterfoil.flows.decide import (
    approve_submission,
    decline_submission,
    return_submission,
    verify_detail,
)
from counterfoil.flows.run_clocks import run_clocks
from counterfoil.flows.screen import screen_submission
from counterfoil.flows.submit import (
    add_evidence,
    add_link,
    answer_return,
    save_details,
    save_lines,
    start_submission,
    submit_submission,
)
from counterfoil.foundation.acting import acting_as, portal, staff, worker
from counterfoil.interfaces.cli.tour.papers import (
    PROOF,
    Bill,
    Paper,
    invoice_paper,
    is_link,
    proof_papers,
    quotation_paper,
    slip_paper,
)
from counterfoil.interfaces.cli.tour.stage import Stage, at_hour, workday
from counterfoil.interfaces.cli.tour.stories import (
    ClaimStory,
    Fault,
    RequestStory,
    is_attended,
)

SCREENING = system_actor("screening")
CLOCKS = system_actor("clocks")
QUOTATION_ABOVE_MINOR = 500_000
Acts = Iterator[datetime]


@dataclass(slots=True)
class Diary:
    """What happened, for the report."""

    submissions: int = 0
    files: int = 0
    surprises: list[str] = field(default_factory=list)


def perform(
    stage: Stage,
    stories: Iterable[RequestStory],
    diary: Diary,
    *,
    until: datetime | None = None,
    progress: Callable[[int], None] | None = None,
) -> None:
    """This will act the stories out in the order of time; clocks run each simulated Monday.

    Acts at or after `until` are left undone, which leaves submissions in every state.
    """
    heap: list[tuple[datetime, int, Acts]] = []
    for number, story in enumerate(stories):
        heapq.heappush(
            heap, (at_hour(story.asked_on, 14, number % 60), number, _acts(stage, story, diary))
        )
    done = 0
    monday: datetime | None = None
    while heap:
        at, number, acts = heapq.heappop(heap)
        if until is not None and at >= until:
            continue
        monday = monday or at
        while at - monday >= timedelta(days=7):
            monday += timedelta(days=7)
            with acting_as(worker()):
                run_clocks(by=CLOCKS, at=monday)
        following = next(acts, None)
        done += 1
        if progress is not None:
            progress(done)
        if following is not None:
            heapq.heappush(heap, (max(following, at), number, acts))


def _acts(stage: Stage, story: RequestStory, diary: Diary) -> Acts:
    """The request first, then its claims one after the other."""
    at = at_hour(story.asked_on, 14, story.seed % 60)
    yield from _request(stage, story, diary, at)
    if story.fault is not Fault.NONE or story.ended != "qualified":
        return
    for claim in story.claims:
        yield at_hour(claim.sent_on, 13, claim.seed % 60)
        yield from _claim(stage, story, claim, diary)


def _request(stage: Stage, story: RequestStory, diary: Diary, at: datetime) -> Acts:
    partner = stage.cast.partners[story.partner_pk]
    cost = Money(story.amount.minor * 2 + 1_00, story.amount.currency)
    papers = []
    if cost.minor > QUOTATION_ABOVE_MINOR:
        papers.append(
            quotation_paper(
                cost, seed=story.seed, customer=stage.names[story.partner_pk], on=story.asked_on
            )
        )
    with acting_as(portal(story.partner_pk)):
        begun = start_submission(
            playbook_code="mdf-request", fund_id=stage.funds[story.fund].public_id,
            title=story.name, by=partner, at=at,
        )  # fmt: skip
        save_details(
            submission_id=begun.submission_id,
            entries={
                "activity": story.activity,
                "activity_name": story.name,
                "activity_start": story.starts.isoformat(),
                "activity_end": story.ends.isoformat(),
                "audience": "Workshops and dealers within a day's drive of our stores",
                "planned_cost": cost.format_number(),
                "requested_amount": story.amount.format_number(),
                "expected_leads": str(10 + story.seed % 90),
                "expected_outcome": "New customers for the season, most of them for road bikes.",
            },
            by=partner, at=at,
        )  # fmt: skip
        _hand_in(stage, begun.submission_id, papers, partner, at)
        submit_submission(submission_id=begun.submission_id, by=partner, at=at)
    story.public_id = begun.submission_id
    diary.submissions += 1
    diary.files += len(papers)
    yield at + timedelta(minutes=5)
    result = _screen(begun.submission_id, at + timedelta(minutes=5))
    if result.is_open:
        at = at_hour(workday(at.date() + timedelta(days=1)), 15, story.seed % 60)
        yield at
        if stage.reviewed_until is not None and at > stage.reviewed_until:
            return
        result = _review(stage, begun.submission_id, story.seed, diary, at)
    story.ended, story.codes = result.outcome, result.codes


def _claim(stage: Stage, story: RequestStory, claim: ClaimStory, diary: Diary) -> Acts:
    partner = stage.cast.partners[story.partner_pk]
    at = at_hour(claim.sent_on, 13, claim.seed % 60)
    try:
        with acting_as(portal(story.partner_pk)):
            begun = start_submission(
                playbook_code="mdf-claim", request_id=story.public_id,
                title=f"{story.name}, claim", by=partner, at=at,
            )  # fmt: skip
            _fill_claim(stage, story, claim, begun.submission_id, partner, diary, at)
            submit_submission(submission_id=begun.submission_id, by=partner, at=at)
    except SubmissionRefused as refused:
        diary.surprises.append(f"{story.name}: {refused}")
        return
    claim.public_id, claim.was_sent = begun.submission_id, True
    diary.submissions += 1
    yield at + timedelta(minutes=5)
    result = _screen(begun.submission_id, at + timedelta(minutes=5))
    at = at_hour(workday(at.date() + timedelta(days=1)), 15, claim.seed % 60)
    if result.is_open and claim.fault in {Fault.MISSING_PROOF, Fault.WRONG_PERIOD}:
        yield at
        claim.codes = _return(stage, claim, result, at)
        if not claim.is_mended:
            # The partner does not answer; the clock closes it, or the reviewer does in the end.
            yield at + timedelta(days=45)
            claim.ended = _state(begun.submission_id).value
            return
        at = at_hour(workday(at.date() + timedelta(days=3)), 13, claim.seed % 60)
        yield at
        with acting_as(portal(story.partner_pk)):
            _mend(stage, story, claim, partner, diary, at)
        result = _screen(begun.submission_id, at + timedelta(minutes=5))
        at = at_hour(workday(at.date() + timedelta(days=1)), 16, claim.seed % 60)
    if result.is_open:
        yield at
        if stage.reviewed_until is not None and at > stage.reviewed_until:
            return
        result = _review(stage, begun.submission_id, claim.seed, diary, at)
    claim.ended, claim.payable = result.outcome, result.payable
    claim.decision_id = result.decision_id
    if not claim.codes:
        claim.codes = result.codes


def _fill_claim(
    stage: Stage,
    story: RequestStory,
    claim: ClaimStory,
    submission_id: str,
    partner: Actor,
    diary: Diary,
    at: datetime,
) -> None:
    entries = {
        "activity": story.activity,
        "activity_name": story.name,
        "activity_start": story.starts.isoformat(),
        "activity_end": story.ends.isoformat(),
        "leads": str(5 + claim.seed % 50),
    }
    if is_attended(story.activity):
        entries["attendees"] = str(20 + claim.seed % 180)
    save_details(submission_id=submission_id, entries=entries, by=partner, at=at)
    save_lines(
        submission_id=submission_id,
        lines=[LineEntry(_line_entries(bill)) for bill in claim.bills],
        by=partner, at=at,
    )  # fmt: skip
    line_ids = line_ids_of(submission_id=submission_id, by=partner)
    for paper in claim_papers(stage, story, claim):
        if paper.piece and paper.piece == claim.missing_piece:
            continue
        diary.files += 1
        line_id = _line_of(line_ids, paper)
        _hand_in(stage, submission_id, [paper], partner, at, line_id=line_id)
    for piece, picture in PROOF[story.activity]:
        if is_link(picture) and piece != claim.missing_piece:
            add_link(
                submission_id=submission_id, kind="activity_proof", piece=piece,
                link=f"{picture}?campaign={claim.seed}", by=partner, at=at,
            )  # fmt: skip


def _line_of(line_ids: tuple[str, ...], paper: Paper) -> str:
    if paper.kind != "payment_proof":
        return ""
    return line_ids[int(paper.name.removeprefix("paid-").removesuffix(".pdf")) % 10]


def _line_entries(bill: Bill) -> dict[str, str]:
    first, last = bill.supplied
    entries = {
        "supplier": bill.supplier,
        "number": bill.number,
        "date": bill.issued_on.isoformat(),
        "description": bill.category.replace("_", " "),
        "category": bill.category,
        "supplied": f"{first.isoformat()} to {last.isoformat()}",
        "net": bill.net.format_number(),
        "tax": bill.tax.format_number(),
    }
    if bill.paid_on is not None:
        entries["paid_on"] = bill.paid_on.isoformat()
    return entries


def claim_papers(stage: Stage, story: RequestStory, claim: ClaimStory) -> list[Paper]:
    """This will draw the files of a claim, complete: what a fault leaves out is left out later."""
    customer = stage.names[story.partner_pk]
    papers = [
        invoice_paper(bill, seed=claim.seed * 10 + n, customer=customer)
        for n, bill in enumerate(claim.bills)
    ]
    papers += [
        slip_paper(bill, seed=claim.seed * 10 + n, payer=customer)
        for n, bill in enumerate(claim.bills)
        if bill.paid_on is not None
    ]
    papers += proof_papers(story.activity, seed=claim.seed, title=story.name, vendor=stage.vendor)
    return papers


def read_ahead(stage: Stage, stories: Iterable[RequestStory]) -> int:
    """This will let the sandbox read the files of these stories in one batch."""

    def files() -> Iterator[FileToInspect]:
        for story in stories:
            for claim in story.claims:
                for paper in claim_papers(stage, story, claim):
                    yield FileToInspect(
                        paper.content, paper.name, paper.media_type, sha256_hex(paper.content)
                    )

    return stage.reader.read_ahead(files())


def _hand_in(
    stage: Stage,
    submission_id: str,
    papers: Iterable[Paper],
    by: Actor,
    at: datetime,
    *,
    line_id: str = "",
) -> None:
    for paper in papers:
        add_evidence(
            submission_id=submission_id, kind=paper.kind, piece=paper.piece, content=paper.content,
            name=paper.name, claimed_type=paper.media_type, line_id=line_id, store=stage.store,
            reader=stage.reader, by=by, at=at,
        )  # fmt: skip


def _screen(submission_id: str, at: datetime) -> Result:
    with acting_as(worker()):
        screen_submission(submission_id=submission_id, by=SCREENING, at=at)
        return result_of(submission_id=submission_id, by=SCREENING)


def _state(submission_id: str) -> State:
    with acting_as(worker()):
        return get_head(submission_id, by=SCREENING).state


def _review(stage: Stage, submission_id: str, turn: int, diary: Diary, at: datetime) -> Result:
    """A reviewer looks at the logo, then approves in turn, or does not approve with the code."""
    reviewer = stage.cast.one("operations", turn)
    with acting_as(staff()):
        result = result_of(submission_id=submission_id, by=reviewer)
        if "logo_visible" in result.questions:
            verify_detail(
                submission_id=submission_id, name="logo_visible", value="yes", by=reviewer, at=at
            )
            result = result_of(submission_id=submission_id, by=reviewer)
        if result.screening_outcome == "needs_information":
            diary.surprises.append(f"{submission_id}: {result.unknown}")
            return result
        if result.failing:
            decline_submission(
                submission_id=submission_id, expected_screening_sha256=result.screening_sha256,
                code=result.failing[0], reason="As the criteria say.", by=reviewer, at=at,
            )  # fmt: skip
            return result_of(submission_id=submission_id, by=reviewer)
        decided = approve_submission(
            submission_id=submission_id, expected_screening_sha256=result.screening_sha256,
            by=reviewer, at=at,
        )  # fmt: skip
        while not decided.decision_id:
            if stage.checked_until is not None and at > stage.checked_until:
                break
            checker = stage.cast.one(decided.next_role, turn)
            decided = approve_submission(
                submission_id=submission_id, expected_screening_sha256=result.screening_sha256,
                by=checker, at=at + timedelta(minutes=40),
            )  # fmt: skip
        return result_of(submission_id=submission_id, by=reviewer)


def _return(stage: Stage, claim: ClaimStory, result: Result, at: datetime) -> tuple[str, ...]:
    reviewer = stage.cast.one("operations", claim.seed)
    fields = ["evidence:activity_proof"] if claim.fault is Fault.MISSING_PROOF else ["lines"]
    with acting_as(staff()):
        return_submission(
            submission_id=claim.public_id, codes=list(result.failing), fields=fields,
            message="Please look at what is named here; the rest is fine.", by=reviewer, at=at,
        )  # fmt: skip
    return result.failing


def _mend(
    stage: Stage,
    story: RequestStory,
    claim: ClaimStory,
    partner: Actor,
    diary: Diary,
    at: datetime,
) -> None:
    if claim.fault is Fault.MISSING_PROOF:
        missing = [p for p in claim_papers(stage, story, claim) if p.piece == claim.missing_piece]
        _hand_in(stage, claim.public_id, missing, partner, at)
        diary.files += len(missing)
        for piece, picture in PROOF[story.activity]:
            if is_link(picture) and piece == claim.missing_piece:
                add_link(
                    submission_id=claim.public_id, kind="activity_proof", piece=piece,
                    link=f"{picture}?campaign={claim.seed}", by=partner, at=at,
                )  # fmt: skip
    else:
        assert claim.right_supplied is not None
        right = replace(claim.bills[0], supplied=claim.right_supplied)
        lines = line_ids_of(submission_id=claim.public_id, by=partner)
        save_lines(
            submission_id=claim.public_id, lines=[LineEntry(_line_entries(right), lines[0])],
            by=partner, at=at,
        )  # fmt: skip
    answer_return(submission_id=claim.public_id, reason="Corrected as asked.", by=partner, at=at)
