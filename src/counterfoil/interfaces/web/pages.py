"""Answers of a page: whole page or fragment, an act's dialog, "it is done", refusals.

The console and the portal build their views on these. An act lives at its own address: without
script it is a page, with htmx the same fragment stands in the dialog.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from counterfoil.interfaces.web.navigation import frame_of

Context = Mapping[str, Any]
ACT_PAGES = {"console": "web/act.html", "portal": "web/act_portal.html"}


def is_fragment(request: HttpRequest) -> bool:
    """Return whether htmx asks for a part of a page (and not for a page out of its history)."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


def page(
    request: HttpRequest,
    template: str,
    context: Context,
    *,
    fragment: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render a page, or only its `fragment` template when htmx asks for a part of it."""
    chosen = fragment if fragment and is_fragment(request) else template
    return _varied(render(request, chosen, dict(context), status=status))


def act(
    request: HttpRequest,
    context: Context,
    *,
    door: str,
    fragment: str = "web/_act_form.html",
    status: int = 200,
) -> HttpResponse:
    """Render what an act will do, as a dialog's content or as the act's own page.

    `door` is `console` or `portal`. Answer a form with errors with `status=422`: the dialog shows
    it again.
    """
    in_dialog = is_fragment(request)
    whole = {**context, "fragment": fragment, "in_dialog": in_dialog}
    template = fragment if in_dialog else ACT_PAGES[door]
    return _varied(render(request, template, whole, status=status))


def done(
    request: HttpRequest,
    *,
    say: str,
    url: str,
    gone: Sequence[str] = (),
    counts: Iterable[tuple[str, int]] = (),
    list_path: str = "",
) -> HttpResponse:
    """Answer an act that was done: say so, then go to `url`.

    When the act's dialog stood over the list at `list_path`, the rows `gone` leave it in place,
    the `counts` change, and the person stays where they work.
    """
    current = urlsplit(request.headers.get("HX-Current-URL", "")).path
    if is_fragment(request) and gone and list_path and current == list_path:
        context = {"gone": gone, "counts": list(counts)}
        response = render(request, "web/queue/_decided.html", context)
        response["HX-Trigger"] = json.dumps({"say": {"text": say}})
        return response
    messages.success(request, say)
    if is_fragment(request):
        return HttpResponse(headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def refused(
    request: HttpRequest,
    *,
    door: str,
    title: str,
    reason: str,
    unlocks: str = "",
    back_url: str = "/",
    status: int = 409,
) -> HttpResponse:
    """Answer a refusal: what was seen, what would pass; 409 by state, 422 by content."""
    context = {"title": title, "refused": reason, "unlocks": unlocks, "back_url": back_url}
    return act(request, context, door=door, fragment="web/_refused.html", status=status)


def page_context(request: HttpRequest) -> dict[str, Any]:
    """Return `nav`, `me`, `zone` and the rest of the frame; settings name it."""
    return frame_of(request)


def conflict(request: HttpRequest, *, reason: str = "", unlocks: str = "") -> HttpResponse:
    """Answer 409 outside a dialog: the thing changed since the page was loaded."""
    context = {"refused": reason, "unlocks": unlocks}
    return _varied(render(request, "web/errors/409.html", context, status=409))


def components(request: HttpRequest) -> HttpResponse:
    """Render the style guide: every component and state with sample data."""
    from counterfoil.interfaces.web.samples import sample_context

    context = {**sample_context(), "crumbs": [{"label": _("Components and states")}]}
    return render(request, "web/components.html", context)


def _varied(response: HttpResponse) -> HttpResponse:
    patch_vary_headers(response, ["HX-Request"])
    return response
