"""The partner's questions about its commissions: asking, the answer with the calculation."""

from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from counterfoil.apps.earnings.errors import EarningsError, UnknownStatement
from counterfoil.apps.earnings.selectors import (
    explain_own_line,
    get_question,
    get_statement,
    list_questions,
    open_question_on,
)
from counterfoil.apps.earnings.types import Explanation, QuestionInfo, StatementInfo
from counterfoil.apps.service_levels.selectors import readings_of
from counterfoil.core.questions import QuestionState
from counterfoil.core.statement_words import say_figure, say_month
from counterfoil.flows.answer_questions import ask_question, close_question, reopen_question
from counterfoil.interfaces.portal.guard import for_partners, language_of
from counterfoil.interfaces.portal.question_words import DECISIONS, QUESTION_STATES
from counterfoil.interfaces.portal.statements import LINE
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.asked import asked_number
from counterfoil.interfaces.web.presenters import (
    Act,
    Empty,
    Missing,
    show_moment,
)
from counterfoil.interfaces.web.requests import KnownRequest


class AskForm(forms.Form):
    """What the partner asks."""

    body = forms.CharField(
        label=gettext_lazy("Your question"),
        max_length=4_000,
        widget=forms.Textarea(),
        error_messages={"required": gettext_lazy("Write what you ask.")},
    )


@require_GET
@for_partners("questions.view")
def questions(request: KnownRequest) -> HttpResponse:
    """This will list the partner's questions, the newest first."""
    found = list_questions(partner_id=request.me.partner_id)
    context = {
        "rows": [
            {
                "url": reverse("portal:question", args=[each.public_id]),
                "title": each.subject,
                "about": say_month(each.month, language_of(request)),
                "status": QUESTION_STATES[each.state],
                "note": note,
            }
            for each, note in zip(found, promises_of(request, found), strict=True)
        ],
        "nothing": Empty(
            _("No question yet"),
            _("Open a statement and ask about a figure or a line; the answer stands here."),
            "help",
            reverse("portal:statements"),
            _("See your statements"),
        ),
    }
    return render(request, "portal/questions.html", context)


def promises_of(request: KnownRequest, found: tuple[QuestionInfo, ...]) -> list[str]:
    """This will say of each question by when whose turn ends."""
    by_side = {
        side: readings_of(subjects=[q.clock_subject for q in found], side=side, at=request.at)
        for side in ("ours", "partner")
    }
    notes = []
    for each in found:
        side = "ours" if each.is_our_turn else "partner"
        reading = by_side[side].get(each.clock_subject)
        if each.state is QuestionState.CLOSED or reading is None or reading.due_at is None:
            notes.append("")
            continue
        moment = show_moment(reading.due_at, request.person.zone).text
        notes.append(
            _("Promised by %s") % moment if each.is_our_turn else _("Open until %s") % moment
        )
    return notes


@require_GET
@for_partners("questions.view")
def question(request: KnownRequest, question_id: str) -> HttpResponse:
    """This will show a question: whose turn it is, what was said, and the calculation."""
    found = get_question(question_id, partner_id=request.me.partner_id)
    statement = get_statement(found.statement_id, partner_id=request.me.partner_id)
    (promise,) = promises_of(request, (found,))
    context = {
        "heading": found.subject,
        "statement_url": reverse("portal:statement", args=[found.statement_id]),
        "statement": say_month(found.month, language_of(request)),
        "status": QUESTION_STATES[found.state],
        "promise": promise,
        "said": [_said(request, step) for step in found.steps if step.body],
        "decision": DECISIONS.get(found.decision, ""),
        "figure_url": reverse("portal:figure", args=[found.statement_id, found.figure]),
        "parts": [
            {"title": each.line.component, "id": f"part-{n}", "steps": each.steps}
            for n, each in enumerate(calculation_of(statement, found, language_of(request)))
        ],
        "acts": _acts(found),
    }
    return render(request, "portal/question.html", context)


def calculation_of(
    statement: StatementInfo, found: QuestionInfo, language: str
) -> tuple[Explanation, ...]:
    """This will explain the line that a question is about; nothing for a whole figure."""
    if not found.sales_line:
        return ()
    return explain_own_line(statement, sales_line=found.sales_line, language=language)


def _said(request: KnownRequest, step: Any) -> dict[str, Any]:
    return {
        "author": _("You") if step.is_from_partner else _("We"),
        "sent_words": show_moment(step.at, request.person.zone).text,
        "text": step.body,
        "is_mine": step.is_from_partner,
    }


def _acts(found: QuestionInfo) -> list[Act]:
    acts = []
    if found.state is QuestionState.ANSWERED:
        acts.append(
            Act(_("Ask once more"), reverse("portal:question_reopen", args=[found.public_id]),
                "help")
        )  # fmt: skip
    if found.state is not QuestionState.CLOSED:
        label = _("It is answered") if found.is_partners_turn else _("Take the question back")
        tone = "main-act" if found.is_partners_turn else "quiet"
        acts.append(
            Act(label, reverse("portal:question_close", args=[found.public_id]), "pass", tone)
        )
    return acts


@require_http_methods(["GET", "POST"])
@for_partners("questions.ask")
def ask(request: KnownRequest, statement_id: str, figure: str) -> HttpResponse:
    """This will ask about a figure, or with `?line=` about one of its lines."""
    statement = get_statement(statement_id, partner_id=request.me.partner_id)
    known = statement.content.figure(figure)
    if known is None:
        raise Http404(f"The statement has no figure {figure}.")
    line = asked_number(request.GET.get("line", "").removeprefix(LINE)) or 0
    title = say_figure(statement.content, known[1], language_of(request))
    if line:
        told = explain_own_line(statement, sales_line=line)
        title = f"{told[0].line.source_key} · {title}"
    earlier = open_question_on(statement_id=statement_id, figure=figure, sales_line=line)
    if earlier:
        return pages.refused(
            request, door="portal", title=_("Ask about this"),
            reason=_("You asked about this already, and the question is open."),
            unlocks=_("Write there once it is answered, or take it back."),
            back_url=reverse("portal:question", args=[earlier]),
        )  # fmt: skip
    form = AskForm(request.POST or None)
    month = say_month(statement.month, language_of(request))
    made: list[str] = []

    def do() -> None:
        done = ask_question(
            statement_id=statement_id, figure=figure, sales_line=line,
            body=form.cleaned_data["body"], by=request.me, at=request.at,
        )  # fmt: skip
        made.append(done.public_id)

    return _answer(
        request,
        form,
        do,
        title=_("Ask about this"),
        facts=[(_("About"), title), (_("Statement"), month)],
        notice=_("We answer with the calculation within three business days, in the portal and by "
                 "mail."),
        confirm=_("Ask"),
        said=_("Your question is with us."),
        back=reverse("portal:figure", args=[statement_id, figure]),
        then=lambda: reverse("portal:question", args=[made[0]]),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@for_partners("questions.ask")
def reopen(request: KnownRequest, question_id: str) -> HttpResponse:
    """This will ask once more."""
    found = get_question(question_id, partner_id=request.me.partner_id)
    form = AskForm(request.POST or None)
    here = reverse("portal:question", args=[question_id])
    return _answer(
        request,
        form,
        lambda: reopen_question(
            question_id=question_id, body=form.cleaned_data["body"], by=request.me, at=request.at
        ),
        title=_("Ask once more"),
        facts=[(_("About"), found.subject)],
        notice=_("A question can be asked once more; the answer comes with a new promise."),
        confirm=_("Ask once more"),
        said=_("Your question is with us again."),
        back=here,
        then=lambda: here,
        blocked=""
        if found.state is QuestionState.ANSWERED
        else _("It was asked once more already, or waits for our answer."),
    )


@require_http_methods(["GET", "POST"])
@for_partners("questions.ask")
def close(request: KnownRequest, question_id: str) -> HttpResponse:
    """This will close a question."""
    found = get_question(question_id, partner_id=request.me.partner_id)
    here = reverse("portal:question", args=[question_id])
    is_over = found.state is QuestionState.CLOSED
    return _answer(
        request,
        None,
        lambda: close_question(question_id=question_id, by=request.me, at=request.at),
        title=_("It is answered") if found.is_partners_turn else _("Take the question back"),
        facts=[(_("About"), found.subject)],
        notice=_("The question is closed. You may ask anew about your statement at any time."),
        confirm=_("Close the question"),
        said=_("The question is closed."),
        back=here,
        then=lambda: here,
        blocked=_("The question is closed already.") if is_over else "",
    )


def _answer(
    request: KnownRequest,
    form: forms.Form | None,
    do: Any,
    *,
    title: str,
    facts: list[tuple[str, str]],
    notice: str,
    confirm: str,
    said: str,
    back: str,
    then: Any,
    blocked: str = "",
) -> HttpResponse:
    """Show an act, or do it on POST; what the flow refuses is said in its place."""
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            do()
        except UnknownStatement:
            raise
        except EarningsError:
            return pages.refused(
                request, door="portal", title=title, back_url=back,
                reason=_("This is not possible any more: the question has moved on meanwhile."),
            )  # fmt: skip
        return pages.done(request, say=said, url=then())
    context = {
        "title": title,
        "act_url": request.get_full_path(),
        "back_url": back,
        "facts": facts,
        "form_fields": list(form.visible_fields()) if form else [],
        "missing": [
            Missing(f"{field.label}: {each}", f"#{field.auto_id}")
            for field in (form.visible_fields() if form and form.is_bound else [])
            for each in field.errors
        ],
        "missing_title": _("This has to be mended first"),
        "notice": notice,
        "blocked": blocked,
        "confirm": confirm,
    }
    is_bad = form is not None and bool(form.errors)
    return pages.act(request, context, door="portal", status=422 if is_bad else 200)
