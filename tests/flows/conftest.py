"""Fixtures that several modules of this folder share."""

from tests.audit_stock import as_staff, audit, built_audit, own_audit

__all__ = ["as_staff", "audit", "built_audit", "own_audit"]
