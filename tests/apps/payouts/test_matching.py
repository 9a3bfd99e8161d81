"""Which lines and payments find each other, and why others wait. No database is touched."""

from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.apps.payouts.services.matching import match_lines
from counterfoil.core.reconciling import (
    Claim,
    Found,
    Kind,
    Left,
    Line,
    Reason,
    Rule,
    Rules,
    only_subset,
)

DAY = date(2026, 7, 1)
RULES = Rules(fee_max_minor={"EUR": 1_000})


def claim(number: int, minor: int = 10_000, **given: object) -> Claim:
    values: dict[str, object] = {
        "id": number, "reference": f"E2E-{number}", "batch": "CF-1", "minor": minor,
        "currency": "EUR", "party": f"party{number}", "from_on": DAY,
        "to_on": DAY + timedelta(days=7), "state": "open",
    }  # fmt: skip
    return Claim(**(values | given))  # type: ignore[arg-type]  # the test names its own values


def line(number: int, minor: int = 10_000, **given: object) -> Line:
    values: dict[str, object] = {
        "id": number, "reference": "", "batch": "", "batch_count": None, "minor": minor,
        "currency": "EUR", "party": "", "booked_on": DAY + timedelta(days=1), "is_in": False,
    }  # fmt: skip
    return Line(**(values | given))  # type: ignore[arg-type]


def run(
    lines: list[Line], claims: list[Claim], rules: Rules = RULES
) -> tuple[dict[int, Found], dict[int, Left]]:
    found, left = match_lines(lines=lines, claims=claims, rules=rules)
    assert {each.line for each in found} | {each.line for each in left} == {
        each.id for each in lines
    }
    return {each.line: each for each in found}, {each.line: each for each in left}


def test_reference_amount_and_currency_match() -> None:
    found, _ = run([line(1, reference="E2E-7")], [claim(7)])

    assert found[1] == Found(1, (7,), Rule.REFERENCE, Kind.PAYMENT, 0)


def test_two_lines_with_one_reference_match_neither() -> None:
    _, left = run([line(1, reference="E2E-7"), line(2, reference="E2E-7")], [claim(7)])

    assert {each.reason for each in left.values()} == {Reason.AMBIGUOUS}
    assert left[1].candidates[0].claim == 7


def test_a_reference_with_another_amount_waits_and_never_goes_to_another_payment() -> None:
    other = claim(8, 9_000, party="p")

    _, left = run([line(1, 9_000, reference="E2E-7", party="p")], [claim(7), other])

    assert left[1].reason is Reason.AMOUNT_DIFFERS


def test_a_fee_within_the_cap_matches_and_is_told_apart() -> None:
    found, left = run(
        [line(1, 10_950, reference="E2E-7"), line(2, 11_001, reference="E2E-8")],
        [claim(7), claim(8)],
    )

    assert found[1].fee_minor == 950
    assert left[2].reason is Reason.AMOUNT_DIFFERS


def test_a_shorter_debit_is_never_a_fee() -> None:
    _, left = run([line(1, 9_999, reference="E2E-7")], [claim(7)])

    assert left[1].reason is Reason.AMOUNT_DIFFERS


def test_a_line_without_reference_finds_the_only_payment_to_its_account() -> None:
    found, _ = run([line(1, party="party7")], [claim(7), claim(8)])

    assert found[1].rule is Rule.ACCOUNT


@pytest.mark.parametrize("days", [-1, 8])
def test_outside_the_days_the_account_alone_proves_nothing(days: int) -> None:
    late = line(1, party="party7", booked_on=DAY + timedelta(days=days))

    _, left = run([late], [claim(7)])

    assert left[1].reason is Reason.AMBIGUOUS
    assert left[1].candidates[0].claim == 7


def test_two_equal_payments_to_one_account_wait_for_a_person() -> None:
    _, left = run([line(1, party="p")], [claim(7, party="p"), claim(8, party="p")])

    assert left[1].reason is Reason.AMBIGUOUS
    assert {each.claim for each in left[1].candidates} == {7, 8}


def test_one_line_for_a_whole_file_matches_all_its_payments() -> None:
    found, _ = run([line(1, 30_000, batch="CF-1", batch_count=2)], [claim(7), claim(8, 20_000)])

    assert found[1].claims == (7, 8)
    assert found[1].rule is Rule.BATCH


def test_a_file_whose_count_is_wrong_waits() -> None:
    _, left = run([line(1, 30_000, batch="CF-1", batch_count=3)], [claim(7), claim(8, 20_000)])

    assert left[1].reason is Reason.UNKNOWN


def test_a_whole_file_without_its_id_matches_when_only_one_sums_to_it() -> None:
    claims = [
        claim(7),
        claim(8, 20_000),
        claim(9, 5_000, batch="CF-2"),
        claim(10, 1, batch="CF-2"),
    ]

    found, _ = run([line(1, 30_000)], claims)
    _, left = run([line(1, 30_000)], [*claims, claim(11, 24_999, batch="CF-2")])

    assert found[1].claims == (7, 8)
    assert left[1].reason is Reason.UNKNOWN


def test_a_sum_that_a_single_payment_makes_too_waits_for_a_person() -> None:
    claims = [claim(7), claim(8, 20_000), claim(9, 30_000, batch="CF-2")]

    _, left = run([line(1, 30_000)], claims)

    assert left[1].reason is Reason.AMBIGUOUS
    assert left[1].candidates[0].claim == 9


def test_a_return_finds_its_settled_payment_less_the_fee() -> None:
    back = line(1, 9_500, reference="E2E-7", is_in=True, return_code="AC04")

    found, _ = run([back], [claim(7, state="settled")])

    assert found[1] == Found(1, (7,), Rule.RETURN, Kind.RETURN, 500)


def test_money_that_comes_in_is_never_taken_for_a_payment() -> None:
    _, left = run([line(1, reference="E2E-7", is_in=True)], [claim(7)])

    assert left[1].reason is Reason.RETURN_UNKNOWN


def test_a_second_debit_of_a_settled_payment_is_named() -> None:
    _, left = run([line(1, reference="E2E-7")], [claim(7, state="settled")])

    assert left[1].reason is Reason.PAID_TWICE


def test_a_debit_of_a_rejected_payment_is_named() -> None:
    _, left = run([line(1, reference="E2E-7")], [claim(7, state="rejected")])

    assert left[1].reason is Reason.REJECTED


def test_a_foreign_currency_matches_within_the_tolerance_of_its_rate() -> None:
    abroad = claim(7, 12_000, currency="USD", expected_minor=10_000, expected_currency="EUR")

    near, _ = run([line(1, 10_150, reference="E2E-7")], [abroad])
    _, far = run([line(1, 10_250, reference="E2E-7")], [abroad])

    assert near[1].rule is Rule.EXCHANGE
    assert far[1].reason is Reason.AMOUNT_DIFFERS


def test_one_line_for_some_payments_of_one_payee_matches_when_no_other_group_fits() -> None:
    claims = [
        claim(number, minor, party="p") for number, minor in ((1, 1_001), (2, 2_003), (3, 7))
    ]

    found, _ = run([line(9, 3_004, party="p")], claims)

    assert found[9].claims == (1, 2)
    assert found[9].rule is Rule.SUM


def test_round_sums_that_two_groups_make_wait_for_a_person() -> None:
    claims = [claim(number, 5_000, party="p") for number in range(1, 5)]

    _, left = run([line(9, 10_000, party="p")], claims)

    assert left[9].reason is Reason.UNKNOWN


@given(
    st.lists(st.integers(1, 60), max_size=9),
    st.integers(1, 200),
)
def test_the_only_subset_is_the_only_one(amounts: list[int], target: int) -> None:
    groups = [
        places
        for size in range(1, len(amounts) + 1)
        for places in combinations(range(len(amounts)), size)
        if sum(amounts[place] for place in places) == target
    ]

    expected = groups[0] if len(groups) == 1 and len(groups[0]) > 1 else None

    assert only_subset(amounts, target) == expected


@given(st.data())
def test_nothing_is_matched_twice_and_nothing_is_matched_at_random(data: st.DataObject) -> None:
    minor = st.sampled_from([100, 200, 300])
    claims = [
        claim(number, data.draw(minor), party=data.draw(st.sampled_from("pq")),
              batch=data.draw(st.sampled_from(["CF-1", "CF-2"])))
        for number in range(data.draw(st.integers(0, 5)))
    ]  # fmt: skip
    lines = [
        line(
            100 + number, data.draw(minor), party=data.draw(st.sampled_from(["", "p", "q"])),
            reference=data.draw(st.sampled_from(["", "E2E-0", "E2E-1", "OTHER"])),
        )
        for number in range(data.draw(st.integers(0, 5)))
    ]  # fmt: skip

    found, left = match_lines(lines=lines, claims=claims, rules=RULES)

    used = [each for match in found for each in match.claims]
    assert len(used) == len(set(used))
    assert not {match.line for match in found} & {each.line for each in left}
    by_line, by_claim = {each.id: each for each in lines}, {each.id: each for each in claims}
    for match in found:
        total = sum(by_claim[each].minor for each in match.claims)
        assert by_line[match.line].minor == total + match.fee_minor
