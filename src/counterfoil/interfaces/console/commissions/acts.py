"""Acts on a commission run: approve it for a region or for all of it, and post it."""

from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.apps.earnings.selectors import get_run, list_uses
from counterfoil.apps.earnings.types import CENTRAL, RunInfo
from counterfoil.core.calendars import CalendarError, month_days
from counterfoil.flows.run_commissions import (
    approve_commissions,
    post_commissions,
    run_commissions,
)
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.console.acts import ActPage, answer
from counterfoil.interfaces.console.commissions.words import region_words
from counterfoil.interfaces.console.forms import choice_field, day_field, text_field
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.web.presenters import show_money
from counterfoil.interfaces.web.requests import KnownRequest


class RegionForm(forms.Form):
    """For which region, or for all of them."""

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"] = choice_field(gettext_lazy("Approved for"), choices)


class RunForm(forms.Form):
    """Which month of which plan, and up to when lines were received."""

    month = text_field(gettext_lazy("Month"), hint=gettext_lazy("Such as 2026-04."), length_max=7)
    received_until = day_field(
        gettext_lazy("Lines received until"),
        required=False,
        hint=gettext_lazy("Empty: up to today. A later line comes with the next run."),
    )

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["use"] = choice_field(gettext_lazy("Plan and program"), choices)
        self.order_fields(["use", "month", "received_until"])

    def clean_month(self) -> str:
        """Refuse what is no month."""
        month = str(self.cleaned_data["month"]).strip()
        try:
            month_days(month)
        except CalendarError:
            raise forms.ValidationError(_("Write the month like 2026-04.")) from None
        return month


@shown_to("commissions.run")
def new(request: KnownRequest) -> HttpResponse:
    """This will compute a month as a draft, in the place of an older draft of it."""
    uses = {each.public_id: each for each in list_uses()}
    today = request.at.astimezone(request.person.zone).date()
    last_month = (today.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    form = RunForm(
        request.POST or None,
        choices=[(key, f"{each.plan_code}, {each.program}") for key, each in uses.items()],
        initial={
            "use": request.GET.get("use", ""),
            "month": request.GET.get("month", last_month),
        },
    )
    made: list[RunInfo] = []

    def do() -> str:
        use = uses[form.cleaned_data["use"]]
        run = run_commissions(
            plan_code=use.plan_code,
            program=use.program,
            month=form.cleaned_data["month"],
            received_until=form.cleaned_data["received_until"] or today,
            store=adapter("evidence_store"),
            by=request.me,
            at=request.at,
        )
        made.append(run)
        return _("%(run)s is computed: %(total)s. Nothing is posted yet.") % {
            "run": _name(run), "total": show_money(run.total),
        }  # fmt: skip

    act = ActPage(
        title=_("Compute a month"),
        confirm=_("Compute"),
        back_url=reverse("console:commissions"),
        form=form,
        notice=_("An older draft of the month is replaced; what is posted stays."),
        blocked="" if uses else _("No program uses a plan yet; take one into use first."),
    )
    return answer(
        request, act, do,
        url_of=lambda: reverse("console:commission_run", args=[made[0].public_id]),
    )  # fmt: skip


@shown_to("commissions.approve_region")
def approve(request: KnownRequest, run_id: str) -> HttpResponse:
    """This will approve exactly these results, for a region first, then for all of it."""
    found = get_run(run_id)
    waiting = [region for region in found.lacking if region != CENTRAL] or list(found.lacking)
    # A choice is never empty: the partners without a region are those of "-".
    choices = [(region or "-", region_words(region)) for region in waiting]
    form = RegionForm(request.POST or None, choices=choices)

    def do() -> str:
        chosen = form.cleaned_data["region"]
        region = "" if chosen == "-" else chosen
        approve_commissions(run_id=run_id, region=region, by=request.me, at=request.at)
        return _("%(run)s is approved for %(region)s.") % {
            "run": _name(found), "region": region_words(region),
        }  # fmt: skip

    act = ActPage(
        title=_("Approve %(total)s") % {"total": show_money(found.total)},
        confirm=_("Approve"),
        back_url=reverse("console:commission_run", args=[run_id]),
        form=form,
        facts=[
            (_("Run"), _name(found)),
            (_("Adds to what is posted"), str(show_money(found.difference))),
            (_("Manifest"), f"sha256 {found.manifest_sha256[:8]}…{found.manifest_sha256[-8:]}"),
        ],
        notice=_("You approve exactly these results. A new run needs new approvals."),
        blocked=_blocked(request, found)
        or ("" if found.lacking else _("Everybody has approved it. It can be posted.")),
    )
    return answer(request, act, do)


@shown_to("commissions.approve")
def post(request: KnownRequest, run_id: str) -> HttpResponse:
    """This will post an approved run to the ledger."""
    found = get_run(run_id)

    def do() -> str:
        post_commissions(run_id=run_id, by=request.me, at=request.at)
        return _("%(run)s is posted.") % {"run": _name(found)}

    waits = ", ".join(region_words(region) for region in found.lacking)
    act = ActPage(
        title=_("Post %(total)s") % {"total": show_money(found.difference)},
        confirm=_("Post"),
        back_url=reverse("console:commission_run", args=[run_id]),
        facts=[
            (_("Run"), _name(found)),
            (_("Total of the month"), str(show_money(found.total))),
        ],
        notice=_("What is posted never changes. A later run of the month posts differences."),
        blocked=_blocked(request, found)
        or (_("It waits for: %(regions)s.") % {"regions": waits} if waits else ""),
    )
    return answer(request, act, do)


def _blocked(request: KnownRequest, found: RunInfo) -> str:
    if found.state != "draft":
        return _("The run is no draft any more.")
    if found.made_by == request.me.id:
        return _("You made this run; other people approve and post it.")
    return ""


def _name(found: RunInfo) -> str:
    return f"{found.plan_code} {found.month} #{found.number}"
