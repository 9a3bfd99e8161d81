"""Reads of messaging: the shipped texts and the outbox."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from django.conf import settings

from counterfoil.apps.messaging.errors import PlaceholderMissing, UnknownTemplate
from counterfoil.apps.messaging.models import OutboxMessage
from counterfoil.apps.messaging.types import Mail, MailboxPage, OutboxRow

LANGUAGES = ("en", "de")
TEMPLATES = (
    "claim-received",
    "claim-returned",
    "claim-approved",
    "claim-partly-approved",
    "claim-not-approved",
    "bank-details-active",
    "bank-details-approved",
    "bank-details-proposed",
    "bank-details-refused",
    "claim-paid",
    "request-received",
    "request-returned",
    "request-approved",
    "request-not-approved",
    "validation-received",
    "validation-returned",
    "validation-approved",
    "validation-not-approved",
    "invitation",
    "inquiry-asked",
    "inquiry-passed-on",
    "inquiry-digest",
    "inquiry-late",
    "inquiry-decided",
    "sla-warning",
    "sla-breach",
    "reminder",
    "remittance-advice",
    "statement-issued",
    "question-asked",
    "question-answered",
    "question-reminder",
    "question-closed",
)
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_NAME = re.compile(r"[a-z]+(-[a-z]+)*")
PAGE_SIZE = 50


@cache
def template_text(name: str, language: str) -> tuple[str, str]:
    """This will return subject and body of a text; other languages read English.

    Raises UnknownTemplate.
    """
    folder = files("counterfoil.apps.messaging") / "texts"
    chosen = language.split("-")[0] if language.split("-")[0] in LANGUAGES else "en"
    if _NAME.fullmatch(name) is None or name not in TEMPLATES:
        raise UnknownTemplate(f"no text {name!r} is shipped")
    text = (folder / chosen / f"{name}.txt").read_text(encoding="utf-8")
    subject, _, body = text.partition("\n\n")
    return subject.removeprefix("Subject: "), body.rstrip("\n")


def placeholders_of(template: str, language: str = "en") -> tuple[str, ...]:
    """This will list what a caller puts into the context of a template.

    `to_name` and `vendor` are filled in by messaging itself. Raises UnknownTemplate.
    """
    subject, body = template_text(template, language)
    found = dict.fromkeys(_PLACEHOLDER.findall(subject + body))
    return tuple(name for name in found if name not in {"to_name", "vendor"})


def render(
    *, template: str, language: str, to_name: str, context: Mapping[str, str]
) -> tuple[str, str]:
    """This will return subject (one line) and body with every placeholder filled in.

    Raises UnknownTemplate, PlaceholderMissing.
    """
    subject, body = template_text(template, language)
    values = {"vendor": settings.VENDOR_NAME, **context, "to_name": to_name}
    missing = [name for name in _PLACEHOLDER.findall(subject + body) if name not in values]
    if missing:
        names = ", ".join(dict.fromkeys(missing))
        raise PlaceholderMissing(f"the text {template!r} needs {names}")

    def fill(text: str) -> str:
        # One pass: a brace inside a value is text and never read as a placeholder.
        return _PLACEHOLDER.sub(lambda match: str(values[match[1]]), text)

    one_line = " ".join(fill(subject).split())
    return one_line[:300], fill(body)


def list_mail(
    *,
    about: str = "",
    to_email: str = "",
    state: str = "",
    cursor: str = "",
    limit: int = PAGE_SIZE,
) -> MailboxPage:
    """This will return a page of the outbox, newest first; `cursor` is the page before's."""
    rows = OutboxMessage.objects.order_by("-queued_at", "-id")
    if about:
        rows = rows.filter(about=about)
    if to_email:
        rows = rows.filter(to_email__iexact=to_email)
    if state:
        rows = rows.filter(state=state)
    if cursor:
        last = OutboxMessage.objects.filter(id=cursor).values_list("queued_at", flat=True).first()
        if last is not None:
            rows = rows.filter(queued_at__lte=last).exclude(queued_at=last, id__gte=cursor)
    found = list(rows[: limit + 1])
    shown = tuple(_row(row) for row in found[:limit])
    return MailboxPage(shown, shown[-1].mail.id if len(found) > limit else "")


def find_mail(*, mail_id: str) -> OutboxRow | None:
    """This will return one row of the outbox, or None."""
    row = OutboxMessage.objects.filter(id=mail_id).first()
    return None if row is None else _row(row)


def mail_of(row: OutboxMessage) -> Mail:
    """This will return what the recipient reads."""
    return Mail(row.id, row.to_email, row.to_name, row.subject, row.body, row.language)


def _row(row: OutboxMessage) -> OutboxRow:
    return OutboxRow(
        mail=mail_of(row),
        template=row.template,
        partner_id=row.partner_id,
        about=row.about,
        state=row.state,
        attempts=row.attempts,
        last_error=row.last_error,
        queued_at=row.queued_at,
        sent_at=row.sent_at,
    )
