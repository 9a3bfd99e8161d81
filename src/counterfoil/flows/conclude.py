"""What a decision brings about, in one transaction: record, ledger, clocks, letter.

Both doors to it, a reviewer's act and the automatic route, end here. It asks nobody for authority:
that was done where the decision was made.
"""

from collections.abc import Sequence
from datetime import datetime

import tzdata  # type: ignore[import-untyped]  # it ships no types

from counterfoil.apps.ledger.services import post_entry
from counterfoil.apps.submissions import services
from counterfoil.apps.submissions.errors import NothingLeft
from counterfoil.apps.submissions.selectors.cases import local_day, remaining_of
from counterfoil.apps.submissions.selectors.deadlines import claim_by_of
from counterfoil.apps.submissions.selectors.decisions import approvals_of
from counterfoil.apps.submissions.selectors.rivals import deal_key, uses_of_deal
from counterfoil.apps.submissions.types import Decided, Head, Judgment
from counterfoil.core.actors import Actor
from counterfoil.core.adjudication import Adjudication
from counterfoil.core.decisions import Settlement, decision_record, settlement
from counterfoil.core.journal import EntryDraft, FundShare, claim_approved, commit
from counterfoil.core.money import Money
from counterfoil.core.playbooks import Kind
from counterfoil.core.states import State
from counterfoil.flows.submit import stop_clocks
from counterfoil.flows.tell import day_words, point_words, tell_partner
from counterfoil.flows.tell_executives import tell_executives
from counterfoil.foundation.crash import point
from counterfoil.foundation.ids import new_id


def conclude(
    *,
    head: Head,
    judgment: Judgment,
    screening_sha256: str,
    outcome: str,
    codes: Sequence[str],
    reason: str,
    by: Actor,
    at: datetime,
) -> Decided:
    """This will write the decision and everything that follows from it, or nothing at all.

    `outcome` is qualified, declined or duplicate. Raises OverBudget when the fund or the
    commitment does not hold the sum, NothingLeft when the pre-approval does not, PeriodClosed,
    StateRefused.
    """
    adjudication = judgment.adjudication
    is_approved = outcome == "qualified"
    sums = settlement(
        adjudication, is_approved=is_approved, code=codes[0] if codes else "NOT_APPROVED",
        currency=head.currency,
    )  # fmt: skip
    released = _released(head, adjudication, sums) if is_approved else Money.zero(head.currency)
    if is_approved and Kind(head.kind).is_credit:
        _refuse_second_credit(head, adjudication)
    decision_id = new_id("dec")
    record = decision_record(
        judged=adjudication,
        calendar_days=judgment.calendar_days,
        outcome=outcome,
        codes=codes,
        currency=head.currency,
        about=_about(head, decision_id, screening_sha256, released, reason=reason, by=by, at=at),
    )
    services.record_decision(
        submission_id=head.public_id, decision_id=decision_id, outcome=outcome, codes=codes,
        reason=reason, record=record, settlement=sums, released=released, by=by, at=at,
    )  # fmt: skip
    point("decide.after_record")
    if is_approved and not Kind(head.kind).is_credit:
        draft = _entry(head, decision_id, sums, released, at=at)
        post_entry(draft=draft, by=by, at=at)
    point("decide.after_post")
    stop_clocks(head.public_id, at=at)
    _tell(head, adjudication, sums, decision_id, is_approved=is_approved, codes=codes, at=at)
    tell_executives(
        head=head, adjudication=adjudication, outcome=outcome, decision_id=decision_id, at=at
    )
    point("decide.before_commit")
    return Decided(
        submission_id=head.public_id,
        state=State.DECIDED,
        decision_id=decision_id,
        outcome=outcome,
        payable=sums.payable,
    )


def _about(
    head: Head,
    decision_id: str,
    screening_sha256: str,
    released: Money,
    *,
    reason: str,
    by: Actor,
    at: datetime,
) -> dict[str, object]:
    """Return what the engine does not know: who, when, why, on which submission."""
    assert head.received_at is not None
    return {
        "decision": decision_id,
        "submission": head.public_id,
        "number": head.number,
        "kind": head.kind,
        "revision": head.revision,
        "partner": head.partner_public_id,
        "fund": head.fund.public_id,
        "period": head.fund.period,
        "request": head.parent_public_id,
        "received_at": head.received_at.isoformat(),
        "screening": screening_sha256,
        "released": released.to_json(),
        "approvals": [
            {
                "step": item.step,
                "role": item.role,
                "by": item.approver_id,
                "at": item.approved_at.isoformat(),
                "reason": item.reason,
            }
            for item in approvals_of(head, revision=head.revision)
        ],
        "decided_by": {"id": by.id, "name": by.name, "role": by.role},
        "decided_at": at.isoformat(),
        "reason": reason,
        "time_zones": tzdata.IANA_VERSION,
    }


def _released(head: Head, adjudication: Adjudication, sums: Settlement) -> Money:
    """Return what a last claim gives back, and refuse what the pre-approval does not hold.

    The request is locked, so that two claims on it are decided one after the other. Raises
    NothingLeft.
    """
    nothing = Money.zero(head.currency)
    if head.parent_pk is None:
        return nothing
    services.lock_submission(submission_id=head.parent_public_id)
    left = remaining_of(head.parent_pk)
    if left is None or left < sums.payable:
        raise NothingLeft(
            f"{sums.payable.format_plain()} would be paid, but {head.parent_number} holds "
            f"{(nothing if left is None else left).format_plain()} now. Screen the claim again."
        )
    last = adjudication.case.facts.get("final_claim")
    return left - sums.payable if last is not None and last.value is True else nothing


def _refuse_second_credit(head: Head, adjudication: Adjudication) -> None:
    """Let a deal be credited once under a playbook, also when two are decided at one moment.

    Raises NothingLeft.
    """
    deal = adjudication.case.facts.get("opportunity_id")
    key = deal_key(str(deal.value)) if deal is not None else ""
    if not key:
        return
    services.lock_keys([f"deal:{head.playbook_code}:{key}"])
    before = [use.number for use in uses_of_deal(key, head=head) if use.is_approved]
    if before:
        raise NothingLeft(
            f"The deal {deal.value if deal else ''} was credited in {', '.join(before)} before; "
            "a deal is credited once. Judge this again."
        )


def _entry(
    head: Head, decision_id: str, sums: Settlement, released: Money, *, at: datetime
) -> EntryDraft:
    share = FundShare(head.fund.public_id, head.partner_public_id, head.fund.period)
    on = local_day(at, head.fund.zone)
    kind = Kind(head.kind)
    if kind.commits:
        return commit(
            share=share, amount=sums.payable, effective_on=on, idem_key=decision_id,
            source_ref=head.public_id,
        )  # fmt: skip
    return claim_approved(
        share=share, approved=sums.payable, effective_on=on, idem_key=decision_id,
        source_ref=head.public_id, release=released if released.is_positive else None,
        is_committed=kind.of is not None,
    )  # fmt: skip


def _tell(
    head: Head,
    adjudication: Adjudication,
    sums: Settlement,
    decision_id: str,
    *,
    is_approved: bool,
    codes: Sequence[str],
    at: datetime,
) -> None:
    playbook, language = adjudication.playbook, head.partner_language
    words = {code.name: code.text.say(language) for code in playbook.codes}
    cut = [] if adjudication.amount is None else [
        f"{step.title.say(language)}: {step.adjustment.format_plain()}"
        for step in adjudication.amount.steps
        if not step.adjustment.is_zero and not step.agreed
    ]  # fmt: skip
    event = "approved" if is_approved else "not_approved"
    if is_approved and cut and playbook.notice("reduced"):
        event = "reduced"
    last_day = claim_by_of([head.pk]).get(head.pk, head.fund.claims_until)
    context = {
        "amount": sums.payable.format_plain(),
        "requested": sums.requested.format_plain(),
        "points": point_words(cut if is_approved else [words.get(each, each) for each in codes]),
        "valid_until": day_words(last_day, head=head),
    }
    tell_partner(
        head=head, playbook=playbook, event=event, context=context, about=decision_id, at=at
    )
