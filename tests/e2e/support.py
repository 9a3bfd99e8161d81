"""The browser of the end-to-end tests, and what every page must hold in it.

`browser()` starts Debian's Chromium; `check_page` looks at a page as the design reference asks:
no console message (a breach of the content security policy is one), no sideways scroll at five
widths, no axe violation in light and dark. Set `COUNTERFOIL_SHOTS` to a folder to keep pictures.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright

# The same browser without windows, where it is installed: a fifth less work for the machine.
SHELL = "/usr/bin/chromium-headless-shell"
CHROMIUM = os.environ.get("CHROMIUM") or (SHELL if os.path.exists(SHELL) else "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WIDTHS = (320, 390, 768, 1024, 1440)
HEIGHT = 900
BEYOND = """() => {
  const shell = document.querySelector('.shell');
  if (!shell) return [];
  const beyond = document.documentElement.scrollHeight - shell.getBoundingClientRect().height;
  return beyond > 2 ? [beyond] : [];
}"""
"""In the console only the main part scrolls; the page around it must not."""

SETTLED = """async () => {
  for (let round = 0; round < 3; round++) {
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    for (const each of document.getAnimations()) {
      if (each.effect.getComputedTiming().endTime !== Infinity) each.finish();
    }
  }
}"""
"""Colors of buttons change over a moment; axe must see the end of it, however slow the machine."""
Theme = Literal["light", "dark"]
ONCE_EACH: Mapping[int, Sequence[Theme]] = {1440: ("light",), 390: ("dark",)}
EVERYWHERE: Mapping[int, Sequence[Theme]] = {1440: ("light", "dark"), 390: ("light", "dark")}
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What may reach over the edge: what scrolls by itself, what is hidden, what floats. A table that
# became cards no longer scrolls: figures at its right edge would be out of sight.
MAY_OVERFLOW = ".scroll, .tabs, .vh, .side, dialog, .editor, .skip, .viewer, svg, [popover]"
SHOTS = "COUNTERFOIL_SHOTS"

OVERFLOW = """(mayOverflow) => {
  const width = document.documentElement.clientWidth, over = [];
  const whole = document.documentElement.scrollWidth;
  if (whole > width) over.push('page ' + whole);
  const main = document.querySelector('.main');
  if (main && main.scrollWidth > main.clientWidth) over.push('main ' + main.scrollWidth);
  document.querySelectorAll('body *').forEach((e) => {
    const box = e.getBoundingClientRect();
    if (box.width && box.right > width + 1 && !e.closest(mayOverflow))
      over.push(e.tagName + '.' + e.className + ' ' + Math.round(box.right));
  });
  document.querySelectorAll('.drop').forEach((e) => {
    const wide = e.getBoundingClientRect().width;
    if (wide && wide < 160) over.push('squeezed ' + e.className + ' ' + Math.round(wide));
  });
  document.querySelectorAll('.scroll:has(> .cards > thead)').forEach((e) => {
    const isCards = getComputedStyle(e.querySelector('thead')).position === 'absolute';
    if (isCards && e.scrollWidth > e.clientWidth) over.push('cards ' + e.scrollWidth);
  });
  return over.slice(0, 6);
}"""
FULL_HEIGHT = """() => {
  const main = document.querySelector('.main'), list = document.querySelector('.list');
  return Math.max(document.documentElement.scrollHeight, (main?.scrollHeight ?? 0) + 48,
                  (list?.scrollHeight ?? 0) + 48);
}"""


@contextmanager
def browser() -> Iterator[Browser]:
    """Yield a running Chromium; without one a laptop skips and CI fails."""
    if not shutil.which(CHROMIUM):
        reason = f"{CHROMIUM} is missing: install chromium, or name it in CHROMIUM."
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield running
        finally:
            running.close()


@contextmanager
def watched(context: BrowserContext) -> Iterator[tuple[Page, list[str]]]:
    """Yield a new page and the list of its console messages, errors and failed fetches."""
    page, said = context.new_page(), []
    watch(page, said)
    yield page, said
    page.close()


def watch(page: Page, said: list[str]) -> None:
    """Collect into `said` whatever the page says that it should not say."""
    page.on("console", lambda m: said.append(m.text) if _speaks(m.type, m.text) else None)
    page.on("pageerror", lambda error: said.append(f"error: {error}"))
    page.on("requestfailed", lambda r: said.append(f"failed: {r.url}") if _counts(r) else None)


def check_page(
    page: Page,
    said: Sequence[str] = (),
    *,
    name: str = "",
    themes: Mapping[int, Sequence[Theme]] = ONCE_EACH,
) -> None:
    """Assert all of it for the page as it stands; `said` is the list that `watch` fills.

    `themes` says at which widths axe looks, in which themes.

    The width and theme of the page are put back afterwards.
    """
    size = page.viewport_size or {"width": 1440, "height": HEIGHT}
    problems = [f"console: {text}" for text in said]
    for width in reversed(WIDTHS):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        problems += [f"sideways at {width}: {what}" for what in overflow(page)]
        problems += [
            f"below the shell at {width}: {beyond} px" for beyond in page.evaluate(BEYOND)
        ]
        for theme in themes.get(width, ()):
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            page.evaluate(SETTLED)
            problems += [f"axe at {width}, {theme}: {what}" for what in axe(page)]
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    page.set_viewport_size(size)
    where = name or page.url
    assert not problems, f"{where}\n" + "\n".join(problems)


def overflow(page: Page) -> list[str]:
    """Return what reaches over the right edge of the window."""
    found: list[str] = page.evaluate(OVERFLOW, MAY_OVERFLOW)
    return found


def axe(page: Page) -> list[str]:
    """Return axe's violations, run in a world of its own so the page's policy stays in force."""
    session = page.context.new_cdp_session(page)
    try:
        return _run_axe(session)
    finally:
        session.detach()


def screenshot(page: Page, name: str, width: int = 1440) -> Path | None:
    """Keep a picture of the whole page at a width, if COUNTERFOIL_SHOTS names a folder."""
    folder = os.environ.get(SHOTS)
    if not folder:
        return None
    before = page.viewport_size
    page.set_viewport_size({"width": width, "height": HEIGHT})
    height = min(page.evaluate(FULL_HEIGHT), 8000)
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate(SETTLED)
    path = Path(folder) / f"{name}-{width}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path, caret="initial")  # hiding the caret breaks the policy
    if before:
        page.set_viewport_size(before)
    return path


def press(page: Page, keys: str) -> None:
    """Press keys one after the other, as a person would: `"g q"`, `"j"`, `"Control+k"`."""
    for key in keys.split():
        page.keyboard.press(key)


def row_on(page: Page) -> str:
    """Return the id of the triage row that is on; empty when none is."""
    return str(page.evaluate("document.querySelector('.q.is-on')?.id ?? ''"))


def wait_preview(page: Page) -> None:
    """Wait until the preview of the row that is on stands beside the list."""
    page.wait_for_selector("#peek:not([data-waits])", state="attached")


def check_keys(page: Page) -> None:
    """Assert the keyboard map of the triage page: move, select, clear, search, palette, help."""
    problems: list[str] = []

    def note(what: str, holds: bool) -> None:
        if not holds:
            problems.append(what)

    first = row_on(page)
    press(page, "j")
    second = row_on(page)
    note("J moves to the next row", bool(second) and second != first)
    focused = page.evaluate("document.activeElement.closest('.q')?.id ?? ''")
    note("focus is on the row's link", focused == second)
    press(page, "k")
    note("K moves back", row_on(page) == first)
    press(page, "x")
    note("X selects", page.is_visible(".bulk"))
    press(page, "Escape")
    note("Escape clears", not page.is_visible(".bulk"))
    press(page, "/")
    note("/ searches", page.evaluate("document.activeElement.type") == "search")
    page.keyboard.type("jk")
    note("letters are typed, not run", page.input_value("input[type=search]").endswith("jk"))
    page.fill("input[type=search]", "")
    press(page, "Escape")
    press(page, "?")
    note("? shows the keyboard map", page.evaluate("document.getElementById('keys').open"))
    press(page, "Escape")
    press(page, "Control+k")
    role = page.evaluate("document.activeElement.getAttribute('role')")
    note("Ctrl K opens the palette with focus in it", role == "combobox")
    press(page, "Escape")
    assert not problems, "\n".join(problems)


# Of the lines of a long text, all written by the same tag, the first sixty speak for the others.
ALIKE = [[".editor li:nth-of-type(n+60):not(.has-bad):not(.note)"]]


def _run_axe(session: CDPSession) -> list[str]:
    session.send("Page.enable")
    frame = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
    world = {"frameId": frame, "worldName": "axe"}
    where = session.send("Page.createIsolatedWorld", world)["executionContextId"]
    known = session.send("Runtime.evaluate", {"expression": "typeof axe", "contextId": where})
    if known["result"]["value"] == "undefined":  # the world of a page stays until it is left
        session.send("Runtime.evaluate", {"expression": _axe_source(), "contextId": where})
    run = (
        f"axe.run({{exclude: {json.dumps(ALIKE)}}}, {{runOnly: {json.dumps(AXE_RULES)}, "
        "resultTypes: ['violations'], preload: false}).then((r) => JSON.stringify("
        "r.violations.map((v) => [v.id, v.nodes.length, v.nodes.slice(0, 3).map((n) => "
        "n.html.slice(0, 140) + ' | ' + (n.failureSummary || '').slice(0, 160))])))"
    )
    asked = {"expression": run, "contextId": where, "awaitPromise": True, "returnByValue": True}
    answer = session.send("Runtime.evaluate", asked)
    violations = json.loads(answer["result"]["value"])
    return [f"{rule}, {count} times: {'; '.join(nodes)}" for rule, count, nodes in violations]


@cache
def _axe_source() -> str:
    import axe_playwright_python

    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")


def _speaks(kind: str, text: str) -> bool:
    # The browser notes each refusal (409 by state, 422 by content); those are answers, no faults.
    return kind in {"error", "warning"} and not re.search(r"status of (409|422)", text)


def _counts(request: object) -> bool:
    # htmx aborts a preview that the next row replaces; that is no failure.
    return not re.search(r"ERR_ABORTED", str(getattr(request, "failure", "")))
