"""Refusals of the API as problem documents (RFC 9457)."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from counterfoil.apps.ledger.errors import UnknownEntry
from counterfoil.apps.partners.errors import UnknownPartner
from counterfoil.core.authority import NotAllowed

MEDIA_TYPE = "application/problem+json"


def problem(
    status: int, detail: str, *, errors: Sequence[dict[str, str]] = (), **headers: str
) -> HttpResponse:
    """This will answer with a problem document: what is wrong, where, and what would be right."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = list(errors)
    answer = JsonResponse(body, status=status, content_type=MEDIA_TYPE)
    for name, value in headers.items():
        answer[name.replace("_", "-")] = value
    return answer


def say_problems(api: NinjaAPI) -> None:
    """This will make the API answer each refusal with a problem document."""

    @api.exception_handler(AuthenticationError)
    def no_key(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        detail = "Send a key that is in force: Authorization: Bearer cf_…"
        return problem(401, detail, WWW_Authenticate='Bearer realm="counterfoil"')

    @api.exception_handler(NotAllowed)
    def not_allowed(request: HttpRequest, error: NotAllowed) -> HttpResponse:
        return problem(403, str(error))

    @api.exception_handler(ValidationError)
    def not_valid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        found = [
            {"name": str(each["loc"][-1]), "in": str(each["loc"][0]), "detail": str(each["msg"])}
            for each in error.errors
        ]
        return problem(422, "A parameter is not as it must be.", errors=found)

    for absent in (Http404, UnknownEntry, UnknownPartner):
        api.add_exception_handler(absent, _not_found)

    @api.exception_handler(HttpError)
    def refused(request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem(error.status_code, str(error))


def _not_found(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    return problem(404, "There is nothing at this address that the key may read.")
