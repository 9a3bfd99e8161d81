"""Payment files in a folder that the bank's software fetches them from."""

from counterfoil.adapters.bank_folder.folder import OutboxFolder

__all__ = ["OutboxFolder"]
