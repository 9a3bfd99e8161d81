"""A dry-run audit from its scope to its report: what is read is judged again, nothing is decided.

The population is frozen with its tie to the ledger, the sample is drawn from the frozen text, each
drawn decision is computed again from its own record and, where a draft is tried, judged under it.
Only the engagement is written.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.db import transaction

from counterfoil.apps.access.selectors import names_of
from counterfoil.apps.audit.services import moment
from counterfoil.apps.engagements import services
from counterfoil.apps.engagements.errors import NotComplete, NotInOrder
from counterfoil.apps.engagements.selectors import get_engagement
from counterfoil.apps.engagements.types import (
    AskInfo,
    EngagementInfo,
    FindingInfo,
    PaperDraft,
    PaperInfo,
    PopulationItem,
    Scope,
)
from counterfoil.apps.ledger.selectors import posted_approvals
from counterfoil.apps.partners.selectors import partner_rows
from counterfoil.apps.partners.types import PartnerRow
from counterfoil.apps.playbooks.errors import UnknownPlaybook
from counterfoil.apps.playbooks.selectors import get_text, version_by_sha256
from counterfoil.apps.programs.selectors import get_program, list_funds
from counterfoil.apps.submissions.selectors.decisions import (
    decisions_between,
    get_decision_record,
    submissions_named,
)
from counterfoil.apps.submissions.selectors.words import labels_of
from counterfoil.apps.submissions.types import DecidedItem, StoredDecision
from counterfoil.core.actors import Actor
from counterfoil.core.canonical import sha256_hex
from counterfoil.core.decisions import playbook_sha256_of
from counterfoil.core.explain import trace_words
from counterfoil.core.playbooks import Playbook
from counterfoil.core.sampling import Plan, Result, evaluate, promise, select
from counterfoil.core.tying import Decided, Posting, tie
from counterfoil.flows.replay import differences_of
from counterfoil.flows.try_draft import effect_on

POPULATION_FORMAT = 1
REPORT_FORMAT = 1
POPULATION_MAX = 20_000
"""Decisions that one engagement is over; a longer time is audited by several."""
SAMPLE_MAX = 500
"""Work papers that one engagement has."""


def open_engagement(
    *,
    title: str,
    purpose: str,
    program: str,
    first_on: date,
    last_on: date,
    playbooks: Sequence[str],
    draft: str,
    seed: str,
    questions: Sequence[str],
    by: Actor,
    at: datetime,
) -> str:
    """This will open an engagement over a program's decisions and return its id.

    A draft is tried on the decisions of its own playbook. Raises NotAllowed, NotComplete,
    UnknownProgram, UnknownPlaybook.
    """
    found = get_program(code=program)
    codes = list(playbooks)
    if draft:
        row = get_text(draft).row
        if row.state != "draft":
            raise NotComplete("Name a version that is still a draft.", "draft")
        codes = [row.code]
    return services.open_engagement(
        title=title, purpose=purpose, seed=seed, questions=questions, by=by, at=at,
        scope=Scope(found.code, found.currency, first_on, last_on, tuple(sorted(codes)), draft),
    )  # fmt: skip


@transaction.atomic
def draw_population(*, engagement_id: str, by: Actor, at: datetime) -> None:
    """This will freeze the decisions of an engagement's scope and tie their sum to the ledger.

    Raises NotAllowed, UnknownEngagement, EngagementClosed, NotInOrder, NotComplete for none or for
    more than POPULATION_MAX.
    """
    services.begin_work(engagement_id=engagement_id, action="engagements.work", by=by)
    scope = get_engagement(engagement_id).scope
    rows = decisions_in(scope)
    if len(rows) > POPULATION_MAX:
        raise NotComplete(
            f"The scope holds {len(rows)} decisions; an engagement takes {POPULATION_MAX}. Open "
            "one over fewer days or types."
        )
    here = [row for row in rows if row.currency == scope.currency]
    items = [
        PopulationItem(
            decision=row.decision_id, submission=row.submission_id, number=row.number,
            partner=row.partner, playbook=row.playbook, outcome=row.outcome,
            requested_minor=row.requested_minor, minor=row.payable_minor,
            decided_at=row.decided_at.isoformat(), decided_by=row.decided_by,
        )
        for row in here
    ]  # fmt: skip
    document = {
        "format": POPULATION_FORMAT,
        "engagement": engagement_id,
        "currency": scope.currency,
        "other_currencies": len(rows) - len(here),
        "items": [asdict(each) for each in items],
    }
    services.record_population(
        engagement_id=engagement_id, document=document, items=len(items),
        total_minor=sum(each.minor for each in items), tie=_tie(scope, items), by=by, at=at,
    )  # fmt: skip


def decisions_in(scope: Scope) -> tuple[DecidedItem, ...]:
    """This will list the decisions of a scope, in the days of its program's zone."""
    return decisions_between(
        program=scope.program, playbooks=scope.playbooks, first=scope.first_on,
        last=scope.last_on, zone=get_program(code=scope.program).zone,
    )  # fmt: skip


def _tie(scope: Scope, items: Sequence[PopulationItem]) -> dict[str, Any]:
    posted = posted_approvals(
        funds=[fund.public_id for fund in list_funds(program=scope.program)],
        currency=scope.currency, first=scope.first_on, last=scope.last_on,
    )  # fmt: skip
    named = submissions_named(submission_ids=[each.source_ref for each in posted])
    postings = []
    for each in posted:
        number, playbook = named.get(each.source_ref, ("", ""))
        postings.append(
            Posting(
                each.source_ref, number, each.amount.minor, each.entries, playbook,
                each.is_reversed, is_in_scope=not scope.playbooks or playbook in scope.playbooks,
            )
        )  # fmt: skip
    decided = {each.submission: Decided(each.number, each.playbook, each.minor) for each in items}
    return tie(decided, postings)


@transaction.atomic
def draw_sample(*, engagement_id: str, plan: Plan, by: Actor, at: datetime) -> None:
    """This will draw the sample of an engagement and judge each drawn decision again.

    The plan has the engagement's seed. Raises NotAllowed, UnknownEngagement, EngagementClosed,
    NotInOrder, BadPlan, and NotComplete for a draft that can't be read or for more papers than
    SAMPLE_MAX.
    """
    services.begin_work(engagement_id=engagement_id, action="engagements.work", by=by)
    found = get_engagement(engagement_id)
    if found.sample is not None:
        raise NotInOrder("The sample was drawn before; an engagement has one.")
    if found.population is None:
        raise NotInOrder("Draw the population first; a sample is drawn from it.")
    if plan.seed != found.seed:
        raise NotInOrder("An engagement is drawn with the seed that it was opened with.")
    items = [each.item for each in found.population.items]
    drawn = select(items, plan)
    if len(drawn) > SAMPLE_MAX:
        raise NotComplete(
            f"This plan draws {len(drawn)} items; an engagement works {SAMPLE_MAX}. Tolerate a "
            "little more, or lower the confidence."
        )
    draft = _draft(found.scope.draft) if found.scope.draft else None
    by_decision = {each.decision: each for each in found.population.items}
    document = {
        "population_sha256": found.population.sha256,
        "plan": plan.to_json(),
        "drawn": [
            {"id": each.id, "stratum": each.stratum, "is_certain": each.is_certain}
            for each in drawn
        ],
    }
    services.record_sample(
        engagement_id=engagement_id,
        document=document,
        promise=promise(items, plan, drawn).to_json(),
        draft_sha256=draft.sha256 if draft is not None else "",
        papers=[
            _paper(by_decision[each.id], each.stratum, draft, is_certain=each.is_certain)
            for each in drawn
        ],
        by=by,
        at=at,
    )


def _draft(version_id: str) -> Playbook:
    text = get_text(version_id)
    if text.playbook is None:
        raise NotComplete("The draft can't be read any more; its author mends it first.")
    return text.playbook


def _paper(
    item: PopulationItem, stratum: str, draft: Playbook | None, *, is_certain: bool
) -> PaperDraft:
    stored = get_decision_record(item.decision)
    if stored is None:
        raise NotInOrder(f"Decision {item.decision} is gone since the population was drawn.")
    return PaperDraft(
        decision=item.decision,
        submission=item.submission,
        number=item.number,
        partner_id=stored.partner_id,
        playbook=item.playbook,
        outcome=item.outcome,
        payable_minor=item.minor,
        decided_at=datetime.fromisoformat(item.decided_at),
        deciders=_deciders(item, stored),
        stratum=stratum,
        is_certain=is_certain,
        engine=_engine(item, stored, draft),
    )


def _deciders(item: PopulationItem, stored: StoredDecision) -> tuple[str, ...]:
    """Return who decided or approved, as row and record say."""
    names = [item.decided_by]
    try:
        about = json.loads(stored.record)["about"]
        names += [about["decided_by"]["id"], *(each["by"] for each in about["approvals"])]
    except (ValueError, KeyError, TypeError):
        # A record that can't be read is what the engine's part of the paper says.
        pass
    return tuple(sorted(set(names)))


def _engine(
    item: PopulationItem, stored: StoredDecision, draft: Playbook | None
) -> dict[str, Any]:
    """Return what the engine says of a decision: computed again, and under the draft."""
    differences = list(differences_of(stored))
    if (stored.outcome, stored.payable_minor) != (item.outcome, item.minor):
        differences.append("row: outcome or amount changed since the population was drawn")
    said: dict[str, Any] = {
        "is_same": not differences,
        "differences": differences,
        "record_sha256": sha256_hex(stored.record.encode()),
        "results": _results(stored),
        "effect": None,
    }
    if draft is not None:
        effect = effect_on(stored, draft)
        labels = labels_of(draft, "en")
        said["effect"] = effect.to_json()
        for kept, flip in zip(said["effect"]["flips"], effect.flips, strict=True):
            kept["then_words"] = list(trace_words(flip.then_trace, labels=labels))
            kept["now_words"] = list(trace_words(flip.now_trace, labels=labels))
    return said


def _results(stored: StoredDecision) -> list[dict[str, str]]:
    """Return what each criterion said, with its title in the rules that the record cites."""
    try:
        results = json.loads(stored.record)["judged"]["adjudication"]["results"]
        cited = version_by_sha256(playbook_sha256_of(stored.record)).playbook
        titles = {each.id: each.title.say("en") for each in cited.criteria}
        return [
            {
                "criterion": str(each["id"]),
                "title": titles.get(str(each["id"]), ""),
                "line": str(each.get("line") or ""),
                "result": str(each["result"]),
            }
            for each in results
        ]
    except (ValueError, KeyError, TypeError, UnknownPlaybook):
        # What is wrong with the record stands among the differences.
        return []


def evaluation_of(found: EngagementInfo) -> Mapping[str, Any] | None:
    """This will say what the sample proves; None until each paper is answered."""
    if found.population is None or found.sample is None or found.answered < len(found.papers):
        return None
    results = {
        each.decision: Result(
            is_deviation=each.answer is not None and each.answer.is_deviation,
            misstated_minor=each.misstated_minor,
        )
        for each in found.papers
    }
    items = [each.item for each in found.population.items]
    return evaluate(items, found.sample.plan, found.sample.drawn, results).to_json()


@transaction.atomic
def close_engagement(*, engagement_id: str, conclusion: str, by: Actor, at: datetime) -> str:
    """This will close an engagement with its report and return the report's hash.

    Raises NotAllowed, UnknownEngagement, EngagementClosed, NotInOrder, NotComplete.
    """
    services.begin_work(engagement_id=engagement_id, action="engagements.close", by=by)
    return services.record_closing(
        engagement_id=engagement_id,
        conclusion=conclusion,
        report=report_of(
            get_engagement(engagement_id), conclusion=conclusion.strip(), closed_by=by, at=at
        ),
        by=by,
        at=at,
    )


def report_of(
    found: EngagementInfo,
    *,
    conclusion: str = "",
    closed_by: Actor | None = None,
    at: datetime | None = None,
) -> Mapping[str, Any]:
    """This will return the report as it stands: what was kept at closing, or a draft of it."""
    if found.report is not None:
        return found.report
    names = _names(found, closed_by)
    partners = partner_rows(partner_pks=[each.partner_id for each in found.papers])
    return {
        "format": REPORT_FORMAT,
        "engagement": found.id,
        "title": found.title,
        "purpose": found.purpose,
        "scope": {
            "program": found.scope.program, "currency": found.scope.currency,
            "first_on": found.scope.first_on.isoformat(),
            "last_on": found.scope.last_on.isoformat(),
            "playbooks": list(found.scope.playbooks), "draft": _draft_said(found),
        },
        "seed": found.seed,
        "questions": list(found.questions),
        "opened": _who(names, found.opened_by, found.opened_at),
        "population": _population_said(found, names),
        "sample": _sample_said(found, names),
        "evaluation": evaluation_of(found),
        "papers": [_paper_said(each, names, partners) for each in found.papers],
        "asks": [_ask_said(each, names) for each in found.asks],
        "findings": [
            _finding_said(each, names, found.papers)
            for each in found.findings
            if not each.is_withdrawn
        ],
        "withdrawn": [
            {
                "seq": each.seq, "title": each.title, "reason": each.withdrawn_reason,
                **_who(names, each.withdrawn_by, each.withdrawn_at),
            }
            for each in found.findings
            if each.is_withdrawn
        ],
        "conclusion": conclusion,
        "closed": _who(names, closed_by.id, at) if closed_by is not None else None,
    }  # fmt: skip


def _names(found: EngagementInfo, closed_by: Actor | None) -> Mapping[str, str]:
    ids = {found.opened_by}
    if found.population is not None:
        ids.add(found.population.drawn_by)
    if found.sample is not None:
        ids.add(found.sample.drawn_by)
    ids |= {answer.answered_by for paper in found.papers for answer in paper.answers}
    ids |= {reply.replied_by for ask in found.asks for reply in ask.replies}
    ids |= {each for ask in found.asks for each in (ask.asked_by, ask.asked_of)}
    ids |= {each for row in found.findings for each in (row.written_by, row.withdrawn_by)}
    ids |= {
        each
        for row in found.findings
        for refinement in row.refinements
        for each in (refinement.owner, refinement.named_by, refinement.done_by)
    }
    names = names_of(person_ids=[each for each in ids if each])
    return names | ({closed_by.id: closed_by.name} if closed_by is not None else {})


def _who(names: Mapping[str, str], person: str, at: datetime | None) -> dict[str, str]:
    return {
        "by": person,
        "name": names.get(person, person),
        "at": moment(at) if at is not None else "",
    }


def _draft_said(found: EngagementInfo) -> dict[str, str] | None:
    if not found.scope.draft:
        return None
    row = get_text(found.scope.draft).row
    return {
        "version": found.scope.draft,
        "label": row.label,
        "sha256": found.sample.draft_sha256 if found.sample is not None else "",
    }


def _population_said(found: EngagementInfo, names: Mapping[str, str]) -> dict[str, Any] | None:
    population = found.population
    if population is None:
        return None
    return {
        "items": len(population.items), "total_minor": population.total_minor,
        "sha256": population.sha256, "tie": dict(population.tie),
        "other_currencies": json.loads(population.document)["other_currencies"],
        **_who(names, population.drawn_by, population.drawn_at),
    }  # fmt: skip


def _sample_said(found: EngagementInfo, names: Mapping[str, str]) -> dict[str, Any] | None:
    sample = found.sample
    if sample is None:
        return None
    return {
        "plan": sample.plan.to_json(), "interval": sample.plan.interval,
        "size": len(sample.drawn), "sha256": sample.sha256, "promise": dict(sample.promise),
        **_who(names, sample.drawn_by, sample.drawn_at),
    }  # fmt: skip


def _paper_said(
    paper: PaperInfo, names: Mapping[str, str], partners: Mapping[int, PartnerRow]
) -> dict[str, Any]:
    stands = paper.answer
    effect = paper.engine["effect"]
    return {
        "seq": paper.seq, "paper": paper.id, "number": paper.number,
        "submission": paper.submission, "decision": paper.decision,
        "partner": partners[paper.partner_id].name if paper.partner_id in partners else "",
        "playbook": paper.playbook, "outcome": paper.outcome,
        "payable_minor": paper.payable_minor, "stratum": paper.stratum,
        "is_certain": paper.is_certain, "is_same": paper.engine["is_same"],
        "change": effect["change"] if effect else "",
        "would_be": effect["would_be"] if effect else None,
        "flips": sorted({each["criterion"] for each in effect["flips"]}) if effect else [],
        "answer": None if stands is None else {
            "answers": list(stands.answers), "seen": stands.seen,
            "right_minor": stands.right_minor, "is_deviation": stands.is_deviation,
            "number": stands.seq, **_who(names, stands.answered_by, stands.answered_at),
        },
    }  # fmt: skip


def _ask_said(ask: AskInfo, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "seq": ask.seq, "body": ask.body, "of": names.get(ask.asked_of, ""),
        "due_on": ask.due_on.isoformat() if ask.due_on else "", "is_settled": ask.is_settled,
        **_who(names, ask.asked_by, ask.asked_at),
        "replies": [
            {
                "body": each.body, "evidence": list(each.evidence),
                "is_settled": each.is_settled,
                **_who(names, each.replied_by, each.replied_at),
            }
            for each in ask.replies
        ],
    }  # fmt: skip


def _finding_said(
    finding: FindingInfo, names: Mapping[str, str], papers: Sequence[PaperInfo]
) -> dict[str, Any]:
    return {
        "seq": finding.seq, "kind": finding.kind, "title": finding.title, "body": finding.body,
        "criterion": finding.criterion,
        "submissions": [
            {"number": each.number, "submission": each.submission, "paper": each.id}
            for each in papers
            if each.id in finding.papers
        ],
        **_who(names, finding.written_by, finding.written_at),
        "refinements": [
            {
                "body": each.body, "owner": names.get(each.owner, each.owner),
                "due_on": each.due_on.isoformat(), "done_note": each.done_note,
            }
            for each in finding.refinements
        ],
    }  # fmt: skip
