"""Writes of partners, one module an act."""

from counterfoil.apps.partners.services.imports import ImportedPartners, import_partners

__all__ = ["ImportedPartners", "import_partners"]
