"""Databases for tests: cloned from a template that is migrated once.

With DATABASE_ADMIN_URL the given server is used (CI runs PostgreSQL 15 so), else the embedded one
in `var/test`. Django connects as `cf_app`, as the product does.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from psycopg.conninfo import conninfo_to_dict, make_conninfo

ROOT = Path(__file__).resolve().parent.parent
os.environ.setdefault("COUNTERFOIL_HOME", str(ROOT / "var" / "test"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.config.settings")

quiet = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
hypothesis_settings.register_profile(
    "dev", max_examples=50, deadline=None, suppress_health_check=quiet
)
hypothesis_settings.register_profile(
    "ci", max_examples=100, deadline=None, derandomize=True, suppress_health_check=quiet
)
hypothesis_settings.register_profile(
    "long", max_examples=2000, deadline=None, suppress_health_check=quiet
)
hypothesis_settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev")
)


def _fingerprint() -> str:
    """Of everything that shapes the template: migrations, models, foundation."""
    digest = hashlib.sha256()
    source = ROOT / "src" / "counterfoil"
    files = [*source.glob("apps/*/migrations/*.py"), *source.glob("apps/*/models.py")]
    for path in sorted(
        [*files, *source.glob("foundation/*.py"), source / "config" / "settings.py"]
    ):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def admin_url() -> str:
    """This will return the URL of the test server's administrator, starting it when embedded."""
    given = os.environ.get("DATABASE_ADMIN_URL")
    if given:
        return given
    from django.conf import settings

    from counterfoil.foundation import embedded

    # Two workers may need it first at the same time.
    settings.HOME.mkdir(parents=True, exist_ok=True)
    with (settings.HOME / "tests-start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        embedded.start(settings.EMBEDDED)
    return settings.ADMIN_URL


@pytest.fixture(scope="session")
def template_database(django_db_blocker) -> str:
    """This will return the name of the migrated template, made anew when its sources changed."""
    from counterfoil.foundation import database

    admin = admin_url()
    name = f"cf_template_{_fingerprint()}"
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(77001)")
        known = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [name]
        ).fetchone()
        if known is None:
            building = f"{name}_building"
            database.drop(admin, name=building)
            database.initialize(admin, name=building, app_password="cf", owner_password="cf")
            with django_db_blocker.unblock():
                database.use_database(building)
                database.migrate()
                database.use_database("postgres")
            connection.execute(f'ALTER DATABASE "{building}" RENAME TO "{name}"')
    return name


@pytest.fixture(scope="session")
def django_db_setup(template_database: str, django_db_blocker) -> Iterator[None]:
    """This will give the whole session one clone; what commits takes `own_database` instead."""
    from counterfoil.foundation import database

    name = f"cf_test_{os.getpid()}"
    admin = admin_url()
    database.drop(admin, name=name)
    database.clone(admin, source=template_database, target=name)
    with django_db_blocker.unblock():
        database.use_database(name)
    yield
    with django_db_blocker.unblock():
        database.use_database("postgres")
    database.drop(admin, name=name)


@pytest.fixture
def own_database(template_database: str, django_db_setup, django_db_blocker) -> Iterator[str]:
    """This will give one test a database of its own, to commit, race and be killed in."""
    from django.db import connections

    from counterfoil.foundation import database

    admin = admin_url()
    name = f"cf_own_{os.getpid()}_{os.urandom(3).hex()}"
    shared = connections["default"].settings_dict["NAME"]
    database.clone(admin, source=template_database, target=name)
    with django_db_blocker.unblock():
        database.use_database(name)
        yield name
        database.use_database(shared)
    database.drop(admin, name=name)


def own_conninfo(name: str, *, user: str = "cf_app") -> str:
    """This will return a psycopg address of a test database for a role."""
    parts = conninfo_to_dict(admin_url())
    parts.update(dbname=name, user=user)
    if parts.get("password"):
        parts["password"] = "cf"
    return make_conninfo(**parts)


@pytest.fixture(autouse=True)
def own_language_and_zone() -> Iterator[None]:
    """This will begin each test in English and UTC: a request of the test before may differ."""
    from django.utils import timezone, translation

    translation.activate("en-us")
    timezone.deactivate()
    yield
    translation.activate("en-us")
    timezone.deactivate()


@pytest.fixture(autouse=True)
def own_counters() -> None:
    """This will begin each test with no failed log-in counted: the limits live in the cache."""
    from django.core.cache import cache

    cache.clear()
