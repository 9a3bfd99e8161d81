"""The partner's own bank details: what is in use, what is under way, proposing new ones."""

import logging
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from counterfoil.apps.payouts.errors import BadBankDetails, BoxUnusable, PayoutsError
from counterfoil.apps.payouts.selectors import bank_details_of, payees_of
from counterfoil.apps.payouts.types import BankDetailInfo
from counterfoil.flows.change_bank_details import propose_bank_details
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.portal.guard import for_partners
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import Act, Empty, Missing, Status, format_day
from counterfoil.interfaces.web.requests import KnownRequest

log = logging.getLogger("counterfoil.web")
STATES = {
    "proposed": Status(gettext_lazy("We will call you back"), "clock", "warn"),
    "callback_done": Status(gettext_lazy("Being checked"), "clock", "mute"),
    "cooling_off": Status(gettext_lazy("Approved, not in use yet"), "clock", "mute"),
    "active": Status(gettext_lazy("In use"), "pass", "ok"),
    "superseded": Status(gettext_lazy("Replaced"), "x", "mute"),
    "refused": Status(gettext_lazy("Not accepted"), "fail", "bad"),
}


class ProposeForm(forms.Form):
    """A bank account of the partner's: an IBAN, or routing and account number in the US."""

    holder = forms.CharField(
        label=gettext_lazy("Account holder"),
        max_length=70,
        error_messages={"required": gettext_lazy("Enter the holder as the bank knows it.")},
    )
    iban = forms.CharField(
        label=gettext_lazy("IBAN"),
        max_length=42,
        required=False,
        help_text=gettext_lazy("For accounts outside the US."),
    )
    bic = forms.CharField(label=gettext_lazy("BIC"), max_length=11, required=False)
    routing = forms.CharField(
        label=gettext_lazy("Routing number"),
        max_length=11,
        required=False,
        help_text=gettext_lazy("For accounts in the US."),
    )
    account = forms.CharField(label=gettext_lazy("Account number"), max_length=20, required=False)
    reason = forms.CharField(
        label=gettext_lazy("Why do they change?"),
        max_length=500,
        widget=forms.Textarea(),
        error_messages={"required": gettext_lazy("Say why, in a sentence.")},
    )

    def __init__(self, *args: Any, currencies: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["currency"] = forms.ChoiceField(
            label=gettext_lazy("For payments in"), choices=[(each, each) for each in currencies]
        )
        self.order_fields(["currency"])


@require_GET
@for_partners("payees.propose_bank")
def bank_details(request: KnownRequest) -> HttpResponse:
    """This will list the partner's own bank details, masked."""
    pk = request.me.partner_id
    currencies = [payee.currency for payee in payees_of(partner_id=pk)]
    context = {
        "details": [_shown(row, request) for row in bank_details_of(partner_id=pk)],
        "nothing": Empty(
            _("No bank details yet"),
            _("Propose the account to which we should pay. We call you back to confirm it."),
            "bank",
        ),
        "propose": Act(
            _("Propose bank details"), reverse("portal:bank_propose"), "plus", "main-act"
        )
        if currencies
        else None,
    }
    return render(request, "portal/bank_details.html", context)


@require_http_methods(["GET", "POST"])
@for_partners("payees.propose_bank")
def propose(request: KnownRequest) -> HttpResponse:
    """This will propose bank details; they are used after call-back, approval and cooling-off."""
    currencies = [payee.currency for payee in payees_of(partner_id=request.me.partner_id)]
    form = ProposeForm(request.POST or None, currencies=currencies)
    back = reverse("portal:bank_details")
    if request.method == "POST" and form.is_valid():
        try:
            propose_bank_details(
                partner_id=request.me.partner_id, via="portal", box=adapter("secret_box"),
                by=request.me, at=request.at, **form.cleaned_data,
            )  # fmt: skip
        except BadBankDetails as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        except BoxUnusable:
            # Where the key should lie is the operator's business, not a partner's.
            log.exception("bank details can't be encrypted")
            form.add_error(
                None, _("We can't take bank details at the moment. Your partner manager can help.")
            )
        except PayoutsError as refusal:
            form.add_error(None, str(refusal))
        else:
            said = _("Proposed. We call a number that we know to confirm it.")
            return pages.done(request, say=said, url=back)
    context = {
        "title": _("Propose bank details"),
        "act_url": request.get_full_path(),
        "back_url": back,
        "form_fields": list(form.visible_fields()),
        "missing": _missing(form),
        "missing_title": _("This has to be mended first"),
        "notice": _(
            "We call a number that we have on file, a second person checks, and payments go to "
            "your old account until the change is in use."
        ),
        "blocked": ""
        if currencies
        else _("We don't know yet who is paid for you. Ask your partner manager."),
        "confirm": _("Propose"),
    }
    return pages.act(request, context, door="portal", status=422 if form.errors else 200)


def _shown(row: BankDetailInfo, request: KnownRequest) -> dict[str, object]:
    def day(moment: Any) -> str:
        return format_day(moment.astimezone(request.person.zone).date())

    words = [_("for payments in %s") % row.currency, _("proposed %s") % day(row.proposed_at)]
    if row.active_at:
        words.append(_("in use from %s") % day(row.active_at))
    elif row.state == "cooling_off" and row.cooling_off_until:
        words.append(_("in use from %s") % day(row.cooling_off_until))
    if row.refused_reason:
        words.append(row.refused_reason)
    return {
        "masked": row.masked,
        "holder": row.holder,
        "status": STATES[row.state],
        "words": " · ".join(words),
    }


def _missing(form: forms.Form) -> list[Missing]:
    if not form.is_bound:
        return []
    found = [Missing(str(each), "#act-h") for each in form.non_field_errors()]
    for field in form.visible_fields():
        found += [Missing(f"{field.label}: {each}", f"#{field.auto_id}") for each in field.errors]
    return found
