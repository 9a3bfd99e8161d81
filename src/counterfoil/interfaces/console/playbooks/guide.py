"""The guide that partners read, as a version would give it; a draft's before it is published."""

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.playbooks.selectors import get_text, version_before
from counterfoil.apps.playbooks.types import PlaybookText
from counterfoil.apps.submissions.selectors.words import labels_of
from counterfoil.core.guides import Guide, partner_guide
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.console.parts import Head
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import Act, Crumb
from counterfoil.interfaces.web.requests import KnownRequest


@shown_to("playbooks.view")
def guide(request: KnownRequest, version_id: str) -> HttpResponse:
    """This will show the partner's guide of a version, in one of its languages."""
    found, made, others = _guide(request, version_id)
    here = reverse("console:playbook_guide", args=[version_id])
    acts = [Act(each.upper(), f"{here}?language={each}", dialog=False) for each in others]
    acts.append(
        Act(
            _("PDF"),
            f"{reverse('console:playbook_guide_pdf', args=[version_id])}?language={made.language}",
            "download",
            dialog=False,
        )
    )
    context = {
        "crumbs": [
            Crumb(_("Playbooks"), reverse("console:playbooks")),
            Crumb(found.row.label, reverse("console:playbook", args=[version_id])),
            Crumb(_("Partner guide")),
        ],
        "head": Head(
            made.title,
            _("What partners read of this version. It is made from the rules that are executed."),
            acts=acts,
        ),
        "guide": made,
        "guide_lang": made.language,
    }
    return pages.page(request, "console/playbooks/guide.html", context)


@shown_to("playbooks.view")
def guide_pdf(request: KnownRequest, version_id: str) -> HttpResponse:
    """This will send the guide as a PDF; the same version and day give the same bytes."""
    found, made, _others = _guide(request, version_id)
    content = adapter("pdf").render("partner_guide", made.to_json())
    response = HttpResponse(content, content_type="application/pdf")
    name = f"{found.row.code}-{found.row.version}-guide-{made.language}.pdf"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _guide(request: KnownRequest, version_id: str) -> tuple[PlaybookText, Guide, list[str]]:
    """Return the version, its guide and its other languages; a text with problems has none."""
    found = get_text(version_id)
    if found.playbook is None:
        raise Http404(f"{version_id} can't be read as a playbook.")
    on = request.at.astimezone(request.person.zone).date()
    starts = found.playbook.effective_from
    language, before = request.GET.get("language", "en"), version_before(version_id)
    made = partner_guide(
        found.playbook,
        on=max(on, starts) if found.row.state == "draft" else on,
        language=language,
        labels=labels_of(found.playbook, language),
        before=before.playbook if before is not None else None,
        labels_before=labels_of(before.playbook, language) if before is not None else None,
    )
    return found, made, [each for each in found.playbook.languages if each != made.language]
