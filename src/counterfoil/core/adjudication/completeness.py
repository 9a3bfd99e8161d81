"""What is missing from a submission, in words a partner can act on: asked before sending and again
at screening.
"""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from counterfoil.core.criteria import Outcome, Period
from counterfoil.core.money import Money
from counterfoil.core.playbooks.bind import Binding, EvidenceState
from counterfoil.core.playbooks.cases import Fact, Line
from counterfoil.core.playbooks.model import Ask, Field, Level, Lines, Text, ValueType


class GapKind(StrEnum):
    """What is the matter with one place of the form."""

    MISSING = "missing"
    WRONG_TYPE = "wrong_type"
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    TOO_LONG = "too_long"
    TOO_FEW = "too_few"
    TOO_MANY = "too_many"
    PIECE_MISSING = "piece_missing"


_SAY = {
    "en": {
        GapKind.MISSING: "{title} is missing.",
        GapKind.WRONG_TYPE: "{title} can't be read as it is written.",
        GapKind.TOO_SMALL: "{title} is below {bound}.",
        GapKind.TOO_LARGE: "{title} is above {bound}.",
        GapKind.TOO_LONG: "{title} has more than {bound} characters.",
        GapKind.TOO_FEW: "{title}: at least {bound} needed.",
        GapKind.TOO_MANY: "{title}: at most {bound} can be taken.",
        GapKind.PIECE_MISSING: "{title} is missing.",
        "or": " or ",
        "line": "Line {line}: ",
    },
    "de": {
        GapKind.MISSING: "{title} fehlt.",
        GapKind.WRONG_TYPE: "{title} ist so nicht lesbar.",
        GapKind.TOO_SMALL: "{title} liegt unter {bound}.",
        GapKind.TOO_LARGE: "{title} liegt über {bound}.",
        GapKind.TOO_LONG: "{title} hat mehr als {bound} Zeichen.",
        GapKind.TOO_FEW: "{title}: mindestens {bound} nötig.",
        GapKind.TOO_MANY: "{title}: höchstens {bound} möglich.",
        GapKind.PIECE_MISSING: "{title} fehlt.",
        "or": " oder ",
        "line": "Zeile {line}: ",
    },
}


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing to mend. `path` names the place (`facts.leads`, `lines[2].net`,
    `evidence.invoice`).

    `pieces` are alternatives of which one will do; `rejected` are codes of files that were there
    and do not count.
    """

    path: str
    kind: GapKind
    titles: tuple[Text, ...]
    line: str | None = None
    line_number: int | None = None
    pieces: tuple[str, ...] = ()
    bound: int | None = None
    rejected: tuple[str, ...] = ()
    ask: Ask = Ask.PARTNER

    def say(self, language: str) -> str:
        """Return the sentence in `language`; a language without sentences of ours reads English
        around its titles.
        """
        words = _SAY.get(language, _SAY["en"])
        title = words["or"].join(text.say(language) for text in self.titles)
        sentence = words[self.kind].format(title=title, bound=self.bound)
        return (words["line"].format(line=self.line_number) if self.line_number else "") + sentence

    def to_json(self) -> dict[str, object]:
        """Return the shape that decision records keep."""
        shape: dict[str, object] = {"path": self.path, "kind": self.kind.value}
        named = {"line": self.line, "pieces": list(self.pieces), "rejected": list(self.rejected)}
        return {**shape, **{key: value for key, value in named.items() if value}}


def completeness(binding: Binding) -> tuple[Gap, ...]:
    """Return everything that the partner still has to give or mend, in the order of the form."""
    playbook, case = binding.playbook, binding.case
    gaps: list[Gap] = []
    for field in playbook.facts:
        gaps += _field_gaps(
            binding, field, case.facts.get(field.name), None, f"facts.{field.name}"
        )
    if playbook.lines is not None:
        gaps += _line_gaps(binding, playbook.lines)
    for evidence in playbook.evidence:
        if evidence.level is Level.SUBMISSION:
            gaps += _evidence_gaps(
                binding, binding.evidence_state(evidence), None, f"evidence.{evidence.name}"
            )
    return tuple(gaps)


def _line_gaps(binding: Binding, lines: Lines) -> list[Gap]:
    given = binding.case.lines
    gaps: list[Gap] = []
    if len(given) < lines.min:
        gaps.append(Gap("lines", GapKind.TOO_FEW, (lines.title,), bound=lines.min))
    if len(given) > lines.max:
        gaps.append(Gap("lines", GapKind.TOO_MANY, (lines.title,), bound=lines.max))
    for index, line in enumerate(given):
        path = f"lines[{index}]"
        for field in lines.fields:
            found = _field_gaps(
                binding, field, line.facts.get(field.name), line, f"{path}.{field.name}"
            )
            gaps += [_on_line(gap, line, index) for gap in found]
        for evidence in binding.playbook.evidence:
            if evidence.level is Level.LINE:
                state = binding.evidence_state(evidence, line)
                found = _evidence_gaps(binding, state, line, f"{path}.evidence.{evidence.name}")
                gaps += [_on_line(gap, line, index) for gap in found]
    return gaps


def _on_line(gap: Gap, line: Line, index: int) -> Gap:
    return replace(gap, line=line.id, line_number=index + 1)


def _field_gaps(
    binding: Binding, field: Field, fact: Fact | None, line: Line | None, path: str
) -> list[Gap]:
    if field.ask is not Ask.PARTNER:
        return []
    if fact is None or fact.value is None or fact.value == "":
        wanted = field.required or (
            field.required_when is not None
            and binding.condition(field.required_when, line).outcome is Outcome.PASS
        )
        return [Gap(path, GapKind.MISSING, (field.title,))] if wanted else []
    if not _is_of_type(binding, field, fact.value):
        return [Gap(path, GapKind.WRONG_TYPE, (field.title,))]
    return [
        Gap(path, kind, (field.title,), bound=bound)
        for kind, bound in _out_of_bounds(field, fact.value)
    ]


def _is_of_type(binding: Binding, field: Field, value: object) -> bool:
    match field.type:
        case ValueType.BOOL:
            return isinstance(value, bool)
        case ValueType.WHOLE_NUMBER:
            return type(value) is int
        case ValueType.CHOICE:
            options = binding.playbook.option_list(field.options or "")
            return options is not None and value in options.values
        case ValueType.DATE:
            return type(value) is date
    kinds = {
        ValueType.TEXT: str,
        ValueType.MONEY: Money,
        ValueType.DECIMAL: Decimal,
        ValueType.PERIOD: Period,
    }
    return isinstance(value, kinds[field.type])


def _out_of_bounds(field: Field, value: object) -> list[tuple[GapKind, int]]:
    if isinstance(value, Money):
        # A credit note is a case of its own; a negative amount here would raise what is paid.
        return [(GapKind.TOO_SMALL, 0)] if value.is_negative else []
    if isinstance(value, int) and field.type is ValueType.WHOLE_NUMBER:
        least, most = field.min or 0, field.max
        if value < least:
            return [(GapKind.TOO_SMALL, least)]
        return [(GapKind.TOO_LARGE, most)] if most is not None and value > most else []
    if isinstance(value, str) and field.max_length is not None and len(value) > field.max_length:
        return [(GapKind.TOO_LONG, field.max_length)]
    return []


def _evidence_gaps(
    binding: Binding, state: EvidenceState, line: Line | None, path: str
) -> list[Gap]:
    evidence = state.evidence
    if not state.needed:
        return []
    codes = {entry.kind: entry.code for entry in evidence.not_qualifying}
    rejected = tuple(dict.fromkeys(codes[item.not_qualifying or ""] for item in state.rejected))
    gaps = []
    if state.short_of:
        kind = GapKind.MISSING if state.count == 0 and evidence.min == 1 else GapKind.TOO_FEW
        gaps.append(Gap(path, kind, (evidence.title,), bound=evidence.min, rejected=rejected))
    if state.count > evidence.max:
        gaps.append(Gap(path, GapKind.TOO_MANY, (evidence.title,), bound=evidence.max))
    for names in state.missing:
        pieces = [piece for name in names if (piece := evidence.piece(name)) is not None]
        gaps.append(
            Gap(
                f"{path}.{names[0]}",
                GapKind.PIECE_MISSING,
                tuple(piece.title for piece in pieces),
                pieces=names,
                rejected=rejected,
            )
        )
    return gaps
