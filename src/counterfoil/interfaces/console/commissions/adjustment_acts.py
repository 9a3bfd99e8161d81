"""Acts on adjustments: propose one, approve it as a second person, refuse it or take it back."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.apps.earnings.selectors import get_adjustment, list_uses, plan_in_force
from counterfoil.apps.earnings.types import AdjustmentInfo
from counterfoil.apps.partners.selectors import list_partners
from counterfoil.core.adjustments import REASONS, AdjustmentKind, Reason
from counterfoil.core.authority import may
from counterfoil.core.calendars import CalendarError, month_days
from counterfoil.core.money import Money
from counterfoil.flows.adjust_commissions import (
    approve_adjustment,
    propose_adjustment,
    refuse_adjustment,
)
from counterfoil.interfaces.console.acts import ActPage, answer
from counterfoil.interfaces.console.commissions.words import (
    ADJUSTMENT_KINDS,
    ADJUSTMENT_REASONS,
)
from counterfoil.interfaces.console.forms import (
    REASON_MAX,
    choice_field,
    read_money,
    reason_field,
    text_field,
)
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.web.presenters import show_money
from counterfoil.interfaces.web.requests import KnownRequest


class ProposalForm(forms.Form):
    """What is added to whose month, and why."""

    partner = text_field(gettext_lazy("Partner"), hint=gettext_lazy("Its name or its id."))
    month = text_field(
        gettext_lazy("Month"), hint=gettext_lazy("It belongs to, such as 2026-04."), length_max=7
    )
    amount = text_field(
        gettext_lazy("Amount"),
        hint=gettext_lazy("In the plan's currency; with a minus it is taken back."),
    )
    note = text_field(
        gettext_lazy("Why"),
        hint=gettext_lazy("In a sentence; the partner reads it on its statement."),
        length_max=REASON_MAX,
        area=True,
    )
    about = text_field(
        gettext_lazy("About"),
        required=False,
        hint=gettext_lazy("A sales line or a question that it answers."),
    )

    def __init__(self, *args: Any, uses: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["use"] = choice_field(gettext_lazy("Plan"), uses)
        self.fields["reason"] = choice_field(
            gettext_lazy("Reason"),
            [
                (
                    ADJUSTMENT_KINDS[kind],
                    [(each, ADJUSTMENT_REASONS[each]) for each in REASONS[kind]],
                )
                for kind in AdjustmentKind
            ],
        )
        self.order_fields(["use", "partner", "month", "amount", "reason", "note", "about"])
        self.partner_id = ""
        self.money: Money | None = None

    def clean(self) -> dict[str, Any]:
        """Find the partner, and read the amount in the currency of the month's plan."""
        given = super().clean() or {}
        if name := given.get("partner", ""):
            found = list_partners(search=name, limit=20).partners
            named = [row for row in found if name in (row.name, row.id)] or found
            if len(named) == 1:
                self.partner_id = named[0].id
            else:
                self.add_error("partner", _("Name exactly one partner, or give its id."))
        if given.get("use") and given.get("month"):
            try:
                _first, last = month_days(given["month"])
            except CalendarError:
                self.add_error("month", _("Write the month like 2026-04."))
            else:
                plan = plan_in_force(given["use"].split("/")[1], last).plan
                self.money = read_money(self, "amount", currency=plan.currency)
        return given


@shown_to("commissions.adjust")
def propose(request: KnownRequest) -> HttpResponse:
    """This will propose an adjustment or a bonus; it waits for a second person."""
    uses = [
        (f"{each.program}/{each.plan_code}", f"{each.plan_code}, {each.program}")
        for each in list_uses()
        if may(request.me, "commissions.adjust", program=each.program)
    ]
    given = {name: request.GET.get(name, "") for name in ("use", "partner", "month", "about")}
    form = ProposalForm(request.POST or None, uses=uses, initial=given)
    made: list[str] = []

    def do() -> str:
        chosen = form.cleaned_data
        program, _slash, plan_code = chosen["use"].partition("/")
        reason = Reason(chosen["reason"])
        assert form.money is not None
        done = propose_adjustment(
            plan_code=plan_code, program=program, partner_id=form.partner_id,
            month=chosen["month"], reason=reason,
            kind=next(kind for kind in AdjustmentKind if reason in REASONS[kind]),
            amount=form.money, note=chosen["note"], about=chosen["about"],
            by=request.me, at=request.at,
        )  # fmt: skip
        made.append(done.public_id)
        return _("%(amount)s for %(partner)s waits for approval.") % {
            "amount": show_money(done.amount, signed=True), "partner": done.partner_name,
        }  # fmt: skip

    act = ActPage(
        title=_("Propose an adjustment or a bonus"),
        confirm=_("Propose"),
        back_url=reverse("console:adjustments"),
        form=form,
        notice=_("Runs that were posted stay as they are: it becomes an entry of its own."),
        blocked="" if uses else _("No program that you may do this for uses a plan."),
    )
    return answer(request, act, do, url_of=lambda: _url(made[0]))


@shown_to("commissions.approve_adjustment")
def approve(request: KnownRequest, adjustment_id: str) -> HttpResponse:
    """This will approve an adjustment that somebody else proposed, and post it."""
    found = get_adjustment(adjustment_id)

    def do() -> str:
        approve_adjustment(adjustment_id=adjustment_id, by=request.me, at=request.at)
        return _("%(amount)s for %(partner)s is approved and posted.") % _named(found)

    blocked = _decided(found)
    if found.made_by == request.me.id:
        blocked = _("You proposed it; somebody else approves it.")
    act = ActPage(
        title=_("Approve %(amount)s for %(partner)s") % _named(found),
        confirm=_("Approve and post"),
        back_url=_url(adjustment_id),
        facts=_facts(found),
        notice=_("What it takes beyond the month's held commission, the partner owes.")
        if found.amount.is_negative
        else _("It is held with the month, and paid with the next payment after that."),
        blocked=blocked,
    )
    return answer(request, act, do)


class RefusalForm(forms.Form):
    """Why it is refused."""

    note = reason_field()


@shown_to("commissions.approve_adjustment")
def refuse(request: KnownRequest, adjustment_id: str) -> HttpResponse:
    """This will refuse an adjustment."""
    found = get_adjustment(adjustment_id)
    return _end(request, found, _("Refuse %(amount)s for %(partner)s"), _("Refuse"))


@shown_to("commissions.adjust")
def withdraw(request: KnownRequest, adjustment_id: str) -> HttpResponse:
    """This will take one's own proposal back."""
    found = get_adjustment(adjustment_id)
    own = found.made_by == request.me.id
    return _end(
        request, found, _("Take back %(amount)s for %(partner)s"), _("Take back"),
        blocked="" if own else _("Only who proposed it takes it back."),
    )  # fmt: skip


def _end(
    request: KnownRequest, found: AdjustmentInfo, title: str, confirm: str, *, blocked: str = ""
) -> HttpResponse:
    form = RefusalForm(request.POST or None)

    def do() -> str:
        refuse_adjustment(
            adjustment_id=found.public_id, by=request.me, at=request.at,
            note=form.cleaned_data["note"],
        )  # fmt: skip
        return _("%(amount)s for %(partner)s does not count.") % _named(found)

    act = ActPage(
        title=title % _named(found),
        confirm=confirm,
        back_url=_url(found.public_id),
        form=form,
        facts=_facts(found),
        blocked=blocked or _decided(found),
    )
    return answer(request, act, do)


def _url(adjustment_id: str) -> str:
    return reverse("console:adjustment", args=[adjustment_id])


def _named(found: AdjustmentInfo) -> dict[str, str]:
    return {
        "amount": str(show_money(found.amount, signed=True)),
        "partner": found.partner_name,
    }


def _decided(found: AdjustmentInfo) -> str:
    return "" if found.state == "proposed" else _("It is decided already.")


def _facts(found: AdjustmentInfo) -> list[tuple[str, str]]:
    return [
        (_("Month"), found.month),
        (_("Reason"), str(ADJUSTMENT_REASONS[found.reason])),
        (_("Told to the partner"), found.note),
    ]
