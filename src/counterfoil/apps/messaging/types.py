"""What messaging hands out."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as the recipient reads it; `id` is the outbox row's and names the mail for ever."""

    id: str
    to_email: str
    to_name: str
    subject: str
    body: str
    language: str


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A row of the outbox, as the mailbox page shows it."""

    mail: Mail
    template: str
    partner_id: int
    about: str
    state: str
    attempts: int
    last_error: str
    queued_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class MailboxPage:
    """A page of the outbox, newest first, and the cursor of the next one (empty at the end)."""

    rows: tuple[OutboxRow, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class SendResult:
    """What one round of sending did, by count."""

    sent: int = 0
    kept: int = 0
    failed: int = 0
    postponed: int = 0
