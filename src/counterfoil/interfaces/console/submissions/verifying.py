"""Verify a detail with the place of proof, answer a question, mark a file, judge again."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from counterfoil.apps.submissions.errors import SubmissionRefused, UnknownSubmission
from counterfoil.apps.submissions.selectors import get_submission
from counterfoil.apps.submissions.selectors.files import evidence_file
from counterfoil.apps.submissions.types import DetailView, EvidenceView, SubmissionView
from counterfoil.flows import decide
from counterfoil.interfaces.console.submissions.acting import ActForm, answer, refuse
from counterfoil.interfaces.console.submissions.opening import address, opened_to
from counterfoil.interfaces.console.submissions.values import plain_entry, show_detail
from counterfoil.interfaces.console.submissions.words import SOURCES
from counterfoil.interfaces.web.asked import asked_number
from counterfoil.interfaces.web.presenters import FieldPart, OptionPart
from counterfoil.interfaces.web.requests import KnownRequest


@opened_to("submissions.verify")
def verify(request: KnownRequest, submission_id: str) -> HttpResponse:
    """This will record what a person verified, and what it rests on; the result is judged anew."""
    view = get_submission(submission_id, by=request.me, at=request.at)
    asked = request.POST if request.method == "POST" else request.GET
    name = asked.get("name", "")
    title, shown, field = value_field(view, name, asked.get("value"))
    back_url = f"{address('submission', submission_id)}#{asked.get('at', 'c-h')}"
    page = asked.get("page", "").strip()
    form = ActForm(
        title=_("Verify: %(title)s") % {"title": title},
        confirm=_("Record"),
        back_url=back_url,
        facts=[(_("As it stands"), shown)] if shown else [],
        fields=[field, *proof_fields(view, chosen=asked.get("evidence", ""), page=page,
                                     words=asked.get("words", ""))],
        hidden=[("name", name), ("at", asked.get("at", "c-h"))],
    )  # fmt: skip

    def do() -> str:
        decide.verify_detail(
            submission_id=submission_id, name=name, value=asked.get("value", ""),
            evidence_id=asked.get("evidence", ""), page=asked_number(page) or 0,
            words=asked.get("words", ""), by=request.me, at=request.at,
            language=request.LANGUAGE_CODE,
        )  # fmt: skip
        return _("Recorded: %(title)s. The criteria were judged again.") % {"title": title}

    return answer(request, form, do, url=back_url)


@opened_to("submissions.verify")
def mark(request: KnownRequest, evidence_id: str) -> HttpResponse:
    """This will mark a file as one that proves nothing, or take the mark back."""
    submission_id = evidence_file(evidence_id, by=request.me).submission_id
    view = get_submission(submission_id, by=request.me, at=request.at)
    item = next((each for each in view.evidence if each.evidence_id == evidence_id), None)
    if item is None:
        raise Http404
    chosen = request.POST.get("kind", item.not_qualifying)
    form = ActForm(
        title=_("Does %(name)s prove it?") % {"name": item.name},
        confirm=_("Record"),
        back_url=f"{address('submission', submission_id, file=evidence_id)}#doc",
        facts=[
            (_("Handed in as"), item.kind_title),
            (_("Effect"), _("The criteria are judged again; only a return tells the partner.")),
        ],
        fields=[
            FieldPart("kind", _("This file"), "radio", options=_kinds(view, item, chosen)),
        ],
    )  # fmt: skip

    def do() -> str:
        decide.mark_evidence(
            evidence_id=evidence_id, not_qualifying=chosen, by=request.me, at=request.at
        )
        return _("Recorded for %(name)s. The criteria were judged again.") % {"name": item.name}

    return answer(request, form, do, url=form.back_url)


@require_POST
@opened_to("submissions.verify")
def screen(request: KnownRequest, submission_id: str) -> HttpResponse:
    """This will judge a submission again with what is known now."""
    back_url = address("submission", submission_id)
    try:
        decide.screen_again(submission_id=submission_id, by=request.me, at=request.at)
    except UnknownSubmission:
        raise
    except SubmissionRefused as error:
        return refuse(request, _("Judge again"), error, back_url=back_url)
    messages.success(request, _("The criteria were judged again."))
    return HttpResponseRedirect(back_url)


def proof_fields(
    view: SubmissionView, *, chosen: str = "", page: str = "", words: str = "", prefix: str = ""
) -> list[FieldPart]:
    """This will make the fields of the place of proof: which file, which page, which words."""
    files = [OptionPart("", _("No file"), not chosen)]
    files += [
        OptionPart(each.evidence_id, each.name, each.evidence_id == chosen)
        for each in view.evidence
        if each.sha256
    ]
    return [
        FieldPart(
            "evidence", _("Place of proof"), "select", id=f"f-{prefix}evidence", value=chosen,
            options=files, hint=_("The file on which it can be seen."),
        ),
        FieldPart(
            "page", _("Page"), id=f"f-{prefix}page", value=page, inputmode="numeric", width="w-s"
        ),
        FieldPart(
            "words", _("Words on the page"), id=f"f-{prefix}words", value=words,
            hint=_("Optional. They are looked for on that page."),
        ),
    ]  # fmt: skip


def yes_no(chosen: str = "") -> list[OptionPart]:
    """This will offer yes and no."""
    return [
        OptionPart("yes", _("Yes"), chosen == "yes"),
        OptionPart("no", _("No"), chosen == "no"),
    ]


def detail_of(view: SubmissionView, name: str) -> DetailView | None:
    """This will find a detail of the whole or of a line by its full name."""
    every = [*view.details, *(detail for line in view.lines for detail in line.details)]
    return next((each for each in every if each.name == name), None)


def value_field(view: SubmissionView, name: str, typed: str | None) -> tuple[str, str, FieldPart]:
    """This will make title, what stands now, and field of a detail; 404 for one that is none."""
    if name.startswith("line.") and name.endswith(".duplicate_invoice"):
        label = _("Was this invoice used before?")
        return label, "", FieldPart("value", label, "radio", options=yes_no(typed or ""))
    detail = detail_of(view, name)
    if detail is None:
        raise Http404
    given = plain_entry(detail) if typed is None else typed
    shown = show_detail(detail)
    source = str(SOURCES.get(detail.provenance, detail.source))
    words = f"{shown} ({source})" if shown and source else shown
    if detail.type == "bool":
        options = yes_no("" if detail.value is None and typed is None else given)
        return detail.title, words, FieldPart("value", detail.title, "radio", options=options)
    if detail.options:
        options = [OptionPart(key, label, key == given) for key, label in detail.options]
        field = FieldPart("value", detail.title, "select", value=given, options=options)
        return detail.title, words, field
    kind = "date" if detail.type == "date" else "text"
    hint = _("Two days, such as 2026-04-20/2026-04-21.") if detail.type == "period" else ""
    field = FieldPart("value", detail.title, kind, value=given, hint=hint, is_required=True)
    return detail.title, words, field


def _kinds(view: SubmissionView, item: EvidenceView, chosen: str) -> list[OptionPart]:
    need = next((each for each in view.needs if each.kind == item.kind), None)
    return [
        OptionPart("", _("Qualifies as proof"), not chosen),
        *(
            OptionPart(kind, text, kind == chosen)
            for kind, text in (need.not_qualifying if need else ())
        ),
    ]
