"""The product itself in front of a browser: a small world, a stopped clock, real files.

The server runs in the test's own process, so that a test can act as another person by a flow call
between two clicks. Its database is a clone of its own; what a page writes is committed.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.core.wsgi import get_wsgi_application
from django.db import connections
from playwright.sync_api import Page

from counterfoil.config import assets, messages
from tests.people_stock import PASSWORD


class Clock(datetime):
    """The clock of the doors; a test sets `moment`."""

    moment = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

    @classmethod
    def now(cls, tz=None):
        return cls.moment.astimezone(tz or UTC)


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """This will say nothing of browsers that went away."""

    def process_request_thread(self, request, client_address):
        """This will give the thread's connections back when its request is answered."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            connections.close_all()


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_words):
        """This will keep the test's output readable."""


@contextmanager
def served(monkeypatch, tmp_path) -> Iterator[str]:
    """Serve the product on a free port; evidence lies below `tmp_path`. Yields the address."""
    from django.conf import settings

    from counterfoil.foundation.adapters import adapter

    if not assets.is_current():
        assets.build_vendor()
    messages.compile_messages()
    store = ("counterfoil.adapters.files_local.LocalFiles", {"root": tmp_path / "evidence"})
    monkeypatch.setattr(
        settings,
        "COUNTERFOIL_ADAPTERS",
        {**settings.COUNTERFOIL_ADAPTERS, "evidence_store": store},
    )
    adapter.cache_clear()
    monkeypatch.setattr("counterfoil.interfaces.web.middleware.datetime", Clock)
    server = make_server(
        "127.0.0.1", 0, get_wsgi_application(), server_class=_Server, handler_class=_Quiet
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
        adapter.cache_clear()


def aside(do: Callable[[], object]) -> None:
    """Do something as somebody else, in a thread of its own: the browser's has an event loop."""

    def work() -> None:
        try:
            do()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(work).result()


def sign_in(page: Page, address: str, email: str) -> None:
    """Sign in by the page, as a person does."""
    page.goto(f"{address}/accounts/login/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", PASSWORD)
    page.locator("main button[type=submit]").first.click()
    page.wait_for_load_state()
    assert "/accounts/login" not in page.url, page.inner_text("main")
