"""Dry-run audits: an auditor's engagement over decisions, with no effect on any of them."""
