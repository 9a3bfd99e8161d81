"""What a link opens, whose turn it is, and the fact that answers make together."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from counterfoil.core.inquiries import (
    LATE_DAYS,
    Answer,
    InquiryAct,
    Standing,
    Step,
    answer_of,
    expires,
    fact_of,
    holder_of,
    standing_of,
    waits,
)

DUE = datetime(2026, 3, 5, 17, tzinfo=UTC)
BEFORE, AFTER = DUE - timedelta(hours=1), DUE + timedelta(hours=1)
ANN, BEN = "ann@vendor.example", "ben@vendor.example"


def said(answer, *, email=ANN, ties=()):
    return Step(InquiryAct.ANSWER, email, answer, ties=ties)


REVOKED = Step(InquiryAct.REVOKE, "")
PASSED = Step(InquiryAct.DELEGATE, ANN, to_email=BEN)


@pytest.mark.parametrize(
    ("email", "steps", "is_over", "at", "stands"),
    [
        (ANN, [], False, BEFORE, Standing.OPEN),
        (ANN, [said(Answer.CONFIRM)], False, BEFORE, Standing.OPEN),
        (ANN, [said(Answer.CONFIRM)], False, DUE, Standing.FIXED),
        # Silence keeps the door open past the due time, for a while.
        (ANN, [], False, AFTER, Standing.OPEN),
        (ANN, [], False, DUE + timedelta(days=LATE_DAYS), Standing.EXPIRED),
        (ANN, [said(Answer.CONFIRM)], True, BEFORE, Standing.OVER),
        (ANN, [PASSED], False, BEFORE, Standing.PASSED_ON),
        (BEN, [PASSED], False, BEFORE, Standing.OPEN),
        (ANN, [REVOKED], False, BEFORE, Standing.REVOKED),
        (BEN, [PASSED, REVOKED], True, BEFORE, Standing.REVOKED),
    ],
)
def test_what_a_link_opens(email, steps, is_over, at, stands):
    found = standing_of(email=email, asked=ANN, steps=steps, due_at=DUE, is_over=is_over, at=at)

    assert found is stands


def test_the_newest_answer_counts_and_the_last_one_named_is_to_answer():
    steps = [said(Answer.CONFIRM), PASSED, said(Answer.DISPUTE, email=BEN)]

    assert answer_of(steps).answer is Answer.DISPUTE
    assert holder_of(ANN, steps) == BEN
    assert holder_of(ANN, []) == ANN


def test_nobody_waits_after_an_answer_a_revocation_a_decision_or_the_end():
    assert waits(steps=[], due_at=DUE, is_over=False, at=AFTER)
    assert waits(steps=[PASSED], due_at=DUE, is_over=False, at=BEFORE)
    assert not waits(steps=[said(Answer.UNKNOWN)], due_at=DUE, is_over=False, at=BEFORE)
    assert not waits(steps=[REVOKED], due_at=DUE, is_over=False, at=BEFORE)
    assert not waits(steps=[], due_at=DUE, is_over=True, at=BEFORE)
    assert not waits(steps=[], due_at=DUE, is_over=False, at=expires(DUE))


def test_silence_is_no_fact():
    assert fact_of([]) is None
    assert fact_of([[], [PASSED]]) is None


def test_an_answer_that_was_taken_back_or_of_somebody_who_profits_is_no_fact():
    assert fact_of([[said(Answer.CONFIRM), REVOKED]]) is None
    assert fact_of([[said(Answer.CONFIRM, ties=("submitter",))]]) is None
    # Who profits can't outvote who does not.
    both = [[said(Answer.CONFIRM, ties=("payee",))], [said(Answer.DISPUTE)]]
    assert fact_of(both) is Answer.DISPUTE


@pytest.mark.parametrize(("first", "second"), list(product(Answer, Answer)))
def test_two_people_make_one_fact_in_any_order(first, second):
    found = fact_of([[said(first)], [said(second)]])

    assert found == fact_of([[said(second)], [said(first)]])
    if {first, second} == {Answer.CONFIRM, Answer.DISPUTE}:
        assert found is None
    elif Answer.CONFIRM in (first, second):
        assert found is Answer.CONFIRM
    elif Answer.DISPUTE in (first, second):
        assert found is Answer.DISPUTE
