"""A partner in front of the portal: a small world, a stopped clock, browsers without script."""

from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client

from tests.submission_stock import CLAIMED, make_world

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class StoppedClock(datetime):
    """Stands at the moment of the claim; tests move it by `moment`."""

    moment = CLAIMED

    @classmethod
    def now(cls, tz=None):
        return cls.moment.astimezone(tz or UTC)


@pytest.fixture
def clock(monkeypatch):
    monkeypatch.setattr(StoppedClock, "moment", CLAIMED)
    monkeypatch.setattr("counterfoil.interfaces.web.middleware.datetime", StoppedClock)
    return StoppedClock


@pytest.fixture
def world(db, clock, monkeypatch):
    world = make_world()
    given = {"evidence_store": world.store, "evidence_reader": world.reader}
    for door in ("submissions.form", "evidence"):
        monkeypatch.setattr(f"counterfoil.interfaces.portal.{door}.adapter", given.__getitem__)
    return world


def browser_of(actor, *, checks_csrf: bool = False) -> Client:
    """This will return a client that is signed in as the person."""
    client = Client(enforce_csrf_checks=checks_csrf)
    client.force_login(get_user_model().objects.get(pk=actor.user_pk), backend=BACKEND)
    client.cookies.load({settings.SESSION_COOKIE_NAME: client.cookies["sessionid"].value})
    return client


@pytest.fixture
def paula(world):
    """The partner's administrator."""
    return browser_of(world.partner)


@pytest.fixture
def boris(world):
    """Somebody of another partner."""
    return browser_of(world.other)


@pytest.fixture
def olive(world):
    """Somebody of operations."""
    return browser_of(world.operations)
