"""The product before a browser on the crawl's stage: something stands behind every route."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections
from playwright.sync_api import Browser

from counterfoil.adapters.files_local import LocalFiles
from counterfoil.foundation import adapters
from tests.crawl.conftest import built_stage, stage, stage_database
from tests.crawl.stage import Stage
from tests.e2e.looking import Look
from tests.e2e.more_states import add_states
from tests.e2e.serving import Clock, served
from tests.e2e.support import browser
from tests.submission_stock import CLAIMED

__all__ = ["built_stage", "stage", "stage_database"]


class StageFiles(LocalFiles):
    """The evidence of the stage."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)


@pytest.fixture(scope="module")
def running_browser() -> Iterator[Browser]:
    """This will yield the Chromium of a file."""
    with browser() as running:
        yield running


@pytest.fixture(scope="module")
def beside_the_browser(running_browser: Browser) -> Iterator[None]:
    """This will let Django work in the thread in which Playwright keeps its loop.

    Django keeps connections of their own for a thread with a loop: they end with the file, as the
    database does that they lead to.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield
        connections.close_all()


@pytest.fixture(scope="module")
def more(
    built_stage: tuple[str, Stage], stage_database: str, beside_the_browser: None
) -> dict[str, str]:
    """This will return the ids of what `add_states` put into the file's copy of the stage."""
    return add_states(built_stage[1])


@pytest.fixture
def look(
    beside_the_browser: None,
    stage: Stage,
    running_browser: Browser,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Look]:
    """This will yield a browser before the stage, on the day its claims were sent."""
    monkeypatch.setattr(Clock, "moment", CLAIMED)
    with served(monkeypatch, tmp_path) as address:
        store = ("tests.e2e.conftest.StageFiles", {"root": stage.evidence})
        known = {**settings.COUNTERFOIL_ADAPTERS, "evidence_store": store}
        monkeypatch.setattr(settings, "COUNTERFOIL_ADAPTERS", known)
        adapters.adapter.cache_clear()
        yield Look(address, running_browser)
