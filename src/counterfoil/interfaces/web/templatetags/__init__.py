"""Template tags of the shared stock."""
