"""Reference pages that are written from the code, so that they can't differ from it."""
