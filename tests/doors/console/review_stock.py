"""Submissions in review, and people who are signed in, for the tests of queue and review page."""

from django.contrib.auth import get_user_model
from django.test import Client

from counterfoil.apps.submissions.models import Submission
from counterfoil.apps.submissions.selectors import get_submission
from counterfoil.apps.submissions.types import SubmissionView
from counterfoil.core.actors import Actor
from counterfoil.foundation.acting import acting_as, staff
from tests.submission_stock import (
    CLAIMED,
    World,
    approved_request,
    screen,
    send_claim,
    send_request,
)


def signed_in(actor: Actor, *, checks_csrf: bool = False) -> Client:
    """This will return a browser in which the person is signed in."""
    client = Client(enforce_csrf_checks=checks_csrf)
    client.force_login(
        get_user_model().objects.get(pk=actor.user_pk),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    return client


def claim_in_review(world: World, **given: object) -> str:
    """This will bring a claim to review; the logo question is open."""
    claim_id = send_claim(world, approved_request(world), **given)
    screen(claim_id, at=CLAIMED)
    return claim_id


def request_in_review(world: World, **entries: str) -> str:
    """This will bring a request to review; it can be approved."""
    request_id = send_request(world, **entries)
    screen(request_id)
    return request_id


def looked_at(world: World, submission_id: str) -> SubmissionView:
    """This will read a submission as operations see it."""
    with acting_as(staff()):
        return get_submission(submission_id, by=world.operations, at=CLAIMED)


def seen(world: World, submission_id: str) -> str:
    """This will return the hash of the screening that stands."""
    screening = looked_at(world, submission_id).screening
    assert screening is not None
    return screening.sha256


def copies(submission_id: str, count: int, *, first: int = 0) -> None:
    """This will put copies of a row into the queue, for pages and query counts."""
    with acting_as(staff()):
        row = Submission.objects.get(public_id=submission_id)
        for number in range(first, first + count):
            row.pk = None
            row.public_id = f"{submission_id[:-4]}{number:04d}"
            row.number = f"{row.number[:9]}{90000 + number}"
            row.form_token = f"copy-{number}" if hasattr(row, "form_token") else ""
            row.save(force_insert=True)
