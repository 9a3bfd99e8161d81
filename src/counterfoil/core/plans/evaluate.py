"""The reference evaluator: a plan over lines in plain Python, slow and easy to check.

It is the oracle of the SQL engines and explains single figures. The semantics are those of
docs/adr/0014: order within a window by day and id; a refund takes back what its original line
earned, in proportion, and never moves a base; the cap is a ceiling on the running commission of
the month; shares are split line by line.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from counterfoil.core.plans.convert import converted
from counterfoil.core.plans.model import (
    SELLER,
    BandMode,
    Component,
    Earlier,
    Plan,
    PlanLine,
    RateRow,
    month_of,
    window_of,
)
from counterfoil.core.plans.results import LineResult, MonthResult, Results
from counterfoil.core.rounding import PPM, Rounding, allocate_minor, divide

SCALE = PPM * PPM
"""What a base times a band's factor times a rate is divided by."""


class BadInput(ValueError):
    """The lines break what the plan declares, or contradict themselves."""


def evaluate(plan: Plan, lines: Sequence[PlanLine], earlier: Sequence[Earlier] = ()) -> Results:
    """Return what `plan` gives for `lines`; `earlier` are refunded lines of months before.

    A refund whose original is neither among the lines nor among the earlier ones gives no result
    (`unmatched_refunds` lists it). Raises BadInput.
    """
    check_input(plan, lines, earlier)
    found: list[LineResult] = []
    months: list[MonthResult] = []
    for number, component in enumerate(plan.components):
        sales = _sales(plan, number, component, lines)
        known = {
            each.line: each for each in earlier if each.component == number
        } | {
            result.line: Earlier(
                result.line, number, result.partner, result.after - result.before,
                result.commission, 0,
            )
            for result in sales
        }  # fmt: skip
        results = sales + _refunds(plan, number, lines, known)
        results.sort(key=lambda result: result.line)
        found += results
        months += _months(number, component, results, {r.line for r in sales}, len(plan.shares))
    return Results(tuple(found), tuple(months))


def check_input(plan: Plan, lines: Sequence[PlanLine], earlier: Sequence[Earlier]) -> None:
    """Refuse lines beyond the plan's bounds, of double id or without its attributes.

    Raises BadInput.
    """
    if len(lines) > plan.bounds.most_lines:
        raise BadInput(f"{len(lines)} lines; the plan takes {plan.bounds.most_lines}.")
    seen: set[int] = set()
    for line in lines:
        if line.id in seen:
            raise BadInput(f"Line {line.id} stands twice.")
        seen.add(line.id)
        if not 0 <= line.minor <= plan.bounds.largest_line_minor:
            raise BadInput(f"Line {line.id}: {line.minor} is beyond the plan's largest line.")
        if len(line.attributes) != len(plan.attributes):
            raise BadInput(f"Line {line.id} does not carry the plan's attributes.")
        if line.given is not None and plan.conversion is None:
            raise BadInput(f"Line {line.id} is of another currency, which the plan does not take.")
        if line.given is not None and converted(line.given, plan.rounding) != line.minor:
            raise BadInput(f"Line {line.id}: {line.minor} is not what its rate gives.")
        if line.is_refund != (line.original > 0):
            raise BadInput(f"Line {line.id}: a refund names its original line, a sale none.")
    pairs: set[tuple[int, int]] = set()
    for each in earlier:
        if each.line in seen or (each.line, each.component) in pairs:
            raise BadInput(f"Line {each.line} stands twice, as an earlier one.")
        pairs.add((each.line, each.component))
        if not 0 <= each.refunded <= each.minor <= plan.bounds.largest_line_minor:
            raise BadInput(f"Line {each.line}: its earlier amounts contradict each other.")


def unmatched_refunds(
    lines: Iterable[PlanLine], earlier: Iterable[Earlier]
) -> tuple[PlanLine, ...]:
    """Return the refunds whose original is not known for the same partner."""
    lines = tuple(lines)
    owners = {each.line: each.partner for each in earlier} | {
        line.id: line.partner for line in lines if not line.is_refund
    }
    return tuple(
        line for line in lines if line.is_refund and owners.get(line.original) != line.partner
    )


def _sales(
    plan: Plan, number: int, component: Component, lines: Sequence[PlanLine]
) -> list[LineResult]:
    windows: dict[tuple[int, int], list[PlanLine]] = defaultdict(list)
    for line in lines:
        if not line.is_refund and takes(plan, component, line):
            windows[line.partner, window_of(component.window, line.day)].append(line)
    running: dict[tuple[int, int], int] = defaultdict(int)
    results = []
    for (partner, _), members in sorted(windows.items()):
        members.sort(key=lambda line: (line.day, line.id))
        reached = _reached(members)
        after = 0
        for line in members:
            before, after = after, after + line.minor
            month = month_of(line.day)
            until_then = reached[month]
            rate = rate_of(plan, component, line)
            raw = raw_commission(component, before, after, until_then, rate, plan.rounding)
            earned = running[partner, month]
            running[partner, month] += raw
            commission = raw
            if component.cap_minor is not None:
                cap = component.cap_minor
                commission = min(earned + raw, cap) - min(earned, cap)
            parts = split(plan, commission)
            results.append(
                LineResult(number, line.id, partner, month, before, after, rate, raw, commission,
                           parts)
            )  # fmt: skip
    return results


def _reached(members: Sequence[PlanLine]) -> dict[int, int]:
    """Return the base of a window at the end of each of its months, from lines in order."""
    total, reached = 0, {}
    for line in members:
        total += line.minor
        reached[month_of(line.day)] = total
    return reached


def _refunds(
    plan: Plan, number: int, lines: Sequence[PlanLine], known: dict[int, Earlier]
) -> list[LineResult]:
    refunded: dict[int, int] = {}
    results = []
    for line in sorted(lines, key=lambda line: (line.day, line.id)):
        original = known.get(line.original) if line.is_refund else None
        if original is None or original.partner != line.partner or original.minor == 0:
            continue
        before = refunded.get(original.line, original.refunded)
        after = min(before + line.minor, original.minor)
        refunded[original.line] = after
        gone = divide(original.commission * before, original.minor, plan.rounding)
        going = divide(original.commission * after, original.minor, plan.rounding)
        parts = tuple(a - b for a, b in zip(split(plan, gone), split(plan, going), strict=True))
        results.append(
            LineResult(number, line.id, line.partner, month_of(line.day), before, after, 0,
                       gone - going, gone - going, parts)
        )  # fmt: skip
    return results


def _months(
    number: int, component: Component, results: Sequence[LineResult], sold: set[int], width: int
) -> list[MonthResult]:
    groups: dict[tuple[int, int], list[LineResult]] = defaultdict(list)
    for result in results:
        groups[result.partner, result.month].append(result)
    months = []
    for (partner, month), members in sorted(groups.items()):
        commission = sum(result.commission for result in members)
        is_selling = any(result.line in sold for result in members)
        top_up = max(component.floor_minor - commission, 0) if is_selling else 0
        if component.floor_minor == 0:
            top_up = 0
        parts = [sum(result.parts[i] for result in members) for i in range(width)]
        parts[0] += top_up
        base = sum(r.after - r.before for r in members if r.line in sold)
        months.append(
            MonthResult(number, partner, month, len(members), base, commission, top_up,
                        tuple(parts))
        )  # fmt: skip
    return months


def takes(plan: Plan, component: Component, line: PlanLine) -> bool:
    """Return whether the component counts the line."""
    carried = dict(zip(plan.attributes, line.attributes, strict=True))
    return all(carried[name] in allowed for name, allowed in component.where)


def rate_row_of(plan: Plan, component: Component, line: PlanLine) -> RateRow | None:
    """Return the first row of the rate table that fits the line, None where none does."""
    carried = dict(zip(plan.attributes, line.attributes, strict=True))
    for row in component.rates:
        if row.from_day <= line.day <= row.until_day and all(
            carried[name] == value for name, value in row.when
        ):
            return row
    return None


def rate_of(plan: Plan, component: Component, line: PlanLine) -> int:
    """Return the line's rate in ppm."""
    row = rate_row_of(plan, component, line)
    return component.otherwise_ppm if row is None else row.ppm


def portions(
    component: Component, before: int, after: int, until_then: int
) -> list[tuple[int, int]]:
    """Return (amount, factor in ppm) of each band that a line from `before` to `after` touches.

    `until_then` is the base of the whole window up to the end of the line's month.
    """
    if component.mode is BandMode.ONE:
        reached = [band for band in component.bands if band.from_minor <= until_then]
        return [(after - before, reached[-1].times_ppm)]
    found = []
    for i, band in enumerate(component.bands):
        upper = component.bands[i + 1].from_minor if i + 1 < len(component.bands) else after
        amount = max(min(after, upper), band.from_minor) - min(
            max(before, band.from_minor), max(upper, band.from_minor)
        )
        if amount > 0:
            found.append((amount, band.times_ppm))
    return found


def raw_commission(
    component: Component, before: int, after: int, until_then: int, rate: int, mode: Rounding
) -> int:
    """Return the commission of one line before the cap, rounded once."""
    weighted = sum(a * times for a, times in portions(component, before, after, until_then))
    return divide(weighted * rate, SCALE, mode)


def split(plan: Plan, commission: int) -> tuple[int, ...]:
    """Return the parties' parts: largest remainder, ties to the party that stands first."""
    if len(plan.shares) == 1:
        return (commission,)
    parts = allocate_minor(commission, [(i, share.ppm) for i, share in enumerate(plan.shares)])
    return tuple(parts.values())


def parties(plan: Plan) -> tuple[str, ...]:
    """Return the names of the parties, the seller first."""
    assert plan.shares[0].party == SELLER
    return tuple(share.party for share in plan.shares)
