"""The Django app of this room."""

from django.apps import AppConfig


class SubmissionsRoom(AppConfig):
    name = "counterfoil.apps.submissions"
    label = "submissions"
