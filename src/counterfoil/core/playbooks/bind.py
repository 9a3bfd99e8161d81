"""Binds a case to a playbook: what an expression reads for each name, at which trust, on which
day.

Two views exist. The open one takes every value as it is and serves the form (what is asked, what
is missing, what one would get). The judging one holds each detail to its floor: below it the value
is missing with the reason `below_floor`, so a criterion on it is unknown and never passes.
"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from counterfoil.core.criteria import Context, Known, Missing, Outcome, Reason, Verdict
from counterfoil.core.money import Money, Rounding, convert
from counterfoil.core.playbooks import builtins
from counterfoil.core.playbooks.cases import Case, Fact, Line, Proof
from counterfoil.core.playbooks.model import (
    Ask,
    Evidence,
    Expression,
    Field,
    Level,
    Parameter,
    PieceForm,
    Playbook,
    Provenance,
)

Found = Known | Missing


@dataclass(frozen=True, slots=True)
class EvidenceState:
    """What is there and what is missing of one kind of proof. `needed` None: not known yet whether
    it is needed.
    """

    evidence: Evidence
    line: str | None
    needed: bool | None
    count: int
    missing: tuple[tuple[str, ...], ...]
    short_of: int
    rejected: tuple[Proof, ...]
    blame: tuple[Missing, ...] = ()

    @property
    def complete(self) -> bool | None:
        """Return whether nothing is missing; None while that is unknown."""
        if self.needed is None:
            return None
        return not self.needed or (not self.missing and self.short_of == 0)


class Binding:
    """One case under one playbook with the parameters of one day."""

    def __init__(self, playbook: Playbook, case: Case, *, on: date) -> None:
        self.playbook = playbook
        self.case = case
        self.on = on
        currency = case.facts.get("fund.currency")
        self.currency = (
            currency.value if currency is not None and isinstance(currency.value, str) else None
        )
        self.context = Context(
            add_business_days=case.add_business_days,
            exchange_rate=case.rate_between,
            currency=self.currency,
        )
        self._parameters = {item.name: self._parameter(item) for item in playbook.parameters}
        self._lists = {item.name: Known(list(item.values)) for item in playbook.lists}
        self._fields = {item.name: item for item in playbook.facts}
        self._line_fields = (
            {item.name: item for item in playbook.lines.fields} if playbook.lines else {}
        )
        self._states: dict[tuple[str, str | None], EvidenceState] = {}

    def open(self, line: Line | None = None) -> "View":
        """Return the view that takes values as they are."""
        return View(self, line, judging=False, floor=None)

    def judging(self, line: Line | None = None, *, floor: Provenance | None = None) -> "View":
        """Return the view that holds each detail to its floor, or to `floor` where that is
        stricter.
        """
        return View(self, line, judging=True, floor=floor)

    def _parameter(self, parameter: Parameter) -> Found:
        value = parameter.on(self.on)
        if value is None:
            return Missing(
                parameter.name, Reason.MISSING, f"no value in force on {self.on.isoformat()}"
            )
        return Known(value.value, f"{parameter.name}@{value.starts_on.isoformat()}")

    def parameter(self, name: str) -> int | Money | None:
        """Return the value of a parameter on the day, or None."""
        found = self._parameters[name]
        return found.value if isinstance(found, Known) else None

    def constant(self, name: str) -> Found | None:
        """Return a parameter or a list by name."""
        return self._parameters.get(name) or self._lists.get(name)

    def field(self, name: str, *, of_line: bool) -> Field | None:
        """Return the declaration of a detail; those of the system have none."""
        return (self._line_fields if of_line else self._fields).get(name)

    @cached_property
    def requested(self) -> Money | None:
        """Return what is asked for in the currency of the fund, values taken as they are; None
        while unknown.
        """
        amount = self.playbook.amount
        lines = self.case.lines if amount.level is Level.LINE else (None,)
        total: Money | None = Money.zero(self.currency) if self.currency else None
        for line in lines:
            value = amount.requested.program.value(self.open(line), rounding=amount.rounding)
            if not isinstance(value, Money):
                return None
            if total is not None and value.currency != total.currency:
                rate = self.case.rate_between(value.currency, total.currency)
                if rate is None:
                    return None
                value = convert(value, rate, total.currency, amount.rounding)
            total = value if total is None else total + value
        return total

    def claim_by(self) -> date | None:
        """Return the last day on which a claim comes in time, values taken as they are; None
        where the playbook sets none or the day is not known.
        """
        expression = self.playbook.claim_by
        if expression is None:
            return None
        day = expression.program.value(self.open())
        return day if type(day) is date else None

    def floor_of(self, field: Field) -> Provenance:
        """Return the floor of a detail for this case: above its limit, or where that can't be
        told, the stricter.
        """
        floor = field.floor
        if floor.up_to is None or floor.above is None:
            return floor.then
        limit, requested = self.parameter(floor.up_to), self.requested
        if not isinstance(limit, Money) or requested is None:
            return floor.above
        if limit.currency != requested.currency:
            rate = self.case.rate_between(limit.currency, requested.currency)
            if rate is None:
                return floor.above
            limit = convert(limit, rate, requested.currency, Rounding.DOWN)
        return floor.then if requested <= limit else floor.above

    def evidence_state(self, evidence: Evidence, line: Line | None = None) -> EvidenceState:
        """Return what is missing of a kind of proof, for a line where it is asked for each."""
        key = (evidence.name, line.id if line is not None else None)
        if key not in self._states:
            self._states[key] = self._evidence_state(evidence, line)
        return self._states[key]

    def _evidence_state(self, evidence: Evidence, line: Line | None) -> EvidenceState:
        given = [item for item in self.case.evidence if item.kind == evidence.name]
        if evidence.level is Level.LINE:
            given = [item for item in given if line is None or item.line in (None, line.id)]
        rejected = tuple(item for item in given if item.not_qualifying is not None)
        good = [item for item in given if item.not_qualifying is None]
        verdict = self.condition(evidence.required_when, line)
        needed = {Outcome.PASS: True, Outcome.FAIL: False}.get(verdict.outcome)
        blame = verdict.missing
        missing: tuple[tuple[str, ...], ...] = ()
        if evidence.by is not None:
            choice = self.open(line).get(evidence.by)
            if isinstance(choice, Missing):
                needed, blame = None, (choice,)
            else:
                missing = tuple(
                    names
                    for names in evidence.needed(str(choice.value))
                    if not any(self._has_piece(evidence, name, good) for name in names)
                )
        count = _distinct(good)
        short = 0 if evidence.by is not None else max(0, evidence.min - count)
        return EvidenceState(
            evidence,
            line.id if line is not None else None,
            needed,
            count,
            missing,
            short,
            rejected,
            blame,
        )

    def _has_piece(self, evidence: Evidence, name: str, given: list[Proof]) -> bool:
        piece = evidence.piece(name)
        assert piece is not None
        if piece.form is PieceForm.FACT:
            return isinstance(self.open().get(piece.fact or ""), Known)
        wants_link = piece.form is PieceForm.LINK
        return any(item.piece == name and bool(item.link) == wants_link for item in given)

    def condition(self, expression: Expression | None, line: Line | None) -> Verdict:
        """Return whether a condition of the form holds, values taken as they are; none at all
        holds.
        """
        if expression is None:
            return Verdict(Outcome.PASS)
        return expression.program.evaluate(self.open(line))


@dataclass(frozen=True)
class View:
    """The facts as one expression reads them (`criteria.Facts`)."""

    binding: Binding
    line: Line | None
    judging: bool
    floor: Provenance | None

    @property
    def context(self) -> Context:
        """Return rates, calendar and currency."""
        return self.binding.context

    def get(self, name: str) -> Found:
        """Return the value of a name, or why there is none."""
        constant = self.binding.constant(name)
        if constant is not None:
            return constant
        if name == "lines":
            return Known(
                [self._row(index, line) for index, line in enumerate(self.binding.case.lines)]
            )
        if name.startswith("line."):
            if self.line is None:
                return Missing(name)
            return self._line_value(self.line, name.removeprefix("line."))
        if name.startswith("evidence."):
            return self._evidence(name, None)
        if name == "request.is_used_up":
            remaining = self.get("request.remaining")
            if isinstance(remaining, Known) and isinstance(remaining.value, Money):
                return Known(not remaining.value.is_positive, remaining.ref)
            return Missing("request.remaining")
        return self._held(
            name, self.binding.case.facts.get(name), self.binding.field(name, of_line=False)
        )

    def _row(self, index: int, line: Line) -> dict[str, Found]:
        names = [*builtins.LINE, *self.binding._line_fields]
        return {name: self._line_value(line, name, prefix=f"lines[{index}].") for name in names}

    def _line_value(self, line: Line, name: str, *, prefix: str = "line.") -> Found:
        if name.startswith("evidence."):
            return self._evidence(name, line)
        if name == "currency":
            return self._currency(line)
        return self._held(
            prefix + name, line.facts.get(name), self.binding.field(name, of_line=True)
        )

    def _currency(self, line: Line) -> Found:
        """Return the currency of the line's amounts; of several, one that is not the fund's."""
        amounts = [fact.value for fact in line.facts.values() if isinstance(fact.value, Money)]
        strange = sorted({each.currency for each in amounts} - {self.binding.currency})
        if strange:
            return Known(strange[0])
        return Known(self.binding.currency) if amounts else Missing("line.currency")

    def _evidence(self, name: str, line: Line | None) -> Found:
        _, kind, part = name.split(".")
        evidence = self.binding.playbook.evidence_kind(kind)
        assert evidence is not None
        state = self.binding.evidence_state(evidence, line)
        if part == "count":
            return Known(state.count)
        if state.complete is None:
            return state.blame[0] if state.blame else Missing(name)
        return Known(state.complete)

    def _held(self, name: str, fact: Fact | None, field: Field | None) -> Found:
        """Return the value when it is trusted enough for this view."""
        if fact is None or fact.value is None:
            return Missing(name)
        if not self.judging:
            return Known(fact.value, fact.ref or None)
        needed = self.binding.floor_of(field) if field is not None else Provenance.SYSTEM
        if self.floor is not None and field is not None and field.ask is not Ask.SYSTEM:
            needed = max(needed, self.floor)
        if fact.provenance < needed:
            return Missing(
                name, Reason.BELOW_FLOOR, f"{fact.provenance.word}, needs {needed.word}"
            )
        return Known(fact.value, fact.ref or None)


def _distinct(given: list[Proof]) -> int:
    """Return how many different files or links there are: one file twice proves nothing more."""
    named = {item.sha256 or item.link for item in given if item.sha256 or item.link}
    return len(named) + sum(1 for item in given if not item.sha256 and not item.link)
