"""Addresses of the console: one include per subject."""

from django.urls import include, path

app_name = "console"
_HERE = "counterfoil.interfaces.console"
urlpatterns = [
    path("", include(f"{_HERE}.home.urls")),
    path("", include(f"{_HERE}.submissions.urls")),
    path("", include(f"{_HERE}.funds.urls")),
    path("", include(f"{_HERE}.payables.urls")),
    path("", include(f"{_HERE}.batches.urls")),
    path("", include(f"{_HERE}.bank_details.urls")),
    path("plans/", include(f"{_HERE}.plans.urls")),
    path("commissions/", include(f"{_HERE}.commissions.urls")),
    path("bank/", include(f"{_HERE}.bank.urls")),
    path("partners/", include(f"{_HERE}.partners.urls")),
    path("people/", include(f"{_HERE}.people.urls")),
    path("keys/", include(f"{_HERE}.keys.urls")),
    path("playbooks/", include(f"{_HERE}.playbooks.urls")),
    path("reviews/", include(f"{_HERE}.reviews.urls")),
    path("engagements/", include(f"{_HERE}.engagements.urls")),
    path("audit/", include(f"{_HERE}.audit.urls")),
    path("imports/", include(f"{_HERE}.imports.urls")),
    path("mail/", include(f"{_HERE}.mail.urls")),
    path("reports/", include(f"{_HERE}.reports.urls")),
]
