"""Accepting an invitation: the link of the mail, a name, a password. Nobody is signed in yet."""

from django import forms
from django.contrib.auth import get_user_model, login
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from counterfoil.apps.access.errors import (
    AccessRefused,
    InvitationInvalid,
    PersonExists,
    WeakPassword,
)
from counterfoil.apps.access.selectors import find_invitation
from counterfoil.apps.access.types import InvitationRow, Joined
from counterfoil.apps.partners.errors import PartnerRefused
from counterfoil.apps.partners.selectors import find_partner_row
from counterfoil.core.actors import system_actor
from counterfoil.flows.people import accept_invitation
from counterfoil.foundation.acting import acting_as, staff
from counterfoil.interfaces.web.navigation import ROLE_WORDS
from counterfoil.interfaces.web.requests import AskedRequest

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
CLOSED = {
    "accepted": gettext_lazy("This invitation was accepted already. Sign in instead."),
    "withdrawn": gettext_lazy("This invitation was taken back. Ask for a new one."),
    "expired": gettext_lazy("This invitation is too old. Ask for a new one."),
}


class JoinForm(forms.Form):
    """Who one is, and the password that one will sign in with."""

    name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": gettext_lazy("Enter your name.")},
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        help_text=gettext_lazy(
            "At least 12 characters; a sentence is good. If you have access already, your "
            "password stays as it is."
        ),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": gettext_lazy("Choose a password.")},
    )


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def join(request: AskedRequest, token: str) -> HttpResponse:
    """This will show the invitation and, on POST, let the person in and sign them in."""
    # The invited person is nobody yet: the door reads and lets in as staff, by the token alone.
    with acting_as(staff()):
        row = find_invitation(token=token, at=request.at)
        place = _place(row) if row is not None else ""
    if row is None or row.state != "open":
        return _closed(request, row)
    form = JoinForm(request.POST or None, initial={"name": row.name})
    if request.method == "POST" and form.is_valid():
        joined = _accept(request, form, token)
        if joined is not None:
            return _sign_in(request, joined)
    context = {
        "form": form,
        "email": row.email,
        "place": place,
        "role": ROLE_WORDS.get(row.role, row.role),
    }
    return render(request, "web/join.html", context, status=422 if form.errors else 200)


def _accept(request: AskedRequest, form: JoinForm, token: str) -> Joined | None:
    try:
        with acting_as(staff()):
            return accept_invitation(
                token=token, name=form.cleaned_data["name"].strip(),
                password=form.cleaned_data["password"], by=system_actor("join"), at=request.at,
            )  # fmt: skip
    except WeakPassword as refusal:
        form.add_error("password", str(refusal))
    except PersonExists:
        form.add_error(None, _("This mail address has access of another kind already."))
    except InvitationInvalid:
        form.add_error(None, CLOSED["accepted"])
    except (AccessRefused, PartnerRefused) as refusal:
        form.add_error(None, f"{str(refusal)[:1].upper()}{str(refusal)[1:]}.")
    return None


def _sign_in(request: AskedRequest, joined: Joined) -> HttpResponse:
    """Sign a new person in; one with access already proves it by the password they have."""
    if not joined.is_new:
        return redirect("account_login")
    user = get_user_model().objects.get(pk=joined.actor.user_pk or 0)
    login(request, user, backend=BACKEND)
    return redirect("web:home")


def _place(row: InvitationRow) -> str:
    if not row.partner_id:
        return ""
    partner = find_partner_row(partner_pk=row.partner_id)
    return partner.name if partner else ""


def _closed(request: AskedRequest, row: InvitationRow | None) -> HttpResponse:
    words = CLOSED.get(row.state) if row else _("This link is not one of ours, or it was cut off.")
    return render(request, "web/join_closed.html", {"words": words}, status=410 if row else 404)
