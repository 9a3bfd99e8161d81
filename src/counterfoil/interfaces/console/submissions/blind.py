"""The blind second review: what was sent, the questions that only a person settles, a verdict.

Nothing that the first reviewer found stands on this page; the selector leaves it out.
"""

from django.http import HttpResponse
from django.utils.translation import gettext as _

from counterfoil.apps.submissions.errors import (
    BlindUnsettled,
    ReasonMissing,
    SubmissionRefused,
    UnknownCode,
    UnknownDetail,
    UnknownSubmission,
)
from counterfoil.apps.submissions.selectors import get_submission
from counterfoil.apps.submissions.types import Judgment, SubmissionView
from counterfoil.core.blind import Verdict
from counterfoil.flows import review_blind
from counterfoil.flows.review_blind import Findings
from counterfoil.interfaces.console.acts import sentence
from counterfoil.interfaces.console.submissions import review_parts as parts
from counterfoil.interfaces.console.submissions.acting import refuse
from counterfoil.interfaces.console.submissions.human_questions import (
    Answers,
    answers_of,
    asked_of,
    file_fields_of,
    files_of,
    question,
)
from counterfoil.interfaces.console.submissions.opening import address, opened_to
from counterfoil.interfaces.console.submissions.words import ORDER, kind_words
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import (
    VERDICTS,
    Crumb,
    FieldPart,
    Missing,
    OptionPart,
    Status,
    show_money,
    status_of,
)
from counterfoil.interfaces.web.requests import KnownRequest

DECLINE = "decline"


@opened_to("submissions.verify")
def blind(request: KnownRequest, submission_id: str) -> HttpResponse:
    """This will take a second reviewer through a drawn submission, and keep the verdict."""
    view = get_submission(submission_id, by=request.me, at=request.at)
    title = _("Second review of %(number)s") % {"number": view.head.number}
    back_url = address("submission", submission_id)
    try:
        _head, plain = review_blind.look_blind(
            submission_id=submission_id, findings=Findings(), by=request.me, at=request.at
        )
        asked = asked_of(view, open_names=_open_names(plain))
        typed = answers_of(request, view, asked)
        judgment = plain
        if request.method == "POST" and not typed.problems:
            if request.POST.get("step") == "give":
                return _give(request, view, typed, back_url=back_url)
            judgment = _look(request, submission_id, typed)
    except UnknownSubmission:
        raise
    except _BY_CONTENT as error:
        typed.problems.append(Missing(sentence(str(error)), "#v-h"))
        judgment = _look(request, submission_id, typed)
    except SubmissionRefused as error:
        return refuse(request, title, error, back_url=back_url)
    is_looked = request.method == "POST"
    context = {
        "crumbs": [Crumb(view.head.number, back_url), Crumb(_("Second review"))],
        "title": title,
        "kind": kind_words(view.head.kind),
        "name": view.head.title or view.head.number,
        "partner": view.head.partner_name,
        "here": request.get_full_path(),
        "questions": [question(request, view, detail) for detail in asked],
        "file_fields": file_fields_of(request, view),
        "missing": typed.problems,
        "results": _results(judgment) if is_looked else [],
        "sum": _sum(judgment) if is_looked else "",
        "verdict_fields": _verdict_fields(request, view, judgment) if is_looked else [],
        "details": [
            (name, shown, source, url)
            for name, shown, source, url in parts.details_of(view)
            if source or shown != _("not given")
        ],
        "has_lines": bool(view.lines),
        **parts.lines_of(view),
        "files": files_of(view),
        "links": [(each.kind_title, each.link) for each in view.evidence if not each.sha256],
    }
    return pages.page(
        request, "console/submissions/blind.html", context, status=422 if typed.problems else 200
    )


_BY_CONTENT = (BlindUnsettled, ReasonMissing, UnknownCode, UnknownDetail)


def _give(
    request: KnownRequest, view: SubmissionView, typed: Answers, *, back_url: str
) -> HttpResponse:
    chosen = request.POST.get("verdict", "")
    if chosen not in set(Verdict):
        raise BlindUnsettled(_("Say whether you would approve it."))
    found = review_blind.give_second_review(
        submission_id=view.head.public_id, findings=typed.findings, verdict=Verdict(chosen),
        code=request.POST.get("code", ""), reason=request.POST.get("reason", ""),
        by=request.me, at=request.at,
    )  # fmt: skip
    said = (
        _("Your review is kept. The two differ, so somebody else settles it.")
        if found.needs_third
        else _("Your review is kept. The two agree; the first reviewer finishes it.")
    )
    return pages.done(request, say=said, url=back_url)


def _look(request: KnownRequest, submission_id: str, typed: Answers) -> Judgment:
    return review_blind.look_blind(
        submission_id=submission_id, findings=typed.findings, by=request.me, at=request.at
    )[1]


def _open_names(plain: Judgment) -> list[str]:
    """Return the full names of what the lines wait for."""
    return [
        f"line.{each.line}.{str(item.name).removeprefix('line.')}"
        for each in plain.adjudication.unknown
        if each.line
        for item in each.missing
    ]


def _results(judgment: Judgment) -> list[tuple[str, str, Status]]:
    """Return criterion, title and verdict, what stands against it first."""
    found: dict[str, tuple[str, str]] = {}
    for each in judgment.adjudication.results:
        criterion = each.criterion
        worst = found.get(criterion.id)
        said = str(each.outcome.value)
        if worst is None or ORDER.index(said) < ORDER.index(worst[1]):
            found[criterion.id] = (criterion.title.say("en"), said)
    rows = sorted(found.items(), key=lambda item: ORDER.index(item[1][1]))
    return [(name, title, status_of(VERDICTS, said)) for name, (title, said) in rows]


def _sum(judgment: Judgment) -> str:
    amount = judgment.adjudication.amount
    return str(show_money(amount.payable)) if amount is not None else ""


def _verdict_fields(
    request: KnownRequest, view: SubmissionView, judgment: Judgment
) -> list[FieldPart]:
    may_approve = judgment.adjudication.outcome.value == "qualified"
    chosen = request.POST.get("verdict", "")
    failing = [each.code for each in judgment.adjudication.failed if each.code]
    code = request.POST.get("code", next(iter(failing), ""))
    codes = sorted(view.codes, key=lambda each: (each[0] not in failing, each[2]))
    verdicts = [OptionPart("approve", _("I would approve it"), chosen == "approve")]
    return [
        FieldPart(
            "verdict", _("Your verdict"), "radio", id="f-verdict", is_required=True,
            options=[
                *(verdicts if may_approve else []),
                OptionPart(DECLINE, _("I would not approve it"), chosen == DECLINE),
            ],
            hint=""
            if may_approve
            else _("By your answers the criteria do not allow an approval."),
        ),
        FieldPart(
            "code", _("Reason code"), "select", id="f-code", value=code,
            options=[
                OptionPart("", _("Choose a reason"), not code),
                *(OptionPart(name, text, name == code) for name, _group, text in codes),
            ],
            hint=_("Only if you would not approve it."),
        ),
        FieldPart(
            "reason", _("Reason in your words"), "textarea", id="f-reason",
            value=request.POST.get("reason", ""),
            hint=_("Needed if you would not approve it: what was seen, what would have passed."),
        ),
    ]  # fmt: skip
