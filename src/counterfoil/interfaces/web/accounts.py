"""Log-in by allauth: nobody signs up by themselves, invitations only."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Closes sign-up: people join by an invitation that somebody answers for."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
