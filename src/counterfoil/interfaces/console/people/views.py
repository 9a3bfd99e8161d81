"""The vendor's people: list with invitations, and the page of one with their roles."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.apps.access.errors import UnknownPerson
from counterfoil.apps.access.selectors import find_person, list_invitations, list_people
from counterfoil.apps.access.types import InvitationRow, PersonRow, RoleRow
from counterfoil.apps.audit.selectors import list_events
from counterfoil.apps.audit.types import EventFilters
from counterfoil.core.actors import STAFF_ROLES
from counterfoil.core.money import Money
from counterfoil.interfaces.console.events import events_table
from counterfoil.interfaces.console.guard import may_somewhere, shown_to
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
from counterfoil.interfaces.console.words import INVITATION_STATES, moment_of
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.navigation import ROLE_WORDS
from counterfoil.interfaces.web.presenters import Act, Crumb, Empty, Status, show_money
from counterfoil.interfaces.web.requests import KnownRequest

HELD = Status(gettext_lazy("Held now"), "pass", "ok")


@shown_to("people.view")
def people(request: KnownRequest) -> HttpResponse:
    """This will list the vendor's people by name, and who is invited."""
    ask = request.GET.get
    found = list_people(search=ask("q", "").strip(), role=ask("role", ""), cursor=ask("after", ""))
    invite = Act(_("Invite a person"), reverse("console:person_invite"), "plus", "main-act")
    invited = list_invitations(at=request.at)
    tables = [_people_table(request, found.people, found.next_cursor)]
    if invited:
        may = may_somewhere(request.me, "people.invite")
        tables.append(_invitations_table(request, invited, may_withdraw=may))
    roles = [(role, ROLE_WORDS[role]) for role in STAFF_ROLES]
    context = {
        "crumbs": [Crumb(_("People"))],
        "head": Head(
            _("People"),
            _("Who works here, in which role. A partner's people stand on the partner's page."),
            acts=acts_for(request.me, ("people.invite", invite)),
        ),
        "filters": Filters(
            reverse("console:people"),
            _("Search people"),
            text=ask("q", ""),
            placeholder=_("Name or mail address"),
            fields=[picked("role", _("Role"), roles, ask("role", ""), _("Every role"))],
        ),
        "tables": tables,
    }
    return pages.page(request, "console/list.html", context)


@shown_to("people.view")
def person(request: KnownRequest, person_id: str) -> HttpResponse:
    """This will show one person: roles held now and before, what they did lately."""
    found = find_person(person_id=person_id)
    if found is None:
        raise UnknownPerson("there is no such person")
    is_ours = found.is_staff_member
    may_grant = may_somewhere(request.me, "people.invite") and found.id != request.me.id
    log = list_events(filters=EventFilters(actor_id=person_id), limit=10)
    context = {
        "crumbs": [Crumb(_("People"), reverse("console:people")), Crumb(found.name)],
        "head": Head(
            found.name,
            found.email
            if is_ours
            else _("A partner's person, %(email)s") % {"email": found.email},
            _access(found) if is_ours else None,
            _acts(request, found) if is_ours else (),
        ),
        "facts_title": _("Person"),
        "facts": [
            (_("Second factor"), _("set up") if found.has_mfa else _("not set up yet")),
            (_("Language"), found.language),
            (_("Here since"), str(moment_of(request, found.created_at))),
            (_("Signed in last"), str(moment_of(request, found.last_sign_in_at) or _("never"))),
        ],
        "tables": [
            *(
                [_roles_table(request, found, may_grant=may_grant and found.is_active)]
                if is_ours
                else []
            ),
            events_table(request, log.events, title=_("What they did lately")),
        ],
    }
    return pages.page(request, "console/detail.html", context)


def known(person_id: str) -> PersonRow:
    """This will return one of the vendor's people. Raises UnknownPerson."""
    found = find_person(person_id=person_id)
    if found is None or not found.is_staff_member:
        raise UnknownPerson("there is no such person")
    return found


def role_words(row: RoleRow) -> str:
    """This will write a role with its limits: `Incentive operations, EMEA, up to 5,000.00 EUR`."""
    parts = [str(ROLE_WORDS.get(row.role, row.role))]
    parts += [part for part in (row.region, row.program) if part]
    if row.limit_minor is not None:
        limit = show_money(Money(row.limit_minor, row.limit_currency))
        parts.append(_("up to %(limit)s") % {"limit": limit})
    return ", ".join(parts)


def _acts(request: KnownRequest, found: PersonRow) -> list[Act]:
    if not found.is_active or found.id == request.me.id:
        return []
    return acts_for(
        request.me,
        (
            "people.invite",
            Act(_("Give a role"), reverse("console:role_grant", args=[found.id]), "plus"),
        ),
        (
            "people.remove",
            Act(
                _("Remove access"),
                reverse("console:person_remove", args=[found.id]),
                "x",
                "danger",
            ),
        ),
    )


def _access(found: PersonRow) -> Status:
    if not found.is_active:
        return Status(_("No access"), "x", "mute")
    if not found.roles:
        return Status(_("No role yet"), "unknown", "warn")
    return Status(_("Has access"), "pass", "ok")


def _people_table(request: KnownRequest, shown: tuple[PersonRow, ...], next_cursor: str) -> Table:
    return Table(
        "people",
        _("People"),
        [
            Column(_("Name")),
            Column(_("Access")),
            Column(_("Roles")),
            Column(_("Second factor")),
            Column(_("Signed in last")),
        ],
        [
            Row(
                [
                    Cell(each.name, reverse("console:person", args=[each.id]), each.email),
                    Cell(status=_access(each)),
                    Cell("; ".join(role_words(row) for row in each.roles)),
                    Cell(
                        status=Status(_("Set up"), "lock", "ok")
                        if each.has_mfa
                        else Status(_("Not yet"), "na", "mute")
                    ),
                    Cell(moment=moment_of(request, each.last_sign_in_at))
                    if each.last_sign_in_at
                    else Cell(_("never"), css="muted"),
                ],
                id=each.id,
            )
            for each in shown
        ],
        Empty(
            _("Nobody fits"),
            _("Look for a part of the name, or choose another role."),
            "partners",
            reverse("console:people"),
            _("Show everybody"),
        ),
        pager=pager_of(request, shown=len(shown), next_cursor=next_cursor),
    )


def _invitations_table(
    request: KnownRequest, rows: tuple[InvitationRow, ...], *, may_withdraw: bool
) -> Table:
    return Table(
        "invitations",
        _("Invited"),
        [Column(_("Name")), Column(_("State")), Column(_("Role")), Column(_("Until")), Column("")],
        [
            Row(
                [
                    Cell(each.name, note=each.email),
                    Cell(status=INVITATION_STATES[each.state]),
                    Cell(str(ROLE_WORDS.get(each.role, each.role)), note=each.region),
                    Cell(moment=moment_of(request, each.expires_at)),
                    Cell(
                        act=Act(
                            _("Withdraw"),
                            reverse("console:person_withdraw", args=[each.id]),
                            tone="quiet",
                        )
                    )
                    if may_withdraw
                    else Cell(),
                ],
                id=each.id,
            )
            for each in rows
        ],
        Empty(_("Nobody is invited"), _("Open invitations stand here.")),
    )


def _roles_table(request: KnownRequest, found: PersonRow, *, may_grant: bool) -> Table:
    rows = []
    for row in reversed(found.history):
        end = Act(
            _("End"),
            f"{reverse('console:role_end', args=[found.id])}?role={row.role}"
            f"&region={row.region}&program={row.program}",
            tone="quiet",
        )
        is_open = row.ended_at is None
        rows.append(
            Row(
                [
                    Cell(role_words(row)),
                    Cell(moment=moment_of(request, row.granted_at)),
                    Cell(row.granted_by or _("at the start")),
                    Cell(status=HELD)
                    if is_open
                    else Cell(moment=moment_of(request, row.ended_at)),
                    Cell(act=end) if is_open and may_grant else Cell(),
                ]
            )
        )
    return Table(
        "roles",
        _("Roles"),
        [
            Column(_("Role")),
            Column(_("Given")),
            Column(_("Given by")),
            Column(_("Until")),
            Column(""),
        ],
        rows,
        Empty(
            _("No role yet"),
            _("Without a role a person sees nothing. Give the first one."),
            "lock",
        ),
    )
