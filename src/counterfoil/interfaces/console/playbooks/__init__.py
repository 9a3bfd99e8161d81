"""Playbooks: read, write with live errors, publish."""
