"""How a submission stands, in a few values: for scripts, reports and tests."""

from dataclasses import dataclass

from counterfoil.apps.submissions.models import Decision, InvoiceLine
from counterfoil.apps.submissions.selectors.cases import playbook_of
from counterfoil.apps.submissions.selectors.decisions import judgment_of, latest_screening
from counterfoil.apps.submissions.selectors.heads import get_head
from counterfoil.core.actors import Actor
from counterfoil.core.money import Money
from counterfoil.core.states import State

_OPEN = frozenset({State.IN_REVIEW, State.SECOND_REVIEW, State.APPEALED})


@dataclass(frozen=True, slots=True)
class Result:
    """A screened submission: what failed, what is open, and the decision if there is one.

    `failing` are codes, `unknown` criteria that need information, `questions` the details that a
    reviewer still has to answer, `adjusted` the codes by which the sum was lowered.
    """

    state: State
    outcome: str
    screening_sha256: str
    screening_outcome: str
    failing: tuple[str, ...]
    unknown: tuple[str, ...]
    questions: tuple[str, ...]
    adjusted: tuple[str, ...]
    payable: Money | None
    decision_id: str
    decision_codes: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        return self.state in _OPEN

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes that stopped it, wholly or in part."""
        return tuple(dict.fromkeys((*self.decision_codes, *self.failing, *self.adjusted)))


def result_of(*, submission_id: str, by: Actor) -> Result:
    """This will sum up a screened submission. Raises UnknownSubmission, NotScreened."""
    head = get_head(submission_id, by=by)
    screening = latest_screening(head)
    at = head.submitted_at or head.created_at
    judged = judgment_of(screening, playbook_of(head, at=at).playbook).adjudication
    decision = (
        Decision.objects.filter(submission_id=head.pk).order_by("-revision").first()
        if head.state is State.DECIDED
        else None
    )
    blamed = {missing.name for result in judged.unknown for missing in result.missing}
    asked = {fact.name for fact in judged.playbook.facts if fact.ask == "reviewer"}
    amount = judged.amount
    return Result(
        state=head.state,
        outcome=head.outcome,
        screening_sha256=screening.sha256,
        screening_outcome=screening.outcome,
        failing=judged.codes,
        unknown=tuple(result.criterion.id for result in judged.unknown),
        questions=tuple(sorted(blamed & asked)),
        adjusted=tuple(code for code, _ in amount.adjustments) if amount is not None else (),
        payable=Money(decision.payable_minor, decision.currency) if decision else None,
        decision_id=decision.public_id if decision else "",
        decision_codes=tuple(decision.codes) if decision else (),
    )


def line_ids_of(*, submission_id: str, by: Actor) -> tuple[str, ...]:
    """This will list the ids of a submission's lines in order. Raises UnknownSubmission."""
    head = get_head(submission_id, by=by)
    rows = InvoiceLine.objects.filter(submission_id=head.pk).order_by("seq")
    return tuple(rows.values_list("public_id", flat=True))
