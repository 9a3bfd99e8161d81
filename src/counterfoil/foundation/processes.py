"""Child processes that do not outlive who started them."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def end_with_parent(*, parent: int, number: signal.Signals = signal.SIGTERM) -> None:
    """This will have Linux send `number` to this process when `parent` dies (prctl(2)).

    A process whose parent is gone already ends at once. Children do not inherit the request: each
    process asks for itself. Elsewhere than on Linux nothing happens.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        os._exit(1)


def ending_with_us() -> Callable[[], None]:
    """This will return what a new child of this process calls first, to end when we die."""
    parent = os.getpid()
    return lambda: end_with_parent(parent=parent)
