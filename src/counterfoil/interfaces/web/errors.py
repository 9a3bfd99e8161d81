"""Error pages: what failed, what is still safe, what to do next."""

import logging
import secrets

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template

log = logging.getLogger("counterfoil.web")


def _page(request: HttpRequest, status: int, **context: object) -> HttpResponse:
    reference = f"err_{secrets.token_hex(6)}"
    return render(
        request, f"web/errors/{status}.html", {"reference": reference, **context}, status=status
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """This will answer a request that can't be read."""
    return _page(request, 400)


def not_allowed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """This will say which role an act needs."""
    return _page(request, 403, reason=str(exception or ""))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """This will answer a form whose protection token is missing or stale."""
    return _page(request, 403, reason="This form was open for too long or came from another site.")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """This will answer an address or object that does not exist, or is another partner's."""
    return _page(request, 404)


def failed(request: HttpRequest) -> HttpResponse:
    """This will answer when the program failed; nothing of the request was kept."""
    reference = f"err_{secrets.token_hex(6)}"
    log.error("page failed", extra={"reference": reference, "path": request.path})
    # Without the request: its context processors may be what failed.
    body = get_template("web/errors/500.html").render({"reference": reference})
    return HttpResponse(body, status=500, headers={"X-Error-Id": reference})
