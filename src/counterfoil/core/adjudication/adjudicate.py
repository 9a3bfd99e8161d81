"""Judges a case by a playbook, once and as a pure function: the same case gives the same bytes,
today and in years.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from counterfoil.core.adjudication.amount import AmountResult, compute_amount
from counterfoil.core.adjudication.completeness import Gap, completeness
from counterfoil.core.adjudication.routing import RouteResult, route
from counterfoil.core.canonical import canonical_json
from counterfoil.core.criteria import ENGINE_VERSION, Missing
from counterfoil.core.criteria import Outcome as CriterionOutcome
from counterfoil.core.playbooks import builtins
from counterfoil.core.playbooks.bind import Binding
from counterfoil.core.playbooks.cases import Case
from counterfoil.core.playbooks.judge import CriterionResult, judge_all, owner_of
from counterfoil.core.playbooks.model import Ask, Level, Playbook, Text
from counterfoil.core.playbooks.values import case_to_json

RECORD_FORMAT = 1
"""The shape of `to_record`; it changes when a key does."""


class CaseMismatch(ValueError):
    """Raised when a case names details or proof that its playbook does not know."""


class Outcome(StrEnum):
    """What the criteria say of the whole case."""

    QUALIFIED = "qualified"
    NOT_QUALIFIED = "not_qualified"
    NEEDS_INFORMATION = "needs_information"


class Action(StrEnum):
    """What the reviewer is advised to do; a person decides, except where the routing says
    otherwise.
    """

    APPROVE = "approve"
    RETURN = "return"
    DECLINE = "decline"
    VERIFY = "verify"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Adjudication:
    """Everything one judgment says.

    `terms_on` is the day whose parameters hold. `estimate` is what would be paid if nothing that
    failed for the whole submission stood against it; `amount` is what is paid.
    """

    playbook: Playbook
    case: Case
    on: date
    terms_on: date
    gaps: tuple[Gap, ...]
    results: tuple[CriterionResult, ...]
    outcome: Outcome
    action: Action
    amount: AmountResult | None
    estimate: AmountResult | None
    route: RouteResult

    @property
    def codes(self) -> tuple[str, ...]:
        """Return the reason codes of what failed, each once, in the order of the criteria."""
        return tuple(
            dict.fromkeys(result.code for result in self.failed if result.code is not None)
        )

    @property
    def failed(self) -> tuple[CriterionResult, ...]:
        return tuple(result for result in self.results if result.outcome is CriterionOutcome.FAIL)

    @property
    def unknown(self) -> tuple[CriterionResult, ...]:
        return tuple(
            result for result in self.results if result.outcome is CriterionOutcome.UNKNOWN
        )

    @property
    def failed_lines(self) -> tuple[str, ...]:
        """Return the ids of lines that a line criterion failed, in the order of the lines."""
        failed = {result.line for result in self.failed}
        return tuple(line.id for line in self.case.lines if line.id in failed)

    @property
    def curable_lines(self) -> tuple[str, ...]:
        """Return the failed lines that the partner may mend and send again."""
        final = {result.line for result in self.failed if not result.criterion.fail.curable}
        return tuple(line for line in self.failed_lines if line not in final)

    @property
    def waits_for(self) -> Ask | None:
        """Return whose turn it is while information is needed."""
        if self.outcome is not Outcome.NEEDS_INFORMATION:
            return None
        return {Action.RETURN: Ask.PARTNER, Action.VERIFY: Ask.REVIEWER}.get(
            self.action, Ask.SYSTEM
        )

    def to_record(self) -> dict[str, Any]:
        """Return the judgment as values for `core.canonical`; with the playbook it can be judged
        again from this alone.
        """
        return {
            "format": RECORD_FORMAT,
            "engine": ENGINE_VERSION,
            "playbook": {
                "id": self.playbook.id,
                "version": self.playbook.version,
                "sha256": self.playbook.sha256,
            },
            "on": self.on.isoformat(),
            "terms_on": self.terms_on.isoformat(),
            "case": case_to_json(self.case),
            "gaps": sorted((gap.to_json() for gap in self.gaps), key=canonical_json),
            "results": [_result_to_json(result) for result in self.results],
            "outcome": self.outcome.value,
            "action": self.action.value,
            "codes": list(self.codes),
            "amount": self.amount.to_json() if self.amount is not None else None,
            "route": self.route.to_json(),
        }


def adjudicate(
    playbook: Playbook, case: Case, *, on: date, terms_from: date | None = None
) -> Adjudication:
    """Return the judgment of `case` by `playbook`, with the parameters of `on` or of the day that
    pins the terms.

    `terms_from` takes no parameters of before that day: so a draft is tried on old cases.

    Raises CaseMismatch when the case names what the playbook does not know.
    """
    check_case(playbook, case)
    terms_on = terms_day(playbook, case, on=on)
    if terms_from is not None:
        terms_on = max(terms_on, terms_from)
    binding = Binding(playbook, case, on=terms_on)
    gaps = completeness(binding)
    results = judge_all(binding)
    failed = frozenset(
        result.line
        for result in results
        if result.line is not None and result.outcome is CriterionOutcome.FAIL
    )
    judged = compute_amount(binding, failed, judging=True)
    unsettled: tuple[Missing, ...] = (
        (Missing("fund.currency"),) if judged is None else judged.missing
    )
    outcome = _outcome(playbook, case, results, failed, gaps, unsettled)
    estimate = judged
    if judged is not None and judged.is_estimate:
        # What must still be verified is shown at the values that are there: an estimate.
        opened = compute_amount(binding, failed, judging=False)
        assert opened is not None
        estimate = AmountResult(
            opened.requested,
            opened.steps,
            opened.payable,
            opened.lines,
            opened.excluded,
            judged.missing,
        )
    amount = estimate
    if outcome is Outcome.NOT_QUALIFIED and amount is not None:
        code, title = _refusal(playbook, results)
        amount = amount.closed_by(code, title)
    decided = route(
        binding,
        outcome=outcome.value,
        requested=amount.requested if amount is not None else None,
        payable=amount.payable if amount is not None else None,
    )
    action = _action(case, results, outcome, gaps, unsettled, binding)
    return Adjudication(
        playbook, case, on, terms_on, gaps, results, outcome, action, amount, estimate, decided
    )


def terms_day(playbook: Playbook, case: Case, *, on: date) -> date:
    """Return the day whose parameters hold: the one that pins the terms where it is known,
    otherwise `on`.
    """
    fact = case.facts.get(playbook.terms_pinned_by)
    return fact.value if fact is not None and type(fact.value) is date else on


def check_case(playbook: Playbook, case: Case) -> None:
    """Refuse a case that its playbook does not describe. Raises CaseMismatch."""
    known = {*builtins.of_kind(playbook.kind), *(field.name for field in playbook.facts)} - {
        *builtins.DERIVED
    }
    strange = sorted(set(case.facts) - known)
    fields = (
        {*builtins.LINE, *(field.name for field in playbook.lines.fields)}
        if playbook.lines
        else set()
    )
    fields -= {"currency"}
    for index, line in enumerate(case.lines):
        strange += [f"lines[{index}].{name}" for name in sorted(set(line.facts) - fields)]
    if case.lines and playbook.lines is None:
        strange.append("lines")
    for proof in case.evidence:
        kind = playbook.evidence_kind(proof.kind)
        if kind is None:
            strange.append(f"evidence.{proof.kind}")
        elif proof.piece is not None and kind.piece(proof.piece) is None:
            strange.append(f"evidence.{proof.kind}.{proof.piece}")
        elif proof.not_qualifying is not None and proof.not_qualifying not in {
            e.kind for e in kind.not_qualifying
        }:
            strange.append(f"evidence.{proof.kind} not_qualifying {proof.not_qualifying}")
    if len({line.id for line in case.lines}) != len(case.lines):
        strange.append("a line id that stands twice")
    if strange:
        raise CaseMismatch(f"{playbook.id} {playbook.version} does not know: {', '.join(strange)}")


def _outcome(
    playbook: Playbook,
    case: Case,
    results: tuple[CriterionResult, ...],
    failed: frozenset[str],
    gaps: tuple[Gap, ...],
    unsettled: tuple[Missing, ...],
) -> Outcome:
    whole_fails = any(
        result.outcome is CriterionOutcome.FAIL and result.criterion.level is Level.SUBMISSION
        for result in results
    )
    if whole_fails or (case.lines and len(failed) == len(case.lines)):
        return Outcome.NOT_QUALIFIED
    open_results = any(
        result.outcome is CriterionOutcome.UNKNOWN and result.line not in failed
        for result in results
    )
    open_gaps = any(gap.line not in failed for gap in gaps)
    if open_results or open_gaps or unsettled or (playbook.lines is not None and not case.lines):
        return Outcome.NEEDS_INFORMATION
    return Outcome.QUALIFIED


def _action(
    case: Case,
    results: tuple[CriterionResult, ...],
    outcome: Outcome,
    gaps: tuple[Gap, ...],
    unsettled: tuple[Missing, ...],
    binding: Binding,
) -> Action:
    if outcome is Outcome.QUALIFIED:
        return Action.APPROVE
    if outcome is Outcome.NOT_QUALIFIED:
        return Action.DECLINE if _is_final(case, results) else Action.RETURN
    asked = {result.waits_for for result in results if result.outcome is CriterionOutcome.UNKNOWN}
    asked |= {owner_of(binding, item) for item in unsettled}
    if gaps or Ask.PARTNER in asked:
        return Action.RETURN
    return Action.VERIFY if Ask.REVIEWER in asked else Action.WAIT


def _is_final(case: Case, results: tuple[CriterionResult, ...]) -> bool:
    """Return whether nothing the partner sends could cure it: the whole fails finally, or every
    line does.
    """
    final = {
        result.line
        for result in results
        if result.outcome is CriterionOutcome.FAIL and not result.criterion.fail.curable
    }
    return None in final or (bool(case.lines) and all(line.id in final for line in case.lines))


def _refusal(playbook: Playbook, results: tuple[CriterionResult, ...]) -> tuple[str, Text]:
    """Return the code, and its words, under which a refused sum goes: the gravest of the whole."""
    failed = [result for result in results if result.outcome is CriterionOutcome.FAIL]
    failed.sort(key=lambda result: (result.line is not None, result.criterion.fail.curable))
    criterion = failed[0].criterion
    code = playbook.code(criterion.fail.code)
    return criterion.fail.code, code.text if code is not None else criterion.title


def _result_to_json(result: CriterionResult) -> dict[str, Any]:
    shape: dict[str, Any] = {
        "id": result.criterion.id,
        "result": result.outcome.value,
        "trace": result.trace,
    }
    named = {
        "line": result.line,
        "code": result.code,
        "waits_for": result.waits_for.value if result.waits_for is not None else None,
        "missing": [item.to_json() for item in result.missing],
    }
    return {**shape, **{key: value for key, value in named.items() if value}}
