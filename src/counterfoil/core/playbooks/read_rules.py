"""Reads what a playbook decides by: reason codes, criteria and examples, amount, routing."""

from collections.abc import Iterable

from counterfoil.core.money import Rounding
from counterfoil.core.playbooks.model import (
    Amount,
    Code,
    Criterion,
    Evidence,
    Example,
    ExampleEvidence,
    ExampleValue,
    Expected,
    Expression,
    Failure,
    Level,
    NotKnown,
    Parameter,
    ParameterType,
    PieceForm,
    Provenance,
    Role,
    Route,
    Step,
    StepKind,
)
from counterfoil.core.playbooks.nodes import Mapping, Node
from counterfoil.core.playbooks.read_details import PROVENANCE_WORDS
from counterfoil.core.playbooks.reader import CODE, Reader
from counterfoil.core.playbooks.scope import Scope, Wanted

GROUPS = ("partner", "policy", "duplicate", "vendor")
"""Who bears an adjustment: what the partner can cure, what the rules cap, what was paid before,
what we got wrong.
"""

TAKE_OUT = ("lines_not_passed",)
_CODE_HINT = "Use capitals, digits and _, as in LATE_CLAIM."


def read_codes(reader: Reader, node: Node | None) -> tuple[Code, ...]:
    """Return the reason codes."""
    found = []
    for key, inner in reader.pairs(node, "codes"):
        path = f"codes.{key.value}"
        if not CODE.fullmatch(key.value):
            reader.problem(key, path, f"{key.value!r} is not a reason code.", _CODE_HINT)
            continue
        keys = reader.mapping(inner, path, required=("group", "text"))
        group = reader.one_of(keys.get("group"), f"{path}.group", GROUPS, "a group of codes")
        text = reader.text(keys.get("text"), f"{path}.text")
        if group is not None and text is not None:
            found.append(Code(key.value, group, text))
    return tuple(found)


def read_criteria(
    reader: Reader, node: Node | None, scope: Scope, evidence: tuple[Evidence, ...]
) -> tuple[Criterion, ...]:
    """Return the criteria in the order of the file."""
    found: list[Criterion] = []
    seen: set[str] = set()
    for path, item in reader.items(node, "criteria", at_least=1):
        criterion = _criterion(reader, item, path, scope, evidence)
        if criterion is None:
            continue
        if criterion.id in seen:
            reader.problem(
                item,
                f"{path}.id",
                f"{criterion.id!r} stands twice.",
                "Give each criterion its own id.",
            )
        seen.add(criterion.id)
        found.append(criterion)
    return tuple(found)


def _criterion(
    reader: Reader, node: Node, path: str, scope: Scope, evidence: tuple[Evidence, ...]
) -> Criterion | None:
    keys = reader.mapping(
        node,
        path,
        required=("id", "title", "pass", "fail", "unknown", "examples"),
        optional=("level", "when", "floor"),
    )
    id_ = reader.string(keys.get("id"), f"{path}.id", "an id", longest=40)
    title = reader.text(keys.get("title"), f"{path}.title")
    level: Level | None = Level.SUBMISSION
    if "level" in keys:
        level = reader.one_of(keys["level"], f"{path}.level", Level, "a level")
    at = level or Level.SUBMISSION
    when = scope.compile(reader, keys.get("when"), f"{path}.when", at, Wanted.BOOL)
    passes = scope.compile(reader, keys.get("pass"), f"{path}.pass", at, Wanted.BOOL)
    fail = _failure(reader, keys.get("fail"), f"{path}.fail")
    unknown = _unknown(reader, keys.get("unknown"), f"{path}.unknown")
    floor = (
        reader.one_of(keys["floor"], f"{path}.floor", PROVENANCE_WORDS, "a source")
        if "floor" in keys
        else None
    )
    examples = _examples(reader, keys.get("examples"), f"{path}.examples", at, scope, evidence)
    if at is Level.LINE and not scope.has_lines:
        reader.problem(
            keys["level"],
            f"{path}.level",
            "This playbook has no lines.",
            "Add lines, or remove level.",
        )
    if id_ is None or title is None or passes is None or fail is None or unknown is None:
        return None
    provenance = PROVENANCE_WORDS[floor] if floor else None
    return Criterion(id_, title, at, when, passes, fail, unknown, provenance, examples)


def _failure(reader: Reader, node: Node | None, path: str) -> Failure | None:
    keys = reader.mapping(node, path, required=("code", "curable", "text"))
    code = reader.pattern(keys.get("code"), f"{path}.code", CODE, "a reason code", _CODE_HINT)
    curable = reader.boolean(keys.get("curable"), f"{path}.curable")
    text = reader.text(keys.get("text"), f"{path}.text")
    if code is None or curable is None or text is None:
        return None
    return Failure(code, curable, text)


def _unknown(reader: Reader, node: Node | None, path: str) -> NotKnown | None:
    keys = reader.mapping(node, path, required=("code",), optional=("text",))
    code = reader.pattern(keys.get("code"), f"{path}.code", CODE, "a reason code", _CODE_HINT)
    text = reader.text(keys["text"], f"{path}.text") if "text" in keys else None
    return NotKnown(code, text) if code is not None else None


def _examples(
    reader: Reader,
    node: Node | None,
    path: str,
    level: Level,
    scope: Scope,
    evidence: tuple[Evidence, ...],
) -> tuple[Example, ...]:
    keys = reader.mapping(
        node, path, required=(), optional=[expected.value for expected in Expected]
    )
    found = []
    for expected in Expected:
        for place, item in reader.items(keys.get(expected.value), f"{path}.{expected.value}"):
            example = _example(reader, item, place, expected, level, scope, evidence)
            if example is not None:
                found.append(example)
    return tuple(found)


def _example(
    reader: Reader,
    node: Node,
    path: str,
    expected: Expected,
    level: Level,
    scope: Scope,
    evidence: tuple[Evidence, ...],
) -> Example | None:
    keys = reader.mapping(
        node, path, required=("name",), optional=("facts", "lines", "evidence", "on")
    )
    name = reader.text(keys.get("name"), f"{path}.name")
    facts = _values(reader, keys.get("facts"), f"{path}.facts", level, scope)
    lines = [
        _values(reader, item, place, Level.LINE, scope, prefix="line.")
        for place, item in reader.items(keys.get("lines"), f"{path}.lines")
    ]
    if "lines" in keys and level is Level.LINE:
        reader.problem(
            keys["lines"],
            f"{path}.lines",
            "An example of a line criterion is one line.",
            "Use facts with line.name.",
        )
    if "lines" in keys and not scope.has_lines:
        reader.problem(keys["lines"], f"{path}.lines", "This playbook has no lines.", "Remove it.")
    pieces = [
        piece
        for place, item in reader.items(keys.get("evidence"), f"{path}.evidence")
        if (piece := _example_evidence(reader, item, place, evidence)) is not None
    ]
    on = reader.day(keys["on"], f"{path}.on") if "on" in keys else None
    if name is None:
        return None
    return Example(name, expected, facts, tuple(lines), tuple(pieces), on, path)


def _values(
    reader: Reader, node: Node | None, path: str, level: Level, scope: Scope, *, prefix: str = ""
) -> tuple[tuple[str, ExampleValue], ...]:
    found = []
    for key, inner in reader.pairs(node, path):
        place = f"{path}.{key.value}"
        name = prefix + key.value
        if not scope.known(reader, key, place, name, level):
            continue
        provenance = Provenance.SYSTEM
        value: Node | None = inner
        if isinstance(inner, Mapping):
            keys = reader.mapping(inner, place, required=("value", "provenance"))
            word = reader.one_of(
                keys.get("provenance"), f"{place}.provenance", PROVENANCE_WORDS, "a source"
            )
            provenance = PROVENANCE_WORDS[word] if word else provenance
            value = keys.get("value")
        read = scope.read_value(reader, value, place, name)
        if read is not None:
            found.append((name, ExampleValue(read, provenance)))
    return tuple(found)


def _example_evidence(
    reader: Reader, node: Node, path: str, evidence: tuple[Evidence, ...]
) -> ExampleEvidence | None:
    keys = reader.mapping(node, path, required=("kind",), optional=("piece", "not_qualifying"))
    known = {kind.name: kind for kind in evidence}
    kind = reader.one_of(keys.get("kind"), f"{path}.kind", known, "a kind of proof")
    if kind is None:
        return None
    piece = marked = None
    if "piece" in keys:
        pieces = [item.name for item in known[kind].pieces]
        piece = reader.one_of(keys["piece"], f"{path}.piece", pieces, f"a piece of {kind}")
    if "not_qualifying" in keys:
        kinds = [item.kind for item in known[kind].not_qualifying]
        marked = reader.one_of(
            keys["not_qualifying"], f"{path}.not_qualifying", kinds, f"named for {kind}"
        )
    found = known[kind].piece(piece) if piece is not None else None
    is_link = found is not None and found.form is PieceForm.LINK
    return ExampleEvidence(kind, piece, marked, is_link)


def read_amount(
    reader: Reader, node: Node | None, scope: Scope, parameters: Iterable[Parameter]
) -> Amount | None:
    """Return how the sum comes about; line steps stand before steps on the whole."""
    keys = reader.mapping(node, "amount", required=("rounding", "requested", "steps"))
    rounding = reader.one_of(
        keys.get("rounding"), "amount.rounding", Rounding, "a way of rounding"
    )
    level = Level.LINE if scope.has_lines else Level.SUBMISSION
    requested = scope.compile(
        reader, keys.get("requested"), "amount.requested", level, Wanted.MONEY
    )
    rates = [item.name for item in parameters if item.type is ParameterType.RATE]
    steps: list[Step] = []
    for path, item in reader.items(keys.get("steps"), "amount.steps"):
        step = _step(reader, item, path, scope, rates)
        if step is None:
            continue
        if steps and steps[-1].level is Level.SUBMISSION and step.level is Level.LINE:
            reader.problem(
                item,
                path,
                "A step on the lines stands after a step on the whole sum.",
                "Put the steps on lines first.",
            )
        if step.code in {earlier.code for earlier in steps}:
            reader.problem(
                item,
                f"{path}.code",
                f"The code {step.code} is already a step.",
                "Give each step its own code.",
            )
        steps.append(step)
    if rounding is None or requested is None:
        return None
    return Amount(rounding, level, requested, tuple(steps))


def _step(reader: Reader, node: Node, path: str, scope: Scope, rates: list[str]) -> Step | None:
    kinds = [kind.value for kind in StepKind]
    keys = reader.mapping(
        node, path, required=("code", "title"), optional=(*kinds, "when", "agreed")
    )
    code = reader.pattern(keys.get("code"), f"{path}.code", CODE, "a reason code", _CODE_HINT)
    title = reader.text(keys.get("title"), f"{path}.title")
    agreed = reader.boolean(keys["agreed"], f"{path}.agreed") if "agreed" in keys else False
    named = [kind for kind in StepKind if kind.value in keys]
    if len(named) != 1:
        reader.problem(
            node, path, "A step does one thing.", f"Give exactly one of {', '.join(kinds)}."
        )
        return None
    kind = named[0]
    place, inner = f"{path}.{kind.value}", keys[kind.value]
    amount: Expression | None = None
    rate: str | None = None
    level = Level.SUBMISSION
    if kind is StepKind.KEEP:
        rate = reader.one_of(inner, place, rates, "a rate parameter")
    elif kind is StepKind.TAKE_OUT:
        reader.one_of(inner, place, TAKE_OUT, "something to take out")
        level = Level.LINE
        if not scope.has_lines:
            reader.problem(inner, place, "This playbook has no lines.", "Remove the step.")
    else:
        level = scope.level_of(inner)
        amount = scope.compile(reader, inner, place, level, Wanted.MONEY)
    when = scope.compile(reader, keys.get("when"), f"{path}.when", level, Wanted.BOOL)
    if kind in (StepKind.KEEP, StepKind.TAKE_OUT) and "when" in keys:
        reader.problem(
            keys["when"], f"{path}.when", f"A step with {kind} has no condition.", "Remove when."
        )
    incomplete = (kind is StepKind.KEEP and rate is None) or (
        kind in (StepKind.LESS, StepKind.AT_MOST) and amount is None
    )
    if code is None or title is None or incomplete:
        return None
    return Step(code, kind, level, title, amount, when, rate, bool(agreed))


def read_routing(reader: Reader, node: Node | None, scope: Scope) -> tuple[Route, ...]:
    """Return the rows in order; the last and only the last is `otherwise`."""
    keys = reader.mapping(node, "routing", required=("rows",))
    items = reader.items(keys.get("rows"), "routing.rows", at_least=1)
    rows: list[Route] = []
    for index, (path, item) in enumerate(items):
        row = _route(reader, item, path, scope)
        is_otherwise = isinstance(item, Mapping) and item.get("otherwise") is not None
        if is_otherwise and index < len(items) - 1:
            reader.problem(
                item, path, "No row after otherwise is ever reached.", "Put otherwise last."
            )
        if not is_otherwise and index == len(items) - 1:
            reader.problem(
                item,
                path,
                "The rows end in a condition, so a case can fall through.",
                "End with {otherwise: true, ...}.",
            )
        if row is not None:
            rows.append(row)
    return tuple(rows)


def _route(reader: Reader, node: Node, path: str, scope: Scope) -> Route | None:
    keys = reader.mapping(
        node, path, required=(), optional=("when", "otherwise", "approvers_in_turn", "decide")
    )
    if len({"when", "otherwise"} & set(keys)) != 1:
        reader.problem(node, path, "A row has either when or otherwise.", "Give one of the two.")
        return None
    if len({"approvers_in_turn", "decide"} & set(keys)) != 1:
        reader.problem(
            node,
            path,
            "A row either names approvers or decides.",
            "Give approvers_in_turn or decide.",
        )
        return None
    if "otherwise" in keys:
        value = keys["otherwise"]
        if reader.boolean(value, f"{path}.otherwise") is False:
            reader.problem(
                value, f"{path}.otherwise", "Otherwise is always true.", "Write otherwise: true."
            )
        if "decide" in keys:
            reader.problem(
                keys["decide"],
                f"{path}.decide",
                "The last row may not decide without a person.",
                "Name approvers_in_turn.",
            )
    when = scope.compile(
        reader, keys.get("when"), f"{path}.when", Level.SUBMISSION, Wanted.BOOL, routing=True
    )
    if "decide" in keys:
        reader.one_of(
            keys["decide"],
            f"{path}.decide",
            ["approved_automatically"],
            "a decision of the system",
        )
        return Route(when, (), automatic=True) if when is not None else None
    roles: list[Role] = []
    for place, item in reader.items(
        keys.get("approvers_in_turn"), f"{path}.approvers_in_turn", at_least=1
    ):
        role = reader.one_of(item, place, Role, "a role")
        if role in (Role.PARTNER_ADMIN, Role.PARTNER_MEMBER, Role.AUDITOR, Role.LEADERSHIP):
            reader.problem(
                item, place, f"A {role} does not approve.", "Name a role of operations or Finance."
            )
        elif role is not None:
            roles.append(role)
    if "when" in keys and when is None:
        return None
    return Route(when, tuple(roles), automatic=False)
