"""The decision record: what was judged, what it came to, who decided, when and why.

`decision_record` writes it, `replay` computes it again from the record and the playbook alone and
compares byte for byte. Nothing is read from anywhere else: business days that a rule counted stand
in the record as they were counted.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from counterfoil.core.adjudication import Adjudication, Case, adjudicate, case_from_json
from counterfoil.core.canonical import canonical_json, sha256_hex
from counterfoil.core.criteria import ENGINE_VERSION
from counterfoil.core.money import Money
from counterfoil.core.playbooks.model import Playbook

RECORD_FORMAT: Final = 1
"""The shape of the record; it changes when a key does."""

Judge = Callable[..., Adjudication]
ENGINES: Final = MappingProxyType[int, Judge]({1: adjudicate})
"""Evaluators by the number that records cite; an old one stays while decisions cite it."""

CalendarDays = tuple[tuple[str, int, str], ...]


class RecordUnreadable(ValueError):
    """The text is no decision record, or cites what this program does not have."""


class Unbalanced(AssertionError):
    """Requested is not payable plus adjustments: the program is wrong, not the data."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a decision comes to: requested = payable + the sum of the adjustments, by code."""

    requested: Money
    payable: Money
    adjustments: tuple[tuple[str, Money], ...]

    def __post_init__(self) -> None:
        """Refuse sums that do not tie. Raises Unbalanced."""
        total = self.payable.minor + sum(money.minor for _, money in self.adjustments)
        if total != self.requested.minor:
            raise Unbalanced(f"{self.requested} is not {total} in minor units")

    def to_json(self) -> dict[str, object]:
        """Return the shape that records keep."""
        return {
            "requested": self.requested.to_json(),
            "payable": self.payable.to_json(),
            "adjustments": [
                {"code": code, "amount": money.to_json()} for code, money in self.adjustments
            ],
        }


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay found; `differences` name the places, as in $.judged.amount.payable."""

    is_same: bool
    sha256: str
    differences: tuple[str, ...] = ()


class CountedDays:
    """Counts business days on a calendar and remembers every answer, for the record."""

    def __init__(self, add: Callable[[date, int], date]) -> None:
        self._add = add
        self._answers: dict[tuple[str, int], str] = {}

    def __call__(self, on: date, days: int) -> date:
        """Return the day `days` business days after `on`. Raises what the calendar raises."""
        found = self._add(on, days)
        self._answers[on.isoformat(), days] = found.isoformat()
        return found

    @property
    def answers(self) -> CalendarDays:
        """Return what was asked and answered, in order."""
        return tuple((on, days, to) for (on, days), to in sorted(self._answers.items()))


def remembered_days(answers: Sequence[Sequence[Any]]) -> Callable[[date, int], date]:
    """Return a counter that knows only what the record says. It raises LookupError beyond that."""
    known = {(str(on), int(days)): date.fromisoformat(str(to)) for on, days, to in answers}

    def add(on: date, days: int) -> date:
        return known[on.isoformat(), days]

    return add


def settlement(judged: Adjudication, *, is_approved: bool, code: str, currency: str) -> Settlement:
    """Return what the decision comes to; a refusal books all that was left under its `code`.

    Raises Unbalanced.
    """
    amount = judged.amount
    if amount is None:
        nothing = Money.zero(currency)
        return Settlement(nothing, nothing, ())
    if is_approved:
        return Settlement(amount.requested, amount.payable, amount.adjustments)
    adjustments = amount.adjustments
    if not amount.payable.is_zero:
        adjustments = (*adjustments, (code, amount.payable))
    return Settlement(amount.requested, Money.zero(amount.payable.currency), adjustments)


def judged_part(judged: Adjudication, *, calendar_days: CalendarDays) -> dict[str, Any]:
    """Return the part of the record that a replay computes again."""
    return {
        "adjudication": judged.to_record(),
        "calendar_days": [list(row) for row in calendar_days],
    }


def decision_record(
    *,
    judged: Adjudication,
    calendar_days: CalendarDays,
    outcome: str,
    codes: Sequence[str],
    currency: str,
    about: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the whole record. `about` says what the engine does not: ids, people, times, reason.

    `outcome` is qualified, declined or duplicate. Raises Unbalanced.
    """
    sums = settlement(
        judged,
        is_approved=outcome == "qualified",
        code=codes[0] if codes else "NOT_APPROVED",
        currency=currency,
    )
    return {
        "format": RECORD_FORMAT,
        "about": dict(about),
        "outcome": outcome,
        "codes": list(codes),
        "currency": currency,
        "judged": judged_part(judged, calendar_days=calendar_days),
        "settlement": sums.to_json(),
    }


def playbook_sha256_of(record: str) -> str:
    """Return the hash of the playbook that a record cites. Raises RecordUnreadable."""
    try:
        return str(json.loads(record)["judged"]["adjudication"]["playbook"]["sha256"])
    except (ValueError, KeyError, TypeError) as error:
        raise RecordUnreadable(f"not a decision record: {error}") from None


def judge_again(judged: Mapping[str, Any], playbook: Playbook) -> Adjudication:
    """Return the adjudication of the stored case. Raises RecordUnreadable, NotAValue."""
    stored = judged["adjudication"]
    engine = ENGINES.get(stored["engine"])
    if engine is None:
        raise RecordUnreadable(
            f"the record was judged by engine {stored['engine']}; this program has "
            f"{', '.join(str(each) for each in ENGINES)}, newest {ENGINE_VERSION}"
        )
    if stored["playbook"]["sha256"] != playbook.sha256:
        raise RecordUnreadable("the playbook is not the one that the record cites")
    case: Case = case_from_json(
        stored["case"], add_business_days=remembered_days(judged["calendar_days"])
    )
    return engine(playbook, case, on=date.fromisoformat(stored["on"]))


def replay(record: str, playbook: Playbook) -> Replayed:
    """Return whether the record computes again, byte for byte, from itself and the playbook.

    Raises RecordUnreadable.
    """
    try:
        stored = json.loads(record)
        judged = judge_again(stored["judged"], playbook)
        again = decision_record(
            judged=judged,
            calendar_days=tuple(
                (str(on), int(days), str(to)) for on, days, to in stored["judged"]["calendar_days"]
            ),
            outcome=stored["outcome"],
            codes=stored["codes"],
            currency=stored["currency"],
            about=stored["about"],
        )
    except RecordUnreadable:
        raise
    except (ValueError, KeyError, TypeError) as error:
        raise RecordUnreadable(f"not a decision record: {error}") from None
    computed = canonical_json(again)
    if computed == record.encode():
        return Replayed(is_same=True, sha256=sha256_hex(computed))
    found = tuple(_differences("$", json.loads(record), json.loads(computed)))[:20]
    return Replayed(
        is_same=False,
        sha256=sha256_hex(computed),
        differences=found or ("$: the bytes are not canonical",),
    )


def _differences(path: str, one: Any, other: Any) -> list[str]:
    """Return where two JSON values differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        found = []
        for key in sorted(set(one) | set(other)):
            if key not in one or key not in other:
                found.append(f"{path}.{key}")
            else:
                found += _differences(f"{path}.{key}", one[key], other[key])
        return found
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [
            each
            for place, (a, b) in enumerate(zip(one, other, strict=True))
            for each in _differences(f"{path}[{place}]", a, b)
        ]
    return [] if one == other and type(one) is type(other) else [path]


def settlement_of(record: str) -> tuple[str, Money, Money]:
    """Return outcome, requested and payable of a record. Raises RecordUnreadable."""
    try:
        stored = json.loads(record)
        sums = stored["settlement"]
        return (
            str(stored["outcome"]),
            Money(sums["requested"]["minor"], sums["requested"]["currency"]),
            Money(sums["payable"]["minor"], sums["payable"]["currency"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise RecordUnreadable(f"not a decision record: {error}") from None
