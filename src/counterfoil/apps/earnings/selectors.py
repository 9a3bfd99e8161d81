"""Reads of plans and runs."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from django.db.models import Max, Sum

from counterfoil.apps.earnings.errors import UnknownAdjustment, UnknownPlan, UnknownRun
from counterfoil.apps.earnings.models import (
    Adjustment,
    PlanUse,
    PlanVersion,
    Run,
    RunApproval,
    RunException,
    RunLine,
    RunShare,
    SplitParty,
)
from counterfoil.apps.earnings.types import (
    CENTRAL,
    AdjustmentInfo,
    ExceptionInfo,
    Explanation,
    LineInfo,
    PlanInForce,
    PlanVersionInfo,
    RunInfo,
    ShareInfo,
    UseInfo,
)
from counterfoil.core.money import Money
from counterfoil.core.plans import (
    LineResult,
    Plan,
    check_publishable,
    explain_line,
    load_plan,
)
from counterfoil.core.playbooks.problems import PlaybookInvalid, Problem


def read_plan(source: str, *, file: str) -> tuple[Plan | None, tuple[Problem, ...]]:
    """This will read a plan's text: the plan, if it is one, and all that keeps it back."""
    try:
        plan = load_plan(source, file=file)
    except PlaybookInvalid as error:
        return None, tuple(error.problems)
    return plan, tuple(check_publishable(plan))


@lru_cache(maxsize=64)
def _plan(sha256: str, code: str, source: str) -> Plan:
    """This will parse a published version once."""
    return load_plan(source, file=f"{code}.yaml")


def list_plans(code: str = "") -> tuple[PlanVersionInfo, ...]:
    """This will list versions, by code and the newest first."""
    rows = PlanVersion.objects.order_by("code", "-version")
    return tuple(
        PlanVersionInfo(
            row.public_id, row.code, row.version, row.state, row.sha256, row.effective_from,
            row.author_id, row.approved_by, row.published_at,
        )
        for row in (rows.filter(code=code) if code else rows)
    )  # fmt: skip


def plan_text(version_id: str) -> str:
    """This will return a version's text as written. Raises UnknownPlan."""
    row = PlanVersion.objects.filter(public_id=version_id).first()
    if row is None:
        raise UnknownPlan(f"There is no plan version {version_id}.")
    return row.source


def plan_in_force(code: str, on: date) -> PlanInForce:
    """This will find the newest published version in effect on a day. Raises UnknownPlan."""
    row = (
        PlanVersion.objects.filter(code=code, state="published", effective_from__lte=on)
        .order_by("-effective_from", "-version")
        .first()
    )
    if row is None:
        raise UnknownPlan(f"No published version of {code} is in effect on {on.isoformat()}.")
    return PlanInForce(row.public_id, _plan(row.sha256, row.code, row.source))


def get_use(*, plan_code: str, program: str) -> UseInfo:
    """This will find a plan in a program. Raises UnknownPlan."""
    row = PlanUse.objects.filter(plan_code=plan_code, program__code=program).first()
    if row is None:
        raise UnknownPlan(f"The program {program} does not use the plan {plan_code}.")
    return UseInfo(row.public_id, row.plan_code, program)


def list_uses() -> tuple[UseInfo, ...]:
    """This will list which programs use which plans."""
    rows = PlanUse.objects.select_related("program").order_by("program__code", "plan_code")
    return tuple(UseInfo(row.public_id, row.plan_code, row.program.code) for row in rows)


def split_parties(use: str) -> dict[tuple[int, str], int]:
    """This will map (partner, party) to the partner that fills the party for it."""
    rows = SplitParty.objects.filter(use__public_id=use)
    return {(row.partner_id, row.party): row.beneficiary_id for row in rows}


def list_runs(*, month: str = "", state: str = "") -> tuple[RunInfo, ...]:
    """This will list runs, the newest month first."""
    rows = Run.objects.select_related("use__program", "plan").order_by("-month", "-number", "pk")
    if month:
        rows = rows.filter(month=month)
    if state:
        rows = rows.filter(state=state)
    found = list(rows)
    given: dict[int, set[str]] = {}
    for pk, region in RunApproval.objects.filter(run__in=found).values_list("run_id", "region"):
        given.setdefault(pk, set()).add(region)
    return tuple(_run(row, given.get(row.pk, set())) for row in found)


def get_run(run_id: str) -> RunInfo:
    """This will find a run. Raises UnknownRun."""
    row = Run.objects.select_related("use__program", "plan").filter(public_id=run_id).first()
    if row is None:
        raise UnknownRun(f"There is no commission run {run_id}.")
    given = RunApproval.objects.filter(run=row).values_list("region", flat=True)
    return _run(row, set(given))


def _run(row: Run, given: set[str]) -> RunInfo:
    return RunInfo(
        public_id=row.public_id,
        use=row.use.public_id,
        plan_code=row.use.plan_code,
        plan_version=row.plan.public_id,
        program=row.use.program.code,
        month=row.month,
        number=row.number,
        state=row.state,
        is_correction=row.is_correction,
        manifest=row.manifest,
        manifest_sha256=row.manifest_sha256,
        lines_sha256=row.lines_sha256,
        earlier_sha256=row.earlier_sha256,
        line_count=row.line_count,
        total=Money(row.total_minor, row.currency),
        difference=Money(row.difference_minor, row.currency),
        made_by=row.made_by,
        made_at=row.made_at,
        posted_by=row.posted_by,
        posted_at=row.posted_at,
        lacking=tuple(r for r in (*row.regions, CENTRAL) if r not in given),
    )


def plan_of_run(run_id: str) -> Plan:
    """This will return the plan version that a run was computed with. Raises UnknownRun."""
    row = Run.objects.select_related("plan").filter(public_id=run_id).first()
    if row is None:
        raise UnknownRun(f"There is no commission run {run_id}.")
    return _plan(row.plan.sha256, row.plan.code, row.plan.source)


def shares_of_run(run_id: str) -> tuple[ShareInfo, ...]:
    """This will list what each partner earned in a run, by name."""
    rows = (
        RunShare.objects.filter(run__public_id=run_id)
        .select_related("partner", "run")
        .order_by("partner__name", "partner_id")
    )
    return tuple(
        ShareInfo(
            row.public_id, row.partner_id, row.partner.public_id, row.partner.name, row.region,
            row.line_count, *(
                Money(minor, row.run.currency)
                for minor in (row.base_minor, row.earned_minor, row.posted_minor)
            ),
        )
        for row in rows
    )  # fmt: skip


def exceptions_of_run(run_id: str) -> tuple[ExceptionInfo, ...]:
    """This will list what a run could not compute as the plan means it."""
    rows = RunException.objects.filter(run__public_id=run_id).order_by("kind", "about", "pk")
    return tuple(ExceptionInfo(row.kind, row.about, row.message) for row in rows)


def get_adjustment(adjustment_id: str) -> AdjustmentInfo:
    """This will find an adjustment or bonus. Raises UnknownAdjustment."""
    found = list_adjustments(adjustment_id=adjustment_id)
    if not found:
        raise UnknownAdjustment(f"There is no adjustment {adjustment_id}.")
    return found[0]


def list_adjustments(
    *,
    adjustment_id: str = "",
    use: str = "",
    partner_id: int | None = None,
    month: str = "",
    state: str = "",
    limit: int | None = None,
) -> tuple[AdjustmentInfo, ...]:
    """This will list adjustments and bonuses, the newest first; without `limit` all of them."""
    wanted = {
        "public_id": adjustment_id, "use__public_id": use, "partner_id": partner_id,
        "month": month, "state": state,
    }  # fmt: skip
    rows = (
        Adjustment.objects.filter(**{name: value for name, value in wanted.items() if value})
        .select_related("use__program", "partner")
        .order_by("-pk")
    )
    return tuple(_adjustment(row) for row in (rows if limit is None else rows[:limit]))


def adjustments_of(
    *, partner_id: int, use: str = "", month: str = ""
) -> tuple[AdjustmentInfo, ...]:
    """This will list a partner's approved adjustments and bonuses in the order of approval.

    `month` is the month that they belong to, not that in which they were posted.
    """
    found = list_adjustments(partner_id=partner_id, use=use, month=month, state="approved")
    return tuple(sorted(found, key=lambda each: (each.decided_at or each.made_at, each.entry_id)))


def _adjustment(row: Adjustment) -> AdjustmentInfo:
    return AdjustmentInfo(
        public_id=row.public_id,
        use=row.use.public_id,
        plan_code=row.use.plan_code,
        program=row.use.program.code,
        partner_id=row.partner_id,
        partner_public_id=row.partner.public_id,
        partner_name=row.partner.name,
        region=row.region,
        month=row.month,
        kind=row.kind,
        reason=row.reason,
        amount=Money(row.amount_minor, row.currency),
        note=row.note,
        about=row.about,
        state=row.state,
        made_by=row.made_by,
        made_at=row.made_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        decision_note=row.decision_note,
        entry_id=row.entry_id,
    )


def posted_minor(*, use: str, month: str) -> dict[int, int]:
    """This will sum what was posted for a month, by partner: earned of its last posted run."""
    rows = (
        RunShare.objects.filter(run__use__public_id=use, run__month=month, run__state="posted")
        .values_list("partner_id", "earned_minor", "posted_minor")
        .order_by("run__number")
    )
    sums: dict[int, int] = {}
    for partner, earned, before in rows:
        sums[partner] = sums.get(partner, 0) + earned - before
    return sums


def posted_commissions(*, use: str, sales_lines: Sequence[int]) -> dict[int, int]:
    """This will tell what sales lines earned in the last posted run of their month."""
    rows = (
        RunLine.objects.filter(
            run__use__public_id=use, run__state="posted", sales_line__in=list(sales_lines)
        )
        .values_list("sales_line_id", "run__number")
        .annotate(total=Sum("commission_minor"))
        .order_by("run__number")
    )
    return {line: int(total) for line, _, total in rows}


def last_posted_total(*, use: str, before: str) -> dict[int, int]:
    """This will tell what partners earned in the last month before `before` that was posted."""
    month = (
        Run.objects.filter(use__public_id=use, state="posted", month__lt=before)
        .order_by("-month")
        .values_list("month", flat=True)
        .first()
    )
    return posted_minor(use=use, month=month) if month else {}


def lines_of_run(run_id: str, *, partner_id: int) -> tuple[LineInfo, ...]:
    """This will list what a partner's lines gave in a run, by day, order and component."""
    plan = plan_of_run(run_id)
    rows = (
        RunLine.objects.filter(run__public_id=run_id, partner_id=partner_id)
        .select_related("sales_line")
        .order_by("sales_line__sold_on", "sales_line__source_key", "component")
    )
    return tuple(_line(plan, row) for row in rows)


def _line(plan: Plan, row: RunLine) -> LineInfo:
    sale = row.sales_line
    return LineInfo(
        sales_line=sale.pk,
        partner_id=row.partner_id,
        order_number=sale.order_number,
        source_key=sale.source_key,
        sold_on=sale.sold_on,
        product=sale.product,
        category=sale.category,
        is_refund=sale.kind == "refund",
        amount=Money(sale.amount_minor, plan.currency),
        component=plan.components[row.component].title.say("en"),
        commission=Money(row.commission_minor, plan.currency),
        parts=tuple(int(part) for part in row.parts.split(",")),
    )


def explain_sales_line(
    run_id: str, *, source_key: str = "", sales_line: int = 0
) -> tuple[Explanation, ...]:
    """This will explain what a sales line gave in a run, one explanation a component.

    The line is named by the key of its source, or by our own number. Raises UnknownRun.
    """
    plan = plan_of_run(run_id)
    named = {"sales_line": sales_line} if sales_line else {"sales_line__source_key": source_key}
    rows = list(
        RunLine.objects.filter(run__public_id=run_id, **named)
        .select_related("sales_line")
        .order_by("component")
    )
    if not rows:
        raise UnknownRun(f"The run {run_id} has no line {source_key or sales_line}.")
    return tuple(_explained(plan, row) for row in rows)


def _explained(plan: Plan, row: RunLine) -> Explanation:
    sale = row.sales_line
    result = LineResult(
        row.component, sale.pk, row.partner_id, 0, row.before_minor, row.after_minor,
        row.rate_ppm, row.raw_minor, row.commission_minor,
        tuple(int(part) for part in row.parts.split(",")),
    )  # fmt: skip
    is_refund = sale.kind == "refund"
    earned = 0
    if is_refund:
        original = (
            RunLine.objects.filter(sales_line=row.original_id, component=row.component)
            .exclude(run__state="replaced")
            .order_by("run__number")
            .last()
        )
        earned = original.commission_minor if original else 0
    reached = RunLine.objects.filter(
        run=row.run_id, partner=row.partner_id, component=row.component, original=None
    ).aggregate(most=Max("after_minor"))["most"]
    steps = explain_line(plan, result, is_refund=is_refund, earned=earned, until_then=reached or 0)
    return Explanation(_line(plan, row), steps)


def line_results(
    run_id: str,
) -> tuple[tuple[int, int, int, int, int, int, int, tuple[int, ...]], ...]:
    """This will list a run's stored line results, as a replay compares them."""
    rows = RunLine.objects.filter(run__public_id=run_id).values_list(
        "component", "partner_id", "before_minor", "after_minor", "rate_ppm", "raw_minor",
        "commission_minor", "parts",
    )  # fmt: skip
    return tuple((*row[:7], tuple(int(part) for part in row[7].split(","))) for row in rows)
