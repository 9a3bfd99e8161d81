"""Reads of plans and runs."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    Count,
    ExpressionWrapper,
    F,
    Func,
    Max,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast

from counterfoil.apps.earnings.errors import (
    UnknownAdjustment,
    UnknownPlan,
    UnknownQuestion,
    UnknownRun,
    UnknownStatement,
)
from counterfoil.apps.earnings.models import (
    Adjustment,
    ExchangeRate,
    PlanUse,
    PlanVersion,
    Question,
    QuestionEvent,
    Run,
    RunApproval,
    RunException,
    RunLine,
    RunShare,
    SplitParty,
    Statement,
    StatementRun,
)
from counterfoil.apps.earnings.types import (
    CENTRAL,
    AdjustmentInfo,
    ExceptionInfo,
    Explanation,
    LineInfo,
    PartyInfo,
    PlanInForce,
    PlanText,
    PlanVersionInfo,
    QuestionInfo,
    QuestionStep,
    RunInfo,
    ShareInfo,
    StatementInfo,
    StatementMonth,
    UseInfo,
    UseWords,
)
from counterfoil.core.money import Money
from counterfoil.core.plans import (
    LineResult,
    Plan,
    Rate,
    check_publishable,
    converted,
    day_number,
    explain_line,
    explain_rate,
    give,
    load_plan,
)
from counterfoil.core.playbooks.problems import PlaybookInvalid, Problem
from counterfoil.core.questions import QuestionAct, QuestionState
from counterfoil.core.statement_words import StatementContent, from_json
from counterfoil.core.statements import Figure, Group, GroupSum, RunPart


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
    return tuple(_version(row) for row in (rows.filter(code=code) if code else rows))


def _version(row: PlanVersion) -> PlanVersionInfo:
    return PlanVersionInfo(
        row.public_id, row.code, row.version, row.state, row.sha256, row.effective_from,
        row.author_id, row.approved_by, row.published_at,
    )  # fmt: skip


def get_plan_version(version_id: str) -> PlanText:
    """This will read a version: its text, its plan and its problems. Raises UnknownPlan."""
    row = PlanVersion.objects.filter(public_id=version_id).first()
    if row is None:
        raise UnknownPlan(f"There is no plan version {version_id}.")
    plan, problems = read_plan(row.source, file=f"{row.code}.yaml")
    return PlanText(_version(row), row.source, plan, problems)


def list_parties(use: str) -> tuple[PartyInfo, ...]:
    """This will list who fills parties of a plan's splits, by the partner that sells."""
    rows = (
        SplitParty.objects.filter(use__public_id=use)
        .select_related("partner", "beneficiary")
        .order_by("partner__name", "party")
    )
    return tuple(PartyInfo(row.partner.name, row.party, row.beneficiary.name) for row in rows)


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


def stored_rates(*, source: str, currencies: Iterable[str] = ()) -> tuple[Rate, ...]:
    """This will list what a source gave, by day; of pairs within `currencies` where any is."""
    rows = ExchangeRate.objects.filter(source=source).order_by("on", "currency", "into")
    wanted = list(currencies)
    if wanted:
        rows = rows.filter(currency__in=wanted, into__in=wanted)
    return tuple(_rate(row) for row in rows)


def _rate(row: ExchangeRate) -> Rate:
    return Rate(row.pk, row.currency, row.into, day_number(row.on), row.numerator, row.decimals)


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


def last_posted_shares(*, use: str, before: str) -> tuple[ShareInfo, ...]:
    """This will list what partners earned in the last month before `before` that was posted."""
    run = (
        Run.objects.filter(use__public_id=use, state="posted", month__lt=before)
        .order_by("-month", "-number")
        .values_list("public_id", flat=True)
        .first()
    )
    return shares_of_run(run) if run else ()


def lines_of_run(run_id: str, *, partner_id: int) -> tuple[LineInfo, ...]:
    """This will list what a partner's lines gave in a run, by day, order and component."""
    plan = plan_of_run(run_id)
    rows = (
        RunLine.objects.filter(run__public_id=run_id, partner_id=partner_id)
        .select_related("sales_line", "rate")
        .order_by("sales_line__sold_on", "sales_line__source_key", "component")
    )
    return tuple(_line(plan, row) for row in rows)


def _line(plan: Plan, row: RunLine, language: str = "en") -> LineInfo:
    sale = row.sales_line
    amount = Money(sale.amount_minor, sale.currency)
    return LineInfo(
        sales_line=sale.pk,
        partner_id=row.partner_id,
        order_number=sale.order_number,
        source_key=sale.source_key,
        sold_on=sale.sold_on,
        product=sale.product,
        category=sale.category,
        is_refund=sale.kind == "refund",
        amount=amount,
        counted=_counted(plan, row, amount),
        component=plan.components[row.component].title.say(language),
        commission=Money(row.commission_minor, plan.currency),
        parts=tuple(int(part) for part in row.parts.split(",")),
    )


def _counted(plan: Plan, row: RunLine, amount: Money) -> Money:
    """This will turn a line's amount into the plan's currency, at the rate that the run took."""
    if row.rate is None:
        return amount
    given = give(amount.currency, amount.minor, into=plan.currency, rate=_rate(row.rate))
    assert given is not None
    return Money(converted(given, plan.rounding), plan.currency)


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
        .select_related("sales_line", "rate")
        .order_by("component")
    )
    if not rows:
        raise UnknownRun(f"The run {run_id} has no line {source_key or sales_line}.")
    use = Run.objects.filter(public_id=run_id).values_list("use__public_id", flat=True)[0]
    parties = split_parties(use)
    return tuple(
        _explained(
            plan, row, ~Q(run__state="replaced"),
            filled={party for partner, party in parties if partner == row.partner_id},
        )
        for row in rows
    )  # fmt: skip


def _explained(
    plan: Plan, row: RunLine, runs: Q, language: str = "en", filled: Collection[str] | None = None
) -> Explanation:
    """This will explain a result; `runs` are those that tell what a refund's original earned.

    `filled` are the parties that somebody is named for, where that may be known.
    """
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
            RunLine.objects.filter(
                runs, sales_line=row.original_id, component=row.component, run__lte=row.run_id
            )
            .order_by("run_id")
            .last()
        )
        earned = original.commission_minor if original else 0
    reached = RunLine.objects.filter(
        run=row.run_id, partner=row.partner_id, component=row.component, original=None
    ).aggregate(most=Max("after_minor"))["most"]
    steps = explain_line(
        plan, result, is_refund=is_refund, earned=earned, until_then=reached or 0,
        filled=filled, language=language,
    )  # fmt: skip
    if row.rate is not None:
        amount = Money(sale.amount_minor, sale.currency)
        first = explain_rate(
            plan, amount, _rate(row.rate), _counted(plan, row, amount),
            source=row.rate.source, language=language,
        )  # fmt: skip
        steps = (first, *steps)
    return Explanation(_line(plan, row, language), steps)


def line_results(
    run_id: str,
) -> tuple[tuple[int, int, int, int, int, int, int, tuple[int, ...]], ...]:
    """This will list a run's stored line results, as a replay compares them."""
    rows = RunLine.objects.filter(run__public_id=run_id).values_list(
        "component", "partner_id", "before_minor", "after_minor", "rate_ppm", "raw_minor",
        "commission_minor", "parts",
    )  # fmt: skip
    return tuple((*row[:7], tuple(int(part) for part in row[7].split(","))) for row in rows)


class _Part(Func):
    """The n-th of the minor units that a result's `parts` list by comma."""

    function = "split_part"


def run_parts(*, share_ids: Iterable[str]) -> dict[str, RunPart]:
    """This will divide what posted runs earned partners into groups, by the id of their share.

    Sums of the lines by component and category, refunds apart; shares of others, shares in what
    others sold, and the rest that lifts a month to its floor. One query of sums for each run.
    """
    shares = list(
        RunShare.objects.filter(public_id__in=list(share_ids)).select_related(
            "run__use", "run__plan"
        )
    )
    sums = {run.pk: _sums_of_run(run) for run in {share.run for share in shares}}
    return {
        share.public_id: RunPart(
            share.run.use.public_id, share.run.public_id, share.earned_minor,
            _groups(sums[share.run_id].get(share.partner_id, []), share.earned_minor),
        )
        for share in shares
    }  # fmt: skip


_COUNTED = Case(
    When(rate=None, then=F("sales_line__amount_minor")),
    default=F("after_minor") - F("before_minor"),
)
"""A line's amount in the plan's currency; of a refund at a rate, what it refunds of its line."""


def _sums_of_run(run: Run) -> dict[int, list[GroupSum]]:
    """This will sum a run's lines by who they earn for: one query of lines, one of parties."""
    plan = _plan(run.plan.sha256, run.plan.code, run.plan.source)
    filled = {
        (row.partner_id, row.party): row.beneficiary_id
        for row in SplitParty.objects.filter(use=run.use_id, at__lte=run.made_at)
    }
    parts = {
        f"part_{n}": Sum(
            Cast(_Part(F("parts"), Value(","), Value(n + 1)), BigIntegerField()), default=0
        )
        for n in range(1, len(plan.shares))
    }
    rows: Any = (
        RunLine.objects.filter(run=run)
        .annotate(is_sale=ExpressionWrapper(Q(original__isnull=True), BooleanField()))
        .values("partner_id", "component", "sales_line__category", "is_sale")
        .annotate(
            lines=Count("id"), base=Sum(_COUNTED),
            minor=Sum("commission_minor"), **parts,
        )
        .order_by("partner_id", "component", "sales_line__category", "-is_sale")
    )  # fmt: skip
    found: dict[int, list[GroupSum]] = defaultdict(list)
    gone: dict[tuple[int, Group], list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        is_sale = row["is_sale"]
        found[row["partner_id"]].append(
            GroupSum(
                Group.EARNED if is_sale else Group.CLAWBACK, row["component"],
                row["sales_line__category"], row["lines"],
                int(row["base"]) if is_sale else -int(row["base"]), int(row["minor"]),
            )
        )  # fmt: skip
        for n, share in enumerate(plan.shares[1:], start=1):
            to = filled.get((row["partner_id"], share.party))
            if to is not None and row[f"part_{n}"]:
                gone[row["partner_id"], Group.PASSED_ON][0] -= int(row[f"part_{n}"])
                gone[to, Group.SHARED][0] += int(row[f"part_{n}"])
                gone[to, Group.SHARED][1] += row["lines"]
    for (partner, group), (minor, lines) in gone.items():
        found[partner].append(GroupSum(group, -1, "", lines, 0, minor))
    return found


def _groups(groups: Sequence[GroupSum], earned: int) -> tuple[GroupSum, ...]:
    """This will add what lifts the sum of the lines to the floor, if there is anything."""
    rest = earned - sum(group.minor for group in groups)
    if rest <= 0:
        return tuple(groups)
    component = next((group.component for group in groups if group.component >= 0), -1)
    return (*groups, GroupSum(Group.FLOOR, component, "", 0, 0, rest))


def uses_in_words(*, on: date) -> dict[str, UseWords]:
    """This will name every plan in use by the version in force on a day, else the newest."""
    found = {}
    for row in PlanUse.objects.select_related("program").order_by("pk"):
        versions = PlanVersion.objects.filter(code=row.plan_code, state="published")
        version = (
            versions.filter(effective_from__lte=on).order_by("-effective_from", "-version").first()
            or versions.order_by("-effective_from", "-version").first()
        )
        if version is not None:
            plan = _plan(version.sha256, version.code, version.source)
            found[row.public_id] = UseWords(
                row.public_id, row.plan_code, row.program.code, dict(plan.title.by_language),
                tuple(dict(each.title.by_language) for each in plan.components),
            )  # fmt: skip
    return found


def latest_statement_digests(*, month: str) -> dict[int, tuple[int, str]]:
    """This will map partners to number and hash of the month's last statement."""
    rows = Statement.objects.filter(month=month).order_by("number")
    return {row.partner_id: (row.number, row.content_sha256) for row in rows}


def list_statements(
    *, partner_id: int = 0, month: str = "", start: int = 0, limit: int = 100
) -> tuple[StatementInfo, ...]:
    """This will list statements, the newest month and number first, by partner."""
    rows = Statement.objects.order_by("-month", "partner__name", "partner_id", "-number")
    if partner_id:
        rows = rows.filter(partner_id=partner_id)
    if month:
        rows = rows.filter(month=month)
    return _statements(list(rows[start : start + limit]))


def statement_months() -> tuple[StatementMonth, ...]:
    """This will count the statements of each month, the newest first."""
    rows = (
        Statement.objects.values("month")
        .annotate(
            partners=Count("partner_id", distinct=True), statements=Count("id"),
            issued_at=Max("issued_at"),
        )
        .order_by("-month")
    )  # fmt: skip
    return tuple(
        StatementMonth(row["month"], row["partners"], row["statements"], row["issued_at"])
        for row in rows
    )


def get_statement(statement_id: str, *, partner_id: int = 0) -> StatementInfo:
    """This will find a statement, of this partner only where one is named.

    Raises UnknownStatement.
    """
    rows = Statement.objects.filter(public_id=statement_id)
    found = _statements(list(rows.filter(partner_id=partner_id) if partner_id else rows))
    if not found:
        raise UnknownStatement(f"There is no statement {statement_id}.")
    return found[0]


def _statements(rows: Sequence[Statement]) -> tuple[StatementInfo, ...]:
    newest: dict[tuple[int, str], int] = {}
    same = Statement.objects.filter(
        partner_id__in={row.partner_id for row in rows}, month__in={row.month for row in rows}
    )
    for partner, month, number in same.values_list("partner_id", "month", "number"):
        newest[partner, month] = max(number, newest.get((partner, month), 0))
    return tuple(
        StatementInfo(
            row.public_id, row.partner_id, row.month, row.number, _content(row.content),
            row.content_sha256, row.language, row.pdf_sha256, row.issued_by, row.issued_at,
            row.number == newest[row.partner_id, row.month],
        )
        for row in rows
    )  # fmt: skip


def _content(text: str) -> StatementContent:
    return from_json(json.loads(text))


def lines_of_figure(
    statement: StatementInfo, figure: Figure, *, language: str = "en", sales_line: int = 0
) -> tuple[LineInfo, ...]:
    """This will list the partner's own lines that a figure of its statement sums.

    None for a figure that is an entry, or a share in what others sold. With `sales_line` that
    one only, if it is among them.
    """
    if figure.group not in {Group.EARNED, Group.CLAWBACK} or not figure.run:
        return ()
    plan, run = _shown_run(statement, figure.run)
    rows = (
        RunLine.objects.filter(
            run=run, partner=statement.partner_id, component=figure.component,
            sales_line__category=figure.category,
            original__isnull=figure.group is Group.EARNED,
        )
        .select_related("sales_line", "rate")
        .order_by("sales_line__sold_on", "sales_line__source_key")
    )  # fmt: skip
    if sales_line:
        rows = rows.filter(sales_line=sales_line)
    return tuple(_line(plan, row, language) for row in rows)


def lines_of_statement(statement: StatementInfo, *, language: str = "en") -> tuple[LineInfo, ...]:
    """This will list all of the partner's own lines that a statement sums."""
    return tuple(
        line
        for account in statement.content.accounts
        for figure in account.figures
        for line in lines_of_figure(statement, figure, language=language)
    )


def explain_own_line(
    statement: StatementInfo, *, sales_line: int, language: str = "en"
) -> tuple[Explanation, ...]:
    """This will explain what one of the partner's sales lines gave, as its statement shows it.

    Raises UnknownStatement for a line that the statement does not show.
    """
    for link in StatementRun.objects.filter(statement__public_id=statement.public_id):
        plan, run = _shown_run(statement, link.run_public_id)
        rows = list(
            RunLine.objects.filter(
                run=run, partner=statement.partner_id, sales_line=sales_line
            )
            .select_related("sales_line", "rate")
            .order_by("component")
        )  # fmt: skip
        if rows:
            return tuple(_explained(plan, row, Q(), language) for row in rows)
    raise UnknownStatement(f"The statement {statement.public_id} has no such line.")


def _shown_run(statement: StatementInfo, run_id: str) -> tuple[Plan, int]:
    """This will find a run that a statement shows: its plan and our number of it.

    A partner's role may read this, and not the run itself, which sums all partners.
    """
    link: Any = (
        StatementRun.objects.filter(
            statement__public_id=statement.public_id, partner=statement.partner_id,
            run_public_id=run_id,
        )
        .select_related("plan")
        .first()
    )  # fmt: skip
    if link is None:
        raise UnknownStatement(f"The statement {statement.public_id} shows no such run.")
    return _plan(link.plan.sha256, link.plan.code, link.plan.source), link.run_id


def list_questions(
    *, partner_id: int = 0, states: Iterable[str] = (), statement_id: str = "", limit: int = 500
) -> tuple[QuestionInfo, ...]:
    """This will list questions, the newest first, those in `states` only where any are named."""
    rows = Question.objects.select_related("statement").order_by("-asked_at", "-pk")
    if partner_id:
        rows = rows.filter(partner_id=partner_id)
    if statement_id:
        rows = rows.filter(statement__public_id=statement_id)
    wanted = list(states)
    if wanted:
        last = QuestionEvent.objects.filter(question=OuterRef("pk")).order_by("-seq")
        rows = rows.annotate(now=Subquery(last.values("state")[:1])).filter(now__in=wanted)
    return _questions(list(rows[:limit]))


def get_question(question_id: str, *, partner_id: int = 0) -> QuestionInfo:
    """This will find a question, of this partner only where one is named.

    Raises UnknownQuestion.
    """
    rows = Question.objects.select_related("statement").filter(public_id=question_id)
    found = _questions(list(rows.filter(partner_id=partner_id) if partner_id else rows))
    if not found:
        raise UnknownQuestion(f"There is no question {question_id}.")
    return found[0]


def open_question_on(*, statement_id: str, figure: str, sales_line: int) -> str:
    """This will find a question on a figure, or a line of it, that is not closed; else ""."""
    rows = Question.objects.select_related("statement").filter(
        statement__public_id=statement_id, figure=figure, sales_line=sales_line
    )
    return next(
        (each.public_id for each in _questions(list(rows))
         if each.state is not QuestionState.CLOSED),
        "",
    )  # fmt: skip


def _questions(rows: Sequence[Question]) -> tuple[QuestionInfo, ...]:
    steps: dict[int, list[QuestionStep]] = {row.pk: [] for row in rows}
    for event in QuestionEvent.objects.filter(question__in=list(steps)).order_by("seq"):
        steps[event.question_id].append(
            QuestionStep(
                QuestionAct(event.act), QuestionState(event.state), event.actor_id,
                event.is_from_partner, event.body, event.decision, event.assigned_to, event.at,
            )
        )  # fmt: skip
    return tuple(
        QuestionInfo(
            row.public_id, row.partner_id, row.statement.public_id, row.statement.month,
            row.figure, row.sales_line, row.subject, row.asked_by, row.asked_at,
            tuple(steps[row.pk]),
        )
        for row in rows
        if steps[row.pk]
    )  # fmt: skip


def program_of_use(use: str) -> str:
    """This will name the program of a plan's use. Raises UnknownPlan."""
    row = PlanUse.objects.select_related("program").filter(public_id=use).first()
    if row is None:
        raise UnknownPlan(f"There is no use of a plan {use}.")
    return row.program.code


def results_digest(run_pk: int) -> str:
    """This will return the digest of all line results of a run, in a fixed order."""
    rows = RunLine.objects.filter(run_id=run_pk).order_by("sales_line_id", "component")
    told = hashlib.sha256()
    for row in rows.values_list(
        "sales_line_id", "component", "partner_id", "original_id", "before_minor", "after_minor",
        "rate_ppm", "raw_minor", "commission_minor", "parts", "rate_id",
    ).iterator(chunk_size=5_000):  # fmt: skip
        told.update(f"{'|'.join('' if cell is None else str(cell) for cell in row)}\n".encode())
    return told.hexdigest()
