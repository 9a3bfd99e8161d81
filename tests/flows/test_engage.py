"""A dry-run audit from scope to report: what it reads, what it proves, what it leaves alone."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import psycopg
import pytest
from django.db import DatabaseError, connections, transaction
from psycopg import sql

from counterfoil.adapters.pdf_typst import render
from counterfoil.apps.audit.models import Event
from counterfoil.apps.engagements import services
from counterfoil.apps.engagements.errors import (
    EngagementClosed,
    EngagementRefused,
    NotComplete,
    NotInOrder,
    OwnDecision,
)
from counterfoil.apps.engagements.models import Answer, Engagement, Paper
from counterfoil.apps.engagements.selectors import (
    get_engagement,
    list_engagements,
    waiting_for,
)
from counterfoil.apps.ledger.selectors import entries_of
from counterfoil.apps.ledger.services import reverse_entry
from counterfoil.apps.playbooks.services import save_draft
from counterfoil.core.actors import Actor, Grant
from counterfoil.core.authority import NotAllowed
from counterfoil.core.engagement_words import report_document
from counterfoil.core.sampling import BadPlan, Method
from counterfoil.flows import engage
from counterfoil.foundation.acting import acting_as, staff
from tests.audit_stock import (
    LAST,
    NOW,
    Audit,
    answer,
    drawn,
    opened,
    plan,
    reported,
    worked,
)
from tests.conftest import own_conninfo
from tests.submission_stock import CLAIMED, shipped

pytestmark = pytest.mark.db


def insider(audit: Audit) -> psycopg.Connection:
    """Return a connection with all rights, held by no trigger that it turns off."""
    return psycopg.connect(own_conninfo(audit.database, user="postgres"), autocommit=True)


def everything_else(audit: Audit) -> dict[str, tuple[int, str]]:
    """Return count and content of every table besides the engagements and the audit log's."""
    with insider(audit) as connection:
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
            "AND relkind = 'r' AND relname !~ '^(engagements_|audit_|django_)'"
        ).fetchall()
        return {
            table: connection.execute(
                sql.SQL(
                    "SELECT count(*), md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), ''))"
                    " FROM {} t"
                ).format(sql.Identifier(table))
            ).fetchone()
            for (table,) in tables
        }


def test_a_whole_audit_changes_no_row_of_anybody_else(own_audit):
    before = everything_else(own_audit)

    with acting_as(staff()):
        engagement = reported(own_audit)
        engage.close_engagement(
            engagement_id=engagement, conclusion="Sound.", by=own_audit.auditor, at=NOW
        )
        assert list_engagements()[0].is_closed

    assert {"submissions_submission", "service_levels_clock", "ledger_leg",
            "procrastinate_jobs"} <= set(before)  # fmt: skip
    assert everything_else(own_audit) == before


@pytest.mark.parametrize(
    "statement",
    ["UPDATE submissions_submission SET title = title || ' x'",
     "UPDATE ledger_entry SET reason = 'x'"],
)  # fmt: skip
def test_planted_fault_a_row_changed_elsewhere_is_seen(own_audit, statement):
    before = everything_else(own_audit)

    with insider(own_audit) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(statement)

    assert everything_else(own_audit) != before


def test_the_population_is_what_was_decided_and_ties_to_the_ledger(audit, as_staff):
    engagement = opened(audit)
    engage.draw_population(engagement_id=engagement, by=audit.auditor, at=NOW)

    population = get_engagement(engagement).population

    assert len(population.items) == 4, "two requests and two claims"
    assert population.total_minor == sum(each.minor for each in population.items)
    assert population.tie["ledger"] == population.total_minor
    assert (population.tie["difference"], population.tie["lines"]) == (0, [])
    with pytest.raises(NotInOrder, match="drawn before"):
        engage.draw_population(engagement_id=engagement, by=audit.auditor, at=NOW)


def test_a_scope_by_type_and_day_leaves_the_others_out_and_names_them_in_the_tie(audit, as_staff):
    engagement = opened(audit, playbooks=["mdf-claim"])
    engage.draw_population(engagement_id=engagement, by=audit.auditor, at=NOW)

    population = get_engagement(engagement).population

    assert {each.submission for each in population.items} == set(audit.claims)
    assert set(population.tie["causes"]) == {"other_type"}
    assert population.tie["difference"] == -population.tie["lines"][0]["posted"] * 2
    late = opened(audit, first_on=date(2027, 1, 1), last_on=date(2027, 2, 1))
    with pytest.raises(NotComplete, match="No decision lies"):
        engage.draw_population(engagement_id=late, by=audit.auditor, at=NOW)


def test_a_reversed_entry_explains_the_difference(audit, as_staff):
    (entry,) = entries_of(source_ref=audit.claims[0], kind="claim_approved").items
    entry = entry.public_id
    reverse_entry(
        entry_id=entry, effective_on=CLAIMED.date(), reason="posted twice",
        by=audit.world.checker, at=CLAIMED,
    )  # fmt: skip
    engagement = opened(audit)
    engage.draw_population(engagement_id=engagement, by=audit.auditor, at=NOW)

    tie = get_engagement(engagement).population.tie

    assert tie["difference"] == 60_000
    assert tie["causes"] == {"reversed": {"count": 1, "difference": 60_000}}
    assert entry in tie["lines"][0]["entries"]


def test_each_drawn_decision_is_computed_again(audit, as_staff):
    found = get_engagement(drawn(audit))

    assert len(found.papers) == 4
    assert all(
        paper.engine["is_same"] and paper.engine["effect"] is None for paper in found.papers
    )
    assert all(paper.engine["results"] for paper in found.papers)
    assert all(each["title"] for paper in found.papers for each in paper.engine["results"])
    assert found.sample.promise["deviations"] == 0
    with pytest.raises(NotInOrder, match="has one"):
        engage.draw_sample(engagement_id=found.id, plan=plan(), by=audit.auditor, at=NOW)


def test_a_changed_record_is_said_on_its_paper(own_audit):
    with acting_as(staff()):
        engagement = opened(own_audit)
        engage.draw_population(engagement_id=engagement, by=own_audit.auditor, at=NOW)
    with insider(own_audit) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "UPDATE submissions_decision SET record = replace(record, '60000', '60001') "
            "WHERE submission_id = (SELECT id FROM submissions_submission WHERE public_id = %s)",
            [own_audit.claims[0]],
        )

    with acting_as(staff()):
        engage.draw_sample(engagement_id=engagement, plan=plan(), by=own_audit.auditor, at=NOW)
        papers = {each.submission: each for each in get_engagement(engagement).papers}
    assert not papers[own_audit.claims[0]].engine["is_same"]
    assert "the record is not the one that was hashed" in str(papers[own_audit.claims[0]].engine)
    assert papers[own_audit.claims[1]].engine["is_same"]


def test_a_draft_is_tried_on_the_sample(audit, as_staff):
    source = shipped()["mdf-claim.yaml"].replace("value: 50%", "value: 40%")
    draft = save_draft(
        source=source, code="mdf-claim", by=audit.world.operations, at=NOW
    ).public_id

    found = get_engagement(worked(audit, draft=draft))

    assert found.scope.playbooks == ("mdf-claim",)
    assert len(found.sample.draft_sha256) == 64
    effects = [paper.engine["effect"] for paper in found.papers]
    assert [each["change"] for each in effects] == ["amount", "amount"]
    assert effects[0]["would_be"]["minor"] == 48_000
    words = str(report_document(engage.report_of(found)))
    assert "Another amount" in words
    assert "the draft mdf-claim 2" in words
    assert "1,200.00 USD as decided, 960.00 USD under the draft" in words
    assert "Criteria that say something else: none." in words


def test_a_draft_that_refuses_names_the_criterion_and_where_the_auditor_differs(audit, as_staff):
    window = "values: [{from: 2017-01-01, value: 30, reference: POL-7}]"
    text = shipped()["mdf-claim.yaml"]
    assert window in text
    source = text.replace(window, window.replace("30", "10"))
    draft = save_draft(
        source=source, code="mdf-claim", by=audit.world.operations, at=NOW
    ).public_id
    engagement = drawn(audit, draft=draft)
    first, second = get_engagement(engagement).papers
    answer(audit, first.id, answers=("no", "yes"))
    answer(audit, second.id)

    report = engage.report_of(get_engagement(engagement))

    (table,) = [
        each["table"]
        for each in report_document(report)["sections"]
        if each["heading"] == "Under the draft"
    ]
    assert table["rows"] == [["Would not be approved", "2", "1"]]
    words = str(report_document(report))
    assert "Criteria that say something else: MDF-02 (2)." in words
    assert "Would not be approved (MDF-02)" in words


def test_a_published_version_is_not_tried(audit, as_staff):
    from counterfoil.apps.playbooks.selectors import list_versions  # this test only

    with pytest.raises(NotComplete, match="still a draft"):
        opened(audit, draft=list_versions("mdf-claim")[0].public_id)


def test_nobody_audits_what_they_decided(audit, as_staff):
    engagement = drawn(audit)
    paper = get_engagement(engagement).papers[0]
    turned = Actor(
        audit.world.operations.id, "Olive", (Grant("auditor"),),
        user_pk=audit.world.operations.user_pk,
    )  # fmt: skip

    with pytest.raises(OwnDecision):
        answer(audit, paper.id, by=turned)


def test_planted_fault_without_the_service_check_the_database_refuses_the_decider(
    audit, as_staff, monkeypatch
):
    monkeypatch.setattr(services, "_refuse_decider", lambda paper, by: None)
    paper = get_engagement(drawn(audit)).papers[0]
    turned = Actor(
        audit.world.operations.id, "Olive", (Grant("auditor"),),
        user_pk=audit.world.operations.user_pk,
    )  # fmt: skip

    with pytest.raises(DatabaseError, match="nobody audits what they decided"):
        answer(audit, paper.id, by=turned)


def test_a_no_or_another_amount_is_a_deviation_and_an_earlier_answer_stays(audit, as_staff):
    engagement = drawn(audit)
    paper = get_engagement(engagement).papers[0]

    answer(audit, paper.id, answers=("no", "yes"))
    answer(audit, paper.id, answers=("yes", "na"), right=paper.payable_minor)
    answer(audit, paper.id, right=paper.payable_minor - 500)

    told = get_engagement(engagement).papers[0]
    assert [each.is_deviation for each in told.answers] == [True, False, True]
    assert told.misstated_minor == 500
    with pytest.raises(NotComplete, match="each question"):
        answer(audit, paper.id, answers=("yes",))
    with pytest.raises(NotComplete, match="below zero"):
        answer(audit, paper.id, right=-1)


def test_the_report_says_what_the_sample_proves(audit, as_staff):
    engagement = drawn(audit)
    first, *rest = get_engagement(engagement).papers
    answer(audit, first.id, right=first.payable_minor - 1_000)
    for paper in rest:
        answer(audit, paper.id)

    sha256 = engage.close_engagement(
        engagement_id=engagement, conclusion="One amount was wrong.", by=audit.auditor, at=NOW
    )

    found = get_engagement(engagement)
    assert found.report["evaluation"]["upper"] == 1, "the whole population was drawn"
    assert found.report["evaluation"]["projected_minor"] == 1_000
    assert found.report_sha256 == sha256
    said = Event.objects.filter(object_id=engagement, action="engagement.closed").get()
    assert sha256 in said.canonical
    document = report_document(found.report)
    assert "at most 1 of 4 decisions deviate (25%)" in str(document)
    pdf = render("audit_report", document)
    assert pdf == render("audit_report", document)
    assert pdf.startswith(b"%PDF-")


def test_a_closed_engagement_takes_nothing_more(audit, as_staff):
    engagement = worked(audit)
    paper = get_engagement(engagement).papers[0]
    finding = services.write_finding(
        engagement_id=engagement, kind="finding", title="A", body="B", criterion="",
        papers=[paper.id], by=audit.auditor, at=NOW,
    )  # fmt: skip
    refinement = services.name_refinement(
        finding_id=finding, body="C", owner=audit.world.lead.id, due_on=LAST,
        by=audit.auditor, at=NOW,
    )  # fmt: skip
    engage.close_engagement(
        engagement_id=engagement, conclusion="Sound.", by=audit.auditor, at=NOW
    )

    with pytest.raises(EngagementClosed):
        answer(audit, paper.id)
    with pytest.raises(EngagementClosed):
        services.withdraw_finding(finding_id=finding, reason="x", by=audit.auditor, at=NOW)
    with pytest.raises(EngagementClosed):
        engage.close_engagement(
            engagement_id=engagement, conclusion="Again.", by=audit.auditor, at=NOW
        )
    services.finish_refinement(
        refinement_id=refinement, note="Asked for since May.", by=audit.world.lead, at=NOW
    )
    with pytest.raises(NotInOrder):
        services.finish_refinement(
            refinement_id=refinement, note="Again.", by=audit.world.lead, at=NOW
        )


PAST_THE_SERVICES = (
    "UPDATE engagements_engagement SET title = 'other'",
    "UPDATE engagements_engagement SET conclusion = 'other'",
    "DELETE FROM engagements_engagement",
    "UPDATE engagements_population SET total_minor = 0",
    "UPDATE engagements_sample SET size = 1",
    "UPDATE engagements_paper SET payable_minor = 0",
    "UPDATE engagements_answer SET is_deviation = true",
    "DELETE FROM engagements_answer",
    "TRUNCATE engagements_answer",
    "UPDATE engagements_ask SET body = 'other'",
    "UPDATE engagements_reply SET body = 'other'",
    "UPDATE engagements_finding SET body = 'other'",
    "UPDATE engagements_finding SET withdrawn_reason = 'x', withdrawn_at = now()",
    "DELETE FROM engagements_findingpaper",
    "UPDATE engagements_refinement SET owner = 'usr_x'",
    "DELETE FROM engagements_refinement",
    "INSERT INTO engagements_answer (public_id, paper_id, seq, answers, seen, is_deviation, "
    "answered_by, answered_at) SELECT 'ans_x', id, 9, '[]', 'x', false, 'usr_x', now() "
    "FROM engagements_paper LIMIT 1",
    "INSERT INTO engagements_ask (public_id, engagement_id, seq, body, asked_of, asked_by, "
    "asked_at) SELECT 'ask_x', id, 9, 'x', '', 'usr_x', now() FROM engagements_engagement",
    "INSERT INTO engagements_reply (public_id, ask_id, body, evidence, is_settled, replied_by, "
    "replied_at) SELECT 'rpl_x', id, 'x', '[]', true, 'usr_x', now() FROM engagements_ask",
    "INSERT INTO engagements_refinement (public_id, finding_id, body, owner, due_on, named_by, "
    "named_at, done_note, done_by) SELECT 'rfn_x', id, 'x', 'usr_x', now(), 'usr_x', now(), '', "
    "'' FROM engagements_finding",
)


def test_planted_faults_past_the_services_are_refused_by_the_database(own_audit):
    with acting_as(staff()):
        engagement = reported(own_audit)
        engage.close_engagement(
            engagement_id=engagement, conclusion="Sound.", by=own_audit.auditor, at=NOW
        )
    with insider(own_audit) as connection:
        for statement in PAST_THE_SERVICES:
            with pytest.raises(psycopg.errors.DatabaseError) as refused:
                connection.execute(statement)
            assert refused.value.sqlstate in {"23001", "23514"}, statement


def test_an_engagement_closes_only_when_each_paper_is_answered(audit, as_staff):
    engagement = drawn(audit)
    answer(audit, get_engagement(engagement).papers[0].id)

    with pytest.raises(NotComplete, match="3 of 4"):
        engage.close_engagement(
            engagement_id=engagement, conclusion="Sound.", by=audit.auditor, at=NOW
        )
    with pytest.raises(DatabaseError, match="not answered"), transaction.atomic():
        Engagement.objects.filter(public_id=engagement).update(
            conclusion="x", report="{}", report_sha256="0" * 64, closed_by="usr_x", closed_at=NOW
        )


def test_steps_come_in_order_and_plans_fit_the_engagement(audit, as_staff):
    engagement = opened(audit)
    with pytest.raises(NotInOrder, match="population first"):
        engage.draw_sample(engagement_id=engagement, plan=plan(), by=audit.auditor, at=NOW)
    with pytest.raises(NotInOrder, match="work its papers"):
        engage.close_engagement(engagement_id=engagement, conclusion="x", by=audit.auditor, at=NOW)
    engage.draw_population(engagement_id=engagement, by=audit.auditor, at=NOW)
    with pytest.raises(NotInOrder, match="opened with"):
        engage.draw_sample(
            engagement_id=engagement, plan=plan(seed="other"), by=audit.auditor, at=NOW
        )
    with pytest.raises(BadPlan, match="strata"):
        engage.draw_sample(
            engagement_id=engagement, by=audit.auditor, at=NOW,
            plan=plan(method=Method.STRATIFIED, size=1),
        )  # fmt: skip
    assert Paper.objects.count() == 0


def test_only_an_auditor_audits_and_operations_reply(audit, as_staff):
    with pytest.raises(NotAllowed):
        opened(audit, by=audit.world.operations)
    engagement = drawn(audit)
    paper = get_engagement(engagement).papers[0]
    with pytest.raises(NotAllowed):
        answer(audit, paper.id, by=audit.world.lead)
    ask = services.ask_for(
        engagement_id=engagement, body="The order.", asked_of=audit.world.lead.id,
        due_on=date(2026, 6, 1), by=audit.auditor, at=NOW,
    )  # fmt: skip
    with pytest.raises(NotAllowed):
        services.reply_to(
            ask_id=ask, body="x", evidence=[], is_settled=True, by=audit.world.lead, at=NOW
        )
    services.reply_to(
        ask_id=ask, body="Here.", evidence=[], is_settled=False, by=audit.world.lead, at=NOW
    )
    assert not get_engagement(engagement).asks[0].is_settled
    services.reply_to(
        ask_id=ask, body="Thanks.", evidence=[], is_settled=True, by=audit.auditor, at=NOW
    )
    assert get_engagement(engagement).asks[0].is_settled


def test_an_auditor_of_another_program_audits_nothing_here(audit, as_staff):
    engagement = drawn(audit)
    paper = get_engagement(engagement).papers[0]
    elsewhere = Actor(
        audit.auditor.id, "Audrey", (Grant("auditor", program="other"),),
        user_pk=audit.auditor.user_pk,
    )  # fmt: skip

    with pytest.raises(NotAllowed, match="does not cover"):
        opened(audit, by=elsewhere)
    with pytest.raises(NotAllowed, match="does not cover"):
        answer(audit, paper.id, by=elsewhere)
    with pytest.raises(NotAllowed, match="does not cover"):
        engage.close_engagement(engagement_id=engagement, conclusion="x", by=elsewhere, at=NOW)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": " "}, "title"), ({"purpose": ""}, "purpose"), ({"seed": ""}, "seed"),
        ({"questions": []}, "questions"), ({"last_on": date(2025, 1, 1)}, "last_on"),
    ],
)  # fmt: skip
def test_what_is_lacking_is_named(audit, as_staff, wrong, field):
    with pytest.raises(NotComplete) as refused:
        opened(audit, **wrong)
    assert refused.value.field == field


def test_a_finding_rests_on_papers_of_its_engagement_and_is_withdrawn_with_a_reason(
    audit, as_staff
):
    engagement, other = worked(audit), worked(audit)
    strange = get_engagement(other).papers[0].id
    given = {
        "engagement_id": engagement, "kind": "exception", "title": "Paid without the photo",
        "body": "See the paper.", "criterion": "MDF-7", "by": audit.auditor, "at": NOW,
    }  # fmt: skip
    for papers in ([], [strange]):
        with pytest.raises(NotComplete, match="submissions of the sample"):
            services.write_finding(papers=papers, **given)
    finding = services.write_finding(papers=[get_engagement(engagement).papers[0].id], **given)

    services.withdraw_finding(
        finding_id=finding, reason="The photo was there.", by=audit.auditor, at=NOW
    )

    assert get_engagement(engagement).findings[0].is_withdrawn
    with pytest.raises(NotInOrder):
        services.name_refinement(
            finding_id=finding,
            body="x",
            owner=audit.world.lead.id,
            due_on=LAST,
            by=audit.auditor,
            at=NOW,
        )
    report = engage.report_of(get_engagement(engagement))
    assert report["findings"] == []
    assert "The photo was there." in str(report_document(report))
    assert Answer.objects.count() == 8


def test_times_are_those_of_the_program(audit, as_staff):
    assert datetime(2026, 5, 1, 9, 30, tzinfo=UTC) == CLAIMED
    engagement = opened(audit, first_on=date(2026, 5, 1), last_on=date(2026, 5, 1))
    engage.draw_population(engagement_id=engagement, by=audit.auditor, at=NOW)
    found = get_engagement(engagement).population
    assert {each.submission for each in found.items} >= set(audit.claims)
    assert found.tie["difference"] == 0


def at_once(own_audit: Audit, *acts) -> list[str]:
    """Do each act in a thread and a transaction of its own; return what was refused."""
    gate = threading.Barrier(len(acts))

    def run(act) -> str:
        try:
            gate.wait()
            with acting_as(staff()):
                act()
        except EngagementRefused as refused:
            return type(refused).__name__
        finally:
            connections.close_all()
        return ""

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(filter(None, pool.map(run, acts)))


def test_of_three_draws_at_once_one_makes_the_sample(own_audit):
    with acting_as(staff()):
        engagement = opened(own_audit)
        engage.draw_population(engagement_id=engagement, by=own_audit.auditor, at=NOW)

    def sample():
        engage.draw_sample(engagement_id=engagement, plan=plan(), by=own_audit.auditor, at=NOW)

    assert at_once(own_audit, sample, sample, sample) == ["NotInOrder"] * 2
    with acting_as(staff()):
        assert len(get_engagement(engagement).papers) == 4


def test_an_answer_beside_the_closing_stands_in_the_report_or_is_refused(own_audit):
    with acting_as(staff()):
        engagement = worked(own_audit)
        paper = get_engagement(engagement).papers[0]

    def close():
        engage.close_engagement(
            engagement_id=engagement, conclusion="Sound.", by=own_audit.auditor, at=NOW
        )

    def no():
        answer(own_audit, paper.id, answers=("no", "yes"))

    refused = at_once(own_audit, close, no)
    with acting_as(staff()):
        found = get_engagement(engagement)
    assert found.is_closed
    assert refused in ([], ["EngagementClosed"])
    assert found.report["evaluation"]["deviations"] == (0 if refused else 1)
    assert len(found.papers[0].answers) == (1 if refused else 2)


def test_what_waits_for_somebody_is_told_until_it_is_done(audit, as_staff):
    engagement = reported(audit)
    world = audit.world
    assert [each.refinements for each in waiting_for(world.lead.id)] == [1]
    ask = services.ask_for(
        engagement_id=engagement, body="More.", asked_of="", due_on=None, by=audit.auditor, at=NOW
    )
    assert [(each.asks, each.refinements) for each in waiting_for(world.lead.id)] == [(1, 1)]
    assert [each.asks for each in waiting_for(world.checker.id)] == [1]
    services.reply_to(
        ask_id=ask, body="Here.", evidence=[], is_settled=False, by=world.checker, at=NOW
    )
    refinement = get_engagement(engagement).findings[0].refinements[0]
    services.finish_refinement(refinement_id=refinement.id, note="Done.", by=world.lead, at=NOW)

    assert waiting_for(world.lead.id) == waiting_for(world.checker.id) == ()


@pytest.mark.parametrize("who", ["", "usr_absent", "partner"])
def test_a_refinement_is_owned_by_one_of_our_people(audit, as_staff, who):
    engagement = reported(audit)
    finding = get_engagement(engagement).findings[0].id
    owner = audit.world.partner.id if who == "partner" else who

    with pytest.raises(NotComplete, match="people who has access") as refused:
        services.name_refinement(
            finding_id=finding, body="x", owner=owner, due_on=LAST, by=audit.auditor, at=NOW
        )
    assert refused.value.field == "owner"
    if who:
        with pytest.raises(NotComplete, match="people who has access"):
            services.ask_for(
                engagement_id=engagement, body="x", asked_of=owner, due_on=None,
                by=audit.auditor, at=NOW,
            )  # fmt: skip
