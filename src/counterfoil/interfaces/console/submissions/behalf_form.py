"""The form that operations fill in for a partner: its fields, and what a post brings."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from counterfoil.apps.submissions.types import DetailView, LineEntry, SubmissionView
from counterfoil.core.playbooks import Kind
from counterfoil.flows.fill_in import FileGiven, FormGiven
from counterfoil.interfaces.console.submissions.values import line_name
from counterfoil.interfaces.console.submissions.verifying import yes_no
from counterfoil.interfaces.web.presenters import FieldPart, OptionPart
from counterfoil.interfaces.web.requests import KnownRequest

FILE_BYTES_MAX = 20 * 1024 * 1024


def form_parts(
    view: SubmissionView, typed: QueryDict | None, errors: Mapping[str, str]
) -> dict[str, Any]:
    """This will make the fields: details, a card for each line, and the files.

    `errors` says by the name of a detail what would be right; it stands at that field.
    """

    def fields(details: Sequence[DetailView]) -> list[FieldPart]:
        return [
            replace(_field(each, typed), error=errors.get(each.name, ""))
            for each in details
            if each.ask == "partner"
        ]

    return {
        "form_fields": fields(view.details),
        "lines": [(line_name(line), fields(line.details)) for line in view.lines],
        "has_lines": bool(view.lines) or Kind(view.head.kind).pays,
        "files": [(each.name, each.kind_title) for each in view.evidence],
        "file_fields": _file_fields(view),
    }


def read_form(request: KnownRequest, view: SubmissionView) -> FormGiven:
    """This will read what the page brought, as far as this form takes it."""
    post = request.POST
    entries = {
        each.name: str(post.get(f"d.{each.name}", "")).strip()
        for each in view.details
        if each.ask == "partner"
    }
    lines = [
        LineEntry(
            {
                each.name.rpartition(".")[2]: str(post.get(f"d.{each.name}", "")).strip()
                for each in line.details
                if each.ask == "partner"
            },
            line.line_id,
            line.evidence_id,
        )
        for line in view.lines
    ]
    return FormGiven(
        entries=entries,
        lines=lines if bool(view.lines) or Kind(view.head.kind).pays else None,
        new_lines=int(post.get("do") == "line"),
        files=_files(request, view),
    )


def titles_of(view: SubmissionView) -> list[tuple[str, str]]:
    """This will list name and title of each detail, those of a line with the line's name."""
    found = [(each.name, each.title) for each in view.details]
    for line in view.lines:
        found += [(each.name, f"{line_name(line)}, {each.title}") for each in line.details]
    return found


def detail_name(view: SubmissionView, field: str) -> str:
    """This will return the detail that a problem is about: `lines[0].net` is that line's net."""
    found = re.fullmatch(r"lines\[(\d+)\]\.(.+)", field)
    if found is None or int(found[1]) >= len(view.lines):
        return field
    return f"line.{view.lines[int(found[1])].line_id}.{found[2]}"


def _files(request: KnownRequest, view: SubmissionView) -> list[FileGiven]:
    found = []
    for field in _file_fields(view):
        given = request.FILES.get(field.name)
        if given is None or given.size is None or given.size > FILE_BYTES_MAX:
            continue
        _mark, kind, piece = [*field.name.split("."), ""][:3]
        found.append(
            FileGiven(
                place=field.name, kind=kind, name=given.name or "", content=given.read(),
                claimed_type=given.content_type or "", piece=piece,
            )
        )  # fmt: skip
    return found


def _file_fields(view: SubmissionView) -> list[FieldPart]:
    fields = []
    for need in view.needs:
        pieces = [each for each in need.pieces if each[2] == "file"]
        for name, title, _form, is_there in pieces:
            hint = _("There already.") if is_there else ""
            fields.append(FieldPart(f"e.{need.kind}.{name}", title, "file", hint=hint))
        if not pieces:
            fields.append(FieldPart(f"e.{need.kind}", need.title, "file", hint=need.help))
    return fields


def _field(detail: DetailView, typed: QueryDict | None) -> FieldPart:
    name = f"d.{detail.name}"
    given = detail.typed if typed is None else str(typed.get(name, detail.typed))
    dom = f"f-{detail.name}"
    if detail.type == "bool":
        return FieldPart(
            name, detail.title, "radio", id=dom, hint=detail.help, options=yes_no(given)
        )
    if detail.options:
        options = [OptionPart("", _("Choose"), not given)]
        options += [OptionPart(key, label, key == given) for key, label in detail.options]
        return FieldPart(
            name, detail.title, "select", id=dom, value=given, hint=detail.help, options=options
        )
    kind = "textarea" if detail.type == "text" and (detail.max_length or 0) > 200 else "text"
    return FieldPart(name, detail.title, kind, id=dom, value=given, hint=detail.help)
