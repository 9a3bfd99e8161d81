"""A partner's portal people: invited, given another role, removed."""

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.apps.partners.errors import UnknownMembership
from counterfoil.apps.partners.selectors import get_partner
from counterfoil.apps.partners.types import MemberRow, Partner
from counterfoil.core.actors import PARTNER_ROLES
from counterfoil.flows.people import (
    change_member_role,
    invite_person,
    remove_partner_person,
    withdraw_invitation,
)
from counterfoil.interfaces.console.acts import ActPage, answer
from counterfoil.interfaces.console.forms import choice_field, mail_field, reason_field, text_field
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.web.navigation import ROLE_WORDS
from counterfoil.interfaces.web.requests import KnownRequest

_ROLES = [(role, ROLE_WORDS[role]) for role in PARTNER_ROLES]


class InviteForm(forms.Form):
    """Who is invited, and as what."""

    name = text_field(gettext_lazy("Name"))
    email = mail_field(gettext_lazy("Mail address"))
    role = choice_field(gettext_lazy("Role"), _ROLES)


class RoleForm(forms.Form):
    """Another role at the partner."""

    role = choice_field(gettext_lazy("Role"), _ROLES)


class RemoveForm(forms.Form):
    """Why access ends."""

    reason = reason_field()


@shown_to("people.invite_partner")
def invite(request: KnownRequest, partner_id: str) -> HttpResponse:
    """This will invite a person of the partner by mail."""
    found = get_partner(partner_id=partner_id)
    form = InviteForm(request.POST or None)

    def do() -> str:
        invite_person(partner_pk=found.pk, by=request.me, at=request.at, **form.cleaned_data)
        return _("%(email)s is invited by mail.") % {"email": form.cleaned_data["email"]}

    act = ActPage(
        title=_("Invite a person of %(partner)s") % {"partner": found.name},
        confirm=_("Send the invitation"),
        back_url=_back(found),
        form=form,
        notice=_("The link in the mail works once and for seven days."),
    )
    return answer(request, act, do)


@shown_to("people.invite_partner")
def role(request: KnownRequest, partner_id: str, member_id: str) -> HttpResponse:
    """This will give a partner's person another role."""
    found = get_partner(partner_id=partner_id)
    member = _member(found, member_id)
    form = RoleForm(request.POST or None, initial={"role": member.role})

    def do() -> str:
        change_member_role(
            membership_id=member_id,
            partner_pk=found.pk,
            role=form.cleaned_data["role"],
            by=request.me,
            at=request.at,
        )
        return _("Saved.")

    act = ActPage(
        title=_("Role of %(person)s") % {"person": member.name},
        confirm=_("Save"),
        back_url=_back(found),
        form=form,
        facts=[(_("Partner"), found.name)],
    )
    return answer(request, act, do)


@shown_to("people.remove_partner")
def remove(request: KnownRequest, partner_id: str, member_id: str) -> HttpResponse:
    """This will end a person's access to the partner, from the next request on."""
    found = get_partner(partner_id=partner_id)
    member = _member(found, member_id)
    form = RemoveForm(request.POST or None)

    def do() -> str:
        remove_partner_person(
            membership_id=member_id,
            partner_pk=found.pk,
            by=request.me,
            at=request.at,
            reason=form.cleaned_data["reason"],
        )
        return _("%(person)s has no access to %(partner)s any more.") % {
            "person": member.name,
            "partner": found.name,
        }

    act = ActPage(
        title=_("Remove %(person)s") % {"person": member.name},
        confirm=_("Remove access"),
        confirm_tone="danger",
        back_url=_back(found),
        form=form,
        facts=[(_("Partner"), found.name), (_("Mail address"), member.email)],
        notice=_("Access ends with their next click. What they submitted stays."),
    )
    return answer(request, act, do)


@shown_to("people.invite_partner")
def withdraw(request: KnownRequest, partner_id: str, invitation_id: str) -> HttpResponse:
    """This will make an open invitation worthless."""
    found = get_partner(partner_id=partner_id)

    def do() -> str:
        withdraw_invitation(
            invitation_id=invitation_id, partner_pk=found.pk, by=request.me, at=request.at
        )
        return _("The invitation is withdrawn.")

    act = ActPage(
        title=_("Withdraw the invitation"),
        confirm=_("Withdraw"),
        confirm_tone="danger",
        back_url=_back(found),
        facts=[(_("Partner"), found.name)],
        notice=_("The link in the mail stops working."),
    )
    return answer(request, act, do)


def _member(found: Partner, member_id: str) -> MemberRow:
    member = next((each for each in found.members if each.id == member_id), None)
    if member is None:
        raise UnknownMembership("there is no such person at this partner")
    return member


def _back(found: Partner) -> str:
    return reverse("console:partner", args=[found.id]) + "#people"
