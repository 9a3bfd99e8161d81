"""The WSGI application below `counterfoil serve`: it ends with the server process that forked it.

The supervisor's child asks the kernel to be ended with the supervisor, but its own children do not
inherit that, and one that is left over would hold the port against the next start.
"""

import os
import signal

from counterfoil.config.wsgi import application
from counterfoil.foundation.processes import end_with_parent

end_with_parent(parent=os.getppid(), number=signal.SIGKILL)

__all__ = ["application"]
