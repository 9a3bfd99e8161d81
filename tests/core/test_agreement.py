"""Agreement of two judges: worked examples of the literature, and what must always hold."""

from collections import Counter
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.core.agreement import Interval, ac1, agreement, alpha, kappa, wilson

YES_NO = ("yes", "no")


def pairs(both_yes: int, yes_no: int, no_yes: int, both_no: int) -> list[tuple[str, str]]:
    return (
        [("yes", "yes")] * both_yes
        + [("yes", "no")] * yes_no
        + [("no", "yes")] * no_yes
        + [("no", "no")] * both_no
    )


def test_a_skewed_table_has_a_low_kappa_and_a_high_ac1() -> None:
    found = agreement(pairs(90, 4, 4, 2), categories=YES_NO)

    assert (found.count, found.differing) == (100, 8)
    assert found.kappa.value is not None
    assert round(found.kappa.value, 2) == Decimal("0.29")
    assert found.ac1.value is not None
    assert round(found.ac1.value, 2) == Decimal("0.91")


def test_a_balanced_table_with_the_same_count_has_a_high_kappa() -> None:
    found = agreement(pairs(46, 4, 4, 46), categories=YES_NO)

    assert found.differing == 8
    assert found.kappa.value is not None
    assert round(found.kappa.value, 2) == Decimal("0.84")


def test_kappa_of_the_textbook_example() -> None:
    # Two readers of 50 grant proposals: 20 both yes, 5 and 10 apart, 15 both no; kappa is 0.4.
    assert kappa(Counter(pairs(20, 5, 10, 15))) == Fraction(2, 5)


def test_alpha_of_krippendorffs_binary_example() -> None:
    # Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", section A: ten articles.
    first = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0]
    second = [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    table = Counter((str(one), str(other)) for one, other in zip(first, second, strict=True))

    found = alpha(table)

    assert found is not None
    assert round(float(found), 3) == 0.095


def test_the_interval_of_a_share_is_wilsons() -> None:
    # Newcombe (1998), Statistics in Medicine 17, table I: 81 of 263 and 15 of 148 and 0 of 20.
    assert wilson(81, 263) == Interval(Decimal("0.2553"), Decimal("0.3662"))
    assert wilson(15, 148) == Interval(Decimal("0.0624"), Decimal("0.1605"))
    assert wilson(0, 20) == Interval(Decimal("0.0000"), Decimal("0.1611"))


def test_nothing_judged_says_nothing() -> None:
    found = agreement([], categories=YES_NO)

    assert (found.count, found.share, found.kappa.value) == (0, None, None)


def test_one_answer_everywhere_has_no_kappa_but_full_ac1() -> None:
    found = agreement(pairs(30, 0, 0, 0), categories=YES_NO)

    assert found.kappa.value is None
    assert found.alpha.value is None
    assert found.ac1.value == 1


def test_an_answer_that_nobody_could_give_is_refused() -> None:
    with pytest.raises(ValueError, match="maybe"):
        agreement([("yes", "maybe")], categories=YES_NO)


CELLS = st.tuples(*[st.integers(0, 40)] * 4).filter(lambda cells: sum(cells) > 1)


@given(CELLS)
def test_who_is_called_first_makes_no_difference(cells: tuple[int, int, int, int]) -> None:
    rows = pairs(*cells)
    turned = [(other, one) for one, other in rows]

    assert agreement(rows, categories=YES_NO) == agreement(turned, categories=YES_NO)


@given(CELLS)
def test_a_coefficient_lies_in_its_interval_and_below_one(
    cells: tuple[int, int, int, int],
) -> None:
    found = agreement(pairs(*cells), categories=YES_NO)

    assert found.share is not None
    assert 0 <= found.share.low <= Decimal(found.differing) / found.count <= found.share.high <= 1
    for each in (found.kappa, found.ac1, found.alpha):
        if each.value is not None:
            assert each.value <= 1
            assert (each.value == 1) == (found.differing == 0)
            if each.interval is not None:
                assert each.interval.low <= each.value <= each.interval.high


@given(CELLS)
def test_agreement_by_chance_alone_is_what_the_coefficients_take_off(
    cells: tuple[int, int, int, int],
) -> None:
    table = Counter(pairs(*cells))
    count = sum(table.values())
    same = Fraction(table["yes", "yes"] + table["no", "no"], count)
    for of in (kappa(table), ac1(table, categories=2)):
        assert of is None or of <= same
