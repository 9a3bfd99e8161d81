"""The API with its address, its key and its description."""

import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from ninja import NinjaAPI
from ninja.security import HttpBearer

from counterfoil.core.actors import Actor
from counterfoil.interfaces.api.money import router
from counterfoil.interfaces.api.problems import say_problems

VERSION = "1"


class Key(HttpBearer):
    """An API key as a bearer token (RFC 6750)."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        """Return whom the key reads as: `middleware.ActAs` has looked it up already."""
        me: Actor | None = getattr(request, "me", None)
        return me


class Api(NinjaAPI):
    """Answers with an entity tag, so that who has the same answer already gets none (304)."""

    def create_response(
        self, request: HttpRequest, data: Any, *, status: int | None = 200, **more: Any
    ) -> HttpResponse:
        """Return the answer, or 304 where `If-None-Match` names it."""
        answer = super().create_response(request, data, status=status, **more)
        if status != 200 or request.method != "GET":
            return answer
        tag = f'"{hashlib.sha256(answer.content).hexdigest()[:32]}"'
        asked = [each.strip() for each in request.headers.get("If-None-Match", "").split(",")]
        if tag in asked:
            answer = HttpResponse(status=304)
        answer["ETag"] = tag
        answer["Cache-Control"] = "private, no-cache"
        return answer


api = Api(
    title="Counterfoil",
    version=VERSION,
    description=(
        "Reads where money stands. Every figure is a sum of ledger entries, the same that the "
        "console shows. Amounts are decimal text. Make a key in the console under API keys."
    ),
    auth=Key(),
    docs_url=None,
    urls_namespace="api",
)
say_problems(api)
api.add_router("", router)

urlpatterns = [path("v1/", api.urls)]
