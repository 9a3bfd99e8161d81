"""What every request passes: security headers, and the principal that its transaction acts for."""

from collections.abc import Callable
from datetime import UTC, datetime

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone, translation

from counterfoil.apps.access.selectors import find_actor, find_key_holder, needs_mfa
from counterfoil.apps.access.services import note_key_use
from counterfoil.apps.access.types import Person
from counterfoil.apps.partners.selectors import list_seats
from counterfoil.foundation.acting import acting_as, discard_work, portal, staff
from counterfoil.interfaces.web.asked import refuse_nul
from counterfoil.interfaces.web.requests import AskedRequest
from counterfoil.interfaces.web.seats import choose_seat

GetResponse = Callable[[HttpRequest], HttpResponseBase]
GetSeen = Callable[[AskedRequest], HttpResponseBase]

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "require-trusted-types-for 'script'; trusted-types htmx counterfoil default"
)
# Log-in, health and static files act for nobody: they see session and identity tables only.
ANONYMOUS_PREFIXES = (
    "/accounts/", "/static/", "/livez", "/readyz", "/demo/", "/join/", "/answer/",
)  # fmt: skip
# Programs come with a key; a session counts for nothing there.
API_PREFIX = "/api/"
# Nobody of a partner touches bank details without a second factor (money.md 3.3).
BANK_PREFIX = "/portal/bank-details/"
# One's own pages act for nobody either: choosing a seat and preferences are no partner's business.
OWN_PREFIXES = ("/profile/", "/seat/")


class SecurityHeaders:
    """Adds the policy of DESIGN 7 to each answer."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), microphone=(), geolocation=()"
        )
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class ActAs:
    """Runs the view, and the rendering of its answer, in one transaction of the right principal.

    `request.me` is the Actor, `request.person` the Person, `request.at` the one reading of the
    clock. An answer of 500 and above discards what was written; refusals below that are undone by
    the flow that refused, so that a saved draft survives a form with errors.
    """

    def __init__(self, get_response: GetSeen) -> None:
        self.get_response = get_response

    def __call__(self, request: AskedRequest) -> HttpResponseBase:
        request.at = datetime.now(UTC)
        timezone.deactivate()
        request.me = None
        request.person = None
        refuse_nul(request)
        if request.path.startswith(API_PREFIX):
            return self._by_key(request)
        if request.path.startswith(ANONYMOUS_PREFIXES) or not request.user.is_authenticated:
            return self.get_response(request)
        person = find_actor(user_pk=request.user.pk)
        if person is None:
            return self.get_response(request)
        if settings.STAFF_NEED_MFA and needs_mfa(
            user_pk=request.user.pk, is_for_bank_details=request.path.startswith(BANK_PREFIX)
        ):
            return redirect("mfa_activate_totp")
        self._set_person(request, person)
        if request.me is None or request.path.startswith(OWN_PREFIXES):
            return self.get_response(request)
        principal = portal(request.me.partner_id) if request.me.is_partner else staff()
        with acting_as(principal):
            response = self.get_response(request)
            if hasattr(response, "render") and not getattr(response, "is_rendered", True):
                response = response.render()
            if response.status_code >= 500:
                discard_work()
        return response

    def _by_key(self, request: AskedRequest) -> HttpResponseBase:
        """Answer a program as the person whose key it brings, in a transaction that only reads."""
        scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
        held = (
            find_key_holder(token=token.strip(), at=request.at)
            if scheme.lower() == "bearer"
            else None
        )
        if held is None:
            return self.get_response(request)
        key_id, request.person = held
        request.me = request.person.actor
        note_key_use(key_id=key_id, at=request.at)
        with acting_as(staff()):
            response = self.get_response(request)
            discard_work()
        return response

    def _set_person(self, request: AskedRequest, person: Person) -> None:
        request.person = person
        if person.is_staff_member:
            request.me = person.actor
        else:
            request.me = choose_seat(
                person, list_seats(user_pk=person.actor.user_pk or 0), request.session
            )
        timezone.activate(person.zone)
        # A person's language comes with the person; the browser's counts before log-in only.
        translation.activate(person.language)
        request.LANGUAGE_CODE = translation.get_language()
