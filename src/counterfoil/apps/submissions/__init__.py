"""Submissions: details, lines, evidence, screening results, decisions, messages, notes."""
