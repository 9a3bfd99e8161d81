"""A population and the ledger: every difference is named, and the names sum to the difference."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.core.canonical import canonical_json
from counterfoil.core.tying import LINES_MAX, Decided, Posting, tie

CLAIM = Decided("CLM-1", "mdf-claim", 60_000)


def posting(minor: int = 60_000, **more) -> Posting:
    given_ = {"submission": "sub_1", "number": "CLM-1", "minor": minor, "entries": ("ent_1",),
              "type": "mdf-claim"}  # fmt: skip
    return Posting(**(given_ | more))


@pytest.mark.parametrize(
    ("decided", "posted", "cause", "difference"),
    [
        ({"sub_1": CLAIM}, [], "not_posted", 60_000),
        ({"sub_1": CLAIM}, [posting(50_000)], "other_amount", 10_000),
        ({"sub_1": CLAIM}, [posting(0, is_reversed=True)], "reversed", 60_000),
        ({}, [posting()], "not_decided", -60_000),
        ({}, [posting(is_in_scope=False)], "other_type", -60_000),
    ],
)
def test_each_cause_of_a_difference_has_its_name(decided, posted, cause, difference):
    told = tie(decided, posted)

    assert told["causes"] == {cause: {"count": 1, "difference": difference}}
    assert told["difference"] == difference
    assert told["lines"][0]["number"] == "CLM-1"


def test_what_is_posted_as_decided_and_what_was_declined_is_no_line():
    told = tie(
        {"sub_1": CLAIM, "sub_2": Decided("CLM-2", "mdf-claim", 0)}, [posting()]
    )  # fmt: skip

    assert (told["difference"], told["lines"], told["causes"]) == (0, [], {})
    assert told["types"] == [
        {"type": "mdf-claim", "items": 2, "decided": 60_000, "posted": 60_000}
    ]


SUMS = st.dictionaries(st.integers(0, 20), st.integers(0, 9_000), max_size=15)


@given(SUMS, SUMS, st.sets(st.integers(0, 20)))
def test_lines_and_types_sum_to_the_difference(decided, posted, reversed_ones):
    told = tie(
        {f"s{key}": Decided(f"N{key}", f"t{key % 3}", minor) for key, minor in decided.items()},
        [
            posting(
                minor, submission=f"s{key}", type=f"t{key % 3}",
                is_reversed=key in reversed_ones, is_in_scope=key % 7 != 0,
            )
            for key, minor in posted.items()
        ],
    )  # fmt: skip

    assert told["difference"] == sum(decided.values()) - sum(posted.values())
    assert told["difference"] == sum(line["difference"] for line in told["lines"])
    assert told["difference"] == sum(each["difference"] for each in told["causes"].values())
    assert told["difference"] == sum(each["decided"] - each["posted"] for each in told["types"])
    canonical_json(told)


def test_the_largest_lines_are_kept_and_the_sums_are_over_all():
    decided = {f"s{place}": Decided(f"N{place}", "t", place) for place in range(1, 600)}

    told = tie(decided, [])

    assert len(told["lines"]) == LINES_MAX
    assert told["left_out_lines"] == 99
    assert told["lines"][0]["difference"] == 599
    assert told["causes"]["not_posted"]["count"] == 599
