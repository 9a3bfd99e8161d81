"""Values of details as canonical JSON and back, so that a stored case reads back to the very same
case.
"""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from counterfoil.core.criteria import Period
from counterfoil.core.money import Money, Rate
from counterfoil.core.playbooks.cases import Case, Fact, Line, Proof
from counterfoil.core.playbooks.model import Provenance


class NotAValue(ValueError):
    """Raised for something that no detail can hold, or for JSON that is no stored value."""


def value_to_json(value: object) -> Any:
    """Return a value for a record: texts, yes/no and whole numbers as they are, the rest named by
    type.
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Money):
        return value.to_json()
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, Period):
        return {"period": str(value)}
    if type(value) is date:
        return {"date": value.isoformat()}
    raise NotAValue(f"{type(value).__name__} is not a value of a detail")


def value_from_json(data: Any) -> object:
    """Return the value that `value_to_json` wrote. Raises NotAValue."""
    if data is None or isinstance(data, str | bool | int):
        return data
    try:
        match data:
            case {"minor": int(minor), "currency": str(currency)}:
                return Money(minor, currency)
            case {"decimal": str(text)}:
                return Decimal(text)
            case {"period": str(text)}:
                first, _, last = text.partition("/")
                return Period(date.fromisoformat(first), date.fromisoformat(last))
            case {"date": str(text)}:
                return date.fromisoformat(text)
    except (ValueError, ArithmeticError) as error:
        raise NotAValue(str(error)) from error
    raise NotAValue(f"{data!r} is not a stored value")


def case_to_json(case: Case) -> dict[str, Any]:
    """Return the case for a decision record."""
    return {
        "facts": {name: _fact_to_json(fact) for name, fact in sorted(case.facts.items())},
        "lines": [
            {
                "id": line.id,
                "facts": {name: _fact_to_json(fact) for name, fact in sorted(line.facts.items())},
            }
            for line in case.lines
        ],
        "evidence": [_proof_to_json(item) for item in case.evidence],
        "rates": [
            {
                "base": rate.base,
                "quote": rate.quote,
                "numerator": rate.numerator,
                "scale": rate.scale,
                "source": rate.source,
                "on": rate.on.isoformat(),
            }
            for rate in case.rates
        ],
        "calendar": case.calendar,
    }


def case_from_json(
    data: Mapping[str, Any], *, add_business_days: Callable[[date, int], date] | None = None
) -> Case:
    """Return the case that `case_to_json` wrote; the calendar it names is handed in. Raises
    NotAValue.
    """
    try:
        return Case(
            facts={name: _fact_from_json(fact) for name, fact in data["facts"].items()},
            lines=tuple(
                Line(
                    line["id"],
                    {name: _fact_from_json(fact) for name, fact in line["facts"].items()},
                )
                for line in data["lines"]
            ),
            evidence=tuple(Proof(**item) for item in data["evidence"]),
            rates=tuple(
                Rate(**{**rate, "on": date.fromisoformat(rate["on"])}) for rate in data["rates"]
            ),
            calendar=data["calendar"],
            add_business_days=add_business_days,
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise NotAValue(f"not a stored case: {error}") from error


def _fact_to_json(fact: Fact) -> dict[str, Any]:
    shape = {"value": value_to_json(fact.value), "provenance": fact.provenance.word}
    named = {"source": fact.source, "ref": fact.ref}
    return {**shape, **{key: value for key, value in named.items() if value}}


def _fact_from_json(data: Mapping[str, Any]) -> Fact:
    try:
        provenance = Provenance[data["provenance"].upper()]
    except KeyError as error:
        raise NotAValue(f"not a stored fact: {error}") from error
    return Fact(
        value_from_json(data["value"]), provenance, data.get("source", ""), data.get("ref", "")
    )


def _proof_to_json(proof: Proof) -> dict[str, str]:
    fields = {name: getattr(proof, name) for name in Proof.__dataclass_fields__}
    return {name: value for name, value in fields.items() if value}
