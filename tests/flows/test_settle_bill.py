"""A payable is billed once, released by a second person, and paid once."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from counterfoil.apps.ledger.selectors import entries_of, fund_position
from counterfoil.apps.ledger.services import close_period, open_period, post_entry, reverse_entry
from counterfoil.apps.messaging.models import OutboxMessage
from counterfoil.apps.partners.models import Contact, Organization
from counterfoil.apps.payouts.errors import (
    BatchChanged,
    NothingToBill,
    NotReady,
    PaidListRefused,
    SamePerson,
    WrongState,
)
from counterfoil.apps.payouts.models import Bill, BillBatch
from counterfoil.apps.payouts.selectors import (
    batch_file,
    bills_of_batch,
    bills_of_partner,
    find_bill_of,
    ready_to_pay,
)
from counterfoil.apps.payouts.services import check_payee, enter_payee, hold_payee
from counterfoil.apps.programs.models import Program
from counterfoil.core.actors import Actor, Grant
from counterfoil.core.authority import NotAllowed
from counterfoil.core.billfile import read_bill_file
from counterfoil.core.canonical import sha256_hex
from counterfoil.core.journal import FundShare, allocate_earned, claim_approved
from counterfoil.core.money import Money
from counterfoil.flows import settle_bill
from counterfoil.flows.earn_funds import set_up_fund
from counterfoil.flows.settle_bill import read_paid_list, release_bills, seal_bills, void_bills
from counterfoil.foundation.acting import acting_as, discard_work, portal, staff
from counterfoil.foundation.ids import new_id
from tests.money_stock import AT, CHECKER, FINANCE, OPS, make_partner, make_program, next_key

pytestmark = [pytest.mark.db, pytest.mark.django_db]

HEADER = "Bill number,Paid date,Reference,Amount,Currency\r\n"
LATER = AT + timedelta(days=10)


class Shop:
    """A program with a fund, partners with payees, and claims that were approved."""

    def __init__(self):
        make_program("growth")
        self.fund = set_up_fund(
            program="growth", code="mdf", name="MDF", period="2026-Q1", cost_center="CC-7",
            budget=Money(10_000_000, "EUR"), earn_rate_ppm=20_000, starts_on=date(2026, 1, 1),
            ends_on=date(2026, 3, 31), claims_until=date(2026, 5, 31), by=FINANCE, at=AT,
        )  # fmt: skip

    def partner(self, name, *, has_payee=True, is_checked=True):
        made = make_partner(name, program="growth")
        Contact.objects.create(
            public_id=new_id("con"), partner=made, name="Kim", email="kim@example.com",
            is_primary=True,
        )  # fmt: skip
        if has_payee:
            payee = enter_payee(
                partner_id=made.pk, legal_name=f"{name} GmbH", erp_vendor_number=f"V{made.pk}",
                currency="EUR", by=OPS, at=AT,
            )  # fmt: skip
            if is_checked:
                check_payee(payee_id=payee.public_id, by=CHECKER, at=AT)
        return made

    def claim(self, partner, minor):
        share = FundShare(self.fund.public_id, partner.public_id, "2026-Q1")
        ref, amount = new_id("sub"), Money(minor, "EUR")
        how = {"share": share, "effective_on": date(2026, 3, 31), "source_ref": ref}
        post_entry(
            draft=allocate_earned(amount=amount, idem_key=next_key("alloc"), **how), by=OPS, at=AT
        )
        return ref, post_entry(
            draft=claim_approved(
                approved=amount, is_committed=False, idem_key=next_key("claim"), **how
            ),
            by=OPS,
            at=AT,
        )

    def seal(self, by=FINANCE, **more):
        return seal_bills(program="growth", currency="EUR", by=by, at=AT, **more)

    def released(self):
        batch = self.seal()
        release_bills(batch_id=batch.public_id, by=CHECKER, at=AT)
        return batch, bills_of_batch(batch.public_id)

    def standing(self):
        return fund_position(fund=self.fund.public_id, period="2026-Q1", currency="EUR")


@pytest.fixture
def shop():
    with acting_as(staff()):
        yield Shop()
        discard_work()


def _paid(*lines):
    return (HEADER + "".join(line + "\r\n" for line in lines)).encode()


def _read(content, **more):
    return read_paid_list(
        content=content, file_name="paid.csv", by=FINANCE, at=more.pop("at", LATER), **more
    )


def _line(bill, *, on="2026-04-10", reference="P-1", amount=None, currency="EUR"):
    return f"{bill.number},{on},{reference},{amount or bill.amount.format_number()},{currency}"


def test_a_payable_goes_to_the_erp_and_comes_back_paid(shop):
    partner = shop.partner('Alpine, "Best" Systems')
    ref, _ = shop.claim(partner, 123_456)

    _, [bill] = shop.released()
    assert (shop.standing().billed.minor, shop.standing().paid.minor) == (123_456, 0)
    report = _read(_paid(_line(bill, reference="P-77")))

    assert [line.bill.number for line in report.paid] == ["VB-000001-0001"]
    assert report.totals == (Money(123_456, "EUR"),)
    standing = shop.standing()
    assert (standing.paid.minor, standing.billed.minor, standing.approved.minor) == (123_456, 0, 0)
    paid = find_bill_of(payable_ref=ref)
    assert (paid.state, paid.paid_on, paid.paid_reference) == ("paid", date(2026, 4, 10), "P-77")
    assert [entry.kind for entry in entries_of(source_ref=ref).items] == [
        "bill_paid", "bill_exported", "claim_approved", "allocation_earned",
    ]  # fmt: skip


def test_the_end_of_a_month_is_cut_by_the_clock_of_the_program(shop):
    Program.objects.filter(code="growth").update(zone="Europe/Berlin")
    shop.claim(shop.partner("Adler"), 1_000)
    batch = shop.seal()
    late = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)  # Half past midnight on April 1 in Berlin.

    release_bills(batch_id=batch.public_id, by=CHECKER, at=late)

    (bill,) = bills_of_batch(batch.public_id)
    [entry] = entries_of(source_ref=bill.payable_ref, kind="bill_exported").items
    assert entry.effective_on == date(2026, 4, 1)


def test_the_partner_is_told_once_by_mail(shop):
    shop.claim(shop.partner("Alpine"), 5_000)
    _, [bill] = shop.released()

    report = _read(_paid(_line(bill)))
    _read(_paid(_line(bill)))

    [mail] = OutboxMessage.objects.filter(template="claim-paid")
    assert (report.mails, mail.to_email, "50.00 EUR" in mail.body) == (1, "kim@example.com", True)


def test_the_file_says_what_its_bills_say_and_the_hash_is_of_its_bytes(shop):
    first, second = shop.partner("Alpine"), shop.partner("=cmd|calc")
    shop.claim(first, 100), shop.claim(second, 250)

    batch = shop.seal()

    file = batch_file(batch.public_id)
    said = read_bill_file(file.content)
    assert (
        (said.count, said.totals)
        == (2, {"EUR": 350})
        == (batch.count, {"EUR": batch.totals[0].minor})
    )
    assert sha256_hex(file.content) == batch.sha256 == file.sha256
    assert b'"\'=cmd|calc"' in file.content
    assert b'"2026-05-02"' in file.content  # due 30 days after 2 April


def test_sealing_the_same_payables_gives_the_same_bytes_but_for_the_number(shop):
    for minor in (100, 200, 300):
        shop.claim(shop.partner(f"P{minor}"), minor)
    first = shop.seal()
    void_bills(batch_id=first.public_id, by=FINANCE, at=AT, reason="Again")

    second = shop.seal()

    bytes_of = {b.number: batch_file(b.public_id).content for b in (first, second)}
    assert bytes_of["VB-000001"].replace(b"VB-000001", b"VB-000002") == bytes_of["VB-000002"]


def test_a_released_batch_needs_another_person(shop):
    both = Actor("usr_both", "B", (Grant("finance_maker"), Grant("finance_checker")), user_pk=9)
    shop.claim(shop.partner("Alpine"), 100)
    batch = shop.seal(by=both)

    with pytest.raises(SamePerson):
        release_bills(batch_id=batch.public_id, by=both, at=AT)
    with pytest.raises(NotAllowed):
        release_bills(batch_id=batch.public_id, by=FINANCE, at=AT)
    with pytest.raises(IntegrityError, match="bill_batch_second_person"), transaction.atomic():
        BillBatch.objects.filter(public_id=batch.public_id).update(
            state="released", released_by=both.id
        )


def test_planted_fault_a_release_without_its_check_is_stopped_by_the_database(shop):
    both = Actor("usr_both", "B", (Grant("finance_maker"), Grant("finance_checker")), user_pk=9)
    shop.claim(shop.partner("Alpine"), 100)
    batch = shop.seal(by=both)

    class Forgetful(str):
        """An id that the service's comparison takes for another person's."""

        __hash__ = str.__hash__

        def __eq__(self, other):
            return False

    forgetful = Actor(Forgetful(both.id), "B", (Grant("finance_checker"),), user_pk=9)
    with pytest.raises(IntegrityError, match="bill_batch_second_person"), transaction.atomic():
        release_bills(batch_id=batch.public_id, by=forgetful, at=AT)


def test_releasing_twice_posts_once(shop):
    shop.claim(shop.partner("Alpine"), 100)
    batch, _ = shop.released()

    again = release_bills(batch_id=batch.public_id, by=CHECKER, at=LATER)

    assert again.released_at == AT
    assert shop.standing().billed.minor == 100


def test_the_second_half_of_a_double_click_hears_that_it_is_released(shop, monkeypatch):
    shop.claim(shop.partner("Alpine"), 100)
    before = shop.seal()
    release_bills(batch_id=before.public_id, by=CHECKER, at=AT)
    read = iter([before])
    seen = settle_bill.get_batch
    # It read the batch before the first half was through, then waited for the lock.
    monkeypatch.setattr(settle_bill, "get_batch", lambda found: next(read, None) or seen(found))

    again = release_bills(batch_id=before.public_id, by=CHECKER, at=LATER)

    assert (again.state, again.released_at) == ("released", AT)
    assert shop.standing().billed.minor == 100


def test_what_is_on_a_sealed_bill_is_not_billed_again(shop):
    shop.claim(shop.partner("Alpine"), 100)
    shop.seal()

    with pytest.raises(NothingToBill):
        shop.seal()
    [row] = ready_to_pay(program="growth")
    assert row.blocks == ("It stands on bill VB-000001-0001, whose file is not released yet.",)


def test_a_void_batch_frees_its_payables_and_keeps_its_number(shop):
    shop.claim(shop.partner("Alpine"), 100)
    first = shop.seal()

    void_bills(batch_id=first.public_id, by=CHECKER, at=AT, reason="Wrong cost center")

    assert shop.seal().number == "VB-000002"
    with pytest.raises(WrongState):
        release_bills(batch_id=first.public_id, by=CHECKER, at=AT)


def test_a_released_batch_is_never_void(shop):
    shop.claim(shop.partner("Alpine"), 100)
    batch, _ = shop.released()

    with pytest.raises(WrongState):
        void_bills(batch_id=batch.public_id, by=CHECKER, at=AT, reason="No")


def test_the_bytes_of_a_sealed_batch_cannot_be_changed(shop):
    shop.claim(shop.partner("Alpine"), 100)
    batch = shop.seal()

    for change in ({"content": b"x"}, {"totals": {"EUR": 1}}, {"sha256": "0" * 64}):
        with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
            BillBatch.objects.filter(public_id=batch.public_id).update(**change)
    with pytest.raises(IntegrityError, match="money of a bill"), transaction.atomic():
        Bill.objects.filter(batch__public_id=batch.public_id).update(amount_minor=1)


def test_a_changed_payee_stops_the_release(shop):
    partner = shop.partner("Alpine")
    shop.claim(partner, 100)
    batch = shop.seal()
    enter_payee(
        partner_id=partner.pk, legal_name="Other GmbH", erp_vendor_number="V666", currency="EUR",
        by=OPS, at=AT,
    )  # fmt: skip

    with pytest.raises(BatchChanged, match="payee was changed"):
        release_bills(batch_id=batch.public_id, by=CHECKER, at=AT)
    assert shop.standing().billed.minor == 0


def test_a_suspended_partner_stops_the_release(shop):
    partner = shop.partner("Alpine")
    shop.claim(partner, 100)
    batch = shop.seal()
    Organization.objects.filter(pk=partner.pk).update(status="suspended")

    with pytest.raises(BatchChanged, match="not active"):
        release_bills(batch_id=batch.public_id, by=CHECKER, at=AT)


def test_a_reversed_claim_stops_the_release_even_when_another_fills_the_account(shop):
    partner = shop.partner("Alpine")
    _, entry = shop.claim(partner, 100)
    batch = shop.seal()
    reverse_entry(
        entry_id=entry.public_id, by=CHECKER, at=AT, reason="Fraud", effective_on=AT.date()
    )
    shop.claim(partner, 100)

    with pytest.raises(BatchChanged, match="what is owed for it has changed"):
        release_bills(batch_id=batch.public_id, by=CHECKER, at=AT)


def test_every_block_is_said_in_words(shop):
    shop.claim(shop.partner("No payee", has_payee=False), 1)
    shop.claim(shop.partner("Not checked", is_checked=False), 2)
    held = shop.partner("Held")
    payee = check_payee(
        payee_id=enter_payee(
            partner_id=held.pk, legal_name="Held AG", erp_vendor_number="V9", currency="EUR",
            by=OPS, at=AT,
        ).public_id,
        by=CHECKER, at=AT,
    )  # fmt: skip
    hold_payee(payee_id=payee.public_id, by=OPS, at=AT, reason="Asked by Finance")
    shop.claim(held, 3)
    gone = shop.partner("Gone")
    shop.claim(gone, 4)
    Organization.objects.filter(pk=gone.pk).update(status="suspended")
    shop.claim(shop.partner("Fine"), 5)

    blocks = {row.partner_name: row.blocks for row in ready_to_pay(program="growth")}

    assert blocks == {
        "No payee": ("No payee is entered for this partner in EUR.",),
        "Not checked": ("The payee waits for the check by a second person.",),
        "Held": ("The payee is on hold.",),
        "Gone": ("The partner is suspended: lift the suspension first.",),
        "Fine": (),
    }
    assert shop.seal().totals == (Money(5, "EUR"),)


def test_asking_for_a_blocked_payable_is_refused_with_its_reason(shop):
    ref, _ = shop.claim(shop.partner("No payee", has_payee=False), 1)

    with pytest.raises(NotReady, match="No payee is entered"):
        shop.seal(payable_refs=[ref])
    with pytest.raises(NotReady, match="Nothing is owed"):
        shop.seal(payable_refs=["sub_nothing"])


def test_ready_to_pay_asks_a_constant_number_of_queries(shop, django_assert_num_queries):
    shop.claim(shop.partner("One"), 1)
    with django_assert_num_queries(8):
        ready_to_pay(program="growth")
    for number in range(5):
        shop.claim(shop.partner(f"More {number}"), 1)
    with django_assert_num_queries(8):
        assert len(ready_to_pay(program="growth")) == 6


def test_the_same_paid_list_again_changes_nothing(shop):
    shop.claim(shop.partner("Alpine"), 100)
    _, [bill] = shop.released()
    _read(_paid(_line(bill)))

    again = _read(_paid(_line(bill)), at=LATER + timedelta(days=1))

    assert (again.paid, again.unchanged) == ((), 1)
    assert shop.standing().paid.minor == 100


def _three(shop):
    for name in ("A", "B", "C"):
        shop.claim(shop.partner(name), 10_000)
    return shop.released()[1]


BAD_LINES = {
    "unknown bill": (
        lambda b: _line(b).replace(b.number, "VB-999999-0001"),
        1,
        "there is no bill",
    ),
    "wrong amount": (lambda b: _line(b, amount="99.99"), 4, "99.99 EUR is not what was billed"),
    "more decimals": (lambda b: _line(b, amount="100.000"), 4, "decimals"),
    "no amount": (lambda b: _line(b, amount="abc"), 4, "not an amount"),
    "wrong currency": (lambda b: _line(b, currency="USD"), 5, "not the bill's currency"),
    "future date": (lambda b: _line(b, on="2026-04-13"), 2, "in the future"),
    "no date": (lambda b: _line(b, on="10.04.2026"), 2, "not a date"),
    "before release": (lambda b: _line(b, on="2026-03-01"), 2, "before the bill was released"),
    "no reference": (lambda b: _line(b, reference=""), 3, "no reference"),
}


@pytest.mark.parametrize("fault", BAD_LINES)
def test_a_bad_line_is_named_with_its_column_and_nothing_is_taken(shop, fault):
    good, bad, _ = _three(shop)
    spoil, column, message = BAD_LINES[fault]

    with pytest.raises(PaidListRefused) as refused:
        _read(_paid(_line(good), spoil(bad)))

    [problem] = refused.value.problems
    assert (problem.file, problem.line, problem.column) == ("paid.csv", 3, column)
    assert message in problem.message
    assert problem.hint
    assert shop.standing().paid.minor == 0


def test_the_good_lines_are_taken_when_the_person_chooses(shop):
    good, bad, _ = _three(shop)

    report = _read(_paid(_line(bad, amount="1.00"), _line(good)), skip_bad_rows=True)

    assert [line.bill.number for line in report.paid] == [good.number]
    assert [problem.line for problem in report.problems] == [2]
    assert shop.standing().paid.minor == 10_000


def test_a_bill_that_stands_twice_is_named(shop):
    bill, _, _ = _three(shop)

    with pytest.raises(PaidListRefused, match="stands on line 2 already"):
        _read(_paid(_line(bill), _line(bill, reference="P-2")))


def test_a_second_payment_of_a_bill_is_a_problem(shop):
    bill, _, _ = _three(shop)
    _read(_paid(_line(bill)))

    with pytest.raises(PaidListRefused, match="was paid on 2026-04-10 with reference 'P-1'"):
        _read(_paid(_line(bill, reference="P-2")))


def test_a_bill_that_was_not_released_cannot_be_paid(shop):
    shop.claim(shop.partner("Alpine"), 100)
    batch = shop.seal()
    [bill] = bills_of_batch(batch.public_id)

    with pytest.raises(PaidListRefused, match="never released"):
        _read(_paid(_line(bill)))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\x01\x02",
        b"%PDF-1.7 nothing",
        b"Bill number,Amount\r\nVB-000001-0001,1.00\r\n",
        b'Bill number,Paid date,Reference,Amount,Currency\r\n"VB-1',
        HEADER.encode("utf-16"),
    ],
)
def test_junk_and_cut_lists_are_refused_by_name(shop, content):
    with pytest.raises(PaidListRefused) as refused:
        _read(content)
    assert all(problem.hint for problem in refused.value.problems)


def test_a_list_cut_off_anywhere_is_never_taken_wrongly(shop):
    bills = _three(shop)
    content = _paid(*[_line(bill) for bill in bills])
    expected = {bill.number: bill.amount for bill in bills}

    for end in range(len(HEADER), len(content), 7):
        try:
            with transaction.atomic():
                report = _read(content[:end])
                for line in report.paid:
                    assert line.bill.amount == expected[line.bill.number]
                raise InterruptedError
        except (PaidListRefused, InterruptedError):
            pass


def test_a_payment_in_a_closed_month_is_posted_on_the_day_of_reading(shop):
    bill, _, _ = _three(shop)
    open_period(code="2026-04", by=FINANCE, at=AT)
    close_period(code="2026-04", by=FINANCE, at=AT)

    _read(_paid(_line(bill)), at=datetime(2026, 5, 4, tzinfo=UTC))

    [entry] = entries_of(source_ref=bill.payable_ref, kind="bill_paid").items
    assert (entry.effective_on, entry.origin_period) == (date(2026, 5, 4), "2026-04")


def test_an_auditor_neither_seals_nor_settles(shop):
    auditor = Actor("usr_a", "Ada", (Grant("auditor"),), user_pk=5)

    with pytest.raises(NotAllowed):
        shop.seal(by=auditor)
    with pytest.raises(NotAllowed):
        read_paid_list(content=b"", file_name="x", by=auditor, at=AT)


def test_a_partner_sees_its_own_bills_only():
    with acting_as(staff()):
        shop = Shop()
        mine, other = shop.partner("Mine"), shop.partner("Other")
        ref, _ = shop.claim(mine, 100)
        foreign, _ = shop.claim(other, 200)
        shop.released()

    with acting_as(portal(mine.pk)):
        assert [bill.amount.minor for bill in bills_of_partner(partner_id=mine.pk)] == [100]
        assert bills_of_partner(partner_id=other.pk) == ()
        assert find_bill_of(payable_ref=ref).number == "VB-000001-0001"
        assert find_bill_of(payable_ref=foreign) is None
