"""What would change? Drafts over decisions that stand: told exactly, and nothing is touched."""

import json
from datetime import date, timedelta

import pytest
from django.db import connection

from counterfoil.apps.audit.selectors import events_of
from counterfoil.apps.playbooks.errors import NotADraft, TooManyDecisions
from counterfoil.apps.playbooks.models import Trial
from counterfoil.apps.playbooks.selectors import get_text, standing_of
from counterfoil.apps.playbooks.services import publish_version, record_trial, save_draft
from counterfoil.apps.submissions.models import Decision
from counterfoil.apps.submissions.selectors import latest_screening
from counterfoil.apps.submissions.selectors.heads import get_head
from counterfoil.core import whatif
from counterfoil.core.authority import NotAllowed
from counterfoil.core.canonical import sha256_hex
from counterfoil.flows import decide
from counterfoil.flows.try_draft import try_draft
from counterfoil.foundation.acting import acting_as, staff
from tests.submission_stock import (
    CLAIMED,
    INVOICE,
    LINE,
    answer_logo,
    approve,
    approved_request,
    make_world,
    screen,
    send_claim,
    shipped,
)

pytestmark = [pytest.mark.db, pytest.mark.django_db]
CLAIM = shipped()["mdf-claim.yaml"]
LATE = CLAIMED + timedelta(days=60)


@pytest.fixture
def world():
    return make_world()


def approved_claim(world) -> str:
    claim_id = send_claim(world, approved_request(world))
    screen(claim_id)
    answer_logo(world, claim_id)
    approve(world, claim_id)
    return claim_id


def declined_claim(world, *, at=CLAIMED, code="NO_BRANDING") -> str:
    """A claim that a person declined though, on time, every criterion held."""
    claim_id = send_claim(world, approved_request(world), at=at)
    screen(claim_id, at=at)
    answer_logo(world, claim_id, at=at)
    with acting_as(staff()):
        head = get_head(claim_id, by=world.operations)
        decide.decline_submission(
            submission_id=claim_id, code=code, reason="As seen.", by=world.operations, at=at,
            expected_screening_sha256=latest_screening(head).sha256,
        )  # fmt: skip
    return claim_id


def tried(world, *changes: tuple[str, str], **given):
    """This will save the shipped claim with changes as a draft and try it."""
    text = CLAIM
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    with acting_as(staff()):
        saved = save_draft(source=text, code="mdf-claim", by=world.operations, at=CLAIMED)
        return try_draft(version_id=saved.public_id, by=world.lead, at=CLAIMED, **given)


REIMBURSEMENT = "values: [{from: 2017-01-01, value: 50%, reference: POL-7}]"
WINDOW = "values: [{from: 2017-01-01, value: 30, reference: POL-7}]"


def test_the_very_same_rules_change_nothing(world):
    approved_claim(world)
    trial = tried(world)
    assert (trial.total, trial.changed) == (1, 0)
    assert trial.report["rows"] == []
    assert trial.report["summary"]["money"] == {}


def test_another_share_is_told_to_the_cent_and_nothing_is_touched(world):
    approved_claim(world)
    before = _everything()
    trial = tried(world, (REIMBURSEMENT, REIMBURSEMENT.replace("50%", "33.33%")))
    after = _everything()

    (row,) = trial.report["rows"]
    assert row["change"] == "amount"
    assert row["paid"]["minor"] == 60_000
    assert row["would_be"]["minor"] == 39_996
    assert trial.report["summary"]["money"] == {
        "USD": {"paid": 60_000, "would_be": 39_996, "difference": -20_004, "waiting": 0}
    }
    assert trial.report["summary"]["partners"] == 1
    changed = {name for name in after if after[name] != before[name]}
    assert changed <= {
        "playbooks_playbookversion", "playbooks_trial", "audit_event", "audit_unsequenced",
    }  # fmt: skip
    with acting_as(staff()):
        stored = Trial.objects.get()
    assert stored.sha256 == sha256_hex(stored.report.encode())


def _everything() -> dict[str, int]:
    """This will hash the rows of every table."""
    found = {}
    with acting_as(staff()), connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            cursor.execute(
                "SELECT has_table_privilege(%s, 'SELECT')", [name]
            )  # what staff can't read, it can't write
            if cursor.fetchone()[0]:
                cursor.execute(
                    f"SELECT md5(string_agg(t::text, E'\\n' ORDER BY t::text)) FROM \"{name}\" t"
                )
                found[name] = cursor.fetchone()[0]
    return found


def test_a_shorter_window_refuses_with_the_criterion_and_both_traces(world):
    approved_claim(world)
    trial = tried(world, (WINDOW, WINDOW.replace("value: 30", "value: 1")))
    (row,) = trial.report["rows"]
    assert row["change"] == "not_approved"
    assert row["would_be"]["minor"] == 0
    (flip,) = row["flips"]
    assert (flip["criterion"], flip["before"], flip["after"]) == ("MDF-02", "pass", "fail")
    assert any("holds" in words for words in flip["then_words"])
    assert any("does not hold" in words for words in flip["now_words"])
    assert trial.report["summary"]["flips"] == {"MDF-02": {"pass>fail": 1}}


def test_a_value_that_holds_from_a_later_day_is_tried_as_of_that_day(world):
    approved_claim(world)
    later = WINDOW.replace("}]", "}, {from: 2027-01-01, value: 1, reference: POL-8}]")
    trial = tried(
        world, (WINDOW, later), ("effective: {from: 2017-01-01}", "effective: {from: 2027-01-01}")
    )
    assert [row["change"] for row in trial.report["rows"]] == ["not_approved"]


def test_a_trial_that_forgot_the_draft_s_first_day_is_seen(world, monkeypatch):
    approved_claim(world)
    plain = whatif.adjudicate
    monkeypatch.setattr(whatif, "adjudicate", lambda p, c, *, on, terms_from: plain(p, c, on=on))
    later = WINDOW.replace("}]", "}, {from: 2027-01-01, value: 1, reference: POL-8}]")
    trial = tried(
        world, (WINDOW, later), ("effective: {from: 2017-01-01}", "effective: {from: 2027-01-01}")
    )
    assert trial.changed == 0


def test_a_longer_window_approves_what_came_late(world):
    declined_claim(world, at=LATE, code="LATE_CLAIM")
    trial = tried(world, (WINDOW, WINDOW.replace("value: 30", "value: 300")))
    (row,) = trial.report["rows"]
    assert (row["change"], row["paid"]["minor"], row["would_be"]["minor"]) == (
        "approved",
        0,
        60_000,
    )
    assert trial.report["summary"]["counts"]["approved"] == 1


def test_a_decision_against_the_criteria_is_not_blamed_on_the_draft(world):
    declined_claim(world)
    trial = tried(world, (REIMBURSEMENT, REIMBURSEMENT.replace("50%", "40%")))
    (row,) = trial.report["rows"]
    assert row["change"] == "person"
    assert trial.changed == 0
    assert trial.report["summary"]["money"] == {}


def test_a_record_that_can_t_be_read_is_told_and_never_left_out(world):
    claim_id = approved_claim(world)
    # Nothing lets a record be changed; the trigger is lifted as an owner could.
    with acting_as(staff()):
        pk = Decision.objects.get(submission__public_id=claim_id).pk
    text = "{}"
    from counterfoil.flows import try_draft as flow  # patched below

    plain = flow.iterate_standing

    def broken(**given):
        for stored, at in plain(**given):
            assert pk
            yield (
                type(stored)(
                    **{f: getattr(stored, f) for f in stored.__slots__} | {"record": text}
                ),
                at,
            )

    flow.iterate_standing = broken
    try:
        trial = tried(world)
    finally:
        flow.iterate_standing = plain
    (row,) = trial.report["rows"]
    assert row["change"] == "unreadable"
    assert trial.report["summary"]["counts"]["unreadable"] == 1


def test_only_decisions_since_a_day_are_judged_and_no_more_than_a_page_waits_for(world):
    approved_claim(world)
    assert tried(world, since=date(2030, 1, 1)).total == 0
    with pytest.raises(TooManyDecisions, match="counterfoil playbooks try"):
        tried(world, most=0)


def test_it_needs_the_right_a_draft_and_the_text_that_was_tried(world):
    approved_claim(world)
    with acting_as(staff()):
        saved = save_draft(source=CLAIM, code="mdf-claim", by=world.operations, at=CLAIMED)
        with pytest.raises(NotAllowed):
            try_draft(version_id=saved.public_id, by=world.finance, at=CLAIMED)
        report = {"summary": {"total": 1, "changed": 0}}
        with pytest.raises(NotADraft, match="try it again"):
            record_trial(
                version_id=saved.public_id, playbook_sha256="0" * 64, since=None, report=report,
                by=world.lead, at=CLAIMED,
            )  # fmt: skip


def test_the_publication_cites_the_trial_of_this_very_text(world):
    approved_claim(world)
    changed = CLAIM.replace(REIMBURSEMENT, REIMBURSEMENT.replace("50%", "40%"))
    trial = tried(world, (REIMBURSEMENT, REIMBURSEMENT.replace("50%", "40%")))
    with acting_as(staff()):
        version_id = trial.version_id
        assert standing_of(version_id).trial.public_id == trial.public_id
        save_draft(
            source=changed.replace("40%", "45%"), code="mdf-claim", by=world.operations,
            at=CLAIMED, version_id=version_id,
        )  # fmt: skip
        assert standing_of(version_id).trial is None
        save_draft(
            source=changed, code="mdf-claim", by=world.operations, at=CLAIMED,
            version_id=version_id,
        )  # fmt: skip
        publish_version(version_id=version_id, by=world.lead, at=CLAIMED)
        (event,) = [
            each
            for each in events_of(object_type="playbook", object_id=version_id)
            if each.action == "playbook.published"
        ]
        assert get_text(version_id).row.state == "published"
    assert event.data["trial"] == trial.public_id
    assert event.data["trial_sha256"] == trial.sha256


def test_the_next_claim_follows_the_new_limit_and_the_old_one_keeps_the_old(world):
    old = approved_claim(world)
    trial = tried(world, (REIMBURSEMENT, REIMBURSEMENT.replace("50%", "40%")))
    with acting_as(staff()):
        publish_version(version_id=trial.version_id, by=world.lead, at=CLAIMED)
    new = send_claim(
        world,
        approved_request(world, by=world.other),
        by=world.other,
        lines=({**LINE, "number": "HS-2026-119"},),
        invoices=(INVOICE.replace("HS-2026-118", "HS-2026-119"),),
    )
    screen(new)
    answer_logo(world, new)
    approve(world, new)
    with acting_as(staff()):
        payable = {
            row.submission.public_id: row.payable_minor
            for row in Decision.objects.select_related("submission")
        }
        versions = {
            row.submission.public_id: json.loads(row.record)["judged"]["adjudication"]["playbook"][
                "sha256"
            ]
            for row in Decision.objects.select_related("submission")
        }
    assert payable[old] == 60_000
    assert payable[new] == 48_000
    assert versions[new] == trial.playbook_sha256 != versions[old]
