"""What a playbook must satisfy before it is published, beyond being readable (DESIGN 3).

The second person who approves, and that the version is not published yet, are the room's business.
"""

from collections.abc import Iterator

from counterfoil.core.criteria import Outcome, unparse
from counterfoil.core.playbooks.examples import ExampleRun, outcome_word, run_examples
from counterfoil.core.playbooks.model import (
    Ask,
    Expected,
    Expression,
    Field,
    Level,
    PieceForm,
    Playbook,
    StepKind,
)
from counterfoil.core.playbooks.problems import Problem
from counterfoil.core.playbooks.reach import clauses_of, covering_row
from counterfoil.core.playbooks.reader import did_you_mean


def check_publishable(playbook: Playbook) -> list[Problem]:
    """Return everything that stands against publication, in the order of the file; nothing means
    publishable.
    """
    problems = [
        *_languages(playbook),
        *_parameters(playbook),
        *_codes(playbook),
        *_criteria(playbook),
        *_examples(playbook),
        *_routing(playbook),
        *_amount(playbook),
        *_claim_by(playbook),
        *_unread(playbook),
    ]
    return sorted(set(problems))


def _problem(playbook: Playbook, path: str, message: str, hint: str = "") -> Problem:
    """Return a finding at the nearest place that the file has for `path`."""
    place = path
    while place not in playbook.places and place:
        place = place[: max(place.rfind("."), place.rfind("["), 0)]
    line, column = playbook.places.get(place, (1, 1))
    return Problem(playbook.file, line, column, path, message, hint)


def _languages(playbook: Playbook) -> Iterator[Problem]:
    strange: dict[str, list[str]] = {}
    for path, text in playbook.said.items():
        missing = [language for language in playbook.languages if language not in text.languages]
        if missing:
            yield _problem(
                playbook,
                path,
                f"The text is missing in {', '.join(missing)}.",
                "Add the translation.",
            )
        for language in text.languages:
            if language not in playbook.languages:
                strange.setdefault(language, []).append(path)
    for language, paths in strange.items():
        rest = f", and so are {len(paths) - 1} more" if len(paths) > 1 else ""
        yield _problem(
            playbook,
            paths[0],
            f"{language} is not among the languages of this playbook, and this text is in "
            f"it{rest}.",
            f"Add {language} to languages, or remove those texts.",
        )


def _parameters(playbook: Playbook) -> Iterator[Problem]:
    for parameter in playbook.parameters:
        if not parameter.values or parameter.values[0].starts_on > playbook.effective_from:
            yield _problem(
                playbook,
                f"parameters.{parameter.name}.values",
                f"No value is in force on {playbook.effective_from.isoformat()}, "
                "when the playbook begins.",
                "Add a value from that day or earlier.",
            )


def used_codes(playbook: Playbook) -> dict[str, str]:
    """Return every reason code that the playbook may give, with the first path that names it."""
    used: dict[str, str] = {}
    for index, criterion in enumerate(playbook.criteria):
        used.setdefault(criterion.fail.code, f"criteria[{index}].fail.code")
        used.setdefault(criterion.unknown.code, f"criteria[{index}].unknown.code")
    for evidence in playbook.evidence:
        for index, entry in enumerate(evidence.not_qualifying):
            used.setdefault(entry.code, f"evidence.{evidence.name}.not_qualifying[{index}].code")
    for index, step in enumerate(playbook.amount.steps):
        used.setdefault(step.code, f"amount.steps[{index}].code")
    used.setdefault(playbook.sla.partner.then_code, "sla.partner.then.close")
    return used


def _codes(playbook: Playbook) -> Iterator[Problem]:
    known = [code.name for code in playbook.codes]
    used = used_codes(playbook)
    for code, path in used.items():
        if code not in known:
            hint = did_you_mean(code, known) if len(known) > 0 else ""
            yield _problem(
                playbook,
                path,
                f"There is no reason code {code}.",
                hint or "Add it under codes, with its texts.",
            )
    for code in known:
        if code not in used:
            yield _problem(
                playbook,
                f"codes.{code}",
                f"Nothing gives the code {code}.",
                "Remove it, or use it.",
            )


def _criteria(playbook: Playbook) -> Iterator[Problem]:
    for index, criterion in enumerate(playbook.criteria):
        for expected in (Expected.PASS, Expected.FAIL):
            if not any(example.expected is expected for example in criterion.examples):
                yield _problem(
                    playbook,
                    f"criteria[{index}].examples",
                    f"{criterion.id} has no example that should {expected.value}.",
                    f"Add one under {expected.value}.",
                )


def _examples(playbook: Playbook) -> Iterator[Problem]:
    for run in run_examples(playbook):
        if not run.holds:
            yield _problem(
                playbook,
                run.example.path,
                f'Example "{run.example.name.say(playbook.languages[0])}" '
                f"{outcome_word(run.result.outcome)}, "
                f"and it is listed under {run.example.expected.value}.",
                _why(run),
            )


def _why(run: ExampleRun) -> str:
    missing = ", ".join(dict.fromkeys(item.name for item in run.result.missing))
    if run.result.outcome is Outcome.UNKNOWN:
        return f"It lacks {missing}."
    seen = ", ".join(f"{name} is {value}" for name, value in run.seen)
    return f"It read: {seen}." if seen else "It gives no detail that the criterion reads."


def _routing(playbook: Playbook) -> Iterator[Problem]:
    for index, row in enumerate(playbook.routing):
        path = f"routing.rows[{index}]"
        if row.automatic and 'outcome == "qualified"' not in clauses_of(row.when):
            yield _problem(
                playbook,
                path,
                "The system may approve only what is qualified.",
                'Add outcome == "qualified" && to the condition.',
            )
        covering = covering_row(playbook, index)
        if covering is not None:
            line = playbook.places[f"routing.rows[{covering}]"][0]
            yield _problem(
                playbook,
                path,
                f"Never reached: line {line} already takes every case that would come here.",
                "Put this row before it, or remove it.",
            )


def _amount(playbook: Playbook) -> Iterator[Problem]:
    on_lines = any(criterion.level is Level.LINE for criterion in playbook.criteria)
    takes_out = any(step.kind is StepKind.TAKE_OUT for step in playbook.amount.steps)
    if on_lines and not takes_out:
        yield _problem(
            playbook,
            "amount.steps",
            "Criteria judge single lines, and no step takes out those that did not pass.",
            "Add a step with take_out: lines_not_passed.",
        )


def _claim_by(playbook: Playbook) -> Iterator[Problem]:
    """Yield the day that partners are told when no criterion holds them to just that day."""
    if playbook.claim_by is None:
        return
    rule = f"submitted_on <= {unparse(playbook.claim_by.program.tree)}"
    if not any(rule in clauses_of(criterion.passes) for criterion in playbook.criteria):
        yield _problem(
            playbook,
            "claim_by",
            "No criterion holds a claim to this day.",
            f"Write a criterion that passes with {rule}, or leave the day out.",
        )


def _unread(playbook: Playbook) -> Iterator[Problem]:
    """Yield parameters, reviewers' questions and pieces that nothing reads: what is not executed
    is refused.
    """
    read = {name for expression in expressions(playbook) for name in expression.names}
    read |= {step.rate for step in playbook.amount.steps if step.rate is not None}
    read |= {field.floor.up_to for field in _fields(playbook) if field.floor.up_to is not None}
    for parameter in playbook.parameters:
        if parameter.name not in read:
            yield _problem(
                playbook,
                f"parameters.{parameter.name}",
                "No rule reads this parameter.",
                "Remove it, or use it.",
            )
    for field in playbook.facts:
        if field.ask is Ask.REVIEWER and field.name not in read:
            yield _problem(
                playbook,
                f"facts.{field.name}",
                "No criterion reads the answer to this question.",
                "Remove it, or use it.",
            )
    for evidence in playbook.evidence:
        named = {name for _, rows in evidence.per_choice for row in rows for name in row}
        for piece in evidence.pieces:
            if piece.name not in named:
                yield _problem(
                    playbook,
                    f"evidence.{evidence.name}.pieces.{piece.name}",
                    "No choice asks for this piece.",
                    "Name it under per_choice, or remove it.",
                )
            if piece.form is PieceForm.LINK and "link" not in evidence.accepts:
                yield _problem(
                    playbook,
                    f"evidence.{evidence.name}.accepts",
                    f"The piece {piece.name} is a link, and links are not accepted.",
                    "Add link to accepts.",
                )


def expressions(playbook: Playbook) -> Iterator[Expression]:
    """Yield every expression of the playbook."""
    found: list[Expression | None] = [field.required_when for field in _fields(playbook)]
    found += [evidence.required_when for evidence in playbook.evidence]
    for criterion in playbook.criteria:
        found += [criterion.when, criterion.passes]
    found += [playbook.claim_by, playbook.amount.requested]
    for step in playbook.amount.steps:
        found += [step.amount, step.when]
    found += [row.when for row in playbook.routing]
    yield from (expression for expression in found if expression is not None)


def _fields(playbook: Playbook) -> tuple[Field, ...]:
    return playbook.facts + (playbook.lines.fields if playbook.lines is not None else ())
