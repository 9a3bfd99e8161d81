"""The Django app of this room."""

from django.apps import AppConfig


class EarningsRoom(AppConfig):
    name = "counterfoil.apps.earnings"
    label = "earnings"
