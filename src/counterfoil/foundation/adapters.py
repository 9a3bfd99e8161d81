"""The one adapter registry: settings name an adapter by dotted path, doors hand it to flows."""

from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string


@cache
def adapter(port: str) -> Any:
    """This will build the adapter that settings name for `port`, once per process.

    `settings.COUNTERFOIL_ADAPTERS[port]` is `(dotted path, keyword arguments)`.
    Raises ImproperlyConfigured when no adapter is named for the port.
    """
    try:
        path, arguments = settings.COUNTERFOIL_ADAPTERS[port]
    except KeyError:
        raise ImproperlyConfigured(f"COUNTERFOIL_ADAPTERS names no adapter for {port!r}") from None
    return import_string(path)(**arguments)
