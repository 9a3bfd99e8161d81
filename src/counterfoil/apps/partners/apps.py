"""The Django app of this room."""

from django.apps import AppConfig


class PartnersRoom(AppConfig):
    name = "counterfoil.apps.partners"
    label = "partners"
