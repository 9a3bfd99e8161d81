"""Files of a submission: pages as pictures drawn by our reader, their text, the original.

The original never opens in the browser: it is always an attachment, without a type that a browser
would run, in a sandbox of its own.
"""

from typing import BinaryIO

from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from counterfoil.apps.submissions.selectors.files import evidence_file
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.console.submissions.opening import address, opened_to
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import Crumb
from counterfoil.interfaces.web.requests import KnownRequest

SANDBOX = "default-src 'none'; sandbox"
PNG_HEAD = b"\x89PNG\r\n\x1a\n"


@require_GET
@opened_to("submissions.view")
def picture(request: KnownRequest, evidence_id: str, page: int) -> HttpResponseBase:
    """This will send the picture of one page."""
    previews = evidence_file(evidence_id, by=request.me).previews
    if not 1 <= page <= len(previews):
        raise Http404
    return _send(previews[page - 1], "image/png")


@require_GET
@opened_to("submissions.view")
def original(request: KnownRequest, evidence_id: str) -> HttpResponseBase:
    """This will send the original, to be saved and never shown."""
    found = evidence_file(evidence_id, by=request.me)
    response = _send(found.sha256, "application/octet-stream")
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=found.name) or "attachment"
    )
    return response


@require_GET
@opened_to("submissions.view")
def text(request: KnownRequest, evidence_id: str) -> HttpResponse:
    """This will show the text that a person can see on the pages, as text."""
    found = evidence_file(evidence_id, by=request.me)
    url = address("submission", found.submission_id, file=evidence_id)
    texts = [
        (_("Page %(page)s") % {"page": at}, each) for at, each in enumerate(found.page_texts, 1)
    ]
    context = {
        "crumbs": [Crumb(_("Review"), f"{url}#doc"), Crumb(found.name)],
        "name": found.name,
        "texts": [(title, each) for title, each in texts if each.strip()],
    }
    return pages.page(request, "console/submissions/text.html", context)


def size_of(sha256: str) -> tuple[int, int]:
    """This will read width and height out of a stored page picture; (0, 0) when it has none.

    Source: PNG (ISO/IEC 15948), 11.2.2: the header chunk is the first, 8 bytes after its length
    and name.
    """
    try:
        with _opened(sha256) as stream:
            head = stream.read(24)
    except (FileNotFoundError, ValueError, KeyError):
        return 0, 0
    if len(head) < 24 or not head.startswith(PNG_HEAD):
        return 0, 0
    return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")


def _send(sha256: str, content_type: str) -> HttpResponseBase:
    try:
        stream = _opened(sha256)
    except (FileNotFoundError, ValueError) as error:
        raise Http404 from error
    response = FileResponse(stream, content_type=content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SANDBOX
    return response


def _opened(sha256: str) -> BinaryIO:
    stream: BinaryIO = adapter("evidence_store").open(sha256)
    return stream
