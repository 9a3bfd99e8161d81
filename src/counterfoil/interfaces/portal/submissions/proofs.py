"""The evidence checklist of a form: what this activity needs, what is there, what counts."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.submissions.selectors.own_forms import FormFile, OwnForm
from counterfoil.core.playbooks.model import Evidence, Level, Piece, PieceForm
from counterfoil.interfaces.portal.submissions.fields import (
    Typing,
    accepted_words,
    dom_id,
    file_part,
)
from counterfoil.interfaces.web.presenters import FieldPart, Status, format_size

THERE = ("pass", "ok")
MISSING = ("unknown", "warn")
OPTIONAL = ("na", "mute")


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file that is on the form: its words, where to look at it, how to take it off."""

    label: str
    url: str
    note: str
    remove: str


@dataclass(frozen=True, slots=True)
class PieceRow:
    """A named piece of proof, or a kind of it: state, what is there, how to add."""

    title: str
    state: Status
    hint: str
    controls: tuple[FieldPart, ...]
    files: tuple[FileRow, ...]
    fact: str = ""
    fact_url: str = ""


@dataclass(frozen=True, slots=True)
class ProofSection:
    """A kind of proof with its pieces and with what does not count."""

    id: str
    title: str
    hint: str
    pieces: tuple[PieceRow, ...]
    not_counting: tuple[str, ...]
    is_open: bool
    is_checklist: bool = False
    waits: str = ""


def proof_section(
    rule: Evidence, form: OwnForm, typing: Typing, errors: dict[str, str], *, line_id: str = ""
) -> ProofSection:
    """Return a kind of proof, of the whole or of one line."""
    choice = _choice(rule, form)
    waits = ""
    if rule.pieces:
        rows = tuple(
            _group(rule, names, form, typing, errors) for names in rule.needed(choice or "")
        )
        if choice is None:
            waits = _("Choose the activity above and save: it decides which pieces are needed.")
    else:
        rows = (_whole(rule, form, typing, errors, line_id=line_id),)
    return ProofSection(
        id=f"p-{rule.name}",
        title=rule.title.say(typing.language),
        hint=rule.help.say(typing.language) if rule.help else "",
        pieces=rows,
        not_counting=tuple(item.text.say(typing.language) for item in rule.not_qualifying),
        is_open=form.is_open(f"evidence:{rule.name}"),
        is_checklist=bool(rule.pieces),
        waits=waits,
    )


def file_row(file: FormFile, *, can_remove: bool) -> FileRow:
    """Return a file or link as lists show it."""
    note = "" if file.link else format_size(file.size)
    url = file.link or reverse("portal:evidence", args=[file.evidence_id])
    return FileRow(file.name, url, note, f"remove-file:{file.evidence_id}" if can_remove else "")


def place_of(rule: Evidence, piece: str = "", line_id: str = "") -> str:
    """Return the name of the control that takes files here."""
    return f"file.{rule.name}.{piece}.{line_id}"


def _whole(
    rule: Evidence, form: OwnForm, typing: Typing, errors: dict[str, str], *, line_id: str
) -> PieceRow:
    files = [f for f in form.files if f.kind == rule.name and f.line_id == line_id]
    if rule.level is Level.LINE:
        lines = {line.line_id: line.number - 1 for line in form.lines}
        path = f"lines[{lines[line_id]}].evidence.{rule.name}"
    else:
        path = f"evidence.{rule.name}"
    is_open = form.is_open(f"evidence:{rule.name}")
    place = place_of(rule, line_id=line_id)
    title = rule.title.say(typing.language)
    is_needed = path in typing.gaps or (
        rule.required_when is None and rule.level is not Level.LINE
    )
    return PieceRow(
        title=title,
        state=_state(bool(files), is_needed=is_needed),
        hint=rule.help.say(typing.language) if rule.help else "",
        controls=(_adder(rule, place, title, typing, errors, path, line_id=line_id),)
        if is_open and len(files) < rule.max
        else (),
        files=tuple(file_row(file, can_remove=is_open) for file in files),
    )


def _group(
    rule: Evidence,
    names: Sequence[str],
    form: OwnForm,
    typing: Typing,
    errors: dict[str, str],
) -> PieceRow:
    pieces = [piece for name in names if (piece := rule.piece(name)) is not None]
    path = f"evidence.{rule.name}.{names[0]}"
    is_open = form.is_open(f"evidence:{rule.name}")
    files = [f for f in form.files if f.kind == rule.name and f.piece in names]
    facts = [piece for piece in pieces if piece.form is PieceForm.FACT]
    fact = next((form.entries.get(piece.fact or "", "") for piece in facts), "")
    hints = [piece.help.say(typing.language) for piece in pieces if piece.help]
    if facts:
        hints.append(_("Given in the form above."))
    controls: list[FieldPart] = []
    if is_open:
        controls = [
            _control(rule, piece, typing, errors, path, is_alternative=len(pieces) > 1)
            for piece in pieces
            if piece.form is not PieceForm.FACT
        ]
    title = _(" or ").join(piece.title.say(typing.language) for piece in pieces)
    return PieceRow(
        title=title,
        state=_state(path not in typing.gaps, is_needed=True),
        hint=" ".join(hints),
        controls=tuple(controls),
        files=tuple(file_row(file, can_remove=is_open) for file in files),
        fact=fact,
        fact_url=f"#{dom_id('d.' + (facts[0].fact or ''))}"
        if facts and form.is_open(facts[0].fact or "")
        else "",
    )


def _control(
    rule: Evidence,
    piece: Piece,
    typing: Typing,
    errors: dict[str, str],
    path: str,
    *,
    is_alternative: bool,
) -> FieldPart:
    title = piece.title.say(typing.language)
    if piece.form is PieceForm.LINK:
        name = f"link.{rule.name}.{piece.name}"
        return FieldPart(
            name=name,
            id=dom_id(name),
            label=title if is_alternative else _("Web address"),
            kind="text",
            value=(typing.typed or {}).get(name, ""),
            hint=_("In full, like https://example.com/ad."),
            error=errors.get(name, "") or _gap(typing, path),
            inputmode="url",
            autocomplete="off",
        )
    return _adder(rule, place_of(rule, piece.name), title, typing, errors, path)


def _adder(
    rule: Evidence,
    place: str,
    title: str,
    typing: Typing,
    errors: dict[str, str],
    path: str,
    *,
    line_id: str = "",
) -> FieldPart:
    words = accepted_words(rule.accepts)
    return file_part(
        place,
        label=_("Add: %s") % title,
        accepts=rule.accepts,
        hint=_("%s, up to 20 MB each.") % (words[:1].upper() + words[1:]),
        error=errors.get(place, "") or _gap(typing, path),
        is_multiple=rule.max > 1 and not line_id,
    )


def _gap(typing: Typing, path: str) -> str:
    return typing.gaps.get(path, "") if typing.shows_gaps else ""


def _choice(rule: Evidence, form: OwnForm) -> str | None:
    """Return the choice that decides the pieces, or None while it is not made."""
    if rule.by is None:
        return None
    field = form.playbook.fact(rule.by)
    options = form.playbook.option_list(field.options or "") if field else None
    typed = form.entries.get(rule.by, "")
    for value, title in options.options if options else ():
        if typed.casefold() in {value.casefold(), *(w.casefold() for _l, w in title.by_language)}:
            return value
    return None


def _state(is_there: bool, *, is_needed: bool) -> Status:  # noqa: FBT001  # named by its place
    if is_there:
        return Status(_("There"), *THERE)
    if is_needed:
        return Status(_("Missing"), *MISSING)
    return Status(_("Only if asked"), *OPTIONAL)
