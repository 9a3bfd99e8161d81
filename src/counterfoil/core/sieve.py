"""Which stored decisions a draft can't change, told from columns; others are judged one by one.

A decision comes out as before when everything of the playbook that is no criterion is as it was
(its form, proof, floors and sums, with the values of the parameters that they read) and every
criterion says what it said: holds or does not apply, fails, is not known. The first is a
comparison of two files. The second is one DuckDB expression for each criterion that differs
(`core.criteria.sql`). What has no exact form there is judged one by one as well, so the sieve can
only ask for too much.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from counterfoil.core.canonical import canonical_json
from counterfoil.core.criteria import Outcome, Type
from counterfoil.core.criteria.columns import Columns, constants, list_constant, quoted
from counterfoil.core.criteria.sql import Column, NeedsRows, Stock, to_sql
from counterfoil.core.playbooks import Level, Playbook
from counterfoil.core.playbooks.bind import Binding
from counterfoil.core.playbooks.cases import Line
from counterfoil.core.playbooks.model import Criterion, Expression, Provenance

HARMLESS, FAILS, OPEN = 0, 1, 2
"""What a criterion said, as far as it decides: holds or does not apply, fails, is not known."""

CLASSES = {
    Outcome.PASS.value: HARMLESS,
    Outcome.NOT_APPLICABLE.value: HARMLESS,
    Outcome.FAIL.value: FAILS,
    Outcome.UNKNOWN.value: OPEN,
}

_SAID_ONLY = frozenset(
    {
        "version", "effective", "parameters", "criteria", "codes", "notices", "texts",
        "title", "sla", "owner", "design_owner", "sign_off", "languages", "routing",
        "resubmission", "claim_by", "appeal",
    }
)  # fmt: skip
"""Keys of a playbook that change no outcome and no sum, or are compared apart."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What must be asked of the columns: an expression that is true where the draft may differ.

    `everything` names why every decision must be judged one by one; then there is no expression.
    """

    rows: str = ""
    lines: str = ""
    everything: str = ""

    @property
    def is_nothing(self) -> bool:
        """Return whether no decision can come out otherwise."""
        return not (self.rows or self.lines or self.everything)


def floors_of(playbook: Playbook) -> tuple[Provenance | None, ...]:
    """Return the floors that criteria set, and None for that of each detail: one view for each."""
    named = {each.floor for each in playbook.criteria if each.floor is not None}
    return (None, *sorted(named))


def types_of(playbook: Playbook, level: Level) -> dict[str, Type]:
    """Return the details that a criterion of a level may read, without constants.

    Of a line those that only a line has. A playbook without such a criterion has none.
    """
    constant = {each.name for each in playbook.parameters}
    constant |= {each.name for each in playbook.lists}
    for criterion in playbook.criteria:
        if criterion.level is level:
            facts = criterion.passes.program.schema.facts
            return {
                name: kind
                for name, kind in facts.items()
                if name not in constant and (level is Level.SUBMISSION or name.startswith("line."))
            }
    return {}


def prefixed(name: str, floor: Provenance | None) -> str:
    """Return the column of a detail in the view of a floor."""
    return name if floor is None else f"{floor.word}:{name}"


def columns_of(playbook: Playbook, level: Level) -> dict[Provenance | None, Columns]:
    """Return the columns of each view, empty."""
    kinds = types_of(playbook, level)
    return {floor: Columns(kinds) for floor in floors_of(playbook)}


def row_of(
    binding: Binding, line: Line | None, columns: Mapping[Provenance | None, Columns]
) -> tuple[dict[str, Any], str] | None:
    """Return the row of a case or of a line, with its currency; None if it can't be held."""
    found: dict[str, Any] = {}
    currency = ""
    for floor, each in columns.items():
        made = each.row(binding.judging(line, floor=floor))
        if made is None:
            return None
        values, of = made
        if of and currency and of != currency:
            return None
        currency = of or currency
        found.update({prefixed(name, floor): value for name, value in values.items()})
    return found, currency


def frame(playbook: Playbook) -> str:
    """Return everything but the criteria that an outcome or a sum comes from, as one text."""
    kept = {key: value for key, value in playbook.canonical.items() if key not in _SAID_ONLY}
    return canonical_json(_without_texts(kept, frozenset(playbook.languages))).decode()


def _without_texts(value: Any, languages: frozenset[str]) -> Any:
    """Return a part of a playbook without what is said in its languages."""
    if isinstance(value, Mapping):
        return {
            key: _without_texts(each, languages)
            for key, each in value.items()
            if not (isinstance(each, Mapping) and each and set(each) <= languages)
        }
    if isinstance(value, list | tuple):
        return [_without_texts(each, languages) for each in value]
    return value


def read_by_frame(playbook: Playbook) -> frozenset[str]:
    """Return the parameters that the frame names anywhere."""
    text = frame(playbook)
    return frozenset(
        each.name for each in playbook.parameters if re.search(rf"\b{each.name}\b", text)
    )


def terms(playbook: Playbook, on: date) -> dict[str, Any]:
    """Return the value of every parameter on a day; None where none is in force."""
    found = {}
    for each in playbook.parameters:
        value = each.on(on)
        found[each.name] = None if value is None else value.value
    return found


def ask(
    past: Playbook,
    draft: Playbook,
    *,
    was: Mapping[str, Any],
    now: Mapping[str, Any],
    rows: Mapping[Provenance | None, Columns],
    lines: Mapping[Provenance | None, Columns],
    currency: str,
) -> Asked:
    """Return what to ask of the decisions of one version in one currency.

    `was` and `now` are the parameters (`terms`) under which the decisions were made and under
    which the draft judges them; `rows` and `lines` the columns that were frozen.
    """
    if frame(past) != frame(draft):
        return Asked(everything="the form, the proof or the sums of the draft are others")
    moved = sorted(
        name
        for name in read_by_frame(past) | read_by_frame(draft)
        if was.get(name) != now.get(name)
    )
    if moved:
        return Asked(everything=f"the form, the proof or the sums read {', '.join(moved)}")
    asked: dict[Level, list[str]] = {Level.SUBMISSION: [], Level.LINE: []}
    held = {each.id: each for each in draft.criteria}
    try:
        for old in past.criteria:
            new = held.get(old.id)
            if new is None or new.level is not old.level:
                asked[old.level].append(f"{_said(old)} <> {HARMLESS}")
            elif not _is_same(old, new, was, now):
                told = _class(new, draft, now, rows, lines, currency)
                asked[new.level].append(f"{told} <> {_said(old)}")
        for new in draft.criteria:
            old_one = past.criterion(new.id)
            if old_one is None or old_one.level is not new.level:
                told = _class(new, draft, now, rows, lines, currency)
                asked[new.level].append(f"{told} <> {HARMLESS}")
    except NeedsRows as why:
        return Asked(everything=f"{new.id}: {why}" if new is not None else str(why))
    return Asked(" OR ".join(asked[Level.SUBMISSION]), " OR ".join(asked[Level.LINE]))


def said_column(criterion_id: str) -> str:
    """Return the column of what a criterion said."""
    return f"said {criterion_id}"


def _said(criterion: Criterion) -> str:
    return quoted(said_column(criterion.id))


def _is_same(
    old: Criterion, new: Criterion, was: Mapping[str, Any], now: Mapping[str, Any]
) -> bool:
    """Return whether a criterion can't say anything else: the same rule with the same values."""
    if old.floor != new.floor or _sources(old) != _sources(new):
        return False
    names = {name for each in _expressions(new) for name in each.names}
    return all(was.get(name) == now.get(name) for name in names if name in was or name in now)


def _sources(criterion: Criterion) -> tuple[str, ...]:
    when = criterion.when.source if criterion.when is not None else ""
    return when, criterion.passes.source


def _expressions(criterion: Criterion) -> Iterator[Expression]:
    if criterion.when is not None:
        yield criterion.when
    yield criterion.passes


def _class(
    criterion: Criterion,
    draft: Playbook,
    now: Mapping[str, Any],
    rows: Mapping[Provenance | None, Columns],
    lines: Mapping[Provenance | None, Columns],
    currency: str,
) -> str:
    """Return the class of what a criterion says, as SQL. Raises NeedsRows."""
    if criterion.floor not in rows:
        raise NeedsRows("its floor was not frozen")
    stock = _stock(criterion, draft, now, rows, lines, currency)
    passes = to_sql(criterion.passes.program, stock)
    told = f"CASE {passes} WHEN TRUE THEN {HARMLESS} WHEN FALSE THEN {FAILS} ELSE {OPEN} END"
    if criterion.when is None:
        return f"({told})"
    when = to_sql(criterion.when.program, stock)
    return f"(CASE {when} WHEN TRUE THEN {told} WHEN FALSE THEN {HARMLESS} ELSE {OPEN} END)"


def _stock(
    criterion: Criterion,
    draft: Playbook,
    now: Mapping[str, Any],
    rows: Mapping[Provenance | None, Columns],
    lines: Mapping[Provenance | None, Columns],
    currency: str,
) -> Stock:
    """Return what the expressions of a criterion read. Raises NeedsRows."""
    found: dict[str, Column] = {}
    for part in (rows, lines if criterion.level is Level.LINE else {}):
        columns = part.get(criterion.floor)
        if columns is not None:
            found |= columns.stock(lambda name: prefixed(name, criterion.floor))
    types = criterion.passes.program.schema.facts
    names = {name for each in _expressions(criterion) for name in each.names}
    values: dict[str, tuple[Type, Any]] = {}
    for each in draft.parameters:
        if each.name in names:
            values[each.name] = (types[each.name], now[each.name])
    for name, (_, value) in values.items():
        if getattr(value, "currency", currency) != currency:
            raise NeedsRows(f"{name} is in {value.currency}")
    found |= constants(values)
    for options in draft.lists:
        found[options.name] = list_constant(options.values)
    return Stock(found, currency)
