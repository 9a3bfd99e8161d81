"""What banks answer: read once, matched once, and everything else before a person."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from counterfoil.adapters.bank_simulator import Habits, SimulatedBank
from counterfoil.adapters.files_local import LocalFiles
from counterfoil.apps.ledger.selectors import balances
from counterfoil.apps.payouts import errors
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
from counterfoil.core.reconciling import Reason
from counterfoil.flows import reconcile
from counterfoil.flows.read_statement import (
    accept_statement,
    read_bank_answer,
    set_statement_aside,
)
from counterfoil.foundation.acting import acting_as, discard_work, staff
from tests.money_stock import AT, CHECKER, FINANCE, OPS
from tests.payment_stock import IBANS, Bank

pytestmark = [pytest.mark.db, pytest.mark.django_db]
LATER = AT + timedelta(days=3)


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
