"""Named points at which a test may kill the process, to show that a crash loses nothing.

Flows call `point` between their steps. It does nothing unless the variable COUNTERFOIL_CRASH_AT
names that very point; then the process dies at once, as by `kill -9`, with no clean-up.
"""

import os
import signal


def point(name: str) -> None:
    """This will return at once, or kill its own process when COUNTERFOIL_CRASH_AT is `name`."""
    if os.environ.get("COUNTERFOIL_CRASH_AT") == name:
        os.kill(os.getpid(), signal.SIGKILL)
