"""Bringing a file in: upload and check, then take, take the good lines, or discard."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.apps.exchange.errors import MappingDoesNotFit
from counterfoil.apps.exchange.selectors import get_run, list_mappings
from counterfoil.apps.exchange.types import RunView
from counterfoil.flows.import_records import (
    TableRefused,
    discard_import,
    stage_import,
    take_import,
)
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.console.acts import ActPage, answer, missing_of
from counterfoil.interfaces.console.forms import choice_field
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.console.parts import Head
from counterfoil.interfaces.console.words import IMPORT_STATES
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import Crumb, format_count
from counterfoil.interfaces.web.requests import KnownRequest

FILE_MAX = 256 * 1024 * 1024


class StageForm(forms.Form):
    """A file and the mapping that reads it."""

    mapping = choice_field(gettext_lazy("What the file holds"), ())
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV, tab-separated or Excel, up to 256 MB."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
        error_messages={"required": gettext_lazy("Choose the file.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mapping"] = choice_field(
            gettext_lazy("What the file holds"),
            [(each.code, f"{each.title} ({each.source})") for each in list_mappings()],
        )

    def clean_file(self) -> Any:
        """Refuse a file beyond the limit before it is read."""
        upload = self.cleaned_data["file"]
        if upload.size > FILE_MAX:
            raise forms.ValidationError(_("The file is larger than 256 MB; split it."))
        return upload


@shown_to("imports.run")
def stage(request: KnownRequest) -> HttpResponse:
    """This will keep a file, check every line and show what taking it would do."""
    form = StageForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            staged = stage_import(
                mapping_code=form.cleaned_data["mapping"],
                file_name=upload.name,
                content=upload.read(),
                store=adapter("evidence_store"),
                by=request.me,
                at=request.at,
            )
        except MappingDoesNotFit as error:
            for line in error.lines:
                form.add_error("file", line)
        except TableRefused as error:
            form.add_error("file", str(error))
        else:
            messages.success(
                request,
                _("%(rows)s rows checked; nothing is written yet.")
                % {"rows": format_count(staged.counts.rows)},
            )
            return HttpResponseRedirect(reverse("console:import", args=[staged.run_id]))
    context = {
        "crumbs": [Crumb(_("Imports"), reverse("console:imports")), Crumb(_("Import a file"))],
        "head": Head(
            _("Import a file"),
            _(
                "The file is checked line by line. You see what it would do before anything "
                "is written."
            ),
        ),
        "card_title": _("File"),
        "form": form,
        "has_files": True,
        "act_url": request.path,
        "missing": missing_of(form) if form.is_bound else [],
        "missing_title": _("This has to be mended first"),
        "confirm": _("Check the file"),
        "back_url": reverse("console:imports"),
    }
    return pages.page(request, "console/form.html", context, status=422 if form.is_bound else 200)


@shown_to("imports.run")
def take(request: KnownRequest, run_id: str) -> HttpResponse:
    """This will write a checked file, all of it."""
    return _take(request, run_id, skip_bad_rows=False)


@shown_to("imports.run")
def take_good(request: KnownRequest, run_id: str) -> HttpResponse:
    """This will write a checked file without its bad lines."""
    return _take(request, run_id, skip_bad_rows=True)


@shown_to("imports.run")
def discard(request: KnownRequest, run_id: str) -> HttpResponse:
    """This will end a checked file without writing anything of it."""
    found = get_run(run_id=run_id)

    def do() -> str:
        discard_import(run_id=run_id, by=request.me, at=request.at)
        return _("%(file)s is discarded; nothing was written.") % {"file": found.file_name}

    act = ActPage(
        title=_("Discard %(file)s") % {"file": found.file_name},
        confirm=_("Discard"),
        confirm_tone="danger",
        back_url=reverse("console:import", args=[run_id]),
        notice=_("Nothing of this file is written. Its check stays on record."),
        blocked=_over(found),
    )
    return answer(request, act, do)


def _take(request: KnownRequest, run_id: str, *, skip_bad_rows: bool) -> HttpResponse:
    found = get_run(run_id=run_id)

    def do() -> str:
        counts = take_import(
            run_id=run_id,
            skip_bad_rows=skip_bad_rows,
            store=adapter("evidence_store"),
            by=request.me,
            at=request.at,
        )
        return _("Taken: %(new)s new, %(changed)s changed, %(same)s known already.") % {
            "new": format_count(counts.created),
            "changed": format_count(counts.changed),
            "same": format_count(counts.unchanged),
        }

    facts = [
        (_("New"), format_count(found.created)),
        (_("Changed"), format_count(found.changed)),
        (_("Known already"), format_count(found.unchanged)),
    ]
    if found.refused:
        facts.append((_("Left out, bad"), format_count(found.refused)))
    act = ActPage(
        title=_("Take %(file)s") % {"file": found.file_name},
        confirm=_("Take it without the bad lines") if skip_bad_rows else _("Take the file"),
        back_url=reverse("console:import", args=[run_id]),
        facts=facts,
        notice=_("The file is read again and written as a whole; if anything fails, nothing is."),
        blocked=_over(found),
    )
    return answer(request, act, do)


def _over(found: RunView) -> str:
    if found.state == "staged":
        return ""
    word = str(IMPORT_STATES[found.state].word).lower()
    return _("This file was decided before: %(state)s.") % {"state": word}
