"""The places of console and portal, and what every page's frame needs.

A place is shown when the person's role may see it (`core.authority`) and its route exists. Counts
are the views' affair: a view that knows them passes `counts={"queue": 14}` to its template.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from counterfoil.core.actors import Actor
from counterfoil.core.authority import AUTHORITY
from counterfoil.interfaces.web.presenters import Act, Me, NavItem, NavSection, initials


class Place(NamedTuple):
    """An entry of the navigation; `action` names the permission that shows it."""

    label: str | Promise
    route: str
    icon: str
    action: str
    shortcut: str = ""
    also: tuple[str, ...] = ()
    """Routes of places of its own that are reached through it: it stays current there."""


CONSOLE: Sequence[tuple[str | Promise, Sequence[Place]]] = (
    (
        "",
        (
            Place(_("Queue"), "console:queue", "queue", "submissions.view", "g q"),
            Place(_("Partners"), "console:partners", "partners", "partners.view", "g a"),
        ),
    ),
    (
        _("Money"),
        (
            Place(_("Commissions"), "console:commissions", "deal", "commissions.view", "g c"),
            Place(_("Ready to pay"), "console:ready_to_pay", "coins", "payees.view", "g r"),
            Place(_("Payment batches"), "console:payment_batches", "send", "batches.view", "g y"),
            Place(_("Vendor bills"), "console:bills", "batch", "bills.view", "g b"),
            Place(_("Bank"), "console:bank", "bank", "bank.view", "g k"),
            Place(_("Funds"), "console:funds", "fund", "funds.view", "g f"),
            Place(_("Open amounts"), "console:open_amounts", "clock", "ledger.view", "g o"),
            Place(_("Months"), "console:months", "lock", "ledger.view", "g m"),
        ),
    ),
    (
        _("Program"),
        (
            Place(_("Playbooks"), "console:playbooks", "book", "playbooks.view", "g p"),
            Place(_("Commission plans"), "console:plans", "deal", "plans.view", "g n"),
            Place(_("Reports"), "console:reports", "report", "reports.view"),
            Place(_("Second reviews"), "console:reviews", "eye", "reviews.view"),
            Place(_("Audit"), "console:audit", "audit", "audit.view", "g u"),
            Place(_("Dry-run audits"), "console:engagements", "eye", "engagements.view", "g d"),
        ),
    ),
    (
        _("Set-up"),
        (
            Place(_("Imports"), "console:imports", "upload", "imports.view", "g i"),
            Place(_("Mailbox"), "console:mailbox", "mail", "mail.view"),
            Place(_("People"), "console:people", "third", "people.view"),
            Place(_("API keys"), "console:keys", "link", "keys.make"),
        ),
    ),
)
PORTAL: Sequence[tuple[str | Promise, Sequence[Place]]] = (
    (
        "",
        (
            Place(_("Home"), "portal:home", "home", "funds.view"),
            Place(_("Claims"), "portal:submissions", "coins", "submissions.view"),
            Place(
                _("Statements"),
                "portal:statements",
                "report",
                "statements.view",
                also=("portal:questions",),
            ),
            Place(_("Messages"), "portal:messages", "chat", "submissions.message"),
            Place(_("People"), "portal:people", "partners", "people.invite_partner"),
        ),
    ),
)
MY_PAGES: Sequence[tuple[str | Promise, str, str]] = (
    (_("Your settings"), "web:profile", "gear"),
    (_("Sign-in and security"), "mfa_index", "lock"),
    (_("Change password"), "account_change_password", "pen"),
)


def sections_for(actor: Actor, *, path: str) -> list[NavSection]:
    """Return the places that the actor may see; the longest address above `path` is current."""
    table = PORTAL if actor.is_partner else CONSOLE
    found = [
        (title, [(place, url) for place in places if (url := _url(place, actor))])
        for title, places in table
    ]
    above = {
        each: url
        for _title, places in found
        for place, url in places
        for each in (url, *map(_route, place.also))
        if each and path.startswith(each)
    }
    current = above[max(above, key=len)] if above else ""
    return [
        NavSection(title, [_item(place, url, is_current=url == current) for place, url in each])
        for title, each in found
        if each
    ]


def frame_of(request: HttpRequest) -> dict[str, Any]:
    """Return what the frame of every page prints; only the brand for who is not signed in."""
    actor, person = getattr(request, "me", None), getattr(request, "person", None)
    if actor is None:
        return {"nav": [], "me": Me(), "home_url": "/"}
    nav = sections_for(actor, path=request.path)
    me = Me(
        name=actor.name,
        initials=initials(actor.name),
        role_words=", ".join(str(ROLE_WORDS.get(role, role)) for role in actor.roles),
        theme=getattr(person, "theme", ""),
        has_keys=getattr(person, "has_shortcuts", True),
        menu=[Act(label, url, icon) for label, name, icon in MY_PAGES if (url := _route(name))],
    )
    zone = getattr(person, "zone", None)
    return {"nav": nav, "me": me, "home_url": "/", "zone": zone, "actor": actor}


ROLE_WORDS: dict[str, str | Promise] = {
    "operations": _("Incentive operations"),
    "team_lead": _("Team lead, operations"),
    "finance_maker": _("Finance, prepares"),
    "finance_checker": _("Finance, approves"),
    "partner_manager": _("Partner manager"),
    "account_executive": _("Account executive"),
    "auditor": _("Auditor"),
    "administrator": _("Administrator"),
    "leadership": _("Leadership"),
    "partner_admin": _("Partner administrator"),
    "partner_member": _("Partner"),
}


def _item(place: Place, url: str, *, is_current: bool) -> NavItem:
    key = place.route.rpartition(":")[2]
    return NavItem(place.label, url, place.icon, key, None, is_current, place.shortcut)


def _url(place: Place, actor: Actor) -> str:
    return _route(place.route) if set(actor.roles) & set(AUTHORITY[place.action][0]) else ""


def _route(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
