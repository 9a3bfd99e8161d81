"""The cases of influence validation, as their figures are computed from them."""

from datetime import date

from counterfoil.apps.submissions.models import Decision, Message, Submission
from counterfoil.core.influence import Case
from counterfoil.core.money import Money
from counterfoil.core.playbooks import Kind

CREDITS = tuple(str(kind) for kind in Kind if kind.is_credit)


def influence_cases(
    *, since: date | None = None, until: date | None = None, partner_pk: int | None = None
) -> tuple[Case, ...]:
    """This will return every sent submission of a kind that credits, oldest first.

    Days are those of the first sending, in UTC, both included. What was withdrawn or expired
    before a decision counts as submitted.
    """
    rows = Submission.objects.filter(kind__in=CREDITS, received_at__isnull=False)
    if since is not None:
        rows = rows.filter(received_at__date__gte=since)
    if until is not None:
        rows = rows.filter(received_at__date__lte=until)
    if partner_pk is not None:
        rows = rows.filter(partner_id=partner_pk)
    found = list(rows.select_related("partner").order_by("pk"))
    pks = [row.pk for row in found]
    decisions = {
        row.submission_id: row
        for row in Decision.objects.filter(submission_id__in=pks)
        .defer("record")
        .order_by("submission_id", "revision")
    }
    codes: dict[int, list[str]] = {}
    for pk, said in Message.objects.filter(submission_id__in=pks, kind="return").values_list(
        "submission_id", "codes"
    ):
        codes.setdefault(pk, []).extend(said)
    return tuple(_case(row, decisions.get(row.pk), tuple(codes.get(row.pk, ()))) for row in found)


def _case(row: Submission, decision: Decision | None, codes: tuple[str, ...]) -> Case:
    assert row.received_at is not None
    is_validated = decision is not None and decision.outcome == "qualified"
    return Case(
        partner=row.partner.name,
        type=row.playbook_code,
        received_at=row.received_at,
        decided_at=decision.decided_at if decision else None,
        outcome=decision.outcome if decision else "",
        returns=row.returns_used,
        revision=row.revision,
        credited=Money(decision.payable_minor, decision.currency)
        if is_validated and decision
        else None,
        return_codes=codes,
    )
