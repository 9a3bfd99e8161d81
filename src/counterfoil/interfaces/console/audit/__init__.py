"""The audit log: search, state, verification, populations, decision records, packs."""
