"""Imports: mappings, staged files with their problems, runs."""
