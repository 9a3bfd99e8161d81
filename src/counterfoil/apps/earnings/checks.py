"""Plans, runs, adjustments, statements and rates compared with what the audit log says of them."""

import json
from collections import defaultdict
from collections.abc import Iterator

from counterfoil.apps.audit.selectors.statements import Statement as Told
from counterfoil.apps.audit.selectors.statements import statements
from counterfoil.apps.earnings.models import (
    Adjustment,
    ExchangeRate,
    PlanUse,
    PlanVersion,
    Run,
    RunApproval,
    RunShare,
    SplitParty,
    Statement,
)
from counterfoil.apps.earnings.selectors import results_digest
from counterfoil.apps.earnings.types import CENTRAL
from counterfoil.core.canonical import digest, sha256_hex
from counterfoil.core.differences import Difference
from counterfoil.core.plans import load_plan
from counterfoil.core.playbooks.problems import PlaybookInvalid


def earning_differences() -> Iterator[Difference]:
    """This will name plans, runs, adjustments, statements and rates that are not as recorded."""
    yield from changed_plans()
    yield from changed_uses()
    yield from changed_runs()
    yield from changed_adjustments()
    yield from changed_statements()
    yield from changed_rates()


def changed_plans() -> Iterator[Difference]:
    """This will name plan versions that are not as they were published, or are gone."""
    told = {
        each.object_id: each
        for each in statements(object_type="plan", actions=("plan.published",))
    }
    for row in PlanVersion.objects.exclude(state="draft").order_by("pk"):
        subject = f"{row.code} version {row.version}"
        said = told.pop(row.public_id, None)
        if said is None:
            yield _plan(subject, "the audit log knows no such publication")
        elif sha256_hex(row.source.encode()) != said.data["source_sha256"]:
            yield _plan(subject, "its text is not the one that was published")
        elif not _identity(row) == row.sha256 == said.data["sha256"]:
            yield _plan(subject, "its rules are not those that were published")
        elif (row.code, row.version, row.approved_by, str(row.effective_from)) != (
            said.data["code"], said.data["version"], said.actor_id, said.data["effective_from"],
        ):  # fmt: skip
            yield _plan(subject, "who published it, or its first day, differs")
    for said in told.values():
        subject = f"{said.data['code']} version {said.data['version']}"
        yield _plan(subject, "was published, and is no published version any more")


def _identity(row: PlanVersion) -> str:
    try:
        return load_plan(row.source, file=f"{row.code}.yaml").sha256
    except PlaybookInvalid:
        return ""


def changed_uses() -> Iterator[Difference]:
    """This will name uses of plans and parties of splits that nobody recorded."""
    used = {
        each.object_id: (each.data["plan"], each.data["program"], each.actor_id)
        for each in statements(object_type="plan_use", actions=("plan.used",))
    }
    for use in PlanUse.objects.select_related("program").order_by("pk"):
        if used.get(use.public_id) != (use.plan_code, use.program.code, use.by):
            yield _plan(use.public_id, "its use in a program is not as it was recorded")
    named: dict[str, set[tuple[str, int, str]]] = defaultdict(set)
    for each in statements(object_type="plan_use", actions=("plan.party_named",)):
        named[each.object_id].add((each.data["party"], each.data["beneficiary"], each.actor_id))
    for party in SplitParty.objects.select_related("use").order_by("pk"):
        said = (party.party, party.beneficiary_id, party.by)
        if said not in named[party.use.public_id]:
            yield _plan(party.use.public_id, f"nobody named who fills {party.party}")


def changed_runs() -> Iterator[Difference]:
    """This will name runs whose manifest, figures, approvals or posting are not as recorded."""
    told: dict[str, list[Told]] = defaultdict(list)
    actions = tuple(f"commission_run.{act}" for act in ("computed", "approved", "posted"))
    for each in statements(object_type="commission_run", actions=actions):
        told[each.object_id].append(each)
    for run in Run.objects.select_related("plan", "use").order_by("pk"):
        subject = f"{run.use.plan_code} {run.month} #{run.number}"
        for words in _run_problems(run, told.pop(run.public_id, [])):
            yield _run(subject, words)
    for run_id in told:
        yield _run(run_id, "was computed, and is gone")


def _run_problems(run: Run, told: list[Told]) -> Iterator[str]:
    computed = next((each for each in told if each.action.endswith("computed")), None)
    if computed is None:
        yield "the audit log knows no such run"
        return
    if not (
        sha256_hex(run.manifest.encode())
        == run.manifest_sha256
        == computed.data["manifest_sha256"]
    ):
        yield "its manifest is not the one that was recorded"
        return
    said = json.loads(run.manifest)
    shares = [
        [each.partner_id, each.earned_minor, each.posted_minor]
        for each in RunShare.objects.filter(run=run).order_by("partner_id")
    ]
    if shares != sorted(said["shares"]):
        yield "what partners earned in it is not what its manifest says"
    moved = sum(earned - before for _, earned, before in said["shares"])
    if (
        run.month, run.total_minor, run.difference_minor, run.line_count, run.currency,
        run.plan.sha256,
    ) != (
        said["month"], said["total_minor"], moved, said["line_results"], said["currency"],
        said["plan_sha256"],
    ):  # fmt: skip
        yield "its month, plan or totals are not those of its manifest"
    wanted = computed.data.get("results_sha256")
    if wanted is not None and results_digest(run.pk) != wanted:
        yield "a result of one of its lines is not the one that was computed"
    yield from _approval_problems(run, told, made_by=computed.actor_id)


def _approval_problems(run: Run, told: list[Told], *, made_by: str) -> Iterator[str]:
    given = {
        (each.data["region"], each.actor_id, each.data["manifest_sha256"])
        for each in told
        if each.action.endswith("approved")
    }
    rows = RunApproval.objects.filter(run=run)
    stand = {(row.region, row.approver, row.manifest_sha256) for row in rows}
    if stand != given:
        yield "its approvals are not those that were given"
    posted = next((each for each in told if each.action.endswith("posted")), None)
    if run.made_by != made_by:
        yield "who computed it differs"
    if (run.state == "posted") != (posted is not None):
        yield f"it is {run.state}, and the audit log says otherwise"
    elif posted is not None:
        if posted.actor_id != run.posted_by:
            yield "who posted it differs"
        lacking = {*run.regions, CENTRAL} - {region for region, _, _ in stand}
        if lacking:
            yield "it was posted, and an approval is lacking"


def changed_adjustments() -> Iterator[Difference]:
    """This will name adjustments that are not as they were proposed and decided."""
    told: dict[str, dict[str, Told]] = defaultdict(dict)
    actions = ("adjustment.proposed", "adjustment.approved", "adjustment.refused")
    for each in statements(object_type="adjustment", actions=actions):
        told[each.object_id][each.action.partition(".")[2]] = each
    for row in Adjustment.objects.order_by("pk"):
        acts = told.pop(row.public_id, {})
        first = acts.get("proposed")
        if first is None:
            yield _adjustment(row.public_id, "the audit log knows no such proposal")
            continue
        decided = acts.get("approved") or acts.get("refused")
        state = decided.action.partition(".")[2] if decided else "proposed"
        pairs = (
            (row.made_by, first.actor_id),
            (row.month, first.data["month"]),
            (row.kind, first.data["kind"]),
            (row.reason, first.data["reason"]),
            (row.amount_minor, first.data["minor"]),
            (row.currency, first.data["currency"]),
            (row.state, state),
            (row.decided_by, decided.actor_id if decided else ""),
            (row.entry_id, decided.data["entry"] if decided else ""),
        )
        if any(found != meant for found, meant in pairs):
            yield _adjustment(row.public_id, "is not as it was proposed and decided")
    for public_id in told:
        yield _adjustment(public_id, "was proposed, and is gone")


def changed_statements() -> Iterator[Difference]:
    """This will name partners' statements that are not as they were issued."""
    told = {
        each.object_id: each
        for each in statements(object_type="statement", actions=("statement.issued",))
    }
    for row in Statement.objects.order_by("pk"):
        said = told.pop(row.public_id, None)
        if said is None:
            yield _statement(row.public_id, "the audit log knows no such statement")
        elif not (
            sha256_hex(row.content.encode()) == row.content_sha256 == said.data["content_sha256"]
        ):
            yield _statement(row.public_id, "its figures are not those that were issued")
        elif (row.month, row.number, row.pdf_sha256, row.issued_by) != (
            said.data["month"], said.data["number"], said.data["pdf_sha256"], said.actor_id,
        ):  # fmt: skip
            yield _statement(row.public_id, "its document or who issued it differs")
    for public_id in told:
        yield _statement(public_id, "was issued, and is gone")


def changed_rates() -> Iterator[Difference]:
    """This will name imports of exchange rates that are not as they were recorded."""
    rows: dict[tuple[str, str], list[list[object]]] = defaultdict(list)
    for rate in ExchangeRate.objects.order_by("pk").iterator(chunk_size=5_000):
        day = rate.on.year * 10_000 + rate.on.month * 100 + rate.on.day
        rows[rate.import_run, rate.source].append(
            [rate.currency, rate.into, day, rate.numerator, rate.decimals]
        )
    for each in statements(object_type="import", actions=("rates.recorded",)):
        found = rows.pop((each.object_id, each.data["source"]), [])
        if digest(sorted(found)) != each.data["sha256"]:  # type: ignore[type-var]  # texts and numbers in the same places
            yield _rate(each.object_id, "its exchange rates are not those that were recorded")
    for run, source in rows:
        yield _rate(run or source, "the audit log knows no such exchange rates")


def _plan(subject: str, message: str) -> Difference:
    return Difference("plans as published", subject, message)


def _run(subject: str, message: str) -> Difference:
    return Difference("commission runs as approved", subject, message)


def _adjustment(subject: str, message: str) -> Difference:
    return Difference("adjustments as decided", subject, message)


def _statement(subject: str, message: str) -> Difference:
    return Difference("statements as issued", subject, message)


def _rate(subject: str, message: str) -> Difference:
    return Difference("exchange rates as read", subject, message)
