"""`counterfoil payees`: who is paid for a partner; one person enters, another checks."""

from typing import Annotated

import typer

from counterfoil.apps.partners.selectors import get_partner
from counterfoil.apps.payouts.selectors import list_payees
from counterfoil.apps.payouts.services import check_payee, enter_payee, hold_payee
from counterfoil.interfaces.cli.acting import As, DryRun, Json, Reason, reading, writing
from counterfoil.interfaces.cli.output import plain, put_json, put_table, say

app = typer.Typer(help="Who is paid for a partner.", no_args_is_help=True)
PayeeId = Annotated[str, typer.Argument(help="Id of the payee.")]


@app.command("list")
def list_(
    status: Annotated[str, typer.Option(help="pending, ready or on_hold.")] = "",
    as_json: Json = False,
) -> None:
    """List current payees."""
    with reading():
        payees = list_payees(status=status or None, limit=500)
    if as_json:
        put_json(plain(payees))
        return
    put_table(
        ("payee", "status", "legal name", "vendor number", "currency"),
        [(p.public_id, p.status, p.legal_name, p.erp_vendor_number, p.currency) for p in payees],
    )


@app.command("enter")
def enter(
    partner_id: Annotated[str, typer.Argument(help="Id of the partner, org_….")],
    legal_name: Annotated[str, typer.Option(help="Who is paid.", show_default=False)],
    vendor_number: Annotated[str, typer.Option(help="The ERP's number.", show_default=False)],
    currency: Annotated[str, typer.Option(help="Such as EUR.", show_default=False)],
    email: As,
    country: Annotated[str, typer.Option(help="Of the payee.")] = "",
    route: Annotated[
        str, typer.Option(help="How it is paid: erp_bill or bank_file.")
    ] = "erp_bill",
    tax_is_cost: Annotated[
        bool, typer.Option("--tax-is-cost", help="The payee can't recover tax.")
    ] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Enter or replace the payee of a partner in a currency; somebody else checks it."""
    with writing(email, dry_run=dry_run) as acting:
        payee = enter_payee(
            partner_id=get_partner(partner_id=partner_id).pk,
            legal_name=legal_name,
            erp_vendor_number=vendor_number,
            currency=currency,
            country=country,
            route=route,
            tax_recoverable=not tax_is_cost,
            by=acting.by,
            at=acting.at,
        )
    if as_json:
        put_json(plain(payee))
    say(f"{payee.public_id}: {payee.legal_name}, {payee.status}.")


@app.command("check")
def check(payee_id: PayeeId, email: As, dry_run: DryRun = False) -> None:
    """Make a payee ready that somebody else entered; also ends a hold."""
    with writing(email, dry_run=dry_run) as acting:
        payee = check_payee(payee_id=payee_id, by=acting.by, at=acting.at)
    say(f"{payee.public_id}: {payee.legal_name}, {payee.status}.")


@app.command("hold")
def hold(payee_id: PayeeId, email: As, reason: Reason, dry_run: DryRun = False) -> None:
    """Keep a payee from being paid until somebody checks it again."""
    with writing(email, dry_run=dry_run) as acting:
        payee = hold_payee(payee_id=payee_id, by=acting.by, at=acting.at, reason=reason)
    say(f"{payee.public_id}: {payee.legal_name}, {payee.status}.")
