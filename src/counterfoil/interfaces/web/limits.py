"""How often one address may try links that are none: guessing a secret must lead nowhere."""

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest

MISSES_MAX = 60
WINDOW_SECONDS = 600


def is_guessing(request: HttpRequest) -> bool:
    """This will tell whether too many links that are none came from the address of late."""
    return int(cache.get(_key(request), 0)) >= MISSES_MAX


def note_miss(request: HttpRequest) -> None:
    """This will count one link that is none."""
    key = _key(request)
    cache.add(key, 0, WINDOW_SECONDS)
    try:
        cache.incr(key)
    except ValueError:
        # It ran out between the two lines; the count begins anew.
        cache.set(key, 1, WINDOW_SECONDS)


def _key(request: HttpRequest) -> str:
    return f"missed-links:{get_adapter(request).get_client_ip(request)}"
