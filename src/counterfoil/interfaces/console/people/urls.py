"""Addresses of people and their roles."""

from django.urls import path

from counterfoil.interfaces.console.people import acts, views

urlpatterns = [
    path("", views.people, name="people"),
    path("invite", acts.invite, name="person_invite"),
    path("invitations/<str:invitation_id>/withdraw", acts.withdraw, name="person_withdraw"),
    path("<str:person_id>", views.person, name="person"),
    path("<str:person_id>/grant", acts.grant, name="role_grant"),
    path("<str:person_id>/end", acts.end, name="role_end"),
    path("<str:person_id>/remove", acts.remove, name="person_remove"),
]
