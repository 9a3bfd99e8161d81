"""The sum to pay, step by step: requested = payable + the sum of the coded adjustments, to the
minor unit.

Every step works on what the one before left and can only lower it. Rounding happens once, at the
end of a step that takes a share, by the mode the playbook names.
"""

from collections.abc import Callable
from dataclasses import dataclass

from counterfoil.core.criteria import Missing, Outcome, Reason, Unknown
from counterfoil.core.money import Money, Rounding, convert
from counterfoil.core.playbooks.bind import Binding, View
from counterfoil.core.playbooks.cases import Line
from counterfoil.core.playbooks.model import Amount, Expression, Level, Step, StepKind, Text

WHOLE = ""
"""The id under which a submission without lines is counted."""

Open = Callable[[Line | None], View]


@dataclass(frozen=True, slots=True)
class AmountStep:
    """What one step took off. `agreed` is a share that was promised to stay with the partner, not
    a cut.
    """

    code: str
    title: Text
    agreed: bool
    adjustment: Money
    left: Money
    by_line: tuple[tuple[str, Money], ...] = ()


@dataclass(frozen=True, slots=True)
class LineAmount:
    """What was asked for a line and what its own steps left of it."""

    line: str
    requested: Money
    left: Money


@dataclass(frozen=True, slots=True)
class AmountResult:
    """The whole calculation. `missing` says why it is an estimate; `excluded` lines are in another
    currency.
    """

    requested: Money
    steps: tuple[AmountStep, ...]
    payable: Money
    lines: tuple[LineAmount, ...]
    excluded: tuple[tuple[str, Money], ...]
    missing: tuple[Missing, ...]

    @property
    def is_estimate(self) -> bool:
        """Return whether something is missing that could change the sum."""
        return bool(self.missing)

    @property
    def adjustments(self) -> tuple[tuple[str, Money], ...]:
        """Return code and amount of every step that took something off."""
        return tuple(
            (step.code, step.adjustment) for step in self.steps if not step.adjustment.is_zero
        )

    @property
    def cuts(self) -> tuple[tuple[str, Money], ...]:
        """Return the adjustments nobody agreed to beforehand: they make an approval partial."""
        taken = [step for step in self.steps if not step.agreed and not step.adjustment.is_zero]
        return tuple((step.code, step.adjustment) for step in taken)

    def closed_by(self, code: str, title: Text) -> "AmountResult":
        """Return the result of a submission that is not approved: what was left goes under the
        code of the refusal.
        """
        if self.payable.is_zero:
            return self
        nothing = Money.zero(self.payable.currency)
        closing = AmountStep(code, title, agreed=False, adjustment=self.payable, left=nothing)
        return AmountResult(
            self.requested,
            (*self.steps, closing),
            nothing,
            self.lines,
            self.excluded,
            self.missing,
        )

    def to_json(self) -> dict[str, object]:
        """Return the shape that decision records keep."""
        return {
            "requested": self.requested.to_json(),
            "payable": self.payable.to_json(),
            "steps": [
                {
                    "code": step.code,
                    "agreed": step.agreed,
                    "adjustment": step.adjustment.to_json(),
                    "left": step.left.to_json(),
                    "by_line": [
                        {"line": line, "adjustment": money.to_json()}
                        for line, money in step.by_line
                    ],
                }
                for step in self.steps
            ],
            "lines": [
                {
                    "line": item.line,
                    "requested": item.requested.to_json(),
                    "left": item.left.to_json(),
                }
                for item in self.lines
            ],
            "excluded": [
                {"line": line, "requested": money.to_json()} for line, money in self.excluded
            ],
            "missing": [item.to_json() for item in self.missing],
        }


def compute_amount(
    binding: Binding, failed_lines: frozenset[str], *, judging: bool
) -> AmountResult | None:
    """Return the calculation, or None while the currency of the fund is not known.

    `judging` holds every detail to its floor; otherwise values are taken as they are, for an
    estimate.
    """
    if binding.currency is None:
        return None
    view: Open = binding.judging if judging else binding.open
    return _Calculation(binding, binding.currency, failed_lines, view).run()


class _Calculation:
    """One run: what is left of each line in minor units, then of the whole."""

    def __init__(
        self, binding: Binding, currency: str, failed: frozenset[str], view: Open
    ) -> None:
        self.binding, self.currency, self.failed, self.view = binding, currency, failed, view
        self.amount: Amount = binding.playbook.amount
        self.missing: dict[Missing, None] = {}
        self.excluded: list[tuple[str, Money]] = []
        self.lines: dict[str, Line | None] = {}
        self.asked: dict[str, int] = {}
        self.left: dict[str, int] = {}

    def run(self) -> AmountResult:
        lines = self.binding.case.lines if self.amount.level is Level.LINE else (None,)
        for line in lines:
            self.begin(line)
        steps: list[AmountStep] = []
        whole: int | None = None
        by_line: dict[str, int] = dict(self.left)
        for step in self.amount.steps:
            if step.level is Level.LINE:
                steps.append(self.on_lines(step))
                by_line = dict(self.left)
                continue
            if whole is None:
                whole = sum(self.left.values())
            taken = self.on_whole(step, whole)
            whole -= taken
            steps.append(self.taken(step, taken, whole))
        payable = sum(self.left.values()) if whole is None else whole
        requested = sum(self.asked.values())
        assert requested == payable + sum(step.adjustment.minor for step in steps)
        assert payable >= 0
        amounts = tuple(
            LineAmount(key, self.money(asked), self.money(by_line[key]))
            for key, asked in self.asked.items()
            if key != WHOLE
        )
        return AmountResult(
            self.money(requested), tuple(steps), self.money(payable), amounts,
            tuple(self.excluded), tuple(self.missing),
        )  # fmt: skip

    def begin(self, line: Line | None) -> None:
        """Enter what is asked for a line; a failed one in another currency is set aside, for it
        can't be added up.
        """
        key = line.id if line is not None else WHOLE
        value = self.amount.requested.program.value(self.view(line), rounding=self.amount.rounding)
        if isinstance(value, Money) and key in self.failed and value.currency != self.currency:
            self.excluded.append((key, value))
            return
        asked = self.minor(value, key)
        if asked < 0:
            name = f"{key or 'requested'}"
            self.missing[Missing(name, Reason.OUT_OF_RANGE, "an amount below zero")] = None
            asked = 0
        self.lines[key], self.asked[key], self.left[key] = line, asked, asked

    def on_lines(self, step: Step) -> AmountStep:
        taken: dict[str, int] = {}
        for key, line in self.lines.items():
            if not self.left[key]:
                continue
            taken[key] = self.of_line(step, key, line)
            self.left[key] -= taken[key]
        by_line = tuple((key, self.money(minor)) for key, minor in taken.items() if minor)
        total, left = sum(taken.values()), sum(self.left.values())
        return AmountStep(
            step.code, step.title, step.agreed, self.money(total), self.money(left), by_line
        )

    def of_line(self, step: Step, key: str, line: Line | None) -> int:
        if step.kind is StepKind.TAKE_OUT:
            return self.left[key] if key in self.failed else 0
        return self.change(step, self.left[key], line, key)

    def on_whole(self, step: Step, left: int) -> int:
        if step.kind is StepKind.KEEP:
            rate = self.binding.parameter(step.rate or "")
            if not isinstance(rate, int):
                self.missing[Missing(step.rate or "", Reason.MISSING, "no value in force")] = None
                return 0
            return left - self.money(left).times_ppm(rate, self.amount.rounding).minor
        return self.change(step, left, None, WHOLE)

    def change(self, step: Step, left: int, line: Line | None, key: str) -> int:
        """Return what LESS or AT_MOST takes off, never more than is left and never less than
        nothing.
        """
        if not self.applies(step.when, line, key):
            return 0
        assert step.amount is not None
        value = step.amount.program.value(self.view(line), rounding=self.amount.rounding)
        if isinstance(value, Unknown):
            self.blame(value, key)
            return 0
        mode = Rounding.DOWN if step.kind is StepKind.AT_MOST else self.amount.rounding
        minor = max(0, self.minor(value, key, mode))
        return min(minor, left) if step.kind is StepKind.LESS else max(0, left - minor)

    def applies(self, when: Expression | None, line: Line | None, key: str) -> bool:
        if when is None:
            return True
        verdict = when.program.evaluate(self.view(line))
        if verdict.outcome is Outcome.UNKNOWN:
            self.blame(Unknown(verdict.missing), key)
        return verdict.outcome is Outcome.PASS

    def minor(self, value: object, key: str, mode: Rounding | None = None) -> int:
        """Return an amount in the currency of the fund; 0 with the blame when it is not known
        there.
        """
        if isinstance(value, Unknown):
            self.blame(value, key)
            return 0
        assert isinstance(value, Money)
        if value.currency == self.currency:
            return value.minor
        rate = self.binding.case.rate_between(value.currency, self.currency)
        if rate is None:
            pair = f"{value.currency} and {self.currency}"
            self.blame(Unknown((Missing("rate", Reason.NO_RATE, pair),)), key)
            return 0
        return convert(value, rate, self.currency, mode or self.amount.rounding).minor

    def blame(self, value: Unknown, key: str) -> None:
        """Remember why the sum is an estimate; what a failed line lacks no longer matters."""
        if key not in self.failed:
            self.missing.update(dict.fromkeys(value.missing))

    def money(self, minor: int) -> Money:
        return Money(minor, self.currency)

    def taken(self, step: Step, minor: int, left: int) -> AmountStep:
        return AmountStep(step.code, step.title, step.agreed, self.money(minor), self.money(left))
