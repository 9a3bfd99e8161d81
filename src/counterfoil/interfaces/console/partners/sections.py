"""What stands on a partner's page, table by table."""

from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.access.selectors import list_invitations
from counterfoil.apps.ledger.selectors import tracker_rows
from counterfoil.apps.partners.types import Partner
from counterfoil.apps.payouts.selectors import payees_of
from counterfoil.apps.programs.selectors import enrollments_of, list_funds
from counterfoil.interfaces.console.funds import tracker
from counterfoil.interfaces.console.guard import may_somewhere
from counterfoil.interfaces.console.tables import Cell, Column, Row, Table
from counterfoil.interfaces.console.words import (
    INVITATION_STATES,
    PAYEE_STATUSES,
    day_text,
    moment_of,
    url_of,
)
from counterfoil.interfaces.web.navigation import ROLE_WORDS
from counterfoil.interfaces.web.presenters import Act, Empty, Status
from counterfoil.interfaces.web.requests import KnownRequest


def facts_of(found: Partner) -> list[tuple[str, str]]:
    """This will list what is known of a partner; what is empty is left out."""
    data = found.data
    programs = [
        _("%(place)s since %(day)s")
        % {
            "place": ", ".join(part for part in (each.program, each.tier) if part),
            "day": day_text(each.since_on),
        }
        for each in enrollments_of(found.pk)
        if each.ended_on is None
    ]
    keys = [f"{source}: {key}" for source, key in found.source_keys]
    facts = [
        (_("Legal name"), data.legal_name),
        (_("Type"), data.kind.replace("_", " ").capitalize()),
        (_("Segment"), data.segment),
        (_("Programs"), "; ".join(programs) or _("in no program yet")),
        (_("Region"), ", ".join(part for part in (data.region, data.country, data.city) if part)),
        (_("Partner manager"), found.manager_name or _("nobody yet")),
        (_("Tax id"), data.tax_id),
        (_("Mail domains"), ", ".join(data.mail_domains)),
        (_("Language, time zone"), f"{data.language}, {data.time_zone}"),
        (_("Known as"), "; ".join(keys)),
        (_("Id"), found.id),
    ]
    return [(word, text) for word, text in facts if text]


def places_of(partner_id: str) -> list[tuple[str, str]]:
    """This will list where else the partner's things stand."""
    queue = url_of("console:queue")
    return [
        (_("Requests and claims"), f"{queue}?view=all&q={partner_id}" if queue else ""),
        (_("In the fund tracker"), f"{reverse('console:funds')}?partner={partner_id}"),
        (_("Activity log"), reverse("console:partner_activity", args=[partner_id])),
    ]


def funds_table(found: Partner) -> Table:
    """This will show what the partner has in each fund period; one query for the figures."""
    rows = tracker_rows(partner_id=found.pk)
    funds = {each.public_id: each for each in list_funds(fund_ids=[row.fund for row in rows])}
    return Table(
        "funds",
        _("Funds"),
        tracker.columns(_("Fund"), with_budget=False),
        [
            Row(
                [
                    Cell(
                        f"{funds[row.fund].name} {row.period}", tracker.fund_url(funds[row.fund])
                    ),
                    Cell(row.currency),
                    *tracker.position_cells(
                        row,
                        f"{tracker.fund_url(funds[row.fund])}?partner={found.id}#entries",
                    ),
                ]
            )
            # Commissions are posted under their plan, which is no fund.
            for row in rows
            if row.fund in funds
        ],
        Empty(
            _("Nothing earned yet"),
            _("Funds are earned from sales; import the sales and compute the fund's earnings."),
            "fund",
        ),
    )


def payees_table(found: Partner) -> Table:
    """This will show who is paid for the partner."""
    new = Act(_("Enter a payee"), f"{reverse('console:payee_new')}?partner={found.id}", "plus")
    return Table(
        "payees",
        _("Payees"),
        [
            Column(_("Payee")),
            Column(_("State")),
            Column(_("Currency")),
            Column(_("Vendor number")),
        ],
        [
            Row(
                [
                    Cell(each.legal_name, reverse("console:payee", args=[each.public_id])),
                    Cell(status=PAYEE_STATUSES[each.status]),
                    Cell(each.currency),
                    Cell(each.erp_vendor_number),
                ]
            )
            for each in payees_of(partner_id=found.pk)
        ],
        Empty(
            _("No payee is entered"),
            _("Without a payee nothing can be paid. One person enters it, another checks it."),
            "bank",
        ),
        acts=[new],
    )


def contacts_table(found: Partner, *, may_edit: bool) -> Table:
    """This will list whom to talk to at the partner."""
    new = Act(_("Add a contact"), reverse("console:contact_new", args=[found.id]), "plus")
    return Table(
        "contacts",
        _("Contacts"),
        [Column(_("Name")), Column(_("Job")), Column(_("Mail")), Column(_("Phone")), Column("")],
        [
            Row(
                [
                    Cell(
                        each.name,
                        reverse("console:contact_edit", args=[found.id, each.id])
                        if may_edit
                        else "",
                        _("first to write to") if each.is_primary else "",
                    ),
                    Cell(each.job_title),
                    Cell(each.email),
                    Cell(each.phone, css="nowrap"),
                    Cell(
                        act=Act(
                            _("Take off"),
                            reverse("console:contact_end", args=[found.id, each.id]),
                            tone="quiet",
                        )
                    )
                    if may_edit
                    else Cell(),
                ],
                id=each.id,
            )
            for each in found.contacts
        ],
        Empty(
            _("No contact yet"),
            _("Letters about money go to the first contact; without one they go to the portal."),
            "mail",
        ),
        acts=[new] if may_edit else [],
    )


def members_table(request: KnownRequest, found: Partner) -> Table:
    """This will list who of the partner may sign in, and who is invited."""
    may_invite = may_somewhere(request.me, "people.invite_partner")
    may_remove = may_somewhere(request.me, "people.remove_partner")
    rows = [
        Row(
            [
                Cell(each.name, note=each.email),
                Cell(str(ROLE_WORDS.get(each.role, each.role))),
                Cell(moment=moment_of(request, each.since_at)),
                Cell(
                    act=Act(
                        _("Change role"),
                        reverse("console:member_role", args=[found.id, each.id]),
                        tone="quiet",
                    )
                )
                if may_invite
                else Cell(),
                Cell(
                    act=Act(
                        _("Remove"),
                        reverse("console:member_remove", args=[found.id, each.id]),
                        tone="quiet",
                    )
                )
                if may_remove
                else Cell(),
            ],
            id=each.id,
        )
        for each in found.members
    ]
    for open_one in list_invitations(at=request.at, partner_id=found.pk):
        rows.append(
            Row(
                [
                    Cell(open_one.name, note=open_one.email),
                    Cell(status=INVITATION_STATES[open_one.state]),
                    Cell(moment=moment_of(request, open_one.invited_at)),
                    Cell(),
                    Cell(
                        act=Act(
                            _("Withdraw"),
                            reverse("console:member_withdraw", args=[found.id, open_one.id]),
                            tone="quiet",
                        )
                    )
                    if may_invite
                    else Cell(),
                ]
            )
        )
    new = Act(_("Invite a person"), reverse("console:member_invite", args=[found.id]), "plus")
    return Table(
        "people",
        _("People of the portal"),
        [Column(_("Name")), Column(_("Role")), Column(_("Since")), Column(""), Column("")],
        rows,
        Empty(
            _("Nobody can sign in yet"),
            _("Invite the partner's administrator; they invite their colleagues themselves."),
            "partners",
        ),
        acts=[new] if may_invite else [],
    )


def agreements_table(found: Partner, today: date, *, may_edit: bool) -> Table:
    """This will list the partner's signed agreements."""
    new = Act(_("Add an agreement"), reverse("console:agreement_new", args=[found.id]), "plus")
    return Table(
        "agreements",
        _("Agreements"),
        [
            Column(_("Agreement")),
            Column(_("In force")),
            Column(_("From")),
            Column(_("Until")),
            Column(_("Signed")),
        ],
        [
            Row(
                [
                    Cell(
                        each.kind.replace("_", " ").capitalize(),
                        note=_("version %(version)s") % {"version": each.version},
                    ),
                    Cell(
                        status=Status(_("In force"), "pass", "ok")
                        if each.is_in_force(today)
                        else Status(_("Not in force"), "na", "mute")
                    ),
                    Cell(day_text(each.in_force_from), css="nowrap"),
                    Cell(day_text(each.in_force_to) or _("open"), css="nowrap"),
                    Cell(
                        ", ".join(
                            part for part in (each.signed_by, day_text(each.signed_on)) if part
                        )
                    ),
                ],
                id=each.id,
            )
            for each in found.agreements
        ],
        Empty(
            _("No agreement is recorded"),
            _("Incentives rest on a signed agreement; claims without one in force are held."),
            "file",
        ),
        acts=[new] if may_edit else [],
    )
