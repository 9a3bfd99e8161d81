"""Writes of runs: the frozen input, the results, approvals, and the mark that it was posted."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.earnings.errors import NotApproved, SamePerson, UnknownRun, WrongState
from counterfoil.apps.earnings.models import (
    PlanUse,
    PlanVersion,
    Run,
    RunApproval,
    RunException,
    RunShare,
)
from counterfoil.apps.earnings.selectors import (
    get_run,
    plan_in_force,
    posted_commissions,
    posted_minor,
    results_digest,
    split_parties,
)
from counterfoil.apps.earnings.services.again import late_lines, refunds_moved
from counterfoil.apps.earnings.services.rates import Rated
from counterfoil.apps.earnings.types import (
    CENTRAL,
    ExceptionInfo,
    FrozenInput,
    RunInfo,
    UseInfo,
)
from counterfoil.apps.partners.models import Organization
from counterfoil.apps.programs.selectors import (
    earning_lines,
    originals_sold_before,
    refunded_before,
    sales_in_other_currencies,
)
from counterfoil.apps.programs.types import EarningLine
from counterfoil.core.actors import Actor
from counterfoil.core.calendars import month_days
from counterfoil.core.canonical import canonical_json, sha256_hex
from counterfoil.core.plans import (
    Earlier,
    Plan,
    PlanLine,
    Results,
    converted,
    day_number,
    parties,
    unmatched_refunds,
)
from counterfoil.foundation import crash
from counterfoil.foundation.bulk import insert_rows
from counterfoil.foundation.ids import new_id

_LINE_COLUMNS = {
    "run_id": "bigint",
    "partner_id": "bigint",
    "sales_line_id": "bigint",
    "original_id": "bigint",
    "component": "smallint",
    "before_minor": "bigint",
    "after_minor": "bigint",
    "rate_ppm": "integer",
    "raw_minor": "bigint",
    "commission_minor": "bigint",
    "parts": "text",
    "rate_id": "bigint",
}


def freeze_input(*, use: UseInfo, plan: Plan, month: str, received_until: date) -> FrozenInput:
    """This will read what a month's run is computed from, as the engines take it.

    That is every line sold since the plan is in effect, up to the end of the month and received by
    the day, in the order of day, source and key; and, for refunds of lines sold before that, what
    those earned. Lines of other currencies count at the rate that the plan's conversion takes;
    where there is none, they are left out and told as exceptions.
    """
    _, last = month_days(month)
    rows = tuple(
        row
        for row in earning_lines(
            program=use.program, currency="" if plan.conversion else plan.currency,
            starts_on=plan.effective_from, ends_on=last, received_until=received_until,
        )
        if plan.covers({"country": row.country, "region": row.region,
                        "segment": row.segment, "kind": row.kind})
    )  # fmt: skip
    before = _sold_before(plan, rows)
    days = _rate_days(rows, before) if plan.conversion else {}
    rated = Rated(plan, (*rows, *before), days)
    lacking = {row.pk for row in rated.lacking}
    rows = tuple(row for row in rows if row.pk not in lacking)
    before = tuple(row for row in before if row.pk not in lacking)
    ids = {(row.source, row.source_key): n for n, row in enumerate((*rows, *before), start=1)}
    by_order = _by_order(rows)
    lines = tuple(_line(plan, n, row, ids, by_order, rated) for n, row in enumerate(rows, start=1))
    earlier = _earlier(use, plan, before, ids, rated)
    sales_lines = {n: row.pk for n, row in enumerate((*rows, *before), start=1)}
    exceptions = [
        ExceptionInfo(
            "no_original", rows[line.id - 1].source_key,
            "The refund names no line that is known for its partner; it takes nothing back.",
        )
        for line in unmatched_refunds(lines, earlier)
        if str(line.day)[:6] == month.replace("-", "")
    ]  # fmt: skip
    exceptions += _uncounted(use, plan, month, received_until, rated)
    exceptions += late_lines(use, month, rows)
    said = [row.row_sha256 for row in rows]
    said += [f"{e.line}:{e.component}:{e.commission}:{e.refunded}" for e in earlier]
    said += [
        f"{line.id}:{line.given.currency}:{line.given.n}/{line.given.d}"
        for line in lines
        if line.given is not None
    ]
    said += [f"{e.line}:{e.minor}" for e in earlier if plan.conversion is not None]
    return FrozenInput(
        lines, earlier, sha256_hex("\n".join(said).encode()), sales_lines, rated.rates,
        tuple(exceptions),
    )  # fmt: skip


def _uncounted(
    use: UseInfo, plan: Plan, month: str, received_until: date, rated: Rated
) -> list[ExceptionInfo]:
    """This will tell of the month's lines that do not count because of their currency."""
    first, last = month_days(month)
    if plan.conversion is not None:
        return [
            ExceptionInfo(
                "no_rate", row.source_key,
                f"{plan.conversion.source} has no rate of {row.currency} and {plan.currency} for "
                f"{row.sold_on.isoformat()} under the plan's rule; the line does not count.",
            )
            for row in rated.lacking
            if first <= row.sold_on <= last
        ]  # fmt: skip
    others = sales_in_other_currencies(
        program=use.program, currency=plan.currency, starts_on=first, ends_on=last,
        received_until=received_until,
    )  # fmt: skip
    return [
        ExceptionInfo(
            "other_currency", other.currency,
            f"{other.line_count} lines of the month are in {other.currency} and do not count.",
        )
        for other in others
    ]  # fmt: skip


def _sold_before(plan: Plan, rows: Sequence[EarningLine]) -> tuple[EarningLine, ...]:
    """This will find the lines that are refunded now and were sold before the plan's first day."""
    known = {(row.source, row.source_key) for row in rows}
    missing = [
        (row.source, row.original_key)
        for row in rows
        if row.is_refund and row.original_key and (row.source, row.original_key) not in known
    ]
    return originals_sold_before(keys=missing, on=plan.effective_from) if missing else ()


def _rate_days(rows: Sequence[EarningLine], before: Sequence[EarningLine]) -> dict[int, int]:
    """This will map refunds to the day (as a number) that the line they refund was sold on."""
    by_key = {(row.source, row.source_key): row for row in (*rows, *before)}
    by_order = _by_order(rows)
    found = {}
    for row in rows:
        if not row.is_refund:
            continue
        original = by_key.get((row.source, row.original_key))
        if not row.original_key:
            same = by_order.get((row.partner_id, row.order_number, row.product), [])
            original = rows[same[0] - 1] if len(same) == 1 else None
        if original is not None and original.currency == row.currency:
            found[row.pk] = day_number(original.sold_on)
    return found


def _by_order(rows: Sequence[EarningLine]) -> dict[tuple[int, str, str], list[int]]:
    """This will number sales by partner, order and product, for refunds that name no line."""
    found: dict[tuple[int, str, str], list[int]] = defaultdict(list)
    for n, row in enumerate(rows, start=1):
        if not row.is_refund:
            found[row.partner_id, row.order_number, row.product].append(n)
    return found


def _line(
    plan: Plan,
    n: int,
    row: EarningLine,
    ids: Mapping[tuple[str, str], int],
    by_order: Mapping[tuple[int, str, str], list[int]],
    rated: Rated,
) -> PlanLine:
    original = 0
    if row.is_refund:
        same = by_order.get((row.partner_id, row.order_number, row.product), [])
        if row.original_key:
            original = ids.get((row.source, row.original_key), _NOWHERE)
        else:
            original = same[0] if len(same) == 1 else _NOWHERE
    carried = {"category": row.category, "product": row.product} | {
        "country": row.country, "region": row.region, "segment": row.segment, "kind": row.kind,
    }  # fmt: skip
    given = rated.given.get(row.pk)
    return PlanLine(
        n, row.partner_id, day_number(row.sold_on),
        row.amount_minor if given is None else converted(given, plan.rounding),
        tuple(carried.get(name, "") for name in plan.attributes),
        is_refund=row.is_refund, original=original, given=given,
    )  # fmt: skip


_NOWHERE = 2**62
"""The original of a refund that names none that is known."""


def _earlier(
    use: UseInfo,
    plan: Plan,
    before: Sequence[EarningLine],
    ids: Mapping[tuple[str, str], int],
    rated: Rated,
) -> tuple[Earlier, ...]:
    """This will tell what lines under an earlier version earned; the first component takes it."""
    if not before:
        return ()
    earned = posted_commissions(use=use.public_id, sales_lines=[row.pk for row in before])
    gone = refunded_before(
        originals=[(row.source, row.source_key) for row in before], on=plan.effective_from
    )
    found = []
    for row in before:
        if row.pk not in earned:
            continue
        minor = row.amount_minor
        refunded = min(gone.get((row.source, row.source_key), 0), minor)
        given = rated.given.get(row.pk)
        if given is not None:
            minor = converted(given, plan.rounding)
            refunded = converted(replace(given, minor=refunded), plan.rounding)
        found.append(
            Earlier(
                ids[row.source, row.source_key], 0, row.partner_id, minor, earned[row.pk],
                refunded,
            )
        )  # fmt: skip
    return tuple(found)


def beneficiaries(plan: Plan, use: str, results: Results, month: int) -> dict[int, int]:
    """This will sum what a month gives each partner, with each share at who fills its party.

    A share that nobody fills for a partner stays with the partner.
    """
    filled = split_parties(use)
    sums: dict[int, int] = defaultdict(int)
    for each in results.months:
        if each.month == month:
            for party, part in zip(parties(plan), each.parts, strict=True):
                sums[filled.get((each.partner, party), each.partner)] += part
    return dict(sums)


@transaction.atomic
def record_run(
    *,
    use: UseInfo,
    month: str,
    received_until: date,
    frozen: FrozenInput,
    results: Results,
    snapshot: tuple[str, str],
    by: Actor,
    at: datetime,
) -> RunInfo:
    """This will keep a computed month as the draft of its use, in the place of an older draft.

    `snapshot` are the hashes of the two Parquet files. The same input gives the same manifest.
    """
    _, last = month_days(month)
    found = plan_in_force(use.plan_code, last)
    plan, label = found.plan, int(month.replace("-", ""))
    PlanUse.objects.select_for_update().get(public_id=use.public_id)
    runs = Run.objects.filter(use__public_id=use.public_id, month=month)
    for old in runs.filter(state="draft"):
        old.state = "replaced"
        old.save(update_fields=["state"])
    crash.point("commissions.replaced")
    sums = beneficiaries(plan, use.public_id, results, label)
    before = posted_minor(use=use.public_id, month=month)
    shown = sorted(set(sums) | {partner for partner, minor in before.items() if minor})
    region_of = dict(Organization.objects.filter(pk__in=shown).values_list("pk", "region"))
    chosen = [r for r in results.lines if r.month == label]
    manifest = canonical_json(
        {
            "use": use.public_id, "month": month, "received_until": received_until.isoformat(),
            "plan_sha256": plan.sha256, "input_sha256": frozen.sha256, "engine": "duckdb",
            "lines": len(frozen.lines), "line_results": len(chosen),
            "currency": plan.currency, "total_minor": sum(sums.values()),
            "lines_converted": sum(line.given is not None for line in frozen.lines),
            "shares": [[partner, sums.get(partner, 0), before.get(partner, 0)]
                       for partner in shown],
        }
    )  # fmt: skip
    run = Run.objects.create(
        public_id=new_id("run"),
        use=PlanUse.objects.get(public_id=use.public_id),
        plan=PlanVersion.objects.get(public_id=found.public_id),
        month=month,
        number=(runs.aggregate(last=Max("number"))["last"] or 0) + 1,
        is_correction=runs.filter(state="posted").exists(),
        manifest=manifest.decode(),
        manifest_sha256=sha256_hex(manifest),
        lines_sha256=snapshot[0],
        earlier_sha256=snapshot[1],
        regions=sorted(set(region_of.values())),
        line_count=len(chosen),
        total_minor=sum(sums.values()),
        difference_minor=sum(sums.get(p, 0) - before.get(p, 0) for p in shown),
        currency=plan.currency,
        made_by=by.id,
        made_at=at,
    )
    exceptions = frozen.exceptions
    if run.is_correction:
        exceptions += refunds_moved(use, month, frozen, results)
    _insert_lines(run, frozen, results, label)
    crash.point("commissions.lines")
    counts, bases = _bases(results, label)
    RunShare.objects.bulk_create(
        RunShare(
            public_id=new_id("com"), run=run, partner_id=partner,
            region=region_of[partner], line_count=counts.get(partner, 0),
            base_minor=bases.get(partner, 0), earned_minor=sums.get(partner, 0),
            posted_minor=before.get(partner, 0),
        )
        for partner in shown
    )  # fmt: skip
    RunException.objects.bulk_create(
        RunException(run=run, kind=each.kind, about=each.about[:200], message=each.message)
        for each in exceptions
    )
    record_event(
        by=by, at=at, action="commission_run.computed", object_type="commission_run",
        object_id=run.public_id,
        data={"month": month, "manifest_sha256": run.manifest_sha256,
              "results_sha256": results_digest(run.pk), "exceptions": len(exceptions)},
    )  # fmt: skip
    return get_run(run.public_id)


def _insert_lines(run: Run, frozen: FrozenInput, results: Results, label: int) -> None:
    originals = {line.id: line.original for line in frozen.lines if line.is_refund}
    insert_rows(
        "earnings_runline",
        _LINE_COLUMNS,
        [
            (
                run.pk, r.partner, frozen.sales_lines[r.line],
                frozen.sales_lines[originals[r.line]] if r.line in originals else None,
                r.component, r.before, r.after, r.rate_ppm, r.raw, r.commission,
                ",".join(map(str, r.parts)), frozen.rates.get(frozen.sales_lines[r.line]),
            )
            for r in results.lines
            if r.month == label
        ],
    )  # fmt: skip


def _bases(results: Results, label: int) -> tuple[dict[int, int], dict[int, int]]:
    counts: dict[int, int] = defaultdict(int)
    bases: dict[int, int] = defaultdict(int)
    for each in results.months:
        if each.month == label:
            counts[each.partner] += each.lines
            bases[each.partner] += each.base
    return counts, bases


@transaction.atomic
def approve_run(*, run_id: str, region: str, by: Actor, at: datetime) -> RunInfo:
    """This will record a region's approval, or, after all regions', the central one.

    The same again changes nothing. Raises UnknownRun, WrongState, SamePerson, NotApproved.
    """
    row = _locked(run_id)
    known = get_run(run_id)
    if by.id == row.made_by:
        raise SamePerson("Who made a run can't approve it; ask somebody else.")
    if row.state != "draft":
        raise WrongState(f"The run is {row.state}.")
    if region not in (*row.regions, CENTRAL):
        raise WrongState(f"The run has no partner of the region {region!r}.")
    if region not in known.lacking:
        return known
    if region == CENTRAL and known.lacking != (CENTRAL,):
        waiting = ", ".join(r or "no region" for r in known.lacking if r != CENTRAL)
        raise NotApproved(f"The regions come first: {waiting}.")
    RunApproval.objects.create(
        run=row, region=region, manifest_sha256=row.manifest_sha256, made_by=row.made_by,
        approver=by.id, at=at,
    )  # fmt: skip
    record_event(
        by=by, at=at, action="commission_run.approved", object_type="commission_run",
        object_id=run_id, data={"region": region, "manifest_sha256": row.manifest_sha256},
    )  # fmt: skip
    return get_run(run_id)


@transaction.atomic
def mark_posted(*, run_id: str, by: Actor, at: datetime) -> RunInfo:
    """This will mark an approved run as posted. Raises UnknownRun, WrongState, NotApproved,
    SamePerson.
    """
    row = _locked(run_id)
    if row.state != "draft":
        raise WrongState(f"The run is {row.state}.")
    if by.id == row.made_by:
        raise SamePerson("Who made a run can't post it; ask somebody else.")
    lacking = get_run(run_id).lacking
    if lacking:
        waiting = ", ".join("the center" if r == CENTRAL else r or "no region" for r in lacking)
        raise NotApproved(f"The run still needs the approval of {waiting}.")
    row.state, row.posted_by, row.posted_at = "posted", by.id, at
    row.save(update_fields=["state", "posted_by", "posted_at"])
    record_event(
        by=by, at=at, action="commission_run.posted", object_type="commission_run",
        object_id=run_id, data={"manifest_sha256": row.manifest_sha256},
    )  # fmt: skip
    return get_run(run_id)


def _locked(run_id: str) -> Run:
    row = Run.objects.select_for_update().filter(public_id=run_id).first()
    if row is None:
        raise UnknownRun(f"There is no commission run {run_id}.")
    return row
