"""`counterfoil programs`: programs, their tiers, and which partners have a place in them."""

from typing import Annotated

import typer

from counterfoil.apps.programs.selectors import list_programs, list_tiers
from counterfoil.flows.set_up import add_tier, enroll_partner, set_up_program
from counterfoil.interfaces.cli.acting import As, DryRun, Json, read_day, reading, writing
from counterfoil.interfaces.cli.output import Refused, plain, put_json, put_table, say

app = typer.Typer(help="Programs, tiers and enrollment.", no_args_is_help=True)
Program = Annotated[str, typer.Argument(help="Code of the program.")]


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List programs with their tiers."""
    with reading():
        found = [(each, list_tiers(program=each.code)) for each in list_programs()]
    if as_json:
        put_json([{**plain(each), "tiers": plain(tiers)} for each, tiers in found])
        return
    put_table(
        ("program", "name", "currency", "zone", "calendar", "tiers"),
        [
            (p.code, p.name, p.currency, p.zone, p.calendar, ", ".join(t.code for t in tiers))
            for p, tiers in found
        ],
    )


@app.command("set-up")
def set_up(
    program: Program,
    name: Annotated[str, typer.Option(help="As partners read it.", show_default=False)],
    currency: Annotated[str, typer.Option(help="Such as EUR.", show_default=False)],
    legal_entity: Annotated[str, typer.Option(help="Who owes the money.", show_default=False)],
    email: As,
    zone: Annotated[str, typer.Option(help="Time zone, such as Europe/Berlin.")] = "UTC",
    calendar: Annotated[str, typer.Option(help="Country of the working days.")] = "US",
    dry_run: DryRun = False,
) -> None:
    """Set up a program and the working calendar it counts by; twice is once."""
    with writing(email, dry_run=dry_run) as acting:
        try:
            set_up_program(
                code=program,
                name=name,
                currency=currency,
                legal_entity=legal_entity,
                zone=zone,
                calendar=calendar,
                by=acting.by,
                at=acting.at,
            )
        except KeyError as error:
            raise Refused(f"No working calendar is shipped for {error}; try DE or US.") from error
    say(f"Program {program} is there.")


@app.command("add-tier")
def add_tier_(
    program: Program,
    code: Annotated[str, typer.Argument(help="Code of the tier.")],
    email: As,
    rank: Annotated[int, typer.Option(help="1 is the lowest.", min=1, show_default=False)],
    name: Annotated[str, typer.Option(help="As partners read it; empty: the code.")] = "",
    dry_run: DryRun = False,
) -> None:
    """Add a tier to a program; twice is once."""
    with writing(email, dry_run=dry_run) as acting:
        add_tier(
            program=program,
            code=code,
            name=name or code.capitalize(),
            rank=rank,
            by=acting.by,
            at=acting.at,
        )
    say(f"Tier {code} of {program} is there.")


@app.command("enroll")
def enroll(
    program: Program,
    partner_id: Annotated[str, typer.Argument(help="Id of the partner, org_….")],
    email: As,
    since_on: Annotated[str, typer.Option(help="Such as 2026-07-01.", show_default=False)],
    tier: Annotated[str, typer.Option(help="Code of the tier; empty: none.")] = "",
    dry_run: DryRun = False,
) -> None:
    """Give a partner its place in a program; twice is once."""
    with writing(email, dry_run=dry_run) as acting:
        enroll_partner(
            partner_id=partner_id,
            program=program,
            tier=tier,
            since_on=read_day(since_on, "--since-on"),
            by=acting.by,
            at=acting.at,
        )
    say(f"{partner_id} has its place in {program}.")
