"""What evaluation takes and gives: facts, the context beside them, unknowns and verdicts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, StrEnum
from typing import Any, NamedTuple, NoReturn, Protocol

from counterfoil.core.criteria.errors import SchemaError
from counterfoil.core.money import Rate

MAX_BLAME = 50
"""At most so many missing facts are named in one verdict; a claim with 10,000 bad lines has one
cause, not 10,000."""


class Outcome(Enum):
    """The four answers of a criterion. None of them is true or false to Python."""

    PASS = "pass"  # noqa: S105 an outcome, no password
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"

    def __bool__(self) -> NoReturn:
        """Refuse a truth value. Raises TypeError."""
        raise TypeError("an outcome has no truth value; compare it: outcome is Outcome.PASS")


class Reason(StrEnum):
    """Why a fact or a step has no value."""

    MISSING = "missing"
    BELOW_FLOOR = "below_floor"
    WRONG_TYPE = "wrong_type"
    NO_RATE = "no_rate"
    NO_CALENDAR = "no_calendar"
    NO_CURRENCY = "no_currency"
    NEEDS_ROUNDING = "needs_rounding"
    EMPTY = "empty"
    OUT_OF_RANGE = "out_of_range"
    TOO_MANY = "too_many"


class Missing(NamedTuple):
    """A fact without a usable value: its name, why, and more for the reader.

    For a fact below its floor `detail` says what is there and what is needed.
    """

    name: str
    reason: str = Reason.MISSING
    detail: str = ""

    def to_json(self) -> dict[str, str]:
        """Return the shape that decision records keep."""
        shape = {"name": self.name, "reason": str(self.reason)}
        return {**shape, "detail": self.detail} if self.detail else shape


class Known(NamedTuple):
    """A fact's value and the id of the fact it comes from (None where there is no record)."""

    value: Any
    ref: str | None = None


class Unknown:
    """The third truth value, and any value that could not be had, with the blame for it."""

    __slots__ = ("missing",)

    def __init__(self, missing: tuple[Missing, ...]) -> None:
        self.missing = missing

    def __bool__(self) -> NoReturn:
        """Refuse a truth value. Raises TypeError."""
        raise TypeError("unknown is neither true nor false")

    def __eq__(self, other: object) -> bool:
        """Compare the blame; for tests and records, not for the language."""
        return isinstance(other, Unknown) and self.missing == other.missing

    def __hash__(self) -> int:
        """Hash the blame."""
        return hash(self.missing)

    def __repr__(self) -> str:
        """Return the blame, for readers of tests."""
        return f"Unknown({', '.join(f'{each.name}: {each.reason}' for each in self.missing)})"


def unknown(name: str, reason: Reason, detail: str = "") -> Unknown:
    """Return an unknown with one blame."""
    return Unknown((Missing(name, reason, detail),))


def merge(left: Any, right: Any) -> Unknown:
    """Return the joint blame of two values of which at least one is Unknown, left first."""
    if type(left) is not Unknown:
        return right  # type: ignore[no-any-return]  # the caller saw that right is Unknown
    if type(right) is not Unknown or left.missing == right.missing:
        return left
    return Unknown(tuple(dict.fromkeys(left.missing + right.missing))[:MAX_BLAME])


@dataclass(frozen=True, slots=True)
class Verdict:
    """An outcome and, when it is unknown, the facts that were missing. No truth value."""

    outcome: Outcome
    missing: tuple[Missing, ...] = ()

    def __bool__(self) -> NoReturn:
        """Refuse a truth value. Raises TypeError."""
        raise TypeError("a verdict has no truth value; compare verdict.outcome")

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the missing facts, each once."""
        return tuple(dict.fromkeys(each.name for each in self.missing))

    def to_json(self) -> dict[str, Any]:
        """Return the shape that decision records keep."""
        return {
            "result": self.outcome.value,
            "missing": [each.to_json() for each in self.missing],
        }


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `start` to `end`, both included."""

    start: date
    end: date

    def __post_init__(self) -> None:
        """Refuse a period that ends before it starts. Raises SchemaError."""
        if self.end < self.start:
            raise SchemaError(f"the period {self} ends before it starts")

    def __str__(self) -> str:
        """Return the ISO 8601 interval "2026-02-09/2026-02-10"."""
        return f"{self.start.isoformat()}/{self.end.isoformat()}"


@dataclass(frozen=True, slots=True)
class Context:
    """What is given with the facts and is not a fact.

    `add_business_days(on, n)` counts on the calendar of the submission (raises LookupError,
    ValueError or OverflowError outside it); `exchange_rate(one, other)` returns the stored rate
    between two currencies, in either direction, or None; `currency` is the currency of a sum of
    no rows and of a sum of several currencies.
    """

    add_business_days: Callable[[date, int], date] | None = None
    exchange_rate: Callable[[str, str], Rate | None] | None = None
    currency: str | None = None


NO_CONTEXT = Context()


class Facts(Protocol):
    """Where evaluation reads. `get` answers for every declared name and never raises."""

    @property
    def context(self) -> Context:
        """Return what is given with the facts."""
        ...

    def get(self, name: str) -> Known | Missing:
        """Return the fact of that dotted name, or why there is none."""
        ...


@dataclass(slots=True)
class MappingFacts:
    """Facts from a mapping of dotted names to values, Known or Missing; None is missing.

    Not frozen, for one is made for every submission; nobody writes to it.
    """

    values: Mapping[str, Any]
    context: Context = field(default=NO_CONTEXT)

    def get(self, name: str) -> Known | Missing:
        """Return the fact of that dotted name, or why there is none."""
        value = self.values.get(name)
        if value is None:
            return Missing(name)
        if isinstance(value, Known | Missing):
            return value
        return Known(value)
