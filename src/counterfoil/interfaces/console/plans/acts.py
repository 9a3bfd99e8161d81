"""Acts on plans: publish a draft of somebody else, use it in a program, name who shares."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.apps.earnings.errors import WrongState
from counterfoil.apps.earnings.selectors import get_plan_version, list_plans, list_uses
from counterfoil.apps.earnings.services import name_party, publish_plan, use_plan
from counterfoil.apps.earnings.types import PlanText
from counterfoil.apps.partners.selectors import list_partners
from counterfoil.apps.programs.selectors import list_programs
from counterfoil.core.plans.words import compare_plans
from counterfoil.interfaces.console.acts import ActPage, answer
from counterfoil.interfaces.console.forms import choice_field, text_field
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.console.words import day_text, people_names
from counterfoil.interfaces.web.presenters import format_count
from counterfoil.interfaces.web.requests import KnownRequest

DIFFERENCES_SHOWN = 8


class UseForm(forms.Form):
    """In which program."""

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["program"] = choice_field(gettext_lazy("Program"), choices)


class PartyForm(forms.Form):
    """Who fills which party for what a partner sells."""

    partner = text_field(
        gettext_lazy("Partner that sells"), hint=gettext_lazy("Its name or its id.")
    )
    beneficiary = text_field(
        gettext_lazy("Partner that shares"), hint=gettext_lazy("Its name or its id.")
    )

    def __init__(
        self,
        *args: Any,
        programs: list[tuple[str, str]],
        parties: list[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["use"] = choice_field(gettext_lazy("Program"), programs)
        self.fields["party"] = choice_field(gettext_lazy("Party"), parties)
        self.order_fields(["use", "partner", "party", "beneficiary"])


@shown_to("plans.publish")
def publish(request: KnownRequest, version_id: str) -> HttpResponse:
    """This will publish a draft; from its day on months are computed with it."""
    found = get_plan_version(version_id)
    row = found.info
    names = people_names([row.author_id])

    def do() -> str:
        publish_plan(version_id=version_id, by=request.me, at=request.at)
        return _("%(code)s version %(version)s is published.") % {
            "code": row.code, "version": row.version,
        }  # fmt: skip

    blocked = ""
    if row.state != "draft":
        blocked = _("This version was published before.")
    elif row.author_id == request.me.id:
        blocked = _("You wrote this draft; another person publishes it.")
    elif found.problems or found.plan is None:
        blocked = _("The draft has %(count)s problems; its author mends them first.") % {
            "count": format_count(len(found.problems))
        }
    act = ActPage(
        title=_("Publish %(code)s, version %(version)s")
        % {"code": row.code, "version": row.version},
        confirm=_("Publish"),
        back_url=reverse("console:plan", args=[version_id]),
        facts=[
            (_("Holds from"), day_text(row.effective_from) or _("not said yet")),
            (_("Written by"), names.get(row.author_id, "")),
            (_("Examples"), format_count(len(found.plan.examples)) if found.plan else "0"),
            *_changes(found),
        ],
        notice=_("A published version never changes. Posted months keep theirs."),
        blocked=blocked,
    )
    return answer(request, act, do)


def _changes(found: PlanText) -> list[tuple[str, str]]:
    """Return what differs from the newest published version, the first points of it."""
    before = next((v for v in list_plans(found.info.code) if v.state == "published"), None)
    if before is None or found.plan is None:
        return []
    old = get_plan_version(before.public_id).plan
    if old is None:
        return []
    changes = [
        (each.about, f"{each.before or _('not said')} → {each.after or _('not said')}")
        for each in compare_plans(old, found.plan)
    ]
    shown = changes[:DIFFERENCES_SHOWN]
    if len(changes) > len(shown):
        more = format_count(len(changes) - len(shown))
        shown.append((_("More"), _("%(count)s points, see Compare") % {"count": more}))
    return shown


@shown_to("plans.publish")
def use(request: KnownRequest, version_id: str) -> HttpResponse:
    """This will take a published plan into use in a program."""
    row = get_plan_version(version_id).info
    taken = {each.program for each in list_uses() if each.plan_code == row.code}
    choices = [(p.code, p.name) for p in list_programs() if p.code not in taken]
    form = UseForm(request.POST or None, choices=choices)

    def do() -> str:
        done = use_plan(
            plan_code=row.code, program=form.cleaned_data["program"], by=request.me, at=request.at
        )
        return _("%(program)s uses %(code)s.") % {"program": done.program, "code": row.code}

    act = ActPage(
        title=_("Use %(code)s in a program") % {"code": row.code},
        confirm=_("Use it"),
        back_url=reverse("console:plan", args=[version_id]),
        form=form,
        facts=[(_("In use in"), ", ".join(sorted(taken)) or _("no program yet"))],
        notice=_("Months of the program can be computed with it from its day on."),
        blocked="" if choices else _("Every program uses it already."),
    )
    return answer(request, act, do)


@shown_to("plans.edit")
def party(request: KnownRequest, version_id: str) -> HttpResponse:
    """This will name who fills a party of the plan's splits for what a partner sells."""
    found = get_plan_version(version_id)
    uses = [each for each in list_uses() if each.plan_code == found.info.code]
    parties = [(s.party, s.party) for s in found.plan.shares[1:]] if found.plan else []
    form = PartyForm(
        request.POST or None,
        programs=[(each.public_id, each.program) for each in uses],
        parties=parties,
    )

    def do() -> str:
        seller, seller_name = _partner(form.cleaned_data["partner"])
        other, other_name = _partner(form.cleaned_data["beneficiary"])
        name_party(
            use=form.cleaned_data["use"], partner_id=seller, party=form.cleaned_data["party"],
            beneficiary_id=other, by=request.me, at=request.at,
        )  # fmt: skip
        return _("%(other)s is the %(party)s of %(partner)s.") % {
            "other": other_name, "party": form.cleaned_data["party"], "partner": seller_name,
        }  # fmt: skip

    blocked = ""
    if not uses:
        blocked = _("No program uses the plan yet.")
    elif not parties:
        blocked = _("The plan splits nothing.")
    act = ActPage(
        title=_("Name who shares"),
        confirm=_("Name"),
        back_url=reverse("console:plan", args=[version_id]),
        form=form,
        notice=_("It holds from the next run on. Who is named once is not replaced."),
        blocked=blocked,
    )
    return answer(request, act, do)


def _partner(text: str) -> tuple[int, str]:
    """Find a partner by its id or whole name. Raises WrongState."""
    wanted = text.strip()
    found = [
        row
        for row in list_partners(search=wanted).partners
        if wanted.lower() in {row.id.lower(), row.name.lower()}
    ]
    if len(found) != 1:
        raise WrongState(
            f"No partner is called {wanted}."
            if not found
            else f"Several partners are called {wanted}; write the id."
        )
    return found[0].pk, found[0].name
