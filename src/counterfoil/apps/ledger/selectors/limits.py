"""How much a reader may ask for at once."""

PAGE_MAX = 500
"""The largest page that a reader may ask for."""
