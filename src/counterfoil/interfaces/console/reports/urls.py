"""Addresses of reports."""

from django.urls import path

from counterfoil.interfaces.console.reports import views

urlpatterns = [path("", views.reports, name="reports")]
