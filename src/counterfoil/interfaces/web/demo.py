"""The demo's front door: pick a person and be signed in. Exists only in the demo, on this machine.

These addresses are wired only when `settings.DEMO` is set, and the demo refuses another database
than the embedded one; see also `doctor`.
"""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from counterfoil.apps.access.selectors import find_actor, list_active_people
from counterfoil.apps.partners.selectors import list_seats

_LOCAL = {"127.0.0.1", "::1", "localhost"}
_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"

WHAT_THEY_DO = {
    "operations": "Clears the queue: reads, verifies, returns, approves",
    "team_lead": "Second approver, publishes playbooks, watches the clocks",
    "finance_maker": "Funds, earned money, makes vendor-bill files, reads paid lists",
    "finance_checker": "Checks payees, releases what somebody else made",
    "partner_manager": "Looks after a set of partners",
    "account_executive": "Knows the deals, writes internal notes",
    "auditor": "Reads everything, runs dry-run audits, exports audit packs",
    "administrator": "People, imports, set-up",
    "leadership": "Reads figures",
    "partner_admin": "Requests and claims, invites colleagues",
    "partner_member": "Requests and claims",
}


@dataclass(frozen=True, slots=True)
class Persona:
    """A person one can be in the demo; `where` is empty for the vendor's people."""

    name: str
    email: str
    where: str
    role: str
    what: str
    url: str


def _refuse_outside_demo(request: HttpRequest) -> None:
    if not settings.DEMO or request.META.get("REMOTE_ADDR", "127.0.0.1") not in _LOCAL:
        raise Http404


def personas() -> list[Persona]:
    """This will list who one can be: all staff and a few people of partners."""
    found = []
    for person in list_active_people():
        seats = list_seats(user_pk=person.actor.user_pk or 0)
        role = person.actor.role if person.is_staff_member else seats[0].role if seats else ""
        if not role:
            continue
        found.append(
            Persona(
                name=person.actor.name,
                email=person.email,
                where="" if person.is_staff_member else seats[0].partner_name,
                role=role.replace("_", " ").capitalize(),
                what=WHAT_THEY_DO.get(role, ""),
                url=f"/demo/sign-in/{person.actor.id}",
            )
        )
    return found


def choose(request: HttpRequest) -> HttpResponse:
    """This will show the personas."""
    _refuse_outside_demo(request)
    everybody = personas()
    context = {
        "vendor_people": [p for p in everybody if not p.where],
        "partner_people": [p for p in everybody if p.where][:8],
    }
    return render(request, "web/demo.html", context)


def tour(request: HttpRequest) -> HttpResponse:
    """This will show the five-minute tour: what to click, as whom, and what to see."""
    _refuse_outside_demo(request)
    return render(request, "web/demo_tour.html")


@require_POST
def sign_in(request: HttpRequest, person_id: str) -> HttpResponse:
    """This will sign the chosen person in, without a password: demo only."""
    _refuse_outside_demo(request)
    user = get_user_model().objects.filter(public_id=person_id).first()
    if user is None or find_actor(user_pk=user.pk) is None:
        raise Http404
    login(request, user, backend=_BACKEND)
    return redirect("web:home")
