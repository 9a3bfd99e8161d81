"""What a posted form brings, read into what the flow takes; nothing here judges it."""

from dataclasses import replace

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from counterfoil.apps.submissions.selectors.own_forms import OwnForm
from counterfoil.apps.submissions.types import LineEntry
from counterfoil.core.playbooks.model import Ask, Field, PieceForm
from counterfoil.flows.fill_in import FileGiven, FormGiven, LinkGiven
from counterfoil.interfaces.web.requests import KnownRequest

FILE_BYTES_MAX = 20 * 1024 * 1024
"""As the page says; the reader's own limits come after it."""


def asked_of(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """Return the fields that the partner gives."""
    return tuple(field for field in fields if field.ask is Ask.PARTNER)


def read_form(request: KnownRequest, form: OwnForm) -> FormGiven:
    """Return what the page brought, as far as this submission takes it."""
    post = request.POST
    verb, _mark, about = post.get("do", "save").partition(":")
    entries = {
        field.name: post.get(f"d.{field.name}", "").strip()
        for field in asked_of(form.playbook.facts)
        if f"d.{field.name}" in post and form.is_open(field.name)
    }
    given = FormGiven(
        entries=entries,
        lines=_lines(post, form, gone=about if verb == "remove-line" else ""),
        new_lines=int(verb == "add-line"),
        files=_files(request.FILES, form),
        links=_links(post, form),
        removed=(about,) if verb == "remove-file" else (),
    )
    return replace(given, lines=None) if form.playbook.lines is None else given


def typed_in(post: QueryDict) -> dict[str, str]:
    """Return everything that was typed, by field name, to show it again."""
    return {name: post.get(name, "") for name in post if name.startswith(("d.", "l.", "link."))}


def _lines(post: QueryDict, form: OwnForm, *, gone: str) -> list[LineEntry] | None:
    if form.playbook.lines is None:
        return None
    files = {file.evidence_id for file in form.files}
    fields = asked_of(form.playbook.lines.fields)
    lines = []
    for line in form.lines:
        if line.line_id == gone:
            continue
        prefix = f"l.{line.line_id}."
        entries = {
            field.name: post.get(prefix + field.name, "").strip()
            for field in fields
            if prefix + field.name in post and line.is_editable
        }
        chosen = post.get(f"{prefix}evidence", line.evidence_id) if line.is_editable else ""
        evidence = chosen if chosen in files or not chosen else line.evidence_id
        lines.append(
            LineEntry(
                entries=entries,
                line_id=line.line_id,
                evidence=evidence if line.is_editable else line.evidence_id,
            )
        )
    return lines


def _files(files: MultiValueDict[str, UploadedFile], form: OwnForm) -> list[FileGiven]:
    known = {line.line_id for line in form.lines}
    found = []
    for place in files:
        parts = place.split(".")
        if parts[0] != "file" or len(parts) != 4:
            continue
        _word, kind, piece, line_id = parts
        if form.playbook.evidence_kind(kind) is None or (line_id and line_id not in known):
            continue
        for upload in files.getlist(place):
            # One byte more than allowed is enough to see that it is too large.
            content = upload.read(FILE_BYTES_MAX + 1)
            found.append(
                FileGiven(
                    place=place, kind=kind, piece=piece, line_id=line_id, content=content,
                    name=upload.name or "file", claimed_type=upload.content_type or "",
                )
            )  # fmt: skip
    return found


def _links(post: QueryDict, form: OwnForm) -> list[LinkGiven]:
    found = []
    for evidence in form.playbook.evidence:
        for piece in evidence.pieces:
            place = f"link.{evidence.name}.{piece.name}"
            text = post.get(place, "").strip()
            if piece.form is PieceForm.LINK and text and form.is_open(f"evidence:{evidence.name}"):
                found.append(LinkGiven(place, evidence.name, piece.name, text))
    return found
