"""The console before each role: a small world, a stopped clock, browsers without script."""

from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.test import Client

from counterfoil.foundation.acting import acting_as, staff
from tests.audit_stock import audit, built_audit
from tests.doors.seed import seed_small_world

__all__ = ["audit", "built_audit"]

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
AT = datetime(2026, 9, 15, 9, 0, tzinfo=UTC)


class StoppedClock(datetime):
    """Stands at the moment of the tests."""

    @classmethod
    def now(cls, tz=None):
        return AT.astimezone(tz or UTC)


@pytest.fixture(scope="module")
def seeded(django_db_setup, django_db_blocker):
    """The small world, seeded once for a file: each test works in a savepoint above it.

    No other test of the file may count on an empty database.
    """
    with django_db_blocker.unblock():
        with transaction.atomic():
            with acting_as(staff()):
                seeded = seed_small_world(AT)
            with django_db_blocker.block():
                yield seeded
            transaction.set_rollback(True)
        connection.close()


@pytest.fixture
def world(seeded, db, monkeypatch, tmp_path):
    from counterfoil.adapters.files_checkpoints import CheckpointFolder
    from counterfoil.adapters.files_local import LocalFiles

    monkeypatch.setattr("counterfoil.interfaces.web.middleware.datetime", StoppedClock)
    given = {
        "evidence_store": LocalFiles(tmp_path / "files"),
        "checkpoint_store": CheckpointFolder(tmp_path / "checkpoints"),
    }
    monkeypatch.setattr("counterfoil.interfaces.console.imports.acts.adapter", given.__getitem__)
    return seeded


@pytest.fixture
def bare(db, monkeypatch):
    """An installation with one person, who may do nearly everything, and nothing else."""
    from counterfoil.apps.access.services import create_person, grant_role
    from tests.doors.seed import SETUP

    monkeypatch.setattr("counterfoil.interfaces.web.middleware.datetime", StoppedClock)
    people = {}
    with acting_as(staff()):
        for role in ("operations", "finance_maker", "administrator"):
            person = create_person(
                email=f"{role}@vendor.example", name=role.title(), is_staff_member=True,
                by=SETUP, at=AT,
            )  # fmt: skip
            grant_role(person_id=person.id, role=role, by=SETUP, at=AT, reason="set-up")
            people[role] = person
    return {role: browser_of(person) for role, person in people.items()}


def browser_of(actor, *, checks_csrf: bool = False) -> Client:
    """This will return a client that is signed in as the person."""
    client = Client(enforce_csrf_checks=checks_csrf)
    client.force_login(get_user_model().objects.get(pk=actor.user_pk), backend=BACKEND)
    client.cookies.load({settings.SESSION_COOKIE_NAME: client.cookies["sessionid"].value})
    return client


@pytest.fixture
def as_role(world):
    """A browser of the person who holds a role."""

    def browser(role: str, *, checks_csrf: bool = False) -> Client:
        return browser_of(world.staff[role], checks_csrf=checks_csrf)

    return browser
