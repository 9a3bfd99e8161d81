"""Error pages: what failed, what is still safe, what to do next."""

import logging
import secrets

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template
from django.utils.translation import gettext as _

log = logging.getLogger("counterfoil.web")


def _page(request: HttpRequest, status: int, **context: object) -> HttpResponse:
    reference = f"err_{secrets.token_hex(6)}"
    words = {"reference": reference, "path": request.path, "status": status}
    log.warning("page refused", extra=words)
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
    return _page(
        request, 403, reason=_("This form was open for too long or came from another site.")
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """This will answer an address or object that does not exist, or is another partner's.

    The page is the same each time and names no record: nothing failed.
    """
    return render(request, "web/errors/404.html", status=404)


def too_many(request: HttpRequest) -> HttpResponse:
    """This will answer who tried a log-in, a code or a mail too often (allauth's limits)."""
    return _page(request, 429)


def mail_failed(request: HttpRequest) -> HttpResponse:
    """This will say that a mail could not be handed over, the same for each address."""
    return _page(request, 503)


def closed(request: HttpRequest) -> HttpResponse:
    """This will shut an address of the log-in library that the product does not offer.

    Raises Http404. A person's mail address is who they are: changing it would leave no event.
    """
    raise Http404


def failed(request: HttpRequest) -> HttpResponse:
    """This will answer when the program failed; nothing of the request was kept."""
    reference = f"err_{secrets.token_hex(6)}"
    log.error("page failed", extra={"reference": reference, "path": request.path})
    # Without the request: its context processors may be what failed.
    body = get_template("web/errors/500.html").render({"reference": reference})
    return HttpResponse(body, status=500, headers={"X-Error-Id": reference})
