"""A dry-run audit as it leaves: its workbook, and a pack that can be drawn again without us."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from django.db import transaction

from counterfoil.apps.audit.ports import SigningKey
from counterfoil.apps.earnings.ports import DocumentMaker
from counterfoil.apps.engagements.errors import NotInOrder
from counterfoil.apps.engagements.selectors import get_engagement, redraw_file
from counterfoil.apps.engagements.services import record_export
from counterfoil.apps.engagements.types import EngagementInfo
from counterfoil.apps.submissions.selectors.decisions import get_decision_record
from counterfoil.core.actors import Actor
from counterfoil.core.auditpack import PackDecision, keys_file, signed_manifest
from counterfoil.core.authority import require
from counterfoil.core.canonical import canonical_json, sha256_hex
from counterfoil.core.engagement_words import CAUSES, report_document
from counterfoil.core.money import Money
from counterfoil.flows.engage import report_of
from counterfoil.flows.export_pack import cited_playbooks, zipped
from counterfoil.foundation.tabular import Column, ColumnKind, Sheet, write_workbook

LABEL = "engagement-pack"


@dataclass(frozen=True, slots=True)
class ExportedEngagement:
    """A finished pack: its file name, its bytes and their hash."""

    name: str
    data: bytes
    sha256: str


@transaction.atomic
def export_engagement(
    *, engagement_id: str, pdf: DocumentMaker, key: SigningKey, by: Actor, at: datetime
) -> ExportedEngagement:
    """This will return an engagement with all that it rests on as one zip file.

    Each file stands with its hash in a signed manifest. The export is itself an event. Raises
    NotAllowed, UnknownEngagement, NotInOrder before a sample was drawn, SigningKeyMissing.
    """
    require(by, "engagements.export")
    found = get_engagement(engagement_id)
    if found.population is None or found.sample is None:
        raise NotInOrder("Draw population and sample first; a pack holds both.")
    report = report_of(found)
    decisions = tuple(_decisions(found))
    files = {
        "population.json": found.population.document.encode(),
        "tie.json": canonical_json(dict(found.population.tie)),
        "sample.json": found.sample.document.encode(),
        "papers.json": canonical_json({"papers": [_paper(each) for each in found.papers]}),
        "report.json": canonical_json(dict(report)),
        "report.pdf": pdf.render("audit_report", report_document(report)),
        "audit.xlsx": workbook_of(found),
        "redraw.py": redraw_file(),
        "keys.json": keys_file(key.known_keys),
        **{
            f"decisions/{each.decision_id}.json": canonical_json(dict(each.record))
            for each in decisions
        },
        **cited_playbooks(decisions),
    }
    data = zipped(
        files
        | signed_manifest(
            files, origin=key.key.name, title=found.title, at=at, label=LABEL,
            scope="closed" if found.is_closed else "open", signer=key.key, sign=key.sign,
        )
    )  # fmt: skip
    made = ExportedEngagement(f"engagement-pack-{found.id}.zip", data, sha256_hex(data))
    record_export(engagement_id=engagement_id, sha256=made.sha256, by=by, at=at)
    return made


def _decisions(found: EngagementInfo) -> Iterator[PackDecision]:
    for paper in found.papers:
        stored = get_decision_record(paper.decision)
        if stored is not None:
            yield PackDecision(paper.decision, json.loads(stored.record), None)


def _paper(paper: Any) -> dict[str, Any]:
    return {
        "paper": paper.id, "seq": paper.seq, "decision": paper.decision,
        "submission": paper.submission, "number": paper.number, "engine": dict(paper.engine),
        "answers": [
            {
                "number": each.seq, "answers": list(each.answers), "seen": each.seen,
                "right_minor": each.right_minor, "is_deviation": each.is_deviation,
                "by": each.answered_by, "at": each.answered_at.isoformat(),
            }
            for each in paper.answers
        ],
    }  # fmt: skip


def workbook_of(found: EngagementInfo) -> bytes:
    """This will return population, tie, sample, work papers and findings as a workbook."""
    report = report_of(found)
    out = BytesIO()
    write_workbook(
        out,
        [
            _population_sheet(found),
            _tie_sheet(found),
            _sample_sheet(found),
            _papers_sheet(report),
            _findings_sheet(report),
        ],
    )
    return out.getvalue()


def _sheet(name: str, texts: Sequence[str], numbers: Sequence[str], rows: Any) -> Sheet:
    columns = [Column(each) for each in texts]
    columns += [Column(each, ColumnKind.NUMBER) for each in numbers]
    return Sheet(name, columns, rows)


def _figure(minor: int | None, currency: str) -> str:
    return "" if minor is None else Money(minor, currency).format_number()


def _population_sheet(found: EngagementInfo) -> Sheet:
    items = found.population.items if found.population is not None else ()
    currency = found.scope.currency
    return _sheet(
        "Population",
        ("number", "partner", "type", "outcome", "decided_at", "decision", "currency"),
        ("requested", "approved"),
        [
            (
                each.number, each.partner, each.playbook, each.outcome, each.decided_at,
                each.decision, currency, _figure(each.requested_minor, currency),
                _figure(each.minor, currency),
            )
            for each in items
        ],
    )  # fmt: skip


def _tie_sheet(found: EngagementInfo) -> Sheet:
    lines = found.population.tie["lines"] if found.population is not None else []
    currency = found.scope.currency
    return _sheet(
        "Ledger",
        ("submission", "why", "entries", "currency"),
        ("decided", "posted", "difference"),
        [
            (
                each["number"] or each["submission"], CAUSES[each["cause"]],
                ", ".join(each["entries"]), currency, _figure(each["decided"], currency),
                _figure(each["posted"], currency), _figure(each["difference"], currency),
            )
            for each in lines
        ],
    )  # fmt: skip


def _sample_sheet(found: EngagementInfo) -> Sheet:
    return _sheet(
        "Sample",
        ("decision", "submission", "stratum", "certain"),
        ("place",),
        [
            (
                each.decision, each.number, each.stratum, "yes" if each.is_certain else "no",
                each.seq,
            )
            for each in found.papers
        ],
    )  # fmt: skip


def _papers_sheet(report: Mapping[str, Any]) -> Sheet:
    currency = report["scope"]["currency"]
    questions = report["questions"]
    rows = []
    for each in report["papers"]:
        said = each["answer"] or {
            "answers": [""] * len(questions), "seen": "", "right_minor": None,
            "is_deviation": None, "name": "", "at": "",
        }  # fmt: skip
        rows.append(
            (
                each["number"], each["partner"], each["outcome"],
                "the same" if each["is_same"] else "differs", each["change"], *said["answers"],
                {True: "yes", False: "no", None: ""}[said["is_deviation"]], said["seen"],
                said["name"], said["at"], currency, _figure(each["payable_minor"], currency),
                _figure(said["right_minor"], currency),
            )
        )  # fmt: skip
    return _sheet(
        "Work papers",
        (
            "submission", "partner", "outcome", "computed_again", "under_the_draft", *questions,
            "deviation", "seen", "answered_by", "answered_at", "currency",
        ),
        ("approved", "right"),
        rows,
    )  # fmt: skip


def _findings_sheet(report: Mapping[str, Any]) -> Sheet:
    rows = [
        (
            finding["kind"], finding["title"], finding["body"], finding["criterion"],
            ", ".join(each["number"] for each in finding["submissions"]), finding["name"],
            refinement["body"], refinement["owner"], refinement["due_on"],
            refinement["done_note"], finding["seq"],
        )
        for finding in report["findings"]
        for refinement in (
            finding["refinements"]
            or [{"body": "", "owner": "", "due_on": "", "done_note": ""}]
        )
    ]  # fmt: skip
    return _sheet(
        "Findings",
        (
            "kind", "title", "what", "criterion", "submissions", "by", "refinement", "owner",
            "until", "done",
        ),
        ("number",),
        rows,
    )  # fmt: skip
