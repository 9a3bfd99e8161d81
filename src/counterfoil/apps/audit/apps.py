"""The Django app of this room."""

from django.apps import AppConfig


class AuditRoom(AppConfig):
    name = "counterfoil.apps.audit"
    label = "audit"
