"""`counterfoil serve`, `demo` and `worker`: the processes of one machine."""

import os
import sys
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Annotated

import typer
from django.conf import settings

from counterfoil.core.actors import system_actor
from counterfoil.flows.pay import compare_outside
from counterfoil.foundation import embedded
from counterfoil.foundation.acting import acting_as
from counterfoil.foundation.acting import worker as principal_of_worker
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.cli.boot import running_database
from counterfoil.interfaces.cli.output import Refused, say
from counterfoil.interfaces.cli.ports import refuse_taken_port
from counterfoil.interfaces.cli.supervising import supervise

Port = Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)]
Host = Annotated[str, typer.Option(help="Address to listen on.")]
_ENTRY = [sys.executable, "-m", "counterfoil.config.entry"]
_WORKER = [sys.executable, "-m", "counterfoil.config.run_worker"]
_REQUEST_SECONDS = 10
"""How long a request may take to finish after a stop signal."""


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    threads: Annotated[int, typer.Option(help="Requests served at once.", min=1, max=64)] = 4,
) -> None:
    """Run the web server and the worker until Ctrl-C."""
    _refuse_public_key()
    refuse_taken_port(host, port)
    with running_database():
        _supervise(host, port, threads)


def demo(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    partners: Annotated[int, typer.Option(help="How many partners to make up.", min=5)] = 200,
) -> None:
    """Run the product with demo data on the embedded PostgreSQL, and print who you can be."""
    if not settings.DEMO:
        home = os.environ.get("COUNTERFOIL_HOME") or str(Path.cwd() / "var" / "demo")
        environment = {
            **os.environ,
            "COUNTERFOIL_DEMO": "1",
            "COUNTERFOIL_HOME": home,
            "PUBLIC_URL": f"http://{host}:{port}",
        }
        os.execve(sys.executable, [*_ENTRY, *sys.argv[1:]], environment)  # noqa: S606  ourselves
    if settings.EMBEDDED is None:
        raise Refused("The demo uses the embedded PostgreSQL only: unset DATABASE_URL.")
    from counterfoil.interfaces.cli.demo_data import ensure_demo_data, print_personas

    refuse_taken_port(host, port)
    with running_database():
        ensure_demo_data(partners=partners)
        print_personas(f"http://{host}:{port}")
        _supervise(host, port, threads=4)


def worker() -> None:
    """Run background jobs: screening, mail, clocks, the audit log's sequence."""
    _refuse_public_key()
    # Doors do not know each other: the worker is a program of its own.
    os.execv(sys.executable, _WORKER)  # noqa: S606  ourselves


def _refuse_public_key() -> None:
    if settings.SECRET_KEY == settings.DEMO_SECRET_KEY and not settings.DEMO:
        raise Refused(
            "The secret key is the demo's, which everybody knows.",
            "Run `counterfoil keys init`, or set SECRET_KEY to 50 random characters.",
        )


def _compare_payouts() -> None:
    """Lock payouts when the folder for the bank is ahead of the database (trust.md 4, I10)."""
    with acting_as(principal_of_worker()):
        found = compare_outside(
            folder=adapter("bank_folder"),
            checkpoints=adapter("checkpoint_store"),
            by=system_actor("payouts"),
            at=datetime.now(UTC),
        )
    for each in found:
        say(f"Payouts are locked: {each}")


def _supervise(host: str, port: int, threads: int) -> None:
    _compare_payouts()
    commands = {
        "web": [
            sys.executable, "-m", "granian", "counterfoil.config.supervised:application",
            "--interface", "wsgi", "--host", host, "--port", str(port), "--workers", "1",
            "--blocking-threads", str(threads), "--no-ws", "--log-level", "warning",
            "--workers-kill-timeout", str(_REQUEST_SECONDS),
        ],
        "worker": _WORKER,
    }  # fmt: skip
    supervise(
        commands,
        environment={**os.environ, "COUNTERFOIL_POOL": "1"},
        ready=f"Counterfoil is at http://{host}:{port}  (Ctrl-C stops it)",
        is_ready=partial(_answers, host, port),
        upkeep=_keep_database,
    )


def _answers(host: str, port: int) -> bool:
    """Tell whether the web server serves; a host that it refuses is an answer as well."""
    place = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  where it listens
    connection = HTTPConnection(place, port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status < HTTPStatus.INTERNAL_SERVER_ERROR
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _keep_database() -> None:
    server = settings.EMBEDDED
    if server is not None and not embedded.is_alive(server):
        say("The database server ended; starting it again.")
        embedded.revive(server)
