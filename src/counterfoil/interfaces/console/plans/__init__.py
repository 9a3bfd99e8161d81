"""Commission plans: read, compare, write with live errors, publish, take into use."""
