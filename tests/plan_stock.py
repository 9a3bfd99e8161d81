"""Plans and lines for the tests of commission plans, written out or drawn at random."""

from dataclasses import replace
from pathlib import Path

from hypothesis import strategies as st

import counterfoil.apps.earnings
from counterfoil.core.plans import (
    Conversion,
    Earlier,
    Given,
    Plan,
    PlanLine,
    converted,
    load_plan,
)
from counterfoil.core.plans.model import (
    Band,
    BandMode,
    Bounds,
    Component,
    RateRow,
    Share,
    Window,
)
from counterfoil.core.playbooks.model import Text
from counterfoil.core.rounding import PPM, Rounding

SHIPPED = Path(counterfoil.apps.earnings.__file__).parent / "shipped"
CATEGORIES = ("", "Bikes", "Clothing", "O'Neill\\")
DAYS = (20231231, 20240101, 20240131, 20240228, 20240229, 20240301, 20240331, 20240401, 20250101)


def shipped() -> Plan:
    file = SHIPPED / "channel-commission.yaml"
    return load_plan(file.read_text(encoding="utf-8"), file=file.name)


def component(**changes: object) -> Component:
    plain = Component(
        id="sales", title=Text((("en", "Sales"),)), where=(), window=Window.MONTH, rates=(),
        otherwise_ppm=PPM, mode=BandMode.EACH, bands=(Band(0, 50_000),), cap_minor=None,
        floor_minor=0,
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]  # fields by name


def plan(*components: Component, **changes: object) -> Plan:
    return replace(
        shipped(),
        components=components or (component(),),
        shares=(Share("partner", PPM),),
        minimum_minor=0,
        **changes,  # type: ignore[arg-type]  # fields by name
    )


def sale(id_: int, day: int, minor: int, category: str = "", partner: int = 1) -> PlanLine:
    return PlanLine(id_, partner, day, minor, (category,))


def refund(id_: int, day: int, minor: int, original: int, partner: int = 1) -> PlanLine:
    return PlanLine(id_, partner, day, minor, ("",), is_refund=True, original=original)


_rates = st.sampled_from([0, 1, 5_000, 12_345, 20_000, 33_333, 100_000, 1_000_000])
_amounts = st.one_of(
    st.integers(0, 30_000), st.sampled_from([1, 10, 25, 50, 150, 2_500_000, 10**10])
)


@st.composite
def components(draw: st.DrawFn, number: int) -> Component:
    starts = sorted(draw(st.sets(st.sampled_from([1, 50, 1_000, 9_999, 25_000, 10**9]))))
    bands = tuple(
        Band(start, draw(st.sampled_from([0, 333_333, 1_000_000, 1_250_000, 10_000_000])))
        for start in (0, *starts)
    )
    rows = tuple(
        RateRow(
            (("category", draw(st.sampled_from(CATEGORIES[1:]))),) if draw(st.booleans()) else (),
            draw(st.sampled_from([0, 20240115, 20240229])),
            draw(st.sampled_from([20240228, 20240315, 99_999_999])),
            draw(_rates),
        )
        for _ in range(draw(st.integers(0, 3)))
    )
    where = (("category", CATEGORIES[1:3]),) if draw(st.integers(0, 3)) == 0 else ()
    return component(
        id=f"part-{number}", where=where, window=draw(st.sampled_from(Window)), rates=rows,
        otherwise_ppm=draw(_rates), mode=draw(st.sampled_from(BandMode)), bands=bands,
        cap_minor=draw(st.sampled_from([None, 0, 777, 10**6])),
        floor_minor=draw(st.sampled_from([0, 0, 500])),
    )  # fmt: skip


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    count = draw(st.integers(1, 2))
    shares = draw(
        st.sampled_from([(PPM,), (900_000, 100_000), (333_333, 333_333, 333_334), (1, 999_999)])
    )
    return replace(
        shipped(),
        rounding=draw(st.sampled_from([Rounding.HALF_EVEN, Rounding.HALF_UP, Rounding.DOWN])),
        components=tuple(draw(components(n)) for n in range(count)),
        shares=tuple(Share(f"party{i}" if i else "partner", p) for i, p in enumerate(shares)),
        bounds=Bounds(10**10, draw(st.sampled_from([1_000, 10**6]))),
    )


@st.composite
def inputs(draw: st.DrawFn) -> tuple[tuple[PlanLine, ...], tuple[Earlier, ...]]:
    lines = [
        sale(n + 1, draw(st.sampled_from(DAYS)), draw(_amounts),
             draw(st.sampled_from(CATEGORIES)), draw(st.integers(1, 3)))
        for n in range(draw(st.integers(0, 12)))
    ]  # fmt: skip
    earlier = [
        Earlier(900 + n, 0, draw(st.integers(1, 3)), minor, draw(st.integers(0, 5_000)),
                draw(st.integers(0, minor)))
        for n, minor in enumerate(draw(st.lists(st.integers(0, 9_000), max_size=2)))
    ]  # fmt: skip
    known = [line.id for line in lines] + [e.line for e in earlier] + [5_000]
    owners = {line.id: line.partner for line in lines} | {e.line: e.partner for e in earlier}
    for n in range(draw(st.integers(0, 5))):
        original = draw(st.sampled_from(known))
        partner = owners.get(original, 1) if draw(st.integers(0, 5)) else 3
        lines.append(
            refund(100 + n, draw(st.sampled_from(DAYS)), draw(_amounts), original, partner)
        )
    return tuple(draw(st.permutations(lines))), tuple(earlier)


@st.composite
def converting(draw: st.DrawFn) -> tuple[Plan, tuple[PlanLine, ...], tuple[Earlier, ...]]:
    """This will draw a plan that converts, and lines of two currencies."""
    made = replace(
        draw(plans()), conversion=Conversion("bank", 6), bounds=Bounds(10**12, 1_000)
    )  # fmt: skip
    lines, earlier = draw(inputs())
    found = []
    for line in lines:
        if draw(st.booleans()):
            n = draw(st.sampled_from([1, 2, 3, 7, 103_124_677_735_382, 10**14]))
            d = draw(st.sampled_from([1, 2, 8, 103_124_677_735_382, 10**14]))
            given = Given("JPY", line.minor % 10**6, n, d)
            minor = converted(given, made.rounding)
            if minor <= made.bounds.largest_line_minor:
                line = replace(line, minor=minor, given=given)
        found.append(line)
    return made, tuple(found), earlier
