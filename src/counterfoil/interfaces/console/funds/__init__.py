"""Funds, what partners earned in them, and the ledger behind every figure."""
