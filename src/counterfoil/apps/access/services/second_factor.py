"""Proving again that it is the person: a one-time code for an act that moves money."""

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.cache import cache

from counterfoil.apps.access.errors import WrongCode

TRIES_MAX = 5
TRIES_SECONDS = 300


def prove_person(*, user_pk: int, code: str) -> str:
    """This will check a one-time code, once, and return how the person was known, in words.

    Where a second factor is not asked for (the demo), a person without one is known by the
    sign-in alone, and the words say so. Raises WrongCode.
    """
    found = Authenticator.objects.filter(user_id=user_pk, type=Authenticator.Type.TOTP).first()
    if found is None:
        if settings.STAFF_NEED_MFA:
            raise WrongCode("Set up a second factor first: Sign-in and security.")
        return "signed in, without a second factor"
    key = f"counterfoil.step-up?user={user_pk}"
    if cache.get(key, 0) >= TRIES_MAX:
        raise WrongCode("Too many wrong codes; try again in five minutes.")
    if not found.wrap().validate_code(code):
        cache.add(key, 0, timeout=TRIES_SECONDS)
        cache.incr(key)
        raise WrongCode("The code is wrong or was used already; wait for the next one.")
    cache.delete(key)
    return "signed in, with a one-time code"
