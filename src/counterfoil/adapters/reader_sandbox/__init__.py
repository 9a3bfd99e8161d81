"""Reading strangers' files in a limited child process: evidence, and what banks answer."""

from counterfoil.adapters.reader_sandbox.bank import SandboxBankReader
from counterfoil.adapters.reader_sandbox.limits import Limits
from counterfoil.adapters.reader_sandbox.reader import SandboxReader

__all__ = ["Limits", "SandboxBankReader", "SandboxReader"]
