"""The life of a commission question: every pair of state and act."""

from itertools import product

import pytest

from counterfoil.core.questions import (
    OUR_TURN,
    PARTNERS_TURN,
    TABLE,
    NotPossible,
    QuestionAct,
    QuestionState,
    clock_subject,
    next_state,
    round_of,
)

PAIRS = list(product([None, *QuestionState], QuestionAct))


@pytest.mark.parametrize(("state", "act"), PAIRS)
def test_every_pair_leads_where_the_table_says_or_is_refused(state, act):
    if (state, act) in TABLE:
        assert next_state(state, act) is TABLE[state, act]
    else:
        with pytest.raises(NotPossible):
            next_state(state, act)


def test_nothing_leaves_closed_and_it_is_reopened_once_only():
    assert not any(state is QuestionState.CLOSED for state, _ in TABLE)
    reopened = [after for (_, act), after in TABLE.items() if act is QuestionAct.REOPEN]
    assert reopened == [QuestionState.REOPENED]
    assert (QuestionState.ANSWERED_AGAIN, QuestionAct.REOPEN) not in TABLE


def test_every_open_state_is_somebodys_turn():
    assert OUR_TURN | PARTNERS_TURN | {QuestionState.CLOSED} == set(QuestionState)
    assert not OUR_TURN & PARTNERS_TURN


def test_each_round_has_clocks_of_its_own():
    subjects = {clock_subject("que_x", round_of(state)) for state in QuestionState}
    assert subjects == {"que_x", "que_x.2"}
