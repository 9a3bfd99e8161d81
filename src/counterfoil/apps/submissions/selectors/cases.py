"""The case of a submission: everything known about it, each fact with who established it.

What the partner and reviewers said comes from the details, whose newest row counts; what
Counterfoil itself knows is read here from the rooms below. What only a look over all partners can
tell (an invoice used before) is added by the screening.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet, Sum

from counterfoil.apps.ledger.selectors import fund_position
from counterfoil.apps.partners.models import Agreement, Organization
from counterfoil.apps.playbooks.selectors import version_in_force, version_of_row
from counterfoil.apps.playbooks.types import PlaybookRef
from counterfoil.apps.programs.models import Enrollment
from counterfoil.apps.service_levels.selectors import find_calendar
from counterfoil.apps.submissions.models import Decision, Detail, Evidence, InvoiceLine, Submission
from counterfoil.apps.submissions.types import Established, Head, Incomplete
from counterfoil.core.adjudication import (
    Adjudication,
    Case,
    Fact,
    Line,
    Proof,
    adjudicate,
    system,
    value_from_json,
)
from counterfoil.core.calendars import add_business_days
from counterfoil.core.decisions import CountedDays
from counterfoil.core.money import Money
from counterfoil.core.playbooks import Playbook, Provenance

PARTNER = "partner"
LIVE = ~Q(state__in=["draft", "withdrawn", "expired"]) & ~Q(outcome="declined")
"""Submissions that count as a use of an invoice or file: sent, and not given up or refused."""


def local_day(at: datetime, zone: str) -> date:
    """This will return the day that `at` is in the program's zone."""
    return at.astimezone(ZoneInfo(zone)).date()


def submitted_on(head: Head, *, at: datetime) -> date:
    """This will return the day of the first sending, or of `at` while nothing was sent."""
    return local_day(head.received_at or at, head.fund.zone)


def playbook_of(head: Head, *, at: datetime) -> PlaybookRef:
    """This will return the pinned version, or the one that would be pinned by sending now.

    A claim follows the terms of the day on which its request was approved, where the playbook says
    so. Raises NoPlaybookInForce.
    """
    if head.playbook_pk is not None:
        return version_of_row(head.playbook_pk)
    newest = version_in_force(head.playbook_code, submitted_on(head, at=at))
    day = terms_day_of(head, newest.playbook)
    return newest if day is None else version_in_force(head.playbook_code, day)


def terms_day_of(head: Head, playbook: Playbook) -> date | None:
    """This will return the day on which the request was approved, if that pins the terms."""
    if playbook.terms_pinned_by != "request.approved_on" or head.parent_pk is None:
        return None
    decision = _approval_of(head.parent_pk)
    return None if decision is None else local_day(decision.decided_at, head.fund.zone)


def current_details(pk: int, *, as_sent: bool = False) -> dict[str, Established]:
    """This will return the newest row of each detail of a submission, by name.

    With `as_sent` what people of the vendor verified is left out: what a blind reviewer may see.
    """
    rows = Detail.objects.filter(submission_id=pk).order_by("name", "-seq").distinct("name")
    if as_sent:
        rows = rows.exclude(provenance=Provenance.HUMAN_VERIFIED.word)
    return {
        row.name: Established(
            value=value_from_json(row.value),
            provenance=Provenance[row.provenance.upper()],
            source=row.source,
            quote=row.quote,
            ref=row.id,
            recorded_by=row.recorded_by,
            recorded_at=row.recorded_at,
        )
        for row in rows
    }


def line_ids_of(pk: int) -> tuple[str, ...]:
    """This will return the public ids of the lines of a submission, in their order."""
    rows = InvoiceLine.objects.filter(submission_id=pk).order_by("seq")
    return tuple(rows.values_list("public_id", flat=True))


def case_of(
    head: Head,
    playbook: Playbook,
    *,
    at: datetime,
    details: Mapping[str, Established] | None = None,
) -> Case:
    """This will build the case of a submission as it stands, or with these `details` instead.

    What only a look over all partners can tell is not in it: `with_checked` adds that.
    """
    details = current_details(head.pk) if details is None else details
    counter = _counter(head)
    facts = {
        **_partner_facts(head, details, at=at),
        **_fund_facts(head, playbook),
        **_request_facts(head),
    }
    facts |= {
        field.name: _fact(details[field.name])
        for field in playbook.facts
        if field.name in details and details[field.name].value is not None
    }
    return Case(
        facts={name: fact for name, fact in facts.items() if fact.value is not None},
        lines=tuple(_lines(head.pk, playbook, details)),
        evidence=tuple(_proofs(head.pk, details)),
        calendar=counter[0],
        add_business_days=counter[1],
    )


def with_checked(
    case: Case, facts: Mapping[str, Fact], lines: Mapping[str, Mapping[str, Fact]]
) -> Case:
    """This will add to a case what a screening established; `lines` are facts by line id."""
    return replace(
        case,
        facts={**case.facts, **facts},
        lines=tuple(
            Line(line.id, {**line.facts, **lines.get(line.id, {})}) for line in case.lines
        ),
    )


def judge_now(
    head: Head,
    playbook: Playbook,
    *,
    at: datetime,
    facts: Mapping[str, Fact] | None = None,
    details: Mapping[str, Established] | None = None,
) -> Adjudication:
    """This will adjudicate a submission as it stands; nothing is stored.

    `facts` adds what another room knows about it, such as whether the payee recovers tax.
    """
    case = with_checked(case_of(head, playbook, at=at, details=details), facts or {}, {})
    return adjudicate(playbook, case, on=head.pinned_on or submitted_on(head, at=at))


def missing_before_submit(head: Head, *, at: datetime, language: str = "en") -> Incomplete:
    """This will say what is missing before a submission is complete, in words, and its sums.

    The sums take values as they were given: what one would get, not what is decided.
    """
    judged = judge_now(head, playbook_of(head, at=at).playbook, at=at)
    amount = judged.amount
    return Incomplete(
        gaps=judged.gaps,
        words=tuple(gap.say(language) for gap in judged.gaps),
        requested=amount.requested if amount else None,
        payable=amount.payable if amount else None,
    )


def approved_of(parent_pk: int) -> Money | None:
    """This will return what a request was approved over, or None while it is not approved."""
    decision = _approval_of(parent_pk)
    return None if decision is None else Money(decision.payable_minor, decision.currency)


def remaining_of(parent_pk: int) -> Money | None:
    """This will return what is left of an approved request after its decided claims, or None."""
    approved = approved_of(parent_pk)
    return None if approved is None else approved - _used_of(parent_pk, approved.currency)


def _used_of(parent_pk: int, currency: str) -> Money:
    used = Decision.objects.filter(
        submission__parent_id=parent_pk, outcome="qualified", currency=currency
    ).aggregate(total=Sum(F("payable_minor") + F("released_minor"), default=0))["total"]
    return Money(int(used), currency)


def _approval_of(pk: int) -> Decision | None:
    rows = Decision.objects.filter(submission_id=pk, outcome="qualified").defer("record")
    return rows.order_by("-revision").first()


def _counter(head: Head) -> tuple[str, CountedDays | None]:
    calendar = find_calendar(code=head.fund.calendar)
    if calendar is None:
        return "", None
    label = f"{calendar.calendar_id}@{calendar.version}"
    return label, CountedDays(lambda on, days: add_business_days(calendar, on, days))


def _fact(item: Established) -> Fact:
    return Fact(item.value, item.provenance, item.source, item.ref)


def _lines(pk: int, playbook: Playbook, details: Mapping[str, Established]) -> Iterator[Line]:
    fields = playbook.lines.fields if playbook.lines else ()
    for line_id in line_ids_of(pk):
        facts = {}
        for field in fields:
            item = details.get(f"line.{line_id}.{field.name}")
            if item is not None and item.value is not None:
                facts[field.name] = _fact(item)
        yield Line(line_id, facts)


def _proofs(pk: int, details: Mapping[str, Established]) -> Iterator[Proof]:
    rows = Evidence.objects.filter(submission_id=pk, removed_at__isnull=True).order_by("pk")
    for row in rows:
        marked = details.get(f"evidence.{row.public_id}")
        yield Proof(
            kind=row.kind,
            sha256=row.sha256,
            media=row.media_type,
            piece=row.piece or None,
            link=row.link or None,
            line=row.line or None,
            not_qualifying=str(marked.value) if marked and marked.value else None,
        )


def _partner_facts(
    head: Head, details: Mapping[str, Established], *, at: datetime
) -> dict[str, Fact]:
    sent_on = submitted_on(head, at=at)
    partner = Organization.objects.only("name", "status", "region", "country").get(
        pk=head.partner_id
    )
    tier = (
        Enrollment.objects.filter(
            partner_id=head.partner_id, program__code=head.fund.program, ended_on__isnull=True
        )
        .values_list("tier__code", flat=True)
        .first()
    )
    start = details.get("activity_start")
    day = start.value if start is not None and type(start.value) is date else sent_on
    return {
        "submitted_on": system(sent_on, "received by the server"),
        "partner.name": system(partner.name),
        "partner.is_active": system(partner.status == "active"),
        "partner.region": system(partner.region or None),
        "partner.country": system(partner.country or None),
        "partner.tier": system(tier),
        "agreement.in_force": system(_agreement_in_force(head.partner_id, day)),
    }


def _agreement_in_force(partner_id: int, day: date) -> bool | None:
    rows = Agreement.objects.filter(partner_id=partner_id)
    held = list(rows.values_list("in_force_from", "in_force_to"))
    if not held:
        return None
    return any(since <= day and (until is None or day <= until) for since, until in held)


def _fund_facts(head: Head, playbook: Playbook) -> dict[str, Fact]:
    fund = head.fund
    facts = {
        "fund.currency": system(fund.currency),
        "fund.opens_on": system(fund.starts_on),
        "fund.closes_on": system(fund.claims_until if playbook.kind.pays else fund.ends_on),
    }
    if playbook.kind.of is None and not playbook.kind.is_credit:
        position = fund_position(
            fund=fund.public_id,
            period=fund.period,
            currency=fund.currency,
            partner_id=head.partner_id,
        )
        facts["fund.available"] = system(position.available, "ledger")
    if playbook.kind.commits:
        facts["duplicate_request"] = system(_is_duplicate_request(head))
    return facts


_PLAN = ("activity", "activity_start", "activity_end")


def _is_duplicate_request(head: Head) -> bool | None:
    """Return whether another live request of the partner is for the same activity and days."""
    plans = _plans(Submission.objects.filter(pk=head.pk))
    own = plans.get(head.pk, {})
    if any(own.get(name) is None for name in _PLAN):
        return None
    rivals = Submission.objects.filter(LIVE, partner_id=head.partner_id, kind=head.kind)
    return any(
        plan.get("activity") == own["activity"]
        and _is_before(plan.get("activity_start"), own["activity_end"])
        and _is_before(own["activity_start"], plan.get("activity_end"))
        for pk, plan in _plans(rivals).items()
        if pk != head.pk
    )


def _plans(submissions: QuerySet[Submission]) -> dict[int, dict[str, object]]:
    rows = (
        Detail.objects.filter(submission__in=submissions, name__in=_PLAN)
        .order_by("submission_id", "name", "-seq")
        .distinct("submission_id", "name")
        .values_list("submission_id", "name", "value")
    )
    plans: dict[int, dict[str, object]] = {}
    for pk, name, value in rows:
        plans.setdefault(pk, {})[name] = value_from_json(value)
    return plans


def _is_before(one: object, other: object) -> bool:
    return isinstance(one, date) and isinstance(other, date) and one <= other


def _request_facts(head: Head) -> dict[str, Fact]:
    if head.parent_pk is None:
        return {}
    decision = _approval_of(head.parent_pk)
    if decision is None:
        return {}
    source = f"request {head.parent_number}"
    plan = current_details(head.parent_pk)
    approved = Money(decision.payable_minor, decision.currency)
    values: dict[str, object] = {
        "request.approved_on": local_day(decision.decided_at, head.fund.zone),
        "request.approved": approved,
        "request.remaining": approved - _used_of(head.parent_pk, approved.currency),
    }
    for name, detail in (
        ("request.activity", "activity"),
        ("request.starts_on", "activity_start"),
        ("request.ends_on", "activity_end"),
    ):
        values[name] = plan[detail].value if detail in plan else None
    return {name: system(value, source) for name, value in values.items()}
