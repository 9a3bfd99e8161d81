"""What the vendor keeps about the partner: data, agreements, contacts."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from counterfoil.apps.partners.selectors import own_partner
from counterfoil.apps.programs.selectors import enrollments_of, list_programs
from counterfoil.interfaces.portal.guard import for_partners
from counterfoil.interfaces.web.presenters import Empty, format_day
from counterfoil.interfaces.web.requests import KnownRequest


@require_GET
@for_partners("funds.view")
def organization(request: KnownRequest) -> HttpResponse:
    """This will show the partner's own data as the vendor keeps it."""
    partner = own_partner(partner_pk=request.me.partner_id)
    today = request.at.astimezone(request.person.zone).date()
    names = {program.code: program.name for program in list_programs()}
    data = partner.data
    rows = [
        (_("Name"), data.name),
        (_("Legal name"), data.legal_name),
        (_("Tax id"), data.tax_id),
        (_("Country"), data.country),
        (_("City"), data.city),
        (_("Region"), data.region),
        (_("Language of letters"), {"de": "Deutsch", "en": "English"}.get(data.language, "")),
    ]
    context = {
        "facts": [(word, text) for word, text in rows if text],
        "standing": partner.status,
        "agreements": [
            {
                "kind": row.kind.replace("_", " "),
                "version": row.version,
                "signed": _("signed %s") % format_day(row.signed_on),
                "is_in_force": row.is_in_force(today),
                "until": _("until %s") % format_day(row.in_force_to) if row.in_force_to else "",
            }
            for row in partner.agreements
        ],
        "no_agreements": Empty(
            _("No agreement on file"),
            _("Claims need a signed agreement. Your partner manager can send you one."),
            "file",
        ),
        "programs": [
            {
                "name": names.get(row.program, row.program),
                "tier": row.tier,
                "since": _("since %s") % format_day(row.since_on),
            }
            for row in enrollments_of(request.me.partner_id)
            if row.ended_on is None
        ],
        "contacts": partner.contacts,
    }
    return render(request, "portal/organization.html", context)
