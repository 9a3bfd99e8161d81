"""Pages of what banks answer."""
