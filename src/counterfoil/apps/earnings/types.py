"""What this room hands out: frozen values, never rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from counterfoil.core.money import Money
from counterfoil.core.plans import Earlier, Plan, PlanLine, Step
from counterfoil.core.playbooks.problems import Problem
from counterfoil.core.questions import (
    OUR_TURN,
    PARTNERS_TURN,
    QuestionAct,
    QuestionState,
    clock_subject,
)
from counterfoil.core.statement_words import StatementContent

CENTRAL = "*"
"""The region of the central approval."""


@dataclass(frozen=True, slots=True)
class PlanVersionInfo:
    """A version of a plan as lists show it."""

    public_id: str
    code: str
    version: int
    state: str
    sha256: str
    effective_from: date | None
    author_id: str
    approved_by: str
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class PlanInForce:
    """A published version with its plan."""

    public_id: str
    plan: Plan


@dataclass(frozen=True, slots=True)
class PlanSaved:
    """A saved draft and what is wrong with it."""

    public_id: str
    version: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class UseInfo:
    """A plan in a program."""

    public_id: str
    plan_code: str
    program: str


@dataclass(frozen=True, slots=True)
class ExceptionInfo:
    """What the run could not compute as the plan means it."""

    kind: str
    about: str
    message: str


@dataclass(frozen=True, slots=True)
class FrozenInput:
    """The input of a run: lines by the ids the engines use, what they are, and their hash.

    `sales_lines` maps those ids to the keys of the sales lines, `rates` these to the stored rates
    that lines of other currencies count at.
    """

    lines: tuple[PlanLine, ...]
    earlier: tuple[Earlier, ...]
    sha256: str
    sales_lines: dict[int, int]
    rates: dict[int, int]
    exceptions: tuple[ExceptionInfo, ...]


@dataclass(frozen=True, slots=True)
class RunInfo:
    """A run with its figures; `lacking` are regions that have not approved it yet."""

    public_id: str
    use: str
    plan_code: str
    plan_version: str
    program: str
    month: str
    number: int
    state: str
    is_correction: bool
    manifest: str
    manifest_sha256: str
    lines_sha256: str
    earlier_sha256: str
    line_count: int
    total: Money
    difference: Money
    made_by: str
    made_at: datetime
    posted_by: str
    posted_at: datetime | None
    lacking: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShareInfo:
    """What a partner earned in a run's month, and what was posted for it before."""

    public_id: str
    partner_id: int
    partner_public_id: str
    partner_name: str
    region: str
    line_count: int
    base: Money
    earned: Money
    posted: Money

    @property
    def difference(self) -> Money:
        """What posting the run adds."""
        return self.earned - self.posted


@dataclass(frozen=True, slots=True)
class AdjustmentInfo:
    """An adjustment or bonus: what it adds to a partner's month, why, and how it was decided.

    `note` is a sentence that the partner reads too, `about` names what it answers (a sales line,
    a question), `entry_id` the ledger entry of an approved one.
    """

    public_id: str
    use: str
    plan_code: str
    program: str
    partner_id: int
    partner_public_id: str
    partner_name: str
    region: str
    month: str
    kind: str
    reason: str
    amount: Money
    note: str
    about: str
    state: str
    made_by: str
    made_at: datetime
    decided_by: str
    decided_at: datetime | None
    decision_note: str
    entry_id: str


@dataclass(frozen=True, slots=True)
class LineInfo:
    """What one component gave for a sales line; `counted` is its amount in the plan's currency."""

    sales_line: int
    partner_id: int
    order_number: str
    source_key: str
    sold_on: date
    product: str
    category: str
    is_refund: bool
    amount: Money
    counted: Money
    component: str
    commission: Money
    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A line's figure and the steps that lead to it."""

    line: LineInfo
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class UseWords:
    """What a plan in a program is called: titles by language, of its components as well."""

    use: str
    plan_code: str
    program: str
    title: Mapping[str, str]
    components: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class StatementInfo:
    """A statement as it was issued; `runs` are those whose lines it shows."""

    public_id: str
    partner_id: int
    month: str
    number: int
    content: StatementContent = field(repr=False)
    content_sha256: str
    language: str
    pdf_sha256: str
    issued_by: str
    issued_at: datetime
    is_latest: bool


@dataclass(frozen=True, slots=True)
class StatementMonth:
    """A month's statements: how many partners have one, and how many were issued in all."""

    month: str
    partners: int
    statements: int
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class QuestionStep:
    """One thing that was done to a question; `actor_id` is empty where the person stays unnamed.

    `body` is what was written, `decision` what an answer comes to, `assigned_to` a person's id.
    """

    act: QuestionAct
    state: QuestionState
    actor_id: str
    is_from_partner: bool
    body: str
    decision: str
    assigned_to: str
    at: datetime


@dataclass(frozen=True, slots=True)
class QuestionInfo:
    """A partner's question with its steps, oldest first."""

    public_id: str
    partner_id: int
    statement_id: str
    month: str
    figure: str
    sales_line: int
    subject: str
    asked_by: str
    asked_at: datetime
    steps: tuple[QuestionStep, ...]

    @property
    def state(self) -> QuestionState:
        """Return where it stands."""
        return self.steps[-1].state

    @property
    def is_our_turn(self) -> bool:
        """Return whether we owe an answer."""
        return self.state in OUR_TURN

    @property
    def is_partners_turn(self) -> bool:
        """Return whether an answer waits for the partner."""
        return self.state in PARTNERS_TURN

    @property
    def assigned_to(self) -> str:
        """Return who was asked to answer last; empty for nobody."""
        return next((s.assigned_to for s in reversed(self.steps) if s.assigned_to), "")

    @property
    def decision(self) -> str:
        """Return what the last answer came to."""
        return next((s.decision for s in reversed(self.steps) if s.decision), "")

    @property
    def round(self) -> int:
        """Return 2 once it was asked again."""
        return 2 if any(s.act is QuestionAct.REOPEN for s in self.steps) else 1

    @property
    def clock_subject(self) -> str:
        """Return what the clocks of its present round stand on."""
        return clock_subject(self.public_id, self.round)


@dataclass(frozen=True, slots=True)
class PlanText:
    """A version of a plan: its text, the plan if it is one, and what keeps it back."""

    info: PlanVersionInfo
    source: str = field(repr=False)
    plan: Plan | None = field(repr=False)
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class PartyInfo:
    """Who fills a party of a plan's splits for what a partner sells."""

    partner_name: str
    party: str
    beneficiary_name: str
