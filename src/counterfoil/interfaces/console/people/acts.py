"""Acts on the vendor's people: invite, give and end roles, remove; each with its reason."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.apps.access.types import PersonRow
from counterfoil.apps.programs.selectors import list_programs
from counterfoil.core.actors import STAFF_ROLES
from counterfoil.flows.people import (
    end_role,
    grant_role,
    invite_person,
    remove_person,
    withdraw_invitation,
)
from counterfoil.interfaces.console.acts import ActPage, answer
from counterfoil.interfaces.console.forms import (
    choice_field,
    mail_field,
    read_money,
    reason_field,
    text_field,
)
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.console.people.views import known, role_words
from counterfoil.interfaces.web.navigation import ROLE_WORDS
from counterfoil.interfaces.web.requests import KnownRequest

_ROLES = [(role, ROLE_WORDS[role]) for role in STAFF_ROLES]


class InviteForm(forms.Form):
    """Who is invited, and as what."""

    name = text_field(gettext_lazy("Name"))
    email = mail_field(gettext_lazy("Mail address"))
    role = choice_field(gettext_lazy("Role"), _ROLES)
    region = text_field(
        gettext_lazy("Region"),
        required=False,
        hint=gettext_lazy("Empty: everywhere."),
        length_max=40,
    )


class GrantForm(forms.Form):
    """A role with its limits."""

    role = choice_field(gettext_lazy("Role"), _ROLES)
    region = text_field(
        gettext_lazy("Region"),
        required=False,
        hint=gettext_lazy("Empty: everywhere."),
        length_max=40,
    )
    program = choice_field(gettext_lazy("Program"), (), required=False)
    limit = text_field(
        gettext_lazy("Limit"),
        required=False,
        hint=gettext_lazy("The largest amount they may approve; empty: no limit."),
    )
    currency = choice_field(gettext_lazy("Currency of the limit"), (), required=False)
    reason = reason_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        programs = list_programs()
        currencies = sorted({each.currency for each in programs})
        self.fields["program"] = choice_field(
            gettext_lazy("Program"),
            [("", _("Every program")), *((each.code, each.name) for each in programs)],
            required=False,
        )
        self.fields["currency"] = choice_field(
            gettext_lazy("Currency of the limit"),
            [(each, each) for each in currencies],
            required=False,
        )

    def clean(self) -> dict[str, Any]:
        """Read the limit in its currency."""
        currency = self.cleaned_data.get("currency", "")
        if self.cleaned_data.get("limit") and not currency:
            self.add_error("currency", _("Choose the currency of the limit."))
        self.cleaned_data["limit"] = read_money(self, "limit", currency=currency)
        return self.cleaned_data


class ReasonForm(forms.Form):
    """Why."""

    reason = reason_field()


@shown_to("people.invite")
def invite(request: KnownRequest) -> HttpResponse:
    """This will invite one of the vendor's people by mail."""
    form = InviteForm(request.POST or None)

    def do() -> str:
        invite_person(by=request.me, at=request.at, **form.cleaned_data)
        return _("%(email)s is invited by mail.") % {"email": form.cleaned_data["email"]}

    act = ActPage(
        title=_("Invite a person"),
        confirm=_("Send the invitation"),
        back_url=reverse("console:people"),
        form=form,
        notice=_("The link in the mail works once. They set a password and a second factor."),
    )
    return answer(request, act, do)


@shown_to("people.invite")
def withdraw(request: KnownRequest, invitation_id: str) -> HttpResponse:
    """This will make an open invitation worthless."""

    def do() -> str:
        withdraw_invitation(invitation_id=invitation_id, by=request.me, at=request.at)
        return _("The invitation is withdrawn.")

    act = ActPage(
        title=_("Withdraw the invitation"),
        confirm=_("Withdraw"),
        confirm_tone="danger",
        back_url=reverse("console:people"),
        notice=_("The link in the mail stops working."),
    )
    return answer(request, act, do)


@shown_to("people.invite")
def grant(request: KnownRequest, person_id: str) -> HttpResponse:
    """This will give a person a role."""
    found = known(person_id)
    form = GrantForm(request.POST or None)

    def do() -> str:
        data = form.cleaned_data
        grant_role(
            person_id=person_id,
            role=data["role"],
            region=data["region"],
            program=data["program"],
            limit=data["limit"],
            reason=data["reason"],
            by=request.me,
            at=request.at,
        )
        return _("%(person)s is now: %(role)s.") % {
            "person": found.name,
            "role": ROLE_WORDS[data["role"]],
        }

    act = ActPage(
        title=_("Give %(person)s a role") % {"person": found.name},
        confirm=_("Give the role"),
        back_url=_back(found),
        form=form,
        facts=[(_("Held now"), "; ".join(role_words(row) for row in found.roles) or _("nothing"))],
        notice=_("Who prepares money never approves it, and an auditor holds no other role."),
    )
    return answer(request, act, do)


@shown_to("people.invite")
def end(request: KnownRequest, person_id: str) -> HttpResponse:
    """This will end a role of a person, from the next request on."""
    found = known(person_id)
    ask = request.GET.get
    where = {"role": ask("role", ""), "region": ask("region", ""), "program": ask("program", "")}
    form = ReasonForm(request.POST or None)

    def do() -> str:
        end_role(
            person_id=person_id,
            by=request.me,
            at=request.at,
            reason=form.cleaned_data["reason"],
            **where,
        )
        return _("The role has ended.")

    named = str(ROLE_WORDS.get(where["role"], where["role"]))
    act = ActPage(
        title=_("End the role of %(person)s") % {"person": found.name},
        confirm=_("End the role"),
        confirm_tone="danger",
        back_url=_back(found),
        form=form,
        facts=[
            (
                _("Role"),
                ", ".join(part for part in (named, where["region"], where["program"]) if part),
            )
        ],
        notice=_("It counts from their next click. What they did stays."),
    )
    return answer(request, act, do)


@shown_to("people.remove")
def remove(request: KnownRequest, person_id: str) -> HttpResponse:
    """This will end all access of a person: roles, sessions, second factor."""
    found = known(person_id)
    form = ReasonForm(request.POST or None)

    def do() -> str:
        remove_person(
            person_id=person_id, by=request.me, at=request.at, reason=form.cleaned_data["reason"]
        )
        return _("%(person)s has no access any more.") % {"person": found.name}

    act = ActPage(
        title=_("Remove the access of %(person)s") % {"person": found.name},
        confirm=_("Remove access"),
        confirm_tone="danger",
        back_url=_back(found),
        form=form,
        facts=[
            (_("Mail address"), found.email),
            (_("Roles"), "; ".join(role_words(row) for row in found.roles) or _("none")),
        ],
        notice=_("Every role and every session ends at once. What they decided stays on record."),
    )
    return answer(request, act, do)


def _back(found: PersonRow) -> str:
    return reverse("console:person", args=[found.id])
