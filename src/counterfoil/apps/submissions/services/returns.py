"""Returning for changes, and seeing that an answer changed only what was named."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.submissions.errors import (
    NoRoundsLeft,
    NotEditable,
    ReasonMissing,
    UnknownCode,
    UnknownDetail,
)
from counterfoil.apps.submissions.models import Evidence, InvoiceLine, Message, Submission
from counterfoil.apps.submissions.selectors.cases import current_details
from counterfoil.apps.submissions.services.locking import locked, move, touch
from counterfoil.core.actors import Actor
from counterfoil.core.adjudication import value_to_json
from counterfoil.core.canonical import digest
from counterfoil.core.playbooks import Playbook, Provenance
from counterfoil.core.playbooks.model import Ask
from counterfoil.core.states import Action
from counterfoil.foundation.ids import new_id

BODY_MAX = 8_000


def return_submission(
    *,
    submission_id: str,
    playbook: Playbook,
    codes: Sequence[str],
    fields: Sequence[str],
    message: str,
    answer_by: datetime | None,
    by: Actor,
    at: datetime,
) -> str:
    """This will return a submission for changes to `fields` only, and give the message's id.

    `fields` name details ("activity_start"), lines ("line:lin_…", "lines" for adding and removing
    them) and kinds of proof ("evidence:invoice"). Raises NoRoundsLeft, UnknownCode, UnknownDetail,
    ReasonMissing, StateRefused, UnknownSubmission.
    """
    row = locked(submission_id, by=by)
    named = tuple(dict.fromkeys(fields))
    _refuse_words(playbook, row, codes=codes, fields=named, message=message)
    if row.returns_used >= playbook.resubmission.rounds:
        raise NoRoundsLeft(
            f"This was returned {row.returns_used} times, as often as the playbook allows. "
            "Decide it, or write to the partner."
        )
    move(row, Action.RETURN)
    row.returns_used += 1
    row.assigned_to_id = row.assigned_to_id or by.user_pk
    touch(row)
    row.save(update_fields=["state", "returns_used", "assigned_to_id", "version"])
    asked = Message(
        public_id=new_id("mes"),
        partner_id=row.partner_id,
        submission_id=row.pk,
        revision=row.revision,
        kind="return",
        author_id=by.id,
        author_name=by.name,
        from_partner=False,
        body=message.strip()[:BODY_MAX],
        fields=list(named),
        codes=list(codes),
        before=digests_of(row),
        answer_by=answer_by,
        sent_at=at,
    )
    asked.save(force_insert=True)
    record_event(
        by=by, at=at, action="submission.returned", object_type="submission",
        object_id=row.public_id, partner_id=row.partner_id,
        data={
            "number": row.number, "revision": row.revision, "codes": list(codes),
            "fields": list(named), "round": row.returns_used, "message": asked.public_id,
        },
    )  # fmt: skip
    return asked.public_id


def digests_of(row: Submission) -> dict[str, str]:
    """This will return a digest of each thing that a partner may change, by its name in a return.

    Only what the partner said counts: a reviewer's verification changes none of them.
    """
    details = current_details(row.pk)
    said = {
        name: value_to_json(item.value)
        for name, item in details.items()
        if item.provenance is Provenance.PARTNER_DECLARED
    }
    found = {
        name: digest(said[name]) for name in said if not name.startswith(("line.", "evidence."))
    }
    found |= {f"typed:{name}": digest(text) for name, text in row.entries.items()}
    for line in InvoiceLine.objects.filter(submission_id=row.pk).order_by("seq"):
        content = [line.entries, line.evidence]
        found[f"line:{line.public_id}"] = digest(content)
    files: dict[str, list[str]] = {}
    rows = Evidence.objects.filter(submission_id=row.pk, removed_at__isnull=True).order_by("pk")
    for item in rows:
        files.setdefault(f"evidence:{item.kind}", []).append(
            f"{item.public_id} {item.sha256} {item.link} {item.piece} {item.line}"
        )
    return found | {name: digest(each) for name, each in files.items()}


def refuse_other_changes(row: Submission, asked: Message) -> tuple[str, ...]:
    """This will return what changed since the return. Raises NotEditable beyond what was named."""
    now, allowed = digests_of(row), frozenset(asked.fields)
    changed = sorted(
        name for name in {*now, *asked.before} if now.get(name) != asked.before.get(name)
    )
    closed = [name for name in changed if not _is_named(name, allowed)]
    if closed:
        raise NotEditable(_plain(closed))
    return _plain(changed)


def _is_named(name: str, allowed: frozenset[str]) -> bool:
    bare = name.removeprefix("typed:")
    if bare in allowed:
        return True
    # "lines" opens every line, also those that are added or removed.
    return name.startswith("line:") and "lines" in allowed


def _plain(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.removeprefix("typed:") for name in names))


def _refuse_words(
    playbook: Playbook,
    row: Submission,
    *,
    codes: Sequence[str],
    fields: Sequence[str],
    message: str,
) -> None:
    if not message.strip():
        raise ReasonMissing("Write the partner what is needed; it is what they will read.")
    unknown = [code for code in codes if playbook.code(code) is None]
    if unknown or not codes:
        strange = f"; there is no {', '.join(unknown)}" if unknown else ""
        raise UnknownCode(f"Name a reason code of the playbook{strange}.")
    lines = InvoiceLine.objects.filter(submission_id=row.pk).values_list("public_id", flat=True)
    known = {
        *(field.name for field in playbook.facts if field.ask is Ask.PARTNER),
        *(f"evidence:{item.name}" for item in playbook.evidence),
        *(f"line:{line_id}" for line_id in lines),
        *(("lines",) if playbook.lines else ()),
    }
    unnamed = [name for name in fields if name not in known]
    if unnamed or not fields:
        raise UnknownDetail(
            "Name what the partner may change"
            + (f"; there is nothing named {', '.join(unnamed)}." if unnamed else ".")
        )
