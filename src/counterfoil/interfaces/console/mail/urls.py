"""Addresses of the mailbox."""

from django.urls import path

from counterfoil.interfaces.console.mail import views

urlpatterns = [
    path("", views.mailbox, name="mailbox"),
    path("<str:mail_id>", views.mail, name="mail"),
]
