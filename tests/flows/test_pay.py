"""A payment file is sealed, cleared, approved by two others, released once and answered."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from counterfoil.apps.ledger.selectors import balances, entries_of
from counterfoil.apps.ledger.services import post_entry
from counterfoil.apps.messaging.models import OutboxMessage
from counterfoil.apps.partners.services import update_contact
from counterfoil.apps.payouts import errors, services
from counterfoil.apps.payouts.models import (
    BankDetail,
    BatchApproval,
    Dispatch,
    Payment,
    PaymentBatch,
)
from counterfoil.apps.payouts.selectors import (
    dispatches_of,
    findings_of_batch,
    get_payment_batch,
    outside_findings,
    payment_file,
    payments_by_trace,
    payments_of_batch,
    ready_by_bank,
)
from counterfoil.core.accounts import AccountKey, AccountKind
from counterfoil.core.authority import NotAllowed
from counterfoil.core.bankfiles.nacha_reader import read_nacha
from counterfoil.core.bankfiles.pain001_reader import read_pain001
from counterfoil.core.canonical import sha256_hex
from counterfoil.core.journal import EntryDraft, EntryKind, FundShare, Leg
from counterfoil.flows import pay
from counterfoil.flows.settle_bill import seal_bills
from counterfoil.foundation.acting import acting_as, discard_work, staff
from tests.money_stock import AT, CHECKER, FINANCE, OPS
from tests.payment_stock import IBANS, LEAD, LONG_AGO, SECOND, Bank

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def bank(tmp_path):
    with acting_as(staff()):
        yield Bank(tmp_path)
        discard_work()


def _transit(batch):
    found = balances(kinds=[AccountKind.CASH_IN_TRANSIT], period=batch.message_id)
    return sum(each.balance.minor for each in found)


def test_a_file_goes_its_whole_way_and_comes_to_zero(bank):
    first, second = bank.partner("Alpine"), bank.partner("Börde", iban=IBANS[1])
    refs = [bank.claim(first, 10_000), bank.claim(first, 2_500), bank.claim(second, 777)]

    batch = bank.seal()

    assert (batch.message_id, batch.state, batch.count) == ("NGS-1-000001", "sealed", 3)
    assert batch.total.minor == 13_277
    said = read_pain001(payment_file(batch.public_id).content)
    assert (said.count, said.total_minor, said.message_id) == (3, 13_277, batch.message_id)
    assert [p.account for p in said.payments] == [IBANS[0], IBANS[0], IBANS[1]]
    assert batch.execute_on == date(2026, 4, 3)
    with pytest.raises(errors.NotApproved, match="3 finding"):
        bank.approve(batch, LEAD)

    bank.clear(batch)
    assert bank.approve(batch, LEAD).state == "sealed"
    with pytest.raises(errors.NotApproved, match="1 of 2"):
        bank.release(batch)
    assert bank.approve(batch, SECOND).state == "approved"
    assert bank.release(batch).state == "released"

    assert _transit(batch) == 13_277
    assert bank.folder.files() == ()
    assert not [row for row in ready_by_bank(on=AT.date()) if row.is_ready]
    assert bank.dispatch(batch).state == "dispatched"
    [file] = bank.folder.files()
    assert file.sha256 == batch.sha256
    assert file.name == f"NGS-1-000001-{batch.sha256[:16]}.xml"

    one, two, three = payments_of_batch(batch.public_id)
    on, how = date(2026, 4, 3), {"by": OPS, "at": AT + timedelta(days=2)}
    services.accept_payment(end_to_end_id=one.end_to_end_id, **how)
    services.settle_payment(end_to_end_id=one.end_to_end_id, on=on, bank_reference="B1", **how)
    services.reject_payment(
        end_to_end_id=two.end_to_end_id, on=on, code="AC04", reason="Account closed", **how
    )
    assert get_payment_batch(batch.public_id).state == "part_rejected"
    services.settle_payment(end_to_end_id=three.end_to_end_id, on=on, bank_reference="B3", **how)
    services.return_payment(
        end_to_end_id=three.end_to_end_id, on=on, code="AC01", reason="Wrong number",
        bank_reference="R3", **how,
    )  # fmt: skip
    closed = services.close_batch(batch_id=batch.public_id, **how)

    assert closed.state == "closed"
    assert _transit(batch) == 0
    [cash] = balances(kinds=[AccountKind.CASH_BANK])
    assert cash.balance.minor == -10_000
    blocked = {row.payable_ref: row.blocks for row in ready_by_bank(on=AT.date())}
    assert blocked == {
        refs[1]: ("The bank rejected it: AC04 Account closed",),
        refs[2]: ("The bank returned it: AC01 Wrong number",),
    }
    mails = OutboxMessage.objects.filter(template="remittance-advice")
    assert sorted(mails.values_list("about", flat=True)) == sorted(refs)


def test_a_rejected_payable_is_paid_again_under_a_new_id_once_a_person_lifts_the_hold(bank):
    ref = bank.claim(bank.partner(), 900)
    batch = bank.sent()
    [payment] = payments_of_batch(batch.public_id)
    services.reject_payment(
        end_to_end_id=payment.end_to_end_id, on=AT.date(), code="AC04", reason="x", by=OPS, at=AT
    )
    with pytest.raises(errors.NothingToPay):
        bank.seal()
    [row] = ready_by_bank(on=AT.date())

    services.lift_hold(hold_id=row.hold_id, by=OPS, at=AT, reason="Account is right now")
    again = bank.seal()

    [new] = payments_of_batch(again.public_id)
    assert (new.payable_ref, new.end_to_end_id) == (ref, "NGS-1-000002-0001-2")


@pytest.mark.parametrize(("at", "day"), [("11:59", 3), ("12:01", 7), ("22:01", 7)])
def test_the_day_of_payment_minds_cut_off_and_holidays(bank, at, day):
    """AT is Thursday before Easter: 14:00 in Berlin is 12:00 UTC; Good Friday is open here."""
    bank.claim(bank.partner(), 900)
    moment = AT.replace(hour=int(at[:2]), minute=int(at[3:]))

    batch = bank.seal(at=moment)

    assert batch.execute_on == date(2026, 4, day)
    assert bank.folder.files() == ()


def test_a_day_on_which_the_bank_does_not_work_is_refused(bank):
    bank.claim(bank.partner(), 900)
    for day in (date(2026, 4, 2), date(2026, 4, 5), date(2026, 4, 6)):
        with pytest.raises(errors.NotReady):
            bank.seal(execute_on=day)
    assert bank.seal(execute_on=date(2026, 4, 8)).message_id == "NGS-1-000001"


def test_the_same_act_twice_changes_nothing(bank):
    bank.claim(bank.partner(), 900)
    batch = bank.approved()
    bank.release(batch)
    bank.release(batch)
    bank.dispatch(batch)
    bank.dispatch(batch)

    assert len(bank.folder.files()) == 1
    assert _transit(batch) == 900
    assert BatchApproval.objects.count() == 2
    assert len(dispatches_of(batch.public_id)) == 1
    [payment] = payments_of_batch(batch.public_id)
    how = {"on": AT.date(), "bank_reference": "B1", "by": OPS, "at": AT}
    services.settle_payment(end_to_end_id=payment.end_to_end_id, **how)
    services.settle_payment(end_to_end_id=payment.end_to_end_id, **how)
    assert _transit(batch) == 0
    with pytest.raises(errors.WrongState):
        services.settle_payment(
            end_to_end_id=payment.end_to_end_id, **{**how, "bank_reference": "B2"}
        )


def test_an_undone_match_can_be_matched_again(bank):
    bank.claim(bank.partner(), 900)
    batch = bank.sent()
    [payment] = payments_of_batch(batch.public_id)
    how = {"end_to_end_id": payment.end_to_end_id, "by": OPS, "at": AT}

    services.settle_payment(on=AT.date(), bank_reference="B1", **how)
    services.unsettle_payment(reason="Wrong line", **how)
    assert (_transit(batch), get_payment_batch(batch.public_id).state) == (900, "dispatched")
    services.settle_payment(on=AT.date(), bank_reference="B2", **how)

    assert (_transit(batch), get_payment_batch(batch.public_id).state) == (0, "settled")
    kinds = [entry.kind for entry in entries_of(source_ref=payment.payable_ref).items]
    assert kinds[:4] == ["payment_settled", "reversal", "payment_settled", "payment_released"]


def test_people_are_kept_apart_at_every_step(bank):
    bank.claim(bank.partner(), 900)
    batch = bank.seal()
    with pytest.raises(errors.SamePerson):
        bank.clear(batch, by=FINANCE)
    bank.clear(batch)
    with pytest.raises(NotAllowed):
        bank.approve(batch, FINANCE)
    for editor in ("usr_ops", "usr_caller", "usr_maker"):
        same = LEAD.__class__(editor, "Somebody", LEAD.grants, user_pk=9)
        with pytest.raises(errors.SamePerson):
            bank.approve(batch, same)
    bank.approve(batch, LEAD, LEAD)
    assert get_payment_batch(batch.public_id).state == "sealed"
    with pytest.raises(errors.BatchChanged):
        pay.approve_payments(
            batch_id=batch.public_id, sha256="0" * 64, proof="test", by=SECOND, at=AT
        )


def test_an_approved_batch_is_given_up_only_after_an_approval_was_taken_back(bank):
    bank.claim(bank.partner(), 900)
    batch = bank.approved()
    with pytest.raises(errors.WrongState, match="takes the approval back"):
        pay.void_payments(batch_id=batch.public_id, by=FINANCE, at=AT, reason="x")

    pay.withdraw_approval(batch_id=batch.public_id, by=LEAD, at=AT, reason="Wrong amount")
    pay.void_payments(batch_id=batch.public_id, by=FINANCE, at=AT, reason="x")

    with pytest.raises(errors.WrongState):
        bank.approve(batch, LEAD)
    again = bank.seal()
    assert again.message_id == "NGS-1-000002"
    bank.clear(again)
    bank.release(bank.approve(again))
    with pytest.raises(errors.WrongState):
        pay.void_payments(batch_id=again.public_id, by=FINANCE, at=AT, reason="x")


def test_bank_details_that_changed_after_the_seal_stop_the_release(bank):
    partner = bank.partner()
    bank.claim(partner, 900)
    batch = bank.approved()

    bank.details(partner, IBANS[2], at=AT - timedelta(days=10))

    with pytest.raises(errors.BatchChanged, match="bank details"):
        bank.release(batch)


def test_a_payee_or_payable_that_changed_after_the_seal_stops_the_release(bank):
    partner = bank.partner()
    ref = bank.claim(partner, 900)
    batch = bank.approved()
    bank.claim(partner, 1, ref=ref)

    with pytest.raises(errors.BatchChanged, match="owed"):
        bank.release(batch)


def test_a_payable_goes_one_way_only_and_the_database_says_so_too(bank):
    partner = bank.partner()
    ref = bank.claim(partner, 900)
    bank.seal()

    with pytest.raises(errors.PayoutsError):
        seal_bills(program="growth", currency="EUR", by=FINANCE, at=AT)
    with pytest.raises(IntegrityError, match="is on NGS-1-000001-0001-1 already"):
        _bill_behind_the_back(ref, partner.pk)


def _bill_behind_the_back(ref, partner_pk):
    """This will insert a vendor bill as no service of ours would."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO payouts_billbatch (public_id, number, state, file_name, content, sha256, "
            "count, totals, sealed_by, sealed_at, released_by) VALUES ('b','b','sealed','f','',"
            "'',1,'{}','x',now(),'') RETURNING id"
        )
        [batch] = cursor.fetchone()
        cursor.execute(
            "INSERT INTO payouts_bill (public_id, number, batch_id, partner_id, payee_id, "
            "payable_ref, payable_entry, amount_minor, currency, is_live, state, paid_reference, "
            "paid_entry) SELECT 'b', 'b', %s, partner_id, id, %s, 'e', 900, 'EUR', true, 'billed',"
            " '', '' FROM payouts_payee WHERE partner_id = %s",
            [batch, ref, partner_pk],
        )


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ({"has_details": False}, "No bank details are in use yet."),
        ({"has_paper": False}, "No tax form is entered."),
    ],
)
def test_what_is_missing_is_said_in_words(bank, what, words):
    ref = bank.claim(bank.partner(**what), 900)

    [row] = ready_by_bank(on=AT.date())

    assert row.blocks == (words,)
    with pytest.raises(errors.NotReady, match=words):
        bank.seal(payable_refs=[ref])
    with pytest.raises(errors.NothingToPay):
        bank.seal()


def test_a_hold_keeps_a_payable_out_until_it_is_lifted(bank):
    partner = bank.partner()
    ref = bank.claim(partner, 900)
    held = services.hold_payable(
        payable_ref=ref, partner_id=partner.pk, by=OPS, at=AT, reason="Dispute"
    )
    with pytest.raises(errors.NothingToPay):
        bank.seal()

    services.lift_hold(hold_id=held.public_id, by=OPS, at=AT, reason="Settled")

    assert bank.seal().count == 1


def test_a_download_is_once_and_then_by_two_people(tmp_path):
    with acting_as(staff()):
        bank = Bank(tmp_path, channel="download")
        bank.claim(bank.partner(), 900)
        batch = bank.release(bank.approved())
        how = {"batch_id": batch.public_id, "folder": bank.folder, "at": AT}
        with pytest.raises(errors.WrongState):
            bank.dispatch(batch)

        after, file = pay.download_payments(by=FINANCE, **how)
        assert (after.state, sha256_hex(file.content)) == ("dispatched", batch.sha256)
        with pytest.raises(errors.WrongState):
            pay.download_payments(by=FINANCE, **how)
        services.ask_download(batch_id=batch.public_id, by=FINANCE, at=AT, reason="Lost it")
        with pytest.raises(errors.SamePerson):
            pay.download_payments(by=FINANCE, **how)
        assert pay.download_payments(by=CHECKER, **how)[1] == file
        services.enter_receipt(batch_id=batch.public_id, receipt="R-77", by=FINANCE, at=AT)
        assert get_payment_batch(batch.public_id).receipt == "R-77"
        discard_work()


def test_an_unknown_send_is_never_repeated_by_the_system(bank):
    bank.claim(bank.partner(), 900)
    batch = bank.release(bank.approved())
    services.mark_unknown(message_id=batch.message_id, reason="Time-out", by=FINANCE, at=AT)

    with pytest.raises(errors.WrongState, match="never sent again"):
        bank.dispatch(batch)
    assert pay.dispatch_due(folder=bank.folder, by=OPS, at=AT) == ()

    services.enter_receipt(batch_id=batch.public_id, receipt="R-1", by=FINANCE, at=AT)
    assert get_payment_batch(batch.public_id).is_unknown is False


def test_what_the_partner_owes_is_kept_back(bank):
    partner = bank.partner()
    share = FundShare(bank.fund.public_id, partner.public_id, "2026-Q1")
    expense = AccountKey(AccountKind.EXPENSE_MDF, bank.fund.public_id, None, "2026-Q1", "EUR")
    post_entry(
        draft=EntryDraft(
            EntryKind.CLAIM_APPROVED, AT.date(),
            (
                Leg(share.account(AccountKind.RECEIVABLE_CLAWBACK, "EUR"), 1_200),
                Leg(expense, -1_200),
            ),
            "claw", "claw", partner.public_id,
        ),
        by=OPS, at=AT,
    )  # fmt: skip
    bank.claim(partner, 1_000)
    bank.claim(partner, 500)

    batch = bank.seal()

    rows = [
        (p.gross.minor, p.netted.minor, p.amount.minor) for p in payments_of_batch(batch.public_id)
    ]
    assert rows == [(1_000, 1_000, 0), (500, 200, 300)]
    assert (batch.count, batch.total.minor) == (1, 300)
    bank.clear(batch)
    bank.release(bank.approve(batch))
    assert _transit(batch) == 300
    [owed] = balances(kinds=[AccountKind.RECEIVABLE_CLAWBACK])
    assert owed.balance.minor == 0
    assert [p.state for p in payments_of_batch(batch.public_id)] == ["netted", "released"]


def test_the_check_finds_what_a_person_must_look_at(bank):
    partner, other = bank.partner("Alpine"), bank.partner("Börde", iban=IBANS[0])
    for minor in (100, 110, 120):
        bank.claim(partner, minor)
        bank.sent(payable_refs=None)
    bank.claim(partner, 120)
    bank.claim(partner, 99_000)
    bank.claim(other, 5)

    batch = bank.seal()

    found = [(f.end_to_end_id[-6:-2], f.kind) for f in findings_of_batch(batch.public_id)]
    assert found == [
        ("0001", "possible_duplicate"), ("0001", "shared_account"),
        ("0002", "out_of_pattern"), ("0002", "shared_account"),
        ("0003", "new_payee"), ("0003", "shared_account"),
    ]  # fmt: skip
    bank.details(partner, IBANS[3], at=AT - timedelta(days=11))
    pay.void_payments(batch_id=batch.public_id, by=FINANCE, at=AT, reason="x")
    kinds = {f.kind for f in findings_of_batch(bank.seal().public_id)}
    assert "details_changed" in kinds


def test_batches_are_numbered_without_a_gap(bank):
    partner = bank.partner()
    for _ in range(2):
        with pytest.raises(errors.NothingToPay):
            bank.seal()
    bank.claim(partner, 1)
    pay.void_payments(batch_id=bank.seal().public_id, by=FINANCE, at=AT, reason="x")
    bank.seal()

    assert list(PaymentBatch.objects.order_by("pk").values_list("seq", flat=True)) == [1, 2]
    with (
        pytest.raises(IntegrityError, match="without a gap"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE payouts_payoutstate SET next_seq = 9")


def test_a_folder_that_is_ahead_locks_payouts_until_a_person_compared(bank):
    partner = bank.partner()
    bank.claim(partner, 900)
    bank.folder.deliver(name="NGS-1-000007-0123456789abcdef.xml", content=b"from the future")

    with pytest.raises(errors.PayoutsLocked, match="NGS-1-000007"):
        bank.seal()
    assert len(pay.compare_outside(folder=bank.folder, by=OPS, at=AT)) == 1
    (bank.folder._root / "NGS-1-000007-0123456789abcdef.xml").unlink()
    with pytest.raises(errors.PayoutsLocked, match="ahead of the database"):
        bank.seal()
    unlock = {"folder": bank.folder, "at": AT, "reason": "Compared with the statement"}
    with pytest.raises(errors.WrongState, match="not accounted for"):
        pay.unlock_payouts(by=CHECKER, **unlock)
    [found] = outside_findings(only_open=True)
    pay.explain_outside(
        finding_id=found.public_id, by=FINANCE, at=AT, reason="The bank never got it."
    )
    epoch = pay.unlock_payouts(by=CHECKER, **unlock)

    assert epoch == 2
    assert bank.seal().message_id == "NGS-2-000001"


def test_nothing_of_a_file_can_be_changed_or_forged_in_the_database(bank):
    bank.claim(bank.partner(), 900)
    batch = bank.approved()
    for statement in (
        "UPDATE payouts_paymentbatch SET content = 'x'",
        "UPDATE payouts_paymentbatch SET sha256 = 'x'",
        "UPDATE payouts_paymentbatch SET total_minor = 1",
        "UPDATE payouts_paymentbatch SET execute_on = '2030-01-01'",
        "UPDATE payouts_paymentbatch SET state = 'dispatched'",
        "DELETE FROM payouts_paymentbatch",
        "UPDATE payouts_payment SET amount_minor = 1, gross_minor = 1",
        "UPDATE payouts_payment SET payable_ref = 'x'",
        "UPDATE payouts_payment SET state = 'settled'",
        "UPDATE payouts_payment SET is_live = false",
        "UPDATE payouts_batchapproval SET approver = 'usr_x'",
        "UPDATE payouts_batchfinding SET cleared_by = 'usr_maker'",
        "UPDATE payouts_bankdetail SET sealed = 'x'",
        "UPDATE payouts_bankdetail SET state = 'proposed'",
        "UPDATE payouts_ownaccount SET account_number = 'x'",
        "INSERT INTO payouts_dispatch (batch_id, channel, state, sha256, place, asked_by, "
        "asked_at, reason, done_by, is_first) SELECT id, 'folder', 'due', sha256, '', 'x', now(), "
        "'', '', true FROM payouts_paymentbatch",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert bank.release(batch).state == "released"
    assert Dispatch.objects.count() == 1
    assert Payment.objects.get().state == "released"


def _in(currency, bank, partner, *, minor, **account):
    """This will make a partner ready to be paid in another currency, and owe it something."""
    payee = services.enter_payee(
        partner_id=partner.pk, legal_name="Alpine Inc.", erp_vendor_number="V9",
        currency=currency, route="bank_file", by=OPS, at=LONG_AGO,
    )  # fmt: skip
    services.check_payee(payee_id=payee.public_id, by=CHECKER, at=LONG_AGO)
    detail = services.propose_bank_detail(
        partner_id=partner.pk, currency=currency, holder="Alpine Inc.", reason="New",
        via="console", box=bank.box, by=OPS, at=LONG_AGO, **account,
    )  # fmt: skip
    services.record_callback(
        detail_id=detail.public_id, contact_id=partner.contact, person="Kim", note="Yes",
        by=FINANCE, at=LONG_AGO,
    )  # fmt: skip
    services.approve_bank_detail(detail_id=detail.public_id, by=CHECKER, at=LONG_AGO)
    services.activate_details(by=OPS, at=AT)
    share = FundShare("plan-x", partner.public_id, "2026-Q1")
    expense = AccountKey(AccountKind.EXPENSE_MDF, "plan-x", None, "2026-Q1", currency)
    post_entry(
        draft=EntryDraft(
            EntryKind.CLAIM_APPROVED, AT.date(),
            (Leg(expense, minor), Leg(share.account(AccountKind.PAYABLE, currency), -minor)),
            f"owed-{currency}", f"com_{currency}", partner.public_id,
        ),
        by=OPS, at=AT,
    )  # fmt: skip


def test_an_american_account_is_paid_by_nacha_with_trace_numbers(bank):
    services.enter_own_account(
        code="us", holder="Northgate Systems Inc.", currency="USD", file_format="nacha",
        calendar="bank", routing="091000019", account="99887766",
        bank_name="First Bank of Iowa", company_id="1123456789", by=FINANCE, at=LONG_AGO,
    )  # fmt: skip
    _in("USD", bank, bank.partner(), minor=7_700, routing="021000021", account="12345678")

    batch = pay.seal_payments(
        own_account="us", box=bank.box, folder=bank.folder, by=FINANCE, at=AT
    )
    bank.clear(batch)
    bank.dispatch(bank.release(bank.approve(batch)))

    said = read_nacha(payment_file(batch.public_id).content)
    [payment] = payments_of_batch(batch.public_id)
    assert (said.total_minor, batch.file_name[-4:]) == (7_700, ".ach")
    assert said.payments[0].trace_number == payment.trace_number == "091000010010001"
    assert payments_by_trace(trace_number="091000010010001") == (
        payments_of_batch(batch.public_id)[0],
    )


@pytest.mark.parametrize(("currency", "written"), [("JPY", b">1001<"), ("KWD", b">1.001<")])
def test_payments_across_borders_keep_their_currencys_decimals(bank, currency, written):
    services.enter_own_account(
        code="far", holder="Northgate Systems GmbH", currency=currency, calendar="bank",
        file_format="pain.001.001.03", iban="DE02120300000000202051", by=FINANCE, at=LONG_AGO,
    )  # fmt: skip
    _in(currency, bank, bank.partner(), minor=1_001, iban="CH9300762011623852957")

    batch = pay.seal_payments(
        own_account="far", box=bank.box, folder=bank.folder, by=FINANCE, at=AT
    )

    assert written in payment_file(batch.public_id).content
    assert batch.total.minor == 1_001


def test_an_account_outside_sepa_is_said_before_the_seal(bank):
    partner = bank.partner(has_details=False)
    bank.details(partner, "AE070331234567890123456")
    ref = bank.claim(partner, 900)

    [row] = ready_by_bank(on=AT.date(), own_account="main-eur", payable_refs=[ref])

    assert row.blocks == ("This account pays inside SEPA only.",)


def test_the_number_called_must_have_been_on_file_before_the_request(bank):
    partner = bank.partner()
    detail = bank.proposed(partner, IBANS[1])
    update_contact(
        contact_id=partner.contact, name="Kim", phone="+1 900 555", by=OPS,
        at=AT + timedelta(hours=1),
    )  # fmt: skip

    with pytest.raises(errors.NoNumberOnFile, match="after the request"):
        services.record_callback(
            detail_id=detail.public_id, contact_id=partner.contact, person="Kim", note="Yes",
            by=FINANCE, at=AT + timedelta(hours=2),
        )  # fmt: skip


def test_every_contact_hears_of_each_step_of_a_change(bank):
    partner = bank.partner()
    bank.details(partner, IBANS[1], at=AT)

    mails = OutboxMessage.objects.filter(about__startswith="bnk_").order_by("id")
    told = sorted(mails.values_list("template", flat=True))
    assert told == sorted(
        ["bank-details-proposed", "bank-details-approved", "bank-details-active"] * 2
    )
    assert all(IBANS[1] not in mail.body and IBANS[0] not in mail.body for mail in mails)


def test_bank_details_are_unreadable_in_the_database_and_bound_to_their_partner(bank):
    partner = bank.partner()
    row = BankDetail.objects.get(partner=partner)

    assert IBANS[0] not in row.sealed
    assert IBANS[0][-8:] not in str(BankDetail.objects.values().get(pk=row.pk))
    with pytest.raises(errors.BoxUnusable):
        bank.box.open(row.sealed, context="bank details of somebody else")
    assert row.fingerprint == bank.box.fingerprint(IBANS[0])
