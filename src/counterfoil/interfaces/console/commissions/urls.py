"""Addresses of commission runs."""

from django.urls import path

from counterfoil.interfaces.console.commissions import acts, pages

urlpatterns = [
    path("", pages.runs, name="commissions"),
    path("<str:run_id>", pages.run, name="commission_run"),
    path("<str:run_id>/partners/<str:partner_id>", pages.lines, name="commission_lines"),
    path("<str:run_id>/lines/<str:line>", pages.explanation, name="commission_line"),
    path("<str:run_id>/approve", acts.approve, name="commission_approve"),
    path("<str:run_id>/post", acts.post, name="commission_post"),
]
