"""The Django app of this room."""

from django.apps import AppConfig


class LedgerRoom(AppConfig):
    name = "counterfoil.apps.ledger"
    label = "ledger"
