"""Sends by Django's mail connection, with a time-out and a message id that never changes."""

import smtplib

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from counterfoil.apps.messaging.errors import MailRefused, MailUnavailable
from counterfoil.apps.messaging.ports import Delivery
from counterfoil.apps.messaging.types import Mail

_PERMANENT = range(500, 600)
"""SMTP replies of the 5yz class: repeating the command will not help (RFC 5321, 4.2.1)."""


class SmtpMail:
    """Hands each mail to the server of the settings (`SMTP_HOST` and the like)."""

    def send(self, mail: Mail) -> Delivery:
        """This will send. Raises MailRefused for good, MailUnavailable for now."""
        domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip(" >") or "localhost"
        message = EmailMessage(
            subject=mail.subject,
            body=mail.body,
            to=[mail.to_email],
            # The same id at each attempt, so that a mail sent twice is seen as one.
            headers={
                "Message-ID": f"<{mail.id}@{domain}>",
                "Auto-Submitted": "auto-generated",
                "Content-Language": mail.language,
            },
            connection=get_connection(timeout=settings.EMAIL_TIMEOUT),
        )
        try:
            message.send()
        except smtplib.SMTPRecipientsRefused as refusal:
            codes = [code for code, _ in refusal.recipients.values()]
            if codes and all(code in _PERMANENT for code in codes):
                raise MailRefused(f"the server refuses the recipient ({codes[0]})") from refusal
            raise MailUnavailable(f"the server asks to try later ({codes})") from refusal
        except smtplib.SMTPResponseException as reply:
            words = f"the server answers {reply.smtp_code}"
            if reply.smtp_code in _PERMANENT and not isinstance(
                reply, smtplib.SMTPAuthenticationError
            ):
                raise MailRefused(words) from reply
            raise MailUnavailable(words) from reply
        except (smtplib.SMTPException, OSError) as trouble:
            raise MailUnavailable(f"{type(trouble).__name__}: {trouble}") from trouble
        except ValueError as unsendable:
            raise MailRefused(f"the mail can't be written: {unsendable}") from unsendable
        return Delivery.SENT
