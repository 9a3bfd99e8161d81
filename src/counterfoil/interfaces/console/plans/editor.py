"""Writing a plan: the text, and beside it what is wrong, checked while one types."""

import re

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from counterfoil.apps.earnings.errors import WrongState
from counterfoil.apps.earnings.selectors import get_plan_version, read_plan
from counterfoil.apps.earnings.services import save_plan
from counterfoil.interfaces.console.acts import REFUSALS, refuse, sentence
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.console.parts import Head
from counterfoil.interfaces.console.plans.findings import PlanFindings, findings_of
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import Crumb, FieldPart, format_count
from counterfoil.interfaces.web.requests import KnownRequest

SOURCE_MAX = 200_000
"""Characters of a plan's text; a longer one is refused."""
_CODE = re.compile(r"[a-z][a-z0-9-]{1,58}[a-z0-9]")


@shown_to("plans.edit")
def new(request: KnownRequest) -> HttpResponse:
    """This will begin a draft: empty, or from another version's text."""
    source, code = "", ""
    if request.GET.get("from"):
        origin = get_plan_version(request.GET["from"])
        source, code = origin.source, origin.info.code
    if request.method != "POST":
        return _show(request, source=source, code=code, version_id="")
    return _save(request, version_id="")


@shown_to("plans.edit")
def edit(request: KnownRequest, version_id: str) -> HttpResponse:
    """This will change the text of a draft; a text with problems is kept."""
    found = get_plan_version(version_id)
    if found.info.state != "draft":
        wrong = WrongState("A published version never changes; begin a new version from it.")
        return refuse(
            request, _("Edit the plan"), wrong, back_url=reverse("console:plan", args=[version_id])
        )
    if request.method != "POST":
        return _show(request, source=found.source, code=found.info.code, version_id=version_id)
    return _save(request, version_id=version_id)


@require_POST
@shown_to("plans.edit")
def check(request: KnownRequest) -> HttpResponse:
    """This will answer what is wrong with a text, without keeping it."""
    context = {"found": _found(_text(request), request.POST.get("code", ""))}
    return pages.page(request, "console/plans/_findings.html", context)


def _save(request: KnownRequest, *, version_id: str) -> HttpResponse:
    source = _text(request)
    code = request.POST.get("code", "").strip()
    if version_id:
        code = get_plan_version(version_id).info.code
    error = ""
    if not _CODE.fullmatch(code):
        error = _("Write a code of small letters, digits and hyphens, such as channel-commission.")
    elif not source.strip():
        error = _("Write the text first, or begin from another version.")
    elif len(source) > SOURCE_MAX:
        error = _("The text is longer than %(count)s characters.") % {
            "count": format_count(SOURCE_MAX)
        }
    else:
        try:
            saved = save_plan(
                source=source, code=code, version_id=version_id, by=request.me, at=request.at
            )
        except REFUSALS as refusal:
            error = sentence(str(refusal))
        else:
            said = _("Saved as a draft, version %(version)s.") % {"version": saved.version}
            if saved.problems:
                left = ngettext(
                    "%(count)s problem is left.", "%(count)s problems are left.",
                    len(saved.problems),
                )  # fmt: skip
                said += " " + left % {"count": format_count(len(saved.problems))}
            messages.success(request, said)
            return HttpResponseRedirect(reverse("console:plan_edit", args=[saved.public_id]))
    return _show(request, source=source, code=code, version_id=version_id, error=error, status=422)


def _show(
    request: KnownRequest,
    *,
    source: str,
    code: str,
    version_id: str,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    title = _("Edit %(code)s") % {"code": code} if version_id else _("Write a plan")
    back = reverse("console:plan", args=[version_id]) if version_id else reverse("console:plans")
    context = {
        "crumbs": [Crumb(_("Plans"), reverse("console:plans")), Crumb(title)],
        "head": Head(
            title,
            _(
                "The draft is checked while you type and its examples run. It counts for nothing "
                "before somebody else publishes it."
            ),
        ),
        "code_field": FieldPart(
            "code",
            _("Code"),
            value=code,
            hint=_("As the text's own `plan`; every version of a plan has the same one."),
            is_disabled=bool(version_id),
            width="w-m",
        ),
        "source": source,
        "row_count": max(24, source.count("\n") + 2),
        "check_url": reverse("console:plan_check"),
        "act_url": request.get_full_path(),
        "back_url": back,
        "error": error,
        "found": _found(source, code),
    }
    return pages.page(request, "console/plans/editor.html", context, status=status)


def _found(source: str, code: str) -> PlanFindings:
    if not source.strip():
        return findings_of(None, ())
    plan, problems = read_plan(source[:SOURCE_MAX], file=f"{code or 'draft'}.yaml")
    return findings_of(plan, problems)


def _text(request: KnownRequest) -> str:
    # A browser sends line ends as CRLF; the text is kept as people's files have it.
    return request.POST.get("source", "").replace("\r\n", "\n")
