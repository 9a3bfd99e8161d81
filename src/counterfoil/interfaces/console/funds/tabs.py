"""The tabs of Funds: where each fund stands, each plan, and all of it month by month."""

from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.core.actors import Actor
from counterfoil.interfaces.console.guard import may_somewhere
from counterfoil.interfaces.web.presenters import Tab


def fund_tabs(me: Actor, current: str) -> list[Tab]:
    """This will return the tabs that the person may open; `current` is the name of the page."""
    tabs = [Tab(_("Funds"), reverse("console:funds"), current == "funds")]
    if may_somewhere(me, "ledger.view"):
        tabs += [
            Tab(_("Commission plans"), reverse("console:plan_stages"), current == "plans"),
            Tab(_("Month by month"), reverse("console:money_months"), current == "months"),
        ]
    return tabs
