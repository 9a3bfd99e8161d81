"""The portal door as a Django app, for its templates."""

from django.apps import AppConfig


class PortalDoor(AppConfig):
    name = "counterfoil.interfaces.portal"
    label = "portal"
