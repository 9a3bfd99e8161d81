"""Writing what a screening found. Files and invoice keys are filed by the worker alone."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.submissions.models import Evidence, InspectedFile, InvoiceKey, Screening
from counterfoil.apps.submissions.selectors.cases import current_details
from counterfoil.apps.submissions.services.drafts import record_details
from counterfoil.apps.submissions.services.locking import locked, move, touch
from counterfoil.apps.submissions.types import Head, Judgment
from counterfoil.core.actors import Actor
from counterfoil.core.adjudication import value_to_json
from counterfoil.core.canonical import canonical_json, sha256_hex
from counterfoil.core.criteria import Outcome
from counterfoil.core.decisions import judged_part
from counterfoil.core.playbooks import Provenance
from counterfoil.core.states import Action, State
from counterfoil.foundation.ids import new_id

RECORD_FORMAT = 1


def begin_screening(*, submission_id: str, by: Actor) -> bool:
    """This will take a sent submission into screening; False when it is not waiting for that.

    Raises UnknownSubmission.
    """
    row = locked(submission_id, by=by)
    if row.state != State.SUBMITTED:
        return False
    move(row, Action.SCREEN)
    touch(row)
    row.save(update_fields=["state", "version"])
    return True


def route_submission(*, submission_id: str, by: Actor) -> State:
    """This will hand a screened submission to the people who review it. Raises StateRefused."""
    row = locked(submission_id, by=by)
    state = move(row, Action.ROUTE)
    touch(row)
    row.save(update_fields=["state", "version"])
    return state


def file_readings(*, head: Head, at: datetime) -> int:
    """This will file what the reader said at upload, once for each content; worker only."""
    rows = Evidence.objects.filter(submission_id=head.pk).exclude(sha256="")
    return len(
        InspectedFile.objects.bulk_create(
            [
                InspectedFile(
                    sha256=row.sha256,
                    media_type=row.media_type,
                    size=row.size,
                    pages=row.pages,
                    text=row.reading.get("page_texts", []),
                    text_sha256=row.reading.get("text_sha256") or "",
                    image_hashes=row.reading.get("image_sha256s", []),
                    flags=row.flags,
                    previews=row.previews,
                    reader=row.reading.get("reader", ""),
                    inspected_at=row.added_at,
                )
                for row in rows.order_by("pk")
            ],
            ignore_conflicts=True,
        )
    )


def lock_keys(keys: Iterable[str]) -> None:
    """This will let one transaction at a time look at and use these keys, until it ends.

    Two claims with the same invoice can be screened at the same moment; without this each would
    find the other's key missing. Keys are locked in order, so that no two wait for each other.
    """
    with connection.cursor() as cursor:
        for key in sorted(set(keys)):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 77))", [key])


def use_keys(*, head: Head, keys: Mapping[str, tuple[str, ...]], at: datetime) -> None:
    """This will record that the lines of a submission use these invoice keys; worker only."""
    InvoiceKey.objects.bulk_create(
        [
            InvoiceKey(
                key=key,
                submission=head.public_id,
                line=line_id,
                partner_id=head.partner_id,
                recorded_at=at,
            )
            for line_id, each in keys.items()
            for key in dict.fromkeys(each)
        ],
        ignore_conflicts=True,
    )


def record_extracted(
    *,
    head: Head,
    values: Mapping[str, object],
    quotes: Mapping[str, Mapping[str, Any]],
    by: Actor,
    at: datetime,
) -> tuple[str, ...]:
    """This will raise details that a document repeats word for word to `extracted`.

    `quotes` says for each where: file, page and words. The value itself is the partner's.
    Returns the names that were raised. Raises UnknownSubmission.
    """
    row = locked(head.public_id, by=by)
    return record_details(
        row, values, provenance=Provenance.EXTRACTED, source="read in the document", by=by, at=at,
        quotes=quotes,
    )  # fmt: skip


def record_verified(
    *,
    submission_id: str,
    name: str,
    value: object,
    quote: Mapping[str, Any],
    by: Actor,
    at: datetime,
) -> None:
    """This will record a detail as a person verified it, with the document it rests on.

    Raises UnknownSubmission.
    """
    row = locked(submission_id, by=by)
    before = current_details(row.pk).get(name)
    record_details(
        row, {name: value}, provenance=Provenance.HUMAN_VERIFIED, source=by.name, by=by, at=at,
        quotes={name: quote},
    )  # fmt: skip
    record_event(
        by=by, at=at, action="submission.verified", object_type="submission",
        object_id=row.public_id, partner_id=row.partner_id,
        data={"detail": name, "quote": dict(quote), "revision": row.revision},
        # What was established may name a person, so it stands where it can be erased.
        personal={
            "before": "" if before is None else _told_value(before.value),
            "after": _told_value(value),
        },
    )  # fmt: skip


def _told_value(value: object) -> str:
    return canonical_json(value_to_json(value)).decode()


def screening_record(head: Head, judgment: Judgment) -> bytes:
    """This will return a judgment as canonical JSON, whole."""
    return canonical_json(
        {
            "format": RECORD_FORMAT,
            "submission": head.public_id,
            "revision": head.revision,
            **judged_part(judgment.adjudication, calendar_days=judgment.calendar_days),
            "findings": [finding.to_json() for finding in judgment.findings],
        }
    )


def record_screening(
    *, head: Head, judgment: Judgment, by: Actor, at: datetime
) -> tuple[str, str]:
    """This will store a judgment as a screening and return its public id and hash.

    The record is canonical JSON: equal judgments have equal hashes, whatever order they were
    built in.
    """
    adjudication = judgment.adjudication
    record = screening_record(head, judgment)
    counts = {outcome.value: 0 for outcome in Outcome}
    for result in adjudication.results:
        counts[result.outcome.value] += 1
    amount = adjudication.amount
    row = Screening(
        public_id=new_id("scr"),
        partner_id=head.partner_id,
        submission_id=head.pk,
        revision=head.revision,
        record=record.decode(),
        sha256=sha256_hex(record),
        outcome=adjudication.outcome.value,
        route=adjudication.route.to_json(),
        summary={
            "counts": counts,
            "action": adjudication.action.value,
            "codes": list(adjudication.codes),
            "requested_minor": amount.requested.minor if amount else None,
            "payable_minor": amount.payable.minor if amount else None,
        },
        screened_at=at,
    )
    row.save(force_insert=True)
    record_event(
        by=by, at=at, action="submission.screened", object_type="submission",
        object_id=head.public_id, partner_id=head.partner_id,
        data={
            "number": head.number, "revision": head.revision, "screening": row.public_id,
            "sha256": row.sha256, "outcome": row.outcome, "action": adjudication.action.value,
            "playbook": adjudication.playbook.sha256,
        },
    )  # fmt: skip
    return row.public_id, row.sha256
