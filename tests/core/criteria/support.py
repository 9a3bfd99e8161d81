"""The schema, the facts and the random programs that the tests of the language share."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import strategies as st

from counterfoil.core.criteria import (
    BOOL,
    DATE,
    DAYS,
    DEC,
    INT,
    MONEY,
    PERIOD,
    RATE,
    STR,
    Context,
    MappingFacts,
    Missing,
    Period,
    Program,
    Reason,
    Schema,
    choice,
    compile_expression,
    list_of,
    record,
)
from counterfoil.core.criteria.tree import (
    Binary,
    Call,
    Conditional,
    Each,
    Has,
    ListOf,
    Literal,
    Logic,
    Name,
    Node,
    Unary,
)
from counterfoil.core.money import Money, Rate

ACTIVITIES = ("event", "digital_ads", "telemarketing")
LINE = record(
    "line",
    {
        "supplied": PERIOD,
        "category": choice(("booth", "deposit", "travel")),
        "date": DATE,
        "net": MONEY,
        "tax": MONEY,
        "other_funding": MONEY,
        "internal_cost": BOOL,
        "quantity": INT,
    },
)
FACTS = {
    "request.approved_on": DATE,
    "request.period": PERIOD,
    "activity_start": DATE,
    "activity_end": DATE,
    "submitted_on": DATE,
    "claim_window": DAYS,
    "deposit_lead": DAYS,
    "reimbursement": RATE,
    "score": DEC,
    "leads": INT,
    "payable": MONEY,
    "auto_limit": MONEY,
    "partner.region": STR,
    "logo_visible": BOOL,
    "duplicate_invoice": BOOL,
    "sampled": BOOL,
    "activity": choice(ACTIVITIES),
    "branded_activities": list_of(choice(ACTIVITIES)),
    "outcome": choice(("qualified", "not_qualified")),
    "lines": list_of(LINE),
}
CASE = Schema(FACTS, rows={"line": "lines"})
LINE_SCHEMA = Schema({**FACTS, "line": LINE}, rows={"line": "lines"})

RATES = {("EUR", "USD"): Rate("EUR", "USD", 10_834, 4, "ecb_daily", date(2026, 2, 9))}


def add_weekdays(on: date, n: int) -> date:
    """This will return the n-th Monday-to-Friday day after a day."""
    step = timedelta(days=1 if n >= 0 else -1)
    while n:
        on += step
        if on.weekday() < 5:
            n -= 1 if n > 0 else -1
    return on


CONTEXT = Context(
    add_business_days=add_weekdays,
    exchange_rate=lambda one, other: RATES.get((one, other)),
    currency="EUR",
)


def compiled(source: str, schema: Schema = CASE, **more: Any) -> Program:
    """This will return the program of an expression over the shared schema."""
    return compile_expression(source, schema=schema, **more)


def given(context: Context = CONTEXT, /, **facts: Any) -> MappingFacts:
    """This will return facts; a double underscore in a keyword stands for the point of a name."""
    return MappingFacts({name.replace("__", "."): value for name, value in facts.items()}, context)


def eur(minor: int) -> Money:
    """This will return cents of a euro."""
    return Money(minor, "EUR")


# Random programs: a seed makes one, plainly and fast; Hypothesis draws the seed.

_KINDS = ("bool", "int", "dec", "money", "days", "rate", "date", "period", "str")
_ORDERED = ("int", "dec", "money", "days", "rate", "date", "str")
_NAMES = {kind: [name for name, each in FACTS.items() if each.kind == kind] for kind in _KINDS}
_FIELDS = {kind: [name for name, each in LINE.fields if each.kind == kind] for kind in _KINDS}
_TEXTS = ("", "EMEA", "booth", 'say "hi"\n', "é´ü")


def _day(random: Random) -> date:
    return date(2026, 1, 1) + timedelta(days=random.randrange(90))


def random_value(random: Random, kind: str) -> Any:
    """This will return a value of a scalar kind."""
    match kind:
        case "bool":
            return random.random() < 0.5
        case "int":
            return random.randint(-5, 5)
        case "dec":
            return Decimal(random.randint(-300, 300)).scaleb(-2)
        case "money":
            return Money(random.randint(-300, 300), random.choice(("EUR", "EUR", "USD")))
        case "days":
            return random.randint(-40, 40)
        case "rate":
            return random.randint(-1_500_000, 1_500_000)
        case "date":
            return _day(random)
        case "period":
            start = _day(random)
            return Period(start, start + timedelta(days=random.randrange(40)))
    return random.choice(_TEXTS)


def random_program(seed: int, *, kind: str = "bool", with_has: bool = False) -> Node:
    """This will return the tree of a well-typed expression, the same for a seed."""
    random = Random(seed)
    return _Maker(random, with_has).node(kind, random.randint(1, 4), ())


class _Maker:
    """One random tree."""

    def __init__(self, random: Random, with_has: bool) -> None:
        self.random, self.with_has = random, with_has

    def node(self, kind: str, depth: int, bound: tuple[str, ...]) -> Node:
        if depth <= 0 or self.random.random() < 0.15:
            return self.leaf(kind, bound)
        made: Node = getattr(self, f"make_{kind}")(depth - 1, bound)
        return made

    def leaf(self, kind: str, bound: tuple[str, ...]) -> Node:
        fields = [f"{word}.{name}" for word in bound for name in _FIELDS[kind]]
        if self.with_has and kind == "bool" and self.random.random() < 0.3:
            return Has(self.random.choice([*FACTS]))
        if fields and self.random.random() < 0.6:
            return Name(self.random.choice(fields))
        if _NAMES[kind] and self.random.random() < 0.7:
            return Name(self.random.choice(_NAMES[kind]))
        return Literal(kind, random_value(self.random, kind))

    def pair(self, ops: str, left: str, right: str, *more: Any) -> Node:
        op = self.random.choice(ops.split())
        return Binary(op, self.node(left, *more), self.node(right, *more))

    def some(self, kind: str, *more: Any) -> tuple[Node, ...]:
        return tuple(self.node(kind, *more) for _ in range(self.random.randint(2, 3)))

    def choose(self, kind: str, *more: Any) -> Node:
        return Conditional(
            self.node("bool", *more), self.node(kind, *more), self.node(kind, *more)
        )

    def make_bool(self, depth: int, bound: tuple[str, ...]) -> Node:
        more, kind = (depth, bound), self.random.choice(_ORDERED)
        match self.random.randrange(10 if len(bound) < 2 else 8):
            case 0 | 1:
                return Logic(self.random.choice(("&&", "||")), self.some("bool", *more))
            case 2:
                return Unary("!", self.node("bool", *more))
            case 3:
                return self.pair("< <= > >= == !=", kind, kind, *more)
            case 4:
                return Binary("in", self.node(kind, *more), ListOf(self.some(kind, *more)))
            case 5:
                return self.pair("in", "date", "period", *more)
            case 6:
                kinds = ("period", "date", "date")
                return Call("overlaps", tuple(self.node(each, *more) for each in kinds))
            case 7:
                if self.random.random() < 0.5:
                    return self.choose("bool", *more)
                function = self.random.choice(("contains", "startsWith", "endsWith"))
                return Call(function, (self.node("str", *more), self.node("str", *more)))
        return self.each(self.random.choice(("all", "exists", "exists_one")), "bool", *more)

    def each(self, macro: str, kind: str, depth: int, bound: tuple[str, ...]) -> Node:
        word = "lm"[len(bound)]
        source: Node = Name("lines")
        if macro == "map" and self.random.random() < 0.5:
            source = self.each("filter", "bool", depth, bound)
        return Each(macro, source, word, self.node(kind, depth, (*bound, word)))

    def rows(self, kind: str, depth: int, bound: tuple[str, ...]) -> Node:
        if len(bound) >= 2:
            return Name(f"lines.{self.random.choice(_FIELDS[kind])}")
        return self.each("map", kind, depth, bound)

    def amount(self, kind: str, *more: Any) -> Node:
        match self.random.randrange(5 if kind in ("int", "money") else 4):
            case 0:
                return self.pair("+ -", kind, kind, *more)
            case 1:
                return Unary("-", self.node(kind, *more))
            case 2:
                return Call(self.random.choice(("min", "max")), self.some(kind, *more))
            case 3:
                return self.choose(kind, *more)
        return Call("sum", (self.rows(kind, *more),))

    def make_int(self, *more: Any) -> Node:
        match self.random.randrange(4):
            case 0:
                return self.pair("*", "int", "int", *more)
            case 1:
                return Call("size", (self.node("str", *more),))
            case 2:
                return Call("count", (self.rows("bool", *more),))
        return self.amount("int", *more)

    def make_dec(self, *more: Any) -> Node:
        if self.random.random() < 0.3:
            return self.pair("*", "dec", "rate", *more)
        return self.amount("dec", *more)

    def make_money(self, *more: Any) -> Node:
        factor = self.random.choice(("int", "rate", "dec"))
        if self.random.random() < 0.3:
            return self.pair(
                "*", *self.random.choice((("money", factor), (factor, "money"))), *more
            )
        return self.amount("money", *more)

    def make_days(self, *more: Any) -> Node:
        match self.random.randrange(3):
            case 0:
                return self.pair("-", "date", "date", *more)
            case 1:
                return self.pair("*", "int", "days", *more)
        return self.amount("days", *more)

    def make_rate(self, *more: Any) -> Node:
        return self.amount("rate", *more)

    def make_date(self, *more: Any) -> Node:
        match self.random.randrange(3):
            case 0:
                return self.pair("+ -", "date", "days", *more)
            case 1:
                count = Literal("int", self.random.randint(-9, 9))
                return Call("business_days", (self.node("date", *more), count))
        return self.choose("date", *more)

    def make_period(self, *more: Any) -> Node:
        return Call("period", (self.node("date", *more), self.node("date", *more)))

    def make_str(self, *more: Any) -> Node:
        if self.random.random() < 0.5:
            return self.pair("+", "str", "str", *more)
        return Call("lower", (self.node("str", *more),))


def random_facts(seed: int) -> dict[str, Any]:
    """This will return a value for every fact; fields of lines have gaps."""
    random = Random(seed)
    found: dict[str, Any] = {}
    for name, each in FACTS.items():
        if name == "lines":
            found[name] = [_random_line(random) for _ in range(random.randrange(4))]
        elif each.kind == "list":
            found[name] = ["event"]
        else:
            found[name] = (
                random.choice(each.options) if each.options else random_value(random, each.kind)
            )
    return found


def _random_line(random: Random) -> dict[str, Any]:
    return {
        name: random.choice(each.options) if each.options else random_value(random, each.kind)
        for name, each in LINE.fields
        if random.random() < 0.8
    }


def with_gaps(facts: dict[str, Any], seed: int) -> dict[str, Any]:
    """This will return the facts with some missing and some below their floor."""
    random = Random(seed)
    found = dict(facts)
    for name in facts:
        state = random.randrange(6)
        if state == 0:
            del found[name]
        elif state == 1:
            found[name] = Missing(name, Reason.BELOW_FLOOR, "extracted; human_verified is needed")
    return found


SEEDS = st.integers(0, 2**32)
programs = SEEDS.map(random_program)
programs_with_has = SEEDS.map(lambda seed: random_program(seed, with_has=True))
complete_facts = SEEDS.map(random_facts)
some_facts = SEEDS.map(lambda seed: with_gaps(random_facts(seed), seed))
