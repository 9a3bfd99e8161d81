"""Signed checkpoints in a folder: one file for each size, never overwritten, never removed."""

from counterfoil.adapters.files_checkpoints.folder import CheckpointFolder

__all__ = ["CheckpointFolder"]
