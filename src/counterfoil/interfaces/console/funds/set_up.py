"""Setting up a fund, changing its budget, computing what partners earned (with a preview)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.apps.programs.errors import ProgramsError
from counterfoil.apps.programs.selectors import get_fund, get_program, list_programs
from counterfoil.core.money import Rounding
from counterfoil.flows.earn_funds import (
    EarnReport,
    earn_funds,
    preview_earnings,
    set_budget,
    set_up_fund,
)
from counterfoil.flows.lapse_funds import lapse_fund, preview_lapse
from counterfoil.interfaces.console.acts import (
    REFUSALS,
    ActPage,
    answer,
    missing_of,
    refuse,
    sentence,
)
from counterfoil.interfaces.console.forms import (
    PercentField,
    choice_field,
    day_field,
    read_money,
    reason_field,
    text_field,
)
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.console.parts import Head
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import Crumb, format_share, show_money
from counterfoil.interfaces.web.requests import KnownRequest


class FundForm(forms.Form):
    """The terms of a fund period."""

    program = choice_field(gettext_lazy("Program"), ())
    name = text_field(gettext_lazy("Name of the fund"), hint=gettext_lazy("As partners read it."))
    code = text_field(
        gettext_lazy("Code"), hint=gettext_lazy("The same for every period, such as growth.")
    )
    period = text_field(
        gettext_lazy("Period"), hint=gettext_lazy("Such as 2026-Q3."), length_max=20
    )
    budget = text_field(
        gettext_lazy("Budget"), hint=gettext_lazy("In the program's currency, such as 250,000.00.")
    )
    rate = PercentField(
        label=gettext_lazy("Earned, percent of sales"),
        help_text=gettext_lazy("Such as 2 or 2.5."),
        error_messages={"required": gettext_lazy("Write a percentage such as 2 or 2.5.")},
    )
    rounding = choice_field(
        gettext_lazy("Rounding"),
        [
            (Rounding.HALF_EVEN.value, gettext_lazy("Half to even")),
            (Rounding.HALF_UP.value, gettext_lazy("Half up")),
            (Rounding.DOWN.value, gettext_lazy("Down")),
        ],
        hint=gettext_lazy("Once per partner, to the smallest unit of the currency."),
    )
    earns_from = day_field(gettext_lazy("Sales from"))
    earns_to = day_field(gettext_lazy("Sales until"))
    starts_on = day_field(
        gettext_lazy("Spent from"), hint=gettext_lazy("Activities begin no earlier.")
    )
    ends_on = day_field(gettext_lazy("Spent until"))
    claims_until = day_field(gettext_lazy("Claims until"))
    cost_center = text_field(gettext_lazy("Cost center"), required=False, length_max=60)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currencies = {each.code: each.currency for each in list_programs()}
        choices = [(each.code, f"{each.name} ({each.currency})") for each in list_programs()]
        self.fields["program"] = choice_field(gettext_lazy("Program"), choices)

    def clean(self) -> dict[str, Any]:
        """Read the budget in the currency of the program."""
        currency = self.currencies.get(self.cleaned_data.get("program", ""), "")
        self.cleaned_data["budget"] = read_money(self, "budget", currency=currency)
        return self.cleaned_data


class BudgetForm(forms.Form):
    """Another budget and why."""

    budget = text_field(gettext_lazy("New budget"))
    reason = reason_field()

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency

    def clean(self) -> dict[str, Any]:
        """Read the budget in the currency of the fund."""
        self.cleaned_data["budget"] = read_money(self, "budget", currency=self.currency)
        return self.cleaned_data


@shown_to("funds.manage")
def fund_new(request: KnownRequest) -> HttpResponse:
    """This will set up a fund period; its budget is posted at once."""
    form = FundForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = set_up_fund(
                    program=form.cleaned_data["program"],
                    code=form.cleaned_data["code"],
                    name=form.cleaned_data["name"],
                    period=form.cleaned_data["period"],
                    budget=form.cleaned_data["budget"],
                    earn_rate_ppm=form.cleaned_data["rate"],
                    earn_rounding=Rounding(form.cleaned_data["rounding"]),
                    earns_from=form.cleaned_data["earns_from"],
                    earns_to=form.cleaned_data["earns_to"],
                    starts_on=form.cleaned_data["starts_on"],
                    ends_on=form.cleaned_data["ends_on"],
                    claims_until=form.cleaned_data["claims_until"],
                    cost_center=form.cleaned_data["cost_center"],
                    by=request.me,
                    at=request.at,
                )
            except REFUSALS as error:
                form.add_error(None, sentence(str(error)))
            else:
                messages.success(
                    request,
                    _("%(fund)s is set up with %(budget)s.")
                    % {"fund": f"{made.name} {made.period}", "budget": show_money(made.budget)},
                )
                return HttpResponseRedirect(reverse("console:fund", args=[made.public_id]))
    context = {
        "crumbs": [Crumb(_("Funds"), reverse("console:funds")), Crumb(_("Set up a fund"))],
        "head": Head(
            _("Set up a fund"),
            _("The budget is posted to the ledger on the first day of the period."),
        ),
        "card_title": _("Terms"),
        "form": form,
        "act_url": request.path,
        "missing": missing_of(form) if form.is_bound else [],
        "missing_title": _("This has to be mended first"),
        "confirm": _("Set up the fund"),
        "back_url": reverse("console:funds"),
    }
    return pages.page(request, "console/form.html", context, status=status)


@shown_to("funds.manage")
def budget(request: KnownRequest, fund_id: str) -> HttpResponse:
    """This will raise or cut a fund's budget, with a reason."""
    found = get_fund(fund_id)
    form = BudgetForm(
        request.POST or None,
        currency=found.currency,
        initial={"budget": show_money(found.budget).figure},
    )

    def do() -> str:
        after = set_budget(
            fund_id=fund_id,
            budget=form.cleaned_data["budget"],
            by=request.me,
            at=request.at,
            reason=form.cleaned_data["reason"],
        )
        return _("The budget of %(fund)s is now %(budget)s.") % {
            "fund": f"{after.name} {after.period}",
            "budget": show_money(after.budget),
        }

    act = ActPage(
        title=_("Change the budget of %(fund)s") % {"fund": f"{found.name} {found.period}"},
        confirm=_("Change budget"),
        back_url=reverse("console:fund", args=[fund_id]),
        form=form,
        facts=[(_("Budget so far"), str(show_money(found.budget)))],
        notice=_("The difference is posted to the ledger today."),
    )
    return answer(request, act, do)


@shown_to("funds.earn")
def earn(request: KnownRequest, fund_id: str) -> HttpResponse:
    """This will show what computing a fund's earnings would post, and post it once confirmed."""
    found = get_fund(fund_id)
    name = f"{found.name} {found.period}"
    back = reverse("console:fund", args=[fund_id])
    title = _("Compute what partners earned in %(fund)s") % {"fund": name}

    def do() -> str:
        report = earn_funds(fund_id=fund_id, by=request.me, at=request.at)
        return _("%(count)s partners computed: %(given)s given, %(taken)s taken back.") % {
            "count": report.partners,
            "given": show_money(report.given),
            "taken": show_money(report.taken_back),
        }

    if request.method == "POST":
        return answer(request, ActPage(title, _("Post the earnings"), back), do)
    try:
        report = preview_earnings(fund_id=fund_id, by=request.me, at=request.at)
    except ProgramsError as error:
        return refuse(request, title, error, back_url=back)
    act = ActPage(
        title=title,
        confirm=_("Post the earnings"),
        back_url=back,
        facts=_preview(report),
        notice=_preview_notice(report),
        notice_tone="warn" if report.remainders else "ours",
    )
    return answer(request, act, do)


@shown_to("funds.lapse")
def lapse(request: KnownRequest, fund_id: str) -> HttpResponse:
    """This will show what nobody claimed in time, and take it back once confirmed."""
    found = get_fund(fund_id)
    name = f"{found.name} {found.period}"
    back = reverse("console:fund", args=[fund_id])
    title = _("Take back what nobody claimed in %(fund)s") % {"fund": name}

    def do() -> str:
        report = lapse_fund(fund_id=fund_id, by=request.me, at=request.at)
        return _("%(sum)s of %(count)s partners lapsed.") % {
            "sum": show_money(report.committed + report.available),
            "count": report.partners,
        }

    if request.method == "POST":
        return answer(request, ActPage(title, _("Take it back"), back), do)
    try:
        report = preview_lapse(fund_id=fund_id, by=request.me, at=request.at)
    except ProgramsError as error:
        return refuse(request, title, error, back_url=back)
    act = ActPage(
        title=title,
        confirm=_("Take it back"),
        back_url=back,
        facts=[
            (_("Pre-approved and never claimed"), str(show_money(report.committed))),
            (_("Earned and never asked for"), str(show_money(report.available))),
            (_("Partners"), str(report.partners)),
        ],
        notice=_("It goes back to the vendor's budget; the tracker shows it as expired."),
    )
    return answer(request, act, do)


def _preview(report: EarnReport) -> list[tuple[str, str]]:
    fund = report.fund
    zone = get_program(code=fund.program).zone
    facts = [
        (
            _("Rule"),
            _("%(rate)s of sales less refunds, per partner")
            % {"rate": format_share(fund.earn_rate_ppm)},
        ),
        (
            _("Sales known today"),
            _("%(count)s partners with sales; days of %(zone)s")
            % {"count": report.partners, "zone": zone},
        ),
        (_("Earned in all"), str(show_money(report.earned))),
        (_("Given now"), str(show_money(report.given))),
        (_("Taken back now"), str(show_money(report.taken_back))),
    ]
    for other in report.left_out:
        facts.append(
            (
                _("Left out"),
                _("%(count)s lines in %(currency)s")
                % {"count": other.line_count, "currency": other.currency},
            )
        )
    return facts


def _preview_notice(report: EarnReport) -> str:
    if report.remainders:
        return _(
            "%(count)s partners spent more than they earned after all; what is not available "
            "can't be taken back and is reported."
        ) % {"count": len(report.remainders)}
    if not report.partners:
        return _("No sales of these days are known yet. Import them first.")
    if report.given.is_zero and report.taken_back.is_zero:
        return _("Nothing has changed since the last run; nothing would be posted.")
    return _(
        "Each partner's part is posted as an entry of its own. A later run posts differences only."
    )
