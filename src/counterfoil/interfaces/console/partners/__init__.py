"""Partners: list, page with everything that belongs to one, changes."""
