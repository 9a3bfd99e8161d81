"""One child process and its pipes, with deadlines on every byte."""

import contextlib
import dataclasses
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import counterfoil
from counterfoil.adapters.reader_sandbox import frames
from counterfoil.adapters.reader_sandbox.limits import Limits

_START_SECONDS = 60
_PIECE = 1 << 16


class ChildGone(Exception):
    """The child ended, or answered what is no answer."""


class ChildTooSlow(Exception):
    """The child did not answer in time."""


class Child:
    """A reader process: starts with the object, dies with `close` or `kill`."""

    def __init__(self, limits: Limits) -> None:
        """This will start the process and wait until its limits are in force.

        Raises ChildGone, ChildTooSlow.
        """
        source = str(Path(counterfoil.__file__).parents[1])
        self._answer_max = limits.answer_bytes_max
        self.is_last = False
        # A fresh environment: no database, no proxy and no secret is inherited.
        self._process = subprocess.Popen(
            [sys.executable, "-s", "-B", "-m", "counterfoil.adapters.reader_sandbox.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={
                "PYTHONPATH": source,
                "PATH": os.environ.get("PATH", os.defpath),
                "LC_ALL": "C.UTF-8",
                "OMP_THREAD_LIMIT": "1",
            },
            cwd="/",
            start_new_session=True,
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise ChildGone("no pipes")
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        os.set_blocking(self._stdin.fileno(), False)
        os.set_blocking(self._stdout.fileno(), False)
        self._received = bytearray()
        try:
            configuration = frames.packed({"limits": dataclasses.asdict(limits)})
            header, _ = self._talk(configuration, _START_SECONDS)
            self.reader = str(header["ready"])[:120]
        except BaseException:
            self.kill()
            raise

    def exchange(
        self, question: dict[str, Any], data: bytes, seconds: float
    ) -> tuple[dict[str, Any], list[bytes]]:
        """This will send one file and return the answer with its pictures.

        Raises ChildGone, ChildTooSlow; the child must then be killed.
        """
        header, pictures = self._talk(frames.packed(question) + data, seconds)
        self.is_last = bool(header.get("last"))
        return header, pictures

    def close(self) -> None:
        """This will end the child: it stops by itself when its input ends."""
        with contextlib.suppress(OSError):
            self._stdin.close()
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self.kill()
        self._stdout.close()

    def kill(self) -> None:
        """This will end the child and whatever it started, at once."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for stream in (self._stdin, self._stdout):
            with contextlib.suppress(OSError):
                stream.close()

    def _talk(self, message: bytes, seconds: float) -> tuple[dict[str, Any], list[bytes]]:
        """Send a message while listening, and return the answer."""
        deadline = time.monotonic() + seconds
        self._received.clear()
        unsent = memoryview(message)
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._stdout, selectors.EVENT_READ)
            waiting.register(self._stdin, selectors.EVENT_WRITE)
            while True:
                complete = self._complete()
                if complete is not None:
                    return complete
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    raise ChildTooSlow
                for key, _ in waiting.select(remaining):
                    if key.fileobj is self._stdout:
                        self._receive()
                        continue
                    unsent = self._send(unsent)
                    if not unsent:
                        waiting.unregister(self._stdin)

    def _send(self, unsent: memoryview) -> memoryview:
        """Send what the pipe takes and return the rest. Raises ChildGone."""
        try:
            return unsent[os.write(self._stdin.fileno(), unsent[:_PIECE]) :]
        except BlockingIOError:
            return unsent
        except OSError as error:
            raise ChildGone("the child stopped listening") from error

    def _receive(self) -> None:
        """Take what the pipe holds. Raises ChildGone at its end or beyond the answer's limit."""
        piece = os.read(self._stdout.fileno(), _PIECE)
        if not piece:
            raise ChildGone("the child ended")
        self._received += piece
        if len(self._received) > self._answer_max:
            raise ChildGone("the answer is too long")

    def _complete(self) -> tuple[dict[str, Any], list[bytes]] | None:
        """Return the answer once all of it is here. Raises ChildGone for what is none."""
        start = frames.LENGTH_BYTES
        if len(self._received) < start:
            return None
        end = start + frames.length_of(bytes(self._received[:start]))
        if end > self._answer_max:
            raise ChildGone("the answer is too long")
        if len(self._received) < end:
            return None
        try:
            header = json.loads(self._received[start:end])
            sizes = [int(size) for size in header["preview_sizes"]]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ChildGone("the answer makes no sense") from error
        if any(size < 0 for size in sizes) or end + sum(sizes) > self._answer_max:
            raise ChildGone("the answer is too long")
        if len(self._received) < end + sum(sizes):
            return None
        pictures = []
        for size in sizes:
            pictures.append(bytes(self._received[end : end + size]))
            end += size
        return header, pictures
