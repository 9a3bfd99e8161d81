"""The Django app that brings the shared templates, static files, tags and message catalogs."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The shared stock of the console and the portal; it owns no table and no route."""

    name = "counterfoil.interfaces.web"
    label = "web"
