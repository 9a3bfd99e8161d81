"""Every text of the portal is said in German as well; none of it is another library's."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.utils import translation

from counterfoil.interfaces import portal

FOLDER = Path(portal.__file__).parent
TRANSLATE = re.compile(r'{% translate "([^"]+)"')


@pytest.fixture(scope="module")
def catalog():
    path = FOLDER / "locale" / "de" / "LC_MESSAGES" / "django.po"
    with path.open("rb") as stream:
        return read_po(stream, locale="de")


def test_every_message_has_its_german_words_with_the_same_places(catalog):
    for message in catalog:
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        said = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(said), ids
        places = re.findall(r"%\(?\w*\)?[sd]", ids[-1])
        assert sorted(re.findall(r"%\(?\w*\)?[sd]", said[-1])) == sorted(places), ids


def test_every_text_of_a_template_is_translated():
    with translation.override("de"):
        same = {"Name", "PDF", "Region", "Person"}
        found = {
            text
            for path in (FOLDER / "templates").rglob("*.html")
            for text in TRANSLATE.findall(path.read_text("utf-8"))
            if translation.gettext(text) == text
        }
    assert found <= same


def test_no_text_of_ours_is_said_by_another_catalog(catalog):
    """Catalogs of apps that stand earlier win; a text that they say too needs other words."""
    with translation.override("de"):
        other = {
            message.id: translation.gettext(message.id)
            for message in catalog
            if isinstance(message.id, str)
            and message.id
            and not message.context
            and translation.gettext(message.id) != message.string
        }
    assert other == {}
