"""Requests of a dry-run audit and their replies."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.apps.access.selectors import list_people
from counterfoil.apps.engagements.selectors import engagement_of_ask, get_engagement
from counterfoil.apps.engagements.services import BODY_MAX, ask_for, reply_to
from counterfoil.interfaces.console.acts import ActPage, answer
from counterfoil.interfaces.console.forms import choice_field, day_field, text_field
from counterfoil.interfaces.console.guard import may_somewhere, shown_to
from counterfoil.interfaces.console.words import day_text
from counterfoil.interfaces.web.requests import KnownRequest

PEOPLE_MAX = 200


def person_field(label: Any, *, required: bool, nobody: str = "") -> forms.ChoiceField:
    """This will make a select of the vendor's people."""
    people = list_people(only_active=True, limit=PEOPLE_MAX).people
    return choice_field(
        label,
        [*([] if required else [("", nobody)]), *((each.id, each.name) for each in people)],
        required=required,
    )


class AskForm(forms.Form):
    """What is needed, from whom, until when."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the vendor's people."""
        super().__init__(*args, **kwargs)
        self.fields["body"] = text_field(
            gettext_lazy("What is needed"),
            hint=gettext_lazy("Such as the signed order behind CLM-2026-00001."),
            length_max=BODY_MAX,
            area=True,
        )
        self.fields["person"] = person_field(
            gettext_lazy("Of whom"), required=False, nobody=_("anybody in operations or Finance")
        )
        self.fields["due_on"] = day_field(gettext_lazy("Until"), required=False)


@shown_to("engagements.work")
def ask(request: KnownRequest, engagement_id: str) -> HttpResponse:
    """This will put a request on the list of an audit."""
    found = get_engagement(engagement_id)
    form = AskForm(request.POST or None)

    def do() -> str:
        ask_for(
            engagement_id=engagement_id,
            body=form.cleaned_data["body"],
            asked_of=form.cleaned_data["person"],
            due_on=form.cleaned_data["due_on"],
            by=request.me,
            at=request.at,
        )
        return _("The request is on the list.")

    act = ActPage(
        title=_("Ask for something"),
        confirm=_("Ask"),
        back_url=reverse("console:engagement", args=[engagement_id]),
        form=form,
        notice=_("The request stands on this page; no mail is sent."),
        blocked=_("This audit is closed; nothing is added to it any more.")
        if found.is_closed
        else "",
    )
    return answer(request, act, do)


class ReplyForm(forms.Form):
    """The reply and what it rests on."""

    body = text_field(gettext_lazy("Reply"), length_max=BODY_MAX, area=True)
    evidence = text_field(
        gettext_lazy("References"),
        required=False,
        hint=gettext_lazy("Numbers of submissions, files or entries, one a line."),
        length_max=BODY_MAX,
        area=True,
    )

    def __init__(self, *args: Any, may_settle: bool, **kwargs: Any) -> None:
        """Let the auditor say that it settles the request."""
        super().__init__(*args, **kwargs)
        if may_settle:
            self.fields["settles"] = forms.BooleanField(
                label=gettext_lazy("This settles the request"), required=False
            )


@shown_to("engagements.reply")
def reply(request: KnownRequest, ask_id: str) -> HttpResponse:
    """This will record a reply to a request."""
    found = get_engagement(engagement_of_ask(ask_id))
    asked = next(each for each in found.asks if each.id == ask_id)
    may_settle = may_somewhere(request.me, "engagements.work")
    form = ReplyForm(request.POST or None, may_settle=may_settle)

    def do() -> str:
        reply_to(
            ask_id=ask_id,
            body=form.cleaned_data["body"],
            evidence=form.cleaned_data["evidence"].splitlines(),
            is_settled=may_settle and form.cleaned_data["settles"],
            by=request.me,
            at=request.at,
        )
        return _("Your reply stands with the request.")

    act = ActPage(
        title=_("Reply to request %(seq)s") % {"seq": asked.seq},
        confirm=_("Reply"),
        back_url=reverse("console:engagement", args=[found.id]),
        form=form,
        facts=[
            (_("Asked for"), asked.body),
            *([(_("Until"), day_text(asked.due_on))] if asked.due_on else []),
        ],
        blocked=_("This audit is closed; nothing is added to it any more.")
        if found.is_closed
        else "",
    )
    return answer(request, act, do)
