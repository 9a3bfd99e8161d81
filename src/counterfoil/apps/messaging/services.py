"""Writes of messaging: queueing a mail with its cause, and sending what is due."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from counterfoil.apps.messaging.errors import BadAddress, MailRefused, MailUnavailable
from counterfoil.apps.messaging.models import OutboxMessage
from counterfoil.apps.messaging.ports import Delivery, MailPort
from counterfoil.apps.messaging.selectors import mail_of, render
from counterfoil.apps.messaging.types import SendResult
from counterfoil.foundation.ids import new_id
from counterfoil.foundation.jobs import defer
from counterfoil.foundation.quiet import masked

ATTEMPTS_MAX = 8
BATCH = 50
_BACKOFF = (1, 5, 15, 60, 180, 360, 720)
"""Minutes to wait after the first, second, … failure."""


def queue_mail(
    *,
    template: str,
    to_email: str,
    to_name: str,
    language: str,
    context: Mapping[str, str],
    partner_id: int,
    about: str,
    idem_key: str,
    at: datetime,
) -> None:
    """This will put a mail into the outbox in the current transaction, once per `idem_key`.

    The text is rendered here, so that a missing placeholder refuses the act that causes the mail
    and not the worker hours later. `about` is the public id of what the mail speaks of; `at` is
    aware. Raises UnknownTemplate, PlaceholderMissing, BadAddress.
    """
    try:
        validate_email(to_email)
    except ValidationError:
        raise BadAddress(f"{to_email!r} is not a mail address") from None
    subject, body = render(template=template, language=language, to_name=to_name, context=context)
    # One statement that ignores a doubled key: a partner's role may insert here and read nothing.
    OutboxMessage.objects.bulk_create(
        [
            OutboxMessage(
                id=new_id("msg"),
                idem_key=idem_key,
                template=template,
                partner_id=partner_id,
                about=about,
                to_email=to_email,
                to_name=to_name,
                subject=subject,
                body=body,
                language=language,
                queued_at=at,
                due_at=at,
            )
        ],
        ignore_conflicts=True,
    )
    defer("send_outbox")


def send_due(*, at: datetime, mail: MailPort, limit: int = BATCH) -> SendResult:
    """This will hand over up to `limit` queued mails that are due, and say what became of them.

    Rows that another worker holds are passed over. A crash between the hand-over and the commit
    sends a mail again with the same id, which the recipient's mail program drops as a double.
    """
    counts = dict.fromkeys(("sent", "kept", "failed", "postponed"), 0)
    for _ in range(limit):
        with transaction.atomic():
            row = (
                OutboxMessage.objects.select_for_update(skip_locked=True)
                .filter(state="queued", due_at__lte=at)
                .order_by("due_at", "id")
                .first()
            )
            if row is None:
                break
            counts[_send(row, at=at, mail=mail)] += 1
    return SendResult(**counts)


def _send(row: OutboxMessage, *, at: datetime, mail: MailPort) -> str:
    row.attempts += 1
    outcome = "failed"
    try:
        delivery = mail.send(mail_of(row))
    except MailRefused as refusal:
        row.state, row.last_error = "failed", str(refusal)
    except MailUnavailable as trouble:
        row.last_error = str(trouble)
        if row.attempts >= ATTEMPTS_MAX:
            row.state = "failed"
        else:
            outcome = "postponed"
            row.due_at = at + timedelta(minutes=_BACKOFF[row.attempts - 1])
    else:
        row.state = "kept" if delivery is Delivery.KEPT else "sent"
        row.sent_at, row.last_error, outcome = at, "", row.state
        if delivery is Delivery.SENT:
            # It is the recipient's alone from here on, also against who reads the table.
            row.body = masked(row.body)
    row.save(update_fields=["state", "attempts", "last_error", "due_at", "sent_at", "body"])
    return outcome


def resend_mail(*, mail_id: str, at: datetime) -> bool:
    """This will queue a failed mail again; False when it did not fail."""
    changed = OutboxMessage.objects.filter(id=mail_id, state="failed").update(
        state="queued", attempts=0, due_at=at
    )
    if changed:
        defer("send_outbox")
    return bool(changed)
