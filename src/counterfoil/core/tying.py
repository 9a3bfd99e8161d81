"""A population tied to the ledger: both sums, and every item that keeps them from being equal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

TIE_FORMAT = 1
LINES_MAX = 500
"""Lines that a tie keeps, those with the most money first; its sums are over all of them."""


class Cause(StrEnum):
    """Why a decision and its postings differ."""

    NOT_POSTED = "not_posted"
    OTHER_AMOUNT = "other_amount"
    REVERSED = "reversed"
    OTHER_TYPE = "other_type"
    NOT_DECIDED = "not_decided"


@dataclass(frozen=True, slots=True)
class Posting:
    """What the ledger says of one submission; `is_in_scope` is False for a type left out."""

    submission: str
    number: str
    minor: int
    entries: tuple[str, ...]
    type: str = ""
    is_reversed: bool = False
    is_in_scope: bool = True


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided of one submission."""

    number: str
    type: str
    minor: int


def tie(decided: Mapping[str, Decided], posted: Sequence[Posting]) -> dict[str, Any]:
    """Return how the sum of what was decided ties to the sum of what was posted.

    `decided` is by submission. The differences of the lines sum to the difference of the sums,
    exactly, and so do those of the types: a pre-approval and the claim on it are not one money.
    """
    lines, seen = [], set()
    for each in posted:
        seen.add(each.submission)
        known = decided.get(each.submission)
        minor = 0 if known is None else known.minor
        if minor != each.minor:
            cause = _cause(each, is_known=known is not None)
            lines.append(_line(each.submission, each.number, minor, each, cause))
    for submission, known in decided.items():
        if known.minor and submission not in seen:
            nothing = Posting(submission, known.number, 0, ())
            lines.append(_line(submission, known.number, known.minor, nothing, Cause.NOT_POSTED))
    lines.sort(key=lambda line: (-abs(line["difference"]), line["submission"]))
    population = sum(known.minor for known in decided.values())
    ledger = sum(each.minor for each in posted)
    assert population - ledger == sum(line["difference"] for line in lines)
    causes = {}
    for cause in Cause:
        of_it = [line["difference"] for line in lines if line["cause"] == cause]
        if of_it:
            causes[cause.value] = {"count": len(of_it), "difference": sum(of_it)}
    return {
        "format": TIE_FORMAT,
        "population": population,
        "ledger": ledger,
        "difference": population - ledger,
        "causes": causes,
        "types": _types(decided, posted),
        "lines": lines[:LINES_MAX],
        "left_out_lines": max(0, len(lines) - LINES_MAX),
    }


def _types(decided: Mapping[str, Decided], posted: Sequence[Posting]) -> list[dict[str, Any]]:
    names = {known.type for known in decided.values()} | {each.type for each in posted}
    return [
        {
            "type": name,
            "items": sum(known.type == name for known in decided.values()),
            "decided": sum(known.minor for known in decided.values() if known.type == name),
            "posted": sum(each.minor for each in posted if each.type == name),
        }
        for name in sorted(names)
    ]


def _cause(posting: Posting, *, is_known: bool) -> Cause:
    if not posting.is_in_scope:
        return Cause.OTHER_TYPE
    if posting.is_reversed:
        return Cause.REVERSED
    return Cause.OTHER_AMOUNT if is_known else Cause.NOT_DECIDED


def _line(
    submission: str, number: str, decided: int, posting: Posting, cause: Cause
) -> dict[str, Any]:
    return {
        "submission": submission, "number": number, "decided": decided, "posted": posting.minor,
        "difference": decided - posting.minor, "cause": cause.value,
        "entries": list(posting.entries),
    }  # fmt: skip
