"""The Django app of this room."""

from django.apps import AppConfig


class PayoutsRoom(AppConfig):
    name = "counterfoil.apps.payouts"
    label = "payouts"
