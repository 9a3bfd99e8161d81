"""The guides to what a partner can send, made from the playbooks that are in force."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from counterfoil.apps.playbooks.selectors import playbooks_in_force, version_before
from counterfoil.apps.playbooks.types import PlaybookRef
from counterfoil.apps.submissions.selectors.words import labels_of
from counterfoil.core.authority import AUTHORITY
from counterfoil.core.guides import Guide, partner_guide
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.portal.guard import for_partners, language_of
from counterfoil.interfaces.web.presenters import Empty
from counterfoil.interfaces.web.requests import KnownRequest


@require_GET
@for_partners("submissions.view")
def guides(request: KnownRequest) -> HttpResponse:
    """This will list the guides, one for each kind of submission that is in force."""
    language = language_of(request)
    context = {
        "guides": [
            {
                "url": reverse("portal:guide", args=[ref.code]),
                "pdf_url": reverse("portal:guide_pdf", args=[ref.code]),
                "title": ref.playbook.title.say(language),
                "text": dict(ref.playbook.texts)["introduction"].say(language),
            }
            for ref in playbooks_in_force(request.at.date())
        ],
        "nothing": Empty(
            _("No guide yet"), _("The program has no rules in force on this day."), "book"
        ),
    }
    return render(request, "portal/guides.html", context)


@require_GET
@for_partners("submissions.view")
def guide(request: KnownRequest, code: str) -> HttpResponse:
    """This will show a guide with the limits of the day."""
    ref, made = _guide(request, code)
    language = language_of(request)
    context = {
        "guide": made,
        "guide_lang": made.language if made.language != language else "",
        "begin_url": reverse("portal:start", args=[code])
        if set(request.me.roles) & set(AUTHORITY["submissions.create"][0])
        else "",
        "pdf_url": reverse("portal:guide_pdf", args=[code]),
        "code": ref.code,
    }
    return render(request, "portal/guide.html", context)


@require_GET
@for_partners("submissions.view")
def guide_pdf(request: KnownRequest, code: str) -> HttpResponse:
    """This will send a guide as a PDF; the same version and day give the same bytes."""
    ref, made = _guide(request, code)
    content = adapter("pdf").render("partner_guide", made.to_json())
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{ref.code}-guide.pdf"'
    return response


def _guide(request: KnownRequest, code: str) -> tuple[PlaybookRef, Guide]:
    on, language = request.at.astimezone(request.person.zone).date(), language_of(request)
    ref = next((r for r in playbooks_in_force(request.at.date()) if r.code == code), None)
    if ref is None:
        raise Http404
    before = version_before(ref.public_id)
    return ref, partner_guide(
        ref.playbook,
        on=on,
        language=language,
        labels=labels_of(ref.playbook, language),
        before=before.playbook if before is not None else None,
        labels_before=labels_of(before.playbook, language) if before is not None else None,
    )
