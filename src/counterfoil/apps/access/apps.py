"""The Django app of this room."""

from django.apps import AppConfig


class AccessRoom(AppConfig):
    name = "counterfoil.apps.access"
    label = "access"
