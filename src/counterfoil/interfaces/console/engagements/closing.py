"""Closing a dry-run audit, its report as page, PDF, workbook and pack."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from counterfoil.apps.audit.errors import AuditRefused
from counterfoil.apps.engagements.errors import NotInOrder
from counterfoil.apps.engagements.selectors import get_engagement
from counterfoil.apps.engagements.services import BODY_MAX
from counterfoil.apps.engagements.types import EngagementInfo
from counterfoil.core.engagement_words import report_document, say_bound
from counterfoil.flows.engage import close_engagement, evaluation_of, report_of
from counterfoil.flows.export_engagement import export_engagement, workbook_of
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.console.acts import ActPage, answer, refuse
from counterfoil.interfaces.console.engagements.words import crumbs, state_of
from counterfoil.interfaces.console.forms import text_field
from counterfoil.interfaces.console.guard import may_somewhere, shown_to
from counterfoil.interfaces.console.parts import Head, acts_for
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import Act, format_count
from counterfoil.interfaces.web.requests import KnownRequest

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class CloseForm(forms.Form):
    """What the audit concludes."""

    conclusion = text_field(
        gettext_lazy("Conclusion"),
        hint=gettext_lazy("It opens the report, before what the sample proves."),
        length_max=BODY_MAX,
        area=True,
    )


@shown_to("engagements.close")
def close(request: KnownRequest, engagement_id: str) -> HttpResponse:
    """This will close an audit with its report."""
    found = get_engagement(engagement_id)
    form = CloseForm(request.POST or None)

    def do() -> str:
        close_engagement(
            engagement_id=engagement_id, conclusion=form.cleaned_data["conclusion"],
            by=request.me, at=request.at,
        )  # fmt: skip
        return _("The audit is closed. Its report stands.")

    blocked = ""
    if found.is_closed:
        blocked = _("This audit is closed already.")
    elif not found.papers:
        blocked = _("Draw the sample and work its papers first.")
    elif found.answered < len(found.papers):
        blocked = _("%(left)s of %(all)s work papers are not answered yet.") % {
            "left": format_count(len(found.papers) - found.answered),
            "all": format_count(len(found.papers)),
        }
    act = ActPage(
        title=_("Close the audit"),
        confirm=_("Close it for good"),
        back_url=reverse("console:engagement", args=[engagement_id]),
        form=form,
        facts=_facts(found),
        notice=_(
            "Nothing is added afterwards, but that refinements were done. Requests without a "
            "reply stand as open in the report."
        ),
        blocked=blocked,
    )
    return answer(request, act, do)


def _facts(found: EngagementInfo) -> list[tuple[str, str]]:
    evaluation = evaluation_of(found)
    standing = [each for each in found.findings if not each.is_withdrawn]
    facts = [
        (_("Findings"), format_count(len(standing))),
        (_("Requests"), format_count(len(found.asks))),
    ]
    if evaluation is not None and found.sample is not None:
        words = say_bound(evaluation, found.sample.plan, currency=found.scope.currency)
        facts.append((_("What the sample proves"), words))
    return facts


@shown_to("engagements.view")
def report(request: KnownRequest, engagement_id: str) -> HttpResponse:
    """This will show an audit's report, kept at closing or as it would be."""
    found = get_engagement(engagement_id)
    document = report_document(report_of(found))

    def url(name: str) -> str:
        return reverse(f"console:engagement_{name}", args=[found.id])

    links = {each.number: url_of_paper(each.id) for each in found.papers}
    may_export = may_somewhere(request.me, "engagements.export")
    files = acts_for(
        request.me,
        ("engagements.view", Act(_("XLSX"), url("workbook"), "download", dialog=False)),
        ("engagements.view", Act(_("PDF"), url("pdf"), "download", "main-act", dialog=False)),
    )
    context = {
        "crumbs": crumbs(found, _("Report")),
        "head": Head(document["title"], document["subtitle"], state_of(found), files),
        "sections": [_section(each, links) for each in document["sections"]],
        "pack_url": url("pack") if may_export and found.sample is not None else "",
        "about": document["version"],
    }
    return pages.page(request, "console/engagements/report.html", context)


def url_of_paper(paper_id: str) -> str:
    """This will return the address of a work paper, which leads on to its submission."""
    return reverse("console:engagement_paper", args=[paper_id])


def _section(section: Mapping[str, Any], links: Mapping[str, str]) -> dict[str, Any]:
    """This will pair each cell of a section's table with its heading and look, and link papers."""
    table = section.get("table")
    if table is None:
        return dict(section)
    looks = [
        (name, "num" if place >= table["right_from"] else "")
        for place, name in enumerate(table["headings"])
    ]
    rows = [
        [
            (name, look, _linked(words, links))
            for (name, look), words in zip(looks, row, strict=True)
        ]
        for row in table["rows"]
    ]
    return {**section, "table": {"looks": looks, "rows": rows}}


def _linked(words: str, links: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """This will cut words into (before, words, address): numbers of papers have an address."""
    parts = words.split(", ")
    if not any(part in links for part in parts):
        return [("", words, "")]
    return [(", " if place else "", part, links.get(part, "")) for place, part in enumerate(parts)]


@shown_to("engagements.view")
def pdf(request: KnownRequest, engagement_id: str) -> HttpResponse:
    """This will hand out an audit's report as PDF."""
    found = get_engagement(engagement_id)
    data = adapter("pdf").render("audit_report", report_document(report_of(found)))
    return _file(data, "application/pdf", f"audit-report-{found.id}.pdf")


@shown_to("engagements.view")
def workbook(request: KnownRequest, engagement_id: str) -> HttpResponse:
    """This will hand out population, sample, papers and findings as a workbook."""
    found = get_engagement(engagement_id)
    return _file(workbook_of(found), _XLSX, f"audit-{found.id}.xlsx")


@require_POST
@shown_to("engagements.export")
def pack(request: KnownRequest, engagement_id: str) -> HttpResponse:
    """This will hand out an audit with all that it rests on, hashed and signed."""
    try:
        made = export_engagement(
            engagement_id=engagement_id,
            pdf=adapter("pdf"),
            key=adapter("signing_key"),
            by=request.me,
            at=request.at,
        )
    except (AuditRefused, NotInOrder) as error:
        return refuse(
            request,
            _("Export the audit"),
            error,
            back_url=reverse("console:engagement_report", args=[engagement_id]),
        )
    answered = _file(made.data, "application/zip", made.name)
    answered["X-Content-SHA256"] = made.sha256
    return answered


def _file(data: bytes, kind: str, name: str) -> HttpResponse:
    answered = HttpResponse(data, content_type=kind)
    answered["Content-Disposition"] = f'attachment; filename="{name}"'
    return answered
