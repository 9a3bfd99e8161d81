"""The list of partners and the page of one: data, people, agreements, funds, activity."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.access.selectors import list_people
from counterfoil.apps.partners.selectors import (
    activity,
    get_partner,
    list_partners,
    tags_in_use,
)
from counterfoil.apps.partners.types import PartnerRow
from counterfoil.interfaces.console.events import events_table
from counterfoil.interfaces.console.guard import may_somewhere, shown_to
from counterfoil.interfaces.console.partners import sections
from counterfoil.interfaces.console.parts import Head, acts_for
from counterfoil.interfaces.console.tables import (
    Cell,
    Column,
    Filters,
    Row,
    Table,
    pager_of,
    picked,
)
from counterfoil.interfaces.console.words import PARTNER_STATUSES, day_text
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import Act, Crumb, Empty
from counterfoil.interfaces.web.requests import KnownRequest


@shown_to("partners.view")
def partners(request: KnownRequest) -> HttpResponse:
    """This will list partners by name, with search and filters."""
    ask = request.GET.get
    found = list_partners(
        search=ask("q", "").strip(),
        status=ask("status", ""),
        tag=ask("tag", ""),
        manager_id=ask("manager", ""),
        cursor=ask("after", ""),
    )
    new = Act(
        _("Enter a partner"), reverse("console:partner_new"), "plus", "main-act", dialog=False
    )
    bring = Act(_("Import partners"), reverse("console:imports"), "upload", dialog=False)
    table = Table(
        "partners",
        _("Partners"),
        [
            Column(_("Partner")),
            Column(_("Status")),
            Column(_("Region")),
            Column(_("Type")),
            Column(_("Partner manager")),
            Column(_("Tags")),
        ],
        [_row(each) for each in found.partners],
        _nothing(request),
        pager=pager_of(request, shown=len(found.partners), next_cursor=found.next_cursor),
    )
    context = {
        "crumbs": [Crumb(_("Partners"))],
        "head": Head(
            _("Partners"),
            _("Resellers, referral partners and agencies, with everything that belongs to them."),
            acts=acts_for(request.me, ("imports.run", bring), ("partners.edit", new)),
        ),
        "filters": _filters(request),
        "tables": [table],
    }
    return pages.page(request, "console/list.html", context)


@shown_to("partners.view")
def partner(request: KnownRequest, partner_id: str) -> HttpResponse:
    """This will show one partner with everything that belongs to it."""
    found = get_partner(partner_id=partner_id)
    may_edit = may_somewhere(request.me, "partners.edit")
    tables = [
        sections.funds_table(found),
        *([sections.payees_table(found)] if may_somewhere(request.me, "payees.view") else []),
        sections.contacts_table(found, may_edit=may_edit),
        sections.members_table(request, found),
        sections.agreements_table(found, request.at.date(), may_edit=may_edit),
    ]
    log = activity(partner_pk=found.pk, limit=10)
    tables.append(
        events_table(
            request,
            log.events,
            title=_("Activity"),
            acts=[
                Act(
                    _("Whole activity log"),
                    reverse("console:partner_activity", args=[partner_id]),
                    dialog=False,
                )
            ],
        )
    )
    context = {
        "crumbs": [Crumb(_("Partners"), reverse("console:partners")), Crumb(found.name)],
        "head": Head(
            found.name,
            found.standing.words,
            PARTNER_STATUSES[found.status],
            _acts(partner_id) if may_edit else (),
        ),
        "facts": sections.facts_of(found),
        "tags": found.data.tags,
        "places": [(word, url) for word, url in sections.places_of(partner_id) if url],
        "created": day_text(found.created_at.date()),
        "tables": tables,
    }
    return pages.page(request, "console/partners/partner.html", context)


@shown_to("partners.view")
def activity_log(request: KnownRequest, partner_id: str) -> HttpResponse:
    """This will page through everything that happened to a partner."""
    found = get_partner(partner_id=partner_id)
    page = activity(partner_pk=found.pk, cursor=request.GET.get("after", ""))
    table = events_table(
        request,
        page.events,
        title=_("Activity"),
        pager=pager_of(request, shown=len(page.events), next_cursor=page.next_cursor),
    )
    context = {
        "crumbs": [
            Crumb(_("Partners"), reverse("console:partners")),
            Crumb(found.name, reverse("console:partner", args=[partner_id])),
            Crumb(_("Activity")),
        ],
        "head": Head(
            _("Activity of %(partner)s") % {"partner": found.name},
            _("Who did what and when, newest first, from the audit log."),
        ),
        "tables": [table],
    }
    return pages.page(request, "console/list.html", context)


def _acts(partner_id: str) -> list[Act]:
    return [
        Act(_("Change status"), reverse("console:partner_status", args=[partner_id]), "undo"),
        Act(
            _("Partner manager"), reverse("console:partner_manager", args=[partner_id]), "partners"
        ),
        Act(_("Tags"), reverse("console:partner_tags", args=[partner_id]), "plus"),
        Act(_("Edit"), reverse("console:partner_edit", args=[partner_id]), "pen", dialog=False),
    ]


def _row(each: PartnerRow) -> Row:
    place = ", ".join(part for part in (each.region, each.country) if part)
    return Row(
        [
            Cell(each.name, reverse("console:partner", args=[each.id])),
            Cell(status=PARTNER_STATUSES[each.status]),
            Cell(place, css="soft"),
            Cell(each.kind.replace("_", " ").capitalize()),
            Cell(each.manager_name),
            Cell(", ".join(each.tags), css="soft"),
        ],
        id=each.id,
    )


def _filters(request: KnownRequest) -> Filters:
    ask = request.GET.get
    statuses = [(key, each.word) for key, each in PARTNER_STATUSES.items()]
    managers = [(p.id, p.name) for p in list_people(role="partner_manager", limit=200).people]
    tags = [(tag, tag) for tag in tags_in_use()]
    fields = [
        picked("status", _("Status"), statuses, ask("status", ""), _("Every status")),
        picked("manager", _("Partner manager"), managers, ask("manager", ""), _("Every manager")),
    ]
    if tags:
        fields.append(picked("tag", _("Tag"), tags, ask("tag", ""), _("Every tag")))
    return Filters(
        reverse("console:partners"),
        _("Search partners"),
        text=ask("q", ""),
        placeholder=_("Name, tax id or the key of another system"),
        fields=fields,
    )


def _nothing(request: KnownRequest) -> Empty:
    if request.GET:
        return Empty(
            _("No partner fits"),
            _("Look for a part of the name, a tax id, or the key that your CRM or ERP uses."),
            "search",
            reverse("console:partners"),
            _("Show all partners"),
        )
    may_import = may_somewhere(request.me, "imports.run")
    return Empty(
        _("No partner is entered yet"),
        _("Bring them in from a file of your CRM or PRM, or enter the first one by hand."),
        "partners",
        reverse("console:imports") if may_import else "",
        _("Import partners"),
    )
