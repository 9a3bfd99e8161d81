"""Changes to a partner: data, status, manager, tags, contacts, agreements."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.apps.access.selectors import list_people
from counterfoil.apps.partners import services
from counterfoil.apps.partners.errors import UnknownContact
from counterfoil.apps.partners.selectors import get_partner
from counterfoil.apps.partners.types import STANDINGS, Partner, PartnerData
from counterfoil.interfaces.console.acts import (
    REFUSALS,
    ActPage,
    answer,
    missing_of,
    sentence,
)
from counterfoil.interfaces.console.forms import (
    choice_field,
    day_field,
    mail_field,
    reason_field,
    text_field,
)
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.console.parts import Head
from counterfoil.interfaces.console.words import PARTNER_STATUSES
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import Crumb
from counterfoil.interfaces.web.requests import KnownRequest

_KINDS = [
    ("reseller", gettext_lazy("Reseller")),
    ("referral", gettext_lazy("Referral partner")),
    ("distributor", gettext_lazy("Distributor")),
    ("agency", gettext_lazy("Agency")),
    ("alliance", gettext_lazy("Alliance partner")),
    ("affiliate", gettext_lazy("Affiliate")),
]
_LISTS = ("mail_domains", "tags")


class PartnerForm(forms.Form):
    """What a partner is made of."""

    name = text_field(gettext_lazy("Name"))
    legal_name = text_field(gettext_lazy("Legal name"), required=False)
    kind = choice_field(gettext_lazy("Type"), _KINDS)
    segment = text_field(gettext_lazy("Segment"), required=False, length_max=60)
    region = text_field(gettext_lazy("Region"), required=False, length_max=60)
    country = text_field(gettext_lazy("Country"), required=False, length_max=60)
    city = text_field(gettext_lazy("City"), required=False, length_max=100)
    tax_id = text_field(gettext_lazy("Tax id"), required=False, length_max=40)
    language = choice_field(
        gettext_lazy("Language of letters"), [("en", "English"), ("de", "Deutsch")]
    )
    time_zone = text_field(
        gettext_lazy("Time zone"), hint=gettext_lazy("Such as Europe/Berlin."), length_max=60
    )
    mail_domains = text_field(
        gettext_lazy("Mail domains"),
        required=False,
        hint=gettext_lazy("Such as example.com, several with commas."),
        length_max=1000,
    )
    reason = text_field(
        gettext_lazy("Reason"),
        required=False,
        hint=gettext_lazy("Kept in the activity log."),
        length_max=500,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = str(self.initial.get("kind", ""))
        if kind and kind not in dict(_KINDS):
            self.fields["kind"] = choice_field(gettext_lazy("Type"), [*_KINDS, (kind, kind)])

    def clean_time_zone(self) -> str:
        """Take a zone of the IANA list only."""
        zone = str(self.cleaned_data["time_zone"])
        if zone not in available_timezones():
            raise forms.ValidationError(_("Write a zone such as Europe/Berlin."))
        return zone

    def changes(self) -> dict[str, Any]:
        """Return the fields as the service takes them."""
        found: dict[str, Any] = {k: v for k, v in self.cleaned_data.items() if k != "reason"}
        found["mail_domains"] = tuple(_parts(found["mail_domains"]))
        return found


class StatusForm(forms.Form):
    """Another status and why."""

    status = choice_field(gettext_lazy("New status"), ())
    reason = reason_field()

    def __init__(self, *args: Any, before: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        moves = services.moves_from(before)
        self.fields["status"] = choice_field(
            gettext_lazy("New status"),
            [(key, f"{PARTNER_STATUSES[key].word}: {STANDINGS[key].words}") for key in moves],
        )


class ManagerForm(forms.Form):
    """Who looks after the partner."""

    manager = choice_field(gettext_lazy("Partner manager"), (), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = list_people(role="partner_manager", only_active=True, limit=200).people
        self.fields["manager"] = choice_field(
            gettext_lazy("Partner manager"),
            [("", _("Nobody")), *((each.id, each.name) for each in people)],
            required=False,
        )


class TagsForm(forms.Form):
    """The partner's tags."""

    tags = text_field(
        gettext_lazy("Tags"),
        required=False,
        hint=gettext_lazy("Several with commas. Tags drive reports and lists."),
        length_max=1000,
    )


class ContactForm(forms.Form):
    """Somebody to talk to."""

    name = text_field(gettext_lazy("Name"))
    job_title = text_field(gettext_lazy("Job"), required=False)
    email = mail_field(gettext_lazy("Mail address"), required=False)
    phone = text_field(gettext_lazy("Phone"), required=False, length_max=40)
    is_primary = forms.BooleanField(
        label=gettext_lazy("First to write to"),
        required=False,
        help_text=gettext_lazy("Takes the place of the one before."),
    )


class AgreementForm(forms.Form):
    """A signed agreement."""

    kind = text_field(gettext_lazy("Agreement"), hint=gettext_lazy("Such as mdf or reseller."))
    version = text_field(gettext_lazy("Version"), length_max=40)
    signed_by = text_field(gettext_lazy("Signed by"), required=False)
    signed_on = day_field(gettext_lazy("Signed on"))
    in_force_from = day_field(gettext_lazy("In force from"))
    in_force_to = day_field(
        gettext_lazy("In force until"), required=False, hint=gettext_lazy("Empty: until ended.")
    )


@shown_to("partners.edit")
def new(request: KnownRequest) -> HttpResponse:
    """This will enter a partner by hand."""
    form = PartnerForm(request.POST or None, initial={"time_zone": "UTC", "language": "en"})
    if request.method == "POST" and form.is_valid():
        try:
            saved = services.create_organization(
                data=PartnerData(**form.changes()), by=request.me, at=request.at
            )
        except REFUSALS as error:
            _blame(form, error)
        else:
            messages.success(
                request, _("%(partner)s is entered.") % {"partner": form.cleaned_data["name"]}
            )
            return HttpResponseRedirect(reverse("console:partner", args=[saved.id]))
    head = Head(
        _("Enter a partner"), _("For many at once, import a file of your CRM or PRM instead.")
    )
    crumbs = [Crumb(_("Partners"), reverse("console:partners")), Crumb(_("Enter a partner"))]
    return _form_page(
        request, form, head, crumbs, _("Enter the partner"), reverse("console:partners")
    )


@shown_to("partners.edit")
def edit(request: KnownRequest, partner_id: str) -> HttpResponse:
    """This will change a partner's data; each difference is kept with before and after."""
    found = get_partner(partner_id=partner_id)
    back = reverse("console:partner", args=[partner_id])
    form = PartnerForm(request.POST or None, initial=_initial(found))
    if request.method == "POST" and form.is_valid():
        try:
            saved = services.update_organization(
                partner_id=partner_id,
                changes=form.changes(),
                by=request.me,
                at=request.at,
                reason=form.cleaned_data["reason"],
            )
        except REFUSALS as error:
            _blame(form, error)
        else:
            said = _("Saved.") if saved.outcome == "changed" else _("Nothing was different.")
            messages.success(request, said)
            return HttpResponseRedirect(back)
    head = Head(_("Edit %(partner)s") % {"partner": found.name})
    crumbs = [
        Crumb(_("Partners"), reverse("console:partners")),
        Crumb(found.name, back),
        Crumb(_("Edit")),
    ]
    return _form_page(request, form, head, crumbs, _("Save"), back)


@shown_to("partners.edit")
def status(request: KnownRequest, partner_id: str) -> HttpResponse:
    """This will move a partner to another status, with its consequences said before."""
    found = get_partner(partner_id=partner_id)
    form = StatusForm(request.POST or None, before=found.status)

    def do() -> str:
        changed = services.change_status(
            partner_id=partner_id,
            status=form.cleaned_data["status"],
            by=request.me,
            at=request.at,
            reason=form.cleaned_data["reason"],
        )
        return _("%(partner)s is %(status)s. %(means)s") % {
            "partner": found.name,
            "status": str(PARTNER_STATUSES[changed.after].word).lower(),
            "means": changed.standing.words,
        }

    act = ActPage(
        title=_("Change the status of %(partner)s") % {"partner": found.name},
        confirm=_("Change status"),
        back_url=reverse("console:partner", args=[partner_id]),
        form=form,
        facts=[(_("Status so far"), str(PARTNER_STATUSES[found.status].word))],
    )
    return answer(request, act, do)


@shown_to("partners.edit")
def manager(request: KnownRequest, partner_id: str) -> HttpResponse:
    """This will name the partner's manager."""
    found = get_partner(partner_id=partner_id)
    form = ManagerForm(request.POST or None)

    def do() -> str:
        services.assign_manager(
            partner_id=partner_id,
            manager_id=form.cleaned_data["manager"] or None,
            by=request.me,
            at=request.at,
        )
        return _("Saved.")

    act = ActPage(
        title=_("Partner manager of %(partner)s") % {"partner": found.name},
        confirm=_("Save"),
        back_url=reverse("console:partner", args=[partner_id]),
        form=form,
        facts=[(_("So far"), found.manager_name or _("nobody"))],
    )
    return answer(request, act, do)


@shown_to("partners.edit")
def tags(request: KnownRequest, partner_id: str) -> HttpResponse:
    """This will set the partner's tags."""
    found = get_partner(partner_id=partner_id)
    form = TagsForm(request.POST or None, initial={"tags": ", ".join(found.data.tags)})

    def do() -> str:
        wanted = tuple(_parts(form.cleaned_data["tags"]))
        services.tag_organization(
            partner_id=partner_id,
            add=wanted,
            remove=tuple(tag for tag in found.data.tags if tag not in wanted),
            by=request.me,
            at=request.at,
        )
        return _("Saved.")

    act = ActPage(
        title=_("Tags of %(partner)s") % {"partner": found.name},
        confirm=_("Save"),
        back_url=reverse("console:partner", args=[partner_id]),
        form=form,
    )
    return answer(request, act, do)


@shown_to("partners.edit")
def contact_new(request: KnownRequest, partner_id: str) -> HttpResponse:
    """This will add a contact."""
    found = get_partner(partner_id=partner_id)
    form = ContactForm(request.POST or None)

    def do() -> str:
        services.add_contact(
            partner_id=partner_id, by=request.me, at=request.at, **form.cleaned_data
        )
        return _("%(contact)s is added.") % {"contact": form.cleaned_data["name"]}

    act = ActPage(
        title=_("Add a contact of %(partner)s") % {"partner": found.name},
        confirm=_("Add the contact"),
        back_url=reverse("console:partner", args=[partner_id]),
        form=form,
    )
    return answer(request, act, do)


@shown_to("partners.edit")
def contact_edit(request: KnownRequest, partner_id: str, contact_id: str) -> HttpResponse:
    """This will change a contact."""
    found = get_partner(partner_id=partner_id)
    contact = _contact(found, contact_id)
    initial = {name: getattr(contact, name) for name in ContactForm.base_fields}
    form = ContactForm(request.POST or None, initial=initial)

    def do() -> str:
        services.update_contact(
            contact_id=contact_id, by=request.me, at=request.at, **form.cleaned_data
        )
        return _("Saved.")

    act = ActPage(
        title=_("Contact of %(partner)s") % {"partner": found.name},
        confirm=_("Save"),
        back_url=reverse("console:partner", args=[partner_id]),
        form=form,
    )
    return answer(request, act, do)


@shown_to("partners.edit")
def contact_end(request: KnownRequest, partner_id: str, contact_id: str) -> HttpResponse:
    """This will take a contact off the list; the record keeps it."""
    found = get_partner(partner_id=partner_id)
    contact = _contact(found, contact_id)

    def do() -> str:
        services.end_contact(contact_id=contact_id, by=request.me, at=request.at)
        return _("%(contact)s is off the list.") % {"contact": contact.name}

    act = ActPage(
        title=_("Take %(contact)s off the contacts") % {"contact": contact.name},
        confirm=_("Take off"),
        confirm_tone="danger",
        back_url=reverse("console:partner", args=[partner_id]),
        notice=_("No mail goes to this contact any more. The activity log keeps it."),
    )
    return answer(request, act, do)


@shown_to("partners.edit")
def agreement_new(request: KnownRequest, partner_id: str) -> HttpResponse:
    """This will record a signed agreement."""
    found = get_partner(partner_id=partner_id)
    form = AgreementForm(request.POST or None)

    def do() -> str:
        services.add_agreement(
            partner_id=partner_id, by=request.me, at=request.at, **form.cleaned_data
        )
        return _("The agreement is recorded.")

    act = ActPage(
        title=_("Add an agreement of %(partner)s") % {"partner": found.name},
        confirm=_("Record the agreement"),
        back_url=reverse("console:partner", args=[partner_id]),
        form=form,
    )
    return answer(request, act, do)


def _contact(found: Partner, contact_id: str) -> Any:
    contact = next((each for each in found.contacts if each.id == contact_id), None)
    if contact is None:
        raise UnknownContact("there is no such contact")
    return contact


def _initial(found: Partner) -> dict[str, Any]:
    names = [name for name in PartnerForm.base_fields if name != "reason"]
    initial = {name: getattr(found.data, name) for name in names}
    return {**initial, "mail_domains": ", ".join(found.data.mail_domains)}


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _blame(form: forms.Form, error: Exception) -> None:
    field = str(getattr(error, "field", ""))
    form.add_error(field if field in form.fields else None, sentence(str(error)))


def _form_page(
    request: KnownRequest,
    form: forms.Form,
    head: Head,
    crumbs: list[Crumb],
    confirm: str,
    back_url: str,
) -> HttpResponse:
    context = {
        "crumbs": crumbs,
        "head": head,
        "card_title": _("Partner"),
        "form": form,
        "act_url": request.path,
        "missing": missing_of(form) if form.is_bound else [],
        "missing_title": _("This has to be mended first"),
        "confirm": confirm,
        "back_url": back_url,
    }
    return pages.page(request, "console/form.html", context, status=422 if form.is_bound else 200)
