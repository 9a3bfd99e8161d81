"""Addresses of commission plans."""

from django.urls import path

from counterfoil.interfaces.console.plans import acts, editor, views

urlpatterns = [
    path("", views.plans, name="plans"),
    path("new", editor.new, name="plan_new"),
    path("check", editor.check, name="plan_check"),
    path("<str:version_id>", views.plan, name="plan"),
    path("<str:version_id>/compare", views.compare, name="plan_compare"),
    path("<str:version_id>/edit", editor.edit, name="plan_edit"),
    path("<str:version_id>/publish", acts.publish, name="plan_publish"),
    path("<str:version_id>/use", acts.use, name="plan_use"),
    path("<str:version_id>/party", acts.party, name="plan_party"),
]
