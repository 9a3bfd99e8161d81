"""kill -9 where no other test kills: import, upload, return, answer, first approval.

Sending, screening and deciding are killed in flows/test_submission_crash.py, earning and settling
in flows/test_money_crashes.py, PostgreSQL in test_database_kills.py; test_races.py sees that every
named point is killed somewhere.
"""

import pytest

from counterfoil.adapters.files_local import LocalFiles
from counterfoil.apps.exchange import selectors as exchange
from counterfoil.apps.exchange.services import save_mapping
from counterfoil.apps.messaging.models import OutboxMessage
from counterfoil.apps.partners.selectors import partner_ids_by_key
from counterfoil.apps.submissions.errors import BlindWaiting, StateRefused
from counterfoil.apps.submissions.models import Approval, BlindReview, Evidence, Message
from counterfoil.apps.submissions.selectors.decisions import latest_screening
from counterfoil.apps.submissions.selectors.heads import get_head
from counterfoil.core.blind import Verdict
from counterfoil.core.states import State
from counterfoil.flows import decide, review_blind, submit
from counterfoil.flows.import_records import stage_import, take_import
from counterfoil.foundation.acting import acting_as, portal, staff
from tests.faults.kill import die_at
from tests.money_stock import AT as IMPORTED
from tests.money_stock import OPS
from tests.submission_stock import (
    AT,
    CLAIMED,
    add_file,
    approve,
    approved_request,
    draft_claim,
    make_world,
    screen,
    send_claim,
    send_request,
)

pytestmark = [pytest.mark.db, pytest.mark.crash, pytest.mark.slow]

FILE = b"Key,Name\n1,A Bike Store\n2,Progressive Sports\n"
IMPORT = """
from pathlib import Path
from counterfoil.adapters.files_local import LocalFiles
from counterfoil.flows.import_records import stage_import, take_import
from tests.money_stock import AT, OPS
store = LocalFiles(Path({folder!r}))
with acting_as(staff()):
    {act}
"""
WORLD = """
from datetime import datetime
from counterfoil.core.actors import Actor, Grant
from counterfoil.core.blind import Verdict
from counterfoil.flows import decide, review_blind, submit
from tests.submission_stock import CLAIMED, PlainReader
by = Actor({id!r}, {name!r}, (Grant({role!r}),), partner_id={partner!r}, user_pk={pk!r})
with acting_as({principal}):
    {act}
"""


def test_an_import_that_was_killed_is_taken_whole_afterwards_and_once(own_database, tmp_path):
    store = LocalFiles(tmp_path / "files")
    with acting_as(staff()):
        save_mapping(
            code="k", title="K", record_type="partners", source="crm",
            columns={"key": {"column": "Key"}, "name": {"column": "Name"}}, by=OPS, at=IMPORTED,
        )  # fmt: skip
    stage = (
        f"stage_import(mapping_code='k', file_name='k.csv', content={FILE!r}, store=store, "
        "by=OPS, at=AT)"
    )
    folder = str(tmp_path / "files")
    die_at(
        "import.after_keep", database=own_database, code=IMPORT.format(folder=folder, act=stage)
    )
    with acting_as(staff()):
        assert not exchange.list_runs(limit=5)
        staged = stage_import(
            mapping_code="k", file_name="k.csv", content=FILE, store=store, by=OPS, at=IMPORTED
        )
    take = (
        f"take_import(run_id={staged.run_id!r}, skip_bad_rows=False, store=store, by=OPS, at=AT)"
    )
    die_at(
        "import.before_close", database=own_database, code=IMPORT.format(folder=folder, act=take)
    )
    with acting_as(staff()):
        assert partner_ids_by_key(source="crm") == {}
        assert exchange.get_run(run_id=staged.run_id).state == "staged"
        counts = take_import(
            run_id=staged.run_id, skip_bad_rows=False, store=store, by=OPS, at=IMPORTED
        )
        assert (counts.created, len(partner_ids_by_key(source="crm"))) == (2, 2)


def code_of(actor, principal: str, act: str, *, role: str) -> str:
    return WORLD.format(
        id=actor.id, name=actor.name, role=role, partner=actor.partner_id, pk=actor.user_pk,
        principal=principal, act=act,
    )  # fmt: skip


def test_an_upload_that_was_killed_leaves_content_and_no_row(own_database, tmp_path):
    world = make_world()
    world.store = LocalFiles(tmp_path / "files")  # type: ignore[assignment]
    claim_id = draft_claim(world, approved_request(world), invoices=(), proof=False)
    act = (
        "from pathlib import Path; from counterfoil.adapters.files_local import LocalFiles; "
        f"submit.add_evidence(submission_id={claim_id!r}, kind='invoice', content=b'Invoice A', "
        f"name='a.pdf', store=LocalFiles(Path({str(tmp_path / 'files')!r})), "
        "reader=PlainReader(), by=by, at=CLAIMED)"
    )
    partner = f"portal({world.partner_id})"
    die_at(
        "submit.after_store", database=own_database,
        code=code_of(world.partner, partner, act, role="partner_admin"),
    )  # fmt: skip
    with acting_as(portal(world.partner_id)):
        assert not Evidence.objects.exists()
        added = add_file(world, claim_id, "invoice", b"Invoice A", "a.pdf")
        assert (added.is_new, Evidence.objects.count()) == (True, 1)


def test_a_return_and_its_answer_that_were_killed_happen_once(own_database):
    world = make_world()
    claim_id = send_claim(world, approved_request(world))
    screen(claim_id)
    give_back = (
        f"decide.return_submission(submission_id={claim_id!r}, codes=['NO_BRANDING'], "
        "fields=['evidence:activity_proof'], message='Show the logo.', by=by, at=CLAIMED)"
    )
    die_at(
        "return.before_commit", database=own_database,
        code=code_of(world.operations, "staff()", give_back, role="operations"),
    )  # fmt: skip
    with acting_as(staff()):
        assert get_head(claim_id, by=world.operations).state is State.IN_REVIEW
        assert not Message.objects.exists()
        decide.return_submission(
            submission_id=claim_id, codes=["NO_BRANDING"], fields=["evidence:activity_proof"],
            message="Show the logo.", by=world.operations, at=CLAIMED,
        )  # fmt: skip
    reply = f"submit.answer_return(submission_id={claim_id!r}, reason='Here.', by=by, at=CLAIMED)"
    die_at(
        "answer.before_commit", database=own_database,
        code=code_of(
            world.partner, f"portal({world.partner_id})", reply, role="partner_admin"
        ),
    )  # fmt: skip
    with acting_as(portal(world.partner_id)):
        assert get_head(claim_id, by=world.partner).state is State.ACTION_REQUIRED
        sent = submit.answer_return(
            submission_id=claim_id, reason="Here.", by=world.partner, at=CLAIMED
        )
        assert (sent.is_new, get_head(claim_id, by=world.partner).revision) == (True, 2)
    with acting_as(staff()):
        returned = OutboxMessage.objects.filter(about=claim_id, template="claim-returned")
        assert returned.count() == 1


def test_an_appeal_that_was_killed_is_raised_once(own_database):
    world = make_world()
    claim_id = send_claim(world, approved_request(world))
    screen(claim_id)
    with acting_as(staff()):
        decide.decline_submission(
            submission_id=claim_id, code="NO_BRANDING", reason="No logo.", by=world.operations,
            at=CLAIMED, expected_screening_sha256=latest_screening(
                get_head(claim_id, by=world.operations)
            ).sha256,
        )  # fmt: skip
    act = (
        f"submit.appeal_decision(submission_id={claim_id!r}, criteria=['MDF-05'], "
        "reason='Look again.', by=by, at=CLAIMED)"
    )
    die_at(
        "appeal.before_commit", database=own_database,
        code=code_of(world.partner, f"portal({world.partner_id})", act, role="partner_admin"),
    )  # fmt: skip
    with acting_as(portal(world.partner_id)):
        assert get_head(claim_id, by=world.partner).state is State.DECIDED
        again = {
            "submission_id": claim_id, "criteria": ["MDF-05"], "reason": "Look again.",
            "by": world.partner, "at": CLAIMED,
        }  # fmt: skip
        assert submit.appeal_decision(**again) is not None
        assert submit.appeal_decision(**again) is None
        assert get_head(claim_id, by=world.partner).revision == 2


def test_both_blind_reviews_that_were_killed_are_given_once(own_database):
    world = make_world(review="{blind_second_review: 100%}")
    claim_id = send_claim(world, approved_request(world))
    screen(claim_id)
    with acting_as(staff()):
        seen = latest_screening(get_head(claim_id, by=world.operations)).sha256
    first = {
        "submission_id": claim_id, "code": "NO_BRANDING", "reason": "No logo.", "at": CLAIMED,
        "expected_screening_sha256": seen, "by": world.operations,
    }  # fmt: skip
    die_at(
        "blind.after_first", database=own_database,
        code=code_of(
            world.operations, "staff()",
            f"decide.decline_submission(submission_id={claim_id!r}, code='NO_BRANDING', "
            f"reason='No logo.', by=by, at=CLAIMED, expected_screening_sha256={seen!r})",
            role="operations",
        ),
    )  # fmt: skip
    with acting_as(staff()):
        assert BlindReview.objects.count() == 0
        assert decide.decline_submission(**first).is_held
        with pytest.raises(BlindWaiting):
            decide.decline_submission(**first)
    die_at(
        "blind.after_second", database=own_database,
        code=code_of(
            world.second_operations, "staff()",
            "review_blind.give_second_review("
            f"submission_id={claim_id!r}, findings=review_blind.Findings(), "
            "verdict=Verdict.DECLINE, code='NO_BRANDING', reason='None.', by=by, at=CLAIMED)",
            role="operations",
        ),
    )  # fmt: skip
    second = {
        "submission_id": claim_id, "findings": review_blind.Findings(), "code": "NO_BRANDING",
        "verdict": Verdict.DECLINE, "reason": "None.", "by": world.second_operations,
        "at": CLAIMED,
    }  # fmt: skip
    with acting_as(staff()):
        assert BlindReview.objects.count() == 1
        assert not review_blind.give_second_review(**second).needs_third
        with pytest.raises(StateRefused):
            review_blind.give_second_review(**second)
        assert decide.decline_submission(**first).outcome == "declined"


def test_the_first_of_two_approvals_that_was_killed_is_given_once(own_database):
    world = make_world()
    request_id = send_request(world, planned_cost="50,000", requested_amount="25,000")
    with acting_as(portal(world.partner_id)):
        submit.recall_submission(submission_id=request_id, by=world.partner, at=AT)
        add_file(world, request_id, "quotation", b"Quotation for 50,000", "q.pdf", at=AT)
        submit.submit_submission(submission_id=request_id, by=world.partner, at=AT)
    screen(request_id)
    with acting_as(staff()):
        sha256 = latest_screening(get_head(request_id, by=world.operations)).sha256
    act = (
        f"decide.approve_submission(submission_id={request_id!r}, "
        f"expected_screening_sha256={sha256!r}, by=by, at=CLAIMED)"
    )
    die_at(
        "approve.before_commit", database=own_database,
        code=code_of(world.operations, "staff()", act, role="operations"),
    )  # fmt: skip
    with acting_as(staff()):
        assert not Approval.objects.exists()
    assert approve(world, request_id, at=CLAIMED).state is State.SECOND_REVIEW
    with acting_as(staff()):
        assert Approval.objects.count() == 1
