"""The Django app of this room."""

from django.apps import AppConfig


class ServiceLevelsRoom(AppConfig):
    name = "counterfoil.apps.service_levels"
    label = "service_levels"
