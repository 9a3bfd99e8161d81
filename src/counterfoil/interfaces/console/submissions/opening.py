"""Who may open a page of a submission; one that does not exist is 404."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404
from django.http.response import HttpResponseBase
from django.urls import reverse

from counterfoil.apps.submissions.errors import UnknownSubmission
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.web.requests import KnownRequest

View = Callable[..., HttpResponseBase]


def opened_to(action: str) -> Callable[[View], Callable[..., HttpResponseBase]]:
    """This will open a view to the roles of `action`, as `guard.shown_to` does."""

    def wrap(view: View) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def found(request: KnownRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                return view(request, *args, **kwargs)
            except UnknownSubmission as error:
                raise Http404(str(error)) from error

        return shown_to(action)(found)

    return wrap


def address(name: str, submission_id: str, /, **query: str) -> str:
    """This will return the address of a submission's page or act, with its query."""
    plain = reverse(f"console:{name}", args=[submission_id])
    asked = "&".join(f"{key}={value}" for key, value in query.items() if value)
    return f"{plain}?{asked}" if asked else plain
