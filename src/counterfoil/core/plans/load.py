"""From the text of a plan file to a plan, or to everything that is wrong with it, by place."""

import re
from datetime import date
from typing import TypeVar
from zoneinfo import available_timezones

from counterfoil.core.currencies import EXPONENTS
from counterfoil.core.money import Money
from counterfoil.core.plans.model import (
    FIRST_DAY,
    LAST_DAY,
    SELLER,
    Band,
    BandMode,
    Bounds,
    Component,
    Conversion,
    Example,
    Plan,
    PlanLine,
    RateRow,
    Share,
    Window,
    day_number,
)
from counterfoil.core.playbooks.canonical import canonical_form
from counterfoil.core.playbooks.nodes import Mapping, Node, parse
from counterfoil.core.playbooks.problems import PlaybookInvalid
from counterfoil.core.playbooks.reader import KEY, WORD, Reader
from counterfoil.core.rounding import PPM, Rounding

T = TypeVar("T")
ROUNDINGS = (Rounding.HALF_EVEN, Rounding.HALF_UP, Rounding.DOWN)
REQUIRED = (
    "plan",
    "version",
    "title",
    "currency",
    "zone",
    "rounding",
    "effective",
    "attributes",
    "bounds",
    "components",
    "examples",
)
OPTIONAL = ("population", "splits", "minimum_payout", "hold_days", "conversion")
POPULATION = ("country", "region", "segment", "kind")
"""The details of a partner that a population may name."""
TIMES_MAX = 10 * PPM
YEARS_MAX = 50
_TIMES = re.compile(r"(\d{1,4})(?:\.(\d{1,4}))?%")


def load_plan(text: str, *, file: str) -> Plan:
    """Return the plan that `text` is; `file` is the name used in messages.

    Raises PlaybookInvalid with every problem found, in the order of the file.
    """
    root = parse(text, file=file)
    reader = Reader(file)
    keys = reader.mapping(root, "", required=REQUIRED, optional=OPTIONAL)
    currency = reader.one_of(
        keys.get("currency"), "currency", sorted(EXPONENTS), "a currency code of ISO 4217"
    )
    body = _Body(reader, currency or "")
    effective = reader.mapping(
        keys.get("effective"), "effective", required=("from",), optional=("until",)
    )
    starts = reader.day(effective.get("from"), "effective.from")
    until = reader.day(effective["until"], "effective.until") if "until" in effective else None
    if starts and until and until < starts:
        reader.problem(effective["until"], "effective.until", "The plan ends before it begins.")
    attributes = body.attributes(keys.get("attributes"))
    bounds = body.bounds(keys.get("bounds"))
    components = body.components(keys.get("components"), attributes)
    shares = body.shares(keys.get("splits"))
    minimum = body.amount(keys.get("minimum_payout"), "minimum_payout")
    hold_days = (
        reader.whole(keys["hold_days"], "hold_days", most=730) if "hold_days" in keys else 0
    )
    conversion = body.conversion(keys.get("conversion"))
    examples = body.examples(keys.get("examples"), attributes, shares)
    id_ = reader.pattern(
        keys.get("plan"), "plan", KEY, "a name", "Use lower-case words joined by -."
    )
    version = reader.string(keys.get("version"), "version", "a label such as 2026.1", longest=40)
    title = reader.text(keys.get("title"), "title")
    zone = reader.string(keys.get("zone"), "zone", "a time zone")
    if zone is not None and zone not in available_timezones():
        reader.problem(
            keys["zone"], "zone", f"{zone!r} is no time zone.", "Write one such as Europe/Berlin."
        )
    rounding = reader.one_of(keys.get("rounding"), "rounding", ROUNDINGS, "a rounding mode")
    population = body.lists(keys.get("population"), "population", POPULATION)
    if reader.problems:
        raise PlaybookInvalid(reader.problems)
    return Plan(
        id=_sure(id_),
        version=_sure(version),
        title=_sure(title),
        currency=_sure(currency),
        zone=_sure(zone),
        rounding=_sure(rounding),
        effective_from=_sure(starts),
        effective_until=until,
        population=population,
        attributes=attributes,
        components=components,
        shares=shares,
        minimum_minor=minimum or 0,
        hold_days=_sure(hold_days),
        conversion=conversion,
        bounds=_sure(bounds),
        examples=examples,
        file=file,
        places=reader.places,
        canonical=canonical_form(root, reader.values),
    )


def _sure(value: T | None) -> T:
    """Return a value whose absence would have been recorded as a problem."""
    assert value is not None
    return value


class _Body:
    """Reads the parts of a plan; amounts are in its currency."""

    def __init__(self, reader: Reader, currency: str) -> None:
        self.reader = reader
        self.currency = currency

    def amount(self, node: Node | None, path: str) -> int | None:
        """Return minor units of an amount from zero in the plan's currency."""
        if node is None:
            return None
        money: Money | None = self.reader.money(node, path)
        if money is None:
            return None
        if self.currency and money.currency != self.currency:
            self.reader.problem(
                node,
                path,
                f"The plan counts in {self.currency}, not {money.currency}.",
                f"Write the amount in {self.currency}.",
            )
            return None
        if money.is_negative:
            self.reader.problem(node, path, "The amount is below zero.", "Write it without minus.")
            return None
        return money.minor

    def attributes(self, node: Node | None) -> tuple[str, ...]:
        """Return the names of what lines carry."""
        names: list[str] = []
        for path, item in self.reader.items(node, "attributes"):
            name = self.reader.pattern(
                item, path, WORD, "a name", "Use lower-case letters, digits and _."
            )
            if name in names:
                self.reader.problem(item, path, f"{name!r} stands twice.", "Remove one.")
            elif name is not None:
                names.append(name)
        return tuple(names)

    def bounds(self, node: Node | None) -> Bounds | None:
        """Return what the plan declares about its input."""
        keys = self.reader.mapping(node, "bounds", required=("largest_line", "most_lines"))
        largest = self.amount(keys.get("largest_line"), "bounds.largest_line")
        most = self.reader.whole(keys.get("most_lines"), "bounds.most_lines", least=1, most=10**12)
        if largest == 0:
            self.reader.problem(
                keys["largest_line"], "bounds.largest_line", "Zero leaves room for no line."
            )
        return Bounds(largest, most) if largest is not None and most is not None else None

    def conversion(self, node: Node | None) -> Conversion | None:
        """Return how lines of other currencies count, None where they do not."""
        if node is None:
            return None
        keys = self.reader.mapping(node, "conversion", required=("rates", "years_earlier"))
        source = self.reader.pattern(
            keys.get("rates"), "conversion.rates", KEY, "a source of rates",
            "Write the source of the mapping that brings the rates.",
        )  # fmt: skip
        years = self.reader.whole(
            keys.get("years_earlier"), "conversion.years_earlier", most=YEARS_MAX
        )
        return Conversion(source, years) if source is not None and years is not None else None

    def lists(
        self, node: Node | None, path: str, known: tuple[str, ...]
    ) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return names with the values that are taken for each."""
        found = []
        for key, value in self.reader.pairs(node, path):
            self._known(key, f"{path}.{key.value}", known)
            values = [
                self.reader.string(item, inner, "a value", longest=200)
                for inner, item in self.reader.items(value, f"{path}.{key.value}", at_least=1)
            ]
            found.append((key.value, tuple(sorted({v for v in values if v is not None}))))
        return tuple(sorted(found))

    def _known(self, node: Node, path: str, known: tuple[str, ...]) -> bool:
        name = node.value if hasattr(node, "value") else ""
        if name in known:
            return True
        self.reader.problem(
            node, path, f"There is no {name!r} here.", f"Known here: {', '.join(known) or 'none'}."
        )
        return False

    def components(self, node: Node | None, attributes: tuple[str, ...]) -> tuple[Component, ...]:
        """Return the ways to earn."""
        found: list[Component] = []
        for path, item in self.reader.items(node, "components", at_least=1):
            component = self._component(item, path, attributes)
            if component is None:
                continue
            if component.id in {each.id for each in found}:
                self.reader.problem(item, path, f"{component.id!r} stands twice.", "Rename one.")
            found.append(component)
        return tuple(found)

    def _component(self, node: Node, path: str, attributes: tuple[str, ...]) -> Component | None:
        reader = self.reader
        keys = reader.mapping(
            node,
            path,
            required=("id", "title", "measure"),
            optional=("where", "rates", "bands", "cap", "floor"),
        )
        id_ = reader.pattern(
            keys.get("id"), f"{path}.id", KEY, "a name", "Use lower-case words joined by -."
        )
        title = reader.text(keys.get("title"), f"{path}.title")
        window = reader.one_of(keys.get("measure"), f"{path}.measure", Window, "a window")
        where = self.lists(keys.get("where"), f"{path}.where", attributes)
        rates, otherwise = self._rates(keys.get("rates"), f"{path}.rates", attributes)
        mode, bands = self._bands(keys.get("bands"), f"{path}.bands", has_rates="rates" in keys)
        if "rates" not in keys and "bands" not in keys and isinstance(node, Mapping):
            reader.problem(
                node, path, "There is neither a rate nor a band.", "Add 'rates:' or 'bands:'."
            )
        cap = self.amount(keys.get("cap"), f"{path}.cap")
        floor = self.amount(keys.get("floor"), f"{path}.floor")
        if cap is not None and floor is not None and floor > cap:
            reader.problem(keys["floor"], f"{path}.floor", "The floor is above the cap.")
        if id_ is None or title is None or window is None:
            return None
        return Component(id_, title, where, window, rates, otherwise, mode, bands, cap, floor or 0)

    def _rates(
        self, node: Node | None, path: str, attributes: tuple[str, ...]
    ) -> tuple[tuple[RateRow, ...], int]:
        """Return the table (the first row that fits counts) and the rate of what fits none."""
        if node is None:
            return (), PPM
        keys = self.reader.mapping(node, path, required=("otherwise",), optional=("table",))
        rows = []
        for inner, item in self.reader.items(keys.get("table"), f"{path}.table"):
            cells = self.reader.mapping(
                item, inner, required=("when", "rate"), optional=("from", "until")
            )
            when = []
            for key, value in self.reader.pairs(cells.get("when"), f"{inner}.when"):
                self._known(key, f"{inner}.when.{key.value}", attributes)
                said = self.reader.string(value, f"{inner}.when.{key.value}", longest=200)
                when.append((key.value, said or ""))
            starts, until = self._days(cells, inner)
            rate = self.reader.percent(cells.get("rate"), f"{inner}.rate")
            rows.append(RateRow(tuple(sorted(when)), starts, until, rate or 0))
        return tuple(rows), self.reader.percent(keys.get("otherwise"), f"{path}.otherwise") or 0

    def _days(self, cells: dict[str, Node], path: str) -> tuple[int, int]:
        starts: date | None = None
        until: date | None = None
        if "from" in cells:
            starts = self.reader.day(cells["from"], f"{path}.from")
        if "until" in cells:
            until = self.reader.day(cells["until"], f"{path}.until")
        if starts and until and until < starts:
            self.reader.problem(cells["until"], f"{path}.until", "The rate ends before it begins.")
        return (
            day_number(starts) if starts else FIRST_DAY,
            day_number(until) if until else LAST_DAY,
        )

    def _bands(
        self, node: Node | None, path: str, *, has_rates: bool
    ) -> tuple[BandMode, tuple[Band, ...]]:
        if node is None:
            return BandMode.EACH, (Band(0, PPM),)
        keys = self.reader.mapping(node, path, required=("mode", "steps"))
        mode = self.reader.one_of(keys.get("mode"), f"{path}.mode", BandMode, "a mode of bands")
        word = "times" if has_rates else "rate"
        bands: list[Band] = []
        for inner, item in self.reader.items(keys.get("steps"), f"{path}.steps", at_least=1):
            cells = self.reader.mapping(item, inner, required=("from", word))
            starts = self.amount(cells.get("from"), f"{inner}.from")
            if has_rates:
                ppm = self._times(cells.get("times"), f"{inner}.times")
            else:
                ppm = self.reader.percent(cells.get("rate"), f"{inner}.rate")
            if starts is None or ppm is None:
                continue
            if not bands and starts != 0:
                self.reader.problem(cells["from"], f"{inner}.from", "The first band is from 0.")
            if bands and starts <= bands[-1].from_minor:
                self.reader.problem(
                    cells["from"], f"{inner}.from", "Bands rise.", "Order them by 'from'."
                )
            bands.append(Band(starts, ppm))
        return mode or BandMode.EACH, tuple(bands) or (Band(0, PPM),)

    def _times(self, node: Node | None, path: str) -> int | None:
        scalar = self.reader.scalar(node, path, "a factor in percent")
        if scalar is None:
            return None
        match = _TIMES.fullmatch(scalar.value)
        ppm = int(match[1]) * 10_000 + int((match[2] or "").ljust(4, "0")) if match else None
        if ppm is None or ppm > TIMES_MAX:
            self.reader.problem(
                scalar, path, f"{scalar.value!r} is no factor.", "Write 0% to 1000%, as in 120%."
            )
            return None
        whole, rest = divmod(ppm, 10_000)
        spelled = f"{whole}.{rest:04d}".rstrip("0").rstrip(".") + "%"
        self.reader.values[scalar.line, scalar.column] = spelled
        return ppm

    def shares(self, node: Node | None) -> tuple[Share, ...]:
        """Return the parties in the order that breaks ties; the seller stands first."""
        if node is None:
            return (Share(SELLER, PPM),)
        found: list[Share] = []
        for path, item in self.reader.items(node, "splits", at_least=2):
            cells = self.reader.mapping(item, path, required=("party", "share"))
            party = self.reader.pattern(
                cells.get("party"), f"{path}.party", WORD, "a party", "Use lower-case letters."
            )
            ppm = self.reader.percent(cells.get("share"), f"{path}.share")
            if party in {share.party for share in found}:
                self.reader.problem(cells["party"], f"{path}.party", f"{party!r} stands twice.")
            if party is not None and ppm is not None:
                found.append(Share(party, ppm))
        if found and found[0].party != SELLER:
            self.reader.problem(node, "splits", f"The first party is '{SELLER}', who sold.")
        if found and sum(share.ppm for share in found) != PPM:
            self.reader.problem(node, "splits", "The shares are not 100% together.")
        return tuple(found)

    def examples(
        self, node: Node | None, attributes: tuple[str, ...], shares: tuple[Share, ...]
    ) -> tuple[Example, ...]:
        """Return the examples; a line has a key, a day, an amount, and what it carries."""
        parties = tuple(share.party for share in shares)
        found = []
        for path, item in self.reader.items(node, "examples"):
            cells = self.reader.mapping(item, path, required=("name", "lines", "earned"))
            name = self.reader.string(cells.get("name"), f"{path}.name", longest=200)
            lines = [
                self._line(line, inner, attributes)
                for inner, line in self.reader.items(cells.get("lines"), f"{path}.lines")
            ]
            ids = [line.id for line in lines if line is not None]
            if len(set(ids)) != len(ids):
                self.reader.problem(item, path, "Two lines have the same id.", "Number them.")
            earned = []
            for key, value in self.reader.pairs(cells.get("earned"), f"{path}.earned"):
                self._known(key, f"{path}.earned.{key.value}", parties)
                money = self.reader.money(value, f"{path}.earned.{key.value}")
                if money is not None:
                    earned.append((key.value, money.minor))
                    if self.currency and money.currency != self.currency:
                        self.reader.problem(
                            value, f"{path}.earned", f"The plan counts in {self.currency}."
                        )
            found.append(
                Example(name or "", tuple(line for line in lines if line), tuple(sorted(earned)))
            )
        return tuple(found)

    def _line(self, node: Node, path: str, attributes: tuple[str, ...]) -> PlanLine | None:
        cells = self.reader.mapping(
            node, path, required=("id", "sold", "amount"), optional=("refunds", *attributes)
        )
        id_ = self.reader.whole(cells.get("id"), f"{path}.id", least=1)
        day = self.reader.day(cells.get("sold"), f"{path}.sold")
        minor = self.amount(cells.get("amount"), f"{path}.amount")
        original = (
            self.reader.whole(cells["refunds"], f"{path}.refunds", least=1)
            if "refunds" in cells
            else 0
        )
        values = tuple(
            (self.reader.string(cells[name], f"{path}.{name}") or "") if name in cells else ""
            for name in attributes
        )
        if id_ is None or day is None or minor is None or original is None:
            return None
        return PlanLine(
            id_, 1, day_number(day), minor, values, is_refund=original > 0, original=original
        )
