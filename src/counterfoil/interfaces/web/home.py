"""Where a signed-in person begins."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect

from counterfoil.interfaces.web.requests import AskedRequest


def home(request: AskedRequest) -> HttpResponse:
    """This will send staff to the console, partners to the portal, others to log-in."""
    if request.me is None and request.user.is_authenticated:
        return redirect("web:no_seat")
    if request.me is None:
        return redirect("web:demo" if settings.DEMO else "account_login")
    return redirect("portal:home" if request.me.is_partner else "console:home")
