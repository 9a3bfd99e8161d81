"""Banks' files in a child process of their own: `SandboxBankReader`."""

from collections.abc import Mapping
from typing import Any

from counterfoil.adapters.reader_sandbox.limits import MIB, Limits
from counterfoil.adapters.reader_sandbox.process import Child, ChildGone, ChildTooSlow
from counterfoil.core.bankfiles.plain import NotPlain, from_plain
from counterfoil.core.bankfiles.statements import (
    FILE_BYTES_MAX,
    BankAnswer,
    BankFileRefused,
    Place,
)

_LIMITS = Limits(
    size_max=FILE_BYTES_MAX,
    memory_bytes=2_048 * MIB,
    cpu_seconds=300,
    wall_seconds=600,
    answer_bytes_max=1_024 * MIB,
)


class SandboxBankReader:
    """Reads what banks answer in a child process with limits; implements `BankFileReader`."""

    def __init__(self, limits: Limits | None = None) -> None:
        """This will read within `limits`, the standard ones when none are given."""
        self._limits = limits or _LIMITS

    def read(
        self, content: bytes, *, file: str, mapping: Mapping[str, Any] | None = None
    ) -> BankAnswer:
        """This will read one file in a child of its own.

        A crash, an overrun or nonsense from the child is a refusal, like that of a bad file.
        Raises BankFileRefused.
        """
        if len(content) > self._limits.size_max:
            size = f"the file has {len(content) // MIB} MB"
            hint = f"at most {self._limits.size_max // MIB} MB are read; ask for shorter spans"
            raise BankFileRefused(Place(file, 1, size, hint))
        question = {
            "task": "bank",
            "name": file[:500],
            "size": len(content),
            "mapping": None if mapping is None else dict(mapping),
        }
        try:
            child = Child(self._limits)
        except (ChildGone, ChildTooSlow) as trouble:
            raise _unreadable(file) from trouble
        try:
            header, _ = child.exchange(question, content, self._limits.wall_seconds)
            return _answer(header, file)
        except (ChildGone, ChildTooSlow, NotPlain) as trouble:
            raise _unreadable(file) from trouble
        finally:
            child.kill()


def _answer(header: Mapping[str, Any], file: str) -> BankAnswer:
    """Return the child's answer, checked. Raises BankFileRefused, NotPlain."""
    if "bank" in header:
        return from_plain(header["bank"])
    place = header.get("place")
    if isinstance(place, list) and len(place) == 3 and isinstance(place[0], int):
        message, hint = str(place[1])[:600], str(place[2])[:600]
        raise BankFileRefused(Place(file, place[0], message, hint))
    raise _unreadable(file)


def _unreadable(file: str) -> BankFileRefused:
    return BankFileRefused(
        Place(
            file,
            1,
            "the reader of banks' files gave up on it",
            "the file may be damaged or hostile; ask the bank for it again",
        )
    )
