"""The Django app of this room."""

from django.apps import AppConfig


class EngagementsRoom(AppConfig):
    name = "counterfoil.apps.engagements"
    label = "engagements"
