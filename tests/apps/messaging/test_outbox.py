"""A mail is queued with its cause, once, complete; and sent beside others, again after trouble."""

import threading
from datetime import timedelta

import pytest
from django.db import ProgrammingError, connections, transaction

from counterfoil.adapters.mail_outbox import KeepInOutbox
from counterfoil.apps.messaging.errors import (
    BadAddress,
    MailRefused,
    MailUnavailable,
    PlaceholderMissing,
    UnknownTemplate,
)
from counterfoil.apps.messaging.models import OutboxMessage
from counterfoil.apps.messaging.ports import Delivery
from counterfoil.apps.messaging.selectors import (
    LANGUAGES,
    TEMPLATES,
    find_mail,
    list_mail,
    placeholders_of,
    render,
    template_text,
)
from counterfoil.apps.messaging.services import ATTEMPTS_MAX, queue_mail, resend_mail, send_due
from counterfoil.apps.messaging.types import SendResult
from counterfoil.foundation.acting import acting_as, portal, staff, worker
from tests.people_stock import AT

pytestmark = pytest.mark.db
CONTEXT = {"title": "Spring event", "amount": "1200.00 EUR", "promised_on": "2026-03-06"}
LINK = {"link": "https://counterfoil.example/portal/submissions/sub_x/"}


def queue(key: str = "sub_x:received", **changes: object) -> None:
    values: dict[str, object] = {
        "template": "claim-received",
        "to_email": "ines@adler.example",
        "to_name": "Ines Roth",
        "language": "en",
        "context": {**CONTEXT, **LINK},
        "partner_id": 7,
        "about": "sub_x",
        "idem_key": key,
        "at": AT,
        **changes,
    }
    queue_mail(**values)  # type: ignore[arg-type]


class FakeMail:
    """Takes mails, or raises what it was told to."""

    def __init__(self, *troubles: Exception) -> None:
        self.taken: list[str] = []
        self.bodies: list[str] = []
        self._troubles = list(troubles)

    def send(self, mail):
        if self._troubles:
            raise self._troubles.pop(0)
        self.taken.append(mail.id)
        self.bodies.append(mail.body)
        return Delivery.SENT


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_text_exists_in_both_languages_with_the_same_placeholders(template):
    both = [set(placeholders_of(template, language)) for language in LANGUAGES]
    assert both[0] == both[1]

    for language in LANGUAGES:
        context = {name: f"<{name}>" for name in both[0]}
        subject, body = render(
            template=template, language=language, to_name="Ines", context=context
        )
        assert subject
        assert "\n" not in subject
        assert "{" not in subject + body
        assert all(f"<{name}>" in subject + body for name in both[0])
    assert template_text(template, "en") != template_text(template, "de")


def test_another_language_reads_english_and_a_variant_its_language():
    assert template_text("reminder", "fi") == template_text("reminder", "en")
    assert template_text("reminder", "de-at") == template_text("reminder", "de")


@pytest.mark.parametrize("name", ["no-such-text", "../en/reminder", ""])
def test_a_text_that_is_not_shipped_is_refused(name):
    with pytest.raises(UnknownTemplate):
        template_text(name, "en")


def test_braces_and_line_breaks_in_a_value_stay_text():
    values = {**CONTEXT, **LINK, "title": "{link}\r\nBcc: everybody@else.example"}
    subject, body = render(
        template="claim-received", language="en", to_name="{vendor}", context=values
    )

    assert subject == "We received your claim: {link} Bcc: everybody@else.example"
    assert body.startswith("Hello {vendor},")


@pytest.mark.django_db
def test_a_missing_placeholder_refuses_the_act_that_causes_the_mail():
    with acting_as(staff()):
        with pytest.raises(PlaceholderMissing, match="promised_on, link"):
            queue(context={"title": "x", "amount": "y"})
        with pytest.raises(BadAddress):
            queue(to_email="ines@adler.example\nBcc: x@y.example")

        assert list_mail().rows == ()


@pytest.mark.django_db
def test_one_key_is_one_mail():
    with acting_as(staff()):
        queue()
        queue(context={**CONTEXT, **LINK, "title": "another"})

        (row,) = list_mail().rows
        assert row.mail.subject == "We received your claim: Spring event"


@pytest.mark.django_db
def test_a_partner_queues_twice_and_reads_nothing():
    with acting_as(portal(7)):
        queue()
        queue()
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            OutboxMessage.objects.count()
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            queue("other", partner_id=8)
    with acting_as(staff()):
        assert len(list_mail(about="sub_x").rows) == 1


@pytest.mark.django_db
def test_the_demo_keeps_its_mail_where_people_can_read_it():
    with acting_as(worker()):
        queue()

        assert send_due(at=AT, mail=KeepInOutbox()) == SendResult(kept=1)
        assert send_due(at=AT, mail=KeepInOutbox()) == SendResult()
        (row,) = list_mail(state="kept").rows
        assert find_mail(mail_id=row.mail.id) == row


@pytest.mark.django_db
def test_a_mail_that_could_not_go_is_tried_later_and_later():
    mail = FakeMail(MailUnavailable("no route"), MailUnavailable("no route"))
    with acting_as(worker()):
        queue()

        assert send_due(at=AT, mail=mail) == SendResult(postponed=1)
        assert send_due(at=AT, mail=mail) == SendResult()
        assert send_due(at=AT + timedelta(minutes=1), mail=mail) == SendResult(postponed=1)
        assert send_due(at=AT + timedelta(minutes=2), mail=mail) == SendResult()
        assert send_due(at=AT + timedelta(minutes=6), mail=mail) == SendResult(sent=1)
        (row,) = list_mail().rows
        assert (row.state, row.attempts, row.last_error) == ("sent", 3, "")


@pytest.mark.django_db
def test_a_mail_that_never_goes_is_given_up_and_can_be_queued_again():
    with acting_as(worker()):
        queue()
        for number in range(ATTEMPTS_MAX):
            send_due(at=AT + timedelta(days=number), mail=FakeMail(MailUnavailable("down")))
        (row,) = list_mail(state="failed").rows
        assert (row.attempts, row.last_error) == (ATTEMPTS_MAX, "down")

        assert resend_mail(mail_id=row.mail.id, at=AT)
        assert not resend_mail(mail_id=row.mail.id, at=AT)
        assert send_due(at=AT, mail=FakeMail()) == SendResult(sent=1)


@pytest.mark.django_db
def test_a_refused_mail_is_not_tried_again_and_does_not_hold_up_the_next():
    with acting_as(worker()):
        queue("first")
        queue("second", at=AT + timedelta(seconds=1))
        mail = FakeMail(MailRefused("no such box"))

        later = AT + timedelta(minutes=1)
        assert send_due(at=later, mail=mail) == SendResult(failed=1, sent=1)
        assert send_due(at=AT + timedelta(days=1), mail=mail) == SendResult()


def test_two_workers_send_each_mail_once(own_database):
    with acting_as(worker()):
        for number in range(20):
            queue(f"key-{number}")
    barrier = threading.Barrier(2)
    mails = [FakeMail(), FakeMail()]

    def run(mail: FakeMail) -> None:
        try:
            barrier.wait()
            while True:
                with acting_as(worker()):
                    if send_due(at=AT, mail=mail, limit=1) == SendResult():
                        return
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(mail,)) for mail in mails]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    taken = mails[0].taken + mails[1].taken
    with acting_as(worker()):
        left = OutboxMessage.objects.filter(state="queued").count()
    assert len(taken) == len(set(taken)) == 20 - left
    assert left == 0


@pytest.mark.django_db
def test_a_link_that_lets_its_holder_in_is_forgotten_once_the_mail_is_handed_over():
    given = {"inviter": "Olive", "organization": "Adler", "role": "member", "expires_on": "soon"}
    for place in ("join", "answer"):
        with acting_as(staff()):
            queue(
                place, template="invitation",
                context={**given, "link": f"https://c.example/{place}/a:secret/"},
            )  # fmt: skip
    mail = FakeMail()

    with acting_as(worker()):
        send_due(at=AT, mail=mail)

    assert ["a:secret" in each for each in mail.bodies] == [True, True]
    with acting_as(staff()):
        assert not any("secret" in row.mail.body for row in list_mail().rows)
        assert all("/***/" in row.mail.body for row in list_mail().rows)
