"""Commission plans in the console: written with a mistake, mended, published by another, used."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from counterfoil.apps.earnings.selectors import list_parties, list_plans, list_runs, list_uses
from counterfoil.apps.programs.services import record_sales_lines
from counterfoil.apps.programs.types import SalesLineDraft
from counterfoil.core.money import Money
from counterfoil.foundation.acting import acting_as, staff
from tests.money_stock import OPS, make_partner, make_program
from tests.plan_stock import SHIPPED

pytestmark = [pytest.mark.db, pytest.mark.django_db]
CODE = "channel-commission"
TEXT = (SHIPPED / f"{CODE}.yaml").read_text(encoding="utf-8")
WRONG = TEXT.replace("rate: 2.5%", "rate: 2.5 percent")
THEN = datetime(2026, 9, 1, 12, tzinfo=UTC)


def save(browser, source=TEXT, *, code=CODE, at="console:plan_new", args=()):
    return browser.post(reverse(at, args=args), {"code": code, "source": source})


def newest():
    with acting_as(staff()):
        return list_plans(CODE)[0]


@pytest.fixture
def published(as_role):
    save(as_role("finance_maker"))
    as_role("finance_checker").post(reverse("console:plan_publish", args=[newest().public_id]))
    return newest().public_id


def test_a_mistake_is_told_at_its_line_while_one_types_and_when_one_saves(as_role):
    maker = as_role("finance_maker")
    line = 1 + WRONG[: WRONG.index("2.5 percent")].count("\n")

    typed = maker.post(reverse("console:plan_check"), {"code": CODE, "source": WRONG})
    saved = save(maker, WRONG)
    shown = as_role("finance_checker").get(reverse("console:plan", args=[newest().public_id]))
    page = shown.content.decode()

    assert f"#l{line}" in typed.content.decode()
    assert saved.status_code == 302
    assert f"#l{line}" in page
    assert "The draft has problems; mend them first." in page
    refused = as_role("finance_checker").post(
        reverse("console:plan_publish", args=[newest().public_id])
    )
    assert refused.status_code == 409
    assert newest().state == "draft"


def test_examples_that_earn_something_else_keep_a_draft_back(as_role):
    maker = as_role("finance_maker")
    wrong = TEXT.replace("partner: 36.90 USD", "partner: 36.91 USD")

    typed = maker.post(reverse("console:plan_check"), {"code": CODE, "source": wrong})
    save(maker, wrong)

    assert "36.91 USD" in typed.content.decode()
    assert "36.90 USD" in typed.content.decode()
    as_role("finance_checker").post(reverse("console:plan_publish", args=[newest().public_id]))
    assert newest().state == "draft"


@pytest.mark.parametrize(
    ("code", "source", "words"),
    [
        ("Channel Plan", TEXT, "Write a code of small letters"),
        (CODE, "  ", "Write the text first"),
        ("another-plan", TEXT, "The text is of the plan channel-commission, not another-plan"),
        (CODE, "x" * 200_001, "The text is longer than 200,000 characters"),
    ],
)
def test_what_can_t_be_kept_is_said_and_stays_in_the_form(as_role, code, source, words):
    answer = save(as_role("finance_maker"), source, code=code)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    with acting_as(staff()):
        assert list_plans() == ()


def test_who_wrote_it_does_not_publish_it_and_nobody_edits_what_is_published(as_role, published):
    admin, maker = as_role("administrator"), as_role("finance_maker")
    save(admin, TEXT.replace("minimum_payout: 50.00", "minimum_payout: 60.00"))
    draft = newest().public_id

    page = admin.get(reverse("console:plan_publish", args=[draft])).content.decode()
    own = admin.post(reverse("console:plan_publish", args=[draft]))
    edited = save(maker, at="console:plan_edit", args=[published])

    assert "You wrote this draft; another person publishes it." in page
    assert own.status_code == 409
    assert newest().state == "draft"
    assert edited.status_code == 409
    assert "A published version never changes" in edited.content.decode()


def test_two_versions_are_compared_in_words(as_role, published):
    save(
        as_role("finance_maker"),
        TEXT.replace("minimum_payout: 50.00", "minimum_payout: 60.00").replace(
            "cap: 10000.00 USD", "cap: 12000.00 USD"
        ).replace("partner: 9027.00 USD, distributor: 1003.00 USD",
                  "partner: 10827.00 USD, distributor: 1203.00 USD"),
    )  # fmt: skip
    auditor = as_role("auditor")

    page = auditor.get(reverse("console:plan_compare", args=[newest().public_id]))
    text = page.content.decode()

    assert "Minimum payout" in text
    assert "50.00 USD" in text
    assert "60.00 USD" in text
    assert "Currency" not in text
    publish = reverse("console:plan_publish", args=[newest().public_id])
    asked = as_role("finance_checker").get(publish).content.decode()
    assert "50.00 USD → 60.00 USD" in asked


def test_a_plan_is_used_a_party_named_and_a_month_computed_from_the_page(as_role, published):
    checker, maker = as_role("finance_checker"), as_role("finance_maker")
    with acting_as(staff()):
        make_program(code="channel", currency="USD")
        seller, other = (make_partner(name, program="channel") for name in ("Ada", "Bert"))
        lines = [
            SalesLineDraft(
                partner_id=seller.pk, source_key=f"s/{month}", order_number=f"s{month}",
                sold_on=date(2026, month, 3), received_on=date(2026, month, 3), quantity=1,
                amount=Money(minor, "USD"), category="Bikes",
            )
            for month, minor in ((7, 100_000), (8, 900_000))
        ]  # fmt: skip
        record_sales_lines(source="crm", lines=lines, import_run="imp", by=OPS, at=THEN)
    new = reverse("console:commission_new")
    assert "No program uses a plan yet" in maker.get(new).content.decode()

    checker.post(reverse("console:plan_use", args=[published]), {"program": "channel"})
    with acting_as(staff()):
        [use] = list_uses()
    party = reverse("console:plan_party", args=[published])
    given = {"use": use.public_id, "party": "distributor"}
    nobody = maker.post(party, {**given, "partner": "Ada", "beneficiary": "Nobody"})
    maker.post(party, {**given, "partner": "Ada", "beneficiary": other.public_id})

    assert nobody.status_code == 422
    assert "No partner is called Nobody" in nobody.content.decode()
    with acting_as(staff()):
        [named] = list_parties(use.public_id)
    assert (named.partner_name, named.beneficiary_name) == ("Ada", "Bert")
    assert "Bert" in maker.get(reverse("console:plan", args=[published])).content.decode()
    for wrong, words in (("2026-13", "Write the month like"), ("2026-09", "is not over")):
        answer = maker.post(new, {"use": use.public_id, "month": wrong})
        assert answer.status_code == 422
        assert words in answer.content.decode()
    done = maker.post(new, {"use": use.public_id, "month": "2026-07"}, follow=True)
    assert "Nothing is posted yet." in done.content.decode()
    with acting_as(staff()):
        [july] = list_runs()
    approve = reverse("console:commission_approve", args=[july.public_id])
    as_role("team_lead").post(approve, {"region": "-"})
    checker.post(approve, {"region": "*"})
    checker.post(reverse("console:commission_post", args=[july.public_id]))
    maker.post(new, {"use": use.public_id, "month": "2026-08"})
    with acting_as(staff()):
        august = next(each for each in list_runs() if each.month == "2026-08")
    page = maker.get(reverse("console:commission_run", args=[august.public_id])).content.decode()
    assert "It sold 9000.00 USD in 1 line, before 1000.00 USD in 1 line." in page
    assert "Others sold more or less of what it shares in." in page


def test_who_may_only_read_is_offered_nothing_and_refused(as_role, published):
    auditor, page = as_role("auditor"), reverse("console:plan", args=[published])

    text = auditor.get(page).content.decode()

    assert "The plan in words" in text
    for name, args in (
        ("plan_edit", [published]), ("plan_publish", [published]), ("plan_use", [published]),
        ("plan_party", [published]), ("plan_new", []), ("commission_new", []),
    ):  # fmt: skip
        url = reverse(f"console:{name}", args=args)
        assert f'"{url}"' not in text
        assert auditor.post(url).status_code == 403
