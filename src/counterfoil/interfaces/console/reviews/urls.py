"""Addresses of blind second reviews."""

from django.urls import path

from counterfoil.interfaces.console.reviews import agreement, automation, draws, listing

urlpatterns = [
    path("", listing.reviews, name="reviews"),
    path("agreement", agreement.agreement_page, name="reviews_agreement"),
    path("agreement/pairs", agreement.pairs_file, name="reviews_pairs"),
    path("draws", draws.draws, name="reviews_draws"),
    path("draws/<str:month>", draws.draw_file, name="reviews_draw_file"),
    path("automation", automation.automation, name="reviews_automation"),
    path("automation/<str:code>/restart", automation.restart, name="reviews_restart"),
]
