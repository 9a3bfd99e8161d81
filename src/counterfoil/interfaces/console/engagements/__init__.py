"""Dry-run audits: engagements over decisions, from scope to report; nothing decided is touched."""
