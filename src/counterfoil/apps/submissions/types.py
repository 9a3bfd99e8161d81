"""What submissions hands out: frozen values, in the words of the inside; doors make sentences."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from counterfoil.core.adjudication import Adjudication, Case, Gap
from counterfoil.core.blind import Comparison, Sheet, compare
from counterfoil.core.blind import Standing as BlindStanding
from counterfoil.core.decisions import CalendarDays
from counterfoil.core.entries import EntryProblem
from counterfoil.core.inquiries import (
    Answer,
    InquiryAct,
    Standing,
    Step,
    is_revoked,
    standing_of,
    waits,
)
from counterfoil.core.money import Money
from counterfoil.core.playbooks import Provenance
from counterfoil.core.states import State, Turn

BEFORE_OR_OVER = (State.DRAFT, State.ACTION_REQUIRED, State.WITHDRAWN, State.EXPIRED)


@dataclass(frozen=True, slots=True)
class FundRef:
    """The fund period that a submission draws on, with what its program says."""

    pk: int
    public_id: str
    code: str
    name: str
    period: str
    currency: str
    starts_on: date
    ends_on: date
    claims_until: date
    program: str
    program_name: str
    zone: str
    calendar: str
    legal_entity: str


@dataclass(frozen=True, slots=True)
class Head:
    """A submission without its parts. `pk` and the other row numbers never leave the server."""

    pk: int
    public_id: str
    number: str
    partner_id: int
    partner_public_id: str
    partner_name: str
    partner_region: str
    partner_language: str
    kind: str
    playbook_code: str
    playbook_pk: int | None
    fund: FundRef
    parent_pk: int | None
    parent_public_id: str
    parent_number: str
    title: str
    state: State
    outcome: str
    revision: int
    returns_used: int
    currency: str
    requested: Money
    version: int
    created_by_pk: int
    submitted_by_pk: int | None
    assigned_to_pk: int | None
    is_on_behalf: bool
    confirmed_at: datetime | None
    created_at: datetime
    received_at: datetime | None
    submitted_at: datetime | None
    due_at: datetime | None
    decided_at: datetime | None
    pinned_on: date | None
    entries: Mapping[str, str]

    @property
    def is_with_us(self) -> bool:
        """Whether it was sent and is not back with the partner, given up or closed."""
        return self.state not in BEFORE_OR_OVER


@dataclass(frozen=True, slots=True)
class Begun:
    """A submission that was begun; the same form sent twice begins one (`is_new` False)."""

    submission_id: str
    version: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Saved:
    """What was saved and what could not be read; everything typed is kept."""

    version: int
    problems: tuple[EntryProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class LineEntry:
    """A line as a form sends it: `line_id` is empty for a new one, `evidence` its invoice."""

    entries: Mapping[str, str]
    line_id: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class EvidenceAdded:
    """A file or link that was taken; `is_new` is False for the same file a second time."""

    evidence_id: str
    name: str
    flags: tuple[str, ...]
    version: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """A submission that was sent; `is_new` is False for a second click."""

    submission_id: str
    number: str
    is_new: bool
    is_complete: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a check found and a person should see: it decides nothing by itself.

    `kind` is stable (`differs_from_document`, `invoice_seen_before`, `evidence_seen_before`,
    `file_flag`, `self_dealing`); `about` names the detail, line or file.
    """

    kind: str
    about: str
    words: str
    data: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the shape that screenings keep."""
        return {
            "kind": self.kind, "about": self.about, "words": self.words, "data": dict(self.data),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judgment:
    """A case with its adjudication, as one judging produced them."""

    case: Case
    adjudication: Adjudication
    calendar_days: CalendarDays
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Screened:
    """A stored screening; `sha256` is what a decision must name."""

    screening_id: str
    sha256: str
    outcome: str
    action: str
    state: State
    decision_id: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """What an act of a reviewer came to. Without `decision_id` another approver is next.

    `is_held` says that the submission was drawn and a blind second review comes first.
    """

    submission_id: str
    state: State
    decision_id: str = ""
    outcome: str = ""
    payable: Money | None = None
    next_role: str = ""
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class Incomplete:
    """What is missing before a submission would be complete, and what it would come to."""

    gaps: tuple[Gap, ...]
    words: tuple[str, ...]
    requested: Money | None
    payable: Money | None

    @property
    def is_complete(self) -> bool:
        return not self.gaps


@dataclass(frozen=True, slots=True)
class ReturnRef:
    """The last return: what we asked, what may be changed, by when."""

    message_id: str
    body: str
    fields: tuple[str, ...]
    codes: tuple[str, ...]
    answer_by: datetime | None
    sent_at: datetime
    before: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody at the partner who gets our letters."""

    email: str
    name: str


@dataclass(frozen=True, slots=True)
class DetailView:
    """A detail as it stands: the value, what was typed, who says so and what it rests on."""

    name: str
    title: str
    type: str
    value: Any
    typed: str
    provenance: str
    source: str
    quote: Mapping[str, Any]
    needs: str
    ask: str
    help: str = ""
    is_required: bool = False
    options: tuple[tuple[str, str], ...] = ()
    is_editable: bool = False
    max_length: int | None = None


@dataclass(frozen=True, slots=True)
class LineView:
    """An invoice line with its details and what the criteria say of it."""

    line_id: str
    number: int
    evidence_id: str
    details: tuple[DetailView, ...]
    result: str
    codes: tuple[str, ...]
    requested: Money | None
    left: Money | None
    is_editable: bool = False

    def value(self, name: str) -> Any:
        """Return the value of the field `name`, or None."""
        full = f"line.{self.line_id}.{name}"
        return next((item.value for item in self.details if item.name == full), None)


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """A file or link of a submission; `previews` are hashes of page pictures in the store."""

    evidence_id: str
    kind: str
    kind_title: str
    piece: str
    piece_title: str
    line_id: str
    name: str
    link: str
    sha256: str
    media_type: str
    size: int
    pages: int
    previews: tuple[str, ...]
    flags: tuple[str, ...]
    added_by: str
    added_at: datetime
    not_qualifying: str = ""
    is_editable: bool = False


@dataclass(frozen=True, slots=True)
class EvidenceNeed:
    """A kind of proof of the form: what is needed, what is there, which files are taken."""

    kind: str
    title: str
    help: str
    accepts: tuple[str, ...]
    pieces: tuple[tuple[str, str, str, bool], ...]
    is_needed: bool | None
    is_complete: bool | None
    count: int
    minimum: int
    for_each_line: bool
    not_qualifying: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CriterionView:
    """What one criterion says, for the whole or one line, with its trace in words."""

    id: str
    title: str
    line_id: str
    line_number: int | None
    result: str
    code: str
    code_words: str
    would_pass: str
    is_curable: bool
    waits_for: str
    missing: tuple[tuple[str, str, str], ...]
    rule: str
    trace_lines: tuple[str, ...]
    trace: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StepView:
    """A step of the amount: what it took off, under which code, and what is left."""

    code: str
    title: str
    is_agreed: bool
    adjustment: Money
    left: Money


@dataclass(frozen=True, slots=True)
class AmountView:
    """How the sum comes about. An estimate names what could still change it.

    `missing` says it in words; `lacks_payee` where a checked payee alone would answer it.
    """

    requested: Money
    payable: Money
    steps: tuple[StepView, ...]
    is_estimate: bool
    missing: tuple[str, ...]
    lacks_payee: bool = False


@dataclass(frozen=True, slots=True)
class ScreeningView:
    """The screening that stands, in words."""

    screening_id: str
    sha256: str
    revision: int
    outcome: str
    action: str
    screened_at: datetime
    criteria: tuple[CriterionView, ...]
    amount: AmountView | None
    approvers_in_turn: tuple[str, ...]
    is_automatic: bool
    findings: tuple[Finding, ...]
    gaps: tuple[str, ...]
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """One approval on the way to a decision."""

    step: int
    role: str
    approver_id: str
    approver_name: str
    reason: str
    approved_at: datetime


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message on the record that both sides read."""

    message_id: str
    kind: str
    revision: int
    author_name: str
    is_from_partner: bool
    body: str
    fields: tuple[str, ...]
    codes: tuple[str, ...]
    answer_by: datetime | None
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class NoteView:
    """An internal note; no partner page ever gets one."""

    note_id: str
    author_name: str
    body: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """Something that happened, from the audit log."""

    at: datetime
    actor_name: str
    action: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A decision as lists and letters need it."""

    decision_id: str
    revision: int
    outcome: str
    codes: tuple[tuple[str, str], ...]
    reason: str
    requested: Money
    payable: Money
    released: Money
    decided_by: str
    decided_by_name: str
    decided_at: datetime
    sha256: str
    entry_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AppealView:
    """An appeal as it was raised; `outcome` is "" until it is decided, then that decision's."""

    public_id: str
    submission_id: str
    revision: int
    against: str
    criteria: tuple[str, ...]
    reason: str
    files: tuple[str, ...]
    raised_by_name: str
    raised_at: datetime
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class SubmissionView:
    """Everything that a review or status page shows of one submission."""

    head: Head
    playbook_title: str
    playbook_label: str
    playbook_sha256: str
    turn: Turn
    details: tuple[DetailView, ...]
    lines: tuple[LineView, ...]
    evidence: tuple[EvidenceView, ...]
    needs: tuple[EvidenceNeed, ...]
    screening: ScreeningView | None
    approvals: tuple[ApprovalView, ...]
    messages: tuple[MessageView, ...]
    notes: tuple[NoteView, ...]
    history: tuple[HistoryRow, ...]
    decision: DecisionView | None
    asked: ReturnRef | None
    incomplete: Incomplete | None
    people: Mapping[str, str]
    assigned_to: str
    next_role: str
    rounds_left: int
    remaining: Money | None
    codes: tuple[tuple[str, str, str], ...]
    appeal: AppealView | None = None
    judged_by: frozenset[str] = frozenset()
    inquiries: "tuple[InquiryView, ...]" = ()
    blind: "BlindView | None" = None
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class QueueFilters:
    """What a queue page shows; `to_query` gives the address of the saved view.

    `group` is one of mine, unassigned, review, second_review, partner, late, decided, all.
    """

    group: str = "review"
    kind: str = ""
    partner: str = ""
    program: str = ""
    text: str = ""
    code: str = ""

    def to_query(self) -> dict[str, str]:
        """Return the filters that differ from the plain list, for a query string."""
        named = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {name: value for name, value in named.items() if value and value != "review"}


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A submission in a list of operations."""

    head: Head
    turn: Turn
    counts: Mapping[str, int]
    outcome_advised: str
    payable: Money | None
    owner_id: str
    owner_name: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class QueuePage:
    """A page of a queue; `next_cursor` is empty at the end."""

    rows: tuple[QueueRow, ...]
    next_cursor: str
    filters: QueueFilters


@dataclass(frozen=True, slots=True)
class PortalRow:
    """A submission in the list of a partner."""

    head: Head
    turn: Turn
    payable: Money | None
    answer_by: datetime | None


@dataclass(frozen=True, slots=True)
class PortalPage:
    """A page of a partner's submissions; `next_cursor` is empty at the end."""

    rows: tuple[PortalRow, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class RequestLeft:
    """An approved request with what is left of it, on which a claim may draw until `claim_by`."""

    head: Head
    approved: Money
    remaining: Money
    approved_on: date
    claim_by: date


@dataclass(frozen=True, slots=True)
class ReplayRow:
    """What the replay of one decision found."""

    decision_id: str
    number: str
    is_same: bool
    differences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """What a replay of many found."""

    checked: int
    differing: tuple[ReplayRow, ...]

    @property
    def is_clean(self) -> bool:
        return not self.differing


@dataclass(frozen=True, slots=True)
class Established:
    """The newest row of a detail: its value, who says so, and what it rests on."""

    value: object
    provenance: Provenance
    source: str
    quote: Mapping[str, Any]
    ref: str
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class DealUse:
    """Another live submission of the same type that names the same deal."""

    submission_id: str
    number: str
    partner_id: int
    is_approved: bool


@dataclass(frozen=True, slots=True)
class FileReading:
    """What the reader said of a file at upload, as screening needs it."""

    evidence_id: str
    kind: str
    name: str
    sha256: str
    media_type: str
    page_texts: tuple[str, ...]
    text_sha256: str
    image_hashes: tuple[str, ...]
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Use:
    """Where else something was used: the other submission and its partner."""

    submission_id: str
    number: str
    partner_id: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class StoredScreening:
    """A screening as stored: its canonical text and the hash that decisions name."""

    screening_id: str
    sha256: str
    revision: int
    record: str
    outcome: str
    screened_at: datetime


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """A decision as stored, with the row's own figures beside those of the record."""

    decision_id: str
    submission_id: str
    number: str
    partner_id: int
    record: str
    sha256: str
    requested_minor: int
    payable_minor: int
    currency: str
    outcome: str


@dataclass(frozen=True, slots=True)
class AppealFile:
    """A file that a partner adds with an appeal: what it proves, and its content."""

    kind: str
    piece: str
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class DecidedAt:
    """Where a decision stands: its row, its submission's row, the revision and when (UTC)."""

    row: int
    submission: int
    revision: int
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class DecidedRow:
    """A decision as stored, and where it stands."""

    at: DecidedAt
    stored: StoredDecision


@dataclass(frozen=True, slots=True)
class DecidedItem:
    """A decision without its record, as a population lists it."""

    decision_id: str
    submission_id: str
    number: str
    partner_id: int
    partner: str
    playbook: str
    outcome: str
    currency: str
    requested_minor: int
    payable_minor: int
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class InquiryStepView:
    """What was done to an inquiry, by whom, from which mailed address."""

    act: InquiryAct
    answer: Answer | None
    words: str
    name: str
    email: str
    to_name: str
    to_email: str
    ties: tuple[str, ...]
    at: datetime

    @property
    def plain(self) -> Step:
        """Return what the rules look at."""
        return Step(self.act, self.email, self.answer, self.to_email, self.ties)


@dataclass(frozen=True, slots=True)
class InquiryView:
    """What an account executive was asked about a submission, and all that was done to it."""

    inquiry_id: str
    submission_id: str
    number: str
    title: str
    kind: str
    partner_name: str
    program_zone: str
    calendar: str
    name: str
    email: str
    deal: str
    question: str
    shown: tuple[str, ...]
    asked_by: str
    asked_by_name: str
    asked_at: datetime
    due_at: datetime
    is_over: bool
    steps: tuple[InquiryStepView, ...]

    @property
    def plain_steps(self) -> tuple[Step, ...]:
        """Return the steps as the rules look at them."""
        return tuple(step.plain for step in self.steps)

    @property
    def answer(self) -> InquiryStepView | None:
        """Return the answer that stands."""
        given = [step for step in self.steps if step.act is InquiryAct.ANSWER]
        return given[-1] if given else None

    @property
    def is_revoked(self) -> bool:
        """Return whether it was taken back."""
        return is_revoked(self.plain_steps)

    @property
    def holder(self) -> tuple[str, str]:
        """Return name and mail address of who is to answer."""
        passed = [step for step in self.steps if step.act is InquiryAct.DELEGATE]
        return (passed[-1].to_name, passed[-1].to_email) if passed else (self.name, self.email)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Return the chain of mail addresses, the one asked first."""
        return (self.email, *(s.to_email for s in self.steps if s.act is InquiryAct.DELEGATE))

    def waits(self, at: datetime) -> bool:
        """Return whether somebody is still to answer."""
        return waits(steps=self.plain_steps, due_at=self.due_at, is_over=self.is_over, at=at)

    def is_late(self, at: datetime) -> bool:
        """Return whether the due time passed without an answer."""
        return at >= self.due_at and self.waits(at)

    def standing(self, email: str, at: datetime) -> Standing:
        """Return what the link of a mail address opens at `at`."""
        return standing_of(
            email=email, asked=self.email, steps=self.plain_steps, due_at=self.due_at,
            is_over=self.is_over, at=at,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class InquiryLinkView:
    """A link that was found by its secret: whose it is, and the inquiry it was made for."""

    email: str
    name: str
    inquiry: InquiryView


@dataclass(frozen=True, slots=True)
class InquirySent:
    """A new link with its secret, which is in the mail and nowhere else."""

    inquiry_id: str
    token: str


@dataclass(frozen=True, slots=True)
class BlindSheet:
    """What one of the two reviewers of a drawn submission found, and when.

    `answers` are what the person verified, as canonical JSON by detail or file.
    """

    public_id: str
    place: int
    reviewer_pk: int
    reviewer_id: str
    reviewer_name: str
    sheet: Sheet
    reason: str
    answers: Mapping[str, Any]
    given_at: datetime


@dataclass(frozen=True, slots=True)
class BlindView:
    """Where the blind reviews of a submission's revision stand."""

    standing: BlindStanding = BlindStanding.NONE
    sheets: tuple[BlindSheet, ...] = ()
    comparison: Comparison | None = None
    drawn_at: datetime | None = None

    def gave(self, user_pk: int | None) -> bool:
        """Return whether this person gave one of the sheets."""
        return any(each.reviewer_pk == user_pk for each in self.sheets)


@dataclass(frozen=True, slots=True)
class BlindPair:
    """Both sheets of one revision."""

    first: BlindSheet
    second: BlindSheet
    number: str
    playbook_code: str

    @property
    def comparison(self) -> Comparison:
        """Return the two side by side."""
        return compare(self.first.sheet, self.second.sheet)


@dataclass(frozen=True, slots=True)
class BlindRow:
    """A submission with two blind reviews, or one and a half, in the list of them."""

    submission_id: str
    number: str
    partner_name: str
    kind: str
    playbook_code: str
    playbook_version: str
    view: BlindView
    outcome: str
    decided_by_name: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class DrawMonth:
    """A month's draws: what was fixed, the secret once it was told, how many were drawn of how
    many.
    """

    month: str
    commitment: str
    considered: Mapping[str, int]
    drawn: Mapping[str, int]
    secret: str = ""


@dataclass(frozen=True, slots=True)
class DrawRow:
    """One submission in a draw, as it was drawn."""

    submission_id: str
    number: str
    kind: str
    number_drawn: int
    share_ppm: int
    is_drawn: bool
    drawn_at: datetime


@dataclass(frozen=True, slots=True)
class Automation:
    """What the sampled automatic approvals of a playbook say since the last start."""

    playbook_code: str
    sampled: int
    decided: int
    wrong: tuple[str, ...]
    since: datetime | None
    restarted_by_name: str = ""
    restart_reason: str = ""
