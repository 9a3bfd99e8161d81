"""What mail went out."""
