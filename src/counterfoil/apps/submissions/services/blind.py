"""Writes of blind second reviews: secrets, draws, sheets; each stands as it was written."""

import secrets as randomness
from collections.abc import Mapping
from datetime import UTC, datetime

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.submissions.errors import NothingStopped
from counterfoil.apps.submissions.models import (
    AutomationRestart,
    BlindReview,
    Draw,
    DrawSecret,
    Submission,
)
from counterfoil.apps.submissions.selectors.blind import content_of
from counterfoil.apps.submissions.services.locking import locked, touch
from counterfoil.apps.submissions.services.screening import screening_record
from counterfoil.apps.submissions.services.sending import needed_reason
from counterfoil.apps.submissions.types import Head, Judgment
from counterfoil.core.actors import Actor
from counterfoil.core.adjudication import value_to_json
from counterfoil.core.blind import ALGORITHM, DrawKind, Sheet, Verdict, commitment, draw_number
from counterfoil.core.canonical import canonical_json, sha256_hex
from counterfoil.core.money import Money
from counterfoil.foundation.ids import new_id


def month_of(at: datetime) -> str:
    """This will return the month of a draw, in UTC: 2026-11."""
    return at.astimezone(UTC).strftime("%Y-%m")


def commit_secret(*, month: str, by: Actor, at: datetime) -> None:
    """This will fix a month's secret and write its digest to the log; once, worker only."""
    secret = randomness.token_bytes(32)
    digest = commitment(secret, month=month)
    made = DrawSecret(
        month=month, secret=secret.hex(), commitment=digest, committed_at=at, revealed_at=None
    )
    DrawSecret.objects.bulk_create([made], ignore_conflicts=True)
    row = DrawSecret.objects.get(month=month)
    if row.commitment != digest:
        return
    record_event(
        by=by, at=at, action="draw.committed", object_type="draw", object_id=month,
        data={"algorithm": ALGORITHM, "commitment": digest},
    )  # fmt: skip


def reveal_secrets(*, by: Actor, at: datetime) -> tuple[str, ...]:
    """This will tell the secrets of months that are over, so that everybody can draw again."""
    told = []
    rows = DrawSecret.objects.select_for_update().filter(
        revealed_at__isnull=True, month__lt=month_of(at)
    )
    for row in rows.order_by("month"):
        row.revealed_at = at
        row.save(update_fields=["revealed_at"])
        record_event(
            by=by, at=at, action="draw.revealed", object_type="draw", object_id=row.month,
            data={"algorithm": ALGORITHM, "commitment": row.commitment, "secret": row.secret},
        )  # fmt: skip
        told.append(row.month)
    return tuple(told)


def draw_submission(
    *,
    head: Head,
    kind: DrawKind,
    share_ppm: int,
    by: Actor,
    at: datetime,
    payable: Money | None = None,
) -> bool:
    """This will draw a submission, once for ever, and return whether it was drawn; worker only.

    `payable` is what would be approved automatically.
    """
    locked(head.public_id, by=by)
    known = Draw.objects.filter(submission_id=head.pk, kind=kind).first()
    if known is not None:
        return known.is_drawn
    month = month_of(at)
    secret = DrawSecret.objects.filter(month=month, revealed_at__isnull=True).first()
    if secret is None:
        commit_secret(month=month, by=by, at=at)
        secret = DrawSecret.objects.get(month=month)
    number = draw_number(bytes.fromhex(secret.secret), kind=kind, subject=head.public_id)
    made = Draw(
        partner_id=head.partner_id, submission_id=head.pk, kind=kind, month=month, number=number,
        share_ppm=share_ppm, is_drawn=number < share_ppm,
        payable_minor=None if payable is None else payable.minor, drawn_at=at,
    )  # fmt: skip
    made.save(force_insert=True)
    record_event(
        by=by, at=at, action="submission.drawn", object_type="submission",
        object_id=head.public_id, partner_id=head.partner_id,
        data={
            "number": head.number, "draw": str(kind), "month": month, "drawn": number,
            "share_ppm": share_ppm, "is_drawn": made.is_drawn,
            "payable": None if payable is None else payable.to_json(),
        },
    )  # fmt: skip
    return made.is_drawn


def record_blind_review(
    *,
    head: Head,
    place: int,
    sheet: Sheet,
    reason: str,
    answers: Mapping[str, object],
    judgment: Judgment,
    assign_to: int | None,
    by: Actor,
    at: datetime,
) -> str:
    """This will write one of the two reviews and return its public id; `assign_to` has it next.

    Raises ReasonMissing for a refusal without one, UnknownSubmission.
    """
    assert by.user_pk is not None
    row = locked(head.public_id, by=by)
    words = needed_reason(reason) if sheet.verdict is Verdict.DECLINE else reason.strip()
    text = screening_record(head, judgment)
    told = {name: value_to_json(value) for name, value in answers.items()}
    made = BlindReview(
        public_id=new_id("bln"),
        partner_id=row.partner_id,
        submission_id=row.pk,
        revision=row.revision,
        place=place,
        reviewer_id=by.user_pk,
        verdict=str(sheet.verdict),
        code=sheet.code,
        reason=words,
        answers=told,
        results=dict(sheet.results),
        payable_minor=None if sheet.payable is None else sheet.payable.minor,
        currency=head.currency,
        record=text.decode(),
        sha256=sha256_hex(text),
        given_at=at,
    )
    made.save(force_insert=True)
    _pass_on(row, assign_to)
    record_event(
        by=by, at=at, action="submission.blind_reviewed", object_type="submission",
        object_id=row.public_id, partner_id=row.partner_id,
        data={"number": row.number, "review": made.public_id, **content_of(made)},
        # What was established may name a person, so it stands where it can be erased.
        personal={"answers": canonical_json(told).decode()},
    )  # fmt: skip
    return made.public_id


def restart_automation(
    *, playbook_code: str, reason: str, is_stopped: bool, by: Actor, at: datetime
) -> None:
    """This will let a playbook approve automatically again; the sample begins anew.

    Raises NothingStopped, ReasonMissing.
    """
    if not is_stopped:
        raise NothingStopped(f"Automatic approvals of {playbook_code} are not stopped.")
    words = needed_reason(reason)
    AutomationRestart(
        playbook_code=playbook_code, reason=words, restarted_by=by.id, restarted_by_name=by.name,
        restarted_at=at,
    ).save(force_insert=True)  # fmt: skip
    record_event(
        by=by, at=at, action="automation.restarted", object_type="playbook",
        object_id=playbook_code, data={"reason": words},
    )  # fmt: skip


def _pass_on(row: Submission, assign_to: int | None) -> None:
    row.assigned_to_id = assign_to
    touch(row)
    row.save(update_fields=["assigned_to_id", "version"])
