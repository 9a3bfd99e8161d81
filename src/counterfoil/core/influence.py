"""Figures of influence validation: per partner and type, from what was sent and decided.

Pure: values in, values out. A definition stands at each figure and on the page.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from counterfoil.core.money import Money


@dataclass(frozen=True, slots=True)
class Case:
    """One submission: when it first came, how it was decided, over which rounds.

    `outcome` is "" while it is open; `credited` is what a validated one comes to.
    """

    partner: str
    type: str
    received_at: datetime
    decided_at: datetime | None
    outcome: str
    returns: int
    revision: int
    credited: Money | None
    return_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """What the cases of one partner and type come to.

    `first_time` of `decided` were validated without a return or an appeal; `median` is the time
    from the first sending to the decision, in calendar time, the lower of two middle ones.
    """

    partner: str
    type: str
    submitted: int
    decided: int
    validated: int
    first_time: int
    credited: Mapping[str, Money]
    median: timedelta | None
    reasons: tuple[tuple[str, int], ...]

    @property
    def first_time_share(self) -> Fraction | None:
        """Return the share of decided ones that passed the first time; None without any."""
        return Fraction(self.first_time, self.decided) if self.decided else None


def figures_of(cases: Iterable[Case]) -> tuple[Figures, ...]:
    """Return the figures by partner and type, in their order."""
    groups: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        groups.setdefault((case.partner, case.type), []).append(case)
    return tuple(_figures(*key, groups[key]) for key in sorted(groups))


def _figures(partner: str, type_: str, cases: list[Case]) -> Figures:
    decided = [each for each in cases if each.outcome]
    validated = [each for each in decided if each.outcome == "qualified"]
    credited: dict[str, Money] = {}
    for each in validated:
        if each.credited is not None:
            zero = Money.zero(each.credited.currency)
            held = credited.get(each.credited.currency, zero)
            credited[each.credited.currency] = held + each.credited
    spans = sorted(
        each.decided_at - each.received_at for each in decided if each.decided_at is not None
    )
    reasons = Counter(code for each in cases for code in each.return_codes)
    return Figures(
        partner=partner,
        type=type_,
        submitted=len(cases),
        decided=len(decided),
        validated=len(validated),
        first_time=sum(each.returns == 0 and each.revision == 1 for each in validated),
        credited=credited,
        median=spans[(len(spans) - 1) // 2] if spans else None,
        reasons=tuple(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
    )
