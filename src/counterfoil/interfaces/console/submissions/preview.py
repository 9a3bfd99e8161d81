"""The panel beside the queue: enough to decide whether to open, return or approve."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from counterfoil.apps.submissions.types import CriterionView, SubmissionView
from counterfoil.core.actors import Actor
from counterfoil.core.clocks import ClockReading
from counterfoil.interfaces.console.submissions.money_steps import steps_of
from counterfoil.interfaces.console.submissions.opening import address
from counterfoil.interfaces.console.submissions.queue_rows import clock_part
from counterfoil.interfaces.console.submissions.standing import acts_of
from counterfoil.interfaces.console.submissions.words import (
    counted,
    finding_words,
    history_words,
    kind_words,
)
from counterfoil.interfaces.web.presenters import (
    TURNS,
    VERDICTS,
    Act,
    AmountStep,
    MoneyText,
    Status,
    show_moment,
    show_money,
    status_of,
)


@dataclass(frozen=True, slots=True)
class Note:
    """A finding in the panel."""

    tone: str
    icon: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Preview:
    """The panel as the shared partial prints it."""

    number: str
    url: str
    kind: str
    title: str
    partner_words: str
    turn: Status
    promised: str
    left_words: str
    amount: MoneyText
    owner_words: str
    findings: Sequence[Note]
    passed_words: str
    not_applicable_words: str
    steps: Sequence[AmountStep]
    evidence: Sequence[tuple[str, str, str]]
    last_words: str
    acts: Sequence[Act]


def preview_of(
    view: SubmissionView,
    reading: ClockReading | None,
    *,
    by: Actor,
    zone: ZoneInfo,
    at: datetime,
) -> Preview:
    """This will make the panel of one submission."""
    head, screening = view.head, view.screening
    clock = clock_part(reading, zone=zone, at=at)
    passed = screening.counts.get("pass", 0) if screening else 0
    beside = screening.counts.get("not_applicable", 0) if screening else 0
    payable = screening.amount.payable if screening and screening.amount else head.requested
    return Preview(
        number=head.number,
        url=address("submission", head.public_id),
        kind=kind_words(head.kind),
        title=head.title or head.number,
        partner_words=", ".join(part for part in (head.partner_name, head.partner_region) if part),
        turn=status_of(TURNS, view.turn),
        promised=show_moment(head.due_at, zone).text if head.due_at else _("no deadline"),
        left_words=str(clock.word) if clock else "",
        amount=show_money(payable),
        owner_words=view.assigned_to or _("Nobody yet"),
        findings=findings_of(view),
        passed_words=counted(passed, _("criterion passes"), _("criteria pass")) if passed else "",
        not_applicable_words=_("%(count)s not applicable") % {"count": beside} if beside else "",
        steps=steps_of(screening.amount, kind=head.kind) if screening and screening.amount else [],
        evidence=[
            (item.name or item.link, file_url(head.public_id, item.evidence_id), item.kind_title)
            for item in view.evidence
        ],
        last_words=_last(view, zone),
        acts=acts_of(view, by=by),
    )


def file_url(submission_id: str, evidence_id: str, page: int = 0) -> str:
    """This will return where the review page shows a file, at a page of it."""
    shown = address("submission", submission_id, file=evidence_id, page=str(page) if page else "")
    return f"{shown}#doc"


def findings_of(view: SubmissionView) -> list[Note]:
    """This will list what fails or is open, once each, then what the checks found beside it."""
    if view.screening is None:
        return [Note("ours", "clock", _("It is being screened; the result follows."), "")]
    found: dict[str, list[CriterionView]] = {}
    for result in ("fail", "unknown"):
        for item in view.screening.criteria:
            if item.result == result:
                found.setdefault(item.id, []).append(item)
    notes = [_note(items, len(view.lines)) for items in found.values()]
    for finding in view.screening.findings[:5]:
        notes.append(Note("warn", "info", finding_words(finding), ""))
    return notes


def _note(items: list[CriterionView], lines: int) -> Note:
    first = items[0]
    verdict = status_of(VERDICTS, first.result)
    text = first.would_pass
    if first.line_id:
        text = _("%(bad)s of %(all)s lines. ") % {"bad": len(items), "all": lines} + text
    return Note(verdict.tone, verdict.icon, f"{first.id} {first.title}", text)


def _last(view: SubmissionView, zone: ZoneInfo) -> str:
    if not view.history:
        return ""
    row = view.history[0]
    moment = show_moment(row.at, zone)
    return f"{moment}: {history_words(row.action)}, {row.actor_name}"
