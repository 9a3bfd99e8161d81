"""The partner's team: who has access, who is invited, who leaves; for its administrators."""

from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from counterfoil.apps.access.errors import AccessRefused
from counterfoil.apps.access.selectors import list_invitations
from counterfoil.apps.messaging.errors import MessagingRefused
from counterfoil.apps.partners.errors import PartnerRefused
from counterfoil.apps.partners.selectors import list_members
from counterfoil.apps.partners.types import MemberRow
from counterfoil.flows.people import (
    change_member_role,
    invite_person,
    remove_partner_person,
    withdraw_invitation,
)
from counterfoil.interfaces.portal.guard import for_partners
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.navigation import ROLE_WORDS
from counterfoil.interfaces.web.presenters import Act, Empty, Missing, format_day
from counterfoil.interfaces.web.requests import KnownRequest

REFUSALS = (AccessRefused, PartnerRefused, MessagingRefused)
ROLES = (
    ("partner_member", gettext_lazy("Can request and claim")),
    ("partner_admin", gettext_lazy("Can also invite and remove colleagues")),
)


class InviteForm(forms.Form):
    """Whom to invite."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=200,
        error_messages={"required": gettext_lazy("Enter the person's name.")},
    )
    email = forms.EmailField(
        label=gettext_lazy("Mail address"),
        max_length=254,
        help_text=gettext_lazy("The invitation goes there; the link in it is good for 7 days."),
        error_messages={
            "required": gettext_lazy("Enter a mail address."),
            "invalid": gettext_lazy("Enter a mail address such as kim@example.com."),
        },
    )
    role = forms.ChoiceField(
        label=gettext_lazy("What may this person do?"),
        choices=ROLES,
        initial="partner_member",
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose one.")},
    )


@require_GET
@for_partners("people.invite_partner")
def people(request: KnownRequest) -> HttpResponse:
    """This will list the partner's people and open invitations."""
    pk, zone = request.me.partner_id, request.person.zone
    members = list_members(partner_pk=pk)
    invited = list_invitations(at=request.at, partner_id=pk)
    context = {
        "members": [_member(row, request, zone) for row in members],
        "invited": [
            {
                "name": row.name,
                "email": row.email,
                "role": ROLE_WORDS.get(row.role, row.role),
                "until": _("link good until %s")
                % format_day(row.expires_at.astimezone(zone).date()),
                "act": Act(
                    _("Take back"), reverse("portal:take_back", args=[row.id]), tone="quiet"
                ),
            }
            for row in invited
        ],
        "nobody_invited": Empty(
            _("No open invitation"),
            _("Invite a colleague by mail. They set their own password."),
            "mail",
        ),
        "invite": Act(_("Invite a colleague"), reverse("portal:invite"), "plus", "main-act"),
    }
    return render(request, "portal/people.html", context)


@require_http_methods(["GET", "POST"])
@for_partners("people.invite_partner")
def invite(request: KnownRequest) -> HttpResponse:
    """This will invite a colleague by mail."""
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            invite_person(
                email=form.cleaned_data["email"], name=form.cleaned_data["name"],
                role=form.cleaned_data["role"], partner_pk=request.me.partner_id,
                language=request.person.language, by=request.me, at=request.at,
            )  # fmt: skip
        except REFUSALS as refusal:
            form.add_error(None, _say(refusal))
        else:
            said = _("The invitation is on its way to %s.") % form.cleaned_data["email"]
            return pages.done(request, say=said, url=reverse("portal:people"))
    context = {
        "title": _("Invite a colleague"),
        "notice": _("They will act for your company here."),
        "confirm": _("Send the invitation"),
        "form_fields": list(form.visible_fields()),
        "missing": _errors(form),
        "missing_title": _("This has to be mended first"),
    }
    return _ask(request, context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@for_partners("people.invite_partner")
def role(request: KnownRequest, member_id: str) -> HttpResponse:
    """This will give a colleague the other role."""
    member = _find(request, member_id)
    wanted = "partner_member" if member.role == "partner_admin" else "partner_admin"
    title = _("Change what %s may do") % member.name
    if request.method == "POST":
        try:
            change_member_role(
                membership_id=member_id, partner_pk=request.me.partner_id, role=wanted,
                by=request.me, at=request.at,
            )  # fmt: skip
        except REFUSALS as refusal:
            return _refused(request, title, refusal)
        return pages.done(request, say=_("Changed."), url=reverse("portal:people"))
    facts = [
        (_("Until now"), str(dict(ROLES)[member.role])),
        (_("From now on"), str(dict(ROLES)[wanted])),
    ]
    return _ask(request, {"title": title, "facts": facts, "confirm": _("Change role")})


@require_http_methods(["GET", "POST"])
@for_partners("people.remove_partner")
def remove(request: KnownRequest, member_id: str) -> HttpResponse:
    """This will end a colleague's access to this partner."""
    member = _find(request, member_id)
    title = _("Remove %s") % member.name
    if request.method == "POST":
        reason = request.POST.get("reason", "").strip()[:500] or "left the team"
        try:
            remove_partner_person(
                membership_id=member_id, partner_pk=request.me.partner_id, reason=reason,
                by=request.me, at=request.at,
            )  # fmt: skip
        except REFUSALS as refusal:
            return _refused(request, title, refusal)
        said = _("%s has no access any more.") % member.name
        return pages.done(request, say=said, url=reverse("portal:people"))
    context = {
        "title": title,
        "facts": [(_("Person"), member.name), (_("Mail address"), member.email)],
        "notice": _(
            "They can't sign in for your company any more. What they sent stays as it is."
        ),
        "notice_tone": "warn",
        "confirm": _("Remove access"),
        "confirm_tone": "danger",
    }
    return _ask(request, context)


@require_http_methods(["GET", "POST"])
@for_partners("people.invite_partner")
def take_back(request: KnownRequest, invitation_id: str) -> HttpResponse:
    """This will make an open invitation worthless."""
    rows = list_invitations(at=request.at, partner_id=request.me.partner_id)
    row = next((each for each in rows if each.id == invitation_id), None)
    if row is None:
        raise Http404
    title = _("Take back the invitation of %s") % row.name
    if request.method == "POST":
        try:
            withdraw_invitation(
                invitation_id=invitation_id, partner_pk=request.me.partner_id, by=request.me,
                at=request.at,
            )  # fmt: skip
        except REFUSALS as refusal:
            return _refused(request, title, refusal)
        return pages.done(
            request, say=_("The link does not work any more."), url=reverse("portal:people")
        )
    facts = [(_("Mail address"), row.email)]
    return _ask(request, {"title": title, "facts": facts, "confirm": _("Take back")})


def _member(row: MemberRow, request: KnownRequest, zone: Any) -> dict[str, Any]:
    args = [row.id]
    acts = [
        Act(_("Change role"), reverse("portal:role", args=args), tone="quiet"),
        Act(_("Remove access"), reverse("portal:remove", args=args), tone="quiet"),
    ]
    return {
        "name": row.name,
        "email": row.email,
        "role": dict(ROLES).get(row.role, row.role),
        "since": _("since %s") % format_day(row.since_at.astimezone(zone).date()),
        "is_me": row.email == request.person.email,
        "acts": acts,
    }


def _find(request: KnownRequest, member_id: str) -> MemberRow:
    rows = list_members(partner_pk=request.me.partner_id)
    found = next((row for row in rows if row.id == member_id), None)
    if found is None:
        raise Http404
    return found


def _ask(request: KnownRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    whole = {"act_url": request.path, "back_url": reverse("portal:people"), **context}
    return pages.act(request, whole, door="portal", status=status)


def _refused(request: KnownRequest, title: str, refusal: Exception) -> HttpResponse:
    return pages.refused(
        request, door="portal", title=title, reason=_say(refusal),
        back_url=reverse("portal:people"),
    )  # fmt: skip


def _errors(form: InviteForm) -> list[Missing]:
    found = [Missing(str(each), "#act-h") for each in form.non_field_errors()]
    for bound in form.visible_fields():
        found += [Missing(f"{bound.label}: {each}", f"#{bound.auto_id}") for each in bound.errors]
    return found


def _say(refusal: Exception) -> str:
    words = {
        "LastPartnerAdmin": _(
            "Somebody must be left who can let people in: name another one first."
        ),
        "MemberAlready": _("This person has access already."),
        "BadAddress": _("This is not a mail address that can be written to."),
    }
    return words.get(type(refusal).__name__, f"{str(refusal)[:1].upper()}{str(refusal)[1:]}.")
