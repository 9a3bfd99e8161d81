"""Drawing a population of events and a sample of it, and exporting an audit pack."""

from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.apps.audit.errors import AuditRefused
from counterfoil.apps.audit.selectors import count_signed, events_by_ids, population
from counterfoil.core.sampling import draw
from counterfoil.flows.export_pack import export_pack
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.console.acts import missing_of, sentence
from counterfoil.interfaces.console.audit.filters import filter_fields, filters_of
from counterfoil.interfaces.console.events import events_table
from counterfoil.interfaces.console.forms import text_field
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.console.parts import Head
from counterfoil.interfaces.console.tables import Filters
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.asked import asked_number
from counterfoil.interfaces.web.presenters import (
    Act,
    Crumb,
    Empty,
    FieldPart,
    format_count,
)
from counterfoil.interfaces.web.requests import KnownRequest

SAMPLE_MAX = 200
_SAMPLE = 25
_ASKED = ("q", "topic", "since", "until", "partner")


class PackForm(forms.Form):
    """What the pack is called."""

    title = text_field(
        gettext_lazy("Title"), hint=gettext_lazy("It stands in the pack, such as Claims of Q3.")
    )
    title.error_messages["required"] = gettext_lazy("Give the pack a title, such as Claims of Q3.")


@shown_to("audit.export")
def population_page(request: KnownRequest) -> HttpResponse:
    """This will count a population of events and show a sample that can be drawn again."""
    ids = population(filters=filters_of(request))
    size = request.GET.get("size", "")
    asked = asked_number(size)
    count = _SAMPLE if asked is None else min(asked, SAMPLE_MAX)
    seed = request.GET.get("seed", "").strip() or request.at.date().isoformat()
    drawn = draw(ids, count=count, seed=seed)
    by_id = {each.id: each for each in events_by_ids(event_ids=drawn)}
    sample = [by_id[each] for each in drawn if each in by_id]
    export_url = f"{reverse('console:audit_export')}?{_asked(request)}"
    acts = [Act(_("Export an audit pack"), export_url, "download", "main-act", dialog=False)]
    context = {
        "crumbs": [Crumb(_("Audit"), reverse("console:audit")), Crumb(_("Population"))],
        "head": Head(
            _("Draw a population"),
            _(
                "Choose what and when; the sample is the same whenever it is drawn again "
                "with the same seed."
            ),
            acts=acts if ids else [],
        ),
        "kpis": [
            (_("Events in the population"), format_count(len(ids)), ""),
            (_("Drawn"), format_count(len(sample)), _("seed %(seed)s") % {"seed": seed}),
        ],
        "filters": Filters(
            reverse("console:audit_population"),
            _("Choose the population"),
            text=request.GET.get("q", ""),
            placeholder=_("Id of a thing or a person"),
            fields=[
                *filter_fields(request),
                FieldPart(
                    "size",
                    _("Sample size"),
                    id="by-size",
                    value=str(count),
                    inputmode="numeric",
                    width="w-s",
                ),
                FieldPart("seed", _("Seed"), id="by-seed", value=seed, width="w-s"),
            ],
        ),
        "tables": [
            events_table(
                request,
                sample,
                title=_("Sample"),
                has_decisions=True,
                empty=Empty(
                    _("The population is empty"),
                    _("Choose another span of days, or another topic."),
                    "audit",
                ),
            )
        ],
    }
    return pages.page(request, "console/list.html", context)


@shown_to("audit.export")
def export(request: KnownRequest) -> HttpResponse:
    """This will export a population as an audit pack, which verifies without this system."""
    form = PackForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                pack = export_pack(
                    title=form.cleaned_data["title"],
                    filters=filters_of(request),
                    by=request.me,
                    at=request.at,
                    key=adapter("signing_key"),
                )
            except AuditRefused as error:
                form.add_error(None, sentence(str(error)))
            else:
                answered = HttpResponse(pack.data, content_type="application/zip")
                answered["Content-Disposition"] = f'attachment; filename="{pack.name}"'
                answered["X-Content-SHA256"] = pack.sha256
                return answered
    ids = population(filters=filters_of(request))
    left_out = len(ids) - count_signed(event_ids=ids)
    context = {
        "crumbs": [
            Crumb(_("Audit"), reverse("console:audit")),
            Crumb(_("Population"), f"{reverse('console:audit_population')}?{_asked(request)}"),
            Crumb(_("Export")),
        ],
        "head": Head(
            _("Export an audit pack"),
            _(
                "Events with their proofs: %(count)s. With them come the decision records behind "
                "them and two verifiers that need nothing of ours."
            )
            % {"count": format_count(len(ids) - left_out)},
        ),
        "card_title": _("Pack"),
        "form": form,
        "act_url": request.get_full_path(),
        "missing": missing_of(form) if form.is_bound else [],
        "missing_title": _("This has to be mended first"),
        "notice": _left_out_words(left_out)
        if left_out
        else _(
            "Compare the fingerprint in the pack with the one that you were given apart from it."
        ),
        "notice_tone": "warn" if left_out else "",
        "confirm": _("Export the pack"),
        "back_url": f"{reverse('console:audit_population')}?{_asked(request)}",
    }
    return pages.page(request, "console/form.html", context, status=status)


def _left_out_words(count: int) -> str:
    return _(
        "Newer events of this population that are not signed yet: %(count)s. They stay out of the "
        "pack. The worker signs every hour; export again after that to have them."
    ) % {"count": format_count(count)}


def _asked(request: KnownRequest) -> str:
    return urlencode({name: request.GET[name] for name in _ASKED if request.GET.get(name)})
