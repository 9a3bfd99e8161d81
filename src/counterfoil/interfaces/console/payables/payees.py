"""Payees: who is paid for a partner, entered by one person and checked by another."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.apps.partners.selectors import (
    find_partner_row,
    get_partner,
    list_partners,
    partner_rows,
)
from counterfoil.apps.partners.types import PartnerRow
from counterfoil.apps.payouts.selectors import get_payee, list_payees, payees_of
from counterfoil.apps.payouts.services import check_payee, enter_payee, hold_payee
from counterfoil.apps.payouts.types import PayeeInfo
from counterfoil.apps.programs.selectors import list_programs
from counterfoil.interfaces.console.acts import ActPage, answer
from counterfoil.interfaces.console.forms import choice_field, reason_field, text_field
from counterfoil.interfaces.console.guard import may_somewhere, shown_to
from counterfoil.interfaces.console.parts import Head, acts_for
from counterfoil.interfaces.console.tables import (
    Cell,
    Column,
    Filters,
    Row,
    Table,
    pager_of,
    picked,
)
from counterfoil.interfaces.console.words import PAYEE_STATUSES, moment_of, people_names
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.asked import asked_number
from counterfoil.interfaces.web.presenters import Act, Crumb, Empty
from counterfoil.interfaces.web.requests import KnownRequest

PAGE = 50


class PayeeForm(forms.Form):
    """Who is paid for a partner in a currency, as the ERP knows it."""

    partner = text_field(
        gettext_lazy("Partner"),
        hint=gettext_lazy("Its name, or its id such as par_…"),
    )
    currency = choice_field(gettext_lazy("Currency"), ())
    legal_name = text_field(
        gettext_lazy("Legal name"), hint=gettext_lazy("As on the tax form and the bank account.")
    )
    erp_vendor_number = text_field(
        gettext_lazy("Vendor number in the ERP"),
        hint=gettext_lazy("As the ERP knows the payee."),
        length_max=60,
    )
    country = text_field(gettext_lazy("Country"), required=False, length_max=60)
    route = choice_field(
        gettext_lazy("Paid by"),
        (
            ("erp_bill", gettext_lazy("Vendor bill in the ERP")),
            ("bank_file", gettext_lazy("Our payment file")),
        ),
        required=False,
    )
    tax_recoverable = forms.BooleanField(
        label=gettext_lazy("Recovers input tax"),
        required=False,
        initial=True,
        help_text=gettext_lazy("Then claims are paid net of tax."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.initial.get("partner"):
            self.fields["partner"].widget = forms.HiddenInput()
        currencies = sorted({each.currency for each in list_programs()})
        asked = str(self.initial.get("currency", ""))
        if asked and asked not in currencies:
            currencies.append(asked)
        self.fields["currency"] = choice_field(
            gettext_lazy("Currency"), [(each, each) for each in currencies]
        )

    def clean_partner(self) -> PartnerRow:
        """Find the partner that is meant; several of a name are told apart by their ids."""
        meant = self.cleaned_data["partner"].strip()
        found = list_partners(search=meant, limit=5).partners
        exact = [each for each in found if meant.lower() in {each.id, each.name.lower()}]
        if len(exact) == 1:
            return exact[0]
        if len(found) == 1:
            return found[0]
        if not found:
            raise forms.ValidationError(_("No partner is called so. Look it up under Partners."))
        names = "; ".join(f"{each.name} ({each.id})" for each in found)
        raise forms.ValidationError(_("Which one: %(names)s?") % {"names": names})


class HoldForm(forms.Form):
    """Why a payee is not to be paid for now."""

    reason = reason_field()


@shown_to("payees.view")
def payees(request: KnownRequest) -> HttpResponse:
    """This will list payees, the oldest first."""
    status = request.GET.get("status", "")
    after = request.GET.get("after", "")
    found = list_payees(status=status or None, after=asked_number(after) or 0, limit=PAGE + 1)
    shown = found[:PAGE]
    partners = partner_rows(partner_pks=[each.partner_id for each in shown])
    names = people_names([each.entered_by for each in shown] + [e.checked_by for e in shown])
    new = Act(_("Enter a payee"), reverse("console:payee_new"), "plus", "main-act")
    rows = [
        Row(
            [
                Cell(
                    each.legal_name,
                    reverse("console:payee", args=[each.public_id]),
                    partners[each.partner_id].name,
                ),
                Cell(status=PAYEE_STATUSES[each.status]),
                Cell(each.currency),
                Cell(each.erp_vendor_number),
                Cell(names.get(each.entered_by, "")),
                Cell(names.get(each.checked_by, "")),
            ],
            id=each.public_id,
        )
        for each in shown
    ]
    may_enter = may_somewhere(request.me, "payees.enter")
    table = Table(
        "payees",
        _("Payees"),
        [
            Column(_("Payee")),
            Column(_("State")),
            Column(_("Currency")),
            Column(_("Vendor number")),
            Column(_("Entered by")),
            Column(_("Checked by")),
        ],
        rows,
        Empty(
            _("No payee fits") if status else _("No payee is entered yet"),
            _("A partner is paid once its payee is entered by one person and checked by another."),
            "bank",
            reverse("console:payee_new") if may_enter else "",
            _("Enter a payee"),
        ),
        pager=pager_of(
            request,
            shown=len(shown),
            next_cursor=str(shown[-1].id) if len(found) > PAGE else "",
        ),
    )
    states = [(key, each.word) for key, each in PAYEE_STATUSES.items()]
    context = {
        "crumbs": [
            Crumb(_("Ready to pay"), reverse("console:ready_to_pay")),
            Crumb(_("Payees")),
        ],
        "head": Head(
            _("Payees"),
            _("Who is paid for a partner: entered by one person, checked by another."),
            acts=acts_for(request.me, ("payees.enter", new)),
        ),
        "filters": Filters(
            reverse("console:payees"),
            _("Choose payees"),
            fields=[picked("status", _("State"), states, status, _("Every state"))],
            has_search=False,
        ),
        "tables": [table],
    }
    return pages.page(request, "console/list.html", context)


@shown_to("payees.view")
def payee(request: KnownRequest, payee_id: str) -> HttpResponse:
    """This will show a payee: what was entered, by whom, who checked it."""
    found = get_payee(payee_id)
    partner = find_partner_row(partner_pk=found.partner_id)
    assert partner is not None, "a payee belongs to a partner"
    is_current = any(each.public_id == payee_id for each in payees_of(partner_id=partner.pk))
    names = people_names([found.entered_by, found.checked_by])
    facts = [
        (_("Partner"), partner.name),
        (_("Legal name"), found.legal_name),
        (_("Vendor number in the ERP"), found.erp_vendor_number),
        (_("Currency"), found.currency),
        (_("Country"), found.country or _("not given")),
        (
            _("Paid by"),
            _("our payment file") if found.route == "bank_file" else _("vendor bill in the ERP"),
        ),
        (
            _("Input tax"),
            _("recovered: claims are paid net")
            if found.tax_recoverable
            else _("not recovered: claims are paid gross"),
        ),
        (
            _("Entered"),
            f"{names.get(found.entered_by, '')}, {moment_of(request, found.entered_at)}",
        ),
    ]
    if found.checked_at:
        facts.append(
            (
                _("Checked"),
                f"{names.get(found.checked_by, '')}, {moment_of(request, found.checked_at)}",
            )
        )
    notices = []
    if not is_current:
        notices.append(("warn", "unknown", _("This payee was replaced by a later one.")))
    context = {
        "crumbs": [Crumb(_("Payees"), reverse("console:payees")), Crumb(found.legal_name)],
        "head": Head(
            found.legal_name,
            _("Paid for %(partner)s in %(currency)s")
            % {"partner": partner.name, "currency": found.currency},
            PAYEE_STATUSES[found.status],
            _payee_acts(request, found, partner.id) if is_current else (),
        ),
        "notices_of": notices,
        "facts_title": _("What was entered"),
        "facts": facts,
        "tables": [],
    }
    return pages.page(request, "console/detail.html", context)


@shown_to("payees.enter")
def enter(request: KnownRequest) -> HttpResponse:
    """This will enter a payee, or replace the one of the same partner and currency."""
    initial: dict[str, Any] = {
        "partner": request.GET.get("partner", ""),
        "currency": request.GET.get("currency", ""),
        "tax_recoverable": True,
    }
    name = ""
    if initial["partner"]:
        partner = get_partner(partner_id=initial["partner"])
        name, initial["country"] = partner.name, partner.data.country
        initial["legal_name"] = partner.data.legal_name or partner.name
    form = PayeeForm(request.POST or None, initial=initial)

    def do() -> str:
        data = form.cleaned_data
        made = enter_payee(
            partner_id=data["partner"].pk,
            legal_name=data["legal_name"],
            erp_vendor_number=data["erp_vendor_number"],
            currency=data["currency"],
            country=data["country"],
            route=data["route"] or "erp_bill",
            tax_recoverable=data["tax_recoverable"],
            by=request.me,
            at=request.at,
        )
        return _("%(payee)s waits for the check by another person.") % {"payee": made.legal_name}

    act = ActPage(
        title=_("Enter a payee for %(partner)s") % {"partner": name}
        if name
        else _("Enter a payee"),
        confirm=_("Enter the payee"),
        back_url=reverse("console:payees"),
        form=form,
        notice=_(
            "Nothing is paid before another person has checked it. An earlier payee of the "
            "same partner and currency is replaced."
        ),
    )
    return answer(request, act, do)


@shown_to("payees.check")
def check(request: KnownRequest, payee_id: str) -> HttpResponse:
    """This will make a payee ready that somebody else entered."""
    found = get_payee(payee_id)
    names = people_names([found.entered_by])

    def do() -> str:
        check_payee(payee_id=payee_id, by=request.me, at=request.at)
        return _("%(payee)s is ready to be paid.") % {"payee": found.legal_name}

    act = ActPage(
        title=_("Check %(payee)s") % {"payee": found.legal_name},
        confirm=_("Checked: ready to be paid"),
        back_url=reverse("console:payee", args=[payee_id]),
        facts=[
            (_("Legal name"), found.legal_name),
            (_("Vendor number"), found.erp_vendor_number),
            (_("Currency"), found.currency),
            (_("Entered by"), names.get(found.entered_by, "")),
        ],
        notice=_("Compare name and number with the vendor record of the ERP first."),
        blocked=_("You entered this payee; another person checks it.")
        if found.entered_by == request.me.id
        else "",
    )
    return answer(request, act, do)


@shown_to("payees.view")
def hold(request: KnownRequest, payee_id: str) -> HttpResponse:
    """This will keep a payee from being paid until it is checked again."""
    found = get_payee(payee_id)
    form = HoldForm(request.POST or None)

    def do() -> str:
        hold_payee(
            payee_id=payee_id, by=request.me, at=request.at, reason=form.cleaned_data["reason"]
        )
        return _("%(payee)s is on hold.") % {"payee": found.legal_name}

    act = ActPage(
        title=_("Hold payments to %(payee)s") % {"payee": found.legal_name},
        confirm=_("Hold payments"),
        confirm_tone="danger",
        back_url=reverse("console:payee", args=[payee_id]),
        form=form,
        notice=_("What is approved stays owed; it is paid once somebody checks the payee again."),
    )
    return answer(request, act, do)


def _payee_acts(request: KnownRequest, found: PayeeInfo, partner_id: str) -> list[Act]:
    change = Act(
        _("Change"),
        f"{reverse('console:payee_new')}?partner={partner_id}&currency={found.currency}",
        "pen",
    )
    bank = Act(
        _("Bank details and papers"),
        reverse("console:bank_details_of", args=[partner_id]),
        "bank",
        dialog=False,
    )
    offered = [("payees.view", bank), ("payees.enter", change)]
    if found.status != "on_hold":
        held = Act(
            _("Hold"), reverse("console:payee_hold", args=[found.public_id]), "pause", "danger"
        )
        offered += [
            ("payees.check" if may_somewhere(request.me, "payees.check") else "payees.enter", held)
        ]
    if found.status != "ready":
        mine = _("You entered this payee; another person checks it.")
        offered.append(
            (
                "payees.check",
                Act(
                    _("Check"),
                    reverse("console:payee_check", args=[found.public_id]),
                    "pass",
                    "main-act",
                    why_not=mine if found.entered_by == request.me.id else "",
                ),
            )
        )
    return acts_for(request.me, *offered)
