"""Addresses of reports."""

from django.urls import path

from counterfoil.interfaces.console.reports import influence, views

urlpatterns = [
    path("", views.reports, name="reports"),
    path("influence", influence.influence, name="reports_influence"),
    path("influence/file", influence.influence_file, name="reports_influence_file"),
]
