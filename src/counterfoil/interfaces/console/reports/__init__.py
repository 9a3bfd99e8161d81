"""Headline figures and stored reports."""
