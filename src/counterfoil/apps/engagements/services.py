"""Writes of engagements. Each waits for the engagement's row, so steps come one after another.

Nothing else is written: no submission, no clock, no entry, no message, only the event.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from counterfoil.apps.access.selectors import find_person
from counterfoil.apps.audit.services import moment, record_event
from counterfoil.apps.engagements.errors import (
    EngagementClosed,
    NotComplete,
    NotInOrder,
    OwnDecision,
    UnknownEngagement,
)
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
from counterfoil.apps.engagements.types import ANSWERS, FINDING_KINDS, PaperDraft, Scope
from counterfoil.core.actors import Actor
from counterfoil.core.authority import require
from counterfoil.core.canonical import canonical_json, sha256_hex
from counterfoil.core.sampling.drawing import SEED_MAX
from counterfoil.foundation.ids import new_id, new_ids

QUESTIONS_MAX = 8
BODY_MAX = 4_000
TITLE_MAX = 120
QUESTION_MAX = 160
EVIDENCE_MAX = 20


@transaction.atomic
def open_engagement(
    *,
    title: str,
    purpose: str,
    scope: Scope,
    seed: str,
    questions: Sequence[str],
    by: Actor,
    at: datetime,
) -> str:
    """This will open an engagement and return its id; scope, seed and questions are fixed by it.

    The seed comes first and the population after it, so that nobody picks a seed by what it draws.
    Raises NotAllowed, NotComplete.
    """
    require(by, "engagements.open", program=scope.program)
    asked = [each.strip() for each in questions if each.strip()]
    if not 1 <= len(asked) <= QUESTIONS_MAX or any(len(each) > QUESTION_MAX for each in asked):
        raise NotComplete(
            f"Give 1 to {QUESTIONS_MAX} questions of up to {QUESTION_MAX} characters, one a line.",
            "questions",
        )
    if scope.last_on < scope.first_on:
        raise NotComplete("The last day comes before the first.", "last_on")
    if not seed.strip() or len(seed.strip()) > SEED_MAX or "\n" in seed.strip():
        raise NotComplete(f"Give a seed: one line of up to {SEED_MAX} characters.", "seed")
    row = Engagement.objects.create(
        public_id=new_id("eng"), title=_words(title, "title", TITLE_MAX),
        purpose=_words(purpose, "purpose"), program=scope.program, currency=scope.currency,
        playbooks=list(scope.playbooks), first_on=scope.first_on, last_on=scope.last_on,
        draft=scope.draft, seed=seed.strip(), questions=asked, opened_by=by.id, opened_at=at,
    )  # fmt: skip
    _record(row, "opened", by=by, at=at, data=engagement_said(row))
    return row.public_id


@transaction.atomic
def record_population(
    *,
    engagement_id: str,
    document: Mapping[str, Any],
    items: int,
    total_minor: int,
    tie: Mapping[str, Any],
    by: Actor,
    at: datetime,
) -> None:
    """This will freeze what an engagement is about.

    Raises NotAllowed, UnknownEngagement, EngagementClosed, NotInOrder for a second one,
    NotComplete for an empty one.
    """
    row = _open(engagement_id, by, "engagements.work")
    if Population.objects.filter(engagement=row).exists():
        raise NotInOrder("The population was drawn before; it stays as it is.")
    if not items:
        raise NotComplete("No decision lies in this scope; open an engagement over other days.")
    text, tied = canonical_json(document).decode(), canonical_json(tie).decode()
    kept = Population.objects.create(
        engagement=row, document=text, sha256=sha256_hex(text.encode()), items=items,
        total_minor=total_minor, tie=tied, tie_sha256=sha256_hex(tied.encode()), drawn_by=by.id,
        drawn_at=at,
    )  # fmt: skip
    _record(
        row, "population_drawn", by=by, at=at,
        data={
            "sha256": kept.sha256, "items": items, "total_minor": total_minor,
            "tie_sha256": kept.tie_sha256,
        },
    )  # fmt: skip


@transaction.atomic
def record_sample(
    *,
    engagement_id: str,
    document: Mapping[str, Any],
    promise: Mapping[str, Any],
    draft_sha256: str,
    papers: Sequence[PaperDraft],
    by: Actor,
    at: datetime,
) -> None:
    """This will keep the one sample of an engagement, with a work paper for each item of it.

    Raises NotAllowed, UnknownEngagement, EngagementClosed, NotInOrder.
    """
    row = _open(engagement_id, by, "engagements.work")
    population = Population.objects.filter(engagement=row).first()
    if population is None:
        raise NotInOrder("Draw the population first; a sample is drawn from it.")
    if document["population_sha256"] != population.sha256:
        raise NotInOrder("The sample was drawn from another population.")
    if Sample.objects.filter(engagement=row).exists():
        raise NotInOrder("The sample was drawn before; an engagement has one.")
    text = canonical_json(document).decode()
    sample = Sample.objects.create(
        engagement=row, document=text, sha256=sha256_hex(text.encode()),
        promise=canonical_json(promise).decode(), draft_sha256=draft_sha256, size=len(papers),
        drawn_by=by.id, drawn_at=at,
    )  # fmt: skip
    ids = new_ids("pap", len(papers))
    kept = []
    for seq, (public_id, each) in enumerate(zip(ids, papers, strict=True), start=1):
        engine = canonical_json(each.engine).decode()
        kept.append(
            Paper(
                public_id=public_id, engagement=row, seq=seq, decision=each.decision,
                submission=each.submission, number=each.number, partner_id=each.partner_id,
                playbook=each.playbook, outcome=each.outcome, payable_minor=each.payable_minor,
                decided_at=each.decided_at, deciders=list(each.deciders), stratum=each.stratum,
                is_certain=each.is_certain, engine=engine, sha256=sha256_hex(engine.encode()),
            )
        )  # fmt: skip
    Paper.objects.bulk_create(kept)
    _record(
        row, "sampled", by=by, at=at,
        data={
            "sha256": sample.sha256, "promise_sha256": sha256_hex(sample.promise.encode()),
            "draft_sha256": draft_sha256,
            "papers": {
                each.public_id: {"sha256": each.sha256, **paper_said(each)} for each in kept
            },
        },
    )  # fmt: skip


@transaction.atomic
def answer_paper(
    *,
    paper_id: str,
    answers: Sequence[str],
    seen: str,
    right_minor: int | None,
    by: Actor,
    at: datetime,
) -> None:
    """This will record what an auditor found on a paper; an earlier answer stays beside it.

    A no to any question makes the item a deviation, and so does another amount. Raises NotAllowed,
    UnknownEngagement, EngagementClosed, OwnDecision, NotComplete. The database refuses who decided
    it as well.
    """
    paper = Paper.objects.filter(public_id=paper_id).select_related("engagement").first()
    if paper is None:
        raise UnknownEngagement(f"There is no work paper {paper_id}.")
    row = _open(paper.engagement.public_id, by, "engagements.work")
    _refuse_decider(paper, by)
    if len(answers) != len(row.questions) or any(each not in ANSWERS for each in answers):
        raise NotComplete("Answer each question with yes, no or not applicable.")
    if right_minor is not None and right_minor < 0:
        raise NotComplete("An amount is not below zero.", "right")
    other = right_minor if right_minor != paper.payable_minor else None
    said = Answer.objects.create(
        public_id=new_id("ans"), paper=paper,
        seq=Answer.objects.filter(paper=paper).count() + 1, answers=list(answers),
        seen=_words(seen, "seen"), right_minor=other,
        is_deviation="no" in answers or other is not None, answered_by=by.id, answered_at=at,
    )  # fmt: skip
    _record(row, "paper_answered", by=by, at=at, data=answer_said(said))


@transaction.atomic
def ask_for(
    *,
    engagement_id: str,
    body: str,
    asked_of: str,
    due_on: date | None,
    by: Actor,
    at: datetime,
) -> str:
    """This will put a request on the list and return its id.

    Raises NotAllowed, UnknownEngagement, EngagementClosed, NotComplete.
    """
    row = _open(engagement_id, by, "engagements.work")
    if asked_of:
        _refuse_stranger(asked_of, "person")
    ask = Ask.objects.create(
        public_id=new_id("ask"), engagement=row,
        seq=Ask.objects.filter(engagement=row).count() + 1, body=_words(body, "body"),
        asked_of=asked_of, due_on=due_on, asked_by=by.id, asked_at=at,
    )  # fmt: skip
    _record(row, "asked", by=by, at=at, data=ask_said(ask))
    return ask.public_id


@transaction.atomic
def reply_to(
    *,
    ask_id: str,
    body: str,
    evidence: Sequence[str],
    is_settled: bool,
    by: Actor,
    at: datetime,
) -> None:
    """This will record a reply to a request; that it settles the request only an auditor says.

    Raises NotAllowed, UnknownEngagement, EngagementClosed, NotComplete.
    """
    ask = Ask.objects.filter(public_id=ask_id).select_related("engagement").first()
    if ask is None:
        raise UnknownEngagement(f"There is no request {ask_id}.")
    needed = "engagements.work" if is_settled else "engagements.reply"
    row = _open(ask.engagement.public_id, by, needed)
    cited = [each.strip() for each in evidence if each.strip()]
    if len(cited) > EVIDENCE_MAX or any(len(each) > QUESTION_MAX for each in cited):
        raise NotComplete(
            f"Name up to {EVIDENCE_MAX} references, one a line, each of up to {QUESTION_MAX} "
            "characters.",
            "evidence",
        )
    reply = Reply.objects.create(
        public_id=new_id("rpl"), ask=ask, body=_words(body, "body"), evidence=cited,
        is_settled=is_settled, replied_by=by.id, replied_at=at,
    )  # fmt: skip
    _record(row, "replied", by=by, at=at, data=reply_said(reply))


@transaction.atomic
def write_finding(
    *,
    engagement_id: str,
    kind: str,
    title: str,
    body: str,
    criterion: str,
    papers: Sequence[str],
    by: Actor,
    at: datetime,
) -> str:
    """This will write a finding that rests on at least one paper, and return its id.

    Raises NotAllowed, UnknownEngagement, EngagementClosed, NotComplete.
    """
    row = _open(engagement_id, by, "engagements.work")
    if kind not in FINDING_KINDS:
        raise NotComplete("Say whether it is a finding, a gap or an exception.", "kind")
    rows = list(Paper.objects.filter(engagement=row, public_id__in=list(papers)).order_by("seq"))
    if not rows or len(rows) != len(set(papers)):
        raise NotComplete("Name the submissions of the sample that show it.", "papers")
    finding = Finding.objects.create(
        public_id=new_id("fnd"), engagement=row,
        seq=Finding.objects.filter(engagement=row).count() + 1, kind=kind,
        title=_words(title, "title", 200), body=_words(body, "body"),
        criterion=criterion.strip()[:60], written_by=by.id, written_at=at,
    )  # fmt: skip
    FindingPaper.objects.bulk_create(FindingPaper(finding=finding, paper=each) for each in rows)
    _record(
        row, "finding_written", by=by, at=at,
        data=finding_said(finding, [each.public_id for each in rows]),
    )  # fmt: skip
    return finding.public_id


@transaction.atomic
def withdraw_finding(*, finding_id: str, reason: str, by: Actor, at: datetime) -> None:
    """This will take a finding back with a reason; it stays on the record.

    Raises NotAllowed, UnknownEngagement, EngagementClosed, NotInOrder, NotComplete.
    """
    finding, row = _finding(finding_id, by, "engagements.work")
    if finding.withdrawn_at is not None:
        raise NotInOrder("This finding was withdrawn before.")
    finding.withdrawn_reason = _words(reason, "reason")
    finding.withdrawn_by, finding.withdrawn_at = by.id, at
    finding.save(update_fields=["withdrawn_reason", "withdrawn_by", "withdrawn_at"])
    _record(
        row, "finding_withdrawn", by=by, at=at,
        data={"finding": finding.public_id, "reason": finding.withdrawn_reason},
    )  # fmt: skip


@transaction.atomic
def name_refinement(
    *, finding_id: str, body: str, owner: str, due_on: date, by: Actor, at: datetime
) -> str:
    """This will recommend a refinement with its owner and day, and return its id.

    Raises NotAllowed, UnknownEngagement, EngagementClosed, NotInOrder for a withdrawn finding,
    NotComplete.
    """
    finding, row = _finding(finding_id, by, "engagements.refine")
    if finding.withdrawn_at is not None:
        raise NotInOrder("This finding was withdrawn; nothing follows from it.")
    _refuse_stranger(owner, "owner")
    refinement = Refinement.objects.create(
        public_id=new_id("rfn"), finding=finding, body=_words(body, "body"), owner=owner,
        due_on=due_on, named_by=by.id, named_at=at,
    )  # fmt: skip
    _record(row, "refinement_named", by=by, at=at, data=refinement_said(refinement))
    return refinement.public_id


@transaction.atomic
def finish_refinement(*, refinement_id: str, note: str, by: Actor, at: datetime) -> None:
    """This will say that a refinement was done, and how; also after the engagement was closed.

    Raises NotAllowed, UnknownEngagement, NotInOrder, NotComplete.
    """
    refinement = (
        Refinement.objects.select_for_update(of=("self",))
        .filter(public_id=refinement_id)
        .select_related("finding__engagement")
        .first()
    )
    if refinement is None:
        raise UnknownEngagement(f"There is no refinement {refinement_id}.")
    require(by, "engagements.refine", program=refinement.finding.engagement.program)
    if refinement.done_at is not None:
        raise NotInOrder("This refinement was done before.")
    refinement.done_note = _words(note, "note")
    refinement.done_by, refinement.done_at = by.id, at
    refinement.save(update_fields=["done_note", "done_by", "done_at"])
    _record(
        refinement.finding.engagement, "refinement_done", by=by, at=at,
        data={"refinement": refinement.public_id, "note": refinement.done_note},
    )  # fmt: skip


@transaction.atomic
def record_closing(
    *,
    engagement_id: str,
    conclusion: str,
    report: Mapping[str, Any],
    by: Actor,
    at: datetime,
) -> str:
    """This will close an engagement with its report for good and return the report's hash.

    `begin_work` comes before the report is made. Raises NotAllowed, UnknownEngagement,
    EngagementClosed, NotInOrder without papers, NotComplete while one is not answered.
    """
    row = _open(engagement_id, by, "engagements.close")
    papers = Paper.objects.filter(engagement=row).count()
    answered = Answer.objects.filter(paper__engagement=row, seq=1).count()
    if not papers:
        raise NotInOrder("Draw the sample and work its papers first.")
    if answered < papers:
        raise NotComplete(f"{papers - answered} of {papers} work papers are not answered yet.")
    row.conclusion = _words(conclusion, "conclusion")
    row.report = canonical_json(report).decode()
    row.report_sha256 = sha256_hex(row.report.encode())
    row.closed_by, row.closed_at = by.id, at
    row.save(update_fields=["conclusion", "report", "report_sha256", "closed_by", "closed_at"])
    _record(
        row, "closed", by=by, at=at,
        data={"conclusion": row.conclusion, "report_sha256": row.report_sha256},
    )  # fmt: skip
    return row.report_sha256


def begin_work(*, engagement_id: str, action: str, by: Actor) -> None:
    """This will wait for whoever writes to the engagement, before anything of it is read.

    It stays locked until the transaction ends. Raises NotAllowed, UnknownEngagement,
    EngagementClosed.
    """
    _open(engagement_id, by, action)


@transaction.atomic
def record_export(*, engagement_id: str, sha256: str, by: Actor, at: datetime) -> None:
    """This will put on record that an engagement's pack was handed out.

    Raises NotAllowed, UnknownEngagement.
    """
    row = Engagement.objects.filter(public_id=engagement_id).first()
    if row is None:
        raise UnknownEngagement(f"There is no engagement {engagement_id}.")
    require(by, "engagements.export", program=row.program)
    _record(row, "exported", by=by, at=at, data={"sha256": sha256})


def _open(engagement_id: str, by: Actor, action: str) -> Engagement:
    """Return the engagement, locked, for somebody who may do this in its program."""
    row = Engagement.objects.select_for_update().filter(public_id=engagement_id).first()
    if row is None:
        raise UnknownEngagement(f"There is no engagement {engagement_id}.")
    require(by, action, program=row.program)
    if row.closed_at is not None:
        raise EngagementClosed("This engagement is closed; nothing is added to it any more.")
    return row


def _finding(finding_id: str, by: Actor, action: str) -> tuple[Finding, Engagement]:
    found = Finding.objects.filter(public_id=finding_id).select_related("engagement").first()
    if found is None:
        raise UnknownEngagement(f"There is no finding {finding_id}.")
    row = _open(found.engagement.public_id, by, action)
    return Finding.objects.get(pk=found.pk), row


def _refuse_decider(paper: Paper, by: Actor) -> None:
    if by.id in paper.deciders:
        raise OwnDecision(
            "You decided or approved this yourself; another auditor works its paper."
        )


def _refuse_stranger(person_id: str, field: str) -> None:
    person = find_person(person_id=person_id)
    if person is None or not (person.is_active and person.is_staff_member):
        raise NotComplete("Name one of the vendor's people who has access.", field)


def _words(text: str, field: str, length_max: int = BODY_MAX) -> str:
    plain = text.strip()
    if not plain:
        raise NotComplete("Write a sentence here.", field)
    if len(plain) > length_max:
        raise NotComplete(f"Write at most {length_max} characters.", field)
    return plain


def _record(
    row: Engagement, verb: str, *, by: Actor, at: datetime, data: Mapping[str, Any]
) -> None:
    record_event(
        by=by, at=at, action=f"engagement.{verb}", object_type="engagement",
        object_id=row.public_id, data=data,
    )  # fmt: skip


def engagement_said(row: Engagement) -> dict[str, Any]:
    return {
        "title": row.title, "purpose": row.purpose, "program": row.program,
        "currency": row.currency, "playbooks": row.playbooks,
        "first_on": row.first_on.isoformat(), "last_on": row.last_on.isoformat(),
        "draft": row.draft, "seed": row.seed, "questions": row.questions,
    }  # fmt: skip


def paper_said(row: Paper) -> dict[str, Any]:
    return {
        "seq": row.seq, "decision": row.decision, "submission": row.submission,
        "payable_minor": row.payable_minor, "deciders": row.deciders, "stratum": row.stratum,
        "is_certain": row.is_certain,
    }  # fmt: skip


def answer_said(row: Answer) -> dict[str, Any]:
    return {
        "answer": row.public_id, "paper": row.paper.public_id, "seq": row.seq,
        "answers": row.answers, "seen": row.seen, "right_minor": row.right_minor,
        "is_deviation": row.is_deviation, "at": moment(row.answered_at),
    }  # fmt: skip


def ask_said(row: Ask) -> dict[str, Any]:
    return {
        "ask": row.public_id, "seq": row.seq, "body": row.body, "asked_of": row.asked_of,
        "due_on": row.due_on.isoformat() if row.due_on else "",
    }  # fmt: skip


def reply_said(row: Reply) -> dict[str, Any]:
    return {
        "reply": row.public_id, "ask": row.ask.public_id, "body": row.body,
        "evidence": row.evidence, "is_settled": row.is_settled,
    }  # fmt: skip


def finding_said(row: Finding, papers: Sequence[str]) -> dict[str, Any]:
    return {
        "finding": row.public_id, "seq": row.seq, "kind": row.kind, "title": row.title,
        "body": row.body, "criterion": row.criterion, "papers": list(papers),
    }  # fmt: skip


def refinement_said(row: Refinement) -> dict[str, Any]:
    return {
        "refinement": row.public_id, "finding": row.finding.public_id, "body": row.body,
        "owner": row.owner, "due_on": row.due_on.isoformat(),
    }  # fmt: skip
