"""A work paper: what the engine says of a decision from its record, and what the auditor says."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.apps.engagements.selectors import get_engagement, get_paper
from counterfoil.apps.engagements.services import BODY_MAX, answer_paper
from counterfoil.apps.engagements.types import EngagementInfo, PaperInfo
from counterfoil.apps.partners.selectors import partner_names
from counterfoil.core.engagement_words import ANSWER_WORDS
from counterfoil.core.money import Money
from counterfoil.interfaces.console.acts import ActPage, answer
from counterfoil.interfaces.console.engagements.page import engine_status
from counterfoil.interfaces.console.engagements.words import (
    CHANGES,
    DIFFERS,
    SAME,
    crumbs,
    money,
    verdict_of,
)
from counterfoil.interfaces.console.forms import read_money, text_field
from counterfoil.interfaces.console.guard import may_somewhere, shown_to
from counterfoil.interfaces.console.parts import Head
from counterfoil.interfaces.console.tables import Cell, Column, Row, Table
from counterfoil.interfaces.console.words import moment_of, people_names, submission_url
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import (
    OUTCOMES,
    VERDICTS,
    Act,
    Empty,
    Status,
    status_of,
)
from counterfoil.interfaces.web.requests import KnownRequest

_WORDS: Mapping[str, Status] = {
    "yes": Status(gettext_lazy("Yes"), "pass", "ok"),
    "no": Status(gettext_lazy("No"), "fail", "bad"),
    "na": Status(gettext_lazy("Not applicable"), "na", "mute"),
}


@shown_to("engagements.view")
def paper(request: KnownRequest, paper_id: str) -> HttpResponse:
    """This will show a work paper with what stands on it."""
    here = get_paper(paper_id)
    found = get_engagement(here.engagement_id)
    partners = partner_names(pks=[here.partner_id])
    partner = partners[here.partner_id][0] if here.partner_id in partners else ""
    context = {
        "crumbs": crumbs(found, _("Paper %(seq)s") % {"seq": here.seq}),
        "head": Head(
            _("Paper %(seq)s, %(number)s") % {"seq": here.seq, "number": here.number},
            partner,
            verdict_of(here),
            _acts(request, found, here),
        ),
        "notices_of": [("bad", "fail", words) for words in here.engine["differences"]],
        "facts_title": _("What was decided"),
        "facts": _facts(request, found, here),
        "tables": [_answers(request, found, here), *_effect(found, here), _criteria(here)],
    }
    return pages.page(request, "console/detail.html", context)


def _acts(request: KnownRequest, found: EngagementInfo, here: PaperInfo) -> list[Act]:
    acts = [
        Act(_("Submission"), submission_url(here.submission), "file", dialog=False),
    ]
    if may_somewhere(request.me, "audit.view"):
        record = reverse("console:decision", args=[here.decision])
        acts.append(Act(_("Decision record"), record, "audit", dialog=False))
    if not found.is_closed and may_somewhere(request.me, "engagements.work"):
        acts.append(
            Act(
                _("Answer again") if here.answer else _("Answer this paper"),
                reverse("console:engagement_answer", args=[here.id]),
                "pen",
                "" if here.answer else "main-act",
                "a",
                why_not=_("You decided or approved this yourself.")
                if request.me.id in here.deciders
                else "",
            )
        )
    after = next((p for p in found.papers if p.answer is None and p.id != here.id), None)
    if here.answer is not None and after is not None and not found.is_closed:
        url = reverse("console:engagement_paper", args=[after.id])
        acts.append(Act(_("Next paper"), url, "right", "main-act", dialog=False))
    return acts


def _facts(request: KnownRequest, found: EngagementInfo, here: PaperInfo) -> list[tuple[str, str]]:
    names = people_names(here.deciders)
    facts = [
        (_("Type"), here.playbook),
        (_("Outcome"), str(OUTCOMES[here.outcome].word)),
        (_("Approved"), money(here.payable_minor, found.scope.currency)),
        (_("Decided"), str(moment_of(request, here.decided_at))),
        (_("By"), ", ".join(names[each] for each in here.deciders)),
        (_("Computed again"), str((SAME if here.engine["is_same"] else DIFFERS).word)),
    ]
    if here.engine["effect"]:
        facts.append((_("Under the draft"), str(engine_status(here).word)))
    drawn = here.stratum
    if found.sample is not None and found.sample.plan.bands:
        drawn = _("the band from %(amount)s") % {"amount": money(int(drawn), found.scope.currency)}
    if here.is_certain:
        drawn = f"{drawn}, {_('too large to be missed')}" if drawn else _("too large to be missed")
    return [*facts, (_("Drawn as"), drawn or _("one of the population"))]


def _answers(request: KnownRequest, found: EngagementInfo, here: PaperInfo) -> Table:
    names = people_names([each.answered_by for each in here.answers])
    rows = []
    for said in reversed(here.answers):
        right = ""
        if said.right_minor is not None:
            right = _("Right would be %(amount)s.") % {
                "amount": money(said.right_minor, found.scope.currency)
            }
        rows += [
            Row(
                [
                    Cell(question, note="" if said is here.answer else _("an earlier answer")),
                    Cell(status=_WORDS[word]),
                    Cell(f"{said.seen} {right}".strip(), css="soft"),
                    Cell(names[said.answered_by], note=str(moment_of(request, said.answered_at))),
                ],
                id=f"answer-{said.seq}-{place}",
                is_bad=word == "no" and said is here.answer,
            )
            for place, (question, word) in enumerate(
                zip(found.questions, said.answers, strict=True)
            )
        ]
    return Table(
        "answers",
        _("The auditor's answers"),
        [Column(_("Question")), Column(_("Answer")), Column(_("What was seen")), Column(_("By"))],
        rows,
        Empty(
            _("Not answered yet"),
            _("Open the submission and its record, then answer each question."),
            "pen",
        ),
    )


def _effect(found: EngagementInfo, here: PaperInfo) -> list[Table]:
    effect: Mapping[str, Any] | None = here.engine["effect"]
    if not effect:
        return []
    would = effect["would_be"]
    rows = [
        Row(
            [
                Cell(_("The whole"), note=effect["detail"]),
                Cell(str(OUTCOMES[here.outcome].word)
                     + f", {money(here.payable_minor, found.scope.currency)}"),
                Cell(
                    str(CHANGES[effect["change"]].word)
                    + (f", {Money(would['minor'], would['currency']).format_plain()}"
                       if would else "")
                ),
            ],
            id="effect-whole",
        )
    ]  # fmt: skip
    rows += [
        Row(
            [
                Cell(flip["criterion"], note=flip["line"]),
                Cell(_said(flip["before"]), note=" ".join(flip["then_words"])),
                Cell(_said(flip["after"]), note=" ".join(flip["now_words"])),
            ],
            id=f"effect-{place}",
        )
        for place, flip in enumerate(effect["flips"])
    ]
    return [
        Table(
            "effect",
            _("Under the draft"),
            [Column(_("What")), Column(_("As decided")), Column(_("Under the draft"))],
            rows,
            Empty(_("Nothing differs"), "", "pass"),
        )
    ]


def _said(result: str) -> str:
    return str(VERDICTS[result].word) if result else _("not asked")


def _criteria(here: PaperInfo) -> Table:
    return Table(
        "criteria",
        _("What each criterion said"),
        [Column(_("Criterion")), Column(_("Result"))],
        [
            Row(
                [
                    Cell(each["criterion"], note=_about(each)),
                    Cell(status=status_of(VERDICTS, each["result"])),
                ],
                id=f"criterion-{place}",
                is_bad=each["result"] == "fail",
            )
            for place, each in enumerate(here.engine["results"])
        ],
        Empty(_("No criterion was asked"), _("The record names none."), "na"),
        note=_("Read from the record; the decision record has values and traces."),
    )


def _about(result: Mapping[str, str]) -> str:
    """This will say what a criterion is about, and of which line of an invoice."""
    return f"{result['title']} ({result['line']})" if result["line"] else result["title"]


class AnswerForm(forms.Form):
    """Yes, no or not applicable to each question, what was seen, another amount."""

    def __init__(self, *args: Any, questions: tuple[str, ...], **kwargs: Any) -> None:
        """Ask each question of the audit."""
        super().__init__(*args, **kwargs)
        for place, question in enumerate(questions):
            self.fields[f"answer{place}"] = forms.ChoiceField(
                label=question,
                choices=[(key, ANSWER_WORDS[key]) for key in ANSWER_WORDS],
                widget=forms.RadioSelect(),
                error_messages={
                    "required": gettext_lazy("Answer with yes, no or not applicable."),
                    "invalid_choice": gettext_lazy("Answer with yes, no or not applicable."),
                },
            )
        self.fields["seen"] = text_field(
            gettext_lazy("What was seen"),
            hint=gettext_lazy("Which records and files you looked at, and what they show."),
            length_max=BODY_MAX,
            area=True,
        )
        self.fields["right"] = text_field(
            gettext_lazy("Right amount"),
            required=False,
            hint=gettext_lazy("Only if another amount than the approved one is right."),
            length_max=40,
        )


@shown_to("engagements.work")
def answer_one(request: KnownRequest, paper_id: str) -> HttpResponse:
    """This will record what the auditor found on a paper, and go on to the next one."""
    here = get_paper(paper_id)
    found = get_engagement(here.engagement_id)
    form = AnswerForm(request.POST or None, questions=found.questions)
    if request.method == "POST" and form.is_valid():
        right = read_money(form, "right", currency=found.scope.currency)
    else:
        right = None

    def do() -> str:
        answer_paper(
            paper_id=paper_id,
            answers=[form.cleaned_data[f"answer{n}"] for n in range(len(found.questions))],
            seen=form.cleaned_data["seen"],
            right_minor=None if right is None else right.minor,
            by=request.me,
            at=request.at,
        )
        return _("Paper %(seq)s is answered.") % {"seq": here.seq}

    def then() -> str:
        waiting = [p for p in get_engagement(found.id).papers if p.answer is None]
        if waiting:
            return reverse("console:engagement_paper", args=[waiting[0].id])
        return reverse("console:engagement", args=[found.id])

    blocked = ""
    if found.is_closed:
        blocked = _("This audit is closed; nothing is added to it any more.")
    elif request.me.id in here.deciders:
        blocked = _("You decided or approved this yourself; another auditor works its paper.")
    act = ActPage(
        title=_("Answer paper %(seq)s, %(number)s") % {"seq": here.seq, "number": here.number},
        confirm=_("Record my answer"),
        back_url=reverse("console:engagement_paper", args=[paper_id]),
        form=form,
        facts=[
            (_("Outcome"), str(OUTCOMES[here.outcome].word)),
            (_("Approved"), money(here.payable_minor, found.scope.currency)),
        ],
        notice=_("A no, or another amount, makes it a deviation."),
        blocked=blocked,
    )
    return answer(request, act, do, url_of=then)
