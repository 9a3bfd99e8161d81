"""One figure of a plan, told step by step in the plan's own numbers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from counterfoil.core.currencies import exponent
from counterfoil.core.money import Money
from counterfoil.core.plans.convert import Rate
from counterfoil.core.plans.evaluate import SCALE, portions
from counterfoil.core.plans.model import Component, Plan
from counterfoil.core.plans.results import LineResult
from counterfoil.core.playbooks.reader import format_percent

_SAY: Mapping[str, Mapping[str, str]] = {
    "en": {
        "base": "Base of the {window}",
        "base told": "{before} before this line + {amount}",
        "window month": "month",
        "window quarter": "quarter",
        "window year": "year",
        "window contract": "contract",
        "band": "Band",
        "rounded": "Rounded once",
        "cap": "Cap",
        "cap told": "At most {amount} a month",
        "refunded": "Refunded of the original line",
        "refunded told": "{before} before this refund, then {after}",
        "taken": "Taken back of what the original line earned",
        "taken told": "the same part of {earned}, rounded {rounding}",
        "converted": "In {currency}",
        "converted told": "{amount}, 1 {currency} = {rate} {into} ({source}, {day}), {rounding}",
        "split": "Split",
        "split told": "{amount} by {shares}",
        "stays": "Stays with the partner",
        "stays told": "nobody is named who is the {parties} here",
    },
    "de": {
        "base": "Bemessung im {window}",
        "base told": "{before} vor dieser Zeile + {amount}",
        "window month": "Monat",
        "window quarter": "Quartal",
        "window year": "Jahr",
        "window contract": "Vertrag",
        "band": "Staffel",
        "rounded": "Einmal gerundet",
        "rounding half even": "kaufmännisch zur geraden Ziffer",
        "rounding half up": "kaufmännisch",
        "rounding down": "abgerundet",
        "rounding up": "aufgerundet",
        "cap": "Obergrenze",
        "cap told": "Höchstens {amount} im Monat",
        "refunded": "Von der ursprünglichen Zeile erstattet",
        "refunded told": "{before} vor dieser Erstattung, danach {after}",
        "taken": "Zurückgenommen von dem, was die ursprüngliche Zeile verdient hat",
        "taken told": "derselbe Teil von {earned}, gerundet: {rounding}",
        "converted": "In {currency}",
        "converted told": "{amount}, 1 {currency} = {rate} {into} ({source}, {day}), {rounding}",
        "split": "Aufteilung",
        "split told": "{amount} nach {shares}",
        "stays": "Bleibt beim Partner",
        "stays told": "niemand ist hier als {parties} benannt",
        "party partner": "Partner",
        "party distributor": "Distributor",
    },
}
"""The words of the steps by language; a name that is not here stands as the plan has it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a calculation: what was done, the calculation, and what came out."""

    what: str
    calculation: str
    result: str


def explain_line(
    plan: Plan,
    result: LineResult,
    *,
    is_refund: bool,
    until_then: int = 0,
    earned: int = 0,
    filled: Collection[str] | None = None,
    language: str = "en",
) -> tuple[Step, ...]:
    """Return the steps that led to `result`, in words of `language`.

    `filled` are the parties of the split that somebody is named for, None where that is not known;
    the share of the others stays with the partner, and that is a step.

    `until_then` is the base of the window at the end of the line's month (for bands of one rate
    on everything), `earned` the commission of a refund's original line.
    """
    say = _SAY.get(language.split("-")[0], _SAY["en"])
    component = plan.components[result.component]
    if is_refund:
        steps = _refund(plan, result, earned, say)
    else:
        steps = _sale(plan, component, result, until_then or result.after, say)
    if len(plan.shares) > 1:
        names = [say.get(f"party {s.party}", s.party) for s in plan.shares]
        shares = ", ".join(
            f"{name} {format_percent(s.ppm)}" for name, s in zip(names, plan.shares, strict=True)
        )
        parts = ", ".join(
            f"{name} {_said(plan, part)}" for name, part in zip(names, result.parts, strict=True)
        )
        told = say["split told"].format(amount=_said(plan, result.commission), shares=shares)
        steps.append(Step(say["split"], told, parts))
        steps += _staying(plan, result, names, filled, say)
    return tuple(steps)


def _staying(
    plan: Plan,
    result: LineResult,
    names: Sequence[str],
    filled: Collection[str] | None,
    say: Mapping[str, str],
) -> list[Step]:
    """Return the step of shares that nobody is named for; the first party is the partner."""
    if filled is None:
        return []
    alone = [i for i, share in enumerate(plan.shares) if i and share.party not in filled]
    if not alone:
        return []
    told = say["stays told"].format(parties=", ".join(names[i] for i in alone))
    whole = result.parts[0] + sum(result.parts[i] for i in alone)
    return [Step(say["stays"], told, _said(plan, whole))]


def explain_rate(
    plan: Plan, amount: Money, rate: Rate, counted: Money, *, source: str, language: str = "en"
) -> Step:
    """Return the step that turned an amount of another currency into the plan's."""
    say = _SAY.get(language.split("-")[0], _SAY["en"])
    day = f"{rate.day // 10_000}-{rate.day // 100 % 100:02d}-{rate.day % 100:02d}"
    told = say["converted told"].format(
        amount=amount.format_plain(), currency=rate.currency, rate=rate.say(), into=rate.into,
        source=source, day=day, rounding=_rounding(plan, say),
    )  # fmt: skip
    return Step(say["converted"].format(currency=plan.currency), told, counted.format_plain())


def _sale(
    plan: Plan, component: Component, result: LineResult, until_then: int, say: Mapping[str, str]
) -> list[Step]:
    line = result.after - result.before
    steps = [
        Step(
            say["base"].format(window=say[f"window {component.window}"]),
            say["base told"].format(
                before=_said(plan, result.before), amount=_said(plan, line)
            ),
            _said(plan, result.after),
        )
    ]  # fmt: skip
    weighted = 0
    for amount, times in portions(component, result.before, result.after, until_then):
        rate = format_rate(result.rate_ppm * times, SCALE)
        steps.append(
            Step(
                say["band"], f"{_said(plan, amount)} × {rate}",
                format_fraction(plan, amount * times * result.rate_ppm),
            )
        )  # fmt: skip
        weighted += amount * times
    exact = format_fraction(plan, weighted * result.rate_ppm)
    steps.append(Step(say["rounded"], f"{exact}, {_rounding(plan, say)}", _said(plan, result.raw)))
    if component.cap_minor is not None and result.commission != result.raw:
        steps.append(
            Step(
                say["cap"], say["cap told"].format(amount=_said(plan, component.cap_minor)),
                _said(plan, result.commission),
            )
        )  # fmt: skip
    return steps


def _refund(plan: Plan, result: LineResult, earned: int, say: Mapping[str, str]) -> list[Step]:
    return [
        Step(
            say["refunded"],
            say["refunded told"].format(
                before=_said(plan, result.before), after=_said(plan, result.after)
            ),
            _said(plan, result.after - result.before),
        ),
        Step(
            say["taken"],
            say["taken told"].format(
                earned=_said(plan, earned), rounding=_rounding(plan, say)
            ),
            _said(plan, result.commission),
        ),
    ]  # fmt: skip


def _rounding(plan: Plan, say: Mapping[str, str]) -> str:
    words = plan.rounding.replace("_", " ")
    return say.get(f"rounding {words}", words)


def format_rate(n: int, d: int) -> str:
    """Return n / d as an exact percentage."""
    whole, rest = divmod(n * 100, d)
    digits = ""
    while rest and len(digits) < 12:
        digit, rest = divmod(rest * 10, d)
        digits += str(digit)
    return f"{whole}.{digits}%" if digits else f"{whole}%"


def format_fraction(plan: Plan, n: int) -> str:
    """Return n / 10^12 minor units as an exact amount: all digits of the currency, more if any."""
    digits = exponent(plan.currency)
    whole, rest = divmod(abs(n), SCALE * 10**digits)
    decimals = f"{rest:0{12 + digits}d}" if rest or digits else ""
    kept = decimals[:digits] + decimals[digits:].rstrip("0")
    sign = "-" if n < 0 else ""
    shown = f"{whole}.{kept}" if kept else str(whole)
    return f"{sign}{shown} {plan.currency}"


def _said(plan: Plan, minor: int) -> str:
    return Money(minor, plan.currency).format_plain()
