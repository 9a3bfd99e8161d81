"""SMTP: what the server says for good, for now, and the id that stays the same."""

import smtplib

import pytest
from django.core.mail import EmailMessage

from counterfoil.adapters.mail_smtp import SmtpMail
from counterfoil.apps.messaging.errors import MailRefused, MailUnavailable
from counterfoil.apps.messaging.ports import Delivery
from counterfoil.apps.messaging.types import Mail

MAIL = Mail("msg_abc", "ines@adler.example", "Ines", "Hello", "Body\n", "en")


@pytest.mark.parametrize(
    ("trouble", "refusal"),
    [
        (smtplib.SMTPRecipientsRefused({"ines@adler.example": (550, b"unknown")}), MailRefused),
        (smtplib.SMTPRecipientsRefused({"ines@adler.example": (450, b"later")}), MailUnavailable),
        (smtplib.SMTPDataError(554, b"spam"), MailRefused),
        (smtplib.SMTPDataError(451, b"later"), MailUnavailable),
        (smtplib.SMTPAuthenticationError(535, b"password"), MailUnavailable),
        (smtplib.SMTPServerDisconnected("gone"), MailUnavailable),
        (ConnectionRefusedError("no server"), MailUnavailable),
        (TimeoutError("slow"), MailUnavailable),
    ],
)
def test_what_the_server_says_becomes_for_good_or_for_now(monkeypatch, trouble, refusal):
    def send(self, fail_silently=False):
        raise trouble

    monkeypatch.setattr(EmailMessage, "send", send)
    with pytest.raises(refusal):
        SmtpMail().send(MAIL)


def test_a_mail_carries_the_same_id_at_each_attempt(monkeypatch):
    sent = []
    monkeypatch.setattr(EmailMessage, "send", lambda self: sent.append(self.message()))

    assert SmtpMail().send(MAIL) is Delivery.SENT
    SmtpMail().send(MAIL)

    assert sent[0]["Message-ID"] == sent[1]["Message-ID"] == "<msg_abc@localhost>"


def test_a_header_cannot_be_smuggled_in():
    smuggled = Mail("msg_abc", "ines@adler.example", "Ines", "Hi\nBcc: x@y.example", "Body", "en")

    with pytest.raises(MailRefused):
        SmtpMail().send(smuggled)
