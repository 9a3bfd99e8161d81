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
    is_reversed: bool = False
    is_in_scope: bool = True


def tie(decided: Mapping[str, tuple[str, int]], posted: Sequence[Posting]) -> dict[str, Any]:
    """Return how the sum of what was decided ties to the sum of what was posted.

    `decided` gives number and amount by submission. The differences of the lines sum to the
    difference of the sums, exactly.
    """
    lines, seen = [], set()
    for each in posted:
        seen.add(each.submission)
        number, minor = decided.get(each.submission, (each.number, 0))
        if minor != each.minor:
            is_known = each.submission in decided
            lines.append(_line(each.submission, number, minor, each, _cause(each, is_known)))
    for submission, (number, minor) in decided.items():
        if minor and submission not in seen:
            nothing = Posting(submission, number, 0, ())
            lines.append(_line(submission, number, minor, nothing, Cause.NOT_POSTED))
    lines.sort(key=lambda line: (-abs(line["difference"]), line["submission"]))
    population = sum(minor for _, minor in decided.values())
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
        "lines": lines[:LINES_MAX],
        "left_out_lines": max(0, len(lines) - LINES_MAX),
    }


def _cause(posting: Posting, is_known: bool) -> Cause:  # noqa: FBT001 - a flag of this file
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
