"""A submission without its parts: found within what the one who asks may see."""

from django.db.models import Q

from counterfoil.apps.programs.models import Fund
from counterfoil.apps.submissions.errors import UnknownSubmission
from counterfoil.apps.submissions.models import Evidence, Submission
from counterfoil.apps.submissions.types import FundRef, Head
from counterfoil.core.actors import Actor
from counterfoil.core.money import Money
from counterfoil.core.states import FINAL, State

RELATED = ("fund__program", "partner", "parent")


def scope_of(by: Actor) -> Q:
    """This will return the condition that keeps a partner's person within their own partner."""
    return Q(partner_id=by.partner_id) if by.is_partner else Q()


def get_head(submission_id: str, *, by: Actor) -> Head:
    """This will return a submission that `by` may see. Raises UnknownSubmission."""
    row = (
        Submission.objects.filter(scope_of(by), public_id=submission_id)
        .select_related(*RELATED)
        .first()
    )
    if row is None:
        raise UnknownSubmission(f"There is no submission {submission_id}.")
    return head_of(row)


def head_of(row: Submission) -> Head:
    """This will shape a row that was read with RELATED."""
    assert row.fund is not None
    is_sent = row.received_at is not None
    return Head(
        pk=row.pk,
        public_id=row.public_id,
        number=row.number if is_sent else "",
        partner_id=row.partner_id,
        partner_public_id=row.partner.public_id,
        partner_name=row.partner.name,
        partner_region=row.partner.region,
        partner_language=row.partner.language,
        kind=row.kind,
        playbook_code=row.playbook_code,
        playbook_pk=row.playbook_id,
        fund=fund_ref(row.fund),
        parent_pk=row.parent_id,
        parent_public_id=row.parent.public_id if row.parent else "",
        parent_number=row.parent.number if row.parent else "",
        title=row.title,
        state=State(row.state),
        outcome=row.outcome,
        revision=row.revision,
        returns_used=row.returns_used,
        currency=row.currency,
        requested=Money(row.requested_minor, row.currency),
        version=row.version,
        created_by_pk=row.created_by_id,
        submitted_by_pk=row.submitted_by_id,
        assigned_to_pk=row.assigned_to_id,
        is_on_behalf=row.on_behalf,
        confirmed_at=row.confirmed_at,
        created_at=row.created_at,
        received_at=row.received_at,
        submitted_at=row.submitted_at,
        due_at=row.due_at,
        decided_at=row.decided_at,
        pinned_on=row.pinned_on,
        entries=row.entries,
    )


def fund_ref(fund: Fund) -> FundRef:
    """This will shape a fund that was read with its program."""
    return FundRef(
        pk=fund.pk,
        public_id=fund.public_id,
        code=fund.code,
        name=fund.name,
        period=fund.period,
        currency=fund.currency,
        starts_on=fund.starts_on,
        ends_on=fund.ends_on,
        claims_until=fund.claims_until,
        program=fund.program.code,
        program_name=fund.program.name,
        zone=fund.program.zone,
        calendar=fund.program.calendar,
        legal_entity=fund.program.legal_entity,
    )


def submission_of_evidence(evidence_id: str, *, by: Actor) -> str:
    """This will return the public id of a file's submission. Raises UnknownSubmission."""
    found = Evidence.objects.filter(public_id=evidence_id)
    if by.is_partner:
        found = found.filter(partner_id=by.partner_id)
    submission_id = found.values_list("submission__public_id", flat=True).first()
    if submission_id is None:
        raise UnknownSubmission(f"There is no file {evidence_id}.")
    return str(submission_id)


def numbers_under_way(*, fund_id: str, limit: int) -> tuple[str, ...]:
    """This will list by number what was sent on a fund period and is not over."""
    over = (State.DRAFT, *FINAL)
    rows = Submission.objects.filter(fund__public_id=fund_id).exclude(state__in=over)
    return tuple(rows.order_by("number").values_list("number", flat=True)[:limit])


def get_fund_ref(fund_id: str) -> FundRef | None:
    """This will return the fund period of a public id, or None."""
    fund = Fund.objects.filter(public_id=fund_id).select_related("program").first()
    return None if fund is None else fund_ref(fund)
