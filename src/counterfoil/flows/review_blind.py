"""Blind second reviews: drawn before anybody looks, judged twice apart, settled where they differ.

The first reviewer does not know of the draw until the verdict is given; the second sees what was
sent and nothing of what the first found. Equal verdicts and sums let the ordinary decision go on;
where they differ a third person decides (ADR 0019).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db import transaction

from counterfoil.apps.submissions import services
from counterfoil.apps.submissions.errors import (
    BlindUnsettled,
    BlindWaiting,
    NotBlind,
    StateRefused,
    UnknownCode,
    UnknownDetail,
)
from counterfoil.apps.submissions.selectors.blind import (
    automation_of,
    blind_of,
    draw_of,
    file_kinds,
    why_not_blind,
)
from counterfoil.apps.submissions.selectors.cases import current_details, playbook_of
from counterfoil.apps.submissions.selectors.heads import get_head
from counterfoil.apps.submissions.services.blind import month_of
from counterfoil.apps.submissions.types import Automation, BlindView, Established, Head, Judgment
from counterfoil.core.actors import Actor
from counterfoil.core.authority import require
from counterfoil.core.blind import (
    Comparison,
    DrawKind,
    Sheet,
    Standing,
    Verdict,
    compare,
    stops_automation,
)
from counterfoil.core.money import Money
from counterfoil.core.playbooks import Playbook, Provenance
from counterfoil.core.states import State
from counterfoil.flows.judge import judged
from counterfoil.foundation.crash import point

_REVIEWED = (State.IN_REVIEW, State.SECOND_REVIEW)
EVIDENCE = "evidence."
DRAWN = "drawn"


@dataclass(frozen=True, slots=True)
class Findings:
    """What a blind reviewer established: typed details, and files that prove nothing by id."""

    details: Mapping[str, object] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)

    def answers(self) -> dict[str, object]:
        """Return both as one mapping, files as `evidence.<id>`."""
        marks = {f"{EVIDENCE}{name}": kind for name, kind in self.marks.items() if kind}
        return {**self.details, **marks}


def draw_for_second(*, head: Head, playbook: Playbook, by: Actor, at: datetime) -> bool:
    """This will draw a submission that goes to people, once; True when it is judged twice."""
    share = playbook.review.blind_second_ppm
    known = draw_of(head.pk, kind=DrawKind.BLIND)
    if known is not None or share == 0:
        return bool(known)
    return services.draw_submission(head=head, kind=DrawKind.BLIND, share_ppm=share, by=by, at=at)


def may_approve_automatically(
    *, head: Head, playbook: Playbook, payable: Money, by: Actor, at: datetime
) -> str:
    """This will say why a person looks at what the route would approve; "" when nobody does.

    A sampled one is told apart by nothing that the reviewer sees.
    """
    rules = playbook.review
    if draw_of(head.pk, kind=DrawKind.BLIND):
        return DRAWN
    if rules.stop_automation_above_ppm is None:
        return ""
    found = automation_of(head.playbook_code)
    if is_stopped(found, limit_ppm=rules.stop_automation_above_ppm):
        return (
            f"Automatic approvals are stopped: {len(found.wrong)} of {found.decided} sampled ones "
            f"were wrong ({', '.join(found.wrong)})."
        )
    drawn = services.draw_submission(
        head=head, kind=DrawKind.AUTOMATIC, share_ppm=rules.sample_automatic_ppm, by=by, at=at,
        payable=payable,
    )  # fmt: skip
    return DRAWN if drawn else ""


def is_stopped(found: Automation, *, limit_ppm: int | None) -> bool:
    """This will return whether a playbook's automatic approvals are stopped by their errors."""
    return limit_ppm is not None and stops_automation(
        sampled=found.decided, wrong=len(found.wrong), limit_ppm=limit_ppm
    )


@transaction.atomic
def restart_automation(
    *, playbook_code: str, limit_ppm: int | None, reason: str, by: Actor, at: datetime
) -> None:
    """This will start a playbook's automatic approvals again, with a reason on the record.

    Raises NotAllowed, NothingStopped, ReasonMissing.
    """
    require(by, "automation.restart")
    services.restart_automation(
        playbook_code=playbook_code, reason=reason,
        is_stopped=is_stopped(automation_of(playbook_code), limit_ppm=limit_ppm), by=by, at=at,
    )  # fmt: skip


@transaction.atomic
def keep_draws(*, by: Actor, at: datetime) -> tuple[str, ...]:
    """This will fix the secrets of this and the next month, and tell those of months gone by."""
    assert by.is_system
    first = at.astimezone(UTC).replace(day=1, hour=12)
    for month in (month_of(at), month_of(first + timedelta(days=32))):
        services.commit_secret(month=month, by=by, at=at)
    return services.reveal_secrets(by=by, at=at)


def refuse_while_second(head: Head) -> None:
    """This will keep a submission as it is while its second review waits. Raises BlindWaiting."""
    if head.state in _REVIEWED and blind_of(head).standing is Standing.SECOND:
        raise BlindWaiting(
            "This was drawn for a blind second review. It stays as it is until somebody else has "
            "given theirs."
        )


def hold_for_second(
    *,
    head: Head,
    judgment: Judgment,
    verdict: Verdict,
    code: str,
    reason: str,
    by: Actor,
    at: datetime,
) -> bool:
    """This will keep a drawn submission's first verdict and return True; False lets it go on.

    Raises BlindWaiting while the second waits, BlindUnsettled where the two differ and this is
    one of them, or where the act is not what they agreed on.
    """
    if head.state not in _REVIEWED:
        return False
    view = blind_of(head)
    if view.standing is Standing.NONE:
        return False
    sheet = _sheet(judgment, verdict, code)
    if view.standing is Standing.FIRST:
        services.record_blind_review(
            head=head, place=1, sheet=sheet, reason=reason, answers=_verified(head),
            judgment=judgment, assign_to=None, by=by, at=at,
        )  # fmt: skip
        point("blind.after_first")
        return True
    if view.standing is Standing.SECOND:
        refuse_while_second(head)
    _refuse_unsettled(view, sheet, reason=reason, by=by)
    return False


def look_blind(
    *, submission_id: str, findings: Findings, by: Actor, at: datetime
) -> tuple[Head, Judgment]:
    """This will judge a submission by the findings of the second reviewer alone; nothing is kept.

    Raises NotAllowed, NotBlind, StateRefused, UnknownDetail, UnknownSubmission.
    """
    require(by, "submissions.verify")
    head = get_head(submission_id, by=by)
    require(by, "submissions.verify", region=head.partner_region, program=head.fund.program)
    _refuse_second(head, by=by)
    ref = playbook_of(head, at=at)
    _refuse_strange(head, ref.playbook, findings)
    details = dict(current_details(head.pk, as_sent=True))
    for name, value in findings.answers().items():
        details[name] = Established(
            value=value, provenance=Provenance.HUMAN_VERIFIED, source=by.name, quote={}, ref="",
            recorded_by=by.id, recorded_at=at,
        )  # fmt: skip
    return head, judged(head, ref, at=at, details=details)


@transaction.atomic
def give_second_review(
    *,
    submission_id: str,
    findings: Findings,
    verdict: Verdict,
    code: str,
    reason: str,
    by: Actor,
    at: datetime,
) -> Comparison:
    """This will record the second review and return how it compares with the first.

    Where both agree the first reviewer has it again and finishes it; else it waits for a third
    person. Raises NotAllowed, NotBlind, SameApprover, StateRefused, UnknownCode, UnknownDetail,
    ReasonMissing, BlindUnsettled for an approval that the findings do not carry,
    UnknownSubmission.
    """
    require(by, "submissions.verify")
    services.lock_submission(submission_id=submission_id)
    services.refuse_own(submission_id=submission_id, by=by)
    head, judgment = look_blind(submission_id=submission_id, findings=findings, by=by, at=at)
    adjudication = judgment.adjudication
    if verdict is Verdict.APPROVE and adjudication.outcome.value != "qualified":
        raise BlindUnsettled(
            "By what you found, the criteria do not allow an approval. Answer what is open, or do "
            "not approve it."
        )
    if verdict is Verdict.DECLINE and adjudication.playbook.code(code) is None:
        raise UnknownCode(f"The playbook has no reason code {code!r}. Choose one of its list.")
    first = blind_of(head).sheets[0]
    sheet = _sheet(judgment, verdict, code if verdict is Verdict.DECLINE else "")
    found = compare(first.sheet, sheet)
    services.record_blind_review(
        head=head, place=2, sheet=sheet, reason=reason, answers=findings.answers(),
        judgment=judgment, assign_to=None if found.needs_third else first.reviewer_pk, by=by,
        at=at,
    )  # fmt: skip
    point("blind.after_second")
    return found


def _sheet(judgment: Judgment, verdict: Verdict, code: str) -> Sheet:
    adjudication = judgment.adjudication
    results = {
        f"{each.criterion.id}@{each.line}" if each.line else each.criterion.id: each.outcome.value
        for each in adjudication.results
    }
    payable = adjudication.amount.payable if adjudication.amount else None
    return Sheet(verdict, results, payable, code)


def _verified(head: Head) -> dict[str, object]:
    """Return what people verified here until now: what the first review rests on."""
    return {
        name: item.value
        for name, item in current_details(head.pk).items()
        if item.provenance is Provenance.HUMAN_VERIFIED and item.value is not None
    }


def _refuse_second(head: Head, *, by: Actor) -> None:
    if head.state not in _REVIEWED or blind_of(head).standing is not Standing.SECOND:
        raise StateRefused("This submission does not wait for a second review.")
    why = why_not_blind(head, by=by)
    if why:
        raise NotBlind(why)


def _refuse_unsettled(view: BlindView, sheet: Sheet, *, reason: str, by: Actor) -> None:
    """Raise BlindUnsettled unless this follows what both said, or a third person settles it."""
    is_one = view.gave(by.user_pk)
    first = view.sheets[0].sheet
    follows = view.standing is Standing.AGREED and not compare(first, sheet).needs_third
    if follows:
        return
    if is_one:
        raise BlindUnsettled(
            "The two reviewers differ here, so somebody else settles it."
            if view.standing is Standing.DIFFERS
            else "This is not what the two reviewers agreed on; somebody else would have to "
            "settle it."
        )
    if not reason.strip():
        raise BlindUnsettled(
            "You settle what two reviewers judged differently: write for the record why."
        )


def _refuse_strange(head: Head, playbook: Playbook, findings: Findings) -> None:
    files = file_kinds(head.pk)
    for evidence_id, kind in findings.marks.items():
        rule = playbook.evidence_kind(files.get(evidence_id, ""))
        kinds = {entry.kind for entry in rule.not_qualifying} if rule else set()
        if rule is None or (kind and kind not in kinds):
            raise UnknownDetail(f"The file {evidence_id} can't be marked as {kind!r}.")
