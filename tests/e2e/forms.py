"""Filling in a page's forms wrongly: rehearsed without a browser, then sent in it.

The rehearsal is undone, so a form that would take the junk changes nothing; what answers with a
page (a refusal) is sent once more in the browser, by the page's own script where it has one.
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from django.db import transaction
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import resolve
from lxml import html
from playwright.sync_api import Page

# One word without a place to break, and no day, amount, number or address.
JUNK = "?" + "x" * 90
TEXTS = frozenset(
    {"text", "search", "tel", "url", "email", "number", "date", "time", "password", "textarea"}
)
WAYS = ("empty", "junk")
# Keeps what is hidden, empties or spoils the rest; a type that refuses junk becomes plain text.
FILL = """([place, way, junk, name, value]) => {
  const form = document.querySelectorAll('main form[method=post]')[place];
  for (const e of form.elements) {
    if (/hidden|file|submit|button|fieldset|output/.test(e.type)) continue;
    if (/checkbox|radio/.test(e.type)) { if (way === 'empty') e.checked = false; }
    else if (e.tagName === 'SELECT') { if (way === 'empty') e.selectedIndex = -1; }
    else {
      if (e.tagName === 'INPUT') e.type = 'text';
      e.value = way === 'empty' ? '' : junk;
    }
  }
  const by = (e) => e.type === 'submit' && e.name === name && e.value === value;
  form.noValidate = true;
  form.requestSubmit(name ? [...form.elements].find(by) : null);
}"""
ERRORS = re.compile(r'aria-invalid="true"|class="errors"')
BUSY = ".htmx-request, .htmx-swapping, .htmx-settling"


@dataclass(frozen=True)
class Try:
    """One form of a page, filled in one wrong way, sent by one of its buttons."""

    place: int
    way: str
    address: str
    is_scripted: bool
    button: tuple[str, str]
    data: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """The name of the route that the form is sent to."""
        return resolve(urlsplit(self.address).path).view_name


def tries_of(page: str, path: str) -> Iterator[tuple[tuple[object, ...], Try]]:
    """This will list each wrong way to send each form of a page's main part, with its kind.

    Forms of one kind go to one route, with the same fields and the same button.
    """
    forms = html.fromstring(page).xpath("//main//form[@method='post']")
    for place, form in enumerate(forms):
        address = urljoin(path, form.get("action") or path)
        buttons = dict.fromkeys(
            (b.get("name"), b.get("value", "").partition(":")[0], b.get("value", ""))
            for b in form.xpath(".//button[@type='submit'][@name][not(@disabled)]")
        )
        sent_by = {(name, kind): (name, value) for name, kind, value in buttons} or {
            ("", ""): ("", "")
        }
        for (_, kind), button in sent_by.items():
            for way in WAYS:
                data = (*_data(form, way), *([button] if button[0] else []))
                each = Try(place, way, address, "hx-post" in form.attrib, button, data)
                fields = frozenset(name.rpartition("-")[2] for name, _ in _data(form, "junk"))
                yield (each.name, kind, way, fields), each


def rehearse(client: Client, each: Try) -> HttpResponseBase:
    """This will send the form without a browser and undo whatever it did.

    A form that leads back to itself to show its errors answers with that page.
    """
    data: dict[str, list[str]] = {}
    for name, value in each.data:
        data.setdefault(name, []).append(value)
    kept = deepcopy(client.cookies)  # a form that signs out takes them away
    with transaction.atomic():
        answer = client.post(each.address, data)
        back = answer.headers.get("Location", "")
        if urlsplit(back).path == urlsplit(each.address).path:
            shown = client.get(back)
            answer = shown if ERRORS.search(shown.content.decode()) else answer
        transaction.set_rollback(True)
    client.cookies = kept
    return answer


def send(page: Page, each: Try) -> int:
    """This will send the form in the browser, its validation off, and return the status."""
    asked = [each.place, each.way, JUNK, *each.button]
    if each.is_scripted:
        with page.expect_response(lambda r: r.request.method == "POST") as got:
            page.evaluate(FILL, asked)
        page.wait_for_selector(BUSY, state="detached")
        return got.value.status
    with page.expect_navigation() as gone:
        page.evaluate(FILL, asked)
    answer = gone.value
    return answer.status if answer else 0


def _data(form: html.HtmlElement, way: str) -> list[tuple[str, str]]:
    """The (name, value) pairs that FILL leaves in the form."""
    found: list[tuple[str, str]] = []
    for control in form.xpath(".//input[@name] | .//select[@name] | .//textarea[@name]"):
        kind = control.get("type", "text") if control.tag == "input" else control.tag
        name = control.get("name")
        if kind == "hidden":
            found.append((name, control.get("value", "")))
        elif kind in TEXTS:
            found.append((name, "" if way == "empty" else JUNK))
        elif way == "junk" and kind == "select":
            chosen = control.xpath(".//option[@selected]") or control.xpath(".//option")[:1]
            found += [(name, option.get("value", option.text or "")) for option in chosen]
        elif (
            way == "junk" and kind in {"checkbox", "radio"} and control.get("checked") is not None
        ):
            found.append((name, control.get("value", "on")))
    return found
