"""Every address of the product: one include per door."""

from django.urls import include, path, re_path

from counterfoil.interfaces.web import errors, health

urlpatterns = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("accounts/email/", errors.closed, name="no_mail_addresses"),
    re_path(r"^accounts/confirm-email/", errors.closed, name="no_mail_confirmation"),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/mfa/", include("allauth.mfa.urls")),
    path("", include("counterfoil.interfaces.web.urls")),
    path("console/", include("counterfoil.interfaces.console.urls")),
    path("api/", include("counterfoil.interfaces.api.urls")),
    path("portal/", include("counterfoil.interfaces.portal.urls")),
]

handler400 = errors.bad_request
handler403 = errors.not_allowed
handler404 = errors.not_found
handler429 = errors.too_many  # allauth looks for it here
handler500 = errors.failed
