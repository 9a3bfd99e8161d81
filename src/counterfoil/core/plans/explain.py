"""One figure of a plan, told step by step in the plan's own numbers."""

from dataclasses import dataclass

from counterfoil.core.money import Money
from counterfoil.core.plans.evaluate import SCALE, portions
from counterfoil.core.plans.model import Component, Plan
from counterfoil.core.plans.results import LineResult
from counterfoil.core.playbooks.reader import format_percent


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a calculation: what was done, the calculation, and what came out."""

    what: str
    calculation: str
    result: str


def explain_line(
    plan: Plan, result: LineResult, *, is_refund: bool, until_then: int = 0, earned: int = 0
) -> tuple[Step, ...]:
    """Return the steps that led to `result`.

    `until_then` is the base of the window at the end of the line's month (for bands of one rate
    on everything), `earned` the commission of a refund's original line.
    """
    component = plan.components[result.component]
    if is_refund:
        steps = _refund(plan, result, earned)
    else:
        steps = _sale(plan, component, result, until_then or result.after)
    if len(plan.shares) > 1:
        shares = ", ".join(f"{s.party} {format_percent(s.ppm)}" for s in plan.shares)
        parts = ", ".join(
            f"{s.party} {_said(plan, part)}"
            for s, part in zip(plan.shares, result.parts, strict=True)
        )
        steps.append(Step("Split", f"{_said(plan, result.commission)} by {shares}", parts))
    return tuple(steps)


def _sale(plan: Plan, component: Component, result: LineResult, until_then: int) -> list[Step]:
    line = result.after - result.before
    steps = [
        Step(
            f"Base of the {component.window}",
            f"{_said(plan, result.before)} before this line + {_said(plan, line)}",
            _said(plan, result.after),
        )
    ]
    weighted = 0
    for amount, times in portions(component, result.before, result.after, until_then):
        rate = format_rate(result.rate_ppm * times, SCALE)
        steps.append(
            Step(
                "Band", f"{_said(plan, amount)} × {rate}",
                format_fraction(plan, amount * times * result.rate_ppm),
            )
        )  # fmt: skip
        weighted += amount * times
    steps.append(
        Step(
            "Rounded once", f"{format_fraction(plan, weighted * result.rate_ppm)}, "
            f"{plan.rounding.replace('_', ' ')}",
            _said(plan, result.raw),
        )
    )  # fmt: skip
    if component.cap_minor is not None and result.commission != result.raw:
        steps.append(
            Step(
                "Cap", f"At most {_said(plan, component.cap_minor)} a month",
                _said(plan, result.commission),
            )
        )  # fmt: skip
    return steps


def _refund(plan: Plan, result: LineResult, earned: int) -> list[Step]:
    return [
        Step(
            "Refunded of the original line",
            f"{_said(plan, result.before)} before this refund, then {_said(plan, result.after)}",
            _said(plan, result.after - result.before),
        ),
        Step(
            "Taken back of what the original line earned",
            f"the same part of {_said(plan, earned)}, rounded {plan.rounding.replace('_', ' ')}",
            _said(plan, result.commission),
        ),
    ]


def format_rate(n: int, d: int) -> str:
    """Return n / d as an exact percentage."""
    whole, rest = divmod(n * 100, d)
    digits = ""
    while rest and len(digits) < 12:
        digit, rest = divmod(rest * 10, d)
        digits += str(digit)
    return f"{whole}.{digits}%" if digits else f"{whole}%"


def format_fraction(plan: Plan, n: int) -> str:
    """Return n / 10^12 minor units exactly, in minor units with up to 12 decimals."""
    whole, rest = divmod(n, SCALE)
    fraction = f"{rest:012d}".rstrip("0")
    shown = f"{whole}.{fraction}" if fraction else str(whole)
    return f"{shown} minor units of {plan.currency}"


def _said(plan: Plan, minor: int) -> str:
    return Money(minor, plan.currency).format_plain()
