"""Keeping processes running beside each other until a signal, and ending them in order."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import FrameType

from counterfoil.foundation.processes import ending_with_us
from counterfoil.interfaces.cli.output import Refused, say

_RESTARTS_MAX = 5
_STEADY_SECONDS = 60
_STOP_SECONDS = 15
_READY_SECONDS = 30


class _Child:
    """One of the processes: started again when it ends by itself."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.name = name
        self._command = command
        self._environment = environment
        self._restarts = 0
        self._start()

    def _start(self) -> None:
        self._born = time.monotonic()
        # A session of its own: Ctrl-C reaches us only, and we stop them in order. When we are
        # killed ourselves, the kernel ends them, so that the port is free for the next start.
        self._process = subprocess.Popen(  # noqa: S603  our own commands
            self._command,
            env=self._environment,
            start_new_session=True,
            preexec_fn=ending_with_us(),
        )

    def look_after(self) -> None:
        """This will start the process again when it ended; Refused when it ends at once."""
        if self._process.poll() is None:
            return
        self.end_group()
        is_steady = time.monotonic() - self._born > _STEADY_SECONDS
        self._restarts = 1 if is_steady else self._restarts + 1
        status = self._process.returncode
        if self._restarts > _RESTARTS_MAX:
            raise Refused(f"The {self.name} process ends at once (exit {status}).")
        say(f"The {self.name} process ended (exit {status}); starting it again.")
        time.sleep(self._restarts)
        self._start()

    def ask_to_end(self) -> None:
        """This will send SIGTERM to a process that still runs."""
        if self._process.poll() is None:
            self._process.terminate()

    def wait_for_end(self) -> None:
        """This will return when the process and its children are gone, killing what lingers."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=_STOP_SECONDS)
        self.end_group()
        self._process.wait()

    def end_group(self) -> None:
        """This will kill what is left of the process and its children."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)


def supervise(
    commands: Mapping[str, Sequence[str]],
    *,
    environment: Mapping[str, str],
    ready: str,
    is_ready: Callable[[], bool],
    upkeep: Callable[[], None],
) -> None:
    """This will run the commands until SIGINT or SIGTERM, calling `upkeep` several times a second.

    `ready` is said once `is_ready` answers so; when that takes long, that it takes long.
    Raises Refused when one of them ends at once again and again.
    """
    is_stopping = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal is_stopping
        is_stopping = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    children = [_Child(name, command, environment) for name, command in commands.items()]
    begun, has_said, has_warned = time.monotonic(), False, False
    try:
        while not is_stopping:
            time.sleep(0.3)
            if is_stopping:
                break
            upkeep()
            for child in children:
                child.look_after()
            if not has_said and is_ready():
                has_said = True
                say(ready)
            if not (has_said or has_warned) and time.monotonic() - begun > _READY_SECONDS:
                has_warned = True
                say("The web server does not answer yet; what it says above tells why.")
    finally:
        for child in children:
            child.ask_to_end()
        for child in children:
            child.wait_for_end()
