"""Commission runs in the console: looked at, approved by a region and the center, posted."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from counterfoil.adapters.files_local import LocalFiles
from counterfoil.apps.earnings.selectors import get_run, lines_of_run, list_adjustments
from counterfoil.apps.earnings.services import publish_plan, save_plan, use_plan
from counterfoil.apps.partners.selectors import get_partner
from counterfoil.apps.programs.services import record_sales_lines
from counterfoil.apps.programs.types import SalesLineDraft
from counterfoil.core.money import Money
from counterfoil.flows.run_commissions import run_commissions
from counterfoil.foundation.acting import acting_as, staff
from tests.money_stock import CHECKER, FINANCE, OPS, make_partner, make_program
from tests.plan_stock import SHIPPED

pytestmark = [pytest.mark.db, pytest.mark.django_db]
THEN = datetime(2026, 9, 1, 12, tzinfo=UTC)


@pytest.fixture
def run(world, tmp_path):
    """A draft of August with two lines of one partner, and its id and the partner's."""
    text = (SHIPPED / "channel-commission.yaml").read_text(encoding="utf-8")
    with acting_as(staff()):
        make_program(code="channel", currency="USD")
        partner = make_partner("Alpine Systems", program="channel")
        saved = save_plan(source=text, code="channel-commission", by=FINANCE, at=THEN)
        publish_plan(version_id=saved.public_id, by=CHECKER, at=THEN)
        use_plan(plan_code="channel-commission", program="channel", by=CHECKER, at=THEN)
        lines = [
            SalesLineDraft(
                partner_id=partner.pk, source_key=key, order_number=key,
                sold_on=date(2026, 8, 3), received_on=date(2026, 8, 3), quantity=1,
                amount=Money(minor, "USD"), category="Bikes",
            )
            for key, minor in (("sale/1", 2_400_000), ("sale/2", 200_000))
        ]  # fmt: skip
        record_sales_lines(source="crm", lines=lines, import_run="imp", by=OPS, at=THEN)
        made = run_commissions(
            plan_code="channel-commission", program="channel", month="2026-08",
            received_until=date(2026, 9, 1), store=LocalFiles(tmp_path / "runs"), by=FINANCE,
            at=THEN,
        )  # fmt: skip
    return made.public_id, partner.public_id


def test_a_run_is_approved_by_its_region_then_centrally_and_posted(as_role, run):
    run_id, _ = run
    approve = reverse("console:commission_approve", args=[run_id])
    post = reverse("console:commission_post", args=[run_id])
    lead, checker = as_role("team_lead"), as_role("finance_checker")

    early = checker.get(post)
    refused = checker.post(approve, {"region": "*"})
    lead.post(approve, {"region": "-"})
    checker.post(approve, {"region": "*"})
    done = checker.post(post)

    assert "It waits for" in early.content.decode()
    assert refused.status_code == 422
    assert done.status_code == 302
    with acting_as(staff()):
        assert get_run(run_id).state == "posted"


def test_a_figure_is_followed_from_the_list_down_to_its_line(as_role, run):
    run_id, partner_id = run
    browser = as_role("auditor")
    lines = reverse("console:commission_lines", args=[run_id, partner_id])
    with acting_as(staff()):
        pk = get_partner(partner_id=partner_id).pk
        number = lines_of_run(run_id, partner_id=pk)[1].sales_line
    line = reverse("console:commission_line", args=[run_id, f"line-{number}"])

    listed = browser.get(reverse("console:commissions")).content.decode()
    page = browser.get(reverse("console:commission_run", args=[run_id])).content.decode()
    below = browser.get(lines).content.decode()
    told = browser.get(line).content.decode()

    assert reverse("console:commission_run", args=[run_id]) in listed
    assert lines in page
    assert "No exception" in page
    assert line in below
    assert "3.3%" in told
    assert "63.00 USD" in told


def test_who_may_not_is_told_so_and_sees_no_button(as_role, run):
    run_id, _ = run
    browser = as_role("auditor")

    page = browser.get(reverse("console:commission_run", args=[run_id])).content.decode()
    answer = browser.post(reverse("console:commission_post", args=[run_id]))

    assert reverse("console:commission_post", args=[run_id]) not in page
    assert answer.status_code == 403


def test_an_adjustment_is_proposed_and_approved_by_two_people_and_stands_at_the_run(as_role, run):
    run_id, partner_id = run
    maker, checker = as_role("finance_maker"), as_role("finance_checker")
    given = {
        "use": "channel/channel-commission", "partner": partner_id, "month": "2026-08",
        "amount": "-25.50", "reason": "paid_too_much", "note": "Order 7 was paid twice.",
    }  # fmt: skip

    wrong = maker.post(reverse("console:adjustment_propose"), given | {"amount": "25.50"})
    nobody = maker.post(reverse("console:adjustment_propose"), given | {"partner": "Nobody"})
    made = maker.post(reverse("console:adjustment_propose"), given)
    with acting_as(staff()):
        (found,) = list_adjustments(partner_id=get_partner(partner_id=partner_id).pk)
    approve = reverse("console:adjustment_approve", args=[found.public_id])
    own = maker.get(reverse("console:adjustment", args=[found.public_id])).content.decode()
    done = checker.post(approve)
    again = checker.post(approve)
    page = checker.get(reverse("console:commission_run", args=[run_id])).content.decode()
    listed = checker.get(reverse("console:adjustments")).content.decode()
    told = checker.get(reverse("console:adjustment", args=[found.public_id])).content.decode()

    assert "below zero" in wrong.content.decode()
    assert "exactly one partner" in nobody.content.decode()
    assert made.status_code == done.status_code == 302
    assert again.status_code in {200, 409}
    assert "Take back" in own
    assert reverse("console:adjustment", args=[found.public_id]) in page
    assert reverse("console:adjustment", args=[found.public_id]) in listed
    assert "Order 7 was paid twice." in told
    assert "ent_" in told


def test_a_proposal_is_taken_back_by_who_made_it_or_refused_by_a_checker(as_role, run):
    _, partner_id = run
    given = {
        "use": "channel/channel-commission", "partner": partner_id, "month": "2026-08",
        "amount": "10", "reason": "goodwill", "note": "For the delay.",
    }  # fmt: skip
    maker, checker = as_role("finance_maker"), as_role("finance_checker")

    maker.post(reverse("console:adjustment_propose"), given)
    with acting_as(staff()):
        (first,) = list_adjustments()
    ended = maker.post(
        reverse("console:adjustment_withdraw", args=[first.public_id]), {"note": "Typed wrong"}
    )
    maker.post(reverse("console:adjustment_propose"), given)
    with acting_as(staff()):
        second = list_adjustments()[0]
    refused = checker.post(
        reverse("console:adjustment_refuse", args=[second.public_id]), {"note": "Not agreed"}
    )

    assert ended.status_code == refused.status_code == 302
    with acting_as(staff()):
        assert [each.state for each in list_adjustments()] == ["refused", "refused"]
