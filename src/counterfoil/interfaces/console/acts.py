"""An act of the console: its form, what it says before it happens, its refusals, its answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.forms import Form
from django.http import HttpResponse
from django.utils.translation import gettext as _

from counterfoil.apps.access.errors import AccessRefused
from counterfoil.apps.audit.errors import AuditRefused
from counterfoil.apps.earnings.errors import EarningsError
from counterfoil.apps.engagements.errors import EngagementRefused
from counterfoil.apps.exchange.errors import ExchangeRefused
from counterfoil.apps.ledger.errors import LedgerError
from counterfoil.apps.messaging.errors import MessagingRefused
from counterfoil.apps.partners.errors import PartnerRefused
from counterfoil.apps.payouts.errors import PayoutsError
from counterfoil.apps.playbooks.errors import PlaybookRefused
from counterfoil.apps.programs.errors import ProgramsError
from counterfoil.apps.submissions.errors import SubmissionRefused
from counterfoil.core.money import MoneyError
from counterfoil.core.plans import BadInput, TooLarge
from counterfoil.core.sampling import BadPlan
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import FieldPart, Missing
from counterfoil.interfaces.web.requests import KnownRequest

REFUSALS = (
    AccessRefused,
    AuditRefused,
    BadInput,
    BadPlan,
    EarningsError,
    EngagementRefused,
    ExchangeRefused,
    LedgerError,
    MessagingRefused,
    MoneyError,
    PartnerRefused,
    PayoutsError,
    PlaybookRefused,
    ProgramsError,
    SubmissionRefused,
    TooLarge,
)


@dataclass(frozen=True, slots=True)
class ActPage:
    """What an act says before it happens: title, facts, a notice, its fields, its button."""

    title: str
    confirm: str
    back_url: str
    form: Form | None = None
    facts: Sequence[tuple[str, str]] = ()
    notice: str = ""
    notice_tone: str = ""
    confirm_tone: str = ""
    blocked: str = ""


def answer(
    request: KnownRequest,
    act: ActPage,
    do: Callable[[], str],
    *,
    url_of: Callable[[], str] | None = None,
) -> HttpResponse:
    """This will show the act, or do it on POST and say on the next page what `do` says was done.

    That page is where the act began, or `url_of()`, asked afterwards, for an act that makes a
    thing with a page of its own.

    What the form or the flow refuses stands in the form again (422), with the input kept; an act
    without a form answers its refusal with 409.
    """
    form = act.form
    if request.method != "POST":
        return _show(request, act, status=200)
    if form is not None and not form.is_valid():
        return _show(request, act, status=422)
    try:
        said = do()
    except REFUSALS as error:
        if form is None:
            return refuse(request, act.title, error, back_url=act.back_url)
        field = str(getattr(error, "field", ""))
        form.add_error(field if field in form.fields else None, sentence(str(error)))
        return _show(request, act, status=422)
    return pages.done(request, say=said, url=url_of() if url_of else act.back_url)


def refuse(
    request: KnownRequest, title: str, error: Exception, *, back_url: str, unlocks: str = ""
) -> HttpResponse:
    """This will answer what a service refused by state: its own sentence, nothing was changed."""
    return pages.refused(
        request,
        door="console",
        title=title,
        reason=sentence(str(error)),
        unlocks=unlocks,
        back_url=back_url,
    )


def sentence(words: str) -> str:
    """This will give a refusal's words a capital and a full stop."""
    text = words.strip()
    if not text:
        return text
    ended = text if text[-1] in ".!?" else f"{text}."
    return ended[0].upper() + ended[1:]


def missing_of(form: Form) -> list[Missing]:
    """This will list a bound form's errors, each with the anchor of its field."""
    found = [Missing(str(each), "#act-h") for each in form.non_field_errors()]
    for field in form.visible_fields():
        found += [Missing(f"{field.label}: {each}", f"#{field.auto_id}") for each in field.errors]
    return found


def _show(request: KnownRequest, act: ActPage, *, status: int) -> HttpResponse:
    form = act.form
    fields: list[FieldPart | object] = [] if form is None else list(form.visible_fields())
    context = {
        "title": act.title,
        "act_url": request.get_full_path(),
        "back_url": act.back_url,
        "facts": act.facts,
        "notice": act.notice,
        "notice_tone": act.notice_tone,
        "blocked": act.blocked,
        "form_fields": fields,
        "hidden": []
        if form is None
        else [(field.html_name, field.value() or "") for field in form.hidden_fields()],
        "missing": [] if form is None or not form.is_bound else missing_of(form),
        "missing_title": _("This has to be mended first"),
        "confirm": act.confirm,
        "confirm_tone": act.confirm_tone,
    }
    return pages.act(request, context, door="console", status=status)
