"""Writing a draft: the text, and beside it what is wrong, checked while one types."""

import re

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from counterfoil.apps.playbooks.errors import NotADraft
from counterfoil.apps.playbooks.selectors import get_text, read_source
from counterfoil.apps.playbooks.services import SOURCE_MAX, save_draft
from counterfoil.interfaces.console.acts import REFUSALS, refuse, sentence
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.console.parts import Head
from counterfoil.interfaces.console.playbooks.findings import findings_of
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import Crumb, FieldPart
from counterfoil.interfaces.web.requests import KnownRequest

_CODE = re.compile(r"[a-z][a-z0-9-]{1,58}[a-z0-9]")


@shown_to("playbooks.edit")
def new(request: KnownRequest) -> HttpResponse:
    """This will begin a draft: empty, or from another version's text."""
    source, code = "", ""
    if request.GET.get("from"):
        origin = get_text(request.GET["from"])
        source, code = origin.source, origin.row.code
    if request.method != "POST":
        return _show(request, source=source, code=code, note="", version_id="")
    return _save(request, version_id="")


@shown_to("playbooks.edit")
def edit(request: KnownRequest, version_id: str) -> HttpResponse:
    """This will change the text of a draft; a text with problems is kept."""
    found = get_text(version_id)
    if found.row.state != "draft":
        wrong = NotADraft("A published version never changes; begin a new version from it.")
        return refuse(
            request,
            _("Edit the playbook"),
            wrong,
            back_url=reverse("console:playbook", args=[version_id]),
        )
    if request.method != "POST":
        return _show(
            request,
            source=found.source,
            code=found.row.code,
            note=found.row.note,
            version_id=version_id,
        )
    return _save(request, version_id=version_id)


@require_POST
@shown_to("playbooks.edit")
def check(request: KnownRequest) -> HttpResponse:
    """This will answer what is wrong with a text, without keeping it."""
    source = _text(request)
    context = {"found": _found(source, request.POST.get("code", ""))}
    return pages.page(request, "console/playbooks/_findings.html", context)


def _save(request: KnownRequest, *, version_id: str) -> HttpResponse:
    source, note = _text(request), request.POST.get("note", "").strip()[:500]
    code = request.POST.get("code", "").strip()
    if version_id:
        code = get_text(version_id).row.code
    error = ""
    if not _CODE.fullmatch(code):
        error = _("Write a code of small letters, digits and hyphens, such as mdf-claim.")
    elif not source.strip():
        error = _("Write the text first, or begin from another version.")
    else:
        try:
            saved = save_draft(
                source=source,
                code=code,
                by=request.me,
                at=request.at,
                version_id=version_id,
                note=note,
            )
        except REFUSALS as refusal:
            error = sentence(str(refusal))
        else:
            said = _("Saved as a draft, version %(version)s.") % {"version": saved.version}
            if saved.problems:
                said += " " + _("%(count)s problems are left.") % {"count": len(saved.problems)}
            messages.success(request, said)
            return HttpResponseRedirect(reverse("console:playbook_edit", args=[saved.public_id]))
    return _show(
        request,
        source=source,
        code=code,
        note=note,
        version_id=version_id,
        error=error,
        status=422,
    )


def _show(
    request: KnownRequest,
    *,
    source: str,
    code: str,
    note: str,
    version_id: str,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    title = _("Edit %(code)s") % {"code": code} if version_id else _("Write a playbook")
    back = (
        reverse("console:playbook", args=[version_id])
        if version_id
        else reverse("console:playbooks")
    )
    context = {
        "crumbs": [Crumb(_("Playbooks"), reverse("console:playbooks")), Crumb(title)],
        "head": Head(
            title,
            _(
                "The draft is checked while you type. It counts for nothing before somebody "
                "else publishes it."
            ),
        ),
        "code_field": FieldPart(
            "code",
            _("Code"),
            value=code,
            hint=_("Such as mdf-claim; every version of a playbook has the same one."),
            is_disabled=bool(version_id),
            width="w-m",
        ),
        "note_field": FieldPart(
            "note", _("What changes"), value=note, hint=_("For who publishes it.")
        ),
        "source": source,
        "row_count": max(24, source.count("\n") + 2),
        "check_url": reverse("console:playbook_check"),
        "act_url": request.get_full_path(),
        "back_url": back,
        "error": error,
        "found": _found(source, code),
    }
    return pages.page(request, "console/playbooks/editor.html", context, status=status)


def _found(source: str, code: str) -> object:
    if not source.strip():
        return findings_of(None, ())
    playbook, problems = read_source(source[:SOURCE_MAX], file=f"{code or 'draft'}.yaml")
    return findings_of(playbook, problems)


def _text(request: KnownRequest) -> str:
    # A browser sends line ends as CRLF; the text is kept as people's files have it.
    return request.POST.get("source", "").replace("\r\n", "\n")
