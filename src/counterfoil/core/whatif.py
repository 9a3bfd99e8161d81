"""What a draft would have said of cases that were decided: pure, and nothing is changed by it.

A stored case is judged again under the draft, with the parameters of the day from which the draft
holds. Compared is what the criteria said then with what they would say: where a person decided
otherwise than the criteria, the draft is not blamed for it, and no money is counted.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from counterfoil.core.adjudication import (
    Adjudication,
    Case,
    CaseMismatch,
    Outcome,
    adjudicate,
    case_from_json,
)
from counterfoil.core.money import Money
from counterfoil.core.playbooks import Playbook, builtins

TRIAL_FORMAT = 1
"""The shape of `Effect.to_json` and `Summary.to_json`; it changes when a key does."""


class Change(StrEnum):
    """What becomes of one decision under the draft."""

    SAME = "same"
    AMOUNT = "amount"
    APPROVED = "approved"
    NOT_APPROVED = "not_approved"
    NEEDS_INFORMATION = "needs_information"
    PERSON = "person"
    UNREADABLE = "unreadable"


CHANGED = (Change.APPROVED, Change.NOT_APPROVED, Change.NEEDS_INFORMATION, Change.AMOUNT)
"""The changes that the draft makes; the others leave a decision as it was."""


@dataclass(frozen=True, slots=True)
class Flip:
    """A criterion that says something else; "" where one of the versions does not have it.

    The traces are those of `core.criteria`, then and under the draft.
    """

    criterion: str
    line: str
    before: str
    after: str
    then_trace: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    now_trace: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def to_json(self) -> dict[str, str]:
        """Return the shape that a trial keeps."""
        return {
            "criterion": self.criterion, "line": self.line,
            "before": self.before, "after": self.after,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Effect:
    """One decision under the draft. `would_be` is None while the sum would wait for information.

    `left_out` are details of the case that the draft no longer asks for; `missing` are those that
    it would need and the case does not have; `detail` says why the draft can't judge the case.
    """

    change: Change
    decided: str
    before: str
    after: str
    paid: Money
    would_be: Money | None
    flips: tuple[Flip, ...] = ()
    missing: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    detail: str = ""

    @property
    def difference(self) -> Money | None:
        """Return what would be paid more (or, below zero, less), None while it would wait."""
        return None if self.would_be is None else self.would_be - self.paid

    def to_json(self) -> dict[str, Any]:
        """Return the shape that a trial keeps."""
        return {
            "change": self.change.value,
            "decided": self.decided,
            "before": self.before,
            "after": self.after,
            "paid": self.paid.to_json(),
            "would_be": None if self.would_be is None else self.would_be.to_json(),
            "flips": [flip.to_json() for flip in self.flips],
            "missing": list(self.missing),
            "left_out": list(self.left_out),
            "detail": self.detail,
        }


Days = Callable[[date, int], date]


def effect_of(stored: Mapping[str, Any], draft: Playbook, *, days: Days | None = None) -> Effect:
    """Return what the draft would make of a decision record; `days` counts business days.

    Raises NotAValue, KeyError, TypeError or ValueError for what is no decision record.
    """
    then = stored["judged"]["adjudication"]
    sums = stored["settlement"]
    paid = Money(sums["payable"]["minor"], sums["payable"]["currency"])
    case = case_from_json(then["case"], add_business_days=days)
    fitted, left_out = fit(case, draft)
    before = str(then["outcome"])
    on = date.fromisoformat(then["on"])
    try:
        judged = adjudicate(draft, fitted, on=on, terms_from=draft.effective_from)
    except CaseMismatch as refusal:
        return Effect(
            Change.UNREADABLE, stored["outcome"], before, "", paid, paid,
            left_out=left_out, detail=str(refusal),
        )  # fmt: skip
    after = judged.outcome.value
    is_by_criteria = (stored["outcome"] == "qualified") == (before == Outcome.QUALIFIED)
    change, would_be = _change(then, judged, paid, is_by_criteria=is_by_criteria)
    return Effect(
        change=change,
        decided=stored["outcome"],
        before=before,
        after=after,
        paid=paid,
        would_be=would_be,
        flips=_flips(then["results"], judged),
        missing=_missing(judged) if judged.outcome is Outcome.NEEDS_INFORMATION else (),
        left_out=left_out,
    )


def _change(
    then: Mapping[str, Any], judged: Adjudication, paid: Money, *, is_by_criteria: bool
) -> tuple[Change, Money | None]:
    """Return what changes and what would be paid."""
    before, after = then["outcome"], judged.outcome
    payable = judged.amount.payable if judged.amount is not None else Money.zero(paid.currency)
    if before == after.value:
        stood = (then["amount"] or {}).get("payable")
        if after is not Outcome.QUALIFIED or stood == payable.to_json():
            return Change.SAME, paid
    if not is_by_criteria:
        return Change.PERSON, paid
    if after is Outcome.NEEDS_INFORMATION:
        return Change.NEEDS_INFORMATION, None
    if after is Outcome.NOT_QUALIFIED:
        # What waited and was refused for it stays refused.
        return (
            (Change.SAME, paid)
            if before != Outcome.QUALIFIED
            else (Change.NOT_APPROVED, Money.zero(paid.currency))
        )
    if payable.currency != paid.currency:
        return Change.NEEDS_INFORMATION, None
    return (Change.AMOUNT if before == Outcome.QUALIFIED else Change.APPROVED), payable


def fit(case: Case, draft: Playbook) -> tuple[Case, tuple[str, ...]]:
    """Return the case without what the draft does not ask for, and the names of that."""
    known = {*builtins.of_kind(draft.kind), *(field.name for field in draft.facts)}
    fields = (
        {*builtins.LINE, *(field.name for field in draft.lines.fields)} if draft.lines else set()
    )
    left_out = [name for name in case.facts if name not in known]
    lines = case.lines if draft.lines is not None else ()
    if case.lines and draft.lines is None:
        left_out.append("lines")
    left_out += [f"line.{name}" for line in lines for name in line.facts if name not in fields]
    proofs = []
    for proof in case.evidence:
        kind = draft.evidence_kind(proof.kind)
        if kind is None:
            left_out.append(f"evidence.{proof.kind}")
            continue
        if proof.piece is not None and kind.piece(proof.piece) is None:
            left_out.append(f"evidence.{proof.kind}.{proof.piece}")
            continue
        if proof.not_qualifying is not None and proof.not_qualifying not in {
            each.kind for each in kind.not_qualifying
        }:
            # It proves nothing under any version: a person found it to be something else.
            left_out.append(f"evidence.{proof.kind}")
            continue
        proofs.append(proof)
    fitted = replace(
        case,
        facts={name: fact for name, fact in case.facts.items() if name in known},
        lines=tuple(
            replace(line, facts={n: fact for n, fact in line.facts.items() if n in fields})
            for line in lines
        ),
        evidence=tuple(proofs),
    )
    return fitted, tuple(sorted(set(left_out)))


def _flips(before: Iterable[Mapping[str, Any]], judged: Adjudication) -> tuple[Flip, ...]:
    """Return the criteria that say something else, in the order of the draft, then of the old."""
    was = {
        (each["id"], each.get("line") or ""): (str(each["result"]), each["trace"])
        for each in before
    }
    now = {
        (each.criterion.id, each.line or ""): (each.outcome.value, each.trace)
        for each in judged.results
    }
    absent: tuple[str, Mapping[str, Any]] = ("", {})
    flips = []
    for key in [*now, *(key for key in was if key not in now)]:
        (before_said, then), (after_said, under) = was.get(key, absent), now.get(key, absent)
        if before_said != after_said:
            flips.append(Flip(*key, before_said, after_said, then, under))
    return tuple(flips)


def _missing(judged: Adjudication) -> tuple[str, ...]:
    """Return the names of what the draft would need to know."""
    names = [item.name for result in judged.unknown for item in result.missing]
    return tuple(dict.fromkeys([*names, *(gap.path for gap in judged.gaps)]))


class Summary:
    """Adds effects up: how many of each change, flips by criterion, money by currency, groups."""

    def __init__(self) -> None:
        """Begin with nothing counted."""
        self.counts: Counter[Change] = Counter()
        self.flips: dict[str, Counter[str]] = defaultdict(Counter)
        self.missing: Counter[str] = Counter()
        self.partners: set[int] = set()
        self._money: dict[str, Counter[str]] = defaultdict(Counter)
        self._groups: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)

    def add(self, effect: Effect, *, partner: int, groups: Mapping[str, str]) -> None:
        """Count one effect; `groups` names the partner's region, tier and so on."""
        self.counts[effect.change] += 1
        if effect.change not in CHANGED:
            return
        self.partners.add(partner)
        for criterion in {flip.criterion for flip in effect.flips}:
            for words in {
                f"{flip.before}>{flip.after}"
                for flip in effect.flips
                if flip.criterion == criterion
            }:
                self.flips[criterion][words] += 1
        self.missing.update(effect.missing)
        money = self._money[effect.paid.currency]
        money["paid"] += effect.paid.minor
        if effect.would_be is None:
            money["waiting"] += effect.paid.minor
        else:
            money["would_be"] += effect.would_be.minor
            money["difference"] += effect.would_be.minor - effect.paid.minor
        for kind, name in groups.items():
            group = self._groups[kind, name]
            group["changed"] += 1
            if effect.would_be is not None:
                group[effect.paid.currency] += effect.would_be.minor - effect.paid.minor

    def skip(self, count: int) -> None:
        """Count decisions that the draft can't change, told without judging them again."""
        self.counts[Change.SAME] += count

    @property
    def total(self) -> int:
        """Return how many decisions were judged again."""
        return sum(self.counts.values())

    @property
    def changed(self) -> int:
        """Return how many would come out otherwise."""
        return sum(self.counts[change] for change in CHANGED)

    def to_json(self) -> dict[str, Any]:
        """Return the shape that a trial keeps."""
        return {
            "format": TRIAL_FORMAT,
            "total": self.total,
            "changed": self.changed,
            "partners": len(self.partners),
            "counts": {change.value: self.counts[change] for change in Change},
            "flips": {key: dict(sorted(each.items())) for key, each in sorted(self.flips.items())},
            "missing": dict(sorted(self.missing.items())),
            "money": {
                currency: {
                    name: sums[name] for name in ("paid", "would_be", "difference", "waiting")
                }
                for currency, sums in sorted(self._money.items())
            },
            "groups": [
                {
                    "kind": kind, "name": name, "changed": sums["changed"],
                    "difference": {k: v for k, v in sorted(sums.items()) if k != "changed"},
                }
                for (kind, name), sums in sorted(self._groups.items())
            ],
        }  # fmt: skip
