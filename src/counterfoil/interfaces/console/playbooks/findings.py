"""What a playbook's text says: problems with their places, examples with results, its form."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from counterfoil.core.playbooks import Playbook, Problem, run_examples
from counterfoil.core.playbooks.model import Ask, Field, ValueType
from counterfoil.interfaces.web.presenters import (
    VERDICTS,
    FieldPart,
    GlanceItem,
    OptionPart,
    Status,
    Tab,
    glance_of,
    status_of,
)

_KINDS = {
    ValueType.DATE: "date",
    ValueType.BOOL: "checkbox",
}


@dataclass(frozen=True, slots=True)
class ProblemPart:
    """A problem beside the text, with a link to its line."""

    message: str
    hint: str
    url: str
    place: str
    tone: str = "bad"
    icon: str = "fail"


@dataclass(frozen=True, slots=True)
class ExamplePart:
    """An example: what it should give and what it gives."""

    criterion: str
    name: str
    expected: Status
    given: Status
    is_bad: bool


@dataclass(frozen=True, slots=True)
class LinePart:
    """A line of the text with what is wrong in it."""

    number: int
    text: str
    tone: str
    notes: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Findings:
    """All that stands beside a playbook's text."""

    problems: Sequence[ProblemPart]
    examples: Sequence[ExamplePart] = ()
    glance: Sequence[GlanceItem] = ()
    form_fields: Sequence[FieldPart] = ()
    languages: Sequence[Tab] = ()
    preview_note: str = ""
    is_readable: bool = False

    @property
    def wrong(self) -> list[ExamplePart]:
        """Return the examples that do not give what they should."""
        return [each for each in self.examples if each.is_bad]

    @property
    def right(self) -> list[ExamplePart]:
        """Return the examples that give what they should."""
        return [each for each in self.examples if not each.is_bad]


def findings_of(
    playbook: Playbook | None,
    problems: Sequence[Problem],
    *,
    language: str = "",
    page_url: str = "",
) -> Findings:
    """This will present a text's problems, its examples and the form that partners would see."""
    if playbook is None:
        return Findings([problem_part(each) for each in problems])
    examples = _examples(playbook)
    counts = {
        "pass": sum(1 for each in examples if not each.is_bad),
        "fail": sum(1 for each in examples if each.is_bad),
    }
    chosen = language if language in playbook.languages else playbook.languages[0]
    tabs = [
        Tab(each, f"{page_url}?language={each}#fp", each == chosen)
        for each in playbook.languages
        if page_url
    ]
    return Findings(
        problems=[problem_part(each) for each in problems],
        examples=examples,
        glance=glance_of(counts),
        form_fields=form_fields(playbook, chosen),
        languages=tabs,
        preview_note=_preview_note(playbook, chosen),
        is_readable=True,
    )


def lines_of(source: str, problems: Sequence[Problem]) -> list[LinePart]:
    """This will cut a text into numbered lines, each with what is wrong in it."""
    said: dict[int, list[str]] = {}
    for each in problems:
        said.setdefault(each.line, []).append(f"{each.message} {each.hint}".strip())
    return [
        LinePart(
            number,
            text,
            "has-bad" if number in said else "",
            [("has-bad", words) for words in said.get(number, [])],
        )
        for number, text in enumerate(source.splitlines(), start=1)
    ]


def form_fields(playbook: Playbook, language: str) -> list[FieldPart]:
    """This will show the fields that a partner fills in, in the order of the file."""
    fields = [each for each in playbook.facts if each.ask is Ask.PARTNER]
    parts = [_field(playbook, each, language, prefix="") for each in fields]
    if playbook.lines is not None:
        title = playbook.lines.title.say(language)
        for each in playbook.lines.fields:
            if each.ask is Ask.PARTNER:
                parts.append(_field(playbook, each, language, prefix=f"{title}: "))
    for proof in playbook.evidence:
        parts.append(
            FieldPart(
                f"proof-{proof.name}",
                proof.title.say(language),
                kind="file",
                id=f"preview-proof-{proof.name}",
                hint=proof.help.say(language) if proof.help else "",
                is_disabled=True,
            )
        )
    return parts


def _field(playbook: Playbook, field: Field, language: str, *, prefix: str) -> FieldPart:
    options: list[OptionPart] = []
    kind = _KINDS.get(field.type, "text")
    if field.options:
        chosen = next(each for each in playbook.lists if each.name == field.options)
        options = [OptionPart(key, text.say(language)) for key, text in chosen.options]
        kind = "select"
    name = f"{'line-' if prefix else ''}{field.name}"
    return FieldPart(
        name=name,
        label=f"{prefix}{field.title.say(language)}",
        kind=kind,
        id=f"preview-{name}",
        hint=field.help.say(language) if field.help else "",
        options=options,
        inputmode="decimal" if "money" in str(field.type).lower() else "",
        is_required=False,
    )


def _preview_note(playbook: Playbook, language: str) -> str:
    needed = [each.title.say(language) for each in playbook.evidence if each.min]
    if not needed:
        return ""
    return _("Proof that must be there: %(proof)s.") % {"proof": "; ".join(needed)}


def _examples(playbook: Playbook) -> list[ExamplePart]:
    return [
        ExamplePart(
            run.criterion.id,
            run.example.name.say("en"),
            status_of(VERDICTS, run.example.expected.value),
            status_of(VERDICTS, run.result.outcome.value),
            not run.holds,
        )
        for run in run_examples(playbook)
    ]


def problem_part(each: Problem) -> ProblemPart:
    place = f"{each.line}:{each.column}" if each.line else ""
    return ProblemPart(each.message, each.hint, f"#l{each.line}", place)
