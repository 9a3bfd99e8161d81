"""Addresses of API keys."""

from django.urls import path

from counterfoil.interfaces.console.keys import views

urlpatterns = [
    path("", views.keys, name="keys"),
    path("new", views.new, name="key_new"),
    path("<str:key_id>/revoke", views.revoke, name="key_revoke"),
]
