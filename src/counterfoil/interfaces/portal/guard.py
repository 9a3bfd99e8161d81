"""Who may open a page of the portal; what is absent or another partner's is 404, never 403."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from counterfoil.apps.access.errors import UnknownPerson
from counterfoil.apps.earnings.errors import UnknownQuestion, UnknownStatement
from counterfoil.apps.partners.errors import UnknownMembership, UnknownPartner
from counterfoil.apps.programs.errors import UnknownFund
from counterfoil.apps.submissions.errors import UnknownSubmission
from counterfoil.core.authority import AUTHORITY, NotAllowed
from counterfoil.interfaces.web.requests import AskedRequest, KnownRequest

View = Callable[..., HttpResponseBase]
ABSENT = (
    UnknownFund,
    UnknownMembership,
    UnknownPartner,
    UnknownPerson,
    UnknownQuestion,
    UnknownStatement,
    UnknownSubmission,
)


def for_partners(action: str) -> Callable[[View], Callable[..., HttpResponseBase]]:
    """This will open a view to partner people whose role may do `action`.

    Who is not signed in goes to log-in; the vendor's people and partner people without the role
    find nothing here (404).
    """
    roles = AUTHORITY[action][0]

    def wrap(view: View) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: AskedRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.me is None:
                if request.user.is_authenticated:
                    return redirect("web:no_seat")
                return redirect_to_login(request.get_full_path())
            if not request.me.is_partner or not set(request.me.roles) & set(roles):
                raise Http404
            try:
                return view(request, *args, **kwargs)
            except ABSENT as error:
                raise Http404(str(error)) from error
            except NotAllowed as error:
                raise PermissionDenied(_("Your role does not cover this.")) from error

        return guarded

    return wrap


def language_of(request: AskedRequest | KnownRequest) -> str:
    """This will return the person's language as playbooks name it: `en`, `de`."""
    return str(request.LANGUAGE_CODE).split("-")[0]
