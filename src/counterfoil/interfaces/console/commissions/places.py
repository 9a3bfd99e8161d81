"""The places of the commissions area: runs, adjustments, statements, questions."""

from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.interfaces.console.guard import may_somewhere
from counterfoil.interfaces.web.presenters import Tab
from counterfoil.interfaces.web.requests import KnownRequest


def commission_tabs(request: KnownRequest, current: str) -> list[Tab]:
    """This will list the places that the person may open; `current` is the route of this one."""
    places = (
        ("console:commissions", _("Runs"), "commissions.view"),
        ("console:adjustments", _("Adjustments"), "commissions.view"),
        ("console:statements", _("Statements"), "statements.view"),
        ("console:questions", _("Questions"), "questions.view"),
    )
    return [
        Tab(label, reverse(route), route == current)
        for route, label, action in places
        if may_somewhere(request.me, action)
    ]
