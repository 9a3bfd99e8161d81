"""A month closes in order, once it is over, behind every post; it opens again with a reason."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError

from counterfoil.apps.audit.selectors import list_events
from counterfoil.apps.audit.types import EventFilters
from counterfoil.apps.ledger.errors import MonthNotOver, PeriodClosed
from counterfoil.apps.ledger.selectors import list_months, month_totals
from counterfoil.apps.ledger.services import post as posting
from counterfoil.apps.ledger.services import post_entry
from counterfoil.core.authority import NotAllowed
from counterfoil.core.calendars import CalendarError, month_days
from counterfoil.core.journal import budget_set
from counterfoil.core.money import Money
from counterfoil.flows.close_month import close_month, preview_close, reopen_month
from counterfoil.foundation.acting import acting_as, staff
from tests.money_stock import CHECKER, FINANCE, make_program, next_key

pytestmark = [pytest.mark.db, pytest.mark.django_db]

MARCH, MAY = datetime(2026, 3, 10, 9, tzinfo=UTC), datetime(2026, 5, 10, 9, tzinfo=UTC)


def post(on: date, minor: int = 5_000) -> None:
    draft = budget_set(
        fund="fund_1", period="2026-Q1", amount=Money(minor, "EUR"), effective_on=on,
        idem_key=next_key(), source_ref="fund_1",
    )  # fmt: skip
    post_entry(draft=draft, by=FINANCE, at=MARCH)


@pytest.fixture(autouse=True)
def ledger():
    with acting_as(staff()):
        make_program("growth")
        post(date(2026, 3, 5))
        post(date(2026, 4, 6), 7_000)
        yield


def states() -> dict[str, bool]:
    return {month.code: month.closed_at is not None for month in list_months()}


def events(action: str) -> list[dict[str, object]]:
    return [dict(each.data) for each in list_events(filters=EventFilters(action=action)).events]


def test_a_closed_month_takes_no_entry_and_its_totals_stand_in_the_log():
    report = preview_close(code="2026-03", by=CHECKER, at=MAY)
    close_month(code="2026-03", by=CHECKER, at=MAY)

    assert report.entries == 1
    assert {total.debit for total in report.totals} == {Money(5_000, "EUR"), Money(0, "EUR")}
    assert states() == {"2026-04": False, "2026-03": True}
    assert events("period.closed") == [
        {
            "budget.authorized EUR": "0.00 debit, 50.00 credit",
            "budget.available EUR": "50.00 debit, 0.00 credit",
        }
    ]
    with pytest.raises(PeriodClosed):
        post(date(2026, 3, 31))


def test_planted_service_that_looks_away_is_stopped_by_the_database(monkeypatch):
    close_month(code="2026-03", by=CHECKER, at=MAY)
    monkeypatch.setattr(posting, "_refuse_closed", lambda fresh: None)

    with pytest.raises(IntegrityError, match="is closed"):
        post(date(2026, 3, 31))


@pytest.mark.parametrize(
    ("at", "may_close"),
    [
        (datetime(2026, 4, 1, 11, 59, tzinfo=UTC), False),
        (datetime(2026, 4, 1, 12, 0, tzinfo=UTC), True),
    ],
)
def test_a_month_closes_when_its_last_day_is_over_everywhere(at, may_close):
    if may_close:
        close_month(code="2026-03", by=CHECKER, at=at)
    else:
        with pytest.raises(MonthNotOver, match="noon UTC"):
            close_month(code="2026-03", by=CHECKER, at=at)
    assert states()["2026-03"] is may_close


def test_months_close_in_their_order():
    with pytest.raises(MonthNotOver, match="Close 2026-03 first"):
        close_month(code="2026-04", by=CHECKER, at=MAY)


def test_a_month_is_closed_once():
    close_month(code="2026-03", by=CHECKER, at=MAY)

    with pytest.raises(MonthNotOver, match="already"):
        close_month(code="2026-03", by=CHECKER, at=MAY)
    assert len(events("period.closed")) == 1


def test_the_last_closed_month_opens_again_with_a_reason():
    for code in ("2026-03", "2026-04"):
        close_month(code=code, by=CHECKER, at=MAY)

    with pytest.raises(MonthNotOver, match="Open 2026-04 first"):
        reopen_month(code="2026-03", by=CHECKER, at=MAY, reason="A late refund")
    with pytest.raises(MonthNotOver, match="why"):
        reopen_month(code="2026-04", by=CHECKER, at=MAY, reason=" ")
    reopen_month(code="2026-04", by=CHECKER, at=MAY, reason="A late refund")

    assert states() == {"2026-04": False, "2026-03": True}
    assert {"reason": "A late refund"} in events("period.opened")
    post(date(2026, 4, 30))


def test_an_open_month_is_not_opened():
    with pytest.raises(MonthNotOver, match="is open"):
        reopen_month(code="2026-03", by=CHECKER, at=MAY, reason="Why not")


@pytest.mark.parametrize("act", [close_month, reopen_month])
def test_only_the_checker_of_finance_closes_and_opens(act):
    more = {"reason": "x"} if act is reopen_month else {}
    with pytest.raises(NotAllowed):
        act(code="2026-03", by=FINANCE, at=MAY, **more)


@pytest.mark.parametrize("code", ["2026-13", "march", "2026", "2026-03-01", ""])
def test_what_is_no_month_is_refused_in_words(code):
    with pytest.raises(MonthNotOver, match="is not a month"):
        close_month(code=code, by=CHECKER, at=MAY)


def test_the_days_of_a_month():
    assert month_days("2028-02") == (date(2028, 2, 1), date(2028, 2, 29))
    assert month_days("2026-12") == (date(2026, 12, 1), date(2026, 12, 31))
    with pytest.raises(CalendarError):
        month_days("2026-00")


def test_debits_are_credits_in_every_month():
    totals = month_totals(first=date(2026, 1, 1), last=date(2026, 12, 31))

    assert sum(total.debit.minor - total.credit.minor for total in totals) == 0
    assert sum(total.debit.minor for total in totals) == 12_000
