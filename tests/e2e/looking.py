"""Looking at every page in a browser, each kind of page once: what `test_every_route` stands on.

A persona's page is opened in Chromium only where it shows what was not looked at already; whether
it does is found by asking for the same address without a browser.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from django.test import Client
from django.urls import Resolver404, resolve
from lxml import html as markup
from playwright.sync_api import Browser, BrowserContext, Page

from counterfoil.core.actors import Actor
from tests.crawl.probe import client_of
from tests.e2e.forms import rehearse, send, tries_of
from tests.e2e.support import HEIGHT, WIDTHS, axe, overflow, screenshot, watch

# Pages are looked at; downloads, redirects and acts that want POST are not.
PAGES = frozenset({200, 400, 403, 404, 409, 422})
DESK, PHONE = 1440, 390
# What each answer makes anew, and what only the address put there.
CHANGING = re.compile(r'<input type="hidden"[^>]*>|data-csrf="[^"]*"|err_[0-9a-f]{12}|zzz_absent')
# What gives an element its look and its role, beside its tag.
LOOKS = frozenset({
    "class", "type", "role", "disabled", "readonly", "open", "hidden", "checked", "multiple",
    "colspan", "aria-current", "aria-invalid", "aria-live", "aria-expanded", "aria-sort",
})  # fmt: skip
WORDS = re.compile(r">[^<]*<")
MENU = "//a[not(ancestor::main)]/@href"
# Buttons change their color over a moment, be it a millisecond; axe must see the end of it.
SETTLED = """() => new Promise((go) => requestAnimationFrame(go)).then(() =>
  Promise.all(document.getAnimations().map((each) => each.finished.catch(() => null)))
).then(() => null)"""
Theme = Literal["light", "dark"]
Kind = tuple[object, ...]
AXE_AT: dict[int, Theme] = {DESK: "light", PHONE: "dark"}


@dataclass
class Look:
    """A browser before the product, and what it has seen and found."""

    address: str
    browser: Browser
    seen: set[object] = field(default_factory=set)
    followed: set[Kind] = field(default_factory=set)
    looked: set[Kind] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    opened: int = 0
    is_fresh: bool = True

    def visit(
        self,
        person: Actor | None,
        who: str,
        addresses: Sequence[tuple[str, str]],
        *,
        follow: Collection[str] = (),
    ) -> None:
        """This will open each (name, address) as a person where the page was not seen yet.

        Links of these pages to a route in `follow` that ask for something (`?…`: a tab, a filter,
        an act on what is shown) are opened too, once for each route and set of questions.
        """
        client = client_of(person)
        waiting = list(addresses)
        with self.page_of(person, client) as (page, said):
            for name, path in waiting:
                answer = client.get(path)
                self.note_broken(answer, f"{name}-{who}", path)
                if not is_page(answer):
                    continue
                html = answer.content.decode()
                waiting += self._links(html, follow)
                if self.is_new(html, path, answer.status_code):
                    said.clear()
                    page.goto(f"{self.address}{path}")
                    self.check(page, said, name=f"{name}-{who}", status=answer.status_code)

    def misuse(self, person: Actor | None, who: str, addresses: Sequence[tuple[str, str]]) -> None:
        """This will send each kind of form on these pages empty and with junk.

        What answers with a page stands in the browser; a form that takes what it was given is
        left alone.
        """
        client = client_of(person)
        with self.page_of(person, client) as (page, said):
            for _, path in addresses:
                answer = client.get(path)
                if not is_page(answer):
                    continue
                for kind, _ in tries_of(answer.content.decode(), path):
                    if kind not in self.followed:
                        self.followed.add(kind)
                        self._misuse(client, page, said, path, kind, who)

    def _misuse(
        self, client: Client, page: Page, said: list[str], path: str, kind: Kind, who: str
    ) -> None:
        again = client.get(path).content.decode()  # an earlier try may have saved a draft
        each = dict(tries_of(again, path)).get(kind)
        if each is None:
            return
        answer = rehearse(client, each)
        self.note_broken(answer, f"{each.name}-{each.way}-{who}", each.address)
        html = answer.content.decode() if is_page(answer) else ""
        if not html or not self.is_new(html, each.address, answer.status_code):
            return
        page.goto(f"{self.address}{path}")
        said.clear()
        status = send(page, each)
        self.check(page, said, name=f"{each.name}-{each.way}-{who}", status=status)

    def _links(self, html: str, follow: Collection[str]) -> list[tuple[str, str]]:
        found = []
        for href in markup.fromstring(html).xpath("//main//a/@href") if follow else ():
            parts = urlsplit(href)
            name = _route_of(parts.path) if parts.query and not parts.netloc else ""
            key = (name, *sorted({question for question, _ in parse_qsl(parts.query)}))
            if name in follow and key not in self.followed:
                self.followed.add(key)
                found.append((name, f"{parts.path}?{parts.query}"))
        return found

    @contextmanager
    def page_of(self, person: Actor | None, client: Client) -> Iterator[tuple[Page, list[str]]]:
        """This will yield a page in which the person is signed in, and what it says."""
        size = {"width": DESK, "height": HEIGHT}
        context = self.browser.new_context(viewport=size, reduced_motion="reduce")
        if person is not None:
            _sign_in(context, client, self.address)
        page, said = context.new_page(), list[str]()
        watch(page, said)
        try:
            yield page, said
        finally:
            context.close()

    def is_new(self, html: str, path: str, status: int = 200) -> bool:
        """This will tell whether a page shows what was not seen yet, and remember it.

        New is a main part that differs from each other page's, and that holds a kind of element
        or an order of headings that its route did not show yet; or a menu with an entry more.
        Closed and absent pages and refusals by state differ from each other by words at most.
        """
        is_refusal = status in {403, 404, 409}
        text = WORDS.sub("><", html) if is_refusal else html
        page = markup.fromstring(CHANGING.sub("", text))
        looks = set(looks_of(page))
        where = "" if is_refusal else _route_of(urlsplit(path).path)
        parts = {(where, each) for each in parts_of(page)}
        whole, menu = _digest(page), {("menu", href) for href in page.xpath(MENU)}
        is_new = not (menu <= self.seen and (whole in self.seen or parts <= self.seen))
        self.seen |= {whole, *parts, *menu}
        if is_new:
            self.is_fresh = not looks <= self.looked
            self.looked |= looks
        return is_new

    def check(self, page: Page, said: list[str], *, name: str, status: int = 200) -> None:
        """This will note what the page shows and says wrong; its own status is no fault."""
        self.opened += 1
        name = name.replace(":", "-")
        found = wrong_with(page, is_fresh=self.is_fresh)
        found += [f"console: {text}" for text in _without_answer(said, status)]
        for width in (DESK, PHONE):
            screenshot(page, name, width)
        self.problems += [f"{name} ({page.url}): {what}" for what in found]

    def note_broken(self, answer: object, name: str, path: str) -> None:
        """This will note an answer that says the product failed."""
        status = getattr(answer, "status_code", 0)
        if status >= 500:
            self.problems.append(f"{name} ({path}): answered {status}")

    def report(self, *, at_least: int) -> None:
        """This will fail with every problem, or when too few pages were opened."""
        assert not self.problems, "\n" + "\n".join(self.problems)
        assert self.opened >= at_least, f"only {self.opened} pages were opened"


def is_page(answer: object) -> bool:
    """This will tell whether an answer of the test client is a page that a person reads."""
    kind = str(getattr(answer, "headers", {}).get("Content-Type", ""))
    return getattr(answer, "status_code", 0) in PAGES and "html" in kind


def wrong_with(page: Page, *, is_fresh: bool = True) -> list[str]:
    """This will list sideways scroll at any width, and what axe finds at a desk and on a phone.

    A phone in the dark shows what the desk shows in other colors and sizes; axe is asked there
    only for what `is_fresh`: some element of a look that no page before had.
    """
    found = []
    for width in reversed(WIDTHS):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        found += [f"sideways at {width}: {what}" for what in overflow(page)]
        if (theme := AXE_AT.get(width)) is not None and (is_fresh or width == DESK):
            page.emulate_media(color_scheme=theme)
            page.evaluate(SETTLED)
            found += [f"axe at {width}, {theme}: {what}" for what in axe(page)]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": DESK, "height": HEIGHT})
    return found


def _route_of(path: str) -> str:
    try:
        return resolve(path).view_name if path else ""
    except Resolver404:
        return ""


def _sign_in(context: BrowserContext, client: Client, address: str) -> None:
    name = settings.SESSION_COOKIE_NAME
    cookie = client.cookies[name].value
    context.add_cookies([{"name": name, "value": cookie, "url": address}])


def parts_of(page: markup.HtmlElement) -> Iterator[tuple[object, ...]]:
    """This will list the kinds of elements of the main part, and the order of its headings.

    A kind is the tag inside its parent's, what gives the element its look and its role, and
    whether it holds anything: an element that stands empty is another than a filled one.
    """
    main = page.find(".//main")
    root = page if main is None else main
    yield tuple(each.tag for each in root.xpath(".//h1|.//h2|.//h3|.//h4"))
    for each in root.iter("*"):
        above = each.getparent()
        look = sorted((key, value) for key, value in each.items() if key in LOOKS)
        holds = (len(each) > 0, bool((each.text or "").strip()))
        yield (None if above is None else above.tag, each.tag, *look, *holds)


def looks_of(page: markup.HtmlElement) -> Iterator[Kind]:
    """This will list what elements look like wherever they stand: by their own and two parents."""
    for each in page.iter("*"):
        above = each.getparent()
        beyond = None if above is None else above.getparent()
        yield tuple(
            (e.tag, e.get("class"), e.get("disabled"), e.get("aria-current"))
            for e in (beyond, above, each)
            if e is not None
        )


def _digest(page: markup.HtmlElement) -> str:
    main = page.find(".//main")
    return sha256(markup.tostring(page if main is None else main)).hexdigest()


def _without_answer(said: Sequence[str], status: int) -> list[str]:
    """What was said, less the browser's one note that the page itself was a refusal."""
    texts = list(said)
    own = [text for text in texts if f"status of {status}" in text]
    if status != 200 and own:
        texts.remove(own[0])
    return texts
