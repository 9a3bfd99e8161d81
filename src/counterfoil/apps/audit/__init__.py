"""Append-only events, the Merkle log over them, signed checkpoints and audit packs."""
