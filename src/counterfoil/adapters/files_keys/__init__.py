"""The signing key of the audit log, as files in the keys folder."""

from counterfoil.adapters.files_keys.signing import FileSigningKey

__all__ = ["FileSigningKey"]
