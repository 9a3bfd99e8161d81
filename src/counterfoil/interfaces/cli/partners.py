"""`counterfoil partners`: who the partners are."""

from typing import Annotated

import typer

from counterfoil.apps.partners.selectors import get_partner, list_partners
from counterfoil.interfaces.cli.acting import Json, reading
from counterfoil.interfaces.cli.output import plain, put_json, put_table, say

app = typer.Typer(help="Partners.", no_args_is_help=True)


@app.command("list")
def list_(
    search: Annotated[str, typer.Option(help="In names, tax ids and keys of imports.")] = "",
    status: Annotated[str, typer.Option(help="prospect, active, suspended or ended.")] = "",
    region: Annotated[str, typer.Option(help="Only this region.")] = "",
    cursor: Annotated[str, typer.Option(help="The page after this one.")] = "",
    limit: Annotated[int, typer.Option(help="Rows a page.", min=1, max=200)] = 50,
    as_json: Json = False,
) -> None:
    """List partners by name."""
    with reading():
        page = list_partners(
            search=search, status=status, region=region, cursor=cursor, limit=limit
        )
    if as_json:
        shaped = [{"id": row.id, **plain(row)} for row in page.partners]
        put_json({"partners": shaped, "next_cursor": page.next_cursor})
        return
    put_table(
        ("partner", "name", "status", "kind", "region", "country"),
        [(p.id, p.name, p.status, p.kind, p.region, p.country) for p in page.partners],
    )
    if page.next_cursor:
        say(f"More: --cursor {page.next_cursor}")


@app.command("show")
def show(
    partner_id: Annotated[str, typer.Argument(help="Id of the partner, org_….")],
    as_json: Json = False,
) -> None:
    """Show a partner with keys, contacts, agreements and people."""
    with reading():
        partner = get_partner(partner_id=partner_id)
    if as_json:
        put_json(plain(partner))
        return
    typer.echo(f"{partner.name}  {partner.id}  ({partner.status})")
    typer.echo(partner.standing.words)
    for source, key in partner.source_keys:
        typer.echo(f"  known to {source} as {key}")
    for agreement in partner.agreements:
        typer.echo(f"  agreement {agreement.kind} {agreement.version}: {agreement.in_force_from}")
    for contact in partner.contacts:
        typer.echo(f"  contact {contact.name} {contact.email}")
    for member in partner.members:
        typer.echo(f"  {member.role.replace('_', ' ')} {member.name} {member.email}")
