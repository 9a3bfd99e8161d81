"""The Django app of this room."""

from django.apps import AppConfig


class ExchangeRoom(AppConfig):
    name = "counterfoil.apps.exchange"
    label = "exchange"
