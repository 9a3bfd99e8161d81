"""Reads what a playbook takes as proof: kinds of evidence, their named pieces, what does not
count.
"""

from collections.abc import Iterable
from dataclasses import replace

from counterfoil.core.playbooks.model import (
    Evidence,
    Field,
    Level,
    NotQualifying,
    OptionList,
    Piece,
    PieceForm,
    ValueType,
)
from counterfoil.core.playbooks.nodes import Mapping, Node
from counterfoil.core.playbooks.read_details import Pending
from counterfoil.core.playbooks.reader import CODE, WORD, Reader, did_you_mean

MEDIA = ("pdf", "image", "e-invoice", "mail", "office", "link")
PROVES = ("cost", "activity", "metric")


def read_evidence(
    reader: Reader,
    node: Node | None,
    facts: Iterable[Field],
    lists: Iterable[OptionList],
    *,
    has_lines: bool,
) -> tuple[tuple[Evidence, ...], list[Pending], set[str]]:
    """Return the kinds of proof, their waiting conditions and the names that could not be read."""
    found: list[Evidence] = []
    pending: list[Pending] = []
    broken: set[str] = set()
    by_name = {field.name: field for field in facts}
    options = {item.name: item for item in lists}
    for name, inner in reader.named(node, "evidence", "a kind of proof"):
        path = f"evidence.{name}"
        kind = _one_evidence(reader, name, inner, path, by_name, options)
        if kind is None:
            broken.add(name)
            continue
        if kind.level is Level.LINE and not has_lines:
            reader.problem(
                inner,
                f"{path}.for_each",
                "This playbook has no lines.",
                "Add lines, or remove for_each.",
            )
        found.append(kind)
        if isinstance(inner, Mapping) and (condition := inner.get("required_when")) is not None:
            pending.append(Pending(name, condition, f"{path}.required_when", kind.level))
    return tuple(found), pending, broken


def _one_evidence(
    reader: Reader,
    name: str,
    node: Node,
    path: str,
    facts: dict[str, Field],
    lists: dict[str, OptionList],
) -> Evidence | None:
    keys = reader.mapping(
        node,
        path,
        required=("title", "proves", "accepts"),
        optional=(
            "help",
            "min",
            "max",
            "for_each",
            "required_when",
            "by",
            "pieces",
            "per_choice",
            "not_qualifying",
        ),
    )
    title = reader.text(keys.get("title"), f"{path}.title")
    proves = reader.one_of(keys.get("proves"), f"{path}.proves", PROVES, "something to prove")
    accepts = []
    for place, item in reader.items(keys.get("accepts"), f"{path}.accepts", at_least=1):
        media = reader.one_of(item, place, MEDIA, "a kind of file")
        if media is not None:
            accepts.append(media)
    help_ = reader.text(keys["help"], f"{path}.help") if "help" in keys else None
    each = (
        reader.one_of(keys["for_each"], f"{path}.for_each", [Level.LINE], "line")
        if "for_each" in keys
        else None
    )
    least = reader.whole(keys["min"], f"{path}.min", most=200) if "min" in keys else None
    most = reader.whole(keys["max"], f"{path}.max", least=1, most=200) if "max" in keys else 50
    together = {"by", "pieces", "per_choice"}
    if together & set(keys) and not together <= set(keys):
        missing = sorted(together - set(keys))
        reader.problem(
            node,
            path,
            f"Named pieces also need {' and '.join(missing)}.",
            "Add by, pieces and per_choice.",
        )
    if least is not None and "by" in keys:
        reader.problem(keys["min"], f"{path}.min", "Named pieces are not counted.", "Remove min.")
    pieces = _pieces(reader, keys.get("pieces"), f"{path}.pieces", facts)
    by, per_choice = _per_choice(reader, keys, path, pieces, facts, lists)
    if title is None or proves is None:
        return None
    evidence = Evidence(
        name,
        title,
        proves,
        tuple(accepts),
        (0 if by else 1) if least is None else least,
        most or 50,
        Level.LINE if each else Level.SUBMISSION,
        help_,
        None,
        by,
        pieces,
        per_choice,
    )
    return replace(
        evidence,
        not_qualifying=_not_qualifying(
            reader, keys.get("not_qualifying"), f"{path}.not_qualifying"
        ),
    )


def _pieces(
    reader: Reader, node: Node | None, path: str, facts: dict[str, Field]
) -> tuple[Piece, ...]:
    found = []
    for name, inner in reader.named(node, path, "a piece"):
        keys = reader.mapping(
            inner, f"{path}.{name}", required=("as", "title"), optional=("help", "fact")
        )
        form = reader.one_of(keys.get("as"), f"{path}.{name}.as", PieceForm, "a form of proof")
        title = reader.text(keys.get("title"), f"{path}.{name}.title")
        help_ = reader.text(keys["help"], f"{path}.{name}.help") if "help" in keys else None
        fact = (
            reader.one_of(keys["fact"], f"{path}.{name}.fact", list(facts), "a detail")
            if "fact" in keys
            else None
        )
        if form is PieceForm.FACT and "fact" not in keys:
            reader.problem(
                inner,
                f"{path}.{name}",
                "It is not said which detail this is.",
                "Add 'fact: name'.",
            )
        if form is not None and form is not PieceForm.FACT and "fact" in keys:
            reader.problem(
                keys["fact"],
                f"{path}.{name}.fact",
                f"A {form} is no detail.",
                "Use as: fact, or remove it.",
            )
        if form is not None and title is not None:
            found.append(Piece(name, form, title, help_, fact))
    return tuple(found)


def _per_choice(
    reader: Reader,
    keys: dict[str, Node],
    path: str,
    pieces: tuple[Piece, ...],
    facts: dict[str, Field],
    lists: dict[str, OptionList],
) -> tuple[str | None, tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]]:
    choices = [field.name for field in facts.values() if field.type is ValueType.CHOICE]
    by = reader.one_of(keys.get("by"), f"{path}.by", choices, "a detail with choices")
    options = lists.get(facts[by].options or "") if by else None
    known = [piece.name for piece in pieces]
    rows = []
    for choice, inner in reader.named(keys.get("per_choice"), f"{path}.per_choice", "a choice"):
        place = f"{path}.per_choice.{choice}"
        if options is not None and choice not in options.values:
            reader.problem(
                inner,
                place,
                f"{choice!r} is not in {options.name}.",
                did_you_mean(choice, options.values),
            )
        rows.append((choice, _needed(reader, inner, place, known)))
    if options is not None and "per_choice" in keys:
        for missing in sorted(set(options.values) - {choice for choice, _ in rows}):
            reader.problem(
                keys["per_choice"],
                f"{path}.per_choice.{missing}",
                f"No proof is named for {missing!r}.",
                "Add its pieces.",
            )
    return by, tuple(rows)


def _needed(
    reader: Reader, node: Node, path: str, known: list[str]
) -> tuple[tuple[str, ...], ...]:
    rows: list[tuple[str, ...]] = []
    for place, item in reader.items(node, path, at_least=1):
        if isinstance(item, Mapping):
            keys = reader.mapping(item, place, required=("any_of",))
            names = [
                reader.one_of(inner, at, known, "a piece")
                for at, inner in reader.items(keys.get("any_of"), f"{place}.any_of", at_least=2)
            ]
            rows.append(tuple(name for name in names if name is not None))
        else:
            name = reader.one_of(item, place, known, "a piece")
            if name is not None:
                rows.append((name,))
    return tuple(row for row in rows if row)


def _not_qualifying(reader: Reader, node: Node | None, path: str) -> tuple[NotQualifying, ...]:
    found: list[NotQualifying] = []
    for place, item in reader.items(node, path):
        keys = reader.mapping(item, place, required=("kind", "code", "text"))
        kind = reader.pattern(
            keys.get("kind"), f"{place}.kind", WORD, "a name", "Use lower-case words joined by _."
        )
        code = reader.pattern(
            keys.get("code"),
            f"{place}.code",
            CODE,
            "a reason code",
            "Use capitals, as in LATE_CLAIM.",
        )
        text = reader.text(keys.get("text"), f"{place}.text")
        if kind in {entry.kind for entry in found}:
            reader.problem(
                item,
                f"{place}.kind",
                f"{kind!r} is already in the list.",
                "Remove one of the two.",
            )
        if kind is not None and code is not None and text is not None:
            found.append(NotQualifying(kind, code, text))
    return tuple(found)
