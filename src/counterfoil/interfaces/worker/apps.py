"""The worker door as a Django app, so that its tasks are found."""

from django.apps import AppConfig


class WorkerDoor(AppConfig):
    name = "counterfoil.interfaces.worker"
    label = "worker"
