"""A sample can be drawn again by anybody."""

from hypothesis import given
from hypothesis import strategies as st

from counterfoil.core.sampling import draw

IDS = st.lists(st.text(min_size=1, max_size=8), unique=True, max_size=40)


@given(IDS, st.integers(0, 50), st.randoms(use_true_random=False))
def test_the_order_of_the_population_does_not_matter(ids, count, chance):
    shuffled = list(ids)
    chance.shuffle(shuffled)

    assert draw(ids, count=count, seed="s") == draw(shuffled, count=count, seed="s")


@given(IDS, st.integers(0, 20), st.integers(0, 20))
def test_a_longer_sample_begins_with_the_shorter_one(ids, few, more):
    longer = draw(ids, count=few + more, seed="s")

    assert longer[:few] == draw(ids, count=few, seed="s")
    assert len(longer) == min(few + more, len(ids))


def test_another_seed_draws_otherwise():
    ids = [f"evt_{number}" for number in range(100)]

    assert draw(ids, count=10, seed="a") != draw(ids, count=10, seed="b")
    assert draw(ids, count=10, seed="a") == draw(ids, count=10, seed="a")
