"""Acts on bank details and papers: propose, record the call, approve, refuse, reveal, check."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.apps.partners.selectors import get_partner
from counterfoil.apps.payouts.errors import UnknownDocument
from counterfoil.apps.payouts.selectors import (
    contacts_on_file,
    documents_of,
    get_bank_detail,
    payees_of,
)
from counterfoil.apps.payouts.services import check_document, enter_document
from counterfoil.apps.payouts.types import BankDetailInfo
from counterfoil.flows import change_bank_details
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.console.acts import ActPage, answer
from counterfoil.interfaces.console.forms import choice_field, day_field, reason_field, text_field
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.console.parts import Head
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import Crumb
from counterfoil.interfaces.web.requests import KnownRequest

PAPERS = (
    ("tax_form", gettext_lazy("Tax form")),
    ("legal_entity", gettext_lazy("Legal entity (registry extract)")),
    ("bank_letter", gettext_lazy("Letter of the bank")),
    ("other", gettext_lazy("Other")),
)


class ProposeForm(forms.Form):
    """Where a partner is paid: an IBAN, or routing and account number in the US."""

    holder = text_field(gettext_lazy("Account holder"), length_max=70)
    iban = text_field(
        gettext_lazy("IBAN"), required=False, hint=gettext_lazy("Outside the US."), length_max=42
    )
    bic = text_field(gettext_lazy("BIC"), required=False, length_max=11)
    routing = text_field(
        gettext_lazy("Routing number"), required=False, hint=gettext_lazy("In the US."),
        length_max=11,
    )  # fmt: skip
    account = text_field(gettext_lazy("Account number"), required=False, length_max=20)
    reason = reason_field()

    def __init__(self, *args: Any, currencies: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["currency"] = choice_field(
            gettext_lazy("Currency"), [(each, each) for each in currencies]
        )
        self.order_fields(["currency"])


class CallForm(forms.Form):
    """Whom somebody called, and what was said."""

    person = text_field(gettext_lazy("Who confirmed it"))
    note = text_field(gettext_lazy("What was said"), length_max=500, area=True)

    def __init__(self, *args: Any, contacts: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact"] = choice_field(
            gettext_lazy("Number called"),
            contacts,
            hint=gettext_lazy("On file before the request, never one from it."),
        )
        self.order_fields(["contact"])


class ReasonForm(forms.Form):
    """Why, for the record."""

    reason = reason_field()


class PaperForm(forms.Form):
    """A paper of the checklist."""

    kind = choice_field(gettext_lazy("Kind"), PAPERS)
    form = text_field(gettext_lazy("Form"), hint=gettext_lazy("Such as W-8BEN-E."), length_max=60)
    reference = text_field(gettext_lazy("Where it is filed"), required=False, length_max=120)
    expires_on = day_field(gettext_lazy("Holds until"), required=False)


@shown_to("payees.propose_bank")
def propose(request: KnownRequest, partner_id: str) -> HttpResponse:
    """This will propose bank details for a partner; what is in use stays in use."""
    partner = get_partner(partner_id=partner_id)
    currencies = [each.currency for each in payees_of(partner_id=partner.pk)]
    form = ProposeForm(request.POST or None, currencies=currencies)

    def do() -> str:
        data = form.cleaned_data
        detail = change_bank_details.propose_bank_details(
            partner_id=partner.pk, currency=data["currency"], holder=data["holder"],
            iban=data["iban"], bic=data["bic"], routing=data["routing"], account=data["account"],
            reason=data["reason"], via="console", box=adapter("secret_box"), by=request.me,
            at=request.at,
        )  # fmt: skip
        return _("%(account)s is proposed; another person calls back.") % {
            "account": detail.masked
        }

    act = ActPage(
        title=_("Propose bank details of %(partner)s") % {"partner": partner.name},
        confirm=_("Propose"),
        back_url=reverse("console:bank_details_of", args=[partner_id]),
        form=form,
        notice=_("Every contact on file gets a mail. Nothing is paid there before the checks."),
        blocked="" if currencies else _("Enter a payee for this partner first."),
    )
    return answer(request, act, do)


@shown_to("payees.call_back")
def call_back(request: KnownRequest, detail_id: str) -> HttpResponse:
    """This will record that somebody on file confirmed the change by telephone."""
    found = get_bank_detail(detail_id)
    contacts = contacts_on_file(partner_id=found.partner_id)
    choices = [(known, f"{name}, {number}") for known, name, number in contacts]
    form = CallForm(request.POST or None, contacts=choices)

    def do() -> str:
        data = form.cleaned_data
        change_bank_details.call_back(
            detail_id=detail_id, contact_id=data["contact"], person=data["person"],
            note=data["note"], by=request.me, at=request.at,
        )  # fmt: skip
        return _("The call is recorded; another person approves.")

    act = ActPage(
        title=_("Record the call to %(partner)s") % {"partner": found.partner_name},
        confirm=_("Record the call"),
        back_url=reverse("console:bank_detail", args=[detail_id]),
        form=form,
        notice=_("Only when the person confirmed account and holder to you on the telephone."),
        blocked=_blocked_call(request, found.proposed_by, has_number=bool(choices)),
    )
    return answer(request, act, do)


@shown_to("payees.approve_bank")
def approve(request: KnownRequest, detail_id: str) -> HttpResponse:
    """This will approve bank details; they cool off before they are used."""
    found = get_bank_detail(detail_id)

    def do() -> str:
        after = change_bank_details.approve_bank_details(
            detail_id=detail_id, by=request.me, at=request.at
        )
        until = after.cooling_off_until
        return _("Approved; in use from %(day)s.") % {"day": until.date() if until else ""}

    is_mine = request.me.id in (found.proposed_by, found.callback_by)
    act = ActPage(
        title=_("Approve %(account)s") % {"account": found.masked},
        confirm=_("Approve"),
        back_url=reverse("console:bank_detail", args=[detail_id]),
        facts=[
            (_("Partner"), found.partner_name),
            (_("Account holder"), found.holder),
            (
                _("Number called"),
                f"{found.callback_number} ({found.callback_person})"
                if found.callback_number
                else _("nobody was called yet"),
            ),
        ],
        notice=_("Payments go to the old bank details until the cooling-off is over."),
        blocked=_not_yet(found, is_mine=is_mine),
    )
    return answer(request, act, do)


def _not_yet(found: BankDetailInfo, *, is_mine: bool) -> str:
    if found.state == "proposed":
        return _("Nobody has called the partner back yet, at a number that we knew before.")
    if found.state != "callback_done":
        return _("These bank details wait for no approval.")
    if is_mine:
        return _("You proposed these bank details or called; another person approves.")
    return ""


@shown_to("payees.call_back")
def refuse(request: KnownRequest, detail_id: str) -> HttpResponse:
    """This will refuse bank details that are not in use."""
    found = get_bank_detail(detail_id)
    form = ReasonForm(request.POST or None)

    def do() -> str:
        change_bank_details.refuse_bank_details(
            detail_id=detail_id, reason=form.cleaned_data["reason"], by=request.me, at=request.at
        )
        return _("Refused; payments go on to the old bank details.")

    act = ActPage(
        title=_("Refuse %(account)s") % {"account": found.masked},
        confirm=_("Refuse"),
        confirm_tone="danger",
        back_url=reverse("console:bank_detail", args=[detail_id]),
        form=form,
        notice=_("Every contact on file reads the reason."),
    )
    return answer(request, act, do)


@shown_to("payees.reveal_bank")
def reveal(request: KnownRequest, detail_id: str) -> HttpResponse:
    """This will show an account in full on this answer only; the log keeps who looked and why."""
    found = get_bank_detail(detail_id)
    form = ReasonForm(request.POST or None)
    back = reverse("console:bank_detail", args=[detail_id])
    if request.method == "POST" and form.is_valid():
        account = change_bank_details.reveal_bank_details(
            detail_id=detail_id, box=adapter("secret_box"), by=request.me, at=request.at,
            reason=form.cleaned_data["reason"],
        )  # fmt: skip
        facts = [
            (_("Account holder"), found.holder),
            (_("Account number"), account.number),
            *([(_("Routing number"), account.routing)] if account.routing else []),
            (_("BIC"), account.bic),
        ]
        context = {
            "crumbs": [Crumb(_("Bank details"), reverse("console:bank_changes")),
                       Crumb(found.masked, back)],
            "head": Head(found.partner_name, _("The audit log keeps that you looked.")),
            "notices_of": [],
            "facts_title": _("Account in full"),
            "facts": facts,
            "tables": [],
        }  # fmt: skip
        shown = pages.page(request, "console/detail.html", context)
        shown["Cache-Control"] = "no-store"
        return shown
    act = ActPage(
        title=_("Show the account number of %(partner)s") % {"partner": found.partner_name},
        confirm=_("Show it once"),
        back_url=back,
        form=form,
        notice=_("The audit log keeps who looked, when and why."),
        notice_tone="warn",
    )
    return answer(request, act, str)


@shown_to("payees.enter")
def paper(request: KnownRequest, partner_id: str) -> HttpResponse:
    """This will enter a paper of the payee checklist; another person checks it."""
    partner = get_partner(partner_id=partner_id)
    form = PaperForm(request.POST or None)

    def do() -> str:
        data = form.cleaned_data
        made = enter_document(
            partner_id=partner.pk, kind=data["kind"], form=data["form"],
            reference=data["reference"], expires_on=data["expires_on"], by=request.me,
            at=request.at,
        )  # fmt: skip
        return _("%(form)s waits for the check by another person.") % {"form": made.form}

    act = ActPage(
        title=_("Enter a paper of %(partner)s") % {"partner": partner.name},
        confirm=_("Enter the paper"),
        back_url=reverse("console:bank_details_of", args=[partner_id]),
        form=form,
    )
    return answer(request, act, do)


@shown_to("payees.check")
def check_paper(request: KnownRequest, partner_id: str, paper_id: str) -> HttpResponse:
    """This will record that one checked a paper that somebody else entered."""
    partner = get_partner(partner_id=partner_id)
    papers = documents_of(partner_id=partner.pk)
    found = next((each for each in papers if each.public_id == paper_id), None)
    if found is None:
        raise UnknownDocument(f"There is no paper {paper_id}.")

    def do() -> str:
        check_document(document_id=paper_id, by=request.me, at=request.at)
        return _("%(form)s is checked.") % {"form": found.form}

    act = ActPage(
        title=_("Check %(form)s") % {"form": found.form},
        confirm=_("Checked"),
        back_url=reverse("console:bank_details_of", args=[partner_id]),
        facts=[(_("Partner"), partner.name), (_("Where it is filed"), found.reference)],
        blocked=_("You entered this paper; another person checks it.")
        if found.entered_by == request.me.id
        else "",
    )
    return answer(request, act, do)


def _blocked_call(request: KnownRequest, proposed_by: str, *, has_number: bool) -> str:
    if proposed_by == request.me.id:
        return _("You proposed these bank details; another person calls back.")
    return "" if has_number else _("No contact of this partner has a number on file.")
