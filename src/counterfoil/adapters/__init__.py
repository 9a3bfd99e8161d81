"""Adapters: one folder per outside system, each implements a port of a room."""
