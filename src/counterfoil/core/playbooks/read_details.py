"""Reads what a playbook asks for: parameters, lists, details of the form, lines.

Conditions (`required_when`) are kept as nodes here; they are compiled once every name is known.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from counterfoil.core.money import Money
from counterfoil.core.playbooks.model import (
    Ask,
    Field,
    Floor,
    Level,
    Lines,
    OptionList,
    Parameter,
    ParameterType,
    ParameterValue,
    Provenance,
    ValueType,
)
from counterfoil.core.playbooks.nodes import Mapping, Node, Scalar
from counterfoil.core.playbooks.reader import WORD, Reader

PROVENANCE_WORDS = {provenance.word: provenance for provenance in Provenance}
ASKED = (Ask.PARTNER, Ask.REVIEWER)
"""What the system establishes is built in and not declared."""

_BOUNDS_OF = {ValueType.WHOLE_NUMBER: {"min", "max"}, ValueType.TEXT: {"max_length"}}


@dataclass(frozen=True, slots=True)
class Pending:
    """A condition that waits until all names are known, with what it belongs to."""

    owner: str
    node: Node
    path: str
    level: Level


def read_parameters(reader: Reader, node: Node | None) -> tuple[Parameter, ...]:
    """Return the dated numbers of the rules."""
    found = []
    for name, inner in reader.named(node, "parameters", "a parameter"):
        path = f"parameters.{name}"
        keys = reader.mapping(inner, path, required=("type", "values"), optional=("title",))
        type_ = reader.one_of(keys.get("type"), f"{path}.type", ParameterType, "a parameter type")
        title = reader.text(keys["title"], f"{path}.title") if "title" in keys else None
        values = []
        for place, item in reader.items(keys.get("values"), f"{path}.values", at_least=1):
            value = _parameter_value(reader, item, place, type_)
            if value is not None:
                values.append((place, item, value))
        for (_, _, earlier), (place, item, later) in pairwise(values):
            if later.starts_on <= earlier.starts_on:
                reader.problem(
                    item,
                    f"{place}.from",
                    "The values are not in the order of their days.",
                    "Put the earlier day first.",
                )
        currencies = {
            value.value.currency for _, _, value in values if isinstance(value.value, Money)
        }
        if len(currencies) > 1:
            reader.problem(
                inner,
                path,
                f"Two currencies: {', '.join(sorted(currencies))}.",
                "Use one parameter a currency.",
            )
        if type_ is not None:
            found.append(Parameter(name, type_, title, tuple(value for _, _, value in values)))
    return tuple(found)


def _parameter_value(
    reader: Reader, node: Node, path: str, type_: ParameterType | None
) -> ParameterValue | None:
    keys = reader.mapping(node, path, required=("from", "value", "reference"))
    starts_on = reader.day(keys.get("from"), f"{path}.from")
    reference = reader.string(
        keys.get("reference"), f"{path}.reference", "where the value was decided", longest=200
    )
    value: int | Money | None = None
    if type_ is ParameterType.MONEY:
        value = reader.money(keys.get("value"), f"{path}.value")
    elif type_ is ParameterType.RATE:
        value = reader.percent(keys.get("value"), f"{path}.value")
    elif type_ is not None:
        value = reader.whole(keys.get("value"), f"{path}.value", most=10_000_000)
    if starts_on is None or value is None or reference is None:
        return None
    return ParameterValue(starts_on, value, reference)


def read_lists(reader: Reader, node: Node | None) -> tuple[OptionList, ...]:
    """Return the lists of choices; a part of another list is `{of: name, values: [...]}`."""
    found: dict[str, OptionList] = {}
    parts: list[tuple[str, Node]] = []
    for name, inner in reader.named(node, "lists", "a list"):
        if isinstance(inner, Mapping) and inner.get("of") is not None:
            parts.append((name, inner))
            continue
        options = []
        for value, said in reader.named(inner, f"lists.{name}", "a choice"):
            text = reader.text(said, f"lists.{name}.{value}")
            if text is not None:
                options.append((value, text))
        found[name] = OptionList(name, tuple(options))
    for name, inner in parts:
        part = _read_part(reader, inner, name, found)
        if part is not None:
            found[name] = part
    return tuple(found.values())


def _read_part(
    reader: Reader, node: Node, name: str, whole: dict[str, OptionList]
) -> OptionList | None:
    path = f"lists.{name}"
    keys = reader.mapping(node, path, required=("of", "values"))
    of = reader.one_of(keys.get("of"), f"{path}.of", list(whole), "the name of a list")
    values = []
    for place, item in reader.items(keys.get("values"), f"{path}.values", at_least=1):
        known = whole[of].values if of else ()
        value = reader.one_of(item, place, known, f"a choice of {of}") if of else None
        if value is not None:
            values.append(value)
    if of is None:
        return None
    said = dict(whole[of].options)
    return OptionList(name, tuple((value, said[value]) for value in values), part_of=of)


def read_fields(
    reader: Reader,
    node: Node | None,
    path: str,
    level: Level,
    lists: Iterable[OptionList],
    limits: Iterable[str],
) -> tuple[tuple[Field, ...], list[Pending], set[str]]:
    """Return the details, their waiting conditions, and the names that could not be read."""
    fields: list[Field] = []
    pending: list[Pending] = []
    broken: set[str] = set()
    for name, inner in reader.named(node, path, "a detail"):
        field = _field(reader, name, inner, f"{path}.{name}", tuple(lists), tuple(limits))
        if field is None:
            broken.add(name)
            continue
        fields.append(field)
        if isinstance(inner, Mapping) and (condition := inner.get("required_when")) is not None:
            pending.append(Pending(name, condition, f"{path}.{name}.required_when", level))
    return tuple(fields), pending, broken


def _field(
    reader: Reader,
    name: str,
    node: Node,
    path: str,
    lists: tuple[OptionList, ...],
    limits: tuple[str, ...],
) -> Field | None:
    keys = reader.mapping(
        node,
        path,
        required=("type", "ask", "title"),
        optional=(
            "required",
            "required_when",
            "floor",
            "help",
            "options",
            "min",
            "max",
            "max_length",
        ),
    )
    type_ = reader.one_of(keys.get("type"), f"{path}.type", ValueType, "a type of detail")
    ask = reader.one_of(keys.get("ask"), f"{path}.ask", ASKED, "somebody who can be asked")
    title = reader.text(keys.get("title"), f"{path}.title")
    help_ = reader.text(keys["help"], f"{path}.help") if "help" in keys else None
    required = (
        reader.boolean(keys["required"], f"{path}.required") if "required" in keys else False
    )
    if required and "required_when" in keys:
        reader.problem(
            keys["required_when"],
            f"{path}.required_when",
            "Always required already.",
            "Keep one of the two.",
        )
    options = _options(reader, keys, path, type_, lists)
    bounds = _bounds(reader, keys, path, type_)
    if type_ is None or ask is None or title is None:
        return None
    floor = _floor(reader, keys.get("floor"), f"{path}.floor", ask, limits)
    return Field(
        name,
        type_,
        ask,
        bool(required),
        floor,
        title,
        help_,
        options,
        min=bounds.get("min"),
        max=bounds.get("max"),
        max_length=bounds.get("max_length"),
    )


def _options(
    reader: Reader,
    keys: dict[str, Node],
    path: str,
    type_: ValueType | None,
    lists: tuple[OptionList, ...],
) -> str | None:
    node = keys.get("options")
    if type_ is ValueType.CHOICE and node is None:
        place = keys.get("type")
        if place is not None:
            reader.problem(
                place,
                f"{path}.options",
                "A choice needs its list.",
                "Add 'options:' with a name under lists.",
            )
        return None
    if node is None:
        return None
    if type_ is not None and type_ is not ValueType.CHOICE:
        reader.problem(node, f"{path}.options", f"A {type_} has no options.", "Use type: choice.")
        return None
    return reader.one_of(
        node, f"{path}.options", [item.name for item in lists], "the name of a list"
    )


def _bounds(
    reader: Reader, keys: dict[str, Node], path: str, type_: ValueType | None
) -> dict[str, int]:
    found: dict[str, int] = {}
    for name in ("min", "max", "max_length"):
        if name not in keys:
            continue
        if type_ is not None and name not in _BOUNDS_OF.get(type_, ()):
            reader.problem(keys[name], f"{path}.{name}", f"A {type_} has no {name}.", "Remove it.")
            continue
        value = reader.whole(keys[name], f"{path}.{name}")
        if value is not None:
            found[name] = value
    if found.get("min", 0) > found.get("max", 10**15):
        reader.problem(
            keys["min"], f"{path}.min", "The least is above the most.", "Exchange min and max."
        )
    return found


def _floor(
    reader: Reader, node: Node | None, path: str, ask: Ask, limits: tuple[str, ...]
) -> Floor:
    default = {
        Ask.PARTNER: Provenance.PARTNER_DECLARED,
        Ask.REVIEWER: Provenance.HUMAN_VERIFIED,
    }
    if node is None:
        return Floor(default[ask])
    if isinstance(node, Scalar):
        word = reader.one_of(node, path, PROVENANCE_WORDS, "a source")
        return Floor(PROVENANCE_WORDS[word] if word else default[ask])
    keys = reader.mapping(node, path, required=("up_to", "then", "above"))
    up_to = reader.one_of(keys.get("up_to"), f"{path}.up_to", list(limits), "a money parameter")
    then = reader.one_of(keys.get("then"), f"{path}.then", PROVENANCE_WORDS, "a source")
    above = reader.one_of(keys.get("above"), f"{path}.above", PROVENANCE_WORDS, "a source")
    if up_to is None or then is None or above is None:
        return Floor(default[ask])
    if PROVENANCE_WORDS[above] < PROVENANCE_WORDS[then]:
        reader.problem(
            keys["above"],
            f"{path}.above",
            "Less is asked for above the limit than below it.",
            "Exchange them.",
        )
    return Floor(PROVENANCE_WORDS[then], up_to, PROVENANCE_WORDS[above])


def read_lines(
    reader: Reader, node: Node | None, lists: Iterable[OptionList], limits: Iterable[str]
) -> tuple[Lines | None, list[Pending], set[str]]:
    """Return the rows of the submission, their waiting conditions and the fields that could not be
    read.
    """
    if node is None:
        return None, [], set()
    keys = reader.mapping(
        node, "lines", required=("title", "fields"), optional=("from_evidence", "min", "max")
    )
    title = reader.text(keys.get("title"), "lines.title")
    source = None
    if "from_evidence" in keys:
        source = reader.pattern(
            keys["from_evidence"], "lines.from_evidence", WORD, "a name", "Name an evidence."
        )
    least = reader.whole(keys["min"], "lines.min", most=500) if "min" in keys else 1
    most = reader.whole(keys["max"], "lines.max", least=1, most=500) if "max" in keys else 100
    fields, pending, broken = read_fields(
        reader, keys.get("fields"), "lines.fields", Level.LINE, lists, limits
    )
    if title is None:
        return None, pending, broken
    return (
        Lines(title, source, 1 if least is None else least, 100 if most is None else most, fields),
        pending,
        broken,
    )
