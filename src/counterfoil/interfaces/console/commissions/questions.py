"""Partners' questions in the console: the list in the order of their promises, one, its acts."""

from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from counterfoil.apps.access.selectors import list_people
from counterfoil.apps.earnings.selectors import (
    explain_own_line,
    get_question,
    get_statement,
    list_questions,
)
from counterfoil.apps.earnings.types import QuestionInfo, QuestionStep
from counterfoil.apps.partners.selectors import partner_names
from counterfoil.apps.service_levels.selectors import readings_of
from counterfoil.core.authority import AUTHORITY
from counterfoil.core.clocks import ClockReading, ClockState
from counterfoil.core.questions import OUR_TURN, PARTNERS_TURN, Decision, QuestionState
from counterfoil.core.statement_words import say_month
from counterfoil.flows.answer_questions import answer_question, assign_question
from counterfoil.interfaces.console.acts import ActPage, answer
from counterfoil.interfaces.console.commissions.pages import steps_table
from counterfoil.interfaces.console.commissions.places import commission_tabs
from counterfoil.interfaces.console.forms import choice_field, text_field
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.console.parts import Head, acts_for
from counterfoil.interfaces.console.tables import Cell, Column, Filters, Row, Table, picked
from counterfoil.interfaces.console.words import moment_of, people_names
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import (
    TURNS,
    Act,
    Crumb,
    Empty,
    Status,
    show_clock,
    show_moment,
)
from counterfoil.interfaces.web.requests import KnownRequest

CLOSED = Status(gettext_lazy("Closed"), "pass", "mute")
LATE = Status(gettext_lazy("Late"), "late", "bad")
DECISIONS = {
    Decision.EXPLAINED: gettext_lazy("The figure is right; this explains it"),
    Decision.ADJUST: gettext_lazy("An adjustment corrects it"),
    Decision.NEXT_RUN: gettext_lazy("The next run of the month corrects it"),
}
SHOWN: dict[str, tuple[str, ...]] = {
    "ours": tuple(str(state) for state in OUR_TURN),
    "partner": tuple(str(state) for state in PARTNERS_TURN),
    "closed": (str(QuestionState.CLOSED),),
}
ANSWER_MAX = 4_000


class AssignForm(forms.Form):
    """Who answers."""

    def __init__(self, *args: object, choices: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own arguments
        self.fields["person"] = choice_field(gettext_lazy("Who answers"), choices)


class AnswerForm(forms.Form):
    """The answer in words, and what it comes to."""

    body = text_field(
        gettext_lazy("Answer"),
        hint=gettext_lazy("The partner reads it, beside the calculation."),
        length_max=ANSWER_MAX,
        area=True,
    )
    decision = choice_field(
        gettext_lazy("What it comes to"), [(str(k), word) for k, word in DECISIONS.items()]
    )


@require_GET
@shown_to("questions.view")
def questions(request: KnownRequest) -> HttpResponse:
    """This will list questions: ours to answer first, in the order of what was promised."""
    chosen = request.GET.get("show", "")
    found = list_questions(states=SHOWN.get(chosen, ()))
    readings = _readings(request, found)
    order = sorted(
        found,
        key=lambda each: (
            not each.is_our_turn,
            each.state is QuestionState.CLOSED,
            _due(readings.get(each.public_id)),
            each.public_id,
        ),
    )
    names = partner_names(pks={each.partner_id for each in found})
    people = people_names([each.assigned_to for each in found])
    table = Table(
        "questions",
        _("Questions"),
        [
            Column(_("About")),
            Column(_("Partner")),
            Column(_("Whose turn")),
            Column(_("Promised")),
            Column(_("Who answers")),
        ],
        [
            Row(
                [
                    Cell(
                        each.subject,
                        reverse("console:question", args=[each.public_id]),
                        say_month(each.month, "en"),
                    ),
                    Cell(names[each.partner_id][0]),
                    Cell(status=status_of(each, readings.get(each.public_id))),
                    _promise(request, readings.get(each.public_id)),
                    Cell(people.get(each.assigned_to, "")),
                ],
                id=each.public_id,
            )
            for each in order
        ],
        Empty(
            _("No question fits") if chosen else _("Nobody has asked yet"),
            _("Partners ask on their statements; what they ask stands here with its promise."),
            "help",
        ),
    )
    context = {
        "crumbs": [
            Crumb(_("Commissions"), reverse("console:commissions")),
            Crumb(_("Questions")),
        ],
        "head": Head(
            _("Questions about commissions"),
            _("Answered with the calculation, in the order of what was promised."),
        ),
        "tabs": commission_tabs(request, "console:questions"),
        "tabs_label": _("Commissions"),
        "filters": Filters(
            reverse("console:questions"),
            _("Choose questions"),
            fields=[
                picked(
                    "show",
                    _("Whose turn"),
                    [
                        ("ours", TURNS["us"].word),
                        ("partner", TURNS["partner"].word),
                        ("closed", CLOSED.word),
                    ],
                    chosen,
                    _("Every question"),
                )
            ],
            has_search=False,
        ),
        "tables": [table],
    }
    return pages.page(request, "console/list.html", context)


def _readings(request: KnownRequest, found: tuple[QuestionInfo, ...]) -> dict[str, ClockReading]:
    """This will read the clock of whose turn it is, by question."""
    answer: dict[str, ClockReading] = {}
    for side in ("ours", "partner"):
        mine = [each for each in found if each.is_our_turn == (side == "ours")]
        known = readings_of(
            subjects=[each.clock_subject for each in mine], side=side, at=request.at
        )
        for each in mine:
            if each.clock_subject in known:
                answer[each.public_id] = known[each.clock_subject]
    return answer


def _due(reading: ClockReading | None) -> str:
    return reading.due_at.isoformat() if reading and reading.due_at else "9"


def status_of(found: QuestionInfo, reading: ClockReading | None) -> Status:
    """This will say whose turn it is, or that we are late."""
    if found.state is QuestionState.CLOSED:
        return CLOSED
    if not found.is_our_turn:
        return TURNS["partner"]
    return LATE if reading is not None and reading.is_breached else TURNS["us"]


def _promise(request: KnownRequest, reading: ClockReading | None) -> Cell:
    if reading is None or reading.due_at is None:
        return Cell("")
    return Cell(moment=moment_of(request, reading.due_at), note=_left(request, reading))


def _left(request: KnownRequest, reading: ClockReading) -> str:
    shown = show_clock(
        elapsed=reading.elapsed,
        limit=reading.policy.target,
        is_stopped=reading.state is ClockState.STOPPED,
        past_due=request.at - reading.due_at if reading.due_at else None,
    )
    return str(shown.word)


@require_GET
@shown_to("questions.view")
def question(request: KnownRequest, question_id: str) -> HttpResponse:
    """This will show a question with what was said, its promise and the calculation."""
    found = get_question(question_id)
    statement = get_statement(found.statement_id)
    partner = partner_names(pks=[found.partner_id])[found.partner_id]
    reading = _readings(request, (found,)).get(question_id)
    people = people_names([step.actor_id for step in found.steps] + [found.assigned_to])
    told = explain_own_line(statement, sales_line=found.sales_line) if found.sales_line else ()
    facts = [
        (_("Partner"), partner[0]),
        (_("Statement"), say_month(found.month, "en")),
        (_("Promised by"), _moment_words(request, reading)),
        (_("Who answers"), people.get(found.assigned_to, _("Nobody was named"))),
        (_("What it came to"), DECISIONS[Decision(found.decision)] if found.decision else ""),
    ]
    context = {
        "crumbs": [
            Crumb(_("Commissions"), reverse("console:commissions")),
            Crumb(_("Questions"), reverse("console:questions")),
            Crumb(found.subject),
        ],
        "head": Head(
            found.subject,
            _("%(partner)s asks about its statement of %(month)s.")
            % {"partner": partner[0], "month": say_month(found.month, "en")},
            status_of(found, reading),
            _acts(request, found, partner[1]),
        ),
        "said": [_said(request, step, people) for step in found.steps if step.body],
        "facts_title": _("The question"),
        "facts": [(word, text) for word, text in facts if text],
        "tables": [steps_table(number, each) for number, each in enumerate(told)],
    }
    return pages.page(request, "console/commissions/question.html", context)


def _moment_words(request: KnownRequest, reading: ClockReading | None) -> str:
    if reading is None or reading.due_at is None:
        return ""
    return show_moment(reading.due_at, request.person.zone).text


def _acts(request: KnownRequest, found: QuestionInfo, partner_id: str) -> list[Act]:
    figure = Act(
        _("The figure and its lines"),
        reverse("console:figure", args=[found.statement_id, found.figure]),
        "right",
        dialog=False,
    )
    if found.decision == Decision.ADJUST and not found.is_our_turn:
        adjust = Act(_("Propose the adjustment"), adjust_url(found, partner_id), "pen", "main-act")
        return [figure, *acts_for(request.me, ("commissions.adjust", adjust))]
    if not found.is_our_turn:
        return [figure]
    url = {
        act: reverse(f"console:question_{act}", args=[found.public_id])
        for act in ("assign", "answer")
    }
    return [
        figure,
        *acts_for(
            request.me,
            ("questions.answer", Act(_("Assign"), url["assign"], "third")),
            ("questions.answer", Act(_("Answer"), url["answer"], "chat", "main-act")),
        ),
    ]


def _said(request: KnownRequest, step: QuestionStep, people: dict[str, str]) -> dict[str, object]:
    return {
        "author": people.get(step.actor_id, step.actor_id),
        "sent_words": show_moment(step.at, request.person.zone).text,
        "text": step.body,
        "is_mine": not step.is_from_partner,
    }


def adjust_url(found: QuestionInfo, partner_id: str) -> str:
    """This will make the address that proposes the adjustment which an answer promised."""
    asked = {"partner": partner_id, "month": found.month, "about": found.public_id}
    return f"{reverse('console:adjustment_propose')}?{urlencode(asked)}"


@shown_to("questions.answer")
def assign(request: KnownRequest, question_id: str) -> HttpResponse:
    """This will name who answers."""
    found = get_question(question_id)
    may_answer = set(AUTHORITY["questions.answer"][0])
    choices = [
        (each.id, each.name)
        for each in list_people(only_active=True).people
        if may_answer & {role.role for role in each.roles}
    ]
    form = AssignForm(
        request.POST or None,
        choices=choices,
        initial={"person": found.assigned_to or request.me.id},
    )

    def do() -> str:
        chosen = form.cleaned_data["person"]
        assign_question(question_id=question_id, to=chosen, by=request.me, at=request.at)
        return _("%(person)s answers it.") % {"person": dict(choices)[chosen]}

    act = ActPage(
        title=_("Who answers?"),
        confirm=_("Assign"),
        back_url=reverse("console:question", args=[question_id]),
        form=form,
        facts=[(_("Question"), found.subject)],
        blocked=_blocked(found),
    )
    return answer(request, act, do)


@shown_to("questions.answer")
def answer_it(request: KnownRequest, question_id: str) -> HttpResponse:
    """This will answer: in words, with the calculation beside them."""
    found = get_question(question_id)
    form = AnswerForm(request.POST or None)

    def do() -> str:
        answer_question(
            question_id=question_id, body=form.cleaned_data["body"],
            decision=Decision(form.cleaned_data["decision"]), by=request.me, at=request.at,
        )  # fmt: skip
        return _("Answered; the partner is told.")

    asked = next((step for step in reversed(found.steps) if step.is_from_partner), None)
    act = ActPage(
        title=_("Answer"),
        confirm=_("Send the answer"),
        back_url=reverse("console:question", args=[question_id]),
        form=form,
        facts=[
            (_("Question"), found.subject),
            (_("They wrote"), asked.body if asked else ""),
        ],
        notice=_(
            "The partner reads it with the calculation and may ask once more; after ten business "
            "days without a word it is closed."
        ),
        blocked=_blocked(found),
    )
    return answer(request, act, do)


def _blocked(found: QuestionInfo) -> str:
    return "" if found.is_our_turn else _("It is not our turn: it was answered or closed.")
