"""Operations enter a submission for a partner, who has to confirm it before it is approved."""

import secrets
from collections.abc import Mapping

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.partners.selectors import get_partner, list_partners
from counterfoil.apps.partners.types import Partner
from counterfoil.apps.playbooks.errors import NoPlaybookInForce
from counterfoil.apps.playbooks.selectors import playbooks_in_force
from counterfoil.apps.programs.selectors import funds_of_partner
from counterfoil.apps.submissions.errors import (
    FundClosed,
    NoApprovedRequest,
    NothingLeft,
    SubmissionRefused,
)
from counterfoil.apps.submissions.selectors import get_submission, queue_page
from counterfoil.apps.submissions.types import QueueFilters, SubmissionView
from counterfoil.core.states import State
from counterfoil.flows.fill_in import fill_in, fill_in_and_send
from counterfoil.flows.submit import start_submission
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.console.acts import sentence
from counterfoil.interfaces.console.submissions.acting import ActForm, refuse, show
from counterfoil.interfaces.console.submissions.behalf_form import (
    detail_name,
    form_parts,
    read_form,
    titles_of,
)
from counterfoil.interfaces.console.submissions.opening import address, opened_to
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import (
    Crumb,
    FieldPart,
    Missing,
    OptionPart,
    format_day,
)
from counterfoil.interfaces.web.requests import KnownRequest

PARTNERS_MAX = 200


@opened_to("submissions.create")
def choose(request: KnownRequest) -> HttpResponse:
    """This will choose the partner, then the form and where it belongs, and begin it once."""
    asked = request.POST if request.method == "POST" else request.GET
    if not asked.get("partner"):
        return _choose_partner(request)
    partner = get_partner(partner_id=str(asked["partner"]))
    form = ActForm(
        title=_("Enter a submission for %(partner)s") % {"partner": partner.name},
        confirm=_("Begin"),
        back_url=reverse("console:submission_new"),
        facts=[(_("Effect"), _("A draft begins. The partner has to confirm what you enter."))],
        fields=[
            FieldPart(
                "where", _("What, and where it belongs"), "select", is_required=True,
                options=_places(request, partner),
            )
        ],
        hidden=[
            ("partner", partner.id),
            ("token", str(asked.get("token") or secrets.token_urlsafe(16))),
        ],
    )  # fmt: skip
    if request.method != "POST":
        return show(request, form)
    code, _mark, place = str(asked.get("where", "")).partition(":")
    try:
        begun = start_submission(
            playbook_code=code,
            fund_id="" if place.startswith("sub_") else place,
            request_id=place if place.startswith("sub_") else "",
            partner_id=partner.pk, form_token=str(asked.get("token", ""))[:80],
            by=request.me, at=request.at,
        )  # fmt: skip
    except NoPlaybookInForce:
        problem = Missing(_("Choose one of the list."), "#f-where")
        return show(request, form, problems=[problem], status=422)
    except (FundClosed, NoApprovedRequest, NothingLeft) as error:
        problem = Missing(sentence(str(error)), "#f-where")
        return show(request, form, problems=[problem], status=422)
    return HttpResponseRedirect(address("submission_fill", begun.submission_id))


@opened_to("submissions.create")
def fill(request: KnownRequest, submission_id: str) -> HttpResponse:
    """This will show the form of a draft that operations entered, keep it, and send it."""
    view = get_submission(submission_id, by=request.me, at=request.at)
    here = address("submission_fill", submission_id)
    if view.head.state is not State.DRAFT or not view.head.is_on_behalf:
        closed = SubmissionRefused(_("Only a draft that operations began can be filled in here."))
        return refuse(
            request, view.head.title, closed, back_url=address("submission", submission_id)
        )
    if request.method != "POST":
        return _page(request, view, [], {})
    given = read_form(request, view)
    keep = fill_in_and_send if request.POST.get("do") == "send" else fill_in
    try:
        filled = keep(
            submission_id=submission_id, form=given, store=adapter("evidence_store"),
            reader=adapter("evidence_reader"), by=request.me, at=request.at,
            language=request.LANGUAGE_CODE,
        )  # fmt: skip
    except SubmissionRefused as error:
        return _page(request, view, [Missing(sentence(str(error)), "#form")], {}, status=422)
    if filled.sent is not None:
        return pages.done(
            request, say=_("Sent. The partner is asked to confirm it."),
            url=address("submission", submission_id),
        )  # fmt: skip
    errors = {
        detail_name(view, each.field): f"{each.message} {each.right}" for each in filled.problems
    }
    wrong = [
        Missing(f"{title}: {errors[name]}", f"#f-{name}")
        for name, title in titles_of(view)
        if name in errors
    ]
    wrong += [Missing(f"{each.name}: {each.message}", "#form") for each in filled.refused]
    if not wrong and request.POST.get("do") != "send":
        return pages.done(request, say=_("Kept."), url=here)
    fresh = get_submission(submission_id, by=request.me, at=request.at)
    if not wrong and fresh.incomplete is not None:
        wrong = [Missing(words, "#form") for words in fresh.incomplete.words]
    return _page(request, fresh, wrong, errors, status=422)


def _choose_partner(request: KnownRequest) -> HttpResponse:
    search = request.GET.get("q", "").strip()
    found = list_partners(search=search, status="active", limit=PARTNERS_MAX).partners
    context = {
        "crumbs": [Crumb(_("Queue"), reverse("console:queue")), Crumb(_("On behalf"))],
        "search": search,
        "url": reverse("console:submission_new"),
        "partners": [
            (each.name, f"{reverse('console:submission_new')}?partner={each.id}", each.country)
            for each in found
        ],
    }
    return pages.page(request, "console/submissions/behalf.html", context)


def _places(request: KnownRequest, partner: Partner) -> list[OptionPart]:
    """Return each form with the funds or the approved requests that it may draw on."""
    today = request.at.date()
    options = [OptionPart("", _("Choose"), is_chosen=True)]
    funds = funds_of_partner(partner.pk, open_on=today)
    filters = QueueFilters(group="decided", kind="fund_request", partner=partner.id)
    approved = [
        row.head
        for row in queue_page(by=request.me, at=request.at, filters=filters).rows
        if row.head.outcome == "qualified"
    ]
    for ref in playbooks_in_force(today):
        title = ref.playbook.title.say(request.LANGUAGE_CODE)
        if ref.playbook.kind.of is not None:
            options += [
                OptionPart(f"{ref.code}:{each.public_id}", f"{title}: {each.number} {each.title}")
                for each in approved
            ]
        else:
            options += [
                OptionPart(
                    f"{ref.code}:{fund.public_id}",
                    f"{title}: {fund.name} {fund.period}, "
                    + _("until %(day)s") % {"day": format_day(fund.claims_until)},
                )
                for fund in funds
            ]
    return options


def _page(
    request: KnownRequest,
    view: SubmissionView,
    wrong: list[Missing],
    errors: Mapping[str, str],
    *,
    status: int = 200,
) -> HttpResponse:
    one = address("submission", view.head.public_id)
    context = {
        "crumbs": [
            Crumb(_("Queue"), reverse("console:queue")),
            Crumb(view.head.partner_name, one),
            Crumb(_("On behalf")),
        ],
        "title": view.head.title or view.playbook_title,
        "partner": view.head.partner_name,
        "kind": view.playbook_title,
        "fund": f"{view.head.fund.name} {view.head.fund.period}",
        "wrong": wrong,
        "url": address("submission_fill", view.head.public_id),
        **form_parts(view, request.POST if request.method == "POST" else None, errors),
    }
    return pages.page(request, "console/submissions/fill.html", context, status=status)
