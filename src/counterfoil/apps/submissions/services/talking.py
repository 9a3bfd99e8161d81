"""Messages that both sides read, and notes that only the vendor's people read."""

from datetime import datetime

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.submissions.models import Message, Note
from counterfoil.apps.submissions.services.locking import locked
from counterfoil.apps.submissions.services.sending import needed_reason
from counterfoil.core.actors import Actor
from counterfoil.foundation.ids import new_id


def post_message(*, submission_id: str, body: str, by: Actor, at: datetime) -> str:
    """This will write to the other side, on the record, and return the message's id.

    Raises ReasonMissing for an empty text, UnknownSubmission.
    """
    row = locked(submission_id, by=by)
    message = Message(
        public_id=new_id("mes"),
        partner_id=row.partner_id,
        submission_id=row.pk,
        revision=row.revision,
        author_id=by.id,
        author_name=by.name,
        from_partner=by.is_partner,
        body=needed_reason(body),
        sent_at=at,
    )
    message.save(force_insert=True)
    record_event(
        by=by, at=at, action="submission.message_sent", object_type="submission",
        object_id=row.public_id, partner_id=row.partner_id,
        data={"message": message.public_id, "from_partner": by.is_partner},
    )  # fmt: skip
    return message.public_id


def write_note(*, submission_id: str, body: str, by: Actor, at: datetime) -> str:
    """This will write an internal note and return its id; no partner can ever read it.

    Raises ReasonMissing for an empty text, UnknownSubmission.
    """
    row = locked(submission_id, by=by)
    note = Note(
        public_id=new_id("note"),
        submission=row.public_id,
        author_id=by.id,
        author_name=by.name,
        body=needed_reason(body),
        written_at=at,
    )
    note.save(force_insert=True)
    # The partner's own history is read from events of the partner; a note is the vendor's.
    record_event(
        by=by, at=at, action="submission.note_written", object_type="submission",
        object_id=row.public_id, data={"note": note.public_id},
    )  # fmt: skip
    return note.public_id
