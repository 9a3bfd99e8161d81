"""Which partner a portal person acts for: one at a time, kept in the session."""

from collections.abc import Sequence
from dataclasses import replace

from django.contrib.sessions.backends.base import SessionBase
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from counterfoil.apps.access.types import Person
from counterfoil.apps.partners.selectors import list_seats
from counterfoil.apps.partners.types import Seat
from counterfoil.core.actors import Actor, Grant
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import FieldPart, OptionPart
from counterfoil.interfaces.web.requests import AskedRequest

SESSION_KEY = "acting_partner"


def choose_seat(person: Person, seats: Sequence[Seat], session: SessionBase) -> Actor | None:
    """This will return the actor of the chosen seat, of the first one, or None without a seat."""
    if not seats:
        return None
    wanted = session.get(SESSION_KEY)
    seat = next((s for s in seats if s.partner_id == wanted), seats[0])
    return replace(person.actor, partner_id=seat.partner_id, grants=(Grant(role=seat.role),))


@require_http_methods(["GET", "POST"])
def choose(request: AskedRequest) -> HttpResponse:
    """This will let a person of several partners choose whom they act for."""
    if request.me is None or not request.me.is_partner:
        raise Http404
    seats = list_seats(user_pk=request.me.user_pk or 0)
    if request.method == "POST":
        wanted = request.POST.get("partner", "")
        seat = next((each for each in seats if each.partner_public_id == wanted), None)
        if seat is None:
            raise Http404
        request.session[SESSION_KEY] = seat.partner_id
        said = _("You act for %s.") % seat.partner_name
        return pages.done(request, say=said, url="/")
    choice = FieldPart(
        name="partner",
        label=_("For which company do you act?"),
        kind="radio",
        options=[
            OptionPart(
                each.partner_public_id, each.partner_name, each.partner_id == request.me.partner_id
            )
            for each in seats
        ],
    )
    context = {
        "title": _("Switch company"),
        "act_url": request.path,
        "back_url": "/",
        "form_fields": [choice],
        "confirm": _("Go on"),
    }
    return pages.act(request, context, door="portal")


@require_GET
def no_seat(request: AskedRequest) -> HttpResponse:
    """This will tell a person whose access has ended what to do; who has access goes home."""
    if request.me is not None or not request.user.is_authenticated:
        return redirect("web:home")
    return render(request, "web/no_seat.html", status=403)
