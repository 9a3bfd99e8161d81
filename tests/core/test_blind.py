"""Blind second reviews: the draw can be made again, and what two sheets say side by side."""

from counterfoil.core.blind import (
    Comparison,
    Difference,
    DrawKind,
    Sheet,
    Standing,
    Verdict,
    commitment,
    compare,
    draw_number,
    is_drawn,
    standing,
    stops_automation,
)
from counterfoil.core.money import Money

SECRET = bytes(range(32))


def sheet(verdict: Verdict = Verdict.APPROVE, *, minor: int | None = 500, **results: str) -> Sheet:
    return Sheet(verdict, results, None if minor is None else Money(minor, "USD"))


def test_the_draw_of_a_known_secret_never_changes() -> None:
    drawn = [draw_number(SECRET, kind=DrawKind.BLIND, subject=f"sub_{n}") for n in range(4)]

    assert drawn == [815_311, 85_024, 631_896, 225_223]


def test_what_is_drawn_for_one_thing_says_nothing_about_another() -> None:
    subjects = [f"sub_{n}" for n in range(20_000)]
    blind = {s for s in subjects if is_drawn(SECRET, kind=DrawKind.BLIND, subject=s,
                                             share_ppm=50_000)}  # fmt: skip
    automatic = {s for s in subjects if is_drawn(SECRET, kind=DrawKind.AUTOMATIC, subject=s,
                                                 share_ppm=50_000)}  # fmt: skip

    assert 880 < len(blind) < 1_120
    assert 880 < len(automatic) < 1_120
    assert len(blind & automatic) < 90


def test_a_share_of_nothing_draws_nothing_and_of_all_everything() -> None:
    every = [f"sub_{n}" for n in range(2_000)]

    assert not any(is_drawn(SECRET, kind=DrawKind.BLIND, subject=s, share_ppm=0) for s in every)
    assert all(
        is_drawn(SECRET, kind=DrawKind.BLIND, subject=s, share_ppm=1_000_000) for s in every
    )


def test_a_commitment_binds_the_month_and_the_secret() -> None:
    known = commitment(SECRET, month="2026-11")

    assert known == commitment(bytes(range(32)), month="2026-11")
    assert known != commitment(SECRET, month="2026-12")
    assert known != commitment(bytes(32), month="2026-11")


def test_the_same_verdict_and_sum_need_nobody_else_whatever_differs_beneath() -> None:
    found = compare(sheet(A="pass", B="pass"), sheet(A="pass", B="not_applicable"))

    assert found == Comparison(
        same_verdict=True, same_sum=True, differing=(Difference("B", "pass", "not_applicable"),)
    )
    assert not found.needs_third


def test_another_sum_needs_somebody_else() -> None:
    assert compare(sheet(A="pass"), sheet(A="pass", minor=499)).needs_third


def test_two_refusals_agree_whatever_sum_they_did_not_pay() -> None:
    refused = sheet(Verdict.DECLINE, minor=None, A="fail")

    assert not compare(refused, sheet(Verdict.DECLINE, minor=3, A="unknown")).needs_third


def test_approve_against_decline_needs_somebody_else() -> None:
    assert compare(sheet(A="pass"), sheet(Verdict.DECLINE, A="pass")).needs_third


def test_what_stands_follows_the_sheets() -> None:
    one, other = sheet(A="pass"), sheet(Verdict.DECLINE, A="fail")

    assert standing(is_drawn=False, first=None, second=None) is Standing.NONE
    assert standing(is_drawn=True, first=None, second=None) is Standing.FIRST
    assert standing(is_drawn=True, first=one, second=None) is Standing.SECOND
    assert standing(is_drawn=True, first=one, second=one) is Standing.AGREED
    assert standing(is_drawn=True, first=one, second=other) is Standing.DIFFERS


def test_automatic_approvals_stop_above_the_limit_and_not_at_it() -> None:
    assert not stops_automation(sampled=0, wrong=0, limit_ppm=20_000)
    assert not stops_automation(sampled=50, wrong=1, limit_ppm=20_000)
    assert stops_automation(sampled=49, wrong=1, limit_ppm=20_000)
    assert stops_automation(sampled=1, wrong=1, limit_ppm=20_000)
    assert stops_automation(sampled=10, wrong=1, limit_ppm=0)
