"""`counterfoil people`: who has access; the first administrator of a fresh installation."""

from typing import Annotated

import typer

from counterfoil.apps.access.selectors import find_person, list_people
from counterfoil.apps.partners.selectors import get_partner
from counterfoil.flows.people import invite_first_administrator, invite_person, remove_person
from counterfoil.foundation.acting import staff
from counterfoil.interfaces.cli.acting import (
    As,
    DryRun,
    Json,
    Reason,
    reading,
    staff_person,
    system_writing,
    writing,
)
from counterfoil.interfaces.cli.output import plain, put_json, put_table, say

app = typer.Typer(help="People and their access.", no_args_is_help=True)
Email = Annotated[str, typer.Argument(help="Mail address.")]
Name = Annotated[str, typer.Argument(help="Name.")]


@app.command("list")
def list_(
    search: Annotated[str, typer.Option(help="In names and addresses.")] = "",
    as_json: Json = False,
) -> None:
    """List the vendor's people and the roles they hold."""
    with reading():
        page = list_people(search=search, limit=500)
    if as_json:
        put_json(plain(page.people))
        return
    put_table(
        ("person", "name", "address", "access", "roles"),
        [
            (p.id, p.name, p.email, "yes" if p.is_active else "removed",
             ", ".join(role.role for role in p.roles))
            for p in page.people
        ],
    )  # fmt: skip


@app.command("first-administrator")
def first_administrator(email: Email, name: Name, dry_run: DryRun = False) -> None:
    """Invite the first administrator of a fresh installation and print the link to join."""
    with system_writing(staff(), dry_run=dry_run) as acting:
        link = invite_first_administrator(email=email, name=name, by=acting.by, at=acting.at)
    say("Open this link within 7 days; it works once:")
    typer.echo(link)


@app.command("invite")
def invite(
    address: Email,
    name: Name,
    role: Annotated[str, typer.Option(help="Such as operations.", show_default=False)],
    email: As,
    region: Annotated[str, typer.Option(help="Empty: everywhere.")] = "",
    partner: Annotated[str, typer.Option(help="Id of their partner, org_…; empty: us.")] = "",
    dry_run: DryRun = False,
) -> None:
    """Invite a person by mail."""
    with writing(email, dry_run=dry_run) as acting:
        invitation = invite_person(
            email=address,
            name=name,
            role=role,
            region=region,
            partner_pk=get_partner(partner_id=partner).pk if partner else 0,
            by=acting.by,
            at=acting.at,
        )
    say(f"{invitation}: the mail to {address} is on its way.")


@app.command("remove")
def remove(
    person: Annotated[str, typer.Argument(help="Id, usr_…, or mail address.")],
    email: As,
    reason: Reason,
    dry_run: DryRun = False,
) -> None:
    """Remove all access of a person: roles, seats, sessions, second factor."""
    with writing(email, dry_run=dry_run) as acting:
        known = find_person(person_id=person) or staff_person(person)
        remove_person(person_id=known.id, by=acting.by, at=acting.at, reason=reason)
    say(f"{known.name} has no access any more.")
