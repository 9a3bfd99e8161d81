"""The procedure of a version: who does what by when, as a page and a PDF."""

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.playbooks.selectors import get_text
from counterfoil.apps.playbooks.types import PlaybookText
from counterfoil.apps.submissions.selectors.words import labels_of
from counterfoil.core.procedures import Procedure, procedure
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.console.parts import Head
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import Act, Crumb
from counterfoil.interfaces.web.requests import KnownRequest


@shown_to("playbooks.view")
def page(request: KnownRequest, version_id: str) -> HttpResponse:
    """This will show the procedure that a version executes."""
    found, made = _procedure(version_id)
    pdf = reverse("console:playbook_procedure_pdf", args=[version_id])
    context = {
        "crumbs": [
            Crumb(_("Playbooks"), reverse("console:playbooks")),
            Crumb(found.row.label, reverse("console:playbook", args=[version_id])),
            Crumb(_("Procedure")),
        ],
        "head": Head(
            made.title,
            _("Who does what, by when. It is made from the rules that are executed."),
            acts=[Act(_("PDF"), pdf, "download", dialog=False)],
        ),
        "procedure": made,
        "guide": made,
    }
    return pages.page(request, "console/playbooks/procedure.html", context)


@shown_to("playbooks.view")
def pdf(request: KnownRequest, version_id: str) -> HttpResponse:
    """This will send the procedure as a PDF; the same version gives the same bytes."""
    found, made = _procedure(version_id)
    response = HttpResponse(
        adapter("pdf").render("procedure", made.to_json()), content_type="application/pdf"
    )
    name = f"{found.row.code}-{found.row.version}-procedure.pdf"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _procedure(version_id: str) -> tuple[PlaybookText, Procedure]:
    """Return the version and its procedure; a text with problems has none."""
    found = get_text(version_id)
    if found.playbook is None:
        raise Http404(f"{version_id} can't be read as a playbook.")
    return found, procedure(found.playbook, labels=labels_of(found.playbook, "en"))
