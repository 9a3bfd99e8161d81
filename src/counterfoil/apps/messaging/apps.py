"""The Django app of this room."""

from django.apps import AppConfig


class MessagingRoom(AppConfig):
    name = "counterfoil.apps.messaging"
    label = "messaging"
