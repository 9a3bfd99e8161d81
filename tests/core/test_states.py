"""The review table: all pairs, nothing leaves a final state but where the design says."""

from itertools import product

import pytest

from counterfoil.core.states import (
    FINAL,
    TRANSITIONS,
    Action,
    NotAllowed,
    State,
    Turn,
    allowed_actions,
    is_final,
    next_state,
    whose_turn,
)

LIFE = """
draft: submit>submitted withdraw>withdrawn expire>expired
submitted: screen>screening recall>draft withdraw>withdrawn
screening: route>in_review return>action_required approve>decided decline>decided recall>draft
screening: withdraw>withdrawn
action_required: resubmit>submitted withdraw>withdrawn expire>expired close_no_response>expired
in_review: return>action_required approve>decided decline>decided withdraw>withdrawn
in_review: send_to_second_review>second_review
second_review: return>action_required approve>decided decline>decided withdraw>withdrawn
decided: appeal>appealed
appealed: approve>decided decline>decided
withdrawn:
expired: reopen>submitted
"""
EXPECTED = {
    (line.split(":")[0], step.split(">")[0]): step.split(">")[1]
    for line in LIFE.strip().splitlines()
    for step in line.split(":")[1].split()
}


@pytest.mark.parametrize(("state", "action"), list(product(State, Action)))
def test_every_pair_leads_where_the_design_says_or_is_refused(state, action):
    if (state, action) in EXPECTED:
        assert next_state(state, action) == EXPECTED[state, action]
        assert action in allowed_actions(state)
    else:
        with pytest.raises(NotAllowed) as refusal:
            next_state(state, action)
        assert refusal.value.allowed == allowed_actions(state)


def test_nothing_leaves_a_final_state_but_an_appeal_or_a_reopening():
    leaving = {(state, action) for state, action in TRANSITIONS if state in FINAL}

    assert leaving == {(State.DECIDED, Action.APPEAL), (State.EXPIRED, Action.REOPEN)}
    assert all(is_final(state) == (whose_turn(state) is Turn.NOBODY) for state in State)


def test_every_state_can_be_reached_and_left_open_ones_lead_to_an_end():
    reached = {State.DRAFT}
    while more := {
        end for (start, _), end in TRANSITIONS.items() if start in reached and end not in reached
    }:
        reached |= more
    assert reached == set(State)

    ending = set(FINAL)
    while more := {
        start for (start, _), end in TRANSITIONS.items() if end in ending and start not in ending
    }:
        ending |= more
    assert ending == set(State)


def test_plain_names_work_and_unknown_ones_are_refused():
    assert next_state("draft", "submit") == "submitted"
    with pytest.raises(ValueError, match="paid"):
        next_state("paid", "submit")
    with pytest.raises(NotAllowed, match="possible: appeal"):
        next_state("decided", "approve")
