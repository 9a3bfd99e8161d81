"""Blind second reviews over all submissions: what waits, how far people agree, the draws."""
