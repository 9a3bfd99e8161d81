"""Log-in by allauth: nobody signs up by themselves, and each sign-in leaves an event.

Log-in pages act for nobody yet, so an event opens a transaction of the worker for itself.
"""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib.auth.base_user import AbstractBaseUser

from counterfoil.apps.access.selectors import find_actor
from counterfoil.apps.access.services import (
    record_failed_sign_in,
    record_sign_in,
    record_sign_out,
)
from counterfoil.foundation.acting import acting_as, worker
from counterfoil.interfaces.web import errors
from counterfoil.interfaces.web.requests import AskedRequest

log = logging.getLogger("counterfoil.web")


class AccountAdapter(DefaultAccountAdapter):
    """Closes sign-up, and records who came, who left and who was refused."""

    def is_open_for_signup(self, request: AskedRequest) -> bool:
        """This will say no: people join by an invitation that somebody answers for."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """This will send a mail of the log-in pages at once: its link is kept nowhere.

        Without a mail server that takes it the answer is the same page for each address, so that
        nobody learns by it who has access. Raises ImmediateHttpResponse.
        """
        try:
            super().send_mail(template_prefix, email, context)
        except OSError as trouble:  # smtplib's errors are OSErrors too
            log.error("log-in mail not sent: %s", trouble)
            raise ImmediateHttpResponse(errors.mail_failed(self.request)) from None

    def login(self, request: AskedRequest, user: AbstractBaseUser) -> None:
        """This will begin the session, after the second factor where there is one."""
        super().login(request, user)
        person = find_actor(user_pk=user.pk)
        if person is not None:
            with acting_as(worker()):
                record_sign_in(by=person.actor, at=request.at)

    def logout(self, request: AskedRequest) -> None:
        """This will end the session."""
        person = find_actor(user_pk=request.user.pk) if request.user.is_authenticated else None
        super().logout(request)
        if person is not None:
            with acting_as(worker()):
                record_sign_out(by=person.actor, at=request.at)

    def authentication_failed(self, request: AskedRequest, **credentials: Any) -> None:
        """This will record a refused sign-in; a rate limit of allauth's slows down the next."""
        super().authentication_failed(request, **credentials)
        with acting_as(worker()):
            record_failed_sign_in(email=str(credentials.get("email", "")), at=request.at)
