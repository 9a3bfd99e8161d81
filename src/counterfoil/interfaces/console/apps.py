"""The console door as a Django app, for its templates."""

from django.apps import AppConfig


class ConsoleDoor(AppConfig):
    name = "counterfoil.interfaces.console"
    label = "console"
