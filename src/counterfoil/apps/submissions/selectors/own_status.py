"""Where a partner's submission stands, what was said, and the letter of each decision.

All of it comes from rows that the partner's own role may read; a screening is none of them. The
letter is computed from the decision record alone, as a replay would.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime

from counterfoil.apps.playbooks.selectors import version_by_sha256
from counterfoil.apps.submissions.errors import UnknownSubmission
from counterfoil.apps.submissions.models import Decision, InvoiceLine, Message, Submission
from counterfoil.apps.submissions.selectors.appeals import appeal_of, last_day, last_moment
from counterfoil.apps.submissions.selectors.cases import remaining_of
from counterfoil.apps.submissions.selectors.deadlines import claim_by_of
from counterfoil.apps.submissions.selectors.heads import RELATED, get_head, head_of
from counterfoil.apps.submissions.selectors.own_forms import FormFile, files_of, last_return
from counterfoil.apps.submissions.selectors.own_lists import message_view
from counterfoil.apps.submissions.types import Head, MessageView, ReturnRef, StepView
from counterfoil.core.actors import Actor
from counterfoil.core.adjudication import Adjudication, CriterionResult
from counterfoil.core.adjudication.amount import AmountResult
from counterfoil.core.criteria import Outcome
from counterfoil.core.decisions import judge_again, playbook_sha256_of
from counterfoil.core.money import Money
from counterfoil.core.playbooks import Kind, Playbook
from counterfoil.core.playbooks.model import Ask, Field
from counterfoil.core.states import Action, State, Turn, allowed_actions, whose_turn
from counterfoil.core.typed import as_typed

MESSAGES_MAX = 200
CLAIMS_MAX = 50
SEEN_MAX = 6


@dataclass(frozen=True, slots=True)
class OwnDecision:
    """A decision as the partner sees it; the reviewer's name is not theirs to know."""

    decision_id: str
    revision: int
    outcome: str
    reason: str
    requested: Money
    payable: Money
    released: Money
    decided_at: datetime

    @property
    def is_partial(self) -> bool:
        return self.outcome == "qualified" and self.payable < self.requested


@dataclass(frozen=True, slots=True)
class OwnClaim:
    """A claim on a request, in the request's list."""

    public_id: str
    number: str
    title: str
    state: State
    outcome: str
    requested: Money


@dataclass(frozen=True, slots=True)
class OwnStatus:
    """Everything that a status page shows of one submission.

    `can` names the acts that its state allows; `left` is what is left of the pre-approval: of the
    request itself, or of the one that the claim draws on, good for claims until `claim_by`.
    """

    head: Head
    turn: Turn
    messages: tuple[MessageView, ...]
    decisions: tuple[OwnDecision, ...]
    files: tuple[FormFile, ...]
    claims: tuple[OwnClaim, ...]
    line_count: int
    asked: ReturnRef | None
    left: Money | None
    claim_by: date | None
    can: frozenset[str]
    recalled: bool
    appealed_at: datetime | None = None
    appeal_until: date | None = None

    @property
    def is_open_to_appeal(self) -> bool:
        """Whether the decision is appealed or may still be: it is not the last word."""
        return self.appeal_until is not None or self.head.state is State.APPEALED

    @property
    def decision(self) -> OwnDecision | None:
        return self.decisions[-1] if self.decisions else None


@dataclass(frozen=True, slots=True)
class Point:
    """A criterion in a letter: what was asked, what was seen, what would pass.

    `seen` are name, title and value; the title is empty for what Counterfoil established itself.
    """

    criterion_id: str
    title: str
    result: str
    line_words: str
    seen: tuple[tuple[str, str, str], ...]
    why: str
    would_pass: str
    is_curable: bool


@dataclass(frozen=True, slots=True)
class OwnLetter:
    """A decision letter from its record: points, and steps that add up to the cent.

    `claim_by` is the last day to claim on an approved request; `appealed` says that it was decided
    after an appeal, `appeal_until` is the last day to appeal it, None where nobody may.
    """

    head: Head
    decision: OwnDecision
    playbook_title: str
    points: tuple[Point, ...]
    passed: tuple[tuple[str, str], ...]
    steps: tuple[StepView, ...]
    code_words: tuple[str, ...]
    sha256: str
    claim_by: date | None
    playbook_sha256: str
    appealed: bool
    appeal_until: date | None


def get_own_status(submission_id: str, *, by: Actor, at: datetime) -> OwnStatus:
    """This will return a submission of the partner with all that is said about it.

    Raises UnknownSubmission.
    """
    head = get_head(submission_id, by=by)
    rows = Message.objects.filter(submission_id=head.pk).order_by("-sent_at", "-pk")
    decisions = Decision.objects.filter(submission_id=head.pk).defer("record")
    is_request = Kind(head.kind).commits
    claims = (
        Submission.objects.filter(partner_id=head.partner_id, parent_id=head.pk).order_by("-pk")
        if is_request
        else Submission.objects.none()
    )
    left_pk = head.pk if is_request else head.parent_pk
    can = {str(action) for action in allowed_actions(head.state)}
    appeal = appeal_of(head.pk)
    return OwnStatus(
        head=head,
        turn=whose_turn(head.state),
        messages=tuple(message_view(row) for row in rows[:MESSAGES_MAX]),
        decisions=tuple(_decision(row) for row in decisions.order_by("revision")),
        files=files_of(head.pk),
        claims=tuple(_claim(row) for row in claims[:CLAIMS_MAX]),
        line_count=InvoiceLine.objects.filter(submission_id=head.pk).count(),
        asked=last_return(head.pk),
        left=None if left_pk is None else remaining_of(left_pk),
        claim_by=None if left_pk is None else claim_by_of([left_pk]).get(left_pk),
        can=frozenset(can & {Action.RECALL, Action.WITHDRAW, Action.RESUBMIT, Action.SUBMIT}),
        recalled=head.state is State.DRAFT and head.received_at is not None,
        appealed_at=appeal.raised_at if appeal is not None else None,
        appeal_until=None if appeal is not None else _appeal_until(head, at=at),
    )


def _appeal_until(head: Head, *, at: datetime) -> date | None:
    """Return the last day to appeal the decision that stands; None when nobody may any more."""
    row = Decision.objects.filter(submission_id=head.pk).order_by("-revision").first()
    if row is None or head.state is not State.DECIDED or row.outcome == "qualified":
        return None
    playbook = version_by_sha256(playbook_sha256_of(row.record)).playbook
    zone = head.fund.zone
    until = last_moment(playbook, decided_at=row.decided_at, zone=zone)
    return (
        last_day(playbook, decided_at=row.decided_at, zone=zone) if until and at < until else None
    )


def get_own_letter(
    submission_id: str, *, by: Actor, language: str, decision_id: str = ""
) -> OwnLetter:
    """This will return the letter of the last decision, or of the one named.

    Raises UnknownSubmission when there is none.
    """
    rows = Decision.objects.filter(submission__public_id=submission_id)
    if by.is_partner:
        rows = rows.filter(partner_id=by.partner_id)
    if decision_id:
        rows = rows.filter(public_id=decision_id)
    row = rows.order_by("-revision").first()
    if row is None:
        raise UnknownSubmission(f"{submission_id} has no decision letter.")
    head = head_of(Submission.objects.select_related(*RELATED).get(pk=row.submission_id))
    ref = version_by_sha256(playbook_sha256_of(row.record))
    stored = json.loads(row.record)
    judged = judge_again(stored["judged"], ref.playbook)
    amount = judged.amount
    if amount is not None and row.outcome != "qualified":
        code = ref.playbook.code(row.codes[0]) if row.codes else None
        amount = amount.closed_by(
            row.codes[0] if row.codes else "NOT_APPROVED",
            code.text if code is not None else ref.playbook.title,
        )
    steps = _steps(amount, language)
    is_second = row.revision >= _appealed_from(row.submission_id)
    assert row.requested_minor == row.payable_minor + sum(s.adjustment.minor for s in steps)
    return OwnLetter(
        head=head,
        decision=_decision(row),
        playbook_title=ref.playbook.title.say(language),
        points=_points(judged, language),
        passed=_passed(judged, language),
        steps=steps,
        code_words=tuple(
            code.text.say(language) for name in row.codes if (code := ref.playbook.code(name))
        ),
        sha256=row.sha256,
        claim_by=claim_by_of([head.pk]).get(head.pk) if Kind(head.kind).commits else None,
        playbook_sha256=ref.sha256,
        appealed=is_second,
        appeal_until=None
        if is_second or row.outcome == "qualified"
        else last_day(ref.playbook, decided_at=row.decided_at, zone=head.fund.zone),
    )


def _appealed_from(submission_pk: int) -> int:
    """Return the revision that an appeal opened; one that no decision has where there is none."""
    found = appeal_of(submission_pk)
    return found.revision if found is not None else 1 << 15


def _decision(row: Decision) -> OwnDecision:
    return OwnDecision(
        decision_id=row.public_id,
        revision=row.revision,
        outcome=row.outcome,
        reason=row.reason,
        requested=Money(row.requested_minor, row.currency),
        payable=Money(row.payable_minor, row.currency),
        released=Money(row.released_minor, row.currency),
        decided_at=row.decided_at,
    )


def _claim(row: Submission) -> OwnClaim:
    return OwnClaim(
        public_id=row.public_id,
        number=row.number if row.received_at else "",
        title=row.title,
        state=State(row.state),
        outcome=row.outcome,
        requested=Money(row.requested_minor, row.currency),
    )


def _steps(amount: AmountResult | None, language: str) -> tuple[StepView, ...]:
    if amount is None:
        return ()
    return tuple(
        StepView(step.code, step.title.say(language), step.agreed, step.adjustment, step.left)
        for step in amount.steps
        if not step.adjustment.is_zero
    )


def _points(judged: Adjudication, language: str) -> tuple[Point, ...]:
    # What waits for our own people is no finding of the partner's letter.
    open_ones = [
        result
        for result in judged.results
        if result.outcome is Outcome.FAIL
        or (result.outcome is Outcome.UNKNOWN and result.waits_for is Ask.PARTNER)
    ]
    return tuple(_point(judged, result, language) for result in open_ones)


def _point(judged: Adjudication, result: CriterionResult, language: str) -> Point:
    playbook, criterion = judged.playbook, result.criterion
    is_fail = result.outcome is Outcome.FAIL
    code = playbook.code(result.code or "")
    would_pass = criterion.fail.text if is_fail else criterion.unknown.text or criterion.fail.text
    return Point(
        criterion_id=criterion.id,
        title=criterion.title.say(language),
        result="fail" if is_fail else "unknown",
        line_words=_line_words(judged, result.line),
        seen=_seen(judged, result, language),
        why=code.text.say(language) if code is not None else "",
        would_pass=would_pass.say(language),
        is_curable=criterion.fail.curable,
    )


def _passed(judged: Adjudication, language: str) -> tuple[tuple[str, str], ...]:
    """Return the criteria that pass everywhere they were asked."""
    outcomes: dict[str, set[Outcome]] = {}
    for result in judged.results:
        outcomes.setdefault(result.criterion.id, set()).add(result.outcome)
    return tuple(
        (criterion.id, criterion.title.say(language))
        for criterion in judged.playbook.criteria
        if Outcome.PASS in outcomes.get(criterion.id, set())
        and not outcomes[criterion.id] & {Outcome.FAIL, Outcome.UNKNOWN}
    )


def _line_words(judged: Adjudication, line_id: str | None) -> str:
    """Return the number of the invoice and the place of its line: `EK-1182 (2)`."""
    for place, line in enumerate(judged.case.lines, start=1):
        if line.id == line_id:
            number = line.facts.get("number")
            return f"{number.value} ({place})" if number is not None else f"({place})"
    return ""


def _seen(
    judged: Adjudication, result: CriterionResult, language: str
) -> tuple[tuple[str, str, str], ...]:
    """Return what the criterion looked at: name, title and value as a person would write it."""
    playbook, names = judged.playbook, result.criterion.passes.names
    line = next((item for item in judged.case.lines if item.id == result.line), None)
    titles = {field.name: field.title.say(language) for field in playbook.facts}
    facts = dict(judged.case.facts)
    if line is not None and playbook.lines is not None:
        titles |= {f"line.{each.name}": each.title.say(language) for each in playbook.lines.fields}
        facts |= {f"line.{name}": fact for name, fact in line.facts.items()}
    options = {
        f"{prefix}{field.name}": dict(found.options)
        for prefix, fields in (("", playbook.facts), ("line.", _line_fields(playbook)))
        for field in fields
        if (found := playbook.option_list(field.options or ""))
    }
    seen = []
    # What the line itself says comes first, then the form in its order, then what we know.
    order = {name: place for place, name in enumerate(titles)}
    for name in sorted(
        names & set(facts),
        key=lambda each: (not each.startswith("line."), order.get(each, len(order)), each),
    ):
        value = facts[name].value
        choice = options.get(name, {}).get(str(value))
        said = choice.say(language) if choice else as_typed(value, currency="", language=language)
        seen.append((name, titles.get(name, ""), said))
    return tuple(seen[:SEEN_MAX])


def _line_fields(playbook: Playbook) -> tuple[Field, ...]:
    return playbook.lines.fields if playbook.lines is not None else ()
