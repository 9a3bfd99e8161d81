"""The Django app of this room."""

from django.apps import AppConfig


class PlaybooksRoom(AppConfig):
    name = "counterfoil.apps.playbooks"
    label = "playbooks"
