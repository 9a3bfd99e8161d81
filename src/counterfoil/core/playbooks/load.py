"""From the text of a file to a playbook, or to everything that is wrong with it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from counterfoil.core.criteria.types import RESERVED as RESERVED_WORDS
from counterfoil.core.playbooks import builtins
from counterfoil.core.playbooks.canonical import canonical_form
from counterfoil.core.playbooks.model import (
    Evidence,
    Expression,
    Field,
    Kind,
    Level,
    Lines,
    OptionList,
    Parameter,
    ParameterType,
    Playbook,
    Role,
    Text,
)
from counterfoil.core.playbooks.nodes import Mapping, Node, parse
from counterfoil.core.playbooks.problems import PlaybookInvalid
from counterfoil.core.playbooks.read_details import (
    Pending,
    read_fields,
    read_lines,
    read_lists,
    read_parameters,
)
from counterfoil.core.playbooks.read_evidence import read_evidence
from counterfoil.core.playbooks.read_rules import (
    read_amount,
    read_codes,
    read_criteria,
    read_routing,
)
from counterfoil.core.playbooks.read_time import (
    read_appeal,
    read_notices,
    read_resubmission,
    read_review,
    read_sla,
    read_texts,
)
from counterfoil.core.playbooks.reader import KEY, LANGUAGE, Reader
from counterfoil.core.playbooks.scope import Scope, Wanted, build_scope

T = TypeVar("T")
Conditional = TypeVar("Conditional", Field, Evidence)

REQUIRED = (
    "playbook",
    "version",
    "languages",
    "title",
    "kind",
    "owner",
    "design_owner",
    "effective",
    "parameters",
    "lists",
    "facts",
    "evidence",
    "criteria",
    "codes",
    "amount",
    "routing",
    "sla",
    "resubmission",
    "notices",
    "texts",
)
OPTIONAL = ("of", "sign_off", "terms_pinned_by", "claim_by", "lines", "appeal", "review")

_CREDITED = ("received", "returned", "approved", "not_approved")
_PROMISED = (*_CREDITED[:3], "reduced", "not_approved")
NOTICES_OF = {
    kind: (*_PROMISED, "paid") if kind.pays else _CREDITED if kind.is_credit else _PROMISED
    for kind in Kind
}
"""The moments at which the partner is written to, by kind of playbook."""


def load_playbook(text: str, *, file: str) -> Playbook:
    """Return the playbook that `text` is; `file` is the name used in messages.

    Raises PlaybookInvalid with every problem found. A key that is not executed is refused, never
    ignored.
    """
    root = parse(text, file=file)
    reader = Reader(file)
    keys = reader.mapping(root, "", required=REQUIRED, optional=OPTIONAL)
    head = _head(reader, keys)
    kind = head.kind or Kind.FUND_CLAIM

    parameters = read_parameters(reader, keys.get("parameters"))
    limits = [item.name for item in parameters if item.type is ParameterType.MONEY]
    lists = read_lists(reader, keys.get("lists"))
    facts, waiting, broken = read_fields(
        reader, keys.get("facts"), "facts", Level.SUBMISSION, lists, limits
    )
    lines, line_waiting, line_broken = read_lines(reader, keys.get("lines"), lists, limits)
    evidence, evidence_waiting, evidence_broken = read_evidence(
        reader, keys.get("evidence"), facts, lists, has_lines=lines is not None
    )
    _check_names(reader, keys, kind, parameters, lists, facts, lines, evidence)
    unread = frozenset(
        broken
        | line_broken
        | evidence_broken
        | _unread(keys, "parameters", parameters)
        | _unread(keys, "lists", lists)
    )
    scope = _scope(reader, kind, parameters, lists, facts, lines, evidence, unread)
    facts = _conditions(reader, scope, facts, waiting)
    if lines is not None:
        lines = replace(lines, fields=_conditions(reader, scope, lines.fields, line_waiting))
    evidence = _conditions(reader, scope, evidence, evidence_waiting)

    claim_by = _claim_by(reader, keys, kind, scope)
    criteria = read_criteria(reader, keys.get("criteria"), scope, evidence)
    codes = read_codes(reader, keys.get("codes"))
    amount = read_amount(reader, keys.get("amount"), scope, parameters)
    routing = read_routing(reader, keys.get("routing"), scope)
    if kind is Kind.INFLUENCE_POP and any(row.automatic for row in routing):
        reader.problem(
            keys["routing"],
            "routing",
            "Influence is never approved without a person.",
            "Name approvers_in_turn in place of decide: approved_automatically.",
        )
    sla = read_sla(reader, keys.get("sla"))
    resubmission = read_resubmission(reader, keys.get("resubmission"))
    appeal = read_appeal(reader, keys.get("appeal"))
    review = read_review(reader, keys.get("review"), routing)
    notices = read_notices(reader, keys.get("notices"), NOTICES_OF[kind])
    texts = read_texts(reader, keys.get("texts"))

    if reader.problems:
        raise PlaybookInvalid(reader.problems)
    return Playbook(
        id=_sure(head.id),
        version=_sure(head.version),
        languages=head.languages,
        title=_sure(head.title),
        kind=kind,
        of=head.of,
        owner=_sure(head.owner),
        design_owner=_sure(head.design_owner),
        sign_off=head.sign_off,
        effective_from=_sure(head.effective_from),
        terms_pinned_by=head.terms_pinned_by or "submitted_on",
        claim_by=claim_by,
        parameters=parameters,
        lists=lists,
        facts=facts,
        lines=lines,
        evidence=evidence,
        criteria=criteria,
        codes=codes,
        amount=_sure(amount),
        routing=routing,
        sla=_sure(sla),
        resubmission=_sure(resubmission),
        appeal=appeal,
        review=_sure(review),
        notices=notices,
        texts=texts,
        file=file,
        places=reader.places,
        said=reader.said,
        canonical=canonical_form(root, reader.values),
    )


def _sure(value: T | None) -> T:
    """Return a value whose absence would have been recorded as a problem."""
    assert value is not None
    return value


def _claim_by(
    reader: Reader, keys: dict[str, Node], kind: Kind, scope: Scope
) -> Expression | None:
    """Return the expression of the last day on which a claim comes in time."""
    if "claim_by" not in keys:
        return None
    if kind.of is None:
        reader.problem(
            keys["claim_by"],
            "claim_by",
            "Only a claim on a request has a last day.",
            "Leave it out, or write it in the playbook of the claim.",
        )
        return None
    return scope.compile(reader, keys["claim_by"], "claim_by", Level.SUBMISSION, Wanted.DATE)


@dataclass(frozen=True, slots=True)
class _Head:
    """The first keys of the file, each None where it could not be read."""

    id: str | None
    version: str | None
    languages: tuple[str, ...]
    title: Text | None
    kind: Kind | None
    of: Kind | None
    owner: Role | None
    design_owner: Role | None
    sign_off: tuple[Role, ...]
    effective_from: date | None
    terms_pinned_by: str | None


def _head(reader: Reader, keys: dict[str, Node]) -> _Head:
    kind = reader.one_of(keys.get("kind"), "kind", Kind, "a kind of playbook")
    of = reader.one_of(keys["of"], "of", Kind, "a kind of playbook") if "of" in keys else None
    if kind is not None and kind.of is not None and of is not kind.of:
        place = keys.get("of", keys["kind"])
        one, other = _said(kind), _said(kind.of)
        reader.problem(
            place, "of", f"{one} draws on {other[0].lower()}{other[1:]}.", f"Write of: {kind.of}."
        )
    if kind is not None and kind.of is None and "of" in keys:
        reader.problem(keys["of"], "of", f"{_said(kind)} draws on nothing.", "Remove of.")
    languages: list[str] = []
    for path, item in reader.items(keys.get("languages"), "languages", at_least=1):
        language = reader.pattern(
            item, path, LANGUAGE, "a language", "Use a code such as en or de."
        )
        if language in languages:
            reader.problem(item, path, f"{language!r} stands twice.", "Remove one of the two.")
        elif language is not None:
            languages.append(language)
    effective = reader.mapping(keys.get("effective"), "effective", required=("from",))
    pins = (
        ("submitted_on", "request.approved_on")
        if kind is not None and kind.of is not None
        else ("submitted_on",)
    )
    return _Head(
        id=reader.pattern(
            keys.get("playbook"), "playbook", KEY, "a name", "Use lower-case words joined by -."
        ),
        version=reader.string(
            keys.get("version"), "version", "a label such as 2026.1", longest=40
        ),
        languages=tuple(languages),
        title=reader.text(keys.get("title"), "title"),
        kind=kind,
        of=of,
        owner=reader.one_of(keys.get("owner"), "owner", Role, "a role"),
        design_owner=reader.one_of(keys.get("design_owner"), "design_owner", Role, "a role"),
        sign_off=_sign_off(reader, keys),
        effective_from=reader.day(effective.get("from"), "effective.from"),
        terms_pinned_by=reader.one_of(
            keys["terms_pinned_by"], "terms_pinned_by", pins, "a day that pins the terms"
        )
        if "terms_pinned_by" in keys
        else None,
    )


def _said(kind: Kind) -> str:
    words = str(kind).replace("_", " ")
    return f"An {words}" if words[0] in "aeiou" else f"A {words}"


def _sign_off(reader: Reader, keys: dict[str, Node]) -> tuple[Role, ...]:
    """Return the roles that sign a version before it is published, in the order of the file."""
    if "sign_off" not in keys:
        return ()
    roles: list[Role] = []
    for path, item in reader.items(keys["sign_off"], "sign_off", at_least=1):
        role = reader.one_of(item, path, Role, "a role")
        if role in (Role.PARTNER_ADMIN, Role.PARTNER_MEMBER, Role.AUDITOR):
            reader.problem(
                item, path, f"The role {role} does not sign.", "Name a role of the vendor."
            )
        elif role in roles:
            reader.problem(item, path, f"{role} stands twice.", "Remove one of the two.")
        elif role is not None:
            roles.append(role)
    return tuple(roles)


def _check_names(
    reader: Reader,
    keys: dict[str, Node],
    kind: Kind,
    parameters: Iterable[Parameter],
    lists: Iterable[OptionList],
    facts: Iterable[Field],
    lines: Lines | None,
    evidence: Iterable[Evidence],
) -> None:
    """Record names that are taken, reserved, or point at nothing."""
    taken: dict[str, str] = dict.fromkeys(builtins.of_kind(kind), "a detail of the system")
    for section, names in (
        ("parameters", [item.name for item in parameters]),
        ("lists", [item.name for item in lists]),
        ("facts", [item.name for item in facts]),
    ):
        for name in names:
            _check_name(reader, keys.get(section), f"{section}.{name}", name, taken)
            taken.setdefault(name, f"the name of one of the {section}")
    if lines is None:
        return
    line_names: dict[str, str] = dict.fromkeys(builtins.LINE, "a detail of the system")
    fields = keys["lines"].get("fields") if isinstance(keys.get("lines"), Mapping) else None  # type: ignore[union-attr]  # narrowed by isinstance
    for field in lines.fields:
        _check_name(reader, fields, f"lines.fields.{field.name}", field.name, line_names)
    source = lines.from_evidence
    if source is not None and source not in {item.name for item in evidence}:
        line, column = reader.places["lines.from_evidence"]
        reader.problem_at(
            line,
            column,
            "lines.from_evidence",
            f"There is no evidence named {source!r}.",
            "Name one that is under evidence.",
        )


def _check_name(
    reader: Reader, section: Node | None, path: str, name: str, taken: dict[str, str]
) -> None:
    if not isinstance(section, Mapping):
        return
    key = next(key for key, _ in section.pairs if key.value == name)
    if name in taken:
        reader.problem(key, path, f"{name!r} is already {taken[name]}.", "Choose another name.")
    elif name in builtins.RESERVED or name in RESERVED_WORDS:
        reader.problem(key, path, f"{name!r} is a word of the language.", "Choose another name.")


def _unread(
    keys: dict[str, Node], section: str, read: Iterable[Parameter | OptionList]
) -> set[str]:
    """Return the names of a section that could not be read, so that expressions on them are not
    judged.
    """
    node = keys.get(section)
    if not isinstance(node, Mapping):
        return set()
    return {key.value for key, _ in node.pairs if key.value} - {item.name for item in read}


def _scope(
    reader: Reader,
    kind: Kind,
    parameters: tuple[Parameter, ...],
    lists: tuple[OptionList, ...],
    facts: tuple[Field, ...],
    lines: Lines | None,
    evidence: tuple[Evidence, ...],
    unread: frozenset[str],
) -> Scope:
    def usable(name: str) -> bool:
        return (
            name not in RESERVED_WORDS
            and name not in builtins.RESERVED
            and name not in builtins.of_kind(kind)
        )

    # Names that clash are recorded above; each is taken once, so that the rest can be judged.
    parameters = tuple(item for item in parameters if usable(item.name))
    seen = {item.name for item in parameters}
    lists = tuple(item for item in lists if usable(item.name) and item.name not in seen)
    seen |= {item.name for item in lists}
    facts = tuple(item for item in facts if usable(item.name) and item.name not in seen)
    if lines is not None:
        fields = tuple(
            item for item in lines.fields if item.name not in {*RESERVED_WORDS, *builtins.LINE}
        )
        lines = replace(lines, fields=fields)
    return build_scope(
        kind=kind,
        parameters=parameters,
        lists=lists,
        facts=facts,
        lines=lines,
        evidence=evidence,
        broken=unread,
    )


def _conditions(
    reader: Reader, scope: Scope, owners: tuple[Conditional, ...], waiting: list[Pending]
) -> tuple[Conditional, ...]:
    """Return the owners with their compiled `required_when`."""
    compiled = {
        item.owner: scope.compile(reader, item.node, item.path, item.level, Wanted.BOOL)
        for item in waiting
    }
    return tuple(replace(owner, required_when=compiled.get(owner.name)) for owner in owners)
