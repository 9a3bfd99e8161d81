"""Evidence: page pictures that our reader drew, and the original as an attachment only."""

from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from counterfoil.apps.submissions.selectors.heads import submission_of_evidence
from counterfoil.apps.submissions.selectors.own_lists import find_own_file
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.portal.guard import for_partners
from counterfoil.interfaces.web.requests import KnownRequest


@require_GET
@for_partners("submissions.view")
def evidence(request: KnownRequest, evidence_id: str) -> HttpResponse:
    """This will show the pages of a file as pictures."""
    name, _sha256, media_type, previews = _file(request, evidence_id)
    submission_id = submission_of_evidence(evidence_id, by=request.me)
    context = {
        "heading": name,
        "media_type": media_type,
        "pictures": [
            (
                reverse("portal:picture", args=[evidence_id, number]),
                _("Page %(number)d of %(name)s") % {"number": number, "name": name},
            )
            for number in range(1, len(previews) + 1)
        ],
        "original_url": reverse("portal:original", args=[evidence_id]),
        "back_url": reverse("portal:submission", args=[submission_id]),
    }
    return render(request, "portal/evidence.html", context)


@require_GET
@for_partners("submissions.view")
def picture(request: KnownRequest, evidence_id: str, number: int) -> HttpResponseBase:
    """This will send the picture of one page, drawn by our reader."""
    previews = _file(request, evidence_id)[3]
    if not 1 <= number <= len(previews):
        raise Http404
    return _send(previews[number - 1], "image/png")


@require_GET
@for_partners("submissions.view")
def original(request: KnownRequest, evidence_id: str) -> HttpResponseBase:
    """This will send the original, never to be shown in the browser."""
    name, sha256, _media, _previews = _file(request, evidence_id)
    response = _send(sha256, "application/octet-stream")
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=name) or "attachment"
    )
    return response


def _file(request: KnownRequest, evidence_id: str) -> tuple[str, str, str, tuple[str, ...]]:
    found = find_own_file(evidence_id, by=request.me)
    if found is None:
        raise Http404
    return found


def _send(sha256: str, content_type: str) -> HttpResponseBase:
    try:
        stream = adapter("evidence_store").open(sha256)
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(stream, content_type=content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
