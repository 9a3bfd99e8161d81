"""Address of the console's first page."""

from django.urls import path

from counterfoil.interfaces.console.home import views

urlpatterns = [path("", views.home, name="home")]
