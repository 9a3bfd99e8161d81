"""Appeals: once, in time, against a refusal, decided by somebody else; walls hold beneath."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from counterfoil.apps.audit.selectors import events_of
from counterfoil.apps.service_levels.selectors import clock_reading
from counterfoil.apps.submissions.errors import (
    AppealRefused,
    NothingWaiting,
    ReasonMissing,
    SameApprover,
    StateRefused,
    UnknownDetail,
    UnknownSubmission,
)
from counterfoil.apps.submissions.models import Appeal, Evidence, Submission
from counterfoil.apps.submissions.selectors import get_submission, latest_screening
from counterfoil.apps.submissions.selectors.appeals import list_appeals, overturned
from counterfoil.apps.submissions.selectors.heads import get_head
from counterfoil.apps.submissions.selectors.own_status import get_own_letter, get_own_status
from counterfoil.apps.submissions.types import AppealFile
from counterfoil.core.authority import NotAllowed
from counterfoil.core.states import State
from counterfoil.flows import decide, submit
from counterfoil.flows.replay import replay_decision
from counterfoil.foundation.acting import acting_as, portal, staff
from tests.submission_stock import (
    CLAIMED,
    answer_logo,
    approve,
    approved_request,
    make_world,
    screen,
    send_claim,
)

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SOON = CLAIMED + timedelta(days=3)


@pytest.fixture
def world():
    return make_world()


def refused_claim(world, *, logo="no"):
    """A claim that operations declined because the logo was not seen."""
    claim_id = send_claim(world, approved_request(world))
    screen(claim_id, at=CLAIMED)
    answer_logo(world, claim_id, value=logo)
    decline(world, claim_id, by=world.operations, at=CLAIMED)
    return claim_id


def decline(world, claim_id, *, by, at):
    with acting_as(staff()):
        seen = latest_screening(get_head(claim_id, by=by)).sha256
        return decide.decline_submission(
            submission_id=claim_id, code="NO_BRANDING", reason="No logo to be seen.", by=by,
            at=at, expected_screening_sha256=seen,
        )  # fmt: skip


def appeal(world, claim_id, *, at=SOON, criteria=("MDF-05",), reason="Look at page two.", **given):
    by = given.pop("by", world.partner)
    with acting_as(portal(by.partner_id)):
        return submit.appeal_decision(
            submission_id=claim_id, criteria=criteria, reason=reason, by=by, at=at,
            store=world.store, reader=world.reader, **given,
        )  # fmt: skip


def appealed_claim(world, **given):
    claim_id = refused_claim(world)
    appeal(world, claim_id, **given)
    screen(claim_id, at=SOON)
    return claim_id


def test_an_appeal_is_decided_by_somebody_else_and_may_overturn(world):
    claim_id = appealed_claim(world)
    with acting_as(staff()):
        view = get_submission(claim_id, by=world.operations, at=SOON)
        assert view.head.state is State.APPEALED
        assert view.head.revision == 2
        assert view.appeal.reason == "Look at page two."
        assert view.screening is not None
        assert world.operations.id in view.judged_by
        clock = clock_reading(subject=claim_id, side="ours", at=SOON)
    assert clock is not None
    assert clock.due_at > SOON
    assert view.head.due_at == clock.due_at

    with pytest.raises(SameApprover, match="decided by somebody else"):
        decline(world, claim_id, by=world.operations, at=SOON)
    answer_logo(world, claim_id, by=world.second_operations, at=SOON, value="yes")
    with pytest.raises(SameApprover, match="decided by somebody else"):
        approve(world, claim_id, at=SOON)
    decided = approve(world, claim_id, by=world.second_operations, at=SOON)

    assert decided.outcome == "qualified"
    with acting_as(portal(world.partner.partner_id)):
        status = get_own_status(claim_id, by=world.partner, at=SOON)
        first = get_own_letter(
            claim_id, by=world.partner, language="en", decision_id=status.decisions[0].decision_id
        )
    assert [each.outcome for each in status.decisions] == ["declined", "qualified"]
    assert first.decision.outcome == "declined"
    with acting_as(staff()):
        (row,) = list_appeals()
        assert (row.first_decider, row.second_decider) == (
            world.operations.name, world.second_operations.name,
        )  # fmt: skip
        assert row.appeal.outcome == "qualified"
        (told,) = overturned((row,))
        assert (told.criterion, told.named, told.decided, told.overturned) == ("MDF-05", 1, 1, 1)
        for decision in status.decisions:
            again = replay_decision(decision_id=decision.decision_id, by=world.lead, at=SOON)
            assert again.is_same


def test_an_appeal_that_is_upheld_is_the_last_word(world):
    claim_id = appealed_claim(world)
    decline(world, claim_id, by=world.second_operations, at=SOON)

    with acting_as(portal(world.partner.partner_id)):
        status = get_own_status(claim_id, by=world.partner, at=SOON)
    assert [each.outcome for each in status.decisions] == ["declined", "declined"]
    with pytest.raises(AppealRefused, match="appealed before"):
        appeal(world, claim_id, at=SOON)


def test_an_appeal_brings_files_and_they_are_judged(world):
    claim_id = refused_claim(world)
    proof = AppealFile("activity_proof", "agenda", "agenda.png", b"PICTURE of the agenda")
    appeal_id = appeal(world, claim_id, files=[proof])
    screened = screen(claim_id, at=SOON)

    with acting_as(staff()):
        row = Appeal.objects.get()
        assert row.public_id == appeal_id
        held = Evidence.objects.get(public_id=row.files[0])
        assert (held.kind, held.piece, held.name) == ("activity_proof", "agenda", "agenda.png")
        (told,) = [
            each
            for each in events_of(object_type="submission", object_id=claim_id)
            if each.action == "submission.appealed"
        ]
    assert told.data["files"] == row.files
    assert screened is not None
    assert screened.state is State.APPEALED
    # A second run of the job, or a second click, finds it done.
    assert screen(claim_id, at=SOON) is None
    assert appeal(world, claim_id) is None


def test_what_may_not_be_appealed_is_refused_in_words_and_leaves_nothing(world):
    claim_id = refused_claim(world)
    day_31 = CLAIMED + timedelta(days=31)
    for given, refusal, words in (
        ({"at": day_31}, AppealRefused, "The time to appeal was over after"),
        ({"reason": "  "}, ReasonMissing, "Write a sentence"),
        ({"criteria": ("MDF-99",)}, AppealRefused, "no criterion MDF-99"),
        (
            {"files": [AppealFile("selfie", "", "me.png", b"PICTURE")]},
            UnknownDetail,
            "no proof named selfie",
        ),
        ({"by": world.other}, UnknownSubmission, "There is no submission"),
    ):
        with pytest.raises(refusal, match=words), transaction.atomic():
            appeal(world, claim_id, **given)
    with acting_as(staff()):
        with pytest.raises(NotAllowed):
            submit.appeal_decision(
                submission_id=claim_id, criteria=(), reason="For them.", by=world.operations,
                at=SOON,
            )  # fmt: skip
        assert not Appeal.objects.exists()
        assert Submission.objects.get(public_id=claim_id).state == "decided"
    assert appeal(world, claim_id, at=CLAIMED + timedelta(days=30)) is not None


def test_an_approval_and_what_is_still_reviewed_cannot_be_appealed(world):
    request_id = approved_request(world)
    with pytest.raises(AppealRefused, match="This was approved"):
        appeal(world, request_id)
    claim_id = send_claim(world, request_id)
    with pytest.raises(StateRefused):
        appeal(world, claim_id)


def test_the_next_to_take_is_not_the_appeal_of_one_s_own_decision(world):
    claim_id = appealed_claim(world)
    with acting_as(staff()):
        with pytest.raises(NothingWaiting):
            decide.claim_next(by=world.operations, at=SOON)
        assert decide.claim_next(by=world.second_operations, at=SOON) == claim_id


def test_an_appeal_is_not_returned(world):
    claim_id = appealed_claim(world)
    with acting_as(staff()), pytest.raises(StateRefused):
        decide.return_submission(
            submission_id=claim_id, codes=["NO_BRANDING"], fields=["leads"], message="Please.",
            by=world.second_operations, at=SOON,
        )  # fmt: skip


def test_the_database_has_the_last_word_on_who_decides_an_appeal(world, monkeypatch):
    """Planted fault: the flow forgets who decided before."""
    claim_id = appealed_claim(world)
    monkeypatch.setattr(decide, "refuse_own", lambda *given, **more: None)

    with pytest.raises(IntegrityError, match="appeal_decided_by_another"), transaction.atomic():
        decline(world, claim_id, by=world.operations, at=SOON)
    decline(world, claim_id, by=world.second_operations, at=SOON)


def test_nothing_becomes_appealed_without_an_appeal(world):
    claim_id = refused_claim(world)
    with (
        acting_as(staff()),
        pytest.raises(IntegrityError, match="appealed_by_an_appeal"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE submissions_submission SET state = 'appealed', revision = 2 "
            "WHERE public_id = %s",
            [claim_id],
        )
