"""Versioned playbooks, drafts and publication."""
