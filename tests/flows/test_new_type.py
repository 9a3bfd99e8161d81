"""An incentive type that was written from docs/how-to/add-an-incentive-type.md alone: exam fees.

`tests/cases/exam-fee.yaml` began as `counterfoil playbooks shipped coop-claim`; no code knows it.
"""

from pathlib import Path

import pytest

from counterfoil.apps.ledger.selectors.payables import open_payables_of
from counterfoil.apps.submissions.selectors import get_submission
from counterfoil.apps.submissions.types import LineEntry
from counterfoil.core.money import Money
from counterfoil.core.playbooks import load_playbook
from counterfoil.core.playbooks.mutants import strength_of
from counterfoil.flows import decide, submit
from counterfoil.flows.publish import publish_files
from counterfoil.foundation.acting import acting_as, portal, staff
from tests.submission_stock import CLAIMED, LINE, add_file, approve, make_world, screen

pytestmark = [pytest.mark.db, pytest.mark.django_db]
TEXT = (Path(__file__).parent.parent / "cases" / "exam-fee.yaml").read_text(encoding="utf-8")


def test_a_type_that_only_a_file_describes_is_paid():
    world = make_world()
    with acting_as(staff()):
        publish_files(
            files={"exam-fee.yaml": TEXT}, author=world.operations, by=world.lead, at=CLAIMED
        )
    with acting_as(portal(world.partner_id)):
        begun = submit.start_submission(
            playbook_code="exam-fee", fund_id=world.fund_id, by=world.partner, at=CLAIMED
        )
        claim_id = begun.submission_id
        submit.save_details(
            submission_id=claim_id,
            entries={
                "activity": "professional", "activity_name": "Pro exam of Jo",
                "activity_start": "2026-04-20", "activity_end": "2026-04-21",
            },
            by=world.partner, at=CLAIMED,
        )  # fmt: skip
        line = {**LINE, "category": "exam", "net": "800.00", "number": "EX-1"}
        submit.save_lines(
            submission_id=claim_id, lines=[LineEntry(line)], by=world.partner, at=CLAIMED
        )
        add_file(world, claim_id, "invoice", b"Invoice EX-1 total USD 800.00", "invoice.pdf")
        add_file(world, claim_id, "certificate", b"Certificate of Jo", "certificate.pdf")
        submit.submit_submission(submission_id=claim_id, by=world.partner, at=CLAIMED)
    screen(claim_id, at=CLAIMED)
    with acting_as(staff()):
        decide.verify_all(
            submission_id=claim_id, details={"exam_passed": True}, marks={},
            by=world.operations, at=CLAIMED,
        )  # fmt: skip
        view = get_submission(claim_id, by=world.operations, at=CLAIMED)
    assert view.screening.outcome == "qualified"

    decided = approve(world, claim_id, at=CLAIMED)

    assert decided.payable == Money(40_000, "USD")
    with acting_as(staff()):
        (due,) = open_payables_of(payable_refs=[claim_id])
    assert due.amount == decided.payable


def test_its_examples_show_every_near_miss_of_its_rules():
    assert strength_of(load_playbook(TEXT, file="exam-fee.yaml")).survivors == ()
