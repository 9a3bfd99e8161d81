"""The Django app of this room."""

from django.apps import AppConfig


class ProgramsRoom(AppConfig):
    name = "counterfoil.apps.programs"
    label = "programs"
