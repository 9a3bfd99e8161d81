"""Charts: every box inside the plane, as high as its figure, and told in words."""

from hypothesis import given
from hypothesis import strategies as st

from counterfoil.interfaces.web.presenters import ChartSeries, column_chart
from counterfoil.interfaces.web.presenters.charts import HEIGHT, WIDTH

AMOUNT = st.integers(min_value=-(10**15), max_value=10**15)


def drawn(*columns: list[int], is_stacked: bool = False, **more):
    return column_chart(
        "c", "A title", groups=[f"g{n}" for n in range(len(columns[0]))],
        series=[ChartSeries(f"f-{n}", f"word {n}", each) for n, each in enumerate(columns)],
        currency=more.pop("currency", "EUR"), is_stacked=is_stacked, **more,
    )  # fmt: skip


def height(box) -> float:
    return float(box.height)


@given(
    st.lists(st.tuples(AMOUNT, AMOUNT), min_size=1, max_size=40),
    st.booleans(),
    st.sampled_from(["EUR", "JPY", "KWD"]),
)
def test_every_box_lies_inside_the_plane(columns, is_stacked, currency):
    one, other = ([pair[n] for pair in columns] for n in (0, 1))
    chart = drawn(one, other, is_stacked=is_stacked, currency=currency)

    for box in chart.boxes:
        x, y, width = float(box.x), float(box.y), float(box.width)
        assert x >= 0
        assert x + width <= WIDTH
        assert y >= 0
        assert y + height(box) <= HEIGHT
    assert 2 <= len(chart.ticks) <= 10
    assert len(chart.marks) <= 12


def test_a_figure_twice_as_large_is_drawn_twice_as_high():
    chart = drawn([100_000, 200_000])

    low, high = chart.boxes
    assert abs(height(high) - 2 * height(low)) <= 0.2


def test_figures_on_each_other_stand_where_the_one_below_ends():
    lower, upper = drawn([100_000], [300_000], is_stacked=True).boxes

    assert abs(float(upper.y) + height(upper) - float(lower.y)) <= 0.2


def test_a_figure_below_zero_hangs_from_the_line():
    above, below = drawn([100_000, -100_000]).boxes

    assert abs(float(above.y) + height(above) - float(below.y)) <= 0.2


def test_the_levels_are_round_and_the_limit_lies_among_them():
    chart = drawn([12_345_600], limit=("Budget", 40_000_000))

    assert [tick.word for tick in chart.ticks] == ["0", "100,000", "200,000", "300,000", "400,000"]
    assert float(chart.ticks[-1].y) == float(chart.limit)


def test_who_cannot_see_it_is_told_the_same_figures():
    chart = drawn([123_456], [0])

    assert "word 0, EUR: g0 1,234.56." in chart.label
    assert "word 1, EUR: g0 0.00." in chart.label
    assert [box.says for box in chart.boxes] == ["g0, word 0: 1,234.56 EUR"]


def test_nothing_at_all_is_no_error():
    assert drawn([0, 0], [0, 0], is_stacked=True).boxes == []
