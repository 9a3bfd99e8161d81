"""The journeys: one file each, steps in reading order; no rule of their own."""
