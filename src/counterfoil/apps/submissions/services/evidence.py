"""Writing evidence: the file is in the store and read already; here it joins its submission."""

from dataclasses import asdict
from datetime import datetime
from urllib.parse import urlsplit

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.submissions.errors import (
    FileRefused,
    NotEditable,
    TooMany,
    UnknownDetail,
    UnknownSubmission,
)
from counterfoil.apps.submissions.models import Evidence, InvoiceLine, Submission
from counterfoil.apps.submissions.ports import EvidenceKind, InspectedFile
from counterfoil.apps.submissions.services.drafts import editable_names, record_details
from counterfoil.apps.submissions.services.locking import expect_version, locked, touch
from counterfoil.apps.submissions.types import EvidenceAdded
from counterfoil.core.actors import Actor
from counterfoil.core.playbooks import Playbook, Provenance
from counterfoil.core.playbooks.model import Evidence as EvidenceRule
from counterfoil.core.states import State
from counterfoil.foundation.ids import new_id

TEXT_KEPT_MAX = 400_000
"""Characters of text kept of one file; more is of no use to a check and a burden to the row."""

_ACCEPTED_AS = {
    EvidenceKind.PDF: {"pdf"},
    EvidenceKind.IMAGE: {"image"},
    EvidenceKind.E_INVOICE: {"e-invoice", "pdf"},
    EvidenceKind.TABLE: {"office", "table"},
    EvidenceKind.DOCUMENT: {"office", "document"},
    EvidenceKind.TEXT: {"text", "mail", "office"},
}


def file_evidence(
    *,
    submission_id: str,
    playbook: Playbook,
    kind: str,
    piece: str,
    line_id: str,
    inspected: InspectedFile,
    previews: tuple[str, ...],
    version: int | None,
    by: Actor,
    at: datetime,
    with_appeal: bool = False,
) -> EvidenceAdded:
    """This will add a file that was stored and read; the same content again is no second file.

    `previews` are the hashes of its page pictures in the store; `with_appeal` adds to a decided
    submission whose appeal is raised in the same transaction. Raises FileRefused, TooMany,
    NotEditable, UnknownDetail, StateRefused, SubmissionChanged, UnknownSubmission.
    """
    row = locked(submission_id, by=by)
    expect_version(row, version)
    rule = _rule(playbook, kind, piece)
    if not (with_appeal and row.state == State.DECIDED):
        _refuse_closed(row, kind)
    _refuse_media(rule, inspected.kind, inspected.media_type)
    line = _line(row, line_id)
    known = Evidence.objects.filter(
        submission_id=row.pk, sha256=inspected.sha256, kind=kind, piece=piece, line=line,
        removed_at__isnull=True,
    ).first()  # fmt: skip
    if known is not None:
        return EvidenceAdded(
            known.public_id, known.name, tuple(known.flags), row.version, is_new=False
        )
    item = Evidence(
        kind=kind,
        piece=piece,
        line=line,
        name=inspected.display_name[:200] or "file",
        sha256=inspected.sha256,
        media_type=inspected.media_type[:100],
        size=inspected.size,
        pages=inspected.pages,
        previews=list(previews),
        flags=[str(flag) for flag in inspected.flags],
        reading=_reading(inspected),
    )
    return _add(row, rule, item, by=by, at=at)


def link_evidence(
    *,
    submission_id: str,
    playbook: Playbook,
    kind: str,
    piece: str,
    link: str,
    version: int | None,
    by: Actor,
    at: datetime,
) -> EvidenceAdded:
    """This will add an address as proof; nothing is fetched from it.

    Raises FileRefused for what is no web address, and as `file_evidence`.
    """
    row = locked(submission_id, by=by)
    expect_version(row, version)
    rule = _rule(playbook, kind, piece)
    _refuse_closed(row, kind)
    address = link.strip()
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.netloc or len(address) > 500:
        raise FileRefused(
            "NOT_A_LINK",
            "This is not a web address. Write it in full, like https://example.com/ad.",
        )
    if parts.username or parts.password:
        raise FileRefused("NOT_A_LINK", "Leave name and password out of the address.")
    return _add(
        row, rule, Evidence(kind=kind, piece=piece, name=address[:200], link=address), by=by, at=at
    )


def withdraw_evidence(
    *, submission_id: str, evidence_id: str, version: int | None, by: Actor, at: datetime
) -> int:
    """This will take a file or link off the submission and return the new version; it is kept.

    Raises UnknownDetail, NotEditable, StateRefused, SubmissionChanged, UnknownSubmission.
    """
    row = locked(submission_id, by=by)
    expect_version(row, version)
    item = Evidence.objects.filter(
        submission_id=row.pk, public_id=evidence_id, removed_at__isnull=True
    ).first()
    if item is None:
        raise UnknownDetail("This file is not on the submission any more.")
    _refuse_closed(row, item.kind)
    item.removed_at = at
    item.save(update_fields=["removed_at"])
    touch(row)
    row.save(update_fields=["version"])
    _told(row, item, "submission.evidence_removed", by=by, at=at)
    return row.version


def mark_evidence(
    *, evidence_id: str, playbook: Playbook, not_qualifying: str, by: Actor, at: datetime
) -> str:
    """This will record that a file is of a kind that proves nothing ("" takes it back).

    Returns the public id of the submission. Raises UnknownDetail, UnknownSubmission.
    """
    found = Evidence.objects.filter(public_id=evidence_id, removed_at__isnull=True).first()
    if found is None:
        raise UnknownSubmission(f"There is no file {evidence_id}.")
    submission_id = Submission.objects.values_list("public_id", flat=True).get(
        pk=found.submission_id
    )
    rule = playbook.evidence_kind(found.kind)
    kinds = {entry.kind for entry in rule.not_qualifying} if rule else set()
    if not_qualifying and not_qualifying not in kinds:
        raise UnknownDetail(
            f"{not_qualifying!r} is none of: {', '.join(sorted(kinds)) or 'nothing'}."
        )
    row = locked(submission_id, by=by)
    record_details(
        row, {f"evidence.{evidence_id}": not_qualifying or None},
        provenance=Provenance.HUMAN_VERIFIED, source=by.name, by=by, at=at,
    )  # fmt: skip
    record_event(
        by=by, at=at, action="submission.evidence_marked", object_type="submission",
        object_id=submission_id, partner_id=row.partner_id,
        data={"evidence": evidence_id, "not_qualifying": not_qualifying},
    )  # fmt: skip
    return submission_id


def _add(
    row: Submission, rule: EvidenceRule, item: Evidence, *, by: Actor, at: datetime
) -> EvidenceAdded:
    held = Evidence.objects.filter(
        submission_id=row.pk, kind=item.kind, removed_at__isnull=True
    ).count()
    if held >= rule.max:
        raise TooMany(f"At most {rule.max} files can be taken here; remove one first.")
    item.public_id, item.partner_id, item.submission_id = new_id("evi"), row.partner_id, row.pk
    item.added_by, item.added_at = by.id, at
    item.save(force_insert=True)
    touch(row)
    row.save(update_fields=["version"])
    _told(row, item, "submission.evidence_added", by=by, at=at)
    return EvidenceAdded(item.public_id, item.name, tuple(item.flags), row.version, is_new=True)


def _told(row: Submission, item: Evidence, action: str, *, by: Actor, at: datetime) -> None:
    record_event(
        by=by, at=at, action=action, object_type="submission", object_id=row.public_id,
        partner_id=row.partner_id,
        data={
            "evidence": item.public_id, "kind": item.kind, "piece": item.piece,
            "sha256": item.sha256, "size": item.size,
        },
    )  # fmt: skip


def _rule(playbook: Playbook, kind: str, piece: str) -> EvidenceRule:
    rule = playbook.evidence_kind(kind)
    if rule is None or (piece and rule.piece(piece) is None):
        raise UnknownDetail(
            f"This form asks for no proof named {kind}{' ' + piece if piece else ''}."
        )
    return rule


def _refuse_closed(row: Submission, kind: str) -> None:
    allowed = editable_names(row)
    if allowed is not None and f"evidence:{kind}" not in allowed:
        raise NotEditable([f"evidence:{kind}"])


def _refuse_media(rule: EvidenceRule, kind: EvidenceKind, media_type: str) -> None:
    if _ACCEPTED_AS.get(kind, set()).isdisjoint(rule.accepts):
        raise FileRefused(
            "WRONG_KIND_OF_FILE",
            f"This is {media_type or 'a file of another kind'}; "
            f"{rule.title.say('en')} is taken as {', '.join(rule.accepts)}.",
        )


def _line(row: Submission, line_id: str) -> str:
    if (
        line_id
        and not InvoiceLine.objects.filter(submission_id=row.pk, public_id=line_id).exists()
    ):
        raise UnknownDetail("The line of this file is not on the submission any more.")
    return line_id


def _reading(inspected: InspectedFile) -> dict[str, object]:
    left, texts = TEXT_KEPT_MAX, []
    for text in inspected.page_texts:
        # NUL has no place in PostgreSQL's text.
        texts.append(text.replace("\x00", "")[:left])
        left -= len(texts[-1])
    return {
        "page_texts": texts,
        "text_sha256": inspected.text_sha256,
        "image_sha256s": list(inspected.image_sha256s),
        "unseen": [
            {**asdict(item), "text": item.text.replace("\x00", "")[:4_000]}
            for item in inspected.unseen[:50]
        ],
        "kind": str(inspected.kind),
        "width": inspected.width,
        "height": inspected.height,
        "reader": inspected.reader[:200],
    }
