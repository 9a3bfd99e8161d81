"""Screening, as the worker, who alone sees all partners: file, lock, compare, judge, route.

Everything is one transaction: a crash leaves the submission sent, and the job begins anew.
"""

from datetime import datetime

from django.db import transaction

from counterfoil.apps.ledger.errors import OverBudget, PeriodClosed
from counterfoil.apps.submissions import services
from counterfoil.apps.submissions.errors import NothingLeft
from counterfoil.apps.submissions.selectors.cases import (
    case_of,
    current_details,
    playbook_of,
)
from counterfoil.apps.submissions.selectors.decisions import is_screened
from counterfoil.apps.submissions.selectors.heads import get_head
from counterfoil.apps.submissions.selectors.rivals import keys_of_line, readings_of
from counterfoil.apps.submissions.types import FileReading, Head, Judgment, Screened
from counterfoil.core.actors import Actor
from counterfoil.core.adjudication import Case
from counterfoil.core.comparison import Confirmed, Document, compare_line, confirm_days
from counterfoil.core.playbooks import Playbook, Provenance
from counterfoil.core.states import State
from counterfoil.flows.conclude import conclude
from counterfoil.flows.judge import judge_submission
from counterfoil.flows.review_blind import DRAWN, draw_for_second, may_approve_automatically
from counterfoil.foundation.crash import point

DAYS_FOUND = ("activity_start", "activity_end", "activity_name")
"""Details of the form that a proof of execution may repeat word for word."""


@transaction.atomic
def screen_submission(*, submission_id: str, by: Actor, at: datetime) -> Screened | None:
    """This will screen a sent submission and hand it on; None when it does not wait for that.

    It is approved here only where the playbook's route says so and nothing is open. Returning and
    refusing are a person's acts. Raises UnknownSubmission, NoPlaybookInForce.
    """
    assert by.is_system
    if not services.begin_screening(submission_id=submission_id, by=by):
        return _screen_appeal(submission_id, by=by, at=at)
    head = get_head(submission_id, by=by)
    playbook = playbook_of(head, at=at).playbook
    services.file_readings(head=head, at=at)
    case = case_of(head, playbook, at=at)
    _use_invoice_keys(head, case, at=at)
    _raise_confirmed(head, playbook, case, by=by, at=at)
    point("screen.after_files")
    head, judgment, screened = judge_submission(submission_id=submission_id, by=by, at=at)
    state, decision_id = _decide_or_route(head, judgment, screened, by=by, at=at)
    point("screen.before_commit")
    return Screened(
        screened.screening_id, screened.sha256, screened.outcome, screened.action, state,
        decision_id,
    )  # fmt: skip


def _screen_appeal(submission_id: str, *, by: Actor, at: datetime) -> Screened | None:
    """Judge an appealed submission once with what was added; a person decides it.

    Returns None when nothing of the kind waits.
    """
    services.lock_submission(submission_id=submission_id)
    head = get_head(submission_id, by=by)
    if head.state is not State.APPEALED or is_screened(head):
        return None
    services.file_readings(head=head, at=at)
    return judge_submission(submission_id=submission_id, by=by, at=at)[2]


def _decide_or_route(
    head: Head, judgment: Judgment, screened: Screened, *, by: Actor, at: datetime
) -> tuple[State, str]:
    """Approve where the route is automatic, else hand to people; return state and decision.

    When the money went to somebody else in the same moment, a person looks at what is left.
    """
    adjudication = judgment.adjudication
    is_paid_something = adjudication.amount is not None and adjudication.amount.payable.is_positive
    waits_for_partner = head.is_on_behalf and head.confirmed_at is None
    why_not = ""
    if adjudication.route.automatic and is_paid_something and not waits_for_partner:
        assert adjudication.amount is not None
        why_not = may_approve_automatically(
            head=head, playbook=adjudication.playbook, payable=adjudication.amount.payable, by=by,
            at=at,
        )  # fmt: skip
        if why_not not in ("", DRAWN):
            services.write_note(submission_id=head.public_id, body=why_not, by=by, at=at)
    else:
        why_not = "people"
    if not why_not:
        try:
            with transaction.atomic():
                decided = conclude(
                    head=head, judgment=judgment, screening_sha256=screened.sha256,
                    outcome="qualified", codes=(), reason="Approved by the playbook's route.",
                    by=by, at=at,
                )  # fmt: skip
            return decided.state, decided.decision_id
        except (OverBudget, NothingLeft, PeriodClosed) as refusal:
            services.write_note(submission_id=head.public_id, body=str(refusal), by=by, at=at)
    draw_for_second(head=head, playbook=adjudication.playbook, by=by, at=at)
    return services.route_submission(submission_id=head.public_id, by=by), ""


def _use_invoice_keys(head: Head, case: Case, *, at: datetime) -> None:
    keys = {line.id: pair for line in case.lines if (pair := keys_of_line(line)) is not None}
    services.lock_keys(key for pair in keys.values() for key in pair)
    services.use_keys(head=head, keys=keys, at=at)


def _raise_confirmed(
    head: Head, playbook: Playbook, case: Case, *, by: Actor, at: datetime
) -> None:
    """Raise what the partner stated and a document repeats word for word to `extracted`."""
    standing = current_details(head.pk)
    found = {
        name: item
        for name, item in _confirmed(head, playbook, case, readings_of(head.pk)).items()
        if name in standing and standing[name].provenance is Provenance.PARTNER_DECLARED
    }
    services.record_extracted(
        head=head,
        values={name: item.value for name, item in found.items()},
        quotes={name: item.to_json() for name, item in found.items()},
        by=by, at=at,
    )  # fmt: skip


def _confirmed(
    head: Head, playbook: Playbook, case: Case, readings: tuple[FileReading, ...]
) -> dict[str, Confirmed]:
    source = playbook.lines.from_evidence if playbook.lines else None
    invoices = _documents(readings, {source} if source else set())
    proofs = _documents(
        readings, {rule.name for rule in playbook.evidence if rule.proves == "activity"}
    )
    found: dict[str, Confirmed] = {}
    for line in case.lines:
        stated = {name: fact.value for name, fact in line.facts.items()}
        for item in compare_line(stated, invoices, currency=head.currency):
            if isinstance(item, Confirmed):
                found[f"line.{line.id}.{item.name}"] = item
    days = {name: case.facts[name].value for name in DAYS_FOUND if name in case.facts}
    for item in confirm_days(days, proofs):
        found[item.name] = item
    return found


def _documents(readings: tuple[FileReading, ...], kinds: set[str]) -> list[Document]:
    return [
        Document(reading.evidence_id, reading.name, reading.page_texts)
        for reading in readings
        if reading.kind in kinds
    ]
