"""What an address of the audit pages asks for, as filters of events."""

from datetime import datetime, time, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.apps.audit.types import EventFilters
from counterfoil.apps.partners.selectors import get_partner
from counterfoil.interfaces.console.forms import day_of
from counterfoil.interfaces.web.presenters import FieldPart, OptionPart
from counterfoil.interfaces.web.requests import KnownRequest

# Actions by what people look for; each action of the product stands in one of them.
TOPICS = (
    ("submission.", gettext_lazy("Requests and claims")),
    ("submission.approved,submission.declined", gettext_lazy("Decisions")),
    ("decision.", gettext_lazy("Decisions computed again")),
    ("partner.,contact.,agreement.,member.", gettext_lazy("Partners")),
    ("payee.", gettext_lazy("Payees")),
    ("bills.", gettext_lazy("Vendor bills")),
    ("bill.,paid_list.", gettext_lazy("Payments")),
    ("fund.,program.,tier.", gettext_lazy("Programs and funds")),
    ("entry.,entries.,period.", gettext_lazy("Ledger")),
    ("playbook.", gettext_lazy("Playbooks")),
    ("engagement.", gettext_lazy("Dry-run audits")),
    ("import.,mapping.,sales.,tour.", gettext_lazy("Imports")),
    ("clock.,calendar.", gettext_lazy("Deadlines")),
    ("role.", gettext_lazy("Roles")),
    ("person.,invitation.", gettext_lazy("People")),
    ("log.,audit.", gettext_lazy("The log itself")),
)


def filters_of(request: KnownRequest) -> EventFilters:
    """This will read the filters of the address; days are those where the person is."""
    ask = request.GET.get
    zone = request.person.zone
    since, until = day_of(ask("since", "")), day_of(ask("until", ""))
    partner = ask("partner", "").strip()
    text = ask("q", "").strip()
    is_person = text.startswith(("usr_", "system:"))
    return EventFilters(
        actor_id=text if is_person else "",
        object_id="" if is_person else text,
        action=ask("topic", ""),
        partner_id=get_partner(partner_id=partner).pk if partner else None,
        since=None if since is None else datetime.combine(since, time.min, zone),
        until=None
        if until is None
        else datetime.combine(until + timedelta(days=1), time.min, zone),
    )


def filter_fields(request: KnownRequest) -> list[FieldPart]:
    """This will make the selects and days of the search line."""
    topic = request.GET.get("topic", "")
    options = [OptionPart("", _("Everything"), not topic)]
    options += [OptionPart(key, str(word), key == topic) for key, word in TOPICS]
    return [
        FieldPart("topic", _("About"), kind="select", id="by-topic", value=topic, options=options),
        _day(request, "since", _("From day")),
        _day(request, "until", _("Until day")),
    ]


def _day(request: KnownRequest, name: str, label: str) -> FieldPart:
    return FieldPart(name, label, kind="date", id=f"by-{name}", value=request.GET.get(name, ""))
