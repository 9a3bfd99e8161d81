"""Programs, funds, enrollments and sales: recorded once, refused in words."""

from dataclasses import replace
from datetime import date

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from counterfoil.apps.programs.errors import (
    AlreadyEnrolled,
    BadFundTerms,
    BadSalesLine,
    FundExists,
    SalesLinesChanged,
    UnknownFund,
    UnknownProgram,
    UnknownTier,
)
from counterfoil.apps.programs.models import SalesLine
from counterfoil.apps.programs.selectors import (
    enrollments_of,
    find_fund,
    funds_of_partner,
    get_fund,
    get_program,
    list_funds,
    list_programs,
    list_tiers,
    recorded_sales,
    sales_totals,
)
from counterfoil.apps.programs.services import (
    create_fund,
    create_tier,
    enroll_partner,
    record_sales_lines,
)
from counterfoil.apps.programs.types import SalesLineDraft
from counterfoil.core.canonical import sha256_hex
from counterfoil.core.money import Money
from counterfoil.foundation.acting import acting_as, portal, staff, worker
from tests.money_stock import AT, FINANCE, OPS, make_partner, make_program

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def partner():
    with acting_as(staff()):
        make_program("growth")
        yield make_partner(program="growth")


def _fund(**terms):
    given = {
        "program": "growth", "code": "mdf", "name": "MDF", "period": "2026-Q1",
        "budget": Money(100_000, "EUR"), "earn_rate_ppm": 20_000, "starts_on": date(2026, 1, 1),
        "ends_on": date(2026, 3, 31), "claims_until": date(2026, 5, 31), "by": FINANCE, "at": AT,
    }  # fmt: skip
    return create_fund(**{**given, **terms})


def _line(partner, key="1", minor=100, **more):
    given = {
        "partner_id": partner.pk, "source_key": key, "order_number": "SO1",
        "sold_on": date(2026, 2, 1), "received_on": date(2026, 2, 2), "quantity": 1,
        "amount": Money(minor, "EUR"),
    }  # fmt: skip
    return SalesLineDraft(**{**given, **more})


def _record(*lines, source="erp"):
    return record_sales_lines(source=source, lines=lines, import_run="imp_1", by=OPS, at=AT)


def test_a_program_and_its_tiers_read_back(partner):
    create_tier(program="growth", code="gold", name="Gold", rank=2, by=OPS, at=AT)
    create_tier(program="growth", code="silver", name="Silver", rank=1, by=OPS, at=AT)

    assert [row.code for row in list_tiers(program="growth")] == ["silver", "gold"]
    assert get_program(code="growth").currency == "EUR"
    assert [row.code for row in list_programs()] == ["growth"]
    with pytest.raises(UnknownProgram):
        get_program(code="none")


def test_a_partner_is_enrolled_once(partner):
    how = {"partner_id": partner.pk, "program": "growth", "by": OPS, "at": AT}
    enroll_partner(**how, tier="", since_on=date(2020, 1, 1))

    with pytest.raises(AlreadyEnrolled):
        enroll_partner(**how, tier="", since_on=date(2021, 1, 1))
    with pytest.raises(UnknownTier):
        enroll_partner(**how, tier="gold", since_on=date(2020, 1, 1))
    assert len(enrollments_of(partner.pk)) == 1


def test_a_fund_reads_back_and_its_terms_are_kept(partner):
    fund = _fund()

    assert get_fund(fund.public_id) == fund == find_fund(code="mdf", period="2026-Q1") == _fund()
    assert (fund.budget.minor, str(fund.earn_rounding)) == (100_000, "half_even")
    with pytest.raises(FundExists, match="earn_rate_ppm"):
        _fund(earn_rate_ppm=30_000)
    with pytest.raises(UnknownFund):
        get_fund("fund_none")


def test_a_partner_finds_the_funds_of_its_programs_while_they_take_claims(partner):
    fund = _fund()
    make_program("other")
    _fund(program="other", code="else")

    assert funds_of_partner(partner.pk) == (fund,)
    assert funds_of_partner(partner.pk, open_on=date(2026, 5, 31)) == (fund,)
    assert funds_of_partner(partner.pk, open_on=date(2026, 6, 1)) == ()
    assert len(list_funds()) == 2


@pytest.mark.parametrize(
    "terms",
    [
        {"ends_on": date(2025, 12, 31)},
        {"claims_until": date(2026, 3, 30)},
        {"budget": Money(-1, "EUR")},
        {"earn_rate_ppm": -1},
        {"earn_rate_ppm": 1_000_001},
    ],
)
def test_terms_that_do_not_fit_are_refused(partner, terms):
    with pytest.raises(BadFundTerms):
        _fund(**terms)


def test_the_same_sales_again_change_nothing(partner):
    lines = [_line(partner, str(n), n) for n in range(50)]
    first = _record(*lines)

    again = _record(*[replace(line, received_on=date(2026, 3, 3)) for line in lines])

    assert (first.new, first.unchanged, again.new, again.unchanged) == (50, 0, 0, 50)
    assert SalesLine.objects.count() == 50


def test_a_changed_line_is_named_and_nothing_is_taken(partner):
    _record(_line(partner, "1", 100))

    with pytest.raises(SalesLinesChanged, match="1 line") as no:
        _record(_line(partner, "1", 101), _line(partner, "2"))

    assert no.value.keys == ("1",)
    assert SalesLine.objects.count() == 1


def test_two_sources_may_use_the_same_key(partner):
    _record(_line(partner))
    assert _record(_line(partner, minor=7), source="crm").new == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "return"}, "sale or refund"),
        ({"amount": Money(-5, "EUR")}, "below zero"),
        ({"source_key": ""}, "key"),
    ],
)
def test_a_line_that_cannot_be_a_sale_is_refused(partner, change, words):
    with pytest.raises(BadSalesLine, match=words):
        _record(_line(partner, "9"), replace(_line(partner), **change))
    assert SalesLine.objects.count() == 0


def test_a_key_twice_in_one_file_is_refused(partner):
    with pytest.raises(BadSalesLine, match="twice"):
        _record(_line(partner, "1"), _line(partner, "1", 5))


def test_text_of_any_kind_survives_the_bulk_insert(partner):
    texts = ['a"b', "a\\b", "{x,y}", "NULL", "", "ü, Ω\t\n", "'; DROP TABLE x; --"]
    _record(*[_line(partner, f"k{n}", product=text) for n, text in enumerate(texts)])

    rows = SalesLine.objects.order_by("source_key").values_list("product", flat=True)
    assert list(rows) == texts


def test_the_database_keeps_sales_as_they_are(partner):
    _record(_line(partner))

    with pytest.raises(DatabaseError), transaction.atomic():
        SalesLine.objects.update(amount_minor=1)
    with pytest.raises(IntegrityError, match="amount_unsigned"), transaction.atomic():
        SalesLine.objects.bulk_create(
            [SalesLine(partner=partner, source="x", source_key="x", order_number="x",
                       sold_on=AT, received_on=AT, quantity=1, amount_minor=-1, currency="EUR",
                       import_run="x", row_sha256="x")]
        )  # fmt: skip


def test_totals_carry_the_hash_of_their_rows_in_order_of_key(partner):
    _record(_line(partner, "b", 100), _line(partner, "a", 30, kind="refund"))

    [total] = sales_totals(
        program="growth", currency="EUR", starts_on=date(2026, 1, 1), ends_on=date(2026, 3, 31),
        received_until=AT.date(),
    )  # fmt: skip

    hashes = recorded_sales(source="erp", keys=["a", "b"])
    expected = sha256_hex(f"{hashes['a']}\n{hashes['b']}".encode())
    assert (total.base_minor, total.line_count, total.lines_sha256) == (70, 2, expected)


def test_sales_of_a_partner_outside_the_program_are_not_counted(partner):
    _record(_line(make_partner("Stranger")))

    how = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 3, 31)}
    assert sales_totals(program="growth", currency="EUR", received_until=AT.date(), **how) == ()


def test_the_worker_records_sales_and_a_partner_sees_its_own_only():
    with acting_as(staff()):
        mine, other = make_partner("Mine"), make_partner("Other")
    with acting_as(worker()):
        _record(_line(mine, "1"), _line(other, "2"))
    with acting_as(portal(mine.pk)):
        assert [row.partner_id for row in SalesLine.objects.all()] == [mine.pk]
