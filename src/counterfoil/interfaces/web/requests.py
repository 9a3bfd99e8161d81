"""Requests as `middleware.ActAs` hands them to views; only types, for views to name."""

from datetime import datetime

from django.http import HttpRequest

from counterfoil.apps.access.types import Person
from counterfoil.core.actors import Actor


class AskedRequest(HttpRequest):
    """A request with its moment; who asks is None without a seat or before log-in."""

    at: datetime
    me: Actor | None
    person: Person | None
    LANGUAGE_CODE: str


class KnownRequest(HttpRequest):
    """A request of somebody who is signed in and has a seat or a role."""

    at: datetime
    me: Actor
    person: Person
    LANGUAGE_CODE: str
