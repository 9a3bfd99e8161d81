"""A partner's question about a figure or line of its commission statement: its life is one table.

It is answered with the calculation; the partner may ask once more, and it is closed by the partner
or, some time after the answer, by its clock.
"""

from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final


class QuestionState(StrEnum):
    """Where a question stands."""

    OPEN = "open"
    ANSWERED = "answered"
    REOPENED = "reopened"
    ANSWERED_AGAIN = "answered_again"
    CLOSED = "closed"


class QuestionAct(StrEnum):
    """What is done to a question."""

    ASK = "ask"
    ASSIGN = "assign"
    ANSWER = "answer"
    REOPEN = "reopen"
    CLOSE = "close"


class Decision(StrEnum):
    """What an answer comes to."""

    EXPLAINED = "explained"
    ADJUST = "adjust"
    NEXT_RUN = "next_run"


class NotPossible(ValueError):
    """The question is not in a state that allows this."""


_S, _A = QuestionState, QuestionAct
TABLE: Final = MappingProxyType(
    {
        (None, _A.ASK): _S.OPEN,
        (_S.OPEN, _A.ASSIGN): _S.OPEN,
        (_S.OPEN, _A.ANSWER): _S.ANSWERED,
        (_S.OPEN, _A.CLOSE): _S.CLOSED,
        (_S.ANSWERED, _A.REOPEN): _S.REOPENED,
        (_S.ANSWERED, _A.CLOSE): _S.CLOSED,
        (_S.REOPENED, _A.ASSIGN): _S.REOPENED,
        (_S.REOPENED, _A.ANSWER): _S.ANSWERED_AGAIN,
        (_S.REOPENED, _A.CLOSE): _S.CLOSED,
        (_S.ANSWERED_AGAIN, _A.CLOSE): _S.CLOSED,
    }
)
"""What may follow what; a pair that is not here is refused."""

OUR_TURN = frozenset({_S.OPEN, _S.REOPENED})
PARTNERS_TURN = frozenset({_S.ANSWERED, _S.ANSWERED_AGAIN})

OUR_POLICY: Final[MappingProxyType[str, Any]] = MappingProxyType(
    {
        "id": "commission-questions",
        "version": 1,
        "target": {"business_days": 3},
        "escalate": (
            {"at_percent": 80, "to": "owner"},
            {"at_percent": 100, "to": "finance_checker"},
        ),
    }
)
"""How soon we answer: the promise that the partner reads, and who is told when it nears."""

PARTNER_POLICY: Final[MappingProxyType[str, Any]] = MappingProxyType(
    {
        "id": "commission-answers",
        "version": 1,
        "target": {"business_days": 10},
        "remind_days": (5,),
        "close_code": "NO_REPLY",
    }
)
"""How long an answer waits for the partner before the question is closed."""


def next_state(state: QuestionState | None, act: QuestionAct) -> QuestionState:
    """Return the state after `act`. Raises NotPossible."""
    found = TABLE.get((state, act))
    if found is None:
        now = "nothing" if state is None else state.replace("_", " ")
        raise NotPossible(f"The question is {now}; to {act} it is not possible.")
    return found


def round_of(state: QuestionState) -> int:
    """Return which round the question is in: 2 once it was asked again."""
    return 2 if state in {_S.REOPENED, _S.ANSWERED_AGAIN} else 1


def clock_subject(question: str, number: int) -> str:
    """Return what the clocks of a round stand on; each round has a promise of its own."""
    return question if number == 1 else f"{question}.{number}"
