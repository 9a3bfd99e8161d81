"""What an account executive is asked about a submission: who holds it, where it stands, its fact.

An answer may change until the submission is decided or the due time passed; the newest counts.
Who never answered said nothing: silence is no answer and never refuses (criteria.md 5, ORG-08).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final


class Answer(StrEnum):
    """What can be answered by one tap."""

    CONFIRM = "confirm"
    DISPUTE = "dispute"
    NOT_MINE = "not_mine"
    UNKNOWN = "unknown"


class InquiryAct(StrEnum):
    """What is done to an inquiry after it was sent."""

    ANSWER = "answer"
    DELEGATE = "delegate"
    REVOKE = "revoke"


class Standing(StrEnum):
    """What a link of an inquiry opens at a moment."""

    OPEN = "open"
    FIXED = "fixed"
    PASSED_ON = "passed_on"
    EXPIRED = "expired"
    REVOKED = "revoked"
    OVER = "over"


PASS_MAX: Final = 2
"""How often an inquiry is passed on at most."""
ANSWERS_MAX: Final = 20
"""How often an answer is given or changed at most, so that nobody fills the record by a script."""
LATE_DAYS: Final = 14
"""How long after the due time somebody who said nothing yet may still answer."""

POLICY: Final[MappingProxyType[str, Any]] = MappingProxyType(
    {
        "id": "account-executive-answer",
        "version": 1,
        "target": {"business_days": 3},
        "escalate": ({"at_percent": 100, "to": "team_lead"},),
    }
)
"""How soon an account executive answers, and who is told when nobody did."""


@dataclass(frozen=True, slots=True)
class Step:
    """One act on an inquiry; `ties` says why an answer does not count: who gave it profits."""

    act: InquiryAct
    email: str
    answer: Answer | None = None
    to_email: str = ""
    ties: tuple[str, ...] = ()


def expires(due_at: datetime) -> datetime:
    """Return when the links of an inquiry end."""
    return due_at + timedelta(days=LATE_DAYS)


def holder_of(asked: str, steps: Sequence[Step]) -> str:
    """Return the mail address of who is to answer: the one asked, or the last one passed on to."""
    passed = [step.to_email for step in steps if step.act is InquiryAct.DELEGATE]
    return passed[-1] if passed else asked


def passes_of(steps: Sequence[Step]) -> int:
    """Return how often it was passed on."""
    return sum(step.act is InquiryAct.DELEGATE for step in steps)


def answer_of(steps: Sequence[Step]) -> Step | None:
    """Return the answer that stands: the newest one, of whoever gave it."""
    given = [step for step in steps if step.act is InquiryAct.ANSWER]
    return given[-1] if given else None


def is_revoked(steps: Sequence[Step]) -> bool:
    """Return whether it was taken back."""
    return any(step.act is InquiryAct.REVOKE for step in steps)


def standing_of(
    *, email: str, asked: str, steps: Sequence[Step], due_at: datetime, is_over: bool, at: datetime
) -> Standing:
    """Return what the link of `email` opens at `at`; `is_over` once nothing waits for an answer.

    An answer given is fixed at the due time; without one the link lasts until it expires.
    """
    if is_revoked(steps):
        return Standing.REVOKED
    if is_over:
        return Standing.OVER
    if holder_of(asked, steps) != email:
        return Standing.PASSED_ON
    if at >= expires(due_at):
        return Standing.EXPIRED
    if at >= due_at and answer_of(steps) is not None:
        return Standing.FIXED
    return Standing.OPEN


def waits(*, steps: Sequence[Step], due_at: datetime, is_over: bool, at: datetime) -> bool:
    """Return whether somebody is still to answer."""
    if is_revoked(steps) or is_over or at >= expires(due_at):
        return False
    return answer_of(steps) is None


def fact_of(inquiries: Sequence[Sequence[Step]]) -> Answer | None:
    """Return what the account executives say together; None while nobody who counts said it.

    Answers of somebody who profits, and of inquiries that were taken back, count for nothing.
    Confirmed here and disputed there says nothing certain: a person has to look. One who confirms
    or disputes outweighs those whose deal it is not or who do not know.
    """
    found = [
        step.answer
        for steps in inquiries
        if not is_revoked(steps)
        and (step := answer_of(steps)) is not None
        and step.answer is not None
        and not step.ties
    ]
    decisive = {each for each in found if each in (Answer.CONFIRM, Answer.DISPUTE)}
    if len(decisive) == 1:
        return decisive.pop()
    if decisive or not found:
        return None
    return Answer.NOT_MINE if Answer.NOT_MINE in found else Answer.UNKNOWN
