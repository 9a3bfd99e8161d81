"""Where the day begins: what waits for this person."""
