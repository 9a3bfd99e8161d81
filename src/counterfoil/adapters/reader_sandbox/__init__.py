"""Reading strangers' files in a limited child process: `SandboxReader`."""

from counterfoil.adapters.reader_sandbox.limits import Limits
from counterfoil.adapters.reader_sandbox.reader import SandboxReader

__all__ = ["Limits", "SandboxReader"]
