"""A partner's side of a submission: begin, fill in, prove, send, take back, answer, end.

Each act runs inside `acting_as` of its door, in one transaction: what is refused leaves nothing.
Operations may do the same on a partner's behalf; the partner confirms it afterwards.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from counterfoil.apps.playbooks.selectors import version_in_force
from counterfoil.apps.playbooks.types import PlaybookRef
from counterfoil.apps.service_levels.selectors import clock_reading
from counterfoil.apps.service_levels.services import record_clock_event, start_clock
from counterfoil.apps.submissions import services
from counterfoil.apps.submissions.errors import (
    FileRefused,
    FundClosed,
    NoApprovedRequest,
    NothingLeft,
    UnknownDetail,
)
from counterfoil.apps.submissions.ports import (
    EvidenceReader,
    EvidenceStore,
    FileToInspect,
    InspectedFile,
    Refused,
)
from counterfoil.apps.submissions.selectors.cases import (
    local_day,
    missing_before_submit,
    playbook_of,
    remaining_of,
)
from counterfoil.apps.submissions.selectors.heads import get_fund_ref, get_head
from counterfoil.apps.submissions.types import (
    AppealFile,
    Begun,
    EvidenceAdded,
    FundRef,
    Head,
    Incomplete,
    LineEntry,
    Saved,
    Sent,
)
from counterfoil.core.actors import Actor
from counterfoil.core.authority import require
from counterfoil.core.money import Money
from counterfoil.core.playbooks import Kind, Span, SpanUnit
from counterfoil.core.states import State
from counterfoil.flows.tell import day_words, tell_partner
from counterfoil.foundation.crash import point
from counterfoil.foundation.jobs import defer


@transaction.atomic
def start_submission(
    *,
    playbook_code: str,
    by: Actor,
    at: datetime,
    fund_id: str = "",
    request_id: str = "",
    partner_id: int = 0,
    title: str = "",
    form_token: str = "",
) -> Begun:
    """This will begin a draft in a fund, or on an approved request of which something is left.

    `partner_id` is the row of the partner for whom operations act; a partner's person acts for
    their own. The same `form_token` twice begins one. Raises NotAllowed, NoPlaybookInForce,
    NoApprovedRequest, NothingLeft, FundClosed, UnknownSubmission.
    """
    require(by, "submissions.create")
    owner = by.partner_id if by.is_partner else partner_id
    if not owner:
        raise UnknownDetail("Say for which partner you act.")
    playbook = version_in_force(playbook_code, local_day(at, "UTC"))
    of = playbook.playbook.kind.of
    parent = _open_request(request_id, owner, of=of, by=by) if of is not None else None
    fund = parent.fund if parent else _open_fund(fund_id, at=at)
    return services.begin_submission(
        partner_id=owner, playbook=playbook, fund=fund, parent=parent,
        title=title or (parent.title if parent else ""), form_token=form_token, by=by, at=at,
    )  # fmt: skip


@transaction.atomic
def save_details(
    *,
    submission_id: str,
    entries: Mapping[str, str],
    by: Actor,
    at: datetime,
    title: str | None = None,
    version: int | None = None,
    language: str = "en",
) -> Saved:
    """This will keep what was typed and say what can't be read, and what would be right.

    Raises NotAllowed, SubmissionChanged, StateRefused, NotEditable, UnknownDetail,
    UnknownSubmission.
    """
    _may_edit(by)
    playbook = playbook_of(get_head(submission_id, by=by), at=at).playbook
    return services.write_details(
        submission_id=submission_id, playbook=playbook, entries=entries, title=title,
        version=version, language=language, by=by, at=at,
    )  # fmt: skip


@transaction.atomic
def save_lines(
    *,
    submission_id: str,
    lines: Sequence[LineEntry],
    by: Actor,
    at: datetime,
    version: int | None = None,
    language: str = "en",
) -> Saved:
    """This will keep the invoice lines as given, whole: lines that are left out are removed.

    Raises NotAllowed, SubmissionChanged, StateRefused, NotEditable, TooMany, UnknownDetail,
    UnknownSubmission.
    """
    _may_edit(by)
    playbook = playbook_of(get_head(submission_id, by=by), at=at).playbook
    return services.write_lines(
        submission_id=submission_id, playbook=playbook, lines=lines, version=version,
        language=language, by=by, at=at,
    )  # fmt: skip


@transaction.atomic
def add_evidence(
    *,
    submission_id: str,
    kind: str,
    content: bytes,
    name: str,
    store: EvidenceStore,
    reader: EvidenceReader,
    by: Actor,
    at: datetime,
    claimed_type: str = "",
    piece: str = "",
    line_id: str = "",
    version: int | None = None,
) -> EvidenceAdded:
    """This will read a file in the sandbox, keep it by its content, and add it as proof.

    A file that the reader refuses is neither kept nor added. Bytes that were stored before a
    refusal by the form stay in the store without a row: content by hash harms nobody. Raises
    FileRefused, NotAllowed, TooMany, NotEditable, UnknownDetail, StateRefused, SubmissionChanged,
    UnknownSubmission.
    """
    _may_edit(by)
    playbook = playbook_of(get_head(submission_id, by=by), at=at).playbook
    inspected, previews = _taken(content, name, claimed_type, store=store, reader=reader)
    return services.file_evidence(
        submission_id=submission_id, playbook=playbook, kind=kind, piece=piece, line_id=line_id,
        inspected=inspected, previews=previews, version=version, by=by, at=at,
    )  # fmt: skip


@transaction.atomic
def add_link(
    *,
    submission_id: str,
    kind: str,
    piece: str,
    link: str,
    by: Actor,
    at: datetime,
    version: int | None = None,
) -> EvidenceAdded:
    """This will add a web address as proof. Raises as `add_evidence`."""
    _may_edit(by)
    playbook = playbook_of(get_head(submission_id, by=by), at=at).playbook
    return services.link_evidence(
        submission_id=submission_id, playbook=playbook, kind=kind, piece=piece, link=link,
        version=version, by=by, at=at,
    )  # fmt: skip


@transaction.atomic
def remove_evidence(
    *,
    submission_id: str,
    evidence_id: str,
    by: Actor,
    at: datetime,
    version: int | None = None,
) -> int:
    """This will take a file off and return the new version. Raises as `add_evidence`."""
    _may_edit(by)
    return services.withdraw_evidence(
        submission_id=submission_id, evidence_id=evidence_id, version=version, by=by, at=at
    )


@transaction.atomic
def submit_submission(
    *, submission_id: str, by: Actor, at: datetime, version: int | None = None
) -> Sent:
    """This will send a draft and answer "received"; a second click changes nothing.

    Receipt is the server's moment and set once. When nothing is missing, the playbook and its
    values are pinned and our clock starts. Raises NotAllowed, NothingLeft, SubmissionChanged,
    StateRefused, UnknownSubmission, UnknownCalendar.
    """
    require(by, "submissions.submit")
    head = get_head(submission_id, by=by)
    if head.is_with_us:
        return Sent(head.public_id, head.number, is_new=False)
    _refuse_used_up(head)
    ref = playbook_of(head, at=at)
    state = missing_before_submit(head, at=at)
    sent = services.send_submission(
        submission_id=submission_id,
        playbook_pk=ref.pk if state.is_complete else None,
        received_on=local_day(head.received_at or at, head.fund.zone),
        requested=_first(state.requested, Money.zero(head.currency)),
        version=version, by=by, at=at,
    )  # fmt: skip
    if sent.is_new:
        _after_sending(submission_id, ref, state, event="received", by=by, at=at)
    point("submit.before_commit")
    return sent


@transaction.atomic
def answer_return(
    *,
    submission_id: str,
    reason: str,
    by: Actor,
    at: datetime,
    version: int | None = None,
) -> Sent:
    """This will send the answer to a return: only what was named may differ, the date is kept.

    Raises NotAllowed, NotEditable, ReasonMissing, StateRefused, SubmissionChanged,
    UnknownSubmission.
    """
    if by.is_partner:
        require(by, "submissions.amend")
    else:
        require(by, "submissions.submit")
    head = get_head(submission_id, by=by)
    ref = playbook_of(head, at=at)
    state = missing_before_submit(head, at=at)
    sent = services.resend_submission(
        submission_id=submission_id,
        playbook_pk=ref.pk if state.is_complete else None,
        received_on=local_day(head.received_at or at, head.fund.zone),
        requested=_first(state.requested, head.requested),
        reason=reason, version=version, by=by, at=at,
    )  # fmt: skip
    if sent.is_new:
        record_clock_event(subject=submission_id, side="partner", kind="pause", at=at)
        _after_sending(submission_id, ref, state, event="", by=by, at=at)
    point("answer.before_commit")
    return sent


@transaction.atomic
def appeal_decision(
    *,
    submission_id: str,
    criteria: Sequence[str],
    reason: str,
    by: Actor,
    at: datetime,
    files: Sequence[AppealFile] = (),
    store: EvidenceStore | None = None,
    reader: EvidenceReader | None = None,
) -> str | None:
    """This will appeal a refusal, with what else proves it, and return the appeal's public id.

    Somebody who did not decide it looks at it again; our clock runs again. A second click changes
    nothing and gives None. Raises NotAllowed, AppealRefused, ReasonMissing, FileRefused, TooMany,
    UnknownDetail, StateRefused, UnknownSubmission.
    """
    require(by, "submissions.appeal")
    head = get_head(submission_id, by=by)
    if head.state is State.APPEALED:
        return None
    ref = playbook_of(head, at=at)
    services.lock_submission(submission_id=submission_id)
    added = []
    for file in files if head.state is State.DECIDED else ():
        assert store is not None
        assert reader is not None
        inspected, previews = _taken(file.content, file.name, "", store=store, reader=reader)
        new = services.file_evidence(
            submission_id=submission_id, playbook=ref.playbook, kind=file.kind, piece=file.piece,
            line_id="", inspected=inspected, previews=previews, version=None, by=by, at=at,
            with_appeal=True,
        )  # fmt: skip
        added.append(new.evidence_id)
    appeal_id = services.raise_appeal(
        submission_id=submission_id, playbook=ref.playbook, zone=head.fund.zone,
        criteria=criteria, reason=reason, files=added, by=by, at=at,
    )  # fmt: skip
    if appeal_id is not None:
        due_at = _run_again(head, ref, at=at)
        services.set_due(submission_id=submission_id, due_at=due_at, by=by)
        defer("screen_submission", submission_id=submission_id)
    point("appeal.before_commit")
    return appeal_id


@transaction.atomic
def recall_submission(*, submission_id: str, by: Actor, at: datetime, reason: str = "") -> int:
    """This will take a sent submission back to edit it, before a person looks at it.

    Raises NotAllowed, StateRefused, UnknownSubmission.
    """
    require(by, "submissions.recall")
    version = services.recall_submission(submission_id=submission_id, by=by, at=at, reason=reason)
    services.set_due(submission_id=submission_id, due_at=None, by=by)
    _clock(submission_id, "ours", "pause", at=at)
    return version


@transaction.atomic
def withdraw_submission(*, submission_id: str, by: Actor, at: datetime, reason: str = "") -> None:
    """This will end a submission for good, at its partner's wish.

    Raises NotAllowed, StateRefused, UnknownSubmission.
    """
    require(by, "submissions.withdraw")
    services.withdraw_submission(submission_id=submission_id, by=by, at=at, reason=reason)
    stop_clocks(submission_id, at=at)


@transaction.atomic
def confirm_submission(*, submission_id: str, by: Actor, at: datetime) -> bool:
    """This will record that the partner confirms what operations entered for them.

    Raises NotAllowed, StateRefused, UnknownSubmission.
    """
    require(by, "submissions.confirm")
    return services.confirm_submission(submission_id=submission_id, by=by, at=at)


@transaction.atomic
def close_no_response(*, submission_id: str, code: str, by: Actor, at: datetime) -> bool:
    """This will close a returned submission that had no answer in time; False when it had one.

    Called by the worker for each clock that is over. Raises UnknownSubmission.
    """
    assert by.is_system
    is_closed = services.close_without_answer(submission_id=submission_id, code=code, by=by, at=at)
    if is_closed:
        stop_clocks(submission_id, at=at)
    return is_closed


@transaction.atomic
def send_message(*, submission_id: str, body: str, by: Actor, at: datetime) -> str:
    """This will write to the other side, on the record. Raises NotAllowed, ReasonMissing."""
    require(by, "submissions.message")
    return services.post_message(submission_id=submission_id, body=body, by=by, at=at)


@transaction.atomic
def write_note(*, submission_id: str, body: str, by: Actor, at: datetime) -> str:
    """This will write an internal note. Raises NotAllowed, ReasonMissing."""
    require(by, "submissions.note")
    return services.write_note(submission_id=submission_id, body=body, by=by, at=at)


def our_policy(ref: PlaybookRef) -> dict[str, object]:
    """This will say our clock's policy as the playbook has it."""
    ours = ref.playbook.sla.ours
    return {
        "id": ref.code,
        "version": ref.version,
        "target": _target(ours.decision),
        "escalate": [
            {"at_percent": step.at_percent, "to": step.to.value} for step in ours.escalate
        ],
    }  # fmt: skip


def partner_policy(ref: PlaybookRef) -> dict[str, object]:
    """This will say the partner's clock's policy as the playbook has it."""
    theirs = ref.playbook.sla.partner
    return {
        "id": ref.code,
        "version": ref.version,
        "target": _target(theirs.answer),
        "remind_days": list(theirs.remind),
        "close_code": theirs.then_code,
    }


def stop_clocks(submission_id: str, *, at: datetime) -> None:
    """This will stop both clocks of a submission, as far as they run."""
    for side in ("ours", "partner"):
        _clock(submission_id, side, "stop", at=at)


def _target(span: Span) -> dict[str, int]:
    if span.unit is SpanUnit.BUSINESS_HOURS:
        return {"business_hours": span.count}
    if span.unit is SpanUnit.BUSINESS_DAYS:
        return {"business_days": span.count}
    # Clocks count business time: five of seven days, never fewer than one.
    return {"business_days": max(1, span.count * 5 // 7)}


def _first(found: Money | None, otherwise: Money) -> Money:
    return otherwise if found is None else found


def _may_edit(by: Actor) -> None:
    require(by, "submissions.create")


def _open_request(request_id: str, owner: int, *, of: Kind, by: Actor) -> Head:
    if not request_id:
        raise NoApprovedRequest("Choose the approved request that this claim draws on.")
    parent = get_head(request_id, by=by)
    if (
        parent.partner_id != owner
        or parent.kind != of
        or parent.state is not State.DECIDED
        or parent.outcome != "qualified"
    ):
        raise NoApprovedRequest("This is not an approved request of the partner.")
    left = remaining_of(parent.pk)
    if left is None or not left.is_positive:
        raise NothingLeft(f"Nothing is left of {parent.number}; begin a new request.")
    return parent


def _refuse_used_up(head: Head) -> None:
    if head.parent_pk is None:
        return
    left = remaining_of(head.parent_pk)
    if left is None or not left.is_positive:
        raise NothingLeft(f"Nothing is left of {head.parent_number}; begin a new request.")


def _open_fund(fund_id: str, *, at: datetime) -> FundRef:
    fund = get_fund_ref(fund_id)
    if fund is None:
        raise FundClosed("Choose the fund that the request is for.")
    on = local_day(at, fund.zone)
    if on > fund.ends_on:
        raise FundClosed(
            f"{fund.name} {fund.period} took requests until {fund.ends_on.isoformat()}."
        )
    return fund


def _after_sending(
    submission_id: str,
    ref: PlaybookRef,
    state: Incomplete,
    *,
    event: str,
    by: Actor,
    at: datetime,
) -> None:
    head = get_head(submission_id, by=by)
    due_at = None
    if state.is_complete:
        due_at = _run_our_clock(head, ref, at=at)
        services.set_due(submission_id=submission_id, due_at=due_at, by=by)
    if event:
        tell_partner(
            head=head, playbook=ref.playbook, event=event,
            context={
                "amount": head.requested.format_plain(),
                "promised_on": day_words(due_at, head=head),
            },
            at=at,
        )  # fmt: skip
    defer("screen_submission", submission_id=submission_id)


def _run_our_clock(head: Head, ref: PlaybookRef, *, at: datetime) -> datetime | None:
    """Start our clock at the first complete sending, let it go on at a later one."""
    reading = clock_reading(subject=head.public_id, side="ours", at=at)
    if reading is None:
        start_clock(
            subject=head.public_id, side="ours", partner_id=head.partner_id,
            policy=our_policy(ref), calendar_code=head.fund.calendar, at=at,
        )  # fmt: skip
    else:
        record_clock_event(subject=head.public_id, side="ours", kind="resume", at=at)
    reading = clock_reading(subject=head.public_id, side="ours", at=at)
    return reading.due_at if reading else None


def _run_again(head: Head, ref: PlaybookRef, *, at: datetime) -> datetime | None:
    """Open our clock again for an appeal, with the whole time from now on."""
    start_clock(
        subject=head.public_id, side="ours", partner_id=head.partner_id, policy=our_policy(ref),
        calendar_code=head.fund.calendar, at=at,
    )  # fmt: skip
    reading = clock_reading(subject=head.public_id, side="ours", at=at)
    return reading.due_at if reading else None


def _taken(
    content: bytes, name: str, claimed_type: str, *, store: EvidenceStore, reader: EvidenceReader
) -> tuple[InspectedFile, tuple[str, ...]]:
    """Read a file in the sandbox and keep it by its content. Raises FileRefused."""
    inspected = reader.inspect(
        FileToInspect(content, claimed_name=name, claimed_type=claimed_type)
    )
    if isinstance(inspected, Refused):
        raise FileRefused(inspected.code, inspected.message)
    stored = store.put(content)
    assert stored.sha256 == inspected.sha256
    previews = tuple(store.put(picture).sha256 for picture in inspected.previews)
    point("submit.after_store")
    return inspected, previews


def _clock(submission_id: str, side: str, kind: str, *, at: datetime) -> None:
    if clock_reading(subject=submission_id, side=side, at=at) is not None:
        record_clock_event(subject=submission_id, side=side, kind=kind, at=at)
