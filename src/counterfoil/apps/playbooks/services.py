"""Writes of playbooks: drafts, trials, sign-offs, publication by a second person, retirement."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from counterfoil.apps.audit.selectors import actors_of
from counterfoil.apps.audit.services import record_event
from counterfoil.apps.playbooks.errors import (
    NotADraft,
    NotPublishable,
    NotSignedOff,
    SameAuthor,
    UnknownPlaybook,
)
from counterfoil.apps.playbooks.models import PlaybookVersion, SignOff, Trial
from counterfoil.apps.playbooks.selectors import get_trial, read_source, standing_of
from counterfoil.apps.playbooks.types import DraftSaved, TrialInfo
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

    The record cites the newest trial of this very text, if there is one. Raises NotAllowed,
    SameAuthor, NotPublishable, NotSignedOff, NotADraft, UnknownPlaybook. The database refuses the
    author as well.
    """
    require(by, "playbooks.publish")
    row = _draft(version_id)
    _refuse_author(row, by)
    playbook, problems = read_source(row.source, file=f"{row.code}.yaml")
    if playbook is None or problems:
        raise NotPublishable(problems)
    standing = standing_of(version_id)
    if standing.lacking:
        raise NotSignedOff(
            f"{row.code} version {row.version} still needs the sign-off of "
            f"{', '.join(role.replace('_', ' ') for role in standing.lacking)}."
        )
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
            "signed_by": {each.role: each.signed_by for each in standing.given},
            "trial": standing.trial.public_id if standing.trial is not None else "",
            "trial_sha256": standing.trial.sha256 if standing.trial is not None else "",
        },
    )  # fmt: skip
    return row.sha256


@transaction.atomic
def record_trial(
    *,
    version_id: str,
    playbook_sha256: str,
    since: date | None,
    report: Mapping[str, Any],
    by: Actor,
    at: datetime,
) -> TrialInfo:
    """This will keep what a draft would change; nothing else is touched.

    Raises NotAllowed, UnknownPlaybook, and NotADraft, also when the text was changed while it was
    tried.
    """
    require(by, "playbooks.try")
    row = _draft(version_id)
    if _sha256_of(row) != playbook_sha256:
        raise NotADraft("The draft was changed while it was tried; try it again.")
    text = canonical_json(report).decode()
    summary = report["summary"]
    trial = Trial.objects.create(
        public_id=new_id("tri"), version=row, playbook_sha256=playbook_sha256, since=since,
        total=summary["total"], changed=summary["changed"], report=text,
        sha256=sha256_hex(text.encode()), made_by=by.id, made_at=at,
    )  # fmt: skip
    record_event(
        by=by, at=at, action="playbook.tried", object_type="playbook", object_id=row.public_id,
        data={
            "trial": trial.public_id, "sha256": trial.sha256, "playbook_sha256": playbook_sha256,
            "since": since.isoformat() if since else "", "total": trial.total,
            "changed": trial.changed,
        },
    )  # fmt: skip
    return get_trial(trial.public_id)


@transaction.atomic
def sign_version(
    *,
    version_id: str,
    role: str,
    is_agreed: bool,
    comment: str,
    by: Actor,
    at: datetime,
) -> None:
    """This will record a role's word on the draft as it stands now.

    Raises NotAllowed, SameAuthor, NotADraft, UnknownPlaybook, NotPublishable for a draft with
    problems, NotSignedOff for a role that the playbook does not ask, that the person does not
    hold, or a no without its reason.
    """
    require(by, "playbooks.sign")
    row = _draft(version_id)
    _refuse_author(row, by)
    playbook, problems = read_source(row.source, file=f"{row.code}.yaml")
    if playbook is None or problems:
        raise NotPublishable(problems)
    if role not in playbook.sign_off:
        raise NotSignedOff(f"{row.code} does not ask {role.replace('_', ' ')} to sign.")
    if role not in by.roles:
        raise NotSignedOff(f"You don't hold the role {role.replace('_', ' ')}.")
    if not is_agreed and not comment.strip():
        raise NotSignedOff("Say what has to change.")
    signed = SignOff.objects.create(
        public_id=new_id("sgn"), version=row, playbook_sha256=playbook.sha256, role=role,
        is_agreed=is_agreed, comment=comment.strip(), signed_by=by.id, signed_at=at,
    )  # fmt: skip
    record_event(
        by=by, at=at, action="playbook.signed" if is_agreed else "playbook.sign_off_refused",
        object_type="playbook", object_id=row.public_id,
        data={
            "sign_off": signed.public_id, "role": role, "comment": signed.comment,
            "playbook_sha256": playbook.sha256,
        },
    )  # fmt: skip


def _sha256_of(row: PlaybookVersion) -> str:
    playbook, _ = read_source(row.source, file=f"{row.code}.yaml")
    return playbook.sha256 if playbook is not None else ""


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
