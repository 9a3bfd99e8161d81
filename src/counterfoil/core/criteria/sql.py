"""An expression as one DuckDB expression: what the closures answer, for a million rows at once.

Yes/no values are SQL's booleans and unknown is NULL, for SQL's AND, OR and NOT are Kleene's; every
other step is NULL as soon as one of its operands is. Figures are whole numbers, a date is its
ordinal day, a decimal and an amount are whole numbers at a scale that is known here: nothing is
rounded and no float appears. How large each figure may become is proven here from the bounds of
its columns, so no figure can leave its type. What can't be proven or has no such form
(amounts of several currencies, business days without a list of them, letters whose small form
depends on the language) raises NeedsRows: those programs run as closures, row by row.
https://duckdb.org/docs/stable/sql/functions/lambda
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from counterfoil.core.criteria.checker import Checked, steps
from counterfoil.core.criteria.env import BUDGET
from counterfoil.core.criteria.lexer import INT_MAX, MAX_DIGITS
from counterfoil.core.criteria.operations import MAX_JOINED
from counterfoil.core.criteria.program import Program
from counterfoil.core.criteria.tree import decimal_text

LIMIT = 10**MAX_DIGITS
"""A figure stays below this, which fits DuckDB's HUGEINT and is the limit of the closures."""
RATE_SCALE = 6
FIRST_DAY, LAST_DAY = date.min.toordinal(), date.max.toordinal()
MAX_TEXT = 200_000
"""The longest expression that is still handed to the engine."""
_WHOLE = ("int", "days", "rate")
_NUMERIC = (*_WHOLE, "dec", "money", "date")
_SIMPLE = re.compile(r'"[^"]*"|[a-z][a-z0-9_]*')


class NeedsRows(ValueError):
    """An expression has no exact form in SQL over these columns; the message says why."""


@dataclass(frozen=True, slots=True)
class Column:
    """A value in SQL and what is known of it.

    `text` is the expression, NULL where the value is unknown. `has` is true where a value is
    given, false where it is missing, NULL where that is not known. `low` and `high` bound a figure
    (at its `scale`, for a decimal or an amount: minor units); `longest` bounds the characters of a
    text and the rows of a list; `plain` says that every engine writes a text alike in small
    letters. `item` describes the values of a list, `fields` those of a record: their texts have
    `{row}` for it.
    """

    text: str
    kind: str
    has: str = ""
    low: int = 0
    high: int = 0
    scale: int = 0
    longest: int = 0
    plain: bool = False
    item: "Column | None" = None
    fields: Mapping[str, "Column"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Days:
    """Business days: `text` is a list of ordinal days, the first for the day `base`, up to
    `base + length - 1`; each is the day that lies `n` business days after it, NULL if unknown.
    None of them is before `low` or after `high`.
    """

    text: str
    base: int
    length: int
    low: int = FIRST_DAY
    high: int = LAST_DAY


@dataclass(frozen=True, slots=True)
class Stock:
    """The columns over which a program runs, and what holds for every row of them.

    `currency` is the one currency of all amounts and of the context; "" when there is none.
    `business_days(n)` answers the list for a constant count, or None.
    """

    columns: Mapping[str, Column]
    currency: str = ""
    business_days: Callable[[int], Days | None] | None = None


def to_sql(program: Program, stock: Stock) -> str:
    """Return the DuckDB expression of a yes/no program: true, false, or NULL for unknown.

    Raises NeedsRows for what only the closures can decide exactly, and TypeError for a program
    that is not yes/no.
    """
    if program.type.kind != "bool":
        raise TypeError("the expression is not yes/no")
    return value_to_sql(program, stock).text


def value_to_sql(program: Program, stock: Stock) -> Column:
    """Return the value of a program of any type, with its scale and bounds. Raises NeedsRows."""
    writer = _Writer(stock)
    found = writer.step(program.checked, ())
    if writer.cost(program.checked) > BUDGET:
        raise NeedsRows("its loops may take more steps than are allowed")
    if len(found.text) > MAX_TEXT:
        raise NeedsRows("it is too long")
    return found


def text_literal(text: str) -> str:
    """Return a text as SQL. Raises NeedsRows for the character that no engine stores."""
    if "\0" in text:
        raise NeedsRows("a text holds the character U+0000")
    return "'" + text.replace("'", "''") + "'"


def number(value: int) -> str:
    """Return a whole number as SQL, in the type that holds it."""
    return f"CAST('{value}' AS {'BIGINT' if _is_narrow(value, value) else 'HUGEINT'})"


def is_plain(text: str) -> bool:
    """Return whether every engine writes a text in small letters alike: Latin letters but for the
    Turkish dotted capital, whose small form is two characters in some.
    """
    return all(letter < "\u0250" and letter != "\u0130" for letter in text)


def _is_narrow(low: int, high: int) -> bool:
    """Return whether figures between two bounds fit 64 bits."""
    return -INT_MAX - 1 <= low <= high <= INT_MAX


def _wide(found: Column, low: int, high: int) -> str:
    """Return a figure in a type in which an operation with a result of these bounds is done."""
    return found.text if _is_narrow(low, high) else f"CAST({found.text} AS HUGEINT)"


class _Writer:
    """One walk over one typed tree."""

    def __init__(self, stock: Stock) -> None:
        self.stock = stock
        self.bound = 0

    def step(self, step: Checked, rows: tuple[Column, ...]) -> Column:
        """Return the value of a step; `rows` are the records and values bound by its loops."""
        if step.op.startswith("loop_"):
            return self.loop(step, rows)
        if step.op in ("fact", "has_fact"):
            return self.fact(step)
        if step.op in ("item", "field", "has_field"):
            return _of_row(step, rows)
        if step.op == "literal":
            return self.literal(step)
        operands = tuple(self.step(each, rows) for each in step.operands)
        if step.op.startswith("neg_"):
            return self.negative(operands[0])
        found = getattr(self, f"do_{step.op}")(step, *operands)
        assert isinstance(found, Column)
        return found

    # Parts

    def fact(self, step: Checked) -> Column:
        """Return a column, or the test whether it is given."""
        column = self.stock.columns.get(str(step.data))
        if column is None:
            raise NeedsRows(f"there is no column for {step.data}")
        return column if step.op == "fact" else Column(column.has, "bool")

    def literal(self, step: Checked) -> Column:
        """Return a constant."""
        kind, value = step.type.kind, step.data
        match kind:
            case "bool":
                return Column("TRUE" if value else "FALSE", "bool")
            case "int" | "days" | "rate":
                return _figure(kind, number(value), value, value)
            case "date":
                day = value.toordinal()
                return _figure(kind, number(day), day, day)
            case "dec":
                whole, _, part = decimal_text(value).partition(".")
                scaled = int(whole + part)
                return _fitting(_figure(kind, number(scaled), scaled, scaled, len(part)))
            case "money":
                if value.currency != self.stock.currency:
                    raise NeedsRows(f"its {value.currency} meets amounts in another currency")
                return _figure(kind, number(value.minor), value.minor, value.minor)
            case "period":
                return _period(number(value.start.toordinal()), number(value.end.toordinal()))
        return Column(text_literal(value), "str", longest=len(value), plain=is_plain(value))

    def bind(self, text: str, make: Callable[[str], str]) -> str:
        """Return what `make` writes with a name for `text`, which is then computed once."""
        if _SIMPLE.fullmatch(text):
            return make(text)
        self.bound += 1
        name = f"b{self.bound}"
        return f"(list_transform([{text}], lambda {name}: {make(name)})[1])"

    def cost(self, step: Checked) -> int:
        """Return the most steps that the loops of a step may take, as the closures count them."""
        total = sum(self.cost(each) for each in step.operands)
        if step.op == "fact" and step.type.item is not None:
            return total + self.stock.columns[str(step.data)].longest
        if step.op.startswith("loop_"):
            source, body = step.operands
            rows = self.longest(source)
            return self.cost(source) + rows * (len(steps(body)) + self.cost(body))
        return total

    def longest(self, source: Checked) -> int:
        """Return the most rows that a list may have."""
        if source.op == "fact":
            return self.stock.columns[str(source.data)].longest
        if source.op == "list":
            return len(source.operands)
        return max((self.longest(each) for each in source.operands), default=0)

    # Logic

    def do_and(self, step: Checked, *clauses: Column) -> Column:
        """Return `&&`."""
        return Column("(" + " AND ".join(each.text for each in clauses) + ")", "bool")

    def do_or(self, step: Checked, *clauses: Column) -> Column:
        """Return `||`."""
        return Column("(" + " OR ".join(each.text for each in clauses) + ")", "bool")

    def do_not(self, step: Checked, inner: Column) -> Column:
        """Return `!`."""
        return Column(f"(NOT {inner.text})", "bool")

    def do_conditional(self, step: Checked, test: Column, then: Column, other: Column) -> Column:
        """Return `?:`; neither branch when the test is unknown."""
        then, other = _alike(then, other)
        text = f"(CASE {test.text} WHEN TRUE THEN {then.text} WHEN FALSE THEN {other.text} END)"
        return _hull(text, then, other)

    # Comparison

    def do_equal(self, step: Checked, left: Column, right: Column) -> Column:
        """Return `==` and `!=`."""
        op, _ = step.data
        if left.kind == "list":
            same = self.same_lists(left, right)
            return Column(same if op == "==" else f"(NOT {same})", "bool")
        left, right = _alike(left, right)
        return Column(f"({left.text} {'=' if op == '==' else '<>'} {right.text})", "bool")

    def do_order(self, step: Checked, left: Column, right: Column) -> Column:
        """Return `<`, `<=`, `>` and `>=`."""
        left, right = _alike(left, right)
        return Column(f"({left.text} {step.data[0]} {right.text})", "bool")

    def same_lists(self, left: Column, right: Column) -> str:
        """Return whether two lists hold the same values, value by value."""
        one_item, other_item = _item(left), _item(right)
        if "never" in (one_item.kind, other_item.kind):
            return self.bind(
                left.text, lambda a: self.bind(right.text, lambda b: f"(len({a}) = len({b}))")
            )

        def compared(a: str, b: str) -> str:
            self.bound += 1
            at = f"i{self.bound}"
            one, other = _alike(
                replace(one_item, text=f"{a}[{at}]"), replace(other_item, text=f"{b}[{at}]")
            )
            values = (
                f"list_transform(range(1, len({a}) + 1), lambda {at}: ({one.text} = {other.text}))"
            )
            return (
                f"(CASE WHEN len({a}) <> len({b}) THEN FALSE "
                f"WHEN len({a}) = len({b}) THEN {self.fold(values, decisive=False)} END)"
            )

        return self.bind(left.text, lambda a: self.bind(right.text, lambda b: compared(a, b)))

    def do_in_list(self, step: Checked, left: Column, right: Column) -> Column:
        """Return `x in list`."""
        item = _item(right)
        if item.kind == "never":
            return Column(f"(CASE WHEN {left.text} IS NOT NULL THEN FALSE END)", "bool")

        def among(name: str) -> str:
            self.bound += 1
            each = f"e{self.bound}"
            one, other = _alike(replace(left, text=name), replace(item, text=each))
            values = f"list_transform({right.text}, lambda {each}: ({one.text} = {other.text}))"
            return f"(CASE WHEN {name} IS NOT NULL THEN {self.fold(values, decisive=True)} END)"

        return Column(self.bind(left.text, among), "bool")

    def do_in_period(self, step: Checked, day: Column, period: Column) -> Column:
        """Return `date in period`."""
        text = self.bind(
            day.text,
            lambda one: self.bind(
                period.text,
                lambda span: f"({one} BETWEEN {_start(span)} AND {_end(span)})",
            ),
        )
        return Column(text, "bool")

    # Arithmetic

    def negative(self, inner: Column) -> Column:
        """Return unary minus."""
        low, high = -inner.high, -inner.low
        found = replace(inner, text=f"(-({_wide(inner, low, high)}))", low=low, high=high, has="")
        return self.whole(found)

    def do_arithmetic(self, step: Checked, left: Column, right: Column) -> Column:
        """Return + - * by the table of types."""
        op, kind = step.data[0], step.type.kind
        if kind == "str":
            return self.joined(left, right)
        if op == "*":
            found = _product(kind, left, right)
        else:
            if kind == "dec":
                left, right = _decimal(left), _decimal(right)
            left, right = _alike(left, right) if kind in ("money", "dec") else (left, right)
            found = _sum(kind, op, left, right)
        if kind == "date":
            return self.day(found)
        return self.whole(_fitting(found))

    def whole(self, found: Column) -> Column:
        """Return a whole number, unknown where it leaves 64 bits."""
        if found.kind not in _WHOLE or -INT_MAX - 1 <= found.low <= found.high <= INT_MAX:
            return found
        low, high = max(found.low, -INT_MAX - 1), min(found.high, INT_MAX)
        return self.within(found, low, high)

    def day(self, found: Column) -> Column:
        """Return a day, unknown where it leaves the calendar."""
        if FIRST_DAY <= found.low <= found.high <= LAST_DAY:
            return found
        return self.within(found, max(found.low, FIRST_DAY), min(found.high, LAST_DAY))

    def within(self, found: Column, low: int, high: int) -> Column:
        """Return a figure, unknown where it leaves its range."""
        if low > high:
            low = high = 0
        text = self.bind(
            found.text,
            lambda name: (
                f"(CASE WHEN {name} BETWEEN {number(low)} AND {number(high)} THEN {name} END)"
            ),
        )
        return replace(found, text=text, low=low, high=high)

    def joined(self, left: Column, right: Column) -> Column:
        """Return one text after another."""
        longest = left.longest + right.longest
        found = Column(
            f"({left.text} || {right.text})",
            "str",
            longest=min(longest, MAX_JOINED),
            plain=left.plain and right.plain,
        )
        if longest <= MAX_JOINED:
            return found
        short = self.bind(
            found.text, lambda name: f"(CASE WHEN length({name}) <= {MAX_JOINED} THEN {name} END)"
        )
        return replace(found, text=short)

    # Periods and days

    def do_period(self, step: Checked, start: Column, end: Column) -> Column:
        """Return the period of two days; one that ends before it starts is unknown."""
        text = self.bind(
            start.text,
            lambda first: self.bind(
                end.text,
                lambda last: f"(CASE WHEN {first} <= {last} THEN {_span(first, last)} END)",
            ),
        )
        return Column(text, "period")

    def do_period_part(self, step: Checked, span: Column) -> Column:
        """Return the first or the last day of a period."""
        text = _start(span.text) if step.data == "start" else _end(span.text)
        return _figure("date", text, FIRST_DAY, LAST_DAY)

    def do_overlaps(self, step: Checked, span: Column, start: Column, end: Column) -> Column:
        """Return whether a period and the days from start to end share a day."""
        text = self.bind(
            span.text,
            lambda whole: self.bind(
                start.text,
                lambda first: self.bind(
                    end.text,
                    lambda last: (
                        f"(CASE WHEN {first} <= {last} AND {whole} IS NOT NULL "
                        f"THEN ({_start(whole)} <= {last} AND {first} <= {_end(whole)}) END)"
                    ),
                ),
            ),
        )
        return Column(text, "bool")

    def do_business_days(self, step: Checked, day: Column, count: Column) -> Column:
        """Return the day a constant number of business days later."""
        if count.low != count.high or self.stock.business_days is None:
            raise NeedsRows("its business days are counted row by row")
        days = self.stock.business_days(count.low)
        if days is None or day.low < days.base or day.high >= days.base + days.length:
            raise NeedsRows("its business days are not listed for all of its days")
        # The count is constant where it is known; where it is not, so is the day.
        text = (
            f"(CASE WHEN {count.text} IS NOT NULL THEN "
            f"{days.text}[CAST({day.text} - {days.base - 1} AS BIGINT)] END)"
        )
        return _figure("date", text, days.low, days.high)

    def do_days(self, step: Checked, inner: Column) -> Column:
        """Return a whole number as a span."""
        return replace(inner, kind="days", has="")

    # Texts

    def do_contains(self, step: Checked, text: Column, part: Column) -> Column:
        """Return whether a text holds another."""
        return Column(f"contains({text.text}, {part.text})", "bool")

    def do_startsWith(self, step: Checked, text: Column, part: Column) -> Column:  # noqa: N802
        """Return whether a text begins with another."""
        return Column(f"starts_with({text.text}, {part.text})", "bool")

    def do_endsWith(self, step: Checked, text: Column, part: Column) -> Column:  # noqa: N802
        """Return whether a text ends with another."""
        return Column(f"ends_with({text.text}, {part.text})", "bool")

    def do_lower(self, step: Checked, inner: Column) -> Column:
        """Return a text in small letters; beyond Latin letters engines differ."""
        if not inner.plain:
            raise NeedsRows("the small form of some letters depends on the engine")
        return replace(inner, text=f"lower({inner.text})", has="")

    def do_size(self, step: Checked, inner: Column) -> Column:
        """Return the number of values of a list, or of characters of a text."""
        measure = "len" if inner.kind == "list" else "length"
        text = f"CAST({measure}({inner.text}) AS BIGINT)"
        return _figure("int", text, 0, inner.longest)

    # Lists

    def do_list(self, step: Checked, *items: Column) -> Column:
        """Return the list of some values."""
        if not items:
            return Column("CAST([] AS BIGINT[])", "list", item=Column("", "never"), longest=0)
        first = items[0]
        for each in items[1:]:
            first = _hull("", *_alike(first, each))
        texts = ", ".join(_alike(each, first)[0].text for each in items)
        return Column(f"[{texts}]", "list", item=first, longest=len(items))

    def do_project(self, step: Checked, rows: Column) -> Column:
        """Return one field of every record of a list."""
        self.bound += 1
        name = f"p{self.bound}"
        inner = _field(_item(rows), str(step.data), name)
        text = f"list_transform({rows.text}, lambda {name}: {inner.text})"
        return Column(text, "list", item=inner, longest=rows.longest)

    def known(self, values: Column, make: Callable[[str], str]) -> str:
        """Return what `make` writes of a list without unknown values; NULL for any other."""
        return self.bind(
            values.text,
            lambda name: f"(CASE WHEN list_count({name}) = len({name}) THEN {make(name)} END)",
        )

    def do_count_true(self, step: Checked, values: Column) -> Column:
        """Return how many conditions hold; unknown if any is."""
        self.bound += 1
        each = f"c{self.bound}"
        text = self.known(
            values,
            lambda name: f"CAST(len(list_filter({name}, lambda {each}: {each})) AS BIGINT)",
        )
        return _figure("int", text, 0, values.longest)

    def do_sum(self, step: Checked, values: Column) -> Column:
        """Return the sum of a list; of no rows it is nothing."""
        item = _item(values)
        if item.kind == "never":
            return _figure(step.type.kind, number(0), 0, 0)
        low, high = min(0, item.low * values.longest), max(0, item.high * values.longest)
        if item.kind in _WHOLE and not -INT_MAX - 1 <= low <= high <= INT_MAX:
            raise NeedsRows("a sum of its rows may leave 64 bits on the way")
        text = self.known(values, lambda name: f"CAST(coalesce(list_sum({name}), 0) AS HUGEINT)")
        return _fitting(_figure(item.kind, text, low, high, item.scale))

    def do_extreme(self, step: Checked, *values: Column) -> Column:
        """Return the least or the greatest value; of none it is unknown."""
        function, _, is_list = step.data
        listed = values[0] if is_list else self.do_list(step, *values)
        item = _item(listed)
        if item.kind == "never":
            raise NeedsRows("a list without rows has no least and no greatest")
        text = self.known(listed, lambda name: f"list_{function}({name})")
        return replace(item, text=text, has="")

    # Loops

    def loop(self, step: Checked, rows: tuple[Column, ...]) -> Column:
        """Return all, exists, exists_one, filter or map."""
        source = self.step(step.operands[0], rows)
        self.bound += 1
        name = f"r{self.bound}"
        body = self.step(step.operands[1], (*rows, replace(_item(source), text=name)))
        values = f"list_transform({source.text}, lambda {name}: {body.text})"
        match step.op:
            case "loop_all" | "loop_exists":
                return Column(self.fold(values, decisive=step.op == "loop_exists"), "bool")
            case "loop_map":
                return Column(values, "list", item=body, longest=source.longest)
            case "loop_exists_one":
                held = Column(values, "list", item=body, longest=source.longest)
                count = self.do_count_true(step, held)
                return Column(f"({count.text} = 1)", "bool")
        kept = f"list_filter({source.text}, lambda {name}: {body.text})"
        text = f"(CASE WHEN NOT list_contains({self.unknowns(values)}, TRUE) THEN {kept} END)"
        return replace(source, text=text, has="")

    def unknowns(self, values: str) -> str:
        """Return for every value whether it is unknown."""
        self.bound += 1
        name = f"u{self.bound}"
        return f"list_transform({values}, lambda {name}: ({name} IS NULL))"

    def fold(self, values: str, *, decisive: bool) -> str:
        """Return Kleene's exists (`decisive`) or all over a list of yes/no values."""
        self.bound += 1
        name = f"k{self.bound}"
        weights = (
            f"list_transform({values}, lambda {name}: "
            f"CASE {name} WHEN {str(decisive).upper()} THEN 2 WHEN {str(not decisive).upper()} "
            f"THEN 0 ELSE 1 END)"
        )
        other = str(not decisive).upper()
        return self.bind(
            weights,
            lambda each: (
                f"(CASE WHEN {each} IS NULL THEN NULL ELSE CASE list_max({each}) "
                f"WHEN 2 THEN {str(decisive).upper()} WHEN 1 THEN NULL ELSE {other} END END)"
            ),
        )


def _of_row(step: Checked, rows: tuple[Column, ...]) -> Column:
    """Return the value bound to a loop, a field of it, or the test whether it is given."""
    if step.op == "item":
        return rows[int(step.data)]
    slot, name = step.data
    found = _field(rows[slot], name, rows[slot].text)
    return found if step.op == "field" else Column(found.has, "bool")


def _field(row: Column, name: str, text: str) -> Column:
    """Return a field of a record that is called `text`."""
    found = row.fields.get(name)
    if found is None:
        raise NeedsRows(f"there is no column for the field {name}")
    return replace(
        found, text=found.text.replace("{row}", text), has=found.has.replace("{row}", text)
    )


def _item(values: Column) -> Column:
    """Return what the values of a list are like."""
    assert values.item is not None
    return values.item


def _figure(kind: str, text: str, low: int, high: int, scale: int = 0) -> Column:
    """Return a figure with its bounds."""
    return Column(text, kind, low=low, high=high, scale=scale)


def _fitting(found: Column) -> Column:
    """Return a figure that is proven to fit. Raises NeedsRows."""
    if not -LIMIT < found.low <= found.high < LIMIT or found.scale > MAX_DIGITS:
        raise NeedsRows("a figure on the way may have more than 38 digits")
    return found


def _at_scale(found: Column, scale: int) -> Column:
    """Return a figure at a larger scale. Raises NeedsRows when it may not fit."""
    if found.scale == scale:
        return found
    if found.kind == "list" or found.kind not in _NUMERIC:
        return found
    factor = 10 ** (scale - found.scale)
    low, high = found.low * factor, found.high * factor
    text = f"({_wide(found, low, high)} * {number(factor)})"
    return _fitting(replace(found, text=text, low=low, high=high, scale=scale))


def _alike(one: Column, other: Column) -> tuple[Column, Column]:
    """Return two values at one scale; texts, days and lists have none."""
    if one.kind == "list" and other.kind == "list":
        if _item(one).scale != _item(other).scale:
            raise NeedsRows("two lists of figures have different scales")
        return one, other
    scale = max(one.scale, other.scale)
    return _at_scale(one, scale), _at_scale(other, scale)


def _hull(text: str, one: Column, other: Column) -> Column:
    """Return a value that is one or the other, with the bounds of both."""
    if "never" in (one.kind, other.kind):
        one = other if one.kind == "never" else one
    item = one.item
    if item is not None and other.item is not None:
        item = _hull("", item, other.item)
    return Column(
        text,
        one.kind,
        low=min(one.low, other.low),
        high=max(one.high, other.high),
        scale=one.scale,
        longest=max(one.longest, other.longest),
        plain=one.plain and other.plain,
        item=item,
        fields=one.fields,
    )


def _decimal(found: Column) -> Column:
    """Return a percentage as the decimal that it is."""
    return replace(found, kind="dec", scale=RATE_SCALE) if found.kind == "rate" else found


def _product(kind: str, left: Column, right: Column) -> Column:
    """Return a product; scales add up, and a percentage has six decimals."""
    if kind in ("dec", "money"):
        left, right = _decimal(left), _decimal(right)
    ends = [one * other for one in (left.low, left.high) for other in (right.low, right.high)]
    low, high = min(ends), max(ends)
    text = f"({_wide(left, low, high)} * {right.text})"
    return _fitting(_figure(kind, text, low, high, left.scale + right.scale))


def _sum(kind: str, op: str, left: Column, right: Column) -> Column:
    """Return a sum or a difference."""
    low, high = (right.low, right.high) if op == "+" else (-right.high, -right.low)
    low, high = left.low + low, left.high + high
    return _figure(kind, f"({_wide(left, low, high)} {op} {right.text})", low, high, left.scale)


def _span(start: str, end: str) -> str:
    """Return a period of two days."""
    return f"{{'s': CAST({start} AS BIGINT), 'e': CAST({end} AS BIGINT)}}"


def _period(start: str, end: str) -> Column:
    """Return a constant period."""
    return Column(_span(start, end), "period")


def _start(span: str) -> str:
    """Return the first day of a period."""
    return f"struct_extract({span}, 's')"


def _end(span: str) -> str:
    """Return the last day of a period."""
    return f"struct_extract({span}, 'e')"
