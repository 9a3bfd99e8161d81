"""Every open question of a review on one page: answered together, judged once."""

from django.http import HttpResponse
from django.utils.translation import gettext as _

from counterfoil.apps.submissions.errors import StateRefused, SubmissionRefused, UnknownSubmission
from counterfoil.apps.submissions.selectors import get_submission
from counterfoil.flows import decide
from counterfoil.interfaces.console.acts import sentence
from counterfoil.interfaces.console.submissions import review_parts as parts
from counterfoil.interfaces.console.submissions.acting import BY_CONTENT, refuse
from counterfoil.interfaces.console.submissions.blind_card import is_held
from counterfoil.interfaces.console.submissions.criteria import open_names
from counterfoil.interfaces.console.submissions.human_questions import (
    answers_of,
    asked_of,
    file_fields_of,
    files_of,
    question,
)
from counterfoil.interfaces.console.submissions.opening import address, opened_to
from counterfoil.interfaces.console.submissions.standing import IN_REVIEW
from counterfoil.interfaces.console.submissions.words import kind_words
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import Crumb, Missing
from counterfoil.interfaces.web.requests import KnownRequest


@opened_to("submissions.verify")
def answers(request: KnownRequest, submission_id: str) -> HttpResponse:
    """This will record the answers to a review's questions together, and judge once."""
    view = get_submission(submission_id, by=request.me, at=request.at)
    title = _("Questions on %(number)s") % {"number": view.head.number}
    back_url = address("submission", submission_id)
    if view.head.state not in IN_REVIEW or is_held(view):
        error = StateRefused("Nobody reviews this now, or it waits for a blind second review.")
        return refuse(request, title, error, back_url=back_url)
    criteria = view.screening.criteria if view.screening else ()
    asked = asked_of(view, open_names=[name for each in criteria for name in open_names(each)])
    typed = answers_of(request, view, asked)
    if request.method == "POST" and not typed.problems:
        try:
            decide.verify_all(
                submission_id=submission_id, details=typed.findings.details,
                marks=typed.findings.marks, by=request.me, at=request.at,
            )  # fmt: skip
        except UnknownSubmission:
            raise
        except BY_CONTENT as error:
            typed.problems.append(Missing(sentence(str(error)), "#q-h"))
        except SubmissionRefused as error:
            return refuse(request, title, error, back_url=back_url)
        else:
            return pages.done(
                request, say=_("Recorded. The criteria were judged again."), url=back_url
            )
    context = {
        "crumbs": [Crumb(view.head.number, back_url), Crumb(_("Questions"))],
        "title": title,
        "kind": kind_words(view.head.kind),
        "name": view.head.title or view.head.number,
        "partner": view.head.partner_name,
        "here": request.get_full_path(),
        "is_plain": True,
        "questions": [question(request, view, detail) for detail in asked],
        "file_fields": file_fields_of(request, view),
        "missing": typed.problems,
        "details": [row for row in parts.details_of(view) if row[2]],
        "has_lines": bool(view.lines),
        **parts.lines_of(view),
        "files": files_of(view),
        "links": [(each.kind_title, each.link) for each in view.evidence if not each.sha256],
    }
    status = 422 if typed.problems else 200
    return pages.page(request, "console/submissions/blind.html", context, status=status)
