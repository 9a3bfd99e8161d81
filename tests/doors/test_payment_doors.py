"""A payment file and a change of bank details through every door: console, portal, CLI, worker."""

import json
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.db import transaction
from django.test import Client
from django.urls import reverse

from counterfoil.adapters.files_local import LocalFiles
from counterfoil.apps.audit.models import Event
from counterfoil.apps.payouts.models import BankLine
from counterfoil.apps.payouts.selectors import (
    approvals_of,
    bank_details_of,
    batches_due,
    findings_of_batch,
    get_payment_batch,
    list_payment_batches,
    outside_findings,
    payment_file,
    payments_of_batch,
    payout_standing,
)
from counterfoil.foundation.acting import acting_as, staff
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.cli import doctor, serve
from counterfoil.interfaces.worker import tasks
from tests.doors.cli.conftest import counterfoil  # noqa: F401  # a fixture
from tests.flows.test_reconcile import House
from tests.payment_stock import IBANS, Bank
from tests.people_stock import partner_person, staff_person

pytestmark = [pytest.mark.db, pytest.mark.django_db]

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
# A Tuesday long after the stock's bank details came into use.
AT = datetime(2026, 9, 15, 9, 0, tzinfo=UTC)


class StoppedClock(datetime):
    """Stands at the moment of the tests."""

    @classmethod
    def now(cls, tz=None):
        return AT.astimezone(tz or UTC)


class Desk:
    """The people of Finance with a browser each, and a bank."""

    def __init__(self, folder):
        self.people = {
            name: staff_person(name, role)
            for name, role in (
                ("Max", "finance_maker"), ("Chris", "finance_checker"),
                ("Sam", "finance_checker"), ("Lea", "team_lead"), ("Olive", "operations"),
            )
        }  # fmt: skip
        self.bank = Bank(folder)
        self.partner = self.bank.partner()
        self.bank.claim(self.partner, 12_345)
        self.admin = partner_person("Paula", self.partner.pk)

    def browser(self, name):
        return browser_of(self.admin if name == "Paula" else self.people[name])


def browser_of(actor):
    client = Client()
    client.force_login(get_user_model().objects.get(pk=actor.user_pk), backend=BACKEND)
    return client


@pytest.fixture
def desk(db, tmp_path, monkeypatch):
    monkeypatch.setattr("counterfoil.interfaces.web.middleware.datetime", StoppedClock)
    monkeypatch.setitem(
        settings.COUNTERFOIL_ADAPTERS,
        "secret_box",
        ("counterfoil.adapters.files_keys.FileSecretBox", {"folder": tmp_path / "keys"}),
    )
    monkeypatch.setitem(
        settings.COUNTERFOIL_ADAPTERS,
        "bank_folder",
        ("counterfoil.adapters.bank_folder.OutboxFolder", {"root": tmp_path / "outbox"}),
    )
    adapter.cache_clear()
    with acting_as(staff()):
        made = Desk(tmp_path)
    yield made
    adapter.cache_clear()


def _batch():
    with acting_as(staff()):
        return list_payment_batches()[0]


def _post(client, name, *args, **data):
    answer = client.post(reverse(f"console:{name}", args=args), data, follow=True)
    assert answer.status_code == 200, answer.content.decode()[:4000]
    return answer.content.decode()


def test_a_file_is_made_cleared_approved_sent_and_delivered_on_the_pages(desk):
    max_, chris, sam, lea = (desk.browser(name) for name in ("Max", "Chris", "Sam", "Lea"))
    ready = max_.get(reverse("console:pay_ready")).content.decode()
    assert "123.45" in ready
    _post(max_, "payments_seal", account="main-eur", execute_on="")
    batch = _batch()
    page = chris.get(reverse("console:payment_batch", args=[batch.public_id])).content.decode()
    assert "First payment ever to this payee." in page
    assert "DE89370400440532013000" not in page

    early = chris.post(
        reverse("console:payments_approve", args=[batch.public_id]),
        {"sha256": batch.sha256, "has_compared": "on"},
    )
    assert early.status_code == 422
    with acting_as(staff()):
        [finding] = findings_of_batch(batch.public_id)
    _post(lea, "finding_clear", batch.public_id, str(finding.number), note="Known to us")
    for browser in (chris, sam):
        _post(browser, "payments_approve", batch.public_id, sha256=batch.sha256, has_compared="on")
    assert _batch().state == "approved"
    _post(chris, "payments_release", batch.public_id)
    tasks.dispatch_payments()
    tasks.dispatch_payments()

    assert _batch().state == "dispatched"
    [file] = desk.bank.folder.files()
    assert file.sha256 == batch.sha256
    page = max_.get(reverse("console:payment_batch", args=[batch.public_id])).content.decode()
    assert "With the bank" in page
    assert "second approval" in page


def test_the_maker_and_another_hash_are_refused_on_the_page(desk):
    max_, chris = desk.browser("Max"), desk.browser("Chris")
    _post(max_, "payments_seal", account="main-eur", execute_on="")
    batch = _batch()
    with acting_as(staff()):
        [finding] = findings_of_batch(batch.public_id)

    mine = max_.post(
        reverse("console:finding_clear", args=[batch.public_id, finding.number]), {"note": ""}
    )
    _post(chris, "finding_clear", batch.public_id, str(finding.number), note="")
    other = chris.post(
        reverse("console:payments_approve", args=[batch.public_id]),
        {"sha256": "0" * 64, "has_compared": "on"},
    )

    assert mine.status_code == other.status_code == 422
    assert "not the file that was sealed" in other.content.decode()


def test_a_partner_proposes_and_a_hurried_change_is_refused(desk):
    paula, olive, chris = (desk.browser(name) for name in ("Paula", "Olive", "Chris"))
    data = {"currency": "EUR", "holder": "Alpine GmbH", "reason": "New bank", "iban": "DE00"}
    wrong = paula.post(reverse("portal:bank_propose"), data)
    assert wrong.status_code == 422
    assert "The IBAN is not valid" in wrong.content.decode()

    done = paula.post(reverse("portal:bank_propose"), {**data, "iban": IBANS[2]}, follow=True)
    assert "NL •••• 4300" in done.content.decode()
    again = paula.post(reverse("portal:bank_propose"), {**data, "iban": IBANS[3]})
    assert "under way" in again.content.decode()
    with acting_as(staff()):
        [detail, used] = bank_details_of(partner_id=desk.partner.pk)
    assert (detail.proposed_via, detail.state, used.state) == ("portal", "proposed", "active")

    at_once = chris.post(reverse("console:bank_approve", args=[detail.public_id]))
    assert at_once.status_code == 409
    _post(olive, "bank_refuse", detail.public_id, reason="Nobody at Alpine knew of it")
    page = paula.get(reverse("portal:bank_details")).content.decode()
    assert "Nobody at Alpine knew of it" in page
    assert "DE •••• 3000" in page


def test_a_partner_is_not_told_where_the_key_should_lie(desk, tmp_path, monkeypatch):
    box = "counterfoil.adapters.files_keys.FileSecretBox"
    monkeypatch.setitem(
        settings.COUNTERFOIL_ADAPTERS, "secret_box", (box, {"folder": tmp_path / "elsewhere"})
    )
    adapter.cache_clear()

    answer = desk.browser("Paula").post(
        reverse("portal:bank_propose"),
        {"currency": "EUR", "holder": "Alpine GmbH", "reason": "New bank", "iban": IBANS[2]},
    )

    assert answer.status_code == 422
    assert "We can&#x27;t take bank details at the moment" in answer.content.decode()
    assert "elsewhere" not in answer.content.decode()


def test_a_change_that_was_called_back_comes_into_use_after_its_time(desk, monkeypatch):
    paula, olive, chris = (desk.browser(name) for name in ("Paula", "Olive", "Chris"))
    paula.post(
        reverse("portal:bank_propose"),
        {"currency": "EUR", "holder": "Alpine GmbH", "reason": "New bank", "iban": IBANS[2]},
    )
    with acting_as(staff()):
        [detail, _] = bank_details_of(partner_id=desk.partner.pk)
    _post(
        olive, "bank_call_back", detail.public_id, contact=desk.partner.contact, person="Kim",
        note="Confirmed holder and number",
    )  # fmt: skip
    _post(chris, "bank_approve", detail.public_id)
    monkeypatch.setattr(tasks, "_now", lambda: AT + timedelta(days=9))
    tasks.activate_bank_details()
    with acting_as(staff()):
        assert bank_details_of(partner_id=desk.partner.pk)[0].state == "cooling_off"
    monkeypatch.setattr(tasks, "_now", lambda: AT + timedelta(days=10))
    tasks.activate_bank_details()

    with acting_as(staff()):
        states = [each.state for each in bank_details_of(partner_id=desk.partner.pk)]
    assert states == ["active", "superseded"]


def test_the_whole_number_is_shown_with_a_reason_and_on_the_record(desk):
    max_ = desk.browser("Max")
    with acting_as(staff()):
        [detail] = bank_details_of(partner_id=desk.partner.pk)
    url = reverse("console:bank_reveal", args=[detail.public_id])

    assert IBANS[0] not in max_.get(url).content.decode()
    assert max_.post(url, {"reason": ""}).status_code == 422
    shown = max_.post(url, {"reason": "The bank asked"})

    assert IBANS[0] in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    with acting_as(staff()):
        event = Event.objects.get(action="bank_details.revealed")
    assert IBANS[0] not in event.canonical


def test_a_partner_without_a_second_factor_is_sent_to_set_one_up(desk, settings):
    settings.STAFF_NEED_MFA = True
    paula = desk.browser("Paula")

    for name in ("bank_details", "bank_propose"):
        answer = paula.get(reverse(f"portal:{name}"))
        assert answer.status_code == 302
        assert answer["Location"] == reverse("mfa_activate_totp")
    assert paula.get(reverse("portal:home")).status_code == 200


def test_every_command_does_what_its_help_says(desk, counterfoil):  # noqa: F811
    max_, chris, sam = (f"{name}@vendor.example" for name in ("max", "chris", "sam"))

    def done(*words):
        answer = counterfoil(*words)
        assert answer.code == 0, answer.err or answer.out
        return json.loads(answer.out) if answer.out.startswith(("{", "[")) else answer.out

    [row] = done("batches", "ready", "--json")
    assert row["blocks"] == []
    done("batches", "seal", "--account", "main-eur", "--as", max_, "--dry-run")
    assert done("batches", "list", "--json") == []
    sealed = done("batches", "seal", "--account", "main-eur", "--as", max_, "--json")
    name = sealed["message_id"]
    [finding] = done("batches", "show", name, "--json")["findings"]
    done("batches", "clear", name, "--finding", str(finding["number"]), "--as", chris)
    refused = counterfoil("batches", "approve", name, "--sha256", "0" * 64, "--as", chris)
    assert refused.code == 1
    for person, who in ((chris, "Chris"), (sam, "Sam")):
        proof = ("--as", person, "--code", _second_factor(desk, who))
        done("batches", "approve", name, "--sha256", sealed["sha256"], *proof)
    done("batches", "release", name, "--as", chris)
    done("batches", "dispatch")
    done("batches", "receipt", name, "R-1", "--as", max_)
    assert done("batches", "compare", "--json")["differences"] == []
    with acting_as(staff()):
        assert get_payment_batch(name).receipt == "R-1"
    partner = desk.partner.public_id
    proposed = done(
        "bank-details", "propose", partner, "--currency", "EUR", "--holder", "Alpine GmbH",
        "--iban", IBANS[4], "--reason", "New bank", "--as", "olive@vendor.example", "--json",
    )  # fmt: skip
    done("bank-details", "contacts", partner)
    done(
        "bank-details", "call-back", proposed["public_id"], "--contact", desk.partner.contact,
        "--person", "Kim", "--note", "Yes", "--as", max_,
    )  # fmt: skip
    done("bank-details", "approve", proposed["public_id"], "--as", chris)
    assert done("bank-details", "checklist", partner, "--currency", "EUR", "--json")
    again = counterfoil("bank-details", "approve", proposed["public_id"], "--as", sam)
    assert again.code == 1


def test_who_has_a_second_factor_proves_it_again_for_each_approval(desk):
    max_, chris = desk.browser("Max"), desk.browser("Chris")
    _post(max_, "payments_seal", account="main-eur", execute_on="")
    batch = _batch()
    with acting_as(staff()):
        [finding] = findings_of_batch(batch.public_id)
    _post(chris, "finding_clear", batch.public_id, str(finding.number), note="")
    code = _second_factor(desk, "Chris")
    url = reverse("console:payments_approve", args=[batch.public_id])
    data = {"sha256": batch.sha256, "has_compared": "on"}

    assert "One-time code" in chris.get(url).content.decode()
    assert chris.post(url, data).status_code == 422
    wrong = chris.post(url, {**data, "code": "000000" if code != "000000" else "000001"})
    assert "The code is wrong" in wrong.content.decode()
    assert chris.post(url, {**data, "code": code}).status_code in (200, 302)

    with acting_as(staff()):
        [given] = approvals_of(batch.public_id)
    assert given.proof == "signed in, with a one-time code"
    for _ in range(6):
        answer = chris.post(url, {**data, "code": "000000"})
    assert "Too many wrong codes" in answer.content.decode()


def test_a_start_locks_payouts_when_the_folder_is_ahead_and_doctor_says_so(
    desk, capsys, monkeypatch
):
    monkeypatch.setattr(doctor, "running_database", lambda **_: nullcontext())
    assert doctor._payouts().detail == "open; the next batch is 1 of epoch 1"
    desk.bank.folder.deliver(name="NGS-1-000009-0123456789abcdef.xml", content=b"older backup")

    serve._compare_payouts()

    assert "NGS-1-000009" in "".join(capsys.readouterr())
    with acting_as(staff()):
        assert payout_standing().is_locked
    assert not doctor._payouts().is_good
    page = desk.browser("Max").get(reverse("console:pay_ready")).content.decode()
    assert "Payouts are locked" in page
    refused = desk.browser("Max").post(
        reverse("console:payments_seal"), {"account": "main-eur", "execute_on": ""}
    )
    assert refused.status_code == 422
    assert "ahead of the database" in refused.content.decode()


def test_finance_finds_the_way_out_of_a_restored_database_in_the_browser(desk):
    bank, (max_, chris, sam) = desk.bank, (desk.browser(name) for name in ("Max", "Chris", "Sam"))
    with acting_as(staff()), transaction.atomic():
        sent = bank.sent(at=AT)
        content = payment_file(sent.public_id).content
        transaction.set_rollback(True)  # The backup was made before.
    bank.folder.deliver(name="NGS-1-000044-0123456789abcdef.xml", content=b"not ours")

    said = max_.post(reverse("console:outside_compare"), follow=True).content.decode()
    assert "2 findings. Payouts are locked." in said
    page = max_.get(reverse("console:outside")).content.decode()
    assert page.count("Not accounted for") == 2
    assert "NGS-1-000044" in page
    assert sent.message_id in page
    why = {"reason": "Compared with the statement"}
    refused = chris.post(reverse("console:outside_unlock"), why)
    assert refused.status_code == 422
    assert "2 finding(s) are not accounted for" in refused.content.decode()

    adopt = reverse("console:outside_adopt")
    assert "Choose the file that was sent" in max_.post(adopt, {"as": ""}).content.decode()
    junk = max_.post(adopt, {"file": ContentFile(b"junk", "junk.xml")})
    assert junk.status_code == 422
    assert "Nothing was taken over." in junk.content.decode()
    done = max_.post(adopt, {"file": ContentFile(content, "sent.xml")}, follow=True)
    assert f"{sent.message_id} is taken over" in done.content.decode()

    with acting_as(staff()):
        [left] = outside_findings(only_open=True)
        [batch] = list_payment_batches()
        findings = findings_of_batch(batch.public_id)
    explain = reverse("console:outside_explain", args=[left.public_id])
    assert max_.post(explain, {"reason": ""}).status_code == 422
    max_.post(explain, {"reason": "A test file of the bank's software."})
    assert max_.post(explain, {"reason": "Again"}).status_code == 422
    assert max_.post(reverse("console:outside_unlock"), why).status_code == 403
    opened = chris.post(reverse("console:outside_unlock"), why, follow=True).content.decode()
    assert "Payouts are open. Batch numbers begin again with 2." in opened

    assert findings == ()
    for person in (chris, sam):
        url = reverse("console:payments_approve", args=[batch.public_id])
        person.post(url, {"sha256": batch.sha256, "has_compared": "on"})
    sent_page = chris.post(
        reverse("console:payments_release", args=[batch.public_id]), follow=True
    ).content.decode()
    assert "This file was sent before the database was restored." in sent_page
    with acting_as(staff()):
        assert get_payment_batch(batch.public_id).state == "dispatched"


def test_an_approval_on_the_command_line_needs_the_approver_s_code(desk, counterfoil):  # noqa: F811
    _post(desk.browser("Max"), "payments_seal", account="main-eur", execute_on="")
    batch = _batch()
    with acting_as(staff()):
        [finding] = findings_of_batch(batch.public_id)
    _post(desk.browser("Chris"), "finding_clear", batch.public_id, str(finding.number), note="")
    words = (
        "batches", "approve", batch.message_id, "--sha256", batch.sha256,
        "--as", "chris@vendor.example",
    )  # fmt: skip

    unproved = counterfoil(*words, "--code", "123456")
    assert unproved.code == 1
    assert "no second factor" in unproved.err
    code = _second_factor(desk, "Chris")
    wrong = counterfoil(*words, "--code", "000000" if code != "000000" else "000001")
    assert "The code is wrong" in wrong.err
    with acting_as(staff()):
        assert approvals_of(batch.public_id) == ()
    assert counterfoil(*words, "--code", code).code == 0
    with acting_as(staff()):
        [given] = approvals_of(batch.public_id)
    assert given.proof == "signed in, with a one-time code, on the command line"


def _second_factor(desk, name):
    """This will set up an authenticator app for somebody and return its present code."""
    secret = generate_totp_secret()
    TOTP.activate(get_user_model().objects.get(pk=desk.people[name].user_pk), secret)
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def test_home_says_to_each_what_waits_in_paying_and_what_takes_too_long(desk, monkeypatch):
    def home(name):
        return desk.browser(name).get(reverse("console:home")).content.decode()

    with acting_as(staff()):
        desk.bank.proposed(desk.partner, IBANS[3], at=AT)
    assert "Ready to pay, in no payment file yet" in home("Max")
    assert "New bank details wait for a call-back" in home("Max")
    _post(desk.browser("Max"), "payments_seal", account="main-eur", execute_on="")
    batch = _batch()
    waits = f"{batch.message_id} waits for your approval"
    assert waits not in home("Max")
    assert waits in home("Chris")
    with acting_as(staff()):
        desk.bank.clear(batch)
        desk.bank.approve(batch, desk.people["Chris"])
    assert waits not in home("Chris")
    assert waits in home("Sam")
    with acting_as(staff()):
        desk.bank.approve(batch, desk.people["Sam"])
    assert "is approved and waits to be sent" in home("Chris")
    with acting_as(staff()):
        desk.bank.dispatch(desk.bank.release(batch, at=AT), at=AT)
    assert "no statement shows" not in home("Max")
    monkeypatch.setattr(
        StoppedClock, "now", lambda tz=None: (AT + timedelta(days=9)).astimezone(tz)
    )
    assert f"{batch.message_id}: payments that no statement shows" in home("Max")
    assert "Late by" in home("Max")


def test_a_broken_upload_is_marked_and_its_file_never_sent_again_by_itself(desk):
    with acting_as(staff()):
        batch = desk.bank.release(desk.bank.approved(at=AT), at=AT)
    max_, page = desk.browser("Max"), reverse("console:payment_batch", args=[batch.public_id])
    assert "Did it arrive?" in max_.get(page).content.decode()

    url = reverse("console:payments_unknown", args=[batch.public_id])
    assert max_.post(url, {"reason": ""}).status_code == 422
    said = max_.post(url, {"reason": "The line broke"}, follow=True).content.decode()

    assert "Nobody knows whether this file arrived" in said
    with acting_as(staff()):
        assert batches_due() == ()
    ended = max_.post(
        reverse("console:payments_receipt", args=[batch.public_id]),
        {"receipt": "R-9"},
        follow=True,
    ).content.decode()
    assert "The bank&#x27;s receipt: R-9" in ended


def test_a_return_is_undone_on_the_page_of_its_line(desk, tmp_path):
    with acting_as(staff()):
        desk.bank.someone = desk.partner
        answers, _ = House.paid(desk.bank, returns=1000)
        desk.bank.store = LocalFiles(root=tmp_path / "kept")
        for each in answers:
            House.read(desk.bank, each)
        House.reconcile(desk.bank)
        [payment] = payments_of_batch(desk.bank.batch.public_id)
        line = BankLine.objects.get(amount_minor__gt=0).public_id
    assert payment.state == "returned"
    max_ = desk.browser("Max")

    assert reverse("console:bank_undo", args=[line]) in (
        max_.get(reverse("console:bank_line", args=[line])).content.decode()
    )
    asked = max_.get(reverse("console:bank_undo", args=[line])).content.decode()
    assert "The payment counts as debited again" in asked
    done = max_.post(reverse("console:bank_undo", args=[line]), {"reason": "Another payment"})
    assert done.status_code == 302
    with acting_as(staff()):
        [payment] = payments_of_batch(desk.bank.batch.public_id)
    assert payment.state == "settled"
