"""The child process: limits itself, then reads one framed file after the other from stdin.

`python -m counterfoil.adapters.reader_sandbox.child`. It opens no file and no connection, and
writes nothing but its answers.
"""

import ctypes
import os
import resource
import sys
from typing import Any, BinaryIO

from counterfoil.adapters.reader_sandbox import frames
from counterfoil.adapters.reader_sandbox.limits import Limits
from counterfoil.adapters.reader_sandbox.refusals import Refusal

_OPEN_FILES_MAX = 48
# linux/sched.h: a new user namespace and a network namespace of its own, without any interface.
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000


def main() -> int:
    """This will answer files until stdin ends; return the exit status."""
    answers = os.fdopen(os.dup(1), "wb")
    # What a library prints must not mix with the answers.
    os.dup2(2, 1)
    questions = os.fdopen(0, "rb")
    try:
        limits = Limits(**frames.read_header(questions)["limits"])
        restrict(limits)
        return _serve(questions, answers, limits)
    except frames.Closed:
        return 0


def restrict(limits: Limits) -> None:
    """This will take from the process whatever reading a file does not need."""
    _leave_the_network()
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES_MAX, _OPEN_FILES_MAX))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _leave_the_network() -> None:
    """Move to a network namespace without interfaces, where the kernel grants it.

    Where it does not (macOS, hardened containers) the other limits still hold, and nothing here
    opens a connection by itself.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def _grant_cpu(seconds: int) -> None:
    """Allow this many more CPU seconds; the kernel ends the process beyond them."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(usage.ru_utime + usage.ru_stime)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds + 1, hard))


def _serve(questions: BinaryIO, answers: BinaryIO, limits: Limits) -> int:
    """Answer files until stdin ends or the memory was exhausted."""
    from counterfoil.adapters.reader_sandbox import bank_task, inspection  # after the limits

    _write(answers, {"ready": inspection.reader_name()}, [])
    while True:
        question = frames.read_header(questions)
        data = frames.read_exactly(questions, question["size"])
        _grant_cpu(limits.cpu_seconds)
        answer: dict[str, Any]
        previews: list[bytes] = []
        try:
            if question.get("task") == "bank":
                _write(answers, bank_task.read_bank(data, question), [])
                continue
            answer = inspection.inspect_bytes(
                data,
                name=question["name"],
                claimed_type=question["type"],
                previews=question["previews"],
                policy=question["ocr"],
                limits=limits,
            )
            previews = answer.pop("previews", [])
        except Refusal as refusal:
            answer = {"refused": refusal.code, "message": refusal.message}
        except MemoryError:
            answer = {
                "refused": "TOO_COMPLEX",
                "message": "Reading this file needs too much memory; print it to a new PDF with "
                "fewer or smaller pictures and upload that.",
                "last": True,
            }
        except Exception as error:  # whatever a parser throws at hostile bytes is a refusal
            answer = {
                "refused": "READER_FAILED",
                "message": "This file could not be read; save it again, or print it to a new PDF, "
                f"and upload that. ({type(error).__name__})",
            }
        del data
        _write(answers, answer, previews)
        if answer.get("last"):
            return 0


def _write(answers: BinaryIO, answer: dict[str, Any], previews: list[bytes]) -> None:
    """Send one answer and its pictures."""
    answers.write(frames.packed(answer | {"preview_sizes": [len(item) for item in previews]}))
    for item in previews:
        answers.write(item)
    answers.flush()


if __name__ == "__main__":
    sys.exit(main())
