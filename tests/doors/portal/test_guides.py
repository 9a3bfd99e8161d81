"""Partners read the guide of what is in force, and take it with them as a PDF."""

import pytest
from django.urls import reverse

from tests.doors.portal.page import words

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def test_a_partner_finds_the_guide_reads_it_and_begins(world, paula):
    listed = paula.get(reverse("portal:guides"))
    assert reverse("portal:guide", args=["mdf-claim"]) in listed.content.decode()
    assert (
        reverse("portal:guide", args=["mdf-claim"])
        in paula.get(reverse("portal:begin")).content.decode()
    )

    page = paula.get(reverse("portal:guide", args=["mdf-claim"]))
    text = words(page)
    assert "What we check: The claim was sent within the claim window" in text
    assert "Days to claim after the activity (30 days)" in text
    assert "You may appeal a refusal within" in text
    assert reverse("portal:start", args=["mdf-claim"]) in page.content.decode()


def test_the_pdf_is_the_same_twice(world, paula):
    url = reverse("portal:guide_pdf", args=["mdf-claim"])
    first, second = paula.get(url), paula.get(url)
    assert first["Content-Type"] == "application/pdf"
    assert first.content == second.content
    assert first.content.startswith(b"%PDF")


def test_what_is_not_in_force_has_no_guide(world, paula):
    assert paula.get(reverse("portal:guide", args=["no-such"])).status_code == 404
