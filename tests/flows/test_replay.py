"""Every decision computes again from its record alone, byte for byte; what differs is found."""

import json

import pytest
from django.db import connections

from counterfoil.apps.audit.selectors import events_of
from counterfoil.apps.playbooks.selectors import version_by_sha256
from counterfoil.apps.submissions.errors import UnknownSubmission
from counterfoil.apps.submissions.models import Decision
from counterfoil.apps.submissions.selectors import get_head
from counterfoil.core import canonical, decisions
from counterfoil.core.actors import system_actor
from counterfoil.core.canonical import canonical_json, is_canonical
from counterfoil.core.decisions import RecordUnreadable, playbook_sha256_of, replay
from counterfoil.flows import decide
from counterfoil.flows.replay import replay_all, replay_decision
from counterfoil.foundation.acting import acting_as, staff, worker
from tests.submission_stock import (
    CLAIMED,
    LINE,
    answer_logo,
    approve,
    approved_request,
    make_world,
    screen,
    send_claim,
)

pytestmark = [pytest.mark.db]
shared = pytest.mark.django_db
REPLAY = system_actor("replay")


@pytest.fixture
def world():
    return make_world()


def decided_claim(world):
    lines = (LINE, {**LINE, "net": "33.33", "category": "gifts"})
    claim_id = send_claim(world, approved_request(world), lines=lines)
    screen(claim_id)
    answer_logo(world, claim_id)
    approve(world, claim_id)
    return claim_id


def stored(world, claim_id):
    with acting_as(staff()):
        return Decision.objects.get(submission_id=get_head(claim_id, by=world.operations).pk)


@shared
def test_every_decision_computes_again_byte_for_byte(world):
    decided_claim(world)
    seen = []
    with acting_as(worker()):
        report = replay_all(
            by=REPLAY, at=CLAIMED, progress=lambda done, total: seen.append((done, total))
        )

    assert report.is_clean
    assert report.checked == 2
    assert seen == [(1, 2), (2, 2)]


@shared
def test_a_declined_claim_computes_again_too(world):
    claim_id = send_claim(world, approved_request(world))
    screen(claim_id)
    from counterfoil.apps.submissions.selectors import latest_screening

    with acting_as(staff()):
        decided = decide.decline_submission(
            submission_id=claim_id,
            code="NO_BRANDING",
            reason="No logo.",
            by=world.operations,
            at=CLAIMED,
            expected_screening_sha256=latest_screening(
                get_head(claim_id, by=world.operations)
            ).sha256,
        )
        assert replay_decision(decision_id=decided.decision_id, by=REPLAY, at=CLAIMED).is_same


@shared
def test_the_record_says_who_when_why_from_what_and_by_which_rules(world):
    row = stored(world, decided_claim(world))
    record = json.loads(row.record)
    judged = record["judged"]["adjudication"]
    facts = judged["case"]["facts"]

    assert is_canonical(row.record.encode())
    assert record["about"]["decided_by"]["id"] == world.operations.id
    assert record["about"]["approvals"][0]["role"] == "operations"
    assert record["about"]["time_zones"]
    assert judged["engine"] == 1
    assert facts["logo_visible"]["provenance"] == "human_verified"
    assert facts["submitted_on"]["provenance"] == "system"
    assert facts["activity_start"]["ref"].startswith("det_")
    sums = record["settlement"]
    assert sums["requested"]["minor"] == sums["payable"]["minor"] + sum(
        item["amount"]["minor"] for item in sums["adjustments"]
    )
    with acting_as(staff()):
        assert (
            version_by_sha256(playbook_sha256_of(row.record)).sha256
            == (judged["playbook"]["sha256"])
        )


@shared
def test_an_unknown_decision_is_refused(world):
    with acting_as(worker()), pytest.raises(UnknownSubmission):
        replay_decision(decision_id="dec_none", by=REPLAY, at=CLAIMED)


def test_an_edited_record_is_a_finding_of_the_audit(own_database):
    world = make_world()
    row = stored(world, decided_claim(world))
    edited = row.record.replace(
        '"payable":{"currency":"USD","minor":60000}', '"payable":{"currency":"USD","minor":61000}'
    )
    assert edited != row.record
    _as_owner(
        "UPDATE submissions_decision SET record = %s WHERE public_id = %s", [edited, row.public_id]
    )

    with acting_as(worker()):
        report = replay_all(by=REPLAY, at=CLAIMED)
    with acting_as(staff()):
        events = events_of(object_type="decision", object_id=row.public_id)

    assert [each.decision_id for each in report.differing] == [row.public_id]
    assert any("hashed" in words for words in report.differing[0].differences)
    assert any("payable" in words for words in report.differing[0].differences)
    assert [event.action for event in events] == ["decision.replay_differs"]


def test_an_edited_row_beside_an_honest_record_is_found(own_database):
    world = make_world()
    row = stored(world, decided_claim(world))
    _as_owner(
        "UPDATE submissions_decision SET payable_minor = payable_minor - 1 WHERE public_id = %s",
        [row.public_id],
    )

    with acting_as(worker()):
        found = replay_decision(decision_id=row.public_id, by=REPLAY, at=CLAIMED)

    assert found.differences == ("row.payable",)


def _as_owner(sql, values):
    """As somebody who owns the tables and switches the guards off, which no role of ours can."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("ALTER TABLE submissions_decision DISABLE TRIGGER USER")
        cursor.execute(sql, values)
        cursor.execute("ALTER TABLE submissions_decision ENABLE TRIGGER USER")
        cursor.execute("COMMIT")


@shared
def test_planted_order_of_keys_in_the_hash_is_found_by_replay(world, monkeypatch):
    real = canonical.json.dumps

    def unordered(value, **options):
        return real(value, **{**options, "sort_keys": False})

    row = stored(world, decided_claim(world))
    with acting_as(staff()):
        playbook = version_by_sha256(playbook_sha256_of(row.record)).playbook
    monkeypatch.setattr(canonical.json, "dumps", unordered)

    assert not replay(row.record, playbook).is_same


@shared
def test_planted_half_up_for_half_even_is_found_by_replay(world, monkeypatch):
    from counterfoil.core import money, rounding

    lines = ({**LINE, "net": "1,000.01"},)
    claim_id = send_claim(world, approved_request(world), lines=lines)
    screen(claim_id)
    answer_logo(world, claim_id)
    approve(world, claim_id)
    row = stored(world, claim_id)
    assert row.payable_minor == 50_000
    with acting_as(staff()):
        playbook = version_by_sha256(playbook_sha256_of(row.record)).playbook
    real = rounding.divide
    monkeypatch.setattr(money, "divide", lambda n, d, mode: real(n, d, rounding.Rounding.HALF_UP))

    found = replay(row.record, playbook)

    assert not found.is_same
    assert any("amount" in place for place in found.differences)


@shared
def test_planted_engine_that_answers_otherwise_is_found_by_replay(world, monkeypatch):
    row = stored(world, decided_claim(world))
    with acting_as(staff()):
        playbook = version_by_sha256(playbook_sha256_of(row.record)).playbook
    real = decisions.ENGINES[1]

    def a_day_later(playbook, case, *, on):
        from dataclasses import replace
        from datetime import timedelta

        facts = dict(case.facts)
        fact = facts["submitted_on"]
        facts["submitted_on"] = replace(fact, value=fact.value + timedelta(days=1))
        return real(playbook, replace(case, facts=facts), on=on)

    monkeypatch.setattr(decisions, "ENGINES", {1: a_day_later})

    assert not replay(row.record, playbook).is_same


@shared
def test_a_record_of_an_engine_that_is_gone_or_another_playbook_is_unreadable(world):
    row = stored(world, decided_claim(world))
    record = json.loads(row.record)
    with acting_as(staff()):
        playbook = version_by_sha256(playbook_sha256_of(row.record)).playbook
    record["judged"]["adjudication"]["engine"] = 99

    with pytest.raises(RecordUnreadable, match="engine 99"):
        replay(canonical_json(record).decode(), playbook)
    for junk in ("", "{}", "[1]", '{"judged": 3}', row.record[:200]):
        with pytest.raises(RecordUnreadable):
            replay(junk, playbook)
