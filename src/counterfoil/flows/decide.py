"""A reviewer's side: take, verify, answer, return, approve in turn, not approve.

A decision names the screening that the reviewer saw; a page that is older than the newest one is
refused. Authority comes first, then separation of duties, which the database checks again.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from counterfoil.apps.playbooks.types import PlaybookRef
from counterfoil.apps.service_levels.selectors import clock_reading
from counterfoil.apps.service_levels.services import record_clock_event, start_clock
from counterfoil.apps.submissions import services
from counterfoil.apps.submissions.errors import (
    NotApprovable,
    NotConfirmed,
    NotYourTurn,
    ScreeningStale,
    StateRefused,
    UnknownCode,
    UnknownDetail,
)
from counterfoil.apps.submissions.selectors.cases import current_details, playbook_of
from counterfoil.apps.submissions.selectors.decisions import (
    approvals_of,
    judgment_of,
    latest_screening,
)
from counterfoil.apps.submissions.selectors.heads import get_head, submission_of_evidence
from counterfoil.apps.submissions.selectors.rivals import readings_of
from counterfoil.apps.submissions.types import Decided, Head, Judgment, Screened
from counterfoil.core.actors import Actor
from counterfoil.core.adjudication import Outcome
from counterfoil.core.authority import require
from counterfoil.core.blind import Verdict
from counterfoil.core.entries import NotReadable, read_bool, read_entry
from counterfoil.core.money import Money
from counterfoil.core.playbooks import Playbook, Provenance
from counterfoil.core.states import State
from counterfoil.flows.conclude import conclude
from counterfoil.flows.judge import judge_submission
from counterfoil.flows.review_blind import hold_for_second, refuse_while_second
from counterfoil.flows.submit import partner_policy
from counterfoil.flows.tell import day_words, point_words, tell_partner
from counterfoil.foundation.crash import point

IN_REVIEW = (State.IN_REVIEW, State.SECOND_REVIEW, State.APPEALED)


@transaction.atomic
def claim_next(*, by: Actor, at: datetime) -> str:
    """This will take the most urgent submission that nobody has, and return its public id.

    Raises NotAllowed, NothingWaiting.
    """
    require(by, "submissions.assign")
    return services.claim_next(by=by, at=at)


@transaction.atomic
def assign_submission(*, submission_id: str, person_id: str, by: Actor, at: datetime) -> None:
    """This will give a submission to a person, or back to the queue with an empty `person_id`.

    Raises NotAllowed, StateRefused, UnknownSubmission.
    """
    require(by, "submissions.assign")
    services.assign_submission(submission_id=submission_id, person_id=person_id, by=by, at=at)


@transaction.atomic
def verify_detail(
    *,
    submission_id: str,
    name: str,
    value: str,
    by: Actor,
    at: datetime,
    evidence_id: str = "",
    page: int = 0,
    words: str = "",
    language: str = "en",
) -> Screened:
    """This will record a detail as a person verified it, and judge the submission again.

    `name` is a detail ("logo_visible"), one of a line ("line.lin_….net") or what only a person can
    settle ("line.lin_….duplicate_invoice"). `value` is read as people write it; `evidence_id`,
    `page` and `words` say what it rests on. Raises NotAllowed, UnknownDetail, StateRefused,
    NotReadable, UnknownSubmission.
    """
    require(by, "submissions.verify")
    head = _changeable(submission_id, by=by)
    playbook = playbook_of(head, at=at).playbook
    typed = _value(playbook, name, value, currency=head.currency, language=language)
    quote = _quote(head, evidence_id, page, words)
    services.record_verified(
        submission_id=submission_id, name=name, value=typed, quote=quote, by=by, at=at
    )
    return judge_submission(submission_id=submission_id, by=by, at=at)[2]


@transaction.atomic
def verify_all(
    *,
    submission_id: str,
    details: Mapping[str, object],
    marks: Mapping[str, str],
    by: Actor,
    at: datetime,
) -> Screened:
    """This will record typed details and marks of files as verified together, and judge once.

    What stands already with the same value from a person is left as it is. Raises NotAllowed,
    StateRefused, BlindWaiting, UnknownDetail, UnknownSubmission.
    """
    require(by, "submissions.verify")
    services.lock_submission(submission_id=submission_id)
    head = _changeable(submission_id, by=by)
    playbook = playbook_of(head, at=at).playbook
    standing = current_details(head.pk)
    for name, value in details.items():
        known = standing.get(name)
        is_same = (
            known is not None
            and known.provenance is Provenance.HUMAN_VERIFIED
            and known.value == value
        )
        if not is_same:
            services.record_verified(
                submission_id=submission_id, name=name, value=value, quote={}, by=by, at=at
            )
    for evidence_id, kind in marks.items():
        known = standing.get(f"evidence.{evidence_id}")
        if ((known.value if known else None) or "") == kind:
            continue
        if submission_of_evidence(evidence_id, by=by) != submission_id:
            raise UnknownDetail("This file is not on the submission.")
        services.mark_evidence(
            evidence_id=evidence_id, playbook=playbook, not_qualifying=kind, by=by, at=at
        )
    return judge_submission(submission_id=submission_id, by=by, at=at)[2]


@transaction.atomic
def mark_evidence(*, evidence_id: str, not_qualifying: str, by: Actor, at: datetime) -> Screened:
    """This will record that a file is of a kind that proves nothing, and judge again.

    An empty `not_qualifying` takes it back. Raises NotAllowed, UnknownDetail, StateRefused,
    UnknownSubmission.
    """
    require(by, "submissions.verify")
    submission_id = submission_of_evidence(evidence_id, by=by)
    head = _changeable(submission_id, by=by)
    services.mark_evidence(
        evidence_id=evidence_id, playbook=playbook_of(head, at=at).playbook,
        not_qualifying=not_qualifying, by=by, at=at,
    )  # fmt: skip
    return judge_submission(submission_id=submission_id, by=by, at=at)[2]


@transaction.atomic
def screen_again(*, submission_id: str, by: Actor, at: datetime) -> Screened:
    """This will judge a submission again with what is known at this moment.

    Raises NotAllowed, StateRefused, UnknownSubmission.
    """
    require(by, "submissions.verify")
    _changeable(submission_id, by=by)
    return judge_submission(submission_id=submission_id, by=by, at=at)[2]


@transaction.atomic
def return_submission(
    *,
    submission_id: str,
    codes: Sequence[str],
    fields: Sequence[str],
    message: str,
    by: Actor,
    at: datetime,
) -> str:
    """This will return a submission for changes to `fields` only; the partner's clock starts.

    Raises NotAllowed, NoRoundsLeft, UnknownCode, UnknownDetail, ReasonMissing, StateRefused,
    UnknownSubmission.
    """
    head = _scoped(submission_id, "submissions.return", by=by)
    refuse_while_second(head)
    ref = playbook_of(head, at=at)
    services.lock_submission(submission_id=submission_id)
    answer_by = _start_partner_clock(head, ref, at=at)
    message_id = services.return_submission(
        submission_id=submission_id, playbook=ref.playbook, codes=codes, fields=fields,
        message=message, answer_by=answer_by, by=by, at=at,
    )  # fmt: skip
    services.set_due(submission_id=submission_id, due_at=answer_by, by=by)
    tell_partner(
        head=head, playbook=ref.playbook, event="returned",
        context={
            "points": point_words([*_words(ref.playbook, codes, head), message.strip()]),
            "due_on": day_words(answer_by, head=head),
        },
        about=message_id, at=at,
    )  # fmt: skip
    point("return.before_commit")
    return message_id


@transaction.atomic
def approve_submission(
    *,
    submission_id: str,
    expected_screening_sha256: str,
    by: Actor,
    at: datetime,
    reason: str = "",
) -> Decided:
    """This will approve what the named screening says, in the turn that the playbook names.

    The last of the approvers decides: fund or payable are posted, the letter goes out. Their limit
    must cover the sum; those before them only recommend. A submission that was drawn for a blind
    second review keeps the verdict and waits for the second. Raises NotAllowed, ScreeningStale,
    NotApprovable, NotConfirmed, SameApprover, NotYourTurn, StateRefused, OverBudget, NothingLeft,
    BlindWaiting, BlindUnsettled, UnknownSubmission.
    """
    require(by, "submissions.approve")
    services.lock_submission(submission_id=submission_id)
    head = _reviewed(submission_id, by=by)
    judgment = _expected(head, expected_screening_sha256, at=at)
    payable = _approvable(head, judgment)
    refuse_own(submission_id, by=by)
    turn, is_last = _turn(head, judgment)
    if turn not in by.roles:
        raise NotYourTurn(f"This approval is for {turn.replace('_', ' ')}.")
    require(
        by, "submissions.approve", region=head.partner_region, program=head.fund.program,
        amount=payable if is_last else None,
    )  # fmt: skip
    if hold_for_second(
        head=head, judgment=judgment, verdict=Verdict.APPROVE, code="", reason=reason, by=by,
        at=at,
    ):  # fmt: skip
        return _kept(head)
    services.record_approval(
        submission_id=submission_id, screening_sha256=expected_screening_sha256, role=turn,
        reason=reason, by=by, at=at,
    )  # fmt: skip
    if is_last:
        return conclude(
            head=head, judgment=judgment, screening_sha256=expected_screening_sha256,
            outcome="qualified", codes=judgment.adjudication.codes, reason=reason, by=by, at=at,
        )  # fmt: skip
    state = services.send_to_second_review(submission_id=submission_id, by=by)
    point("approve.before_commit")
    return Decided(
        submission_id=submission_id, state=state,
        next_role=_turn(get_head(submission_id, by=by), judgment)[0],
    )  # fmt: skip


@transaction.atomic
def decline_submission(
    *,
    submission_id: str,
    expected_screening_sha256: str,
    code: str,
    reason: str,
    by: Actor,
    at: datetime,
) -> Decided:
    """This will not approve a submission, for good, under a code and with a reason in words.

    A code of the group `duplicate` makes the outcome a duplicate. A submission that was drawn for
    a blind second review keeps the verdict and waits for the second. Raises NotAllowed,
    ScreeningStale, UnknownCode, ReasonMissing, SameApprover, StateRefused, BlindWaiting,
    BlindUnsettled, UnknownSubmission.
    """
    services.lock_submission(submission_id=submission_id)
    head = _scoped(submission_id, "submissions.decline", by=by)
    refuse_own(submission_id, by=by)
    judgment = _expected(head, expected_screening_sha256, at=at)
    found = judgment.adjudication.playbook.code(code)
    if found is None:
        raise UnknownCode(f"The playbook has no reason code {code!r}.")
    words = services.needed_reason(reason)
    if hold_for_second(
        head=head, judgment=judgment, verdict=Verdict.DECLINE, code=code, reason=words, by=by,
        at=at,
    ):  # fmt: skip
        return _kept(head)
    outcome = "duplicate" if found.group == "duplicate" else "declined"
    failed = [each for each in judgment.adjudication.codes if each != code]
    return conclude(
        head=head, judgment=judgment, screening_sha256=expected_screening_sha256, outcome=outcome,
        codes=(code, *failed), reason=words, by=by, at=at,
    )  # fmt: skip


def _kept(head: Head) -> Decided:
    """Say that a verdict is kept, and that somebody else judges now."""
    return Decided(submission_id=head.public_id, state=head.state, is_held=True)


def refuse_own(submission_id: str, *, by: Actor) -> None:
    """This will keep maker and checker apart. Raises SameApprover."""
    services.refuse_own(submission_id=submission_id, by=by)


def read_verified(
    *, submission_id: str, name: str, value: str, by: Actor, at: datetime, language: str = "en"
) -> object:
    """This will read what a person wrote of a detail, by its type; nothing is recorded.

    Raises UnknownDetail, NotReadable, UnknownSubmission.
    """
    head = get_head(submission_id, by=by)
    playbook = playbook_of(head, at=at).playbook
    return _value(playbook, name, value, currency=head.currency, language=language)


def next_role(head: Head, judgment: Judgment) -> str:
    """This will name the role whose approval comes next, "" outside review."""
    return _turn(head, judgment)[0] if head.state in IN_REVIEW else ""


def _reviewed(submission_id: str, *, by: Actor) -> Head:
    """Return the submission that is in review. Raises StateRefused, UnknownSubmission."""
    head = get_head(submission_id, by=by)
    if head.state not in IN_REVIEW:
        raise StateRefused(
            f"This submission is {head.state.replace('_', ' ')}; it is not in review."
        )
    return head


def _changeable(submission_id: str, *, by: Actor) -> Head:
    """Return what is in review and does not wait for a second reviewer.

    Raises StateRefused, BlindWaiting, UnknownSubmission.
    """
    head = _reviewed(submission_id, by=by)
    refuse_while_second(head)
    return head


def _scoped(submission_id: str, action: str, *, by: Actor) -> Head:
    require(by, action)
    head = _reviewed(submission_id, by=by)
    require(by, action, region=head.partner_region, program=head.fund.program)
    return head


def _expected(head: Head, sha256: str, *, at: datetime) -> Judgment:
    """Return the judgment that the reviewer saw. Raises ScreeningStale, NotScreened."""
    screening = latest_screening(head)
    if screening.sha256 != sha256:
        raise ScreeningStale(
            "This submission was judged again since you opened it. Nothing was decided; look at "
            "the new result first."
        )
    return judgment_of(screening, playbook_of(head, at=at).playbook)


def _approvable(head: Head, judgment: Judgment) -> Money:
    """Return what would be approved. Raises NotApprovable, NotConfirmed."""
    adjudication = judgment.adjudication
    if head.is_on_behalf and head.confirmed_at is None:
        raise NotConfirmed(
            "Operations entered this for the partner, who has not confirmed it yet. Ask them to."
        )
    if adjudication.outcome is not Outcome.QUALIFIED or adjudication.amount is None:
        failed = ", ".join(
            dict.fromkeys(
                each.criterion.id for each in (*adjudication.failed, *adjudication.unknown)
            )
        )
        raise NotApprovable(
            f"The criteria do not allow an approval ({failed or 'details are missing'}). Verify "
            "what is open, return the submission, or do not approve it."
        )
    asked = adjudication.amount.requested
    if head.requested.is_positive and asked > head.requested:
        # One pair of hands must not both write a larger sum and pay it.
        raise NotApprovable(
            f"The amounts as verified come to {asked.format_plain()}, and the partner asked for "
            f"{head.requested.format_plain()}. Verifying may lower a sum and never raise it: "
            "correct the amount, or return the submission so that the partner states it."
        )
    if not adjudication.amount.payable.is_positive:
        raise NotApprovable("Nothing is left to pay after the adjustments; do not approve it.")
    return adjudication.amount.payable


def _turn(head: Head, judgment: Judgment) -> tuple[str, bool]:
    """Return the role whose turn it is, and whether it is the last one."""
    roles = [role.value for role in judgment.adjudication.route.approvers_in_turn]
    roles = roles or [judgment.adjudication.playbook.owner.value]
    given = len(approvals_of(head, revision=head.revision))
    place = min(given, len(roles) - 1)
    return roles[place], place == len(roles) - 1


def _start_partner_clock(head: Head, ref: PlaybookRef, *, at: datetime) -> datetime | None:
    if clock_reading(subject=head.public_id, side="ours", at=at) is not None:
        record_clock_event(subject=head.public_id, side="ours", kind="pause", at=at)
    if clock_reading(subject=head.public_id, side="partner", at=at) is None:
        start_clock(
            subject=head.public_id, side="partner", partner_id=head.partner_id,
            policy=partner_policy(ref), calendar_code=head.fund.calendar, at=at,
        )  # fmt: skip
    else:
        record_clock_event(subject=head.public_id, side="partner", kind="resume", at=at)
    reading = clock_reading(subject=head.public_id, side="partner", at=at)
    return reading.due_at if reading else None


def _words(playbook: Playbook, codes: Sequence[str], head: Head) -> list[str]:
    found = (playbook.code(code) for code in codes)
    return [code.text.say(head.partner_language) for code in found if code is not None]


def _value(playbook: Playbook, name: str, text: str, *, currency: str, language: str) -> object:
    """Return what a reviewer established, by the type of the detail.

    Raises UnknownDetail, NotReadable.
    """
    line, _, bare = name.rpartition(".")
    if bare == "duplicate_invoice" and line.startswith("line."):
        return read_bool(text, language=language)
    fields = playbook.facts if not line else playbook.lines.fields if playbook.lines else ()
    field = next((item for item in fields if item.name == bare), None)
    if field is None or (line and not line.startswith("line.")):
        raise UnknownDetail(f"The playbook has no detail named {name}.")
    value = read_entry(
        text, field=field, currency=currency, options=playbook.option_list(field.options or ""),
        language=language,
    )  # fmt: skip
    if value is None:
        raise NotReadable("The detail is empty.", "Write what you verified.")
    return value


def _quote(head: Head, evidence_id: str, page: int, words: str) -> Mapping[str, Any]:
    """Return what a verification rests on, and whether the words stand on that page.

    Raises UnknownDetail for a file of another submission or a page that it does not have.
    """
    if not evidence_id:
        return {}
    reading = next(
        (item for item in readings_of(head.pk) if item.evidence_id == evidence_id), None
    )
    if reading is None:
        raise UnknownDetail("This file is not on the submission.")
    texts = reading.page_texts
    on_page = texts[page - 1] if 0 < page <= len(texts) else ""
    is_found = bool(words) and " ".join(words.split()) in " ".join(on_page.split())
    return {
        "evidence": evidence_id, "sha256": reading.sha256, "page": page, "text": words[:500],
        "is_found": is_found,
    }  # fmt: skip
