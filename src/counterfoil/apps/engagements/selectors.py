"""Reads of engagements."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from importlib.resources import files

from django.db.models import Count, F

from counterfoil.apps.engagements.errors import UnknownEngagement
from counterfoil.apps.engagements.models import (
    Answer,
    Ask,
    Engagement,
    Finding,
    FindingPaper,
    Paper,
    Population,
    Refinement,
    Reply,
    Sample,
)
from counterfoil.apps.engagements.types import (
    AnswerInfo,
    AskInfo,
    EngagementInfo,
    EngagementRow,
    FindingInfo,
    PaperInfo,
    PopulationInfo,
    PopulationItem,
    RefinementInfo,
    ReplyInfo,
    SampleInfo,
    Scope,
    WaitingAudit,
)
from counterfoil.core.sampling import Drawn
from counterfoil.core.sampling.drawing import plan_from_json

LISTED_MAX = 100


def list_engagements() -> tuple[EngagementRow, ...]:
    """This will list the engagements, open ones first, newest first."""
    order = (F("closed_at").desc(nulls_first=True), "-opened_at")
    rows = list(Engagement.objects.order_by(*order)[:LISTED_MAX])
    keys = [row.pk for row in rows]
    items = dict(
        Population.objects.filter(engagement__in=keys).values_list("engagement_id", "items")
    )
    papers = {
        each["engagement"]: each
        for each in Paper.objects.filter(engagement__in=keys)
        .values("engagement")
        .annotate(size=Count("pk"))
    }
    answered = dict(
        Answer.objects.filter(paper__engagement__in=keys, seq=1)
        .values("paper__engagement")
        .annotate(count=Count("pk"))
        .values_list("paper__engagement", "count")
    )
    findings = dict(
        Finding.objects.filter(engagement__in=keys, withdrawn_at__isnull=True)
        .values("engagement")
        .annotate(count=Count("pk"))
        .values_list("engagement", "count")
    )
    return tuple(
        EngagementRow(
            id=row.public_id,
            title=row.title,
            program=row.program,
            currency=row.currency,
            first_on=row.first_on,
            last_on=row.last_on,
            draft=row.draft,
            opened_by=row.opened_by,
            opened_at=row.opened_at,
            closed_at=row.closed_at,
            items=items.get(row.pk),
            size=papers[row.pk]["size"] if row.pk in papers else None,
            answered=answered.get(row.pk, 0),
            findings=findings.get(row.pk, 0),
        )
        for row in rows
    )


def get_engagement(public_id: str) -> EngagementInfo:
    """This will return an engagement with all that it rests on. Raises UnknownEngagement."""
    row = Engagement.objects.filter(public_id=public_id).first()
    if row is None:
        raise UnknownEngagement(f"There is no engagement {public_id}.")
    return EngagementInfo(
        id=row.public_id,
        title=row.title,
        purpose=row.purpose,
        scope=Scope(
            row.program, row.currency, row.first_on, row.last_on, tuple(row.playbooks), row.draft
        ),
        seed=row.seed,
        questions=tuple(row.questions),
        opened_by=row.opened_by,
        opened_at=row.opened_at,
        conclusion=row.conclusion,
        report=json.loads(row.report) if row.report else None,
        report_sha256=row.report_sha256,
        closed_by=row.closed_by,
        closed_at=row.closed_at,
        population=_population(row),
        sample=_sample(row),
        papers=_papers(Paper.objects.filter(engagement=row).order_by("seq")),
        asks=_asks(row),
        findings=_findings(row),
    )


def get_paper(public_id: str) -> PaperInfo:
    """This will return a work paper. Raises UnknownEngagement."""
    found = _papers(Paper.objects.filter(public_id=public_id))
    if not found:
        raise UnknownEngagement(f"There is no work paper {public_id}.")
    return found[0]


def engagement_of_ask(public_id: str) -> str:
    """This will return the engagement of a request. Raises UnknownEngagement."""
    found = Ask.objects.filter(public_id=public_id).values_list("engagement__public_id", flat=True)
    return _one(found, f"There is no request {public_id}.")


def engagement_of_finding(public_id: str) -> str:
    """This will return the engagement of a finding. Raises UnknownEngagement."""
    rows = Finding.objects.filter(public_id=public_id)
    return _one(
        rows.values_list("engagement__public_id", flat=True), f"There is no finding {public_id}."
    )


def engagement_of_refinement(public_id: str) -> str:
    """This will return the engagement of a refinement. Raises UnknownEngagement."""
    rows = Refinement.objects.filter(public_id=public_id)
    return _one(
        rows.values_list("finding__engagement__public_id", flat=True),
        f"There is no refinement {public_id}.",
    )


def waiting_for(person_id: str) -> tuple[WaitingAudit, ...]:
    """This will list the audits in which something waits for a person, oldest first.

    Requests count that nobody replied to and that name this person or nobody; refinements that
    the person owns and has not finished, also of closed audits.
    """
    asks = Counter(
        Ask.objects.filter(engagement__closed_at__isnull=True, asked_of__in=["", person_id])
        .exclude(pk__in=Reply.objects.values("ask_id"))
        .values_list("engagement_id", flat=True)
    )
    refinements = Counter(
        Refinement.objects.filter(
            owner=person_id, done_at__isnull=True, finding__withdrawn_at__isnull=True
        ).values_list("finding__engagement_id", flat=True)
    )
    rows = Engagement.objects.filter(pk__in=[*asks, *refinements]).order_by("pk")
    return tuple(
        WaitingAudit(row.public_id, row.title, asks[row.pk], refinements[row.pk]) for row in rows
    )


def redraw_file() -> bytes:
    """This will return the program that every pack carries and that draws its sample again."""
    return (files("counterfoil.apps.engagements") / "redraw" / "redraw.py").read_bytes()


def _one(found: Iterable[str], message: str) -> str:
    for each in found:
        return each
    raise UnknownEngagement(message)


def _population(row: Engagement) -> PopulationInfo | None:
    found = Population.objects.filter(engagement=row).first()
    if found is None:
        return None
    return PopulationInfo(
        items=tuple(PopulationItem(**each) for each in json.loads(found.document)["items"]),
        document=found.document,
        sha256=found.sha256,
        total_minor=found.total_minor,
        tie=json.loads(found.tie),
        drawn_by=found.drawn_by,
        drawn_at=found.drawn_at,
    )


def _sample(row: Engagement) -> SampleInfo | None:
    found = Sample.objects.filter(engagement=row).first()
    if found is None:
        return None
    document = json.loads(found.document)
    return SampleInfo(
        plan=plan_from_json(document["plan"]),
        drawn=tuple(
            Drawn(each["id"], each["stratum"], each["is_certain"]) for each in document["drawn"]
        ),
        document=found.document,
        sha256=found.sha256,
        promise=json.loads(found.promise),
        draft_sha256=found.draft_sha256,
        drawn_by=found.drawn_by,
        drawn_at=found.drawn_at,
    )


def _papers(rows: Iterable[Paper]) -> tuple[PaperInfo, ...]:
    found = list(rows)
    answers: dict[int, list[AnswerInfo]] = defaultdict(list)
    for row in Answer.objects.filter(paper__in=found).order_by("paper_id", "seq"):
        answers[row.paper_id].append(
            AnswerInfo(
                row.seq, tuple(row.answers), row.seen, row.right_minor, row.is_deviation,
                row.answered_by, row.answered_at,
            )
        )  # fmt: skip
    names = dict(
        Engagement.objects.filter(pk__in={row.engagement_id for row in found}).values_list(
            "pk", "public_id"
        )
    )
    return tuple(
        PaperInfo(
            id=row.public_id,
            engagement_id=names[row.engagement_id],
            seq=row.seq,
            decision=row.decision,
            submission=row.submission,
            number=row.number,
            partner_id=row.partner_id,
            playbook=row.playbook,
            outcome=row.outcome,
            payable_minor=row.payable_minor,
            decided_at=row.decided_at,
            deciders=tuple(row.deciders),
            stratum=row.stratum,
            is_certain=row.is_certain,
            engine=json.loads(row.engine),
            answers=tuple(answers[row.pk]),
        )
        for row in found
    )


def _asks(engagement: Engagement) -> tuple[AskInfo, ...]:
    replies: dict[int, list[ReplyInfo]] = defaultdict(list)
    for row in Reply.objects.filter(ask__engagement=engagement).order_by("pk"):
        replies[row.ask_id].append(
            ReplyInfo(
                row.body, tuple(row.evidence), row.is_settled, row.replied_by, row.replied_at
            )
        )
    return tuple(
        AskInfo(
            row.public_id, engagement.public_id, row.seq, row.body, row.asked_of, row.due_on,
            row.asked_by, row.asked_at, tuple(replies[row.pk]),
        )
        for row in Ask.objects.filter(engagement=engagement).order_by("seq")
    )  # fmt: skip


def _findings(engagement: Engagement) -> tuple[FindingInfo, ...]:
    papers: dict[int, list[str]] = defaultdict(list)
    linked = FindingPaper.objects.filter(finding__engagement=engagement).order_by("paper__seq")
    for finding, paper in linked.values_list("finding_id", "paper__public_id"):
        papers[finding].append(paper)
    refinements: dict[int, list[RefinementInfo]] = defaultdict(list)
    wanted = Refinement.objects.filter(finding__engagement=engagement).select_related("finding")
    for row in wanted.order_by("pk"):
        refinements[row.finding_id].append(
            RefinementInfo(
                row.public_id, row.finding.public_id, engagement.public_id, row.body, row.owner,
                row.due_on, row.named_by, row.named_at, row.done_note, row.done_by, row.done_at,
            )
        )  # fmt: skip
    return tuple(
        FindingInfo(
            row.public_id, engagement.public_id, row.seq, row.kind, row.title, row.body,
            row.criterion, tuple(papers[row.pk]), row.written_by, row.written_at,
            row.withdrawn_reason, row.withdrawn_by, row.withdrawn_at, tuple(refinements[row.pk]),
        )
        for row in Finding.objects.filter(engagement=engagement).order_by("seq")
    )  # fmt: skip
