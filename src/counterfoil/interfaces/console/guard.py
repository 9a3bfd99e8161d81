"""Who may open a page of the console, and what an absent object or a refusal turns into."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from counterfoil.apps.access.errors import UnknownKey, UnknownPerson
from counterfoil.apps.audit.errors import UnknownEvent
from counterfoil.apps.earnings.errors import UnknownAdjustment, UnknownPlan, UnknownQuestion
from counterfoil.apps.earnings.errors import UnknownRun as UnknownCommissionRun
from counterfoil.apps.earnings.errors import UnknownStatement as UnknownCommissionStatement
from counterfoil.apps.engagements.errors import UnknownEngagement
from counterfoil.apps.exchange.errors import UnknownMapping, UnknownRun
from counterfoil.apps.ledger.errors import UnknownEntry
from counterfoil.apps.partners.errors import UnknownContact, UnknownMembership, UnknownPartner
from counterfoil.apps.payouts.errors import (
    UnknownBankDetail,
    UnknownBankLine,
    UnknownBatch,
    UnknownDocument,
    UnknownPayee,
    UnknownStatement,
)
from counterfoil.apps.playbooks.errors import UnknownPlaybook
from counterfoil.apps.programs.errors import UnknownFund
from counterfoil.apps.submissions.errors import UnknownSubmission
from counterfoil.core.actors import Actor
from counterfoil.core.authority import AUTHORITY, NotAllowed
from counterfoil.interfaces.web.navigation import ROLE_WORDS
from counterfoil.interfaces.web.requests import AskedRequest

View = Callable[..., HttpResponseBase]
ABSENT = (
    UnknownAdjustment,
    UnknownBankDetail,
    UnknownBankLine,
    UnknownBatch,
    UnknownCommissionRun,
    UnknownCommissionStatement,
    UnknownContact,
    UnknownDocument,
    UnknownEngagement,
    UnknownEntry,
    UnknownEvent,
    UnknownFund,
    UnknownKey,
    UnknownMapping,
    UnknownMembership,
    UnknownPartner,
    UnknownPayee,
    UnknownPerson,
    UnknownPlan,
    UnknownPlaybook,
    UnknownQuestion,
    UnknownRun,
    UnknownStatement,
    UnknownSubmission,
)


def may_somewhere(actor: Actor, action: str) -> bool:
    """This will tell whether the actor holds a role for `action` in any region or program.

    Pages ask this; the flow behind an act asks again with region, program and amount.
    """
    return bool(set(actor.roles) & set(AUTHORITY[action][0]))


def shown_to(action: str) -> Callable[[View], Callable[..., HttpResponseBase]]:
    """This will open a view to the vendor's people whose role may do `action`.

    Who is not signed in goes to log-in; a partner's person finds no console (404); a role that may
    not gets 403 with the reason; what does not exist is 404.
    """
    roles, meaning = AUTHORITY[action]

    def wrap(view: View) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: AskedRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.me is None:
                return redirect_to_login(request.get_full_path())
            if request.me.is_partner:
                raise Http404
            if not may_somewhere(request.me, action):
                raise PermissionDenied(_not_yours(meaning, roles))
            try:
                return view(request, *args, **kwargs)
            except ABSENT as error:
                raise Http404(str(error)) from error
            except NotAllowed as error:
                raise PermissionDenied(_in_words(request.me, error)) from error

        return guarded

    return wrap


def _in_words(actor: Actor, error: NotAllowed) -> str:
    """The refusal's own sentence; where every role of the actor lacks the act, whose it is."""
    if may_somewhere(actor, error.refusal.action):
        return str(error)
    roles, meaning = AUTHORITY[error.refusal.action]
    return _not_yours(meaning, roles)


def _not_yours(meaning: str, roles: Sequence[str]) -> str:
    words = "; ".join(str(ROLE_WORDS.get(role, role)) for role in roles)
    return _("%(act)s: your role may not do this. It is for: %(roles)s.") % {
        "act": meaning,
        "roles": words,
    }
