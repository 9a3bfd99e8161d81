"""The commands: one module per subject, gathered here."""

import typer

from counterfoil.interfaces.cli import (
    adjustments,
    api_keys,
    audit,
    bank,
    bank_details,
    batches,
    bills,
    commissions,
    database,
    doctor,
    engagements,
    funds,
    imports,
    inquiries,
    ledger,
    months,
    partners,
    payees,
    people,
    plans,
    playbooks,
    programs,
    replay,
    serve,
    setup_keys,
    statements,
    submissions,
)
from counterfoil.interfaces.cli.gen import command as gen
from counterfoil.interfaces.cli.output import Refused, say_error
from counterfoil.interfaces.cli.tour import command as tour

app = typer.Typer(
    name="counterfoil",
    help="The back office of partner programs.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(database.app, name="db")
app.add_typer(setup_keys.app, name="keys")
app.add_typer(people.app, name="people")
app.add_typer(api_keys.app, name="api-keys")
app.add_typer(partners.app, name="partners")
app.add_typer(programs.app, name="programs")
app.add_typer(funds.app, name="funds")
app.add_typer(ledger.app, name="ledger")
app.add_typer(months.app, name="months")
app.add_typer(playbooks.app, name="playbooks")
app.add_typer(imports.mappings, name="mappings")
app.add_typer(imports.app, name="imports")
app.add_typer(submissions.app, name="submissions")
app.add_typer(inquiries.app, name="inquiries")
app.add_typer(plans.app, name="plans")
app.add_typer(commissions.app, name="commissions")
app.add_typer(adjustments.app, name="adjustments")
app.add_typer(statements.app, name="statements")
app.add_typer(payees.app, name="payees")
app.add_typer(bank_details.app, name="bank-details")
app.add_typer(bills.app, name="bills")
app.add_typer(batches.app, name="batches")
app.add_typer(bank.app, name="bank")
app.add_typer(audit.app, name="audit")
app.add_typer(engagements.app, name="engagements")
app.add_typer(tour.app, name="tour")
app.command("serve")(serve.serve)
app.command("demo")(serve.demo)
app.command("worker")(serve.worker)
app.command("doctor")(doctor.doctor)
app.command("verify")(audit.verify)
app.command("replay")(replay.replay)
app.command("gen")(gen.gen)


def run() -> int:
    """This will run the command line; exit 0 done, 1 refused, 2 misuse."""
    try:
        app(standalone_mode=True)
    except Refused as refused:
        say_error(str(refused))
        return 1
    return 0
