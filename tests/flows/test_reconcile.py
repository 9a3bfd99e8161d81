"""What banks answer: read once, matched once, and everything else before a person."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from counterfoil.adapters.bank_folder import OutboxFolder
from counterfoil.adapters.bank_simulator import Answer, Habits, SimulatedBank
from counterfoil.adapters.files_keys import FileSecretBox
from counterfoil.adapters.files_local import LocalFiles
from counterfoil.apps.ledger.selectors import balances
from counterfoil.apps.ledger.services import post_entry
from counterfoil.apps.partners.services import add_contact
from counterfoil.apps.payouts import errors, services
from counterfoil.apps.payouts.checks import changed_matches
from counterfoil.apps.payouts.models import BankLine, BankMatch, BankSlot, Payment
from counterfoil.apps.payouts.selectors import get_payment_batch, payment_file, payments_of_batch
from counterfoil.apps.payouts.selectors.bank import (
    get_line,
    get_statement,
    in_transit,
    list_notices,
    list_statements,
    matches_of_line,
    work_list,
)
from counterfoil.apps.payouts.services import close_batch
from counterfoil.core.accounts import AccountKind
from counterfoil.core.authority import NotAllowed
from counterfoil.core.bankfiles.reading import read_bank_file
from counterfoil.core.journal import FundShare, allocate_earned, claim_approved
from counterfoil.core.money import Money
from counterfoil.core.reconciling import Reason
from counterfoil.flows import change_bank_details, reconcile
from counterfoil.flows.earn_funds import set_up_fund
from counterfoil.flows.read_statement import (
    accept_statement,
    read_bank_answer,
    set_statement_aside,
)
from counterfoil.foundation.acting import acting_as, discard_work, staff
from counterfoil.foundation.ids import new_id
from tests.money_stock import AT, CHECKER, FINANCE, OPS, make_partner, make_program, next_key
from tests.payment_stock import CALLER, IBANS, LONG_AGO, Bank, bank_calendar

pytestmark = [pytest.mark.db, pytest.mark.django_db]
LATER = AT + timedelta(days=10)


class PlainReader:
    """Reads in this process: the sandbox has its own tests."""

    def read(self, content, *, file, mapping=None):
        return read_bank_file(content, file=file, mapping=mapping)


class House(Bank):
    """A house that pays by bank file, with a bank that answers."""

    def __init__(self, folder):
        super().__init__(folder)
        self.store = LocalFiles(root=folder / "kept")
        self.first = self.partner("Alpine")
        self.second = self.partner("Börde", iban=IBANS[1])

    def paid(self, *amounts, **habits):
        """This will send a file, and let a bank of these habits answer it."""
        for place, minor in enumerate(amounts):
            self.claim(self.second if place % 2 else self.first, minor)
        self.batch = self.sent()
        self.simulated = SimulatedBank(
            account="DE02120300000000202051", currency="EUR", seed=7, habits=Habits(**habits)
        )
        content = payment_file(self.batch.public_id).content
        return self.simulated.take(content, on=self.batch.execute_on)

    def read(self, answer, *, content=None, by=FINANCE):
        return read_bank_answer(
            content=content or answer.content, file_name=answer.name, reader=PlainReader(),
            store=self.store, box=self.box, by=by, at=LATER,
        )  # fmt: skip

    def reconcile(self):
        return reconcile.reconcile_bank(by=FINANCE, at=LATER)

    def states(self):
        return [each.state for each in payments_of_batch(self.batch.public_id)]

    def balance(self, kind):
        return sum(each.balance.minor for each in balances(kinds=[kind]))


@pytest.fixture
def house(tmp_path):
    with acting_as(staff()):
        yield House(tmp_path)
        discard_work()


def statement_of(answers):
    return next(each for each in answers if each.kind == "statement")


def test_single_debits_settle_by_reference_and_transit_comes_to_zero(house):
    answers, _ = house.paid(10_000, 2_500, 777)
    for each in answers:
        house.read(each)

    done = house.reconcile()

    assert (done.matched, done.waiting, dict(done.by_rule)) == (3, 0, {"reference": 3})
    assert house.states() == ["settled"] * 3
    assert house.balance(AccountKind.CASH_IN_TRANSIT) == 0
    assert house.balance(AccountKind.CASH_BANK) == -13_277
    assert in_transit(on=LATER.date()) == ()
    assert close_batch(batch_id=house.batch.public_id, by=OPS, at=LATER).state == "closed"


def test_reading_and_matching_again_changes_nothing(house):
    answers, _ = house.paid(10_000, 2_500)
    for each in answers:
        house.read(each)
    house.reconcile()

    again = [house.read(each) for each in answers]

    assert [each.is_new for each in again] == [False, False]
    assert [each.applied for each in again] == [0, 0]
    assert house.reconcile().matched == 0
    assert BankMatch.objects.count() == 2
    assert house.balance(AccountKind.CASH_BANK) == -12_500


@pytest.mark.parametrize("books", ["batch", "total"])
def test_one_booking_for_the_whole_file_settles_all_of_it(house, books):
    answers, _ = house.paid(10_000, 2_500, 777, books=books)
    for each in answers:
        house.read(each)

    done = house.reconcile()

    assert done.waiting == 0
    assert house.states() == ["settled"] * 3
    assert house.balance(AccountKind.CASH_IN_TRANSIT) == 0


def test_rejected_payments_are_owed_again_and_the_rest_of_the_file_matches(house):
    answers, truth = house.paid(*range(1_001, 1_013), rejects=300, books="total", status="twice")
    reports = [house.read(each) for each in answers]

    done = house.reconcile()

    assert 0 < len(truth.rejected) < 12
    assert reports[0].applied == 12
    assert "taken before" in reports[1].notes[0]
    assert done.payments == len(truth.debited)
    states = {each.end_to_end_id: each.state for each in payments_of_batch(house.batch.public_id)}
    assert {name for name, state in states.items() if state == "rejected"} == truth.rejected
    assert house.balance(AccountKind.CASH_IN_TRANSIT) == 0


def test_a_status_that_never_comes_is_no_hindrance(house):
    answers, _ = house.paid(10_000, status="never")
    [answer] = answers
    house.read(answer)

    assert house.reconcile().matched == 1


def test_returns_are_owed_again_and_the_bank_account_says_so(house):
    answers, truth = house.paid(*range(2_001, 2_013), returns=300)
    for each in answers:
        house.read(each)
        house.reconcile()

    states = {each.end_to_end_id: each.state for each in payments_of_batch(house.batch.public_id)}

    assert truth.returned
    assert {name for name, state in states.items() if state == "returned"} == truth.returned
    assert house.balance(AccountKind.CASH_BANK) == house.simulated.cents - 100_000_000
    assert house.balance(AccountKind.CASH_IN_TRANSIT) == 0
    # A payment that came back is matched with its debit and with its return: no difference.
    assert list(changed_matches()) == []


def test_a_debit_and_its_return_that_come_together_are_matched_in_one_go(house):
    answers, _ = house.paid(10_000, 2_500, returns=1000)
    for each in answers:
        house.read(each)

    done = house.reconcile()

    assert dict(done.by_rule) == {"reference": 2, "return": 2}
    assert done.waiting == 0
    assert house.states() == ["returned", "returned"]
    again = house.reconcile()
    assert (again.matched, again.waiting) == (0, 0)


def test_a_fee_in_the_debit_is_posted_apart(house):
    answers, _ = house.paid(10_000, 2_500, extra_cents=150)
    for each in answers:
        house.read(each)

    done = house.reconcile()

    assert dict(done.by_rule) == {"fee": 2}
    assert house.balance(AccountKind.EXPENSE_BANK_FEES) == 300
    assert house.balance(AccountKind.CASH_BANK) == -12_800


def test_bad_habits_end_on_the_work_list_with_reasons_and_candidates(house):
    answers, truth = house.paid(10_000, 2_500, 777, repeats=True, strays=True, fee_cents=990)
    for each in answers:
        house.read(each)

    done = house.reconcile()

    reasons = sorted(item.reason for item in work_list())
    assert done.matched == 2
    assert reasons == [Reason.AMBIGUOUS] * 2 + [Reason.UNKNOWN] * 2
    [twice] = truth.twice
    ambiguous = [item for item in work_list() if item.reason == Reason.AMBIGUOUS]
    assert {item.candidates[0].end_to_end_id for item in ambiguous} == {twice}


def test_a_person_clears_the_work_list_and_everything_comes_to_zero(house):
    answers, truth = house.paid(10_000, 2_500, 777, repeats=True, strays=True, fee_cents=990)
    for each in answers:
        house.read(each)
    house.reconcile()
    [name] = truth.twice
    first, second = [item for item in work_list() if item.reason == Reason.AMBIGUOUS]
    stray, fee = [item for item in work_list() if item.reason == Reason.UNKNOWN]
    how = {"by": FINANCE, "at": LATER}

    reconcile.match_line(
        line_id=first.line.public_id, payments=[name], reason="The first one", **how
    )
    with pytest.raises(errors.PayoutsError):
        reconcile.match_line(line_id=second.line.public_id, payments=[name], reason="Again", **how)
    reconcile.explain_line(
        line_id=second.line.public_id, kind="duplicate", reason="Bank debited twice", **how
    )
    reconcile.explain_line(line_id=stray.line.public_id, kind="not_ours", reason="Rent", **how)
    reconcile.explain_line(line_id=fee.line.public_id, kind="fee", reason="Monthly fee", **how)

    assert work_list() == ()
    assert house.balance(AccountKind.CASH_IN_TRANSIT) == 0
    assert house.balance(AccountKind.EXPENSE_BANK_FEES) == 990
    assert house.reconcile().waiting == 0


def test_an_undone_match_is_in_transit_again_and_can_be_matched_anew(house):
    answers, _ = house.paid(10_000, extra_cents=150)
    for each in answers:
        house.read(each)
    house.reconcile()
    line_id = BankLine.objects.get().public_id

    reconcile.undo_match(line_id=line_id, by=FINANCE, at=LATER, reason="Wrong line")

    assert house.states() == ["released"]
    assert house.balance(AccountKind.CASH_IN_TRANSIT) == 10_000
    assert house.balance(AccountKind.EXPENSE_BANK_FEES) == 0
    assert house.reconcile().matched == 1
    assert house.balance(AccountKind.CASH_IN_TRANSIT) == 0
    assert [each.is_undone for each in matches_of_line(line_id)] == [True, False]


def test_a_forged_closing_balance_waits_for_a_person_and_nothing_is_booked(house):
    answers, _ = house.paid(10_000)
    answer = statement_of(answers)
    forged = answer.content.replace(b"999900.00", b"999900.01")
    report = house.read(answer, content=forged)
    assert forged != answer.content

    [statement] = list_statements()

    assert statement.state == "review"
    assert "0.01 EUR is missing" in statement.review[0]
    assert report.notes[0].endswith("none of its lines is used yet.")
    assert house.reconcile().matched == 0
    with pytest.raises(NotAllowed):
        accept_statement(statement_id=statement.public_id, by=FINANCE, at=LATER, reason="ok")
    accept_statement(
        statement_id=statement.public_id, by=CHECKER, at=LATER, reason="The bank confirmed it"
    )
    assert house.reconcile().matched == 1


def test_a_right_statement_after_a_wrong_one_that_was_set_aside_brings_its_lines(house):
    answers, _ = house.paid(10_000)
    answer = statement_of(answers)
    house.read(answer, content=answer.content.replace(b"999900.00", b"999900.01"))
    house.read(answer)
    right, wrong = list_statements()

    both = house.reconcile()
    set_statement_aside(statement_id=wrong.public_id, by=CHECKER, at=LATER, reason="Wrong sum")
    accept_statement(statement_id=right.public_id, by=CHECKER, at=LATER, reason="It ties")
    after = house.reconcile()

    assert (right.state, wrong.state) == ("review", "review")
    assert "said something else" in right.review[0]
    assert both.matched == 0
    assert (after.matched, after.waiting) == (1, 0)


def test_a_missing_statement_between_two_is_seen_on_the_second(house):
    house.paid(10_000)
    bank = house.simulated
    on = house.batch.execute_on
    house.read(bank.quiet_day(on=on + timedelta(days=1)))
    bank.cents += 5
    house.read(bank.quiet_day(on=on + timedelta(days=2)))

    newest, oldest = list_statements()

    assert oldest.state == "review" or newest.state == "review"
    assert any("one may be missing" in words for words in newest.review)


def test_the_same_lines_in_another_statement_are_never_booked_twice(house):
    answers, _ = house.paid(10_000)
    answer = statement_of(answers)
    house.read(answer)
    other = answer.content.replace(b"<Id>SIM-202051-000001</Id>", b"<Id>COPY-1</Id>")

    house.read(answer, content=other)
    [copy, _] = list_statements()
    assert "read before" not in " ".join(copy.review)
    if copy.state == "review":
        accept_statement(statement_id=copy.public_id, by=CHECKER, at=LATER, reason="Try")
    house.reconcile()

    assert house.balance(AccountKind.CASH_BANK) == -10_000
    assert [item.reason for item in work_list()] == [Reason.SENT_TWICE]


def test_a_statement_of_a_foreign_account_can_only_be_set_aside(house):
    house.paid(10_000)
    foreign = SimulatedBank(account="FR1420041010050500013M02606", currency="EUR")
    house.read(foreign.quiet_day(on=AT.date()))
    [statement] = list_statements()

    with pytest.raises(errors.WrongState, match="none of ours"):
        accept_statement(statement_id=statement.public_id, by=CHECKER, at=LATER, reason="x")
    set_statement_aside(statement_id=statement.public_id, by=CHECKER, at=LATER, reason="Not ours")

    assert get_statement(statement.public_id).state == "set_aside"


@pytest.mark.parametrize(
    "forged",
    [
        (b"999900.00", b"999900.01"),
        (b"DE02120300000000202051", b"FR1420041010050500013M02606"),
    ],
    ids=["balances", "account"],
)
def test_no_line_counts_before_its_statement_is_accepted(house, forged):
    answers, _ = house.paid(10_000)
    answer = statement_of(answers)
    house.read(answer, content=answer.content.replace(*forged))
    [payment] = payments_of_batch(house.batch.public_id)
    [statement] = list_statements()
    line_id = BankLine.objects.get().public_id
    how = {"line_id": line_id, "reason": "In a hurry", "by": FINANCE, "at": LATER}

    for _ in range(2):  # while it waits, and when it was set aside
        with pytest.raises(errors.WrongState, match="counts"):
            reconcile.explain_line(kind="fee", **how)
        with pytest.raises(errors.WrongState, match="counts"), transaction.atomic():
            reconcile.match_line(payments=[payment.end_to_end_id], **how)
        if get_statement(statement.public_id).state == "review":
            set_statement_aside(
                statement_id=statement.public_id, by=CHECKER, at=LATER, reason="Forged"
            )

    assert house.states() == ["released"]
    assert house.balance(AccountKind.CASH_BANK) == 0
    assert BankMatch.objects.count() == 0


def test_a_status_for_a_file_that_we_never_sent_is_put_in_quarantine(house):
    answers, _ = house.paid(10_000)
    content = answers[0].content.replace(house.batch.message_id.encode(), b"OTHER-1-1")

    report = house.read(answers[0], content=content)

    assert report.applied == 0
    assert [each.state for each in list_notices()] == ["quarantine"]
    assert house.states() == ["released"]


def test_a_late_acceptance_after_the_debit_changes_nothing(house):
    answers, _ = house.paid(10_000)
    house.read(statement_of(answers))
    house.reconcile()

    house.read(answers[0])

    assert house.states() == ["settled"]
    assert get_payment_batch(house.batch.public_id).state == "settled"


def test_the_database_refuses_a_second_match_of_a_line_or_a_payment(house):
    answers, _ = house.paid(10_000)
    house.read(statement_of(answers))
    house.reconcile()
    match = BankMatch.objects.get()

    for kind, subject in (
        ("line", match.line.public_id),
        ("settled", Payment.objects.get().end_to_end_id),
    ):
        with pytest.raises(DatabaseError, match="nothing_matched_twice"), transaction.atomic():
            BankSlot.objects.create(subject_kind=kind, subject=subject, match=match)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payouts_bankline SET amount_minor = 1",
        "DELETE FROM payouts_bankline",
        "UPDATE payouts_bankmatch SET reason = 'x'",
        "UPDATE payouts_bankstatement SET closing_minor = 1",
        "UPDATE payouts_bankstatement SET state = 'set_aside', decided_reason = 'x'",
        "DELETE FROM payouts_bankstatement",
    ],
)
def test_the_database_keeps_what_the_bank_said(house, statement):
    answers, _ = house.paid(10_000)
    house.read(statement_of(answers))
    house.reconcile()

    with (
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_only_finance_reads_and_matches(house):
    answers, _ = house.paid(10_000)

    with pytest.raises(NotAllowed):
        house.read(answers[0], by=OPS)
    with pytest.raises(NotAllowed):
        reconcile.reconcile_bank(by=OPS, at=LATER)


def test_a_bad_file_is_refused_with_its_line_and_leaves_nothing(house):
    answers, _ = house.paid(10_000)
    answer = statement_of(answers)

    with pytest.raises(errors.BankAnswerRefused, match=r"\.xml:\d+: "):
        house.read(answer, content=answer.content[:-40])

    assert list_statements() == ()
    assert BankLine.objects.count() == 0


def test_a_line_shows_what_was_found_and_by_whom(house):
    answers, _ = house.paid(10_000)
    house.read(statement_of(answers))
    house.reconcile()

    line = get_line(BankLine.objects.get().public_id)

    assert line.match is not None
    assert line.match.kind == "payment"
    assert line.match.rule == "reference"
    assert line.match.matched_by == FINANCE.id


def test_a_notice_names_the_payments_of_a_batch_line_that_names_none(house):
    answers, _ = house.paid(10_000, 2_500, 777, books="batch")
    statement = statement_of(answers)
    notice = statement.content.replace(b"BkToCstmrStmt", b"BkToCstmrDbtCdtNtfctn")
    notice = notice.replace(b"<Stmt>", b"<Ntfctn>").replace(b"</Stmt>", b"</Ntfctn>")
    first = notice.index(b"<Bal>")
    notice = notice[:first] + notice[notice.rindex(b"</Bal>") + 6 :]
    start, end = statement.content.index(b"<NtryDtls>"), statement.content.index(b"</NtryDtls>")
    bare = statement.content[:start] + statement.content[end + 11 :]
    # Another sum would fit, so that only the notice can tell.
    house.claim(house.first, 13_277)
    house.sent()
    house.read(statement, content=bare)

    before = house.reconcile()
    house.read(statement, content=notice)
    after = house.reconcile()

    assert (before.matched, before.waiting) == (0, 1)
    assert dict(after.by_rule) == {"notice": 1}
    assert house.states() == ["settled"] * 3


@pytest.mark.parametrize("seed", range(6))
def test_whatever_the_bank_does_nothing_is_matched_against_the_truth(house, seed):
    amounts = [1_000 + 37 * place * (seed + 1) for place in range(9)]
    habits = {
        "rejects": 150, "returns": 200, "books": ("single", "batch", "total")[seed % 3],
        "status": ("once", "twice")[seed % 2], "strays": seed % 2 == 0, "repeats": seed > 3,
        "fee_cents": 990 * (seed % 2), "extra_cents": 50 if seed in (0, 3) else 0,
    }  # fmt: skip
    answers, truth = house.paid(*amounts, **habits)
    for each in answers:
        house.read(each)
        house.reconcile()
        house.reconcile()

    states = {each.end_to_end_id: each.state for each in payments_of_batch(house.batch.public_id)}
    open_still = {name for name, state in states.items() if state in ("released", "accepted")}

    assert {name for name, state in states.items() if state == "rejected"} == truth.rejected
    assert {name for name, state in states.items() if state == "settled"} <= truth.debited
    assert {name for name, state in states.items() if state == "returned"} <= truth.returned
    # What the machine did not dare to match is before a person, never lost.
    assert len(open_still) <= len(truth.twice) * 9
    assert bool(open_still) <= bool(work_list())
    moving = sum(
        each.amount.minor
        for each in payments_of_batch(house.batch.public_id)
        if each.end_to_end_id in open_still
    )
    assert house.balance(AccountKind.CASH_IN_TRANSIT) == moving


class DollarHouse(House):
    """A house that pays in dollars by NACHA."""

    def __init__(self, folder):
        self.box = FileSecretBox(folder / "keys", may_create=True)
        self.folder = OutboxFolder(folder / "outbox")
        self.store = LocalFiles(root=folder / "kept")
        make_program("growth", currency="USD")
        self.fund = set_up_fund(
            program="growth", code="mdf", name="MDF", period="2026-Q1", cost_center="CC-7",
            budget=Money(10_000_000, "USD"), earn_rate_ppm=20_000, starts_on=date(2026, 1, 1),
            ends_on=date(2026, 3, 31), claims_until=date(2026, 5, 31), by=FINANCE, at=LONG_AGO,
        )  # fmt: skip
        bank_calendar()
        self.account = services.enter_own_account(
            code="main-usd", holder="Northgate Inc", currency="USD", file_format="nacha",
            calendar="bank", routing="121042882", account="744567899", company_id="1234567890",
            bank_name="Test Bank", org="NGS", by=FINANCE, at=LONG_AGO,
        )  # fmt: skip
        self.first = self.second = self._payee()

    def _payee(self):
        made = make_partner("Redwood", program="growth")
        contact = add_contact(
            partner_id=made.public_id, name="Kim", email="kim@example.com", phone="+1 555 0100",
            is_primary=True, by=OPS, at=LONG_AGO - timedelta(days=30),
        )  # fmt: skip
        payee = services.enter_payee(
            partner_id=made.pk, legal_name="Redwood Inc", erp_vendor_number="V1",
            currency="USD", route="bank_file", by=OPS, at=LONG_AGO,
        )  # fmt: skip
        services.check_payee(payee_id=payee.public_id, by=CHECKER, at=LONG_AGO)
        paper = services.enter_document(
            partner_id=made.pk, kind="tax_form", form="W-9", expires_on=date(2028, 12, 31),
            by=OPS, at=LONG_AGO,
        )  # fmt: skip
        services.check_document(document_id=paper.public_id, by=CHECKER, at=LONG_AGO)
        detail = change_bank_details.propose_bank_details(
            partner_id=made.pk, currency="USD", holder="Redwood Inc", routing="021000021",
            account="1234567", reason="First", via="console", box=self.box, by=OPS, at=LONG_AGO,
        )  # fmt: skip
        change_bank_details.call_back(
            detail_id=detail.public_id, contact_id=contact, person="Kim", note="Yes.", by=CALLER,
            at=LONG_AGO,
        )  # fmt: skip
        approved = change_bank_details.approve_bank_details(
            detail_id=detail.public_id, by=CHECKER, at=LONG_AGO
        )
        change_bank_details.activate_bank_details(by=OPS, at=approved.cooling_off_until)
        return made

    def claim(self, partner, minor, *, ref=None):
        share = FundShare(self.fund.public_id, partner.public_id, "2026-Q1")
        how = {"share": share, "effective_on": date(2026, 3, 31), "source_ref": new_id("sub")}
        amount = Money(minor, "USD")
        post_entry(
            draft=allocate_earned(amount=amount, idem_key=next_key("alloc"), **how), by=OPS, at=AT
        )
        draft = claim_approved(
            approved=amount, is_committed=False, idem_key=next_key("claim"), **how
        )
        post_entry(draft=draft, by=OPS, at=AT)

    def answered(self, *amounts, **habits):
        """This will send a NACHA file, and let a bank of these habits answer it."""
        for minor in amounts:
            self.claim(self.first, minor)
        self.batch = self.sent()
        self.simulated = SimulatedBank(
            account="744567899", currency="USD", seed=3, habits=Habits(**habits)
        )
        content = payment_file(self.batch.public_id).content
        return self.simulated.take(content, on=self.batch.execute_on)


@pytest.fixture
def dollars(tmp_path):
    with acting_as(staff()):
        yield DollarHouse(tmp_path)
        discard_work()


def test_a_nacha_file_is_debited_as_one_sum_and_returns_name_its_entries(dollars):
    answers, truth = dollars.answered(*range(3_001, 3_009), returns=400)
    for each in answers:
        dollars.read(each)
        dollars.reconcile()

    states = [each.state for each in payments_of_batch(dollars.batch.public_id)]

    assert 0 < len(truth.returned) < 8
    assert states.count("returned") == len(truth.returned)
    assert states.count("settled") == 8 - len(truth.returned)
    assert dollars.balance(AccountKind.CASH_IN_TRANSIT) == 0
    assert dollars.balance(AccountKind.CASH_BANK) == dollars.simulated.cents - 100_000_000
    assert work_list() == ()


def nacha_back(payment, *, code="R03", kind="99"):
    """A bank's file that brings one entry of ours back."""
    trace, minor = payment.trace_number, payment.amount.minor if kind == "99" else 0
    told = f"{'021000021' if kind == '98' else '':44}"
    rows = [
        "101 121042882 0210000212604061055A094101Our Bank               Their Bank",
        "5220Our Company Inc                     1234567890CCDPayout          260406   1"
        "021000020000001",
        f"621021000021{'1234567':17}{minor:010d}{'':15}{'Redwood Inc':22}  1{trace:15}",
        f"7{kind}{code}{trace:15}{'':6}{'02100002'}{told}{'021000020000009':15}",
        f"82200000020002100002{0:012d}{minor:012d}{'':35}021000020000001",
        f"9000001000001000000020002100002{0:012d}{minor:012d}",
    ]
    return "\n".join(row[:94].ljust(94) for row in rows).encode()


def test_a_nacha_return_before_the_debit_reopens_its_payment_once(dollars):
    dollars.answered(3_001, 3_002)
    first, second = payments_of_batch(dollars.batch.public_id)
    content = nacha_back(first)
    answer = Answer("returns", "back.ach", AT.date(), content)

    report = dollars.read(answer)
    again = dollars.read(answer)
    changed = dollars.read(answer, content=nacha_back(second, code="C01", kind="98"))
    foreign = dollars.read(
        answer, content=content.replace(first.trace_number.encode(), b"999999999999999")
    )

    assert (report.applied, again.applied, again.known) == (1, 0, 1)
    assert "call-back" in changed.notes[0]
    assert foreign.applied == 0
    assert "no payment of ours" in foreign.notes[0]
    assert [each.state for each in payments_of_batch(dollars.batch.public_id)] == [
        "rejected", "released",
    ]  # fmt: skip
    assert sorted(each.state for each in list_notices()) == ["applied", "applied", "quarantine"]
