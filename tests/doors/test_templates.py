"""Each partial renders from its sample, stays small, and keeps the security policy."""

import re
from pathlib import Path

import pytest
from django.template.loader import get_template, render_to_string

from counterfoil.interfaces.web import samples
from counterfoil.interfaces.web.presenters import Me

TEMPLATES = Path(samples.__file__).parent / "templates"
EVERY = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
PARTIALS = [
    name.removeprefix("web/").removesuffix(".html")
    for name in EVERY
    if name.startswith("web/") and Path(name).name.startswith("_") and "components/" not in name
]
ERRORS = ("400", "403", "404", "409", "429", "500")
LINES_MAX = 60
FORBIDDEN = {
    "a style attribute": r"\sstyle\s*=",
    "an inline handler": r"\son[a-z]+\s*=\s*[\"']",
    "an inline script": r"<script(?![^>]*\ssrc=)",
    "hx-on": r"\shx-on",
    "a data address": r"(?:src|href)\s*=\s*[\"']data:",
    "another host": r"(?:src|href|action)\s*=\s*[\"'](?:https?:)?//",
    "the word user": r">[^<{]*\busers?\b",
}
# The document, the sprite and the style guide's one page are long by what they are.
MAY_BE_LONG = {"web/_icons.html"}


@pytest.mark.parametrize("name", PARTIALS)
def test_every_partial_renders_from_its_sample(name: str) -> None:
    context = samples.samples()[name]

    markup = get_template(f"web/{name}.html").render(context)

    assert "{{" not in markup
    assert "{%" not in markup


def test_no_sample_is_left_of_a_partial_that_is_gone() -> None:
    assert sorted(samples.samples()) == PARTIALS


@pytest.mark.parametrize("name", EVERY)
def test_every_template_is_short_and_says_its_variables(name: str) -> None:
    source = (TEMPLATES / name).read_text("utf-8")

    assert name in MAY_BE_LONG or len(source.splitlines()) < LINES_MAX
    assert "{% comment %}" in source or name.startswith("allauth/")


@pytest.mark.parametrize("name", EVERY)
def test_no_template_breaks_the_policy(name: str) -> None:
    source = re.sub(r"{% comment %}.*?{% endcomment %}", "", _read(name), flags=re.S)

    assert breaches(source) == []


def test_the_policy_check_bites() -> None:
    bad = (
        '<p style="color:red">',
        "<a onclick='x()'>",
        "<script>x</script>",
        '<img src="data:image/png;base64,x">',
        '<link href="//cdn.example.com/x.css">',
        "<p>The user is here</p>",
    )

    assert [len(breaches(markup)) for markup in bad] == [1] * len(bad)


@pytest.mark.parametrize("code", ERRORS)
def test_error_pages_render_without_a_request_and_say_the_id(code: str) -> None:
    markup = render_to_string(f"web/errors/{code}.html", {"reference": "err_7f21"})

    assert "err_7f21" in markup or code == "404"
    assert markup.count("<h1>") == 1


def test_text_of_others_is_escaped() -> None:
    row = {**samples.samples()["queue/_queue_row"]["row"], "partner": "<script>alert(1)</script>"}

    markup = get_template("web/queue/_queue_row.html").render({"row": row})

    assert "<script>" not in markup
    assert "&lt;script&gt;" in markup


def test_an_act_that_is_not_possible_says_what_unlocks_it() -> None:
    preview = samples.samples()["queue/_preview"]

    markup = get_template("web/queue/_preview.html").render(preview)

    assert 'aria-disabled="true"' in markup
    assert "MDF-05 has no answer yet." in markup


def test_keys_and_theme_follow_the_person() -> None:
    me = Me("Dana Whitfield", "DW", theme="dark", has_keys=False)

    markup = render_to_string("web/console.html", {"me": me, "nav": []})

    assert 'data-theme="dark"' in markup
    assert 'data-keys="off"' in markup


def breaches(source: str) -> list[str]:
    """Return what of FORBIDDEN stands in the source."""
    return [what for what, pattern in FORBIDDEN.items() if re.search(pattern, source)]


def _read(name: str) -> str:
    return (TEMPLATES / name).read_text("utf-8")
