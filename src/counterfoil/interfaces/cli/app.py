"""The commands: one module per subject, gathered here."""

import typer

from counterfoil.interfaces.cli import database, doctor, serve, setup_keys
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
app.add_typer(tour.app, name="tour")
app.command("serve")(serve.serve)
app.command("demo")(serve.demo)
app.command("worker")(serve.worker)
app.command("doctor")(doctor.doctor)


def run() -> int:
    """This will run the command line; exit 0 done, 1 refused, 2 misuse."""
    try:
        app(standalone_mode=True)
    except Refused as refused:
        say_error(str(refused))
        return 1
    return 0
