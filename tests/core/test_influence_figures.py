"""Figures of influence: each by its definition, sums exact, order of the cases without meaning."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from counterfoil.core.influence import Case, figures_of
from counterfoil.core.money import Money

START = datetime(2026, 5, 4, 9, tzinfo=UTC)


def case(outcome="qualified", *, days=2, returns=0, revision=1, minor=100_00, codes=(), type_="o"):
    return Case(
        partner="Alpine", type=type_, received_at=START,
        decided_at=START + timedelta(days=days) if outcome else None, outcome=outcome,
        returns=returns, revision=revision,
        credited=Money(minor, "USD") if outcome == "qualified" else None, return_codes=codes,
    )  # fmt: skip


def test_each_figure_is_what_its_definition_says():
    (found,) = figures_of([
        case(days=1),
        case(days=5, returns=1, revision=2, codes=("NO_NAMED_NEED", "LATE")),
        case("declined", days=9, codes=("NO_NAMED_NEED",)),
        case(""),
    ])  # fmt: skip

    assert (found.submitted, found.decided, found.validated, found.first_time) == (4, 3, 2, 1)
    assert found.first_time_share == Fraction(1, 3)
    assert found.credited == {"USD": Money(200_00, "USD")}
    assert found.median == timedelta(days=5)
    assert found.reasons == (("NO_NAMED_NEED", 2), ("LATE", 1))


def test_an_appeal_that_was_won_is_no_first_time_pass():
    (found,) = figures_of([case(revision=2)])
    assert (found.validated, found.first_time) == (1, 0)


def test_types_stand_apart_and_nothing_decided_has_no_median():
    first, second = figures_of([case("", type_="b"), case(type_="a")])
    assert (first.type, second.type) == ("a", "b")
    assert (second.median, second.first_time_share, second.credited) == (None, None, {})


CASES = st.lists(
    st.builds(
        case, st.sampled_from(["qualified", "declined", "duplicate", ""]),
        days=st.integers(0, 40), returns=st.integers(0, 2), revision=st.integers(1, 3),
        minor=st.integers(1, 10**9), type_=st.sampled_from("abc"),
    ),
    max_size=30,
)  # fmt: skip


@given(CASES, st.randoms(use_true_random=False))
def test_sums_tie_and_order_has_no_meaning(cases, random):
    found = figures_of(cases)
    shuffled = list(cases)
    random.shuffle(shuffled)

    assert figures_of(shuffled) == found
    assert sum(each.submitted for each in found) == len(cases)
    credited = sum(money.minor for each in found for money in each.credited.values())
    assert credited == sum(each.credited.minor for each in cases if each.credited is not None)
    assert all(each.first_time <= each.validated <= each.decided <= each.submitted
               for each in found)  # fmt: skip
