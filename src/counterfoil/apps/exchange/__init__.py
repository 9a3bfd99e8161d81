"""Imports: saved mappings, runs, row problems, source keys and their provenance."""
