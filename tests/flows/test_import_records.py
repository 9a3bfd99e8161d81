"""A file is taken whole, without its bad rows, or not at all; the same file changes nothing."""

from datetime import UTC, datetime

import pytest

from counterfoil.adapters.files_local import LocalFiles
from counterfoil.apps.exchange import selectors as exchange
from counterfoil.apps.exchange.errors import BadRows, MappingDoesNotFit, RunIsOver
from counterfoil.apps.exchange.services import save_mapping
from counterfoil.apps.partners.selectors import partner_ids_by_key
from counterfoil.core.actors import Actor, Grant
from counterfoil.core.authority import NotAllowed
from counterfoil.flows.import_records import discard_import, stage_import, take_import
from counterfoil.foundation.acting import acting_as, staff

pytestmark = [pytest.mark.db, pytest.mark.django_db]

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
OPS = Actor(id="usr_ops", name="Dana Whitfield", grants=(Grant("operations"),), user_pk=1)
READER = Actor(id="usr_lead", name="Lena Ohlsen", grants=(Grant("leadership"),), user_pk=2)
PARTNERS = b"Key,Name,Country\n1,A Bike Store,United States\n2,Progressive Sports,Canada\n"
SALES = (
    "Order,Product,Partner,Day,Qty,Amount,Kind,Heard\n"
    "SO1,349,1,2026-07-01,1,2024.99,sale,2026-07-02\n"
    "SO1,350,1,2026-07-01,3,6074.97,sale,2026-07-02\n"
)


@pytest.fixture
def store(tmp_path):
    return LocalFiles(tmp_path / "files")


@pytest.fixture
def mapped():
    with acting_as(staff()):
        save_mapping(
            code="t-partners", title="Partners", record_type="partners", source="test",
            columns={
                "key": {"column": "Key"},
                "name": {"column": "Name"},
                "country": {"column": "Country"},
            },
            by=OPS, at=AT,
        )  # fmt: skip
        save_mapping(
            code="t-sales", title="Sales", record_type="sales", source="test",
            columns={
                "key": {"columns": ["Order", "Product"]},
                "partner_key": {"column": "Partner"},
                "order_number": {"column": "Order"},
                "product": {"column": "Product"},
                "sold_on": {"column": "Day"},
                "received_on": {"column": "Heard"},
                "quantity": {"column": "Qty"},
                "amount": {"column": "Amount"},
                "currency": {"value": "USD"},
                "kind": {"column": "Kind"},
            },
            by=OPS, at=AT,
        )  # fmt: skip


def bring(mapping, text, store, *, skip_bad_rows=False, by=OPS):
    content = text if isinstance(text, bytes) else text.encode()
    with acting_as(staff()):
        staged = stage_import(
            mapping_code=mapping, file_name="file.csv", content=content, store=store, by=by, at=AT
        )
        counts = take_import(
            run_id=staged.run_id, skip_bad_rows=skip_bad_rows, store=store, by=by, at=AT
        )
        return staged, counts


def test_the_same_file_again_changes_nothing(mapped, store):
    _, first = bring("t-partners", PARTNERS, store)
    _, again = bring("t-partners", PARTNERS, store)
    _, sales = bring("t-sales", SALES, store)
    _, sales_again = bring("t-sales", SALES, store)

    assert (first.created, again.created, again.unchanged) == (2, 0, 2)
    assert (sales.created, sales_again.created, sales_again.unchanged) == (2, 0, 2)


def test_a_changed_partner_is_changed_and_the_others_left_alone(mapped, store):
    bring("t-partners", PARTNERS, store)
    _, counts = bring("t-partners", PARTNERS.replace(b"Canada", b"France"), store)

    assert (counts.created, counts.changed, counts.unchanged) == (0, 1, 1)


def test_every_bad_row_is_named_by_line_column_and_remedy(mapped, store):
    bring("t-partners", PARTNERS, store)
    text = SALES + (
        "SO2,349,1,2026-07-40,1,10.00,sale,2026-07-02\n"
        "SO3,349,1,2026-07-01,one,10.00,sale,2026-07-02\n"
        "SO4,349,1,2026-07-01,1,10.1234,sale,2026-07-02\n"
        "SO5,349,77,2026-07-01,1,10.00,sale,2026-07-02\n"
        "SO6,349,1,2026-07-01,1,10.00\n"
        "SO1,349,1,2026-07-01,1,1.00,sale,2026-07-02\n"
        "SO7,349,1,2026-07-01,1,10.00,refund,2026-11-02\n"
        "SO8,349,1,2026-07-01,1,-10.00,sale,2026-07-02\n"
        "SO9,349,1,2027-07-01,1,10.00,sale,\n"
    )
    with acting_as(staff()):
        staged = stage_import(
            mapping_code="t-sales", file_name="bad.csv", content=text.encode(), store=store,
            by=OPS, at=AT,
        )  # fmt: skip

    found = [(p.line, p.code, p.is_notice) for p in staged.problems]
    assert found == [
        (4, "NOT_A_DATE", False),
        (5, "NOT_A_WHOLE_NUMBER", False),
        (6, "TOO_MANY_DECIMALS", False),
        (7, "UNKNOWN_PARTNER", False),
        (8, "UNREADABLE", False),
        (9, "KEY_TWICE", False),
        (10, "LATE_LINE", True),
        (10, "REFUND", True),
        (11, "NEGATIVE_AMOUNT", False),
        (12, "DATE_IN_FUTURE", False),
    ]
    assert all(p.message and p.hint for p in staged.problems)
    assert staged.counts.refused == 8
    assert staged.counts.rows == 11


def test_a_file_with_bad_rows_is_taken_only_when_the_person_leaves_them_out(mapped, store):
    bring("t-partners", PARTNERS, store)
    text = SALES + "SO2,349,1,2026-07-40,1,10.00,sale,2026-07-02\n"

    with pytest.raises(BadRows, match="1 rows"):
        bring("t-sales", text, store)
    _, counts = bring("t-sales", text, store, skip_bad_rows=True)

    assert (counts.created, counts.refused) == (2, 1)


def test_a_line_with_other_values_than_before_is_refused_not_overwritten(mapped, store):
    bring("t-partners", PARTNERS, store)
    bring("t-sales", SALES, store)
    with acting_as(staff()):
        staged = stage_import(
            mapping_code="t-sales", file_name="x.csv",
            content=SALES.replace("2024.99", "2024.98").encode(), store=store, by=OPS, at=AT,
        )  # fmt: skip
    assert [p.code for p in staged.problems] == ["CHANGED_LINE"]


def test_a_run_is_taken_once_and_a_discarded_one_never(mapped, store):
    staged, _ = bring("t-partners", PARTNERS, store)
    with acting_as(staff()), pytest.raises(RunIsOver):
        take_import(run_id=staged.run_id, skip_bad_rows=False, store=store, by=OPS, at=AT)
    with acting_as(staff()):
        other = stage_import(
            mapping_code="t-partners",
            file_name="p.csv",
            content=PARTNERS,
            store=store,
            by=OPS,
            at=AT,
        )
        discard_import(run_id=other.run_id, by=OPS, at=AT)
        with pytest.raises(RunIsOver):
            take_import(run_id=other.run_id, skip_bad_rows=False, store=store, by=OPS, at=AT)
        assert exchange.get_run(run_id=other.run_id).state == "refused"


def test_a_file_that_the_mapping_does_not_fit_says_which_column_is_missing(mapped, store):
    with acting_as(staff()), pytest.raises(MappingDoesNotFit, match="no column 'Name'"):
        stage_import(
            mapping_code="t-partners", file_name="p.csv", content=b"Key,Country\n1,US\n",
            store=store, by=OPS, at=AT,
        )  # fmt: skip


def test_leadership_reads_and_does_not_import(mapped, store):
    with acting_as(staff()), pytest.raises(NotAllowed):
        stage_import(
            mapping_code="t-partners",
            file_name="p.csv",
            content=PARTNERS,
            store=store,
            by=READER,
            at=AT,
        )
    with acting_as(staff()):
        assert partner_ids_by_key(source="test") == {}


def test_a_row_in_an_unknown_currency_is_a_problem_and_no_crash(mapped, store):
    bring("t-partners", PARTNERS, store)
    with acting_as(staff()):
        save_mapping(
            code="t-any", title="Sales", record_type="sales", source="test",
            columns={
                "key": {"columns": ["Order", "Product"]},
                "partner_key": {"column": "Partner"},
                "order_number": {"column": "Order"},
                "sold_on": {"column": "Day"},
                "quantity": {"column": "Qty"},
                "amount": {"column": "Amount"},
                "currency": {"value": "XXQ"},
            },
            by=OPS, at=AT,
        )  # fmt: skip
        staged = stage_import(
            mapping_code="t-any", file_name="x.csv", content=SALES.encode(), store=store,
            by=OPS, at=AT,
        )  # fmt: skip

    assert {p.code for p in staged.problems} == {"UNKNOWN_CURRENCY"}
