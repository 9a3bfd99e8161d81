"""Writes of playbooks: drafts, publication by a second person, retirement."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from counterfoil.apps.audit.selectors import actors_of
from counterfoil.apps.audit.services import record_event
from counterfoil.apps.playbooks.errors import (
    NotADraft,
    NotPublishable,
    SameAuthor,
    UnknownPlaybook,
)
from counterfoil.apps.playbooks.models import PlaybookVersion
from counterfoil.apps.playbooks.selectors import read_source
from counterfoil.apps.playbooks.types import DraftSaved
from counterfoil.core.actors import Actor
from counterfoil.core.authority import require
from counterfoil.core.canonical import canonical_json, sha256_hex
from counterfoil.core.criteria import ENGINE_VERSION
from counterfoil.foundation.ids import new_id

SOURCE_MAX = 1_000_000


@transaction.atomic
def save_draft(
    *,
    source: str,
    code: str,
    by: Actor,
    at: datetime,
    version_id: str = "",
    program: str = "",
    note: str = "",
) -> DraftSaved:
    """This will save the text of a draft, new or `version_id`, and tell what is wrong with it.

    A text with problems is kept: nobody loses work over a comma. Raises NotAllowed, NotADraft,
    UnknownPlaybook, NotPublishable for a text beyond SOURCE_MAX characters.
    """
    require(by, "playbooks.edit", program=program)
    if len(source) > SOURCE_MAX:
        raise NotADraft(f"The text has more than {SOURCE_MAX} characters.")
    playbook, problems = read_source(source, file=f"{code}.yaml")
    row = _draft(version_id) if version_id else _new_draft(code)
    row.source, row.note, row.program = source, note, program
    row.author_id, row.edited_at = by.id, at
    if playbook is not None:
        row.kind, row.effective_from = playbook.kind.value, playbook.effective_from
    row.save()
    record_event(
        by=by, at=at, action="playbook.saved", object_type="playbook", object_id=row.public_id,
        data={"code": row.code, "version": row.version, "problems": len(problems), "note": note},
    )  # fmt: skip
    return DraftSaved(row.public_id, row.version, problems)


@transaction.atomic
def publish_version(*, version_id: str, by: Actor, at: datetime) -> str:
    """This will publish a draft that somebody else wrote and return its hash.

    Raises NotAllowed, SameAuthor, NotPublishable, NotADraft, UnknownPlaybook. The database refuses
    the author as well.
    """
    require(by, "playbooks.publish")
    row = _draft(version_id)
    _refuse_author(row, by)
    playbook, problems = read_source(row.source, file=f"{row.code}.yaml")
    if playbook is None or problems:
        raise NotPublishable(problems)
    row.canonical = canonical_json(playbook.to_canonical()).decode()
    row.sha256, row.engine_version = playbook.sha256, ENGINE_VERSION
    row.kind, row.effective_from = playbook.kind.value, playbook.effective_from
    row.state, row.approved_by, row.published_at = "published", by.id, at
    row.save()
    record_event(
        by=by, at=at, action="playbook.published", object_type="playbook", object_id=row.public_id,
        data={
            "code": row.code, "version": row.version, "sha256": row.sha256,
            "effective_from": playbook.effective_from.isoformat(), "author": row.author_id,
            "source_sha256": sha256_hex(row.source.encode()),
        },
    )  # fmt: skip
    return row.sha256


@transaction.atomic
def retire_version(*, version_id: str, by: Actor, at: datetime, reason: str) -> None:
    """This will take a published version out of use for new submissions; decisions keep citing it.

    Raises NotAllowed, UnknownPlaybook, NotADraft.
    """
    require(by, "playbooks.publish")
    row = PlaybookVersion.objects.select_for_update().filter(public_id=version_id).first()
    if row is None:
        raise UnknownPlaybook(f"There is no playbook version {version_id}.")
    if row.state != "published":
        raise NotADraft(f"{row.code} version {row.version} is {row.state}, not published.")
    row.state = "retired"
    row.save(update_fields=["state"])
    record_event(
        by=by, at=at, action="playbook.retired", object_type="playbook", object_id=row.public_id,
        data={"code": row.code, "version": row.version, "reason": reason},
    )  # fmt: skip


def _draft(version_id: str) -> PlaybookVersion:
    row = PlaybookVersion.objects.select_for_update().filter(public_id=version_id).first()
    if row is None:
        raise UnknownPlaybook(f"There is no playbook version {version_id}.")
    if row.state != "draft":
        raise NotADraft(
            f"{row.code} version {row.version} is {row.state} and never changes. "
            "Write a new version."
        )
    return row


def _new_draft(code: str) -> PlaybookVersion:
    last = PlaybookVersion.objects.filter(code=code).aggregate(last=Max("version"))["last"]
    return PlaybookVersion(public_id=new_id("pbv"), code=code, version=(last or 0) + 1)


def _refuse_author(row: PlaybookVersion, by: Actor) -> None:
    # Whoever saved the draft at any time wrote it, though somebody else saved it last.
    if by.id in {row.author_id, *actors_of("playbook", row.public_id, action="playbook.saved")}:
        raise SameAuthor("Who wrote a version can't publish it; ask somebody else.")
