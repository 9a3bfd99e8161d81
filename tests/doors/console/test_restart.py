"""Starting automatic approvals again: refused in words while nothing is stopped."""

import pytest
from django.urls import reverse

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def test_what_is_not_stopped_is_not_started(as_role):
    browser = as_role("team_lead")
    url = reverse("console:reviews_restart", args=["mdf-claim"])

    assert "They are not stopped" in browser.get(url).content.decode()
    answer = browser.post(url, {"reason": "Mended."})

    assert answer.status_code == 422
    assert "are not stopped" in answer.content.decode()
