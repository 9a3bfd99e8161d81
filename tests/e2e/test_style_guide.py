"""The shared parts in a real browser: the style guide and a portal page made of samples.

No database: the pages are rendered once and served as files, under the policy of DESIGN 7.
"""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.template import engines
from django.template.loader import render_to_string
from playwright.sync_api import Browser, Page

from counterfoil.config import assets
from counterfoil.interfaces.web import presenters as show
from counterfoil.interfaces.web import samples
from counterfoil.interfaces.web.middleware import CONTENT_SECURITY_POLICY
from tests.e2e import support

pytestmark = pytest.mark.e2e
PORTAL = """{% extends "web/portal.html" %}{% load counterfoil %}
{% block title %}Claim{% endblock %}
{% block heading %}Cloud Security Forum Hamburg{% endblock %}
{% block under_heading %}{% sample "_steps" %}{% endblock %}
{% block body_column %}<section class="stack"><h2 class="vh">Whose turn it is</h2>
{% sample "portal/_turn" %}{% sample "portal/_stub" %}</section>
<section class="stack g4"><h2>Invoices</h2>{% sample "portal/_invoice_form" %}</section>
<section class="stack g4"><h2>Check and send</h2>
{% sample "_missing" %}{% sample "portal/_share" %}
</section>
<section class="stack g4"><h2>Letter</h2>{% sample "portal/_letter" %}</section>
{% endblock %}{% block aside %}<aside class="first" aria-label="What you can claim">
{% sample "portal/_left" %}</aside>{% endblock %}"""


class _Handler(SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        super().end_headers()

    def log_message(self, *_words: object) -> None:
        pass


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the rendered pages and the static files; yield the address."""
    if not assets.is_current():
        assets.build_vendor()
    folder = tmp_path_factory.mktemp("pages")
    (folder / "static").symlink_to(assets.WEB / "static")
    for name, markup in _pages().items():
        (folder / f"{name}.html").write_text(markup, "utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Yield the browser of this file."""
    with support.browser() as running:
        yield running


@pytest.mark.parametrize("name", ["components", "portal", "error", "act"])
def test_the_shared_parts_hold_what_every_page_must(
    chromium: Browser, address: str, name: str
) -> None:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    with support.watched(context) as (page, said):
        page.goto(f"{address}/{name}.html")

        support.check_page(page, said, name=name, themes=support.EVERYWHERE)
        for width in (390, 1440):
            support.screenshot(page, f"style-{name}", width)
    context.close()


def test_the_checks_see_a_page_that_breaks_them(chromium: Browser, address: str) -> None:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    with support.watched(context) as (page, said):
        page.goto(f"{address}/broken.html")

        with pytest.raises(AssertionError) as caught:
            support.check_page(page, said, name="broken")
    told = str(caught.value)
    assert "sideways at 320" in told
    assert "console: " in told
    assert "color-contrast" in told
    assert "below the shell at 1440" in told
    context.close()


def test_the_palette_finds_a_place_and_the_theme_is_kept(chromium: Browser, address: str) -> None:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"{address}/components.html")

    _choose(page, "light and dark")
    page.reload()

    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    context.close()


def test_markup_with_a_script_is_refused_by_trusted_types(chromium: Browser, address: str) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{address}/portal.html")

    kept = page.evaluate("() => { document.body.innerHTML = '<p id=ok>x</p>'; return true; }")
    refused = page.evaluate(
        "() => { try { document.body.innerHTML = '<script>1<' + '/script>'; return false; }"
        " catch (e) { return e instanceof TypeError; } }"
    )

    assert kept
    assert refused
    context.close()


def _choose(page: Page, words: str) -> None:
    support.press(page, "Control+k")
    page.keyboard.type(words)
    support.press(page, "Enter")


def _pages() -> dict[str, str]:
    shared: dict[str, Any] = samples.samples()
    frame = {"nav": shared["_nav"]["nav"], "me": shared["_me"]["me"]}
    frame["crumbs"] = [show.Crumb("Components and states")]
    portal = engines["django"].from_string(PORTAL)
    bad = (
        '{% extends "web/auth.html" %}{% block title %}x{% endblock %}{% block heading %}x'
        '{% endblock %}{% block content %}<p class="cut nowrap"><svg></svg></p><pre>'
        + "wide" * 200
        + '</pre><p style="color: red">x</p><font color="#bbbbbb">faint</font>'
        + '<div class="shell"></div>'
        + "<br>" * 200
        + "{% endblock %}"
    )
    act = {**shared["_act_form"], "fragment": "web/_act_form.html", **frame}
    return {
        "components": render_to_string("web/components.html", samples.sample_context() | frame),
        "portal": portal.render({**frame, "program_name": "Northgate Partners"}),
        "error": render_to_string("web/errors/500.html", {"reference": "err_7f21"}),
        "act": render_to_string("web/act.html", act),
        "broken": engines["django"].from_string(bad).render({}),
    }


def test_the_pictures_go_where_they_are_asked_for(
    chromium: Browser, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(support.SHOTS, str(tmp_path))
    page = chromium.new_page()
    page.goto(f"{address}/error.html")

    kept = support.screenshot(page, "error", 390)

    assert kept == tmp_path / "error-390.png"
    assert kept.stat().st_size > 1000
    page.close()
