"""Imports: runs, their problems by line, and the saved mappings."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.exchange.selectors import (
    get_mapping,
    get_run,
    list_mappings,
    list_problems,
    list_runs,
)
from counterfoil.apps.exchange.types import MappingView, ProblemView, RunView
from counterfoil.core.records import RECORD_TYPES
from counterfoil.interfaces.console.guard import may_somewhere, shown_to
from counterfoil.interfaces.console.parts import Head, acts_for
from counterfoil.interfaces.console.tables import Cell, Column, Row, Table, pager_of
from counterfoil.interfaces.console.words import (
    IMPORT_STATES,
    moment_of,
    people_names,
)
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.asked import asked_number
from counterfoil.interfaces.web.presenters import Act, Crumb, Empty, Status, format_count
from counterfoil.interfaces.web.requests import KnownRequest

RUNS_PER_PAGE = 50
PROBLEMS_PER_PAGE = 100


@shown_to("imports.view")
def imports(request: KnownRequest) -> HttpResponse:
    """This will list imports, newest first, and the mappings that files are read by."""
    after = request.GET.get("after", "")
    found = list_runs(limit=RUNS_PER_PAGE + 1, before=asked_number(after))
    shown = found[:RUNS_PER_PAGE]
    mappings = list_mappings()
    names = people_names([each.started_by for each in shown] + [m.saved_by for m in mappings])
    bring = Act(
        _("Import a file"), reverse("console:import_new"), "upload", "main-act", dialog=False
    )
    may_run = may_somewhere(request.me, "imports.run")
    context = {
        "crumbs": [Crumb(_("Imports"))],
        "head": Head(
            _("Imports"),
            _(
                "A file is checked line by line first; then it is taken whole, without its "
                "bad lines, or not at all."
            ),
            acts=acts_for(request.me, ("imports.run", bring)),
        ),
        "tables": [
            Table(
                "runs",
                _("Files"),
                [
                    Column(_("File")),
                    Column(_("State")),
                    Column(_("Read")),
                    Column(_("Rows"), "num"),
                    Column(_("New"), "num"),
                    Column(_("Changed"), "num"),
                    Column(_("Bad"), "num"),
                ],
                [_run_row(request, each, names) for each in shown],
                Empty(
                    _("No file was imported yet"),
                    _("Bring partners and sales in from files of your CRM, PRM or order system."),
                    "upload",
                    reverse("console:import_new") if may_run else "",
                    _("Import a file"),
                ),
                pager=pager_of(
                    request,
                    shown=len(shown),
                    next_cursor=str(shown[-1].cursor) if len(found) > RUNS_PER_PAGE else "",
                ),
            ),
            _mappings_table(request, mappings, names),
        ],
    }
    return pages.page(request, "console/list.html", context)


@shown_to("imports.view")
def run(request: KnownRequest, run_id: str) -> HttpResponse:
    """This will show one import: what it would do or did, and its problems by line."""
    found = get_run(run_id=run_id)
    after = request.GET.get("after", "")
    problems = list_problems(
        run_id=run_id,
        limit=PROBLEMS_PER_PAGE + 1,
        after_line=asked_number(after) or 0,
    )
    names = people_names([found.started_by])
    context = {
        "crumbs": [Crumb(_("Imports"), reverse("console:imports")), Crumb(found.file_name)],
        "head": Head(
            found.file_name,
            _("%(mapping)s, read %(when)s by %(who)s")
            % {
                "mapping": found.mapping_title,
                "when": moment_of(request, found.started_at),
                "who": names.get(found.started_by, ""),
            },
            IMPORT_STATES[found.state],
            _acts(found) if may_somewhere(request.me, "imports.run") else (),
        ),
        "notices_of": _notices(found),
        "kpis": _kpis(found),
        "facts_title": _("File"),
        "facts": [
            (_("Mapping"), found.mapping_title),
            (_("Fingerprint"), f"sha256 {found.sha256}"),
            (_("Ended"), str(moment_of(request, found.finished_at) or _("not yet"))),
        ],
        "tables": [_problems_table(request, problems)],
    }
    return pages.page(request, "console/detail.html", context)


@shown_to("imports.view")
def mapping(request: KnownRequest, code: str) -> HttpResponse:
    """This will show which column of a file feeds which field."""
    found = get_mapping(code=code)
    names = people_names([found.saved_by])
    record = RECORD_TYPES[found.record_type]
    required = {spec.name for spec in record.fields if spec.is_required}
    context = {
        "crumbs": [Crumb(_("Imports"), reverse("console:imports")), Crumb(found.title)],
        "head": Head(
            found.title,
            _("%(records)s from %(source)s, saved by %(who)s")
            % {
                "records": record.title,
                "source": found.source,
                "who": names.get(found.saved_by, found.saved_by),
            },
        ),
        "tables": [
            Table(
                "columns",
                _("Columns"),
                [Column(_("Field")), Column(_("Comes from")), Column(_("Must be there"))],
                [
                    Row(
                        [
                            Cell(name.replace("_", " ").capitalize()),
                            Cell(_source_words(source)),
                            Cell(status=Status(_("Yes"), "pass", "mute"))
                            if name in required
                            else Cell(_("no"), css="muted"),
                        ]
                    )
                    for name, source in found.columns.items()
                ],
                Empty(
                    _("No column"), _("A mapping names at least the fields that must be there.")
                ),
            )
        ],
    }
    return pages.page(request, "console/list.html", context)


def _run_row(request: KnownRequest, each: RunView, names: dict[str, str]) -> Row:
    return Row(
        [
            Cell(
                each.file_name,
                reverse("console:import", args=[each.public_id]),
                each.mapping_title,
            ),
            Cell(status=IMPORT_STATES[each.state]),
            Cell(str(moment_of(request, each.started_at)), note=names.get(each.started_by, "")),
            Cell(format_count(each.rows), css="num"),
            Cell(format_count(each.created), css="num"),
            Cell(format_count(each.changed), css="num"),
            Cell(format_count(each.refused), css="num"),
        ],
        id=each.public_id,
    )


def _mappings_table(
    request: KnownRequest, mappings: tuple[MappingView, ...], names: dict[str, str]
) -> Table:
    return Table(
        "mappings",
        _("Saved mappings"),
        [
            Column(_("Mapping")),
            Column(_("Brings")),
            Column(_("From")),
            Column(_("Saved")),
            Column(_("Fields"), "num"),
        ],
        [
            Row(
                [
                    Cell(each.title, reverse("console:mapping", args=[each.code]), each.code),
                    Cell(RECORD_TYPES[each.record_type].title),
                    Cell(each.source),
                    Cell(
                        str(moment_of(request, each.saved_at)), note=names.get(each.saved_by, "")
                    ),
                    Cell(format_count(len(each.columns)), css="num"),
                ]
            )
            for each in mappings
        ],
        Empty(
            _("No mapping is saved yet"),
            _(
                "A mapping says which column is what. An administrator saves one with the "
                "command line: counterfoil mappings save."
            ),
            "link",
        ),
    )


def _problems_table(request: KnownRequest, problems: tuple[ProblemView, ...]) -> Table:
    shown = problems[:PROBLEMS_PER_PAGE]
    return Table(
        "problems",
        _("Problems and notices"),
        [
            Column(_("Line")),
            Column(_("Kind")),
            Column(_("Field")),
            Column(_("What was seen")),
            Column(_("What would be right")),
        ],
        [
            Row(
                [
                    Cell(
                        _("line %(line)s") % {"line": each.line},
                        note=_("column %(column)s") % {"column": each.column}
                        if each.column
                        else "",
                    ),
                    Cell(
                        status=Status(_("Notice"), "info", "mute")
                        if each.is_notice
                        else Status(_("Not taken"), "fail", "bad")
                    ),
                    Cell(each.field.replace("_", " "), note=each.code),
                    Cell(each.message),
                    Cell(each.hint, css="soft"),
                ],
                is_bad=not each.is_notice,
            )
            for each in shown
        ],
        Empty(_("No problem"), _("Every line of the file can be taken."), "pass"),
        pager=pager_of(
            request,
            shown=len(shown),
            next_cursor=str(shown[-1].line) if len(problems) > PROBLEMS_PER_PAGE else "",
        ),
    )


def _acts(found: RunView) -> list[Act]:
    if found.state != "staged":
        return []
    give_up = Act(
        _("Discard"), reverse("console:import_discard", args=[found.public_id]), "x", "danger"
    )
    good = found.created + found.changed + found.unchanged
    if not found.refused:
        take = Act(
            _("Take the file"),
            reverse("console:import_take", args=[found.public_id]),
            "pass",
            "main-act",
        )
        return [give_up, take]
    take = Act(
        _("Take it without the bad lines"),
        reverse("console:import_take_good", args=[found.public_id]),
        "pass",
        "main-act",
        why_not="" if good else _("No line of this file can be taken."),
    )
    return [give_up, take]


def _notices(found: RunView) -> list[tuple[str, str, str]]:
    if found.state != "staged":
        return []
    if found.refused:
        return [
            (
                "warn",
                "unknown",
                _(
                    "%(bad)s lines can't be taken. Nothing is written yet: mend the file "
                    "and read it again, or take it without these lines."
                )
                % {"bad": format_count(found.refused)},
            )
        ]
    return [
        ("ours", "info", _("Nothing is written yet. Taking the file does what the figures say."))
    ]


def _kpis(found: RunView) -> list[tuple[str, str, str]]:
    would = found.state == "staged"
    return [
        (_("Rows"), format_count(found.rows), ""),
        (_("Would be new") if would else _("New"), format_count(found.created), ""),
        (_("Would change") if would else _("Changed"), format_count(found.changed), ""),
        (_("Known already"), format_count(found.unchanged), ""),
        (
            _("Bad lines"),
            format_count(found.refused),
            _("left out") if found.skip_bad_rows and found.refused else "",
        ),
        (_("Notices"), format_count(found.notices), ""),
    ]


def _source_words(source: Any) -> str:
    if not isinstance(source, dict):
        return str(source)
    if "value" in source:
        return _("always %(value)s") % {"value": source["value"]}
    columns = source.get("columns") or [source.get("column", "")]
    words = " / ".join(str(each) for each in columns)
    extra = [str(value) for key, value in source.items() if key not in {"column", "columns"}]
    return f"{words} ({', '.join(extra)})" if extra else words
