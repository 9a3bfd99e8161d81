"""Evidence on a local disk, by content hash: `LocalFiles`."""

from counterfoil.adapters.files_local.store import ContentDiffers, LocalFiles

__all__ = ["ContentDiffers", "LocalFiles"]
