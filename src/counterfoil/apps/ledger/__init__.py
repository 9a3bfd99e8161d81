"""Accounts and the balanced, append-only journal; every figure on a screen is a sum of it."""
