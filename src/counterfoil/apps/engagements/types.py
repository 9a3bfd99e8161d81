"""What engagements hand out, and what is handed to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from counterfoil.core.sampling import Drawn, Item, Plan

ANSWERS = ("yes", "no", "na")
FINDING_KINDS = ("finding", "gap", "exception")


@dataclass(frozen=True, slots=True)
class Scope:
    """Which decisions an engagement is about; `draft` is the version that is tried, or ""."""

    program: str
    currency: str
    first_on: date
    last_on: date
    playbooks: tuple[str, ...] = ()
    draft: str = ""


@dataclass(frozen=True, slots=True)
class EngagementRow:
    """An engagement in a list."""

    id: str
    title: str
    program: str
    currency: str
    first_on: date
    last_on: date
    draft: str
    opened_by: str
    opened_at: datetime
    closed_at: datetime | None
    items: int | None
    size: int | None
    answered: int
    findings: int

    @property
    def is_closed(self) -> bool:
        """Return whether nothing more is taken."""
        return self.closed_at is not None


@dataclass(frozen=True, slots=True)
class WaitingAudit:
    """An audit in which something waits for a person."""

    id: str
    title: str
    asks: int
    refinements: int


@dataclass(frozen=True, slots=True)
class PopulationItem:
    """One decision of a population, as it stood when it was drawn."""

    decision: str
    submission: str
    number: str
    partner: str
    playbook: str
    outcome: str
    requested_minor: int
    minor: int
    decided_at: str
    decided_by: str

    @property
    def item(self) -> Item:
        """Return what a sample is drawn from; the group is the type."""
        return Item(self.decision, self.minor, self.playbook)


@dataclass(frozen=True, slots=True)
class PopulationInfo:
    """A frozen population; `document` is what its hash is of, `tie` how it ties to the ledger."""

    items: tuple[PopulationItem, ...]
    document: str
    sha256: str
    total_minor: int
    tie: Mapping[str, Any]
    drawn_by: str
    drawn_at: datetime


@dataclass(frozen=True, slots=True)
class SampleInfo:
    """A drawn sample; `promise` is its stated bound."""

    plan: Plan
    drawn: tuple[Drawn, ...]
    document: str
    sha256: str
    promise: Mapping[str, Any]
    draft_sha256: str
    drawn_by: str
    drawn_at: datetime


@dataclass(frozen=True, slots=True)
class AnswerInfo:
    """What an auditor found on a paper."""

    seq: int
    answers: tuple[str, ...]
    seen: str
    right_minor: int | None
    is_deviation: bool
    answered_by: str
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class PaperInfo:
    """A work paper with what stands on it; `engine` is what the engine said from the record."""

    id: str
    engagement_id: str
    seq: int
    decision: str
    submission: str
    number: str
    partner_id: int
    playbook: str
    outcome: str
    payable_minor: int
    decided_at: datetime
    deciders: tuple[str, ...]
    stratum: str
    is_certain: bool
    engine: Mapping[str, Any]
    answers: tuple[AnswerInfo, ...]

    @property
    def answer(self) -> AnswerInfo | None:
        """Return what stands."""
        return self.answers[-1] if self.answers else None

    @property
    def misstated_minor(self) -> int:
        """Return how much too much was approved, by what stands; below zero too little."""
        stands = self.answer
        if stands is None or stands.right_minor is None:
            return 0
        return self.payable_minor - stands.right_minor


@dataclass(frozen=True, slots=True)
class PaperDraft:
    """A paper about to be kept with its sample."""

    decision: str
    submission: str
    number: str
    partner_id: int
    playbook: str
    outcome: str
    payable_minor: int
    decided_at: datetime
    deciders: tuple[str, ...]
    stratum: str
    is_certain: bool
    engine: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ReplyInfo:
    """A reply to a request."""

    body: str
    evidence: tuple[str, ...]
    is_settled: bool
    replied_by: str
    replied_at: datetime


@dataclass(frozen=True, slots=True)
class AskInfo:
    """A request with its replies, oldest first."""

    id: str
    engagement_id: str
    seq: int
    body: str
    asked_of: str
    due_on: date | None
    asked_by: str
    asked_at: datetime
    replies: tuple[ReplyInfo, ...]

    @property
    def is_settled(self) -> bool:
        """Return whether the auditor has what was asked for."""
        return any(each.is_settled for each in self.replies)


@dataclass(frozen=True, slots=True)
class RefinementInfo:
    """What is recommended, who does it and until when."""

    id: str
    finding_id: str
    engagement_id: str
    body: str
    owner: str
    due_on: date
    named_by: str
    named_at: datetime
    done_note: str
    done_by: str
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class FindingInfo:
    """A finding with the papers it rests on and what is recommended."""

    id: str
    engagement_id: str
    seq: int
    kind: str
    title: str
    body: str
    criterion: str
    papers: tuple[str, ...]
    written_by: str
    written_at: datetime
    withdrawn_reason: str
    withdrawn_by: str
    withdrawn_at: datetime | None
    refinements: tuple[RefinementInfo, ...]

    @property
    def is_withdrawn(self) -> bool:
        """Return whether the auditor took it back."""
        return self.withdrawn_at is not None


@dataclass(frozen=True, slots=True)
class EngagementInfo:
    """An engagement with all that it rests on."""

    id: str
    title: str
    purpose: str
    scope: Scope
    seed: str
    questions: tuple[str, ...]
    opened_by: str
    opened_at: datetime
    conclusion: str
    report: Mapping[str, Any] | None
    report_sha256: str
    closed_by: str
    closed_at: datetime | None
    population: PopulationInfo | None
    sample: SampleInfo | None
    papers: tuple[PaperInfo, ...]
    asks: tuple[AskInfo, ...]
    findings: tuple[FindingInfo, ...]

    @property
    def is_closed(self) -> bool:
        """Return whether nothing more is taken."""
        return self.closed_at is not None

    @property
    def answered(self) -> int:
        """Return how many papers were answered."""
        return sum(each.answer is not None for each in self.papers)
