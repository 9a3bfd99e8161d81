"""The playbook as values: what one file says, typed, frozen, with every expression compiled.

Nothing here reads text or decides a case. `places` remembers where each path stood in the file,
for messages of the publication checks; it takes part neither in equality nor in the canonical
form.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum, StrEnum
from functools import cached_property

from counterfoil.core.canonical import digest
from counterfoil.core.criteria import Program
from counterfoil.core.money import Money, Rounding


class Kind(StrEnum):
    """The incentive types that the product executes.

    A request commits money, a claim is paid: on a request, or straight from what is available in
    the fund. A credit records what was influenced or brought; no money moves by it.
    """

    FUND_REQUEST = "fund_request"
    FUND_CLAIM = "fund_claim"
    COOP_CLAIM = "coop_claim"
    REFERRAL = "referral"
    INFLUENCE_POP = "influence_pop"

    @property
    def commits(self) -> bool:
        """Return whether an approval reserves money in the fund."""
        return self is Kind.FUND_REQUEST

    @property
    def is_credit(self) -> bool:
        """Return whether an approval moves no money: what it comes to is credited, not paid."""
        return self in (Kind.REFERRAL, Kind.INFLUENCE_POP)

    @property
    def pays(self) -> bool:
        """Return whether an approval makes money payable to the partner."""
        return not (self.commits or self.is_credit)

    @property
    def of(self) -> "Kind | None":
        """Return the kind of approved submission out of which this one is paid, if it is."""
        return Kind.FUND_REQUEST if self is Kind.FUND_CLAIM else None


class Role(StrEnum):
    """The people a playbook may name."""

    OPERATIONS = "operations"
    TEAM_LEAD = "team_lead"
    FINANCE_MAKER = "finance_maker"
    FINANCE_CHECKER = "finance_checker"
    PARTNER_MANAGER = "partner_manager"
    ACCOUNT_EXECUTIVE = "account_executive"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    LEADERSHIP = "leadership"
    PARTNER_ADMIN = "partner_admin"
    PARTNER_MEMBER = "partner_member"


class Provenance(IntEnum):
    """Who established a fact, least trusted first (DESIGN 3); comparison is by trust."""

    PARTNER_DECLARED = 1
    EXTRACTED = 2
    THIRD_PARTY_SIGNED = 3
    HUMAN_VERIFIED = 4
    SYSTEM = 5

    @property
    def word(self) -> str:
        """Return the name used in files and records: `human_verified`."""
        return self.name.lower()


class ValueType(StrEnum):
    """What a detail may hold."""

    TEXT = "text"
    WHOLE_NUMBER = "whole_number"
    DECIMAL = "decimal"
    MONEY = "money"
    DATE = "date"
    PERIOD = "period"
    BOOL = "bool"
    CHOICE = "choice"


class ParameterType(StrEnum):
    """What a dated value may be."""

    DAYS = "days"
    BUSINESS_DAYS = "business_days"
    RATE = "rate"
    MONEY = "money"
    WHOLE_NUMBER = "whole_number"


class Ask(StrEnum):
    """Who establishes a detail."""

    PARTNER = "partner"
    REVIEWER = "reviewer"
    SYSTEM = "system"


class Level(StrEnum):
    """What a criterion or an amount step looks at."""

    SUBMISSION = "submission"
    LINE = "line"


class Expected(StrEnum):
    """The outcome that an example states."""

    PASS = "pass"  # noqa: S105  # an outcome, not a password
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


class PieceForm(StrEnum):
    """How a piece of proof is given."""

    FILE = "file"
    LINK = "link"
    FACT = "fact"


class SpanUnit(StrEnum):
    """The units of a length of time."""

    BUSINESS_HOURS = "business_hours"
    BUSINESS_DAYS = "business_days"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time as people write it: `3 business days`."""

    count: int
    unit: SpanUnit

    def __str__(self) -> str:
        words = self.unit.value.replace("_", " ")
        return f"{self.count} {words if self.count != 1 else words.removesuffix('s')}"


@dataclass(frozen=True, slots=True)
class Text:
    """One text in several languages, in the order of their codes."""

    by_language: tuple[tuple[str, str], ...]

    def say(self, language: str) -> str:
        """Return the text in `language`; where it is missing in English, or in what there is."""
        said = dict(self.by_language)
        return said.get(language) or said.get("en") or self.by_language[0][1]

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(language for language, _ in self.by_language)


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression with its source and the place of its first character."""

    source: str
    line: int = field(compare=False)
    column: int = field(compare=False)
    program: Program = field(compare=False, repr=False)
    names: frozenset[str] = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ParameterValue:
    """A value from a day on, with the reason it stands on. Days and numbers are ints, rates are
    ppm.
    """

    starts_on: date
    value: int | Money
    reference: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A named number of the rules; its values are in the order of their days."""

    name: str
    type: ParameterType
    title: Text | None
    values: tuple[ParameterValue, ...]

    def on(self, day: date) -> ParameterValue | None:
        """Return the value in force on `day`, or None before the first."""
        return next((value for value in reversed(self.values) if value.starts_on <= day), None)


@dataclass(frozen=True, slots=True)
class OptionList:
    """The choices of a detail, or a named part of another list's (`part_of`)."""

    name: str
    options: tuple[tuple[str, Text], ...]
    part_of: str | None = None

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(value for value, _ in self.options)


@dataclass(frozen=True, slots=True)
class Floor:
    """The least trusted source that may establish a detail; stricter above a limit when it names
    one.
    """

    then: Provenance
    up_to: str | None = None
    above: Provenance | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One detail of the form, of the submission or of a line."""

    name: str
    type: ValueType
    ask: Ask
    required: bool
    floor: Floor
    title: Text
    help: Text | None = None
    options: str | None = None
    required_when: Expression | None = None
    min: int | None = None
    max: int | None = None
    max_length: int | None = None


@dataclass(frozen=True, slots=True)
class Lines:
    """The rows of a submission, one per invoice line."""

    title: Text
    from_evidence: str | None
    min: int
    max: int
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class NotQualifying:
    """An artifact that looks like proof and is none; a reviewer marks a file with its kind."""

    kind: str
    code: str
    text: Text


@dataclass(frozen=True, slots=True)
class Piece:
    """A named piece of proof; `fact` is set when it is a detail of the form instead of a file."""

    name: str
    form: PieceForm
    title: Text
    help: Text | None = None
    fact: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A kind of proof: what it proves, how many, which files, which pieces for a choice."""

    name: str
    title: Text
    proves: str
    accepts: tuple[str, ...]
    min: int
    max: int
    level: Level = Level.SUBMISSION
    help: Text | None = None
    required_when: Expression | None = None
    by: str | None = None
    pieces: tuple[Piece, ...] = ()
    per_choice: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...] = ()
    not_qualifying: tuple[NotQualifying, ...] = ()

    def piece(self, name: str) -> Piece | None:
        return next((piece for piece in self.pieces if piece.name == name), None)

    def needed(self, choice: str) -> tuple[tuple[str, ...], ...]:
        """Return what `choice` needs: each entry names alternatives of which one will do."""
        return dict(self.per_choice).get(choice, ())


@dataclass(frozen=True, slots=True)
class ExampleValue:
    """A value of an example, trusted as given; without provenance it counts as established."""

    value: object
    provenance: Provenance = Provenance.SYSTEM


@dataclass(frozen=True, slots=True)
class ExampleEvidence:
    """A piece of proof that an example says is there."""

    kind: str
    piece: str | None = None
    not_qualifying: str | None = None
    is_link: bool = False


@dataclass(frozen=True, slots=True)
class Example:
    """A named case with its expected outcome: a test of the criterion and a page of the partner's
    guide.
    """

    name: Text
    expected: Expected
    facts: tuple[tuple[str, ExampleValue], ...]
    lines: tuple[tuple[tuple[str, ExampleValue], ...], ...]
    evidence: tuple[ExampleEvidence, ...]
    on: date | None
    path: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class Failure:
    """What a failed criterion says: its reason code, whether the partner can cure it, and what
    would pass.
    """

    code: str
    curable: bool
    text: Text


@dataclass(frozen=True, slots=True)
class NotKnown:
    """What a criterion says while it lacks a detail."""

    code: str
    text: Text | None = None


@dataclass(frozen=True, slots=True)
class Criterion:
    """One binary rule, written as what must be true."""

    id: str
    title: Text
    level: Level
    when: Expression | None
    passes: Expression
    fail: Failure
    unknown: NotKnown
    floor: Provenance | None
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A reason code: who bears it, and its words for the partner."""

    name: str
    group: str
    text: Text


class StepKind(StrEnum):
    """What an amount step does to what is left."""

    LESS = "less"
    KEEP = "keep"
    AT_MOST = "at_most"
    TAKE_OUT = "take_out"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the amount; what it takes off is an adjustment under its code."""

    code: str
    kind: StepKind
    level: Level
    title: Text
    amount: Expression | None = None
    when: Expression | None = None
    rate: str | None = None
    agreed: bool = False


@dataclass(frozen=True, slots=True)
class Amount:
    """How the sum to pay comes from what was asked for."""

    rounding: Rounding
    level: Level
    requested: Expression
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """One row of the routing: the first that holds decides. `when` None is `otherwise`."""

    when: Expression | None
    approvers_in_turn: tuple[Role, ...]
    automatic: bool


@dataclass(frozen=True, slots=True)
class Escalation:
    """Who is told when this share of the time is used up."""

    at_percent: int
    to: Role


@dataclass(frozen=True, slots=True)
class OurClock:
    """The time in which we promise an answer."""

    decision: Span
    triage: Span | None
    escalate: tuple[Escalation, ...]


@dataclass(frozen=True, slots=True)
class PartnerClock:
    """The time a partner has to answer a question; reminders are in business days."""

    answer: Span
    remind: tuple[int, ...]
    then_code: str
    reopen_for: Span


@dataclass(frozen=True, slots=True)
class Sla:
    """Both clocks."""

    ours: OurClock
    partner: PartnerClock


@dataclass(frozen=True, slots=True)
class Resubmission:
    """How often and within what time a returned submission may come back."""

    rounds: int
    within: Span


@dataclass(frozen=True, slots=True)
class Appeal:
    """Within what time a partner may ask for another look at a refusal, by somebody else."""

    within: Span


@dataclass(frozen=True, slots=True)
class ReviewRules:
    """Which share is judged twice, and which automatic approvals are looked at, in ppm."""

    blind_second_ppm: int
    sample_automatic_ppm: int
    stop_automation_above_ppm: int | None


@dataclass(frozen=True)
class Playbook:
    """One version of one incentive type; its identity is the SHA-256 of its canonical form."""

    id: str
    version: str
    languages: tuple[str, ...]
    title: Text
    kind: Kind
    of: Kind | None
    owner: Role
    design_owner: Role
    sign_off: tuple[Role, ...]
    effective_from: date
    terms_pinned_by: str
    claim_by: Expression | None
    parameters: tuple[Parameter, ...]
    lists: tuple[OptionList, ...]
    facts: tuple[Field, ...]
    lines: Lines | None
    evidence: tuple[Evidence, ...]
    criteria: tuple[Criterion, ...]
    codes: tuple[Code, ...]
    amount: Amount
    routing: tuple[Route, ...]
    sla: Sla
    resubmission: Resubmission
    appeal: Appeal | None
    review: ReviewRules
    notices: tuple[tuple[str, str], ...]
    texts: tuple[tuple[str, Text], ...]
    file: str = field(compare=False)
    places: Mapping[str, tuple[int, int]] = field(compare=False, repr=False)
    said: Mapping[str, Text] = field(compare=False, repr=False)
    canonical: Mapping[str, object] = field(compare=False, repr=False)

    def to_canonical(self) -> Mapping[str, object]:
        """Return the file's meaning as JSON-able values; it reads back to the same playbook."""
        return self.canonical

    @cached_property
    def sha256(self) -> str:
        """Return the identity of this version."""
        return digest(self.canonical)

    def parameter(self, name: str) -> Parameter | None:
        return next((item for item in self.parameters if item.name == name), None)

    def option_list(self, name: str) -> OptionList | None:
        return next((item for item in self.lists if item.name == name), None)

    def fact(self, name: str) -> Field | None:
        return next((item for item in self.facts if item.name == name), None)

    def code(self, name: str) -> Code | None:
        return next((item for item in self.codes if item.name == name), None)

    def criterion(self, criterion_id: str) -> Criterion | None:
        return next((item for item in self.criteria if item.id == criterion_id), None)

    def evidence_kind(self, name: str) -> Evidence | None:
        return next((item for item in self.evidence if item.name == name), None)

    def notice(self, event: str) -> str | None:
        """Return the template key for `event` (received, returned, approved, reduced,
        not_approved, paid).
        """
        return dict(self.notices).get(event)
