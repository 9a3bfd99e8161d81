"""Dry-run audits by page: who may, what is refused in words, what a plan says beforehand."""

import pytest

from counterfoil.apps.engagements.selectors import get_engagement, list_engagements
from counterfoil.core.actors import Actor
from counterfoil.flows import engage
from counterfoil.foundation.acting import acting_as, staff
from tests.audit_stock import NOW, Audit, opened, reported
from tests.doors.console.review_stock import signed_in

pytestmark = pytest.mark.db


@pytest.fixture(scope="module")
def engagement(audit: Audit) -> str:
    with acting_as(staff()):
        return reported(audit)


@pytest.fixture(scope="module")
def planned(audit: Audit) -> str:
    with acting_as(staff()):
        made = opened(audit, title="Planned")
        engage.draw_population(engagement_id=made, by=audit.auditor, at=NOW)
        return made


def get(person: Actor, path: str) -> tuple[int, str]:
    answer = signed_in(person).get(f"/console/engagements/{path}")
    return answer.status_code, answer.content.decode()


def post(person: Actor, path: str, **fields) -> tuple[int, str]:
    answer = signed_in(person).post(f"/console/engagements/{path}", fields)
    return answer.status_code, answer.content.decode()


OPEN = {
    "title": "Claims", "purpose": "By the rules?", "program": "growth", "first_on": "2026-01-01",
    "last_on": "2026-12-31", "draft": "", "seed": "q4", "questions": "By the rules?",
}  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"title": ""}, "Enter something here."),
        ({"last_on": "2025-12-31"}, "The last day comes before the first."),
        ({"first_on": "soon"}, "Write the day like 2026-07-01."),
        ({"questions": "\n".join("abcdefghi")}, "Give 1 to 8 questions"),
        ({"program": "other"}, "Choose one of the list."),
        ({"draft": "pbv_x"}, "Choose one of the list."),
        ({"seed": "x" * 81}, "at most 80 characters"),
    ],
)
def test_what_opens_no_audit_is_told_at_its_field(audit, wrong, words):
    status, said = post(audit.auditor, "new", **(OPEN | wrong))

    assert status == 422
    assert words in said
    with acting_as(staff()):
        assert "Claims" not in {row.title for row in list_engagements()}


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "Would be drawn"),
        ("method=random&size=2", "of 4 decisions"),
        ("method=random&size=0", "Say how many items to draw"),
        ("method=random&size=many", "Write a whole number."),
        ("method=stratified&size=4&bands=500;1,000.00", "from 1,000.00 USD"),
        ("method=stratified&size=4&bands=1000;500", "rising amounts"),
        ("method=stratified&size=4&bands=much", "much"),
        ("method=stratified&size=4&by=type", "mdf-claim"),
        ("method=stratified&size=4&bands=1000&top=yes", "certain"),
        ("method=monetary&amount=3,000.00", "At most too much"),
        ("method=monetary&amount=-3", "above zero"),
        ("method=guess", "Choose one of the methods."),
        ("confidence=1", "Confidence is from 50%"),
        ("tolerable=0", "The tolerable rate is above 0%"),
    ],
)
def test_a_plan_says_what_it_would_draw_or_why_not(audit, planned, query, words):
    status, said = get(audit.auditor, f"{planned}/plan?{query}")

    assert status == 200
    assert words in said
    with acting_as(staff()):
        assert get_engagement(planned).sample is None


def test_a_plan_that_can_t_be_drawn_draws_nothing(audit, planned):
    status, said = post(audit.auditor, f"{planned}/sample?method=random&size=0")

    assert status == 409
    assert "Say how many items to draw" in said


def test_what_an_answer_lacks_is_told_at_its_field(audit, engagement):
    with acting_as(staff()):
        paper = get_engagement(engagement).papers[0]
    sound = {"answer0": "yes", "answer1": "na", "seen": "The invoice.", "right": ""}
    for wrong, words in (
        ({"answer0": ""}, "Answer with yes, no or not applicable."),
        ({"seen": " "}, "Enter something here."),
        ({"right": "much"}, "much"),
        ({"right": "-1.00"}, "below zero"),
    ):
        status, said = post(audit.auditor, f"papers/{paper.id}/answer", **(sound | wrong))
        assert (status, words in said) == (422, True), wrong
    with acting_as(staff()):
        assert len(get_engagement(engagement).papers[0].answers) == 1


def test_operations_see_and_reply_and_finance_does_not_recommend(audit, engagement):
    world = audit.world
    with acting_as(staff()):
        found = get_engagement(engagement)
    status, said = get(world.operations, engagement)
    assert status == 200
    assert "Reply" in said
    assert "Close the audit" not in said
    assert post(world.finance, f"findings/{found.findings[0].id}/refine")[0] == 403
    assert post(world.operations, f"requests/{found.asks[0].id}/reply", body="")[0] == 422


def test_a_report_of_an_open_audit_says_that_it_is_a_draft(audit, engagement):
    status, said = get(audit.world.lead, f"{engagement}/report")

    assert status == 200
    assert "draft report: the engagement is still open" in said
    assert "Export the pack" not in said
    with acting_as(staff()):
        paper = get_engagement(engagement).papers[0]
    assert f'<a href="/console/engagements/papers/{paper.id}">{paper.number}</a>' in said


def test_an_absent_thing_is_not_found(audit):
    for path in ("eng_x", "papers/pap_x", "eng_x/report.pdf", "eng_x/workbook", "eng_x/plan"):
        assert get(audit.auditor, path)[0] == 404
    for path in ("requests/x/reply", "findings/x/refine", "refinements/x/done", "eng_x/pack"):
        assert post(audit.auditor, path)[0] == 404
