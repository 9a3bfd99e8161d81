"""Addresses of bank details and papers."""

from django.urls import path

from counterfoil.interfaces.console.bank_details import acts, pages

urlpatterns = [
    path("bank-details/", pages.changes, name="bank_changes"),
    path("bank-details/of/<str:partner_id>", pages.partner, name="bank_details_of"),
    path("bank-details/of/<str:partner_id>/new", acts.propose, name="bank_propose"),
    path("bank-details/of/<str:partner_id>/paper", acts.paper, name="paper_new"),
    path("bank-details/of/<str:partner_id>/papers/<str:paper_id>", acts.check_paper,
         name="paper_check"),
    path("bank-details/<str:detail_id>", pages.detail, name="bank_detail"),
    path("bank-details/<str:detail_id>/call-back", acts.call_back, name="bank_call_back"),
    path("bank-details/<str:detail_id>/approve", acts.approve, name="bank_approve"),
    path("bank-details/<str:detail_id>/refuse", acts.refuse, name="bank_refuse"),
    path("bank-details/<str:detail_id>/reveal", acts.reveal, name="bank_reveal"),
]  # fmt: skip
