"""`counterfoil serve`, `demo` and `worker`: the processes of one machine."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from django.conf import settings

from counterfoil.interfaces.cli.boot import running_database
from counterfoil.interfaces.cli.output import Refused, say

Port = Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)]
Host = Annotated[str, typer.Option(help="Address to listen on.")]
_ENTRY = [sys.executable, "-m", "counterfoil.config.entry"]
_WORKER = [sys.executable, "-m", "counterfoil.config.run_worker"]
_RESTARTS_MAX = 5


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    threads: Annotated[int, typer.Option(help="Requests served at once.", min=1, max=64)] = 4,
) -> None:
    """Run the web server and the worker until Ctrl-C."""
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

    with running_database():
        ensure_demo_data(partners=partners)
        print_personas(f"http://{host}:{port}")
        _supervise(host, port, threads=4)


def worker() -> None:
    """Run background jobs: screening, mail, clocks, the audit log's sequence."""
    # Doors do not know each other: the worker is a program of its own.
    os.execv(sys.executable, _WORKER)  # noqa: S606  ourselves


def _supervise(host: str, port: int, threads: int) -> None:
    """Keep web server and worker running; stop both cleanly on a signal."""
    _refuse_taken_port(host, port)
    stopping = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    commands = {
        "web": [
            sys.executable, "-m", "granian", "counterfoil.config.wsgi:application",
            "--interface", "wsgi", "--host", host, "--port", str(port), "--workers", "1",
            "--blocking-threads", str(threads), "--no-ws", "--log-level", "warning",
        ],
        "worker": _WORKER,
    }  # fmt: skip
    environment = {**os.environ, "COUNTERFOIL_POOL": "1"}
    running = {name: _start(command, environment) for name, command in commands.items()}
    say(f"Counterfoil is at http://{host}:{port}  (Ctrl-C stops it)")
    restarts = 0
    try:
        while not stopping:
            time.sleep(0.3)
            for name, process in running.items():
                if process.poll() is None or stopping:
                    continue
                restarts += 1
                if restarts > _RESTARTS_MAX:
                    raise Refused(f"The {name} process ends at once (exit {process.returncode}).")
                say(f"The {name} process ended (exit {process.returncode}); starting it again.")
                time.sleep(restarts)
                running[name] = _start(commands[name], environment)
    finally:
        _stop(list(running.values()))


def _start(command: list[str], environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    # A session of its own: Ctrl-C reaches us only, and we stop them in order. When we are killed
    # ourselves, the kernel ends them, so that the port is free for the next start.
    return subprocess.Popen(  # noqa: S603  our own commands
        command,
        env=environment,
        start_new_session=True,
        preexec_fn=_end_with_parent if sys.platform == "linux" else None,
    )


def _end_with_parent() -> None:
    """Ask Linux to send SIGTERM to this process when its parent dies (prctl(2))."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


def _stop(processes: list["subprocess.Popen[bytes]"]) -> None:
    for process in processes:
        if process.poll() is None:
            process.terminate()
    for process in processes:
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _refuse_taken_port(host: str, port: int) -> None:
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Refused(
                f"Port {port} on {host} can't be used ({error.strerror}). "
                f"Choose another one: --port {port + 1}"
            ) from error
