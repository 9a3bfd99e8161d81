"""Counterfoil: the back office of partner programs."""
