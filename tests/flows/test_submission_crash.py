"""kill -9 in the middle of sending, screening and deciding: nothing lost, nothing twice."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from counterfoil.apps.ledger.selectors import entries_of
from counterfoil.apps.messaging.models import OutboxMessage
from counterfoil.apps.submissions.models import Approval, Decision, NumberSeries, Screening
from counterfoil.apps.submissions.selectors import get_head, latest_screening
from counterfoil.core.states import State
from counterfoil.flows import submit
from counterfoil.foundation.acting import acting_as, portal, staff
from tests.submission_stock import (
    AT,
    CLAIMED,
    REQUEST,
    answer_logo,
    approve,
    approved_request,
    make_world,
    screen,
    send_claim,
)

pytestmark = [pytest.mark.db, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]

CHILD = """
import sys
import django
django.setup()
from datetime import datetime
from counterfoil.core.actors import Actor, Grant, system_actor
from counterfoil.flows import decide, screen, submit
from counterfoil.foundation import database
from counterfoil.foundation.acting import acting_as, portal, staff, worker
name, act, submission_id, person, pk, partner, at, sha256 = sys.argv[1:]
database.use_database(name)
at = datetime.fromisoformat(at)
role = "partner_admin" if act == "submit" else "operations"
actor = Actor(person, "Child", (Grant(role),), partner_id=int(partner), user_pk=int(pk))
if act == "submit":
    with acting_as(portal(int(partner))):
        submit.submit_submission(submission_id=submission_id, by=actor, at=at)
elif act == "screen":
    with acting_as(worker()):
        screen.screen_submission(submission_id=submission_id, by=system_actor("screening"), at=at)
else:
    with acting_as(staff()):
        decide.approve_submission(submission_id=submission_id, by=actor, at=at,
                                  expected_screening_sha256=sha256)
"""


def die(database, at_point, act, submission_id, actor, *, at, sha256="-"):
    """This will run the act in a process of its own that dies at the named point."""
    environment = {**os.environ, "COUNTERFOIL_CRASH_AT": at_point}
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            CHILD,
            database,
            act,
            submission_id,
            actor.id,
            str(actor.user_pk),
            str(actor.partner_id),
            at.isoformat(),
            sha256,
        ],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]


def test_a_crash_while_sending_leaves_a_draft_that_can_be_sent(own_database):
    world = make_world()
    with acting_as(portal(world.partner_id)):
        begun = submit.start_submission(
            playbook_code="mdf-request", fund_id=world.fund_id, by=world.partner, at=AT
        )
        submit.save_details(
            submission_id=begun.submission_id, entries=REQUEST, by=world.partner, at=AT
        )
    for at_point in ("submit.after_state", "submit.before_commit"):
        die(own_database, at_point, "submit", begun.submission_id, world.partner, at=AT)
    with acting_as(portal(world.partner_id)):
        assert get_head(begun.submission_id, by=world.partner).state is State.DRAFT
        sent = submit.submit_submission(submission_id=begun.submission_id, by=world.partner, at=AT)

    assert (sent.is_new, sent.number) == (True, "FR-2026-00001")
    with acting_as(staff()):
        assert OutboxMessage.objects.filter(about=begun.submission_id).count() == 1
        assert NumberSeries.objects.get(series="FR-2026").next_value == 2


def test_a_crash_while_screening_is_screened_again_once(own_database):
    world = make_world()
    claim_id = send_claim(world, approved_request(world))
    for at_point in ("screen.after_files", "screen.before_commit"):
        die(own_database, at_point, "screen", claim_id, world.operations, at=CLAIMED)
    with acting_as(staff()):
        head = get_head(claim_id, by=world.operations)
        assert head.state is State.SUBMITTED
        assert not Screening.objects.filter(submission_id=head.pk).exists()

    assert screen(claim_id).state is State.IN_REVIEW
    assert screen(claim_id) is None


def test_a_crash_while_approving_leaves_no_half_decision(own_database):
    world = make_world()
    claim_id = send_claim(world, approved_request(world))
    screen(claim_id)
    answer_logo(world, claim_id)
    with acting_as(staff()):
        head = get_head(claim_id, by=world.operations)
        sha256 = latest_screening(head).sha256
    for at_point in ("decide.after_record", "decide.after_post", "decide.before_commit"):
        die(
            own_database,
            at_point,
            "approve",
            claim_id,
            world.operations,
            at=CLAIMED,
            sha256=sha256,
        )
        with acting_as(staff()):
            assert get_head(claim_id, by=world.operations).state is State.IN_REVIEW
            assert not Decision.objects.filter(submission_id=head.pk).exists()
            assert not Approval.objects.filter(submission_id=head.pk).exists()
            assert entries_of(source_ref=claim_id).items == ()

    assert approve(world, claim_id).outcome == "qualified"
    with acting_as(staff()):
        assert len(entries_of(source_ref=claim_id).items) == 1
