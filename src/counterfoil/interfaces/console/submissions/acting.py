"""An act on a submission: what it says before it happens, its refusals, its answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.ledger.errors import LedgerError
from counterfoil.apps.submissions.errors import (
    AddressRefused,
    AlreadyAsked,
    ReasonMissing,
    ScreeningStale,
    SubmissionRefused,
    UnknownCode,
    UnknownDetail,
    UnknownSubmission,
)
from counterfoil.apps.submissions.selectors import queue_counts
from counterfoil.core.entries import NotReadable
from counterfoil.interfaces.console.acts import sentence
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import FieldPart, Missing, MomentText
from counterfoil.interfaces.web.requests import KnownRequest

BY_CONTENT = (
    AddressRefused, AlreadyAsked, NotReadable, ReasonMissing, UnknownCode, UnknownDetail,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ActForm:
    """What an act says before it happens: effect, fields, button; `blocked` disables it."""

    title: str
    confirm: str
    back_url: str
    facts: Sequence[tuple[str, str | MomentText]] = ()
    fields: Sequence[FieldPart] = ()
    hidden: Sequence[tuple[str, str]] = ()
    notice: str = ""
    notice_tone: str = ""
    confirm_tone: str = ""
    blocked: str = ""


def show(
    request: KnownRequest, form: ActForm, *, problems: Sequence[Missing] = (), status: int = 200
) -> HttpResponse:
    """This will show an act in the dialog, or on its own page without script."""
    context = {
        "title": form.title,
        "act_url": request.get_full_path(),
        "back_url": form.back_url,
        "facts": form.facts,
        "form_fields": form.fields,
        "hidden": form.hidden,
        "notice": form.notice,
        "notice_tone": form.notice_tone,
        "confirm": form.confirm,
        "confirm_tone": form.confirm_tone,
        "blocked": form.blocked,
        "missing": problems,
        "missing_title": _("This has to be mended first"),
    }
    return pages.act(request, context, door="console", status=status)


def answer(
    request: KnownRequest,
    form: ActForm,
    do: Callable[[], str],
    *,
    url: str,
    gone: Sequence[str] = (),
) -> HttpResponse:
    """This will show the act, or do it on POST and go to `url` with what `do` says.

    A refusal by content keeps what was typed (422); one by state says what unlocks it (409). From
    the queue the rows `gone` leave in place.
    """
    if request.method != "POST":
        return show(request, form)
    try:
        said = do()
    except BY_CONTENT as error:
        problem = Missing(sentence(str(error)), f"#{_anchor(form)}")
        return show(request, form, problems=[problem], status=422)
    except UnknownSubmission:
        raise
    except (SubmissionRefused, LedgerError) as error:
        return refuse(request, form.title, error, back_url=form.back_url)
    queue_path = reverse("console:queue")
    counts = []
    if gone:
        waiting = queue_counts(by=request.me, at=request.at)
        counts = [("queue", waiting["review"])]
    return pages.done(request, say=said, url=url, gone=gone, counts=counts, list_path=queue_path)


def refuse(request: KnownRequest, title: str, error: Exception, *, back_url: str) -> HttpResponse:
    """This will answer a refusal by state with 409: nothing changed, and what unlocks it."""
    unlocks = ""
    if isinstance(error, ScreeningStale):
        unlocks = _("Load the page again; it shows what is true now.")
    return pages.refused(
        request,
        door="console",
        title=title,
        reason=sentence(str(error)),
        unlocks=unlocks,
        back_url=back_url,
    )


def _anchor(form: ActForm) -> str:
    needed = [field for field in form.fields if field.is_required]
    return needed[-1].dom_id if needed else "act-h"
