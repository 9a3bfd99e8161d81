"""The stage is built once a session and cloned for each module that crawls."""

import os
from collections.abc import Iterator

import pytest

from tests.conftest import admin_url
from tests.crawl.stage import Stage, build_stage


@pytest.fixture(scope="session")
def built_stage(
    template_database: str, django_db_setup, django_db_blocker, tmp_path_factory
) -> Iterator[tuple[str, Stage]]:
    """This will build the stage in a database that nobody connects to afterwards."""
    from django.db import connections

    from counterfoil.foundation import database

    admin, name = admin_url(), f"cf_stage_{os.getpid()}"
    shared = connections["default"].settings_dict["NAME"]
    database.drop(admin, name=name)
    database.clone(admin, source=template_database, target=name)
    with django_db_blocker.unblock():
        database.use_database(name)
        try:
            built = build_stage(tmp_path_factory.mktemp("evidence"))
        finally:
            database.use_database(shared)
    yield name, built
    database.drop(admin, name=name)


@pytest.fixture(scope="module")
def stage_database(built_stage: tuple[str, Stage], django_db_blocker) -> Iterator[str]:
    """This will give a module its own copy of the stage's database, in use until it ends."""
    from django.db import connections

    from counterfoil.foundation import database

    admin = admin_url()
    name = f"cf_stage_{os.getpid()}_{os.urandom(3).hex()}"
    shared = connections["default"].settings_dict["NAME"]
    database.clone(admin, source=built_stage[0], target=name)
    with django_db_blocker.unblock():
        database.use_database(name)
        yield name
        database.use_database(shared)
    database.drop(admin, name=name)


@pytest.fixture
def stage(built_stage: tuple[str, Stage], stage_database: str) -> Stage:
    """This will return who and what stands in the module's copy."""
    return built_stage[1]
