"""A plan as SQL that DuckDB, PostgreSQL and Spark run; they differ in types and a prelude.

Found by trial (reference/money.md 6.3): interfaces carry BIGINT only; the size of every
product is proven here from the plan's bounds, and decides whether it is BIGINT or wide; a
quotient is rounded only by `cf_round`, `cf_round_small` and `cf_bump`, which refuse what is
negative or too large; every ORDER BY names NULLS and ends in an integer key. Factors that all
rates share are taken out of numerator and denominator alike, which leaves the fraction, and its
rounding, as it is. Values of the plan enter the text as integers or as quoted literals.

What costs is the one sort of the lines (benchmarks/plans_engines.py). So the window carries the
narrowest columns, everything else is computed above it without a second sort: only the lines of
months that exceed a cap are sorted again, by their base, which orders them as day and id do but
for lines of zero, and those take nothing of a cap. Spark has no table that lives with its session,
so its tables are views that it computes, and what is above a cap is put in place by one view more.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import gcd

from counterfoil.core.plans.evaluate import SCALE
from counterfoil.core.plans.model import (
    FIRST_DAY,
    LAST_DAY,
    BandMode,
    Component,
    Plan,
    RateRow,
)
from counterfoil.core.rounding import PPM, Rounding

BIGINT_MAX = 2**63 - 1
INTEGER_MAX = 2**31 - 1
PRODUCT_MAX = 10**38
ROUND_MAX = 2**62


@dataclass(frozen=True, slots=True)
class Dialect:
    """What differs between engines: types, how a table is kept, and what comes first."""

    name: str
    wide: str
    divide: str
    prelude: str
    table: str = "TABLE"
    scope: str = "pg_temp."
    is_escaping: bool = False


DUCKDB = Dialect(
    name="duckdb",
    wide="HUGEINT",
    divide="//",
    prelude="""
CREATE SCHEMA IF NOT EXISTS pg_temp;
CREATE OR REPLACE MACRO pg_temp.cf_round(n, d) AS
  CASE WHEN n < 0 OR d <= 0 OR n >= d * {most} THEN error('cf_round: out of range')
  ELSE (n // d) + {bump} END;
CREATE OR REPLACE MACRO pg_temp.cf_round_small(n, d) AS
  CASE WHEN n < 0 OR d <= 0 THEN error('cf_round: out of range') ELSE (n // d) + {bump} END;
CREATE OR REPLACE MACRO pg_temp.cf_bump(q, r, d) AS
  CASE WHEN q < 0 OR r < 0 THEN error('cf_round: out of range') ELSE q + {bump_of} END;
""",
)
POSTGRES = Dialect(
    name="postgres",
    wide="NUMERIC(38,0)",
    divide="/",
    prelude="""
CREATE OR REPLACE FUNCTION pg_temp.cf_round(n numeric, d numeric) RETURNS numeric
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT
  CASE WHEN n < 0 OR d <= 0 OR n >= d * {most} THEN div(n, n - n)
  ELSE div(n, d) + {bump_wide} END $$;
CREATE OR REPLACE FUNCTION pg_temp.cf_round_small(n bigint, d bigint) RETURNS bigint
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT
  CASE WHEN n < 0 OR d <= 0 THEN n / (n - n) ELSE (n / d) + {bump} END $$;
CREATE OR REPLACE FUNCTION pg_temp.cf_bump(q bigint, r bigint, d bigint) RETURNS bigint
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT
  CASE WHEN q < 0 OR r < 0 THEN q / (q - q) ELSE q + {bump_of} END $$;
""",
)
SPARK = Dialect(
    name="spark",
    wide="DECIMAL(38,0)",
    divide="div",
    table="VIEW",
    scope="",
    is_escaping=True,
    prelude="""
CREATE TEMPORARY FUNCTION cf_round(n DECIMAL(38,0), d DECIMAL(38,0)) RETURNS BIGINT RETURN
  CASE WHEN n < 0 OR d <= 0 OR n >= d * {most} THEN raise_error('cf_round: out of range')
  ELSE (n div d) + {bump} END;
CREATE TEMPORARY FUNCTION cf_round_small(n BIGINT, d BIGINT) RETURNS BIGINT RETURN
  CASE WHEN n < 0 OR d <= 0 THEN raise_error('cf_round: out of range') ELSE (n div d) + {bump} END;
CREATE TEMPORARY FUNCTION cf_bump(q BIGINT, r BIGINT, d BIGINT) RETURNS BIGINT RETURN
  CASE WHEN q < 0 OR r < 0 THEN raise_error('cf_round: out of range') ELSE q + {bump_of} END;
""",
)


@dataclass(frozen=True, slots=True)
class Widths:
    """The largest id, partner and amount of the lines: what a window may carry them in."""

    line: int = BIGINT_MAX
    partner: int = BIGINT_MAX
    minor: int = BIGINT_MAX

    def column(self, name: str, most: int) -> str:
        """Return a column, cast to a narrower type where all its values fit."""
        return f"CAST({name} AS INTEGER) AS {name}" if most <= INTEGER_MAX else name


class TooLarge(ValueError):
    """The plan's bounds allow a figure that an engine could not hold."""


def prove(plan: Plan) -> None:
    """Return when no figure of the plan can leave its type. Raises TooLarge, saying which."""
    line, most = plan.bounds.largest_line_minor, plan.bounds.most_lines
    if line * most > BIGINT_MAX:
        raise TooLarge(
            "The largest line times the most lines does not fit 64 bits; lower one of the bounds."
        )
    for component in plan.components:
        product = line * component.highest_times_ppm * component.highest_rate_ppm
        if product >= min(PRODUCT_MAX, SCALE * ROUND_MAX):
            raise TooLarge(f"A product of {component.id} may reach {product}.")
        commission = product // SCALE + 1
        if (commission + component.floor_minor) * most > BIGINT_MAX:
            raise TooLarge(f"The commission of {component.id} may not fit 64 bits.")
        if commission * line >= PRODUCT_MAX or commission * PPM >= PRODUCT_MAX:
            raise TooLarge(f"A refund's product of {component.id} may reach 10^38.")
        if commission >= ROUND_MAX:
            raise TooLarge(f"A refund of {component.id} is beyond what is rounded exactly.")


def prelude(plan: Plan, dialect: Dialect) -> str:
    """Return the statements before the plan's own: the one place that divides."""
    return dialect.prelude.format(
        most=ROUND_MAX,
        bump=_bump(plan.rounding, "(n % d)", f"(n {dialect.divide} d)"),
        bump_wide=_bump(plan.rounding, "mod(n, d)", "div(n, d)"),
        bump_of=_bump(plan.rounding, "r", "q"),
    ).strip()


def _bump(mode: Rounding, rest: str, quotient: str) -> str:
    """Return what is added to the whole part of a fraction from zero up."""
    if mode is Rounding.DOWN:
        return "0"
    if mode is Rounding.HALF_UP:
        return f"CASE WHEN 2 * {rest} >= d THEN 1 ELSE 0 END"
    return f"CASE WHEN 2 * {rest} > d OR (2 * {rest} = d AND {quotient} % 2 = 1) THEN 1 ELSE 0 END"


@dataclass(frozen=True, slots=True)
class _Sizes:
    """What the plan's bounds prove about one component, and what its factors share."""

    times_by: int
    rate_by: int
    divisor: int
    product: int
    commission: int


def _sizes(plan: Plan, component: Component) -> _Sizes:
    times_by = gcd(PPM, *(band.times_ppm for band in component.bands))
    rate_by = gcd(PPM, component.otherwise_ppm, *(row.ppm for row in component.rates))
    line = plan.bounds.largest_line_minor
    highest = line * component.highest_times_ppm * component.highest_rate_ppm
    divisor = SCALE // (times_by * rate_by)
    # Between the terms of bands that fall, the sum may stand above its final size.
    swing = 1 + 2 * len(component.bands)
    return _Sizes(
        times_by, rate_by, divisor, swing * highest // (times_by * rate_by), highest // SCALE + 1
    )


def _typed(most: int, wide: str) -> str:
    """Return the type for a product of at most `most`."""
    return "BIGINT" if most < ROUND_MAX // 2 else wide


def _round(n: str, d: str, kind: str, dialect: Dialect) -> str:
    """Return the rounded quotient as BIGINT."""
    name = "cf_round_small" if kind == "BIGINT" else "cf_round"
    return f"CAST({dialect.scope}{name}({n}, CAST({d} AS {kind})) AS BIGINT)"


def _table(dialect: Dialect, name: str) -> str:
    """Return the beginning of the statement that makes a table of a query."""
    return f"CREATE TEMPORARY {dialect.table} {name} AS\n"


def input_columns(plan: Plan) -> dict[str, str]:
    """Return the columns of the table cf_input that the statements read, with their types."""
    fixed = dict.fromkeys(("id", "partner"), "BIGINT")
    fixed |= dict.fromkeys(("day", "month", "quarter", "year"), "INTEGER")
    fixed |= dict.fromkeys(("minor", "original"), "BIGINT")
    return fixed | {f"a_{name}": "VARCHAR" for name in plan.attributes}


def given_columns(plan: Plan) -> dict[str, str]:
    """Return the columns of the table cf_given, out of which a plan that converts makes cf_input.

    The amount stands as it was reported, with the fraction that makes it the plan's.
    """
    columns = {name: kind for name, kind in input_columns(plan).items() if name != "minor"}
    return columns | {"currency": "VARCHAR", "given": "BIGINT", "n": "BIGINT", "d": "BIGINT"}


def conversion_statements(plan: Plan, dialect: Dialect) -> list[str]:
    """Return the statement that makes cf_input out of cf_given; none for one currency.

    Amount and numerator are BIGINT, so that their product fits the wide integer.
    """
    if plan.conversion is None:
        return []
    product = f"CAST(given AS {dialect.wide}) * n"
    rounded = _round(product, "d", dialect.wide, dialect)
    cells = {"minor": f"CASE WHEN n = d THEN given ELSE {rounded} END"}
    listed = ", ".join(f"{cells.get(name, name)} AS {name}" for name in input_columns(plan))
    return [f"{_table(dialect, 'cf_input')}SELECT {listed} FROM cf_given"]


EARLIER_COLUMNS = {
    "line": "BIGINT",
    "component": "INTEGER",
    "partner": "BIGINT",
    "minor": "BIGINT",
    "commission": "BIGINT",
    "refunded": "BIGINT",
}
"""The columns of the table cf_earlier."""


def statements(plan: Plan, dialect: Dialect, widths: Widths = Widths()) -> list[str]:
    """Return the statements that make cf_line and cf_month out of cf_input and cf_earlier.

    `widths` may promise smaller lines than their columns hold. Raises TooLarge.
    """
    prove(plan)
    texts = [
        f"{_table(dialect, 'cf_back')}"
        "SELECT id, partner, day, month, minor, original FROM cf_input WHERE original > 0"
    ]
    for number, component in enumerate(plan.components):
        texts.append(_sales(plan, number, component, dialect, widths))
        if component.cap_minor is not None:
            texts += _capped(plan, number, component, dialect)
        texts.append(_refunds(plan, number, dialect))
    parts = ", ".join(f"p{i}" for i in range(len(plan.shares)))
    columns = f"line, partner, month, before, after, rate_ppm, raw, commission, {parts}"
    whole = "\nUNION ALL\n".join(
        f"SELECT {number} AS component, {columns} FROM cf_{kind}_{number}"
        for number in range(len(plan.components))
        for kind in ("sale", "refund")
    )
    texts.append(f"CREATE TEMPORARY VIEW cf_line AS\n{whole}")
    texts.append(_months(plan, dialect))
    return texts


_SALE = "id AS line, partner, month, after - minor AS before, after, rate_ppm, raw"


def _sales(plan: Plan, number: int, component: Component, dialect: Dialect, widths: Widths) -> str:
    """Return the statement that makes cf_sale_<number>: window, bands, rate and shares."""
    label = component.window.value
    window = "" if label == "contract" else f", {label}"
    carried = ["month"] if label in {"contract", "month"} else ["month", label]
    sizes = _sizes(plan, component)
    kind = _typed(sizes.product, dialect.wide)
    split = _split_type(plan, component, dialect)
    lines = (
        f"SELECT {widths.column('id', widths.line)}, {widths.column('partner', widths.partner)}, "
        f"{', '.join(carried)}, day, {widths.column('minor', widths.minor)}, "
        f"{_rate(component, sizes.rate_by, dialect)} AS rate FROM cf_input "
        f"WHERE original = 0{_where(component, dialect)}"
    )
    based = (
        f"SELECT *, CAST(sum(minor) OVER (PARTITION BY partner{window} "
        "ORDER BY day NULLS FIRST, id NULLS FIRST "
        f"{_RUNNING}) AS BIGINT) AS after FROM ({lines}) AS lines"
    )
    if component.mode is BandMode.ONE:
        by_month = (
            f"SELECT partner, month{'' if label == 'month' else window}, sum(minor) AS minor "
            f"FROM ({lines}) AS lines GROUP BY partner, month{'' if label == 'month' else window}"
        )
        reached = (
            f"SELECT partner, month, CAST(sum(minor) OVER (PARTITION BY partner{window} "
            f"ORDER BY month NULLS FIRST {_RUNNING}) AS BIGINT) AS until_then "
            f"FROM ({by_month}) AS months"
        )
        based = (
            f"SELECT based.*, reached.until_then FROM ({based}) AS based "
            f"JOIN ({reached}) AS reached ON reached.partner = based.partner "
            "AND reached.month = based.month"
        )
    weighted = (
        f"SELECT id, partner, month, minor, after, rate * {sizes.rate_by} AS rate_ppm, "
        f"{_weighted(component, sizes.times_by, kind)} * rate AS n FROM ({based}) AS based"
    )
    rounded = (
        f"SELECT {_SALE} FROM ({_rounded(weighted, sizes.divisor, kind, dialect)}) AS rounded"
    )
    # What a view gives can't be changed afterwards, so the lines below a cap get another name.
    is_whole = component.cap_minor is None or dialect.table == "TABLE"
    name = f"cf_{'sale' if is_whole else 'all'}_{number}"
    return (
        f"{_table(dialect, name)}SELECT line, partner, month, before, after, "
        f"rate_ppm, raw, raw AS commission, {_shares(plan, 'raw', split)} FROM "
        f"({_floored(plan, rounded, 'raw', sizes.commission, dialect)}) AS shared"
    )


_RUNNING = "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"


def _rounded(weighted: str, divisor: int, kind: str, dialect: Dialect) -> str:
    """Return a query that adds `raw`, n / divisor rounded, to `weighted`.

    BIGINT is divided once, a level below the rounding, for no engine shares it within a CASE.
    """
    if kind != "BIGINT":
        raw = _round("n", str(divisor), kind, dialect)
        return f"SELECT *, {raw} AS raw FROM ({weighted}) AS weighted"
    divided = f"SELECT *, n {dialect.divide} {divisor} AS q FROM ({weighted}) AS weighted"
    rest = f"SELECT *, n - q * {divisor} AS r FROM ({divided}) AS divided"
    return (
        f"SELECT *, CAST({dialect.scope}cf_bump(q, r, CAST({divisor} AS BIGINT)) AS BIGINT) "
        f"AS raw FROM ({rest}) AS rest"
    )


def _capped(plan: Plan, number: int, component: Component, dialect: Dialect) -> list[str]:
    """Return the statements that cut, in the months that earn more than the cap, what is above."""
    cap, parts = component.cap_minor, ", ".join(f"p{i}" for i in range(len(plan.shares)))
    lines = f"cf_sale_{number}" if dialect.table == "TABLE" else f"cf_all_{number}"
    over = (
        f"{_table(dialect, f'cf_over_{number}')}SELECT partner, month "
        f"FROM {lines} GROUP BY partner, month HAVING sum(raw) > {cap}"
    )
    running = (
        "SELECT s.*, CAST(sum(s.raw) OVER (PARTITION BY s.partner, s.month "
        f"ORDER BY s.after NULLS FIRST, s.line NULLS FIRST {_RUNNING}) AS BIGINT) AS earned "
        f"FROM {lines} AS s JOIN cf_over_{number} AS o "
        "ON o.partner = s.partner AND o.month = s.month"
    )
    cut = (
        "SELECT line, partner, month, before, after, rate_ppm, raw, "
        f"least(earned, {cap}) - least(earned - raw, {cap}) AS cut FROM ({running}) AS running"
    )
    most = _sizes(plan, component).commission
    split = _split_type(plan, component, dialect)
    made = (
        f"{_table(dialect, f'cf_cut_{number}')}SELECT line, partner, month, before, after, "
        f"rate_ppm, raw, cut AS commission, {_shares(plan, 'cut', split)} FROM "
        f"({_floored(plan, cut, 'cut', most, dialect)}) AS shared"
    )
    columns = f"line, partner, month, before, after, rate_ppm, raw, commission, {parts}"
    if dialect.table != "TABLE":
        whole = (
            f"{_table(dialect, f'cf_sale_{number}')}SELECT {columns} FROM {lines} AS s "
            f"LEFT ANTI JOIN cf_over_{number} AS o ON o.partner = s.partner AND o.month = s.month "
            f"UNION ALL SELECT {columns} FROM cf_cut_{number}"
        )
        return [over, made, whole]
    gone = (
        f"DELETE FROM cf_sale_{number} WHERE (partner, month) IN "
        f"(SELECT partner, month FROM cf_over_{number})"
    )
    put = f"INSERT INTO cf_sale_{number} SELECT {columns} FROM cf_cut_{number}"
    return [over, made, gone, put]


def _split_type(plan: Plan, component: Component, dialect: Dialect) -> str:
    """Return the type in which a line's commission is split."""
    by = gcd(*(share.ppm for share in plan.shares), PPM)
    return _typed(_sizes(plan, component).commission * PPM // by, dialect.wide)


def _floored(plan: Plan, source: str, amount: str, most: int, dialect: Dialect) -> str:
    """Return a query that adds each party's whole units and remainder of `amount` to `source`."""
    if len(plan.shares) == 1:
        return source
    by = gcd(*(share.ppm for share in plan.shares), PPM)
    if _typed(most * PPM // by, dialect.wide) != "BIGINT":
        return f"SELECT *{_floors(plan, amount, 's', most, dialect)} FROM ({source}) AS whole"
    shares = plan.shares[:1] if len(plan.shares) == 2 else plan.shares
    products = [f"{amount} * {share.ppm // by}" for share in shares]
    whole = ", ".join(
        f"{product} {dialect.divide} {PPM // by} AS sq{i}" for i, product in enumerate(products)
    )
    rest = ", ".join(
        f"{product} - sq{i} * {PPM // by} AS sr{i}" for i, product in enumerate(products)
    )
    return f"SELECT *, {rest} FROM (SELECT *, {whole} FROM ({source}) AS source) AS whole"


def _floors(plan: Plan, amount: str, prefix: str, most: int, dialect: Dialect) -> str:
    """Return columns with each party's whole units and remainder of `amount`, from zero up."""
    if len(plan.shares) == 1:
        return ""
    by = gcd(*(share.ppm for share in plan.shares), PPM)
    kind = _typed(most * PPM // by, dialect.wide)
    cells = []
    for i, share in enumerate(plan.shares):
        product = f"CAST({amount} AS {kind}) * {share.ppm // by}"
        rest = f"({product}) % {PPM // by}"
        # What is divided leaves no remainder, so no mode of rounding changes it.
        cells.append(
            f"CAST({rest} AS BIGINT) AS {prefix}r{i}, "
            f"{_round(f'{product} - {rest}', str(PPM // by), kind, dialect)} AS {prefix}q{i}"
        )
    return ", " + ", ".join(cells)


def _part(plan: Plan, amount: str, prefix: str, i: int) -> str:
    """Return the party's part: whole units, and one of those left where its remainder is among
    the largest; a tie goes to the party that stands first.
    """
    if len(plan.shares) == 1:
        return amount
    mine = f"{prefix}r{i}"
    ahead = " + ".join(
        f"CASE WHEN {prefix}r{j} {'>=' if j < i else '>'} {mine} THEN 1 ELSE 0 END"
        for j in range(len(plan.shares))
        if j != i
    )
    whole = " - ".join([amount, *(f"{prefix}q{j}" for j in range(len(plan.shares)))])
    return f"{prefix}q{i} + CASE WHEN {ahead} < {whole} THEN 1 ELSE 0 END"


def _shares(plan: Plan, amount: str, kind: str) -> str:
    if len(plan.shares) == 2 and kind == "BIGINT":
        # Of two remainders, both zero or the whole apart, the first's tells which is the larger.
        half = PPM // gcd(*(share.ppm for share in plan.shares), PPM)
        first = f"sq0 + CASE WHEN 2 * sr0 >= {half} THEN 1 ELSE 0 END"
        return f"{first} AS p0, {amount} - ({first}) AS p1"
    return ", ".join(f"{_part(plan, amount, 's', i)} AS p{i}" for i in range(len(plan.shares)))


def _refunds(plan: Plan, number: int, dialect: Dialect) -> str:
    """Return the statement that makes cf_refund_<number>: what refunds take back."""
    originals = (
        "SELECT line, partner, after - before AS minor, commission, "
        f"CAST(0 AS BIGINT) AS refunded FROM cf_sale_{number} "
        "WHERE line IN (SELECT original FROM cf_back) UNION ALL "
        "SELECT line, partner, minor, commission, refunded FROM cf_earlier "
        f"WHERE component = {number}"
    )
    order = f"PARTITION BY r.original ORDER BY r.day NULLS FIRST, r.id NULLS FIRST {_RUNNING}"
    running = (
        "SELECT r.id, r.partner, r.month, r.minor, o.minor AS whole, o.commission AS earned, "
        f"o.refunded + CAST(sum(r.minor) OVER ({order}) AS BIGINT) AS upto "
        f"FROM cf_back AS r JOIN ({originals}) AS o ON o.line = r.original "
        "AND o.partner = r.partner WHERE o.minor > 0"
    )
    clamped = (
        "SELECT *, least(upto - minor, whole) AS before, least(upto, whole) AS after "
        f"FROM ({running}) AS running"
    )
    most = _sizes(plan, plan.components[number]).commission
    kind = _typed(most * plan.bounds.largest_line_minor, dialect.wide)
    taken = ", ".join(
        f"{_round(f'CAST(earned AS {kind}) * {side}', 'whole', kind, dialect)} AS {name}"
        for side, name in (("before", "gone"), ("after", "going"))
    )
    source = f"SELECT *, {taken} FROM ({clamped}) AS clamped"
    floors = _floors(plan, "gone", "g", most, dialect) + _floors(plan, "going", "h", most, dialect)
    parts = ", ".join(
        f"({_part(plan, 'gone', 'g', i)}) - ({_part(plan, 'going', 'h', i)}) AS p{i}"
        for i in range(len(plan.shares))
    )
    return (
        f"{_table(dialect, f'cf_refund_{number}')}SELECT id AS line, "
        "partner, month, before, after, 0 AS rate_ppm, gone - going AS raw, "
        f"gone - going AS commission, {parts} FROM (SELECT *{floors} FROM ({source}) AS taken) "
        "AS shared"
    )


def _months(plan: Plan, dialect: Dialect) -> str:
    """Return the statement that makes cf_month."""
    floor = "CASE component " + " ".join(
        f"WHEN {number} THEN {component.floor_minor}"
        for number, component in enumerate(plan.components)
    ) + " END"  # fmt: skip
    parts = ", ".join(f"CAST(sum(p{i}) AS BIGINT) AS p{i}" for i in range(len(plan.shares)))
    columns = ", ".join(f"p{i}" for i in range(len(plan.shares)))
    lines = " UNION ALL ".join(
        f"SELECT {number} AS component, partner, month, commission, {base}, {sale} AS sale, "
        f"{columns} "
        f"FROM cf_{kind}_{number}"
        for number in range(len(plan.components))
        for kind, base, sale in (
            ("sale", "after - before AS base", 1),
            ("refund", "CAST(0 AS BIGINT) AS base", 0),
        )
    )
    grouped = (
        "SELECT component, partner, month, CAST(count(*) AS BIGINT) AS lines, "
        "CAST(sum(base) AS BIGINT) AS base, CAST(sum(commission) AS BIGINT) AS commission, "
        f"CAST(sum(sale) AS BIGINT) AS sales, {parts} FROM ({lines}) AS based "
        "GROUP BY component, partner, month"
    )
    listed = ", ".join(
        f"p{i}" + (" + top_up AS p0" if i == 0 else "") for i in range(len(plan.shares))
    )
    return (
        f"{_table(dialect, 'cf_month')}SELECT component, partner, month, lines, base, "
        f"commission, top_up, {listed} FROM (SELECT *, CASE WHEN sales > 0 AND {floor} > 0 "
        f"AND {floor} > commission THEN {floor} - commission ELSE 0 END AS top_up "
        f"FROM ({grouped}) AS grouped) AS topped"
    )


def _where(component: Component, dialect: Dialect) -> str:
    return "".join(
        f" AND a_{name} IN ({', '.join(_literal(value, dialect) for value in allowed)})"
        for name, allowed in component.where
    )


def _rate(component: Component, by: int, dialect: Dialect) -> str:
    """Return the rate of a line in parts of 1 000 000 / `by`."""
    if not component.rates:
        return f"CAST({component.otherwise_ppm // by} AS INTEGER)"
    cases = " ".join(f"WHEN {_fits(row, dialect)} THEN {row.ppm // by}" for row in component.rates)
    return f"CAST(CASE {cases} ELSE {component.otherwise_ppm // by} END AS INTEGER)"


def _fits(row: RateRow, dialect: Dialect) -> str:
    tests = [f"a_{name} = {_literal(value, dialect)}" for name, value in row.when]
    if row.from_day != FIRST_DAY:
        tests.append(f"day >= {row.from_day}")
    if row.until_day != LAST_DAY:
        tests.append(f"day <= {row.until_day}")
    return " AND ".join(tests) or "TRUE"


def _weighted(component: Component, by: int, kind: str) -> str:
    """Return the base times the factors of its bands, in parts of 1 000 000 / `by`.

    Each band adds what it gives beyond the band below it, so that the sum over bands telescopes.
    """
    bands = component.bands
    first = bands[0].times_ppm // by
    if component.mode is BandMode.ONE:
        cases = " ".join(
            f"WHEN until_then >= {band.from_minor} THEN {band.times_ppm // by}"
            for band in reversed(bands[1:])
        )
        factor = f"CASE {cases} ELSE {first} END" if cases else str(first)
        return f"CAST(minor AS {kind}) * {factor}"
    terms = [f"CAST(minor AS {kind}) * {first}"]
    for below, band in pairwise(bands):
        amount = f"greatest(after, {band.from_minor}) - greatest(after - minor, {band.from_minor})"
        terms.append(f"CAST({amount} AS {kind}) * ({(band.times_ppm - below.times_ppm) // by})")
    return f"({' + '.join(terms)})"


def _literal(value: str, dialect: Dialect) -> str:
    """Return a text as an SQL literal; DuckDB and PostgreSQL take backslashes as they are."""
    if dialect.is_escaping:
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return "'" + value.replace("'", "''") + "'"
