"""Addresses of imports."""

from django.urls import path

from counterfoil.interfaces.console.imports import acts, views

urlpatterns = [
    path("", views.imports, name="imports"),
    path("new", acts.stage, name="import_new"),
    path("mappings/<str:code>", views.mapping, name="mapping"),
    path("<str:run_id>", views.run, name="import"),
    path("<str:run_id>/take", acts.take, name="import_take"),
    path("<str:run_id>/take-good", acts.take_good, name="import_take_good"),
    path("<str:run_id>/discard", acts.discard, name="import_discard"),
]
