"""Addresses of the audit log."""

from django.urls import path

from counterfoil.interfaces.console.audit import decisions, populations, verification, views

urlpatterns = [
    path("", views.audit, name="audit"),
    path("events/<str:event_id>", views.event, name="event"),
    path("verify", verification.verify, name="audit_verify"),
    path("population", populations.population_page, name="audit_population"),
    path("export", populations.export, name="audit_export"),
    path("decisions/<str:decision_id>", decisions.decision, name="decision"),
    path("decisions/<str:decision_id>/replay", decisions.replay, name="decision_replay"),
]
