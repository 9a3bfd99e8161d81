"""The pure core: values in, values out. No Django, clock, disk, network or randomness."""
