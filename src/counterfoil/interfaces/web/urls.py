"""Addresses that both doors share."""

from django.urls import path

from counterfoil.interfaces.web import home

app_name = "web"
urlpatterns = [
    path("", home.home, name="home"),
]
