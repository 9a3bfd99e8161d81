"""A case: everything known about one submission when it is judged. Values only; whoever builds it
reads the rooms.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from counterfoil.core.money import Rate
from counterfoil.core.playbooks.model import Provenance

NO_REF = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A value with who established it, from what, and the id of its record.

    The value is a str, bool, int, Decimal, date, Period or Money, by the type of its detail; None
    is missing.
    """

    value: object
    provenance: Provenance
    source: str = ""
    ref: str = NO_REF


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the submission; facts are named without `line.`."""

    id: str
    facts: Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class Proof:
    """One file or link that the partner gave: of which kind, for which piece, for which line.

    `not_qualifying` names the kind of artifact that a person found it to be; then it proves
    nothing.
    """

    kind: str
    sha256: str = ""
    media: str = ""
    piece: str | None = None
    link: str | None = None
    line: str | None = None
    not_qualifying: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """What is judged. `facts` hold the form's details and those of the system, by dotted name.

    `add_business_days` counts on the calendar named by `calendar` (its id and version), `rates`
    are the stored exchange rates of the submission; both belong to the record, so that a replay
    needs nothing else.
    """

    facts: Mapping[str, Fact] = field(default_factory=dict)
    lines: tuple[Line, ...] = ()
    evidence: tuple[Proof, ...] = ()
    rates: tuple[Rate, ...] = ()
    calendar: str = ""
    add_business_days: Callable[[date, int], date] | None = None

    def rate_between(self, one: str, other: str) -> Rate | None:
        """Return the stored rate that joins two currencies, in either direction."""
        return next((rate for rate in self.rates if {rate.base, rate.quote} == {one, other}), None)


def system(value: object, source: str = "counterfoil") -> Fact:
    """Return a fact that Counterfoil itself establishes."""
    return Fact(value, Provenance.SYSTEM, source)


def declared(value: object) -> Fact:
    """Return a fact as the partner stated it."""
    return Fact(value, Provenance.PARTNER_DECLARED, "partner")
