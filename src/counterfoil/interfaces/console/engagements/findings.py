"""Findings of a dry-run audit, and the refinements that follow from them."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.apps.engagements.selectors import (
    engagement_of_finding,
    engagement_of_refinement,
    get_engagement,
)
from counterfoil.apps.engagements.services import (
    BODY_MAX,
    finish_refinement,
    name_refinement,
    withdraw_finding,
    write_finding,
)
from counterfoil.apps.engagements.types import EngagementInfo
from counterfoil.interfaces.console.acts import ActPage, answer
from counterfoil.interfaces.console.engagements.asking import person_field
from counterfoil.interfaces.console.engagements.words import FINDING_KINDS
from counterfoil.interfaces.console.forms import (
    choice_field,
    day_field,
    reason_field,
    text_field,
)
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.web.requests import KnownRequest


def _closed(found: EngagementInfo) -> str:
    if found.is_closed:
        return _("This audit is closed; nothing is added to it any more.")
    return ""


class FindingForm(forms.Form):
    """What was found, and which submissions of the sample show it."""

    def __init__(self, *args: Any, found: EngagementInfo, **kwargs: Any) -> None:
        """Offer the papers, and the criteria that their records name."""
        super().__init__(*args, **kwargs)
        criteria = sorted(
            {each["criterion"] for paper in found.papers for each in paper.engine["results"]}
        )
        self.fields["kind"] = choice_field(
            gettext_lazy("Kind"),
            [(key, status.word) for key, status in FINDING_KINDS.items()],
            hint=gettext_lazy(
                "A finding: done wrong. A gap: the rules lack something. An exception: done "
                "otherwise than the rules say, with a reason."
            ),
        )
        self.fields["title"] = text_field(gettext_lazy("In a few words"))
        self.fields["body"] = text_field(
            gettext_lazy("What was found"), length_max=BODY_MAX, area=True
        )
        self.fields["criterion"] = choice_field(
            gettext_lazy("Criterion"),
            [("", _("none in particular")), *((each, each) for each in criteria)],
            required=False,
        )
        self.fields["papers"] = forms.MultipleChoiceField(
            label=gettext_lazy("Submissions that show it"),
            choices=[
                (
                    paper.id,
                    f"{paper.seq}. {paper.number}"
                    + (
                        f" ({_('deviation')})"
                        if paper.answer is not None and paper.answer.is_deviation
                        else ""
                    ),
                )
                for paper in found.papers
            ],
            widget=forms.CheckboxSelectMultiple(),
            error_messages={"required": gettext_lazy("Choose at least one.")},
        )


@shown_to("engagements.work")
def write(request: KnownRequest, engagement_id: str) -> HttpResponse:
    """This will write a finding."""
    found = get_engagement(engagement_id)
    form = FindingForm(request.POST or None, found=found)

    def do() -> str:
        given = form.cleaned_data
        write_finding(
            engagement_id=engagement_id,
            kind=given["kind"],
            title=given["title"],
            body=given["body"],
            criterion=given["criterion"],
            papers=given["papers"],
            by=request.me,
            at=request.at,
        )
        return _("The finding is written. Recommend what should follow from it.")

    act = ActPage(
        title=_("Write a finding"),
        confirm=_("Write it"),
        back_url=reverse("console:engagement", args=[engagement_id]),
        form=form,
        blocked=_closed(found)
        or ("" if found.papers else _("Draw the sample first; a finding names its submissions.")),
    )
    return answer(request, act, do)


class ReasonForm(forms.Form):
    """Why a finding is taken back."""

    reason = reason_field()


@shown_to("engagements.work")
def withdraw(request: KnownRequest, finding_id: str) -> HttpResponse:
    """This will take a finding back; it stays on the record."""
    found = get_engagement(engagement_of_finding(finding_id))
    finding = next(each for each in found.findings if each.id == finding_id)
    form = ReasonForm(request.POST or None)

    def do() -> str:
        withdraw_finding(
            finding_id=finding_id, reason=form.cleaned_data["reason"], by=request.me,
            at=request.at,
        )  # fmt: skip
        return _("The finding is withdrawn.")

    act = ActPage(
        title=_("Withdraw finding %(seq)s") % {"seq": finding.seq},
        confirm=_("Withdraw it"),
        confirm_tone="danger",
        back_url=reverse("console:engagement", args=[found.id]),
        form=form,
        facts=[(_("Finding"), finding.title)],
        blocked=_closed(found)
        or (_("This finding was withdrawn before.") if finding.is_withdrawn else ""),
    )
    return answer(request, act, do)


class RefineForm(forms.Form):
    """What should change, who does it, until when."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the vendor's people."""
        super().__init__(*args, **kwargs)
        self.fields["body"] = text_field(
            gettext_lazy("What should change"),
            hint=gettext_lazy("Such as a criterion to add to the next version of the playbook."),
            length_max=BODY_MAX,
            area=True,
        )
        self.fields["owner"] = person_field(gettext_lazy("Owner"), required=True)
        self.fields["due_on"] = day_field(gettext_lazy("Until"))


@shown_to("engagements.refine")
def refine(request: KnownRequest, finding_id: str) -> HttpResponse:
    """This will recommend a refinement because of a finding."""
    found = get_engagement(engagement_of_finding(finding_id))
    finding = next(each for each in found.findings if each.id == finding_id)
    form = RefineForm(request.POST or None)

    def do() -> str:
        name_refinement(
            finding_id=finding_id,
            body=form.cleaned_data["body"],
            owner=form.cleaned_data["owner"],
            due_on=form.cleaned_data["due_on"],
            by=request.me,
            at=request.at,
        )
        return _("The refinement stands with its owner and day.")

    act = ActPage(
        title=_("Recommend a refinement"),
        confirm=_("Recommend it"),
        back_url=reverse("console:engagement", args=[found.id]),
        form=form,
        facts=[(_("Because of"), finding.title)],
        blocked=_closed(found)
        or (_("This finding was withdrawn before.") if finding.is_withdrawn else ""),
    )
    return answer(request, act, do)


class DoneForm(forms.Form):
    """What was done."""

    note = text_field(
        gettext_lazy("What was done"),
        hint=gettext_lazy("Such as the version that has the new criterion."),
        length_max=BODY_MAX,
        area=True,
    )


@shown_to("engagements.refine")
def done(request: KnownRequest, refinement_id: str) -> HttpResponse:
    """This will say that a refinement was done, also after the audit was closed."""
    found = get_engagement(engagement_of_refinement(refinement_id))
    here = next(
        each
        for finding in found.findings
        for each in finding.refinements
        if each.id == refinement_id
    )
    form = DoneForm(request.POST or None)

    def do() -> str:
        finish_refinement(
            refinement_id=refinement_id, note=form.cleaned_data["note"], by=request.me,
            at=request.at,
        )  # fmt: skip
        return _("The refinement is done.")

    act = ActPage(
        title=_("Say that a refinement is done"),
        confirm=_("It is done"),
        back_url=reverse("console:engagement", args=[found.id]),
        form=form,
        facts=[(_("What should change"), here.body)],
        blocked=_("This refinement was done before.") if here.done_at is not None else "",
    )
    return answer(request, act, do)
