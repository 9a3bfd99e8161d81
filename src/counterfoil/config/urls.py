"""Every address of the product: one include per door."""

from django.urls import include, path

from counterfoil.interfaces.web import errors, health

urlpatterns = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/mfa/", include("allauth.mfa.urls")),
    path("", include("counterfoil.interfaces.web.urls")),
    path("console/", include("counterfoil.interfaces.console.urls")),
    path("portal/", include("counterfoil.interfaces.portal.urls")),
]

handler400 = errors.bad_request
handler403 = errors.not_allowed
handler404 = errors.not_found
handler500 = errors.failed
