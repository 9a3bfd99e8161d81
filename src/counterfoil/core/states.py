"""The review axis of a submission: its whole life is one table.

Outcome, protection and money are other axes and never stand in this one (DESIGN 1). The table says
what may follow what; who may do it, and with which reason, is said by authority and by services.
"""

from enum import StrEnum
from types import MappingProxyType
from typing import Final


class State(StrEnum):
    """Where a submission stands in its review."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    SCREENING = "screening"
    ACTION_REQUIRED = "action_required"
    IN_REVIEW = "in_review"
    SECOND_REVIEW = "second_review"
    DECIDED = "decided"
    APPEALED = "appealed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Action(StrEnum):
    """What someone, or a clock, does to a submission."""

    SUBMIT = "submit"
    RECALL = "recall"
    SCREEN = "screen"
    ROUTE = "route"
    RETURN = "return"
    RESUBMIT = "resubmit"
    APPROVE = "approve"
    DECLINE = "decline"
    SEND_TO_SECOND_REVIEW = "send_to_second_review"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    APPEAL = "appeal"
    REOPEN = "reopen"
    CLOSE_NO_RESPONSE = "close_no_response"


class ReviewOutcome(StrEnum):
    """What a decision says, apart from where the submission stands."""

    QUALIFIED = "qualified"
    RETURNED = "returned"
    DECLINED = "declined"
    DUPLICATE = "duplicate"


class Turn(StrEnum):
    """Whose turn it is, as every list and letter says."""

    PARTNER = "partner"
    US = "us"
    NOBODY = "nobody"


class NotAllowed(ValueError):
    """The action does not exist in this state; `allowed` lists those that do."""

    def __init__(self, state: State, action: Action, allowed: tuple[Action, ...]) -> None:
        names = ", ".join(allowed) or "nothing"
        super().__init__(f"cannot {action} a submission that is {state}; possible: {names}")
        self.state, self.action, self.allowed = state, action, allowed


TRANSITIONS: Final = MappingProxyType(
    {
        (State.DRAFT, Action.SUBMIT): State.SUBMITTED,
        (State.DRAFT, Action.WITHDRAW): State.WITHDRAWN,
        (State.DRAFT, Action.EXPIRE): State.EXPIRED,
        (State.SUBMITTED, Action.SCREEN): State.SCREENING,
        (State.SUBMITTED, Action.RECALL): State.DRAFT,
        (State.SUBMITTED, Action.WITHDRAW): State.WITHDRAWN,
        (State.SCREENING, Action.ROUTE): State.IN_REVIEW,
        (State.SCREENING, Action.RETURN): State.ACTION_REQUIRED,
        (State.SCREENING, Action.APPROVE): State.DECIDED,
        (State.SCREENING, Action.DECLINE): State.DECIDED,
        (State.SCREENING, Action.RECALL): State.DRAFT,
        (State.SCREENING, Action.WITHDRAW): State.WITHDRAWN,
        (State.ACTION_REQUIRED, Action.RESUBMIT): State.SUBMITTED,
        (State.ACTION_REQUIRED, Action.WITHDRAW): State.WITHDRAWN,
        (State.ACTION_REQUIRED, Action.EXPIRE): State.EXPIRED,
        (State.ACTION_REQUIRED, Action.CLOSE_NO_RESPONSE): State.EXPIRED,
        (State.IN_REVIEW, Action.RETURN): State.ACTION_REQUIRED,
        (State.IN_REVIEW, Action.APPROVE): State.DECIDED,
        (State.IN_REVIEW, Action.DECLINE): State.DECIDED,
        (State.IN_REVIEW, Action.SEND_TO_SECOND_REVIEW): State.SECOND_REVIEW,
        (State.IN_REVIEW, Action.WITHDRAW): State.WITHDRAWN,
        (State.SECOND_REVIEW, Action.RETURN): State.ACTION_REQUIRED,
        (State.SECOND_REVIEW, Action.APPROVE): State.DECIDED,
        (State.SECOND_REVIEW, Action.DECLINE): State.DECIDED,
        (State.SECOND_REVIEW, Action.WITHDRAW): State.WITHDRAWN,
        (State.DECIDED, Action.APPEAL): State.APPEALED,
        (State.APPEALED, Action.APPROVE): State.DECIDED,
        (State.APPEALED, Action.DECLINE): State.DECIDED,
        (State.EXPIRED, Action.REOPEN): State.SUBMITTED,
    }
)
"""What follows what. A pair that is absent is refused."""

FINAL: Final = frozenset({State.DECIDED, State.WITHDRAWN, State.EXPIRED})
"""States that nothing leaves, but for an appeal of a decision and the reopening of an expiry."""

_TURNS: Final = MappingProxyType(
    {
        State.DRAFT: Turn.PARTNER,
        State.ACTION_REQUIRED: Turn.PARTNER,
        State.SUBMITTED: Turn.US,
        State.SCREENING: Turn.US,
        State.IN_REVIEW: Turn.US,
        State.SECOND_REVIEW: Turn.US,
        State.APPEALED: Turn.US,
        State.DECIDED: Turn.NOBODY,
        State.WITHDRAWN: Turn.NOBODY,
        State.EXPIRED: Turn.NOBODY,
    }
)


def next_state(state: State | str, action: Action | str) -> State:
    """Return the state that `action` leads to from `state`.

    Raises NotAllowed for a pair outside the table, ValueError for a name that is none.
    """
    state, action = State(state), Action(action)
    try:
        return TRANSITIONS[state, action]
    except KeyError:
        raise NotAllowed(state, action, allowed_actions(state)) from None


def allowed_actions(state: State | str) -> tuple[Action, ...]:
    """Return what may be done in `state`, in the order of the table."""
    return tuple(action for start, action in TRANSITIONS if start == state)


def is_final(state: State | str) -> bool:
    """Return whether the review is over in `state`."""
    return State(state) in FINAL


def whose_turn(state: State | str) -> Turn:
    """Return who has to act in `state`."""
    return _TURNS[State(state)]
