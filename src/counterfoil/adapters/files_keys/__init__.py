"""Keys as files in the keys folder: the audit log's signing key, the key of bank details."""

from counterfoil.adapters.files_keys.box import FileSecretBox
from counterfoil.adapters.files_keys.signing import FileSigningKey

__all__ = ["FileSecretBox", "FileSigningKey"]
