"""The other cards of the review page: key figures, evidence, lines, talk, clock, history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.submissions.types import EvidenceView, LineView, SubmissionView
from counterfoil.core.clocks import ClockReading, ClockState
from counterfoil.core.criteria import Period
from counterfoil.core.money import Money
from counterfoil.core.states import State, Turn
from counterfoil.interfaces.console.submissions.files import size_of
from counterfoil.interfaces.console.submissions.opening import address
from counterfoil.interfaces.console.submissions.preview import file_url
from counterfoil.interfaces.console.submissions.queue_rows import clock_part
from counterfoil.interfaces.console.submissions.values import show_detail, show_value
from counterfoil.interfaces.console.submissions.words import (
    FLAGS,
    SOURCES,
    counted,
    history_words,
)
from counterfoil.interfaces.web.presenters import (
    TURNS,
    Act,
    ClockText,
    MomentText,
    MoneyText,
    Status,
    Tab,
    format_period,
    format_size,
    format_span,
    show_moment,
    show_money,
    status_of,
)

NONE = MoneyText("", "", is_zero=True, is_negative=False)


@dataclass(frozen=True, slots=True)
class TurnPart:
    """Whose turn it is, what is left, and by when."""

    turn: Status
    clock: ClockText | None
    due: MomentText | None


def turn_of(
    view: SubmissionView, reading: ClockReading | None, *, zone: ZoneInfo, at: datetime
) -> TurnPart:
    """This will say whose turn it is and by when."""
    due = show_moment(view.head.due_at, zone) if view.head.due_at else None
    is_over = view.turn is Turn.NOBODY
    clock = None if is_over else clock_part(reading, zone=zone, at=at)
    return TurnPart(status_of(TURNS, view.turn), clock, None if is_over else due)


def details_of(view: SubmissionView) -> list[tuple[str, str, str, str]]:
    """This will list the form: title, value, source, and the address of its proof."""
    rows = []
    for detail in view.details:
        shown = show_detail(detail)
        evidence = str(detail.quote.get("evidence", ""))
        page = int(detail.quote.get("page", 0) or 0)
        url = file_url(view.head.public_id, evidence, page) if evidence else ""
        source = str(SOURCES.get(detail.provenance, "")) if shown else ""
        rows.append((detail.title, shown or _("not given"), source, url))
    return rows


def lines_of(view: SubmissionView) -> dict[str, Any]:
    """This will make the card of invoice lines with its totals."""
    currency = view.head.currency
    nets = [value for line in view.lines if isinstance(value := line.value("net"), Money)]
    taxes = [value for line in view.lines if isinstance(value := line.value("tax"), Money)]
    invoices = {str(line.value("number") or line.line_id) for line in view.lines}
    return {
        "lines": [_line(view, line) for line in view.lines],
        "lines_words": ", ".join(
            [
                counted(len(view.lines), _("line"), _("lines")),
                counted(len(invoices), _("invoice"), _("invoices")),
                currency,
            ]
        ),
        "net_total": _total(nets, currency),
        "tax_total": _total(taxes, currency),
    }


def _total(sums: Sequence[Money], currency: str) -> MoneyText:
    # One currency per column: lines in another one are shown in their row and left out here.
    same = [each.minor for each in sums if each.currency == currency]
    return show_money(Money(sum(same), currency)) if len(same) == len(sums) else NONE


def _line(view: SubmissionView, line: LineView) -> dict[str, Any]:
    category = next((each for each in line.details if each.name.endswith(".category")), None)
    net, tax = line.value("net"), line.value("tax")
    supplied = line.value("supplied")
    words = {
        "pass": Status(_("Pass"), "pass", "ok"),
        "fail": Status(", ".join(line.codes) or _("Fail"), "fail", "bad"),
        "unknown": Status(", ".join(line.codes) or _("Needs information"), "unknown", "warn"),
    }
    evidence = next((_quoted(d.quote) for d in line.details if d.quote), "") or line.evidence_id
    page_url = address("submission", view.head.public_id)
    return {
        "url": file_url(view.head.public_id, evidence) if evidence else f"{page_url}#l-h",
        "invoice": line.value("number") or _("no number"),
        "position": line.number,
        "supplier": line.value("supplier") or "",
        "supplied": format_period(supplied.start, supplied.end)
        if isinstance(supplied, Period)
        else show_value(supplied),
        "category": show_detail(category) if category is not None else "",
        "net": show_money(net) if isinstance(net, Money) else NONE,
        "tax": show_money(tax) if isinstance(tax, Money) else NONE,
        "result": words.get(line.result, Status(_("Not judged yet"), "clock", "mute")),
        "is_bad": line.result == "fail",
    }


def _quoted(quote: Any) -> str:
    return str(quote.get("evidence", ""))


def viewer_of(view: SubmissionView, *, file: str, page: int, may_verify: bool) -> dict[str, Any]:
    """This will make the evidence viewer: tabs of files, one page, its marks and acts."""
    kept = [each for each in view.evidence if each.sha256]
    links = [each for each in view.evidence if not each.sha256]
    chosen = next((each for each in kept if each.evidence_id == file), kept[0] if kept else None)
    shown: dict[str, Any] = {
        "evidence_none": _("The partner attached no file."),
        "links": [(each.name or each.link, each.link) for each in links],
        "files": [
            {
                "url": file_url(view.head.public_id, each.evidence_id),
                "label": each.name,
                "current": chosen is not None and each.evidence_id == chosen.evidence_id,
                "verdict": Status(_("Proves nothing"), "fail", "bad")
                if each.not_qualifying
                else Status(_("Look closely"), "unknown", "warn")
                if each.flags
                else None,
            }
            for each in kept
        ],
    }
    if chosen is None:
        return shown
    page = min(max(page, 1), max(len(chosen.previews), 1))
    return {
        **shown,
        **_page(view, chosen, page),
        "file": _about(view, chosen, may_verify=may_verify),
    }


def _page(view: SubmissionView, item: EvidenceView, page: int) -> dict[str, Any]:
    width, height = size_of(item.previews[page - 1]) if item.previews else (0, 0)
    picture = reverse("console:evidence_page", args=[item.evidence_id, page])
    return {
        "page": {
            "image_url": picture if width else "",
            "width": width,
            "height": height,
            "label": _("Page %(page)s of %(name)s") % {"page": page, "name": item.name},
            "marks": [],
            "text_url": reverse("console:evidence_text", args=[item.evidence_id]),
            "download_url": reverse("console:evidence_original", args=[item.evidence_id]),
        },
        "pages": [
            Tab(str(each), file_url(view.head.public_id, item.evidence_id, each), each == page)
            for each in range(1, len(item.previews) + 1)
        ]
        if len(item.previews) > 1
        else [],
    }


def _about(view: SubmissionView, item: EvidenceView, *, may_verify: bool) -> dict[str, Any]:
    need = next((each for each in view.needs if each.kind == item.kind), None)
    kinds = dict(need.not_qualifying) if need else {}
    quotes = [
        (detail.title, str(detail.quote.get("text", "")), int(detail.quote.get("page", 0) or 0))
        for detail in (*view.details, *(d for line in view.lines for d in line.details))
        if detail.quote.get("evidence") == item.evidence_id and detail.quote.get("text")
    ]
    mark = Act(
        _("Does it prove it?"), reverse("console:evidence_mark", args=[item.evidence_id]), "read"
    )
    return {
        "kind": item.kind_title,
        "piece": item.piece_title,
        "size": format_size(item.size),
        "pages": counted(item.pages, _("page"), _("pages")) if item.pages else "",
        "flags": [str(FLAGS.get(flag, flag)) for flag in item.flags],
        "not_qualifying": kinds.get(item.not_qualifying, item.not_qualifying),
        "code": item.not_qualifying,
        "quotes": quotes,
        "act": mark if may_verify and kinds else None,
    }


def messages_of(view: SubmissionView, *, zone: ZoneInfo) -> list[dict[str, Any]]:
    """This will list what both sides wrote."""
    return [
        {
            "author": each.author_name,
            "sent_words": _message_words(view, each.kind, is_from_partner=each.is_from_partner)
            + f", {show_moment(each.sent_at, zone, weekday=False)}",
            "text": each.body,
            "is_mine": not each.is_from_partner,
        }
        for each in view.messages
    ]


def _message_words(view: SubmissionView, kind: str, *, is_from_partner: bool) -> str:
    partner = view.head.partner_name
    if kind == "return":
        return _("returned for changes to %(partner)s") % {"partner": partner}
    return partner if is_from_partner else _("to %(partner)s") % {"partner": partner}


def appeal_of(view: SubmissionView, *, zone: ZoneInfo) -> dict[str, Any] | None:
    """This will say what the partner appealed and why, with what was decided before."""
    appeal = view.appeal
    if appeal is None:
        return None
    titles = {each.id: each.title for each in view.screening.criteria} if view.screening else {}
    files = {each.evidence_id: each.name for each in view.evidence}
    first = view.decision if view.head.state is State.APPEALED else None
    facts = [
        (_("Raised by"), appeal.raised_by_name),
        (_("On"), show_moment(appeal.raised_at, zone, weekday=False).text),
        (
            _("Against"),
            ", ".join(f"{each} {titles.get(each, '')}".strip() for each in appeal.criteria)
            or _("the decision as a whole"),
        ),
    ]
    if appeal.files:
        named = [files.get(each, _("a file that was taken off")) for each in appeal.files]
        facts.append((_("Added with it"), ", ".join(named)))
    if first is not None:
        said = "; ".join(text for _name, text in first.codes) or first.reason
        facts.append((_("Decided before"), f"{first.decided_by_name}: {said}"))
        if first.reason:
            facts.append((_("Their reason"), first.reason))
    return {
        "reason": appeal.reason,
        "facts": facts,
        "letter_url": address("submission_decision", view.head.public_id) if first else "",
    }


def notes_of(view: SubmissionView, *, zone: ZoneInfo) -> list[dict[str, str]]:
    """This will list the internal notes, for colleagues only."""
    return [
        {
            "author": each.author_name,
            "when_words": show_moment(each.written_at, zone, weekday=False).text,
            "text": each.body,
        }
        for each in view.notes
    ]


def clock_events(
    view: SubmissionView, reading: ClockReading | None, *, zone: ZoneInfo
) -> list[dict[str, Any]]:
    """This will tell our clock as a line: it ran, it paused, when it is due."""
    if reading is None:
        return []
    rows = []
    for segment in reading.timeline:
        is_paused = segment.state is ClockState.PAUSED
        span = format_span(int(segment.business.total_seconds()))
        text = _("Our clock paused") if is_paused else _("Our clock ran %(span)s") % {"span": span}
        first = show_moment(segment.start, zone, weekday=False)
        rows.append(
            {
                "tone": "theirs" if is_paused else "ours",
                "icon": "pause" if is_paused else "ours",
                "text": text,
                "when_words": _("from %(first)s") % {"first": first},
                "state": "paused" if is_paused else "",
                "is_strong": False,
            }
        )
    if reading.due_at is not None and view.head.state is not State.DECIDED:
        is_late = reading.is_breached
        rows.append(
            {
                "tone": "bad" if is_late else "",
                "icon": "late" if is_late else "clock",
                "text": _("Late") if is_late else _("Our decision is due"),
                "when_words": show_moment(reading.due_at, zone).text,
                "state": "" if is_late else "next",
                "is_strong": True,
            }
        )
    return rows


def history_of(view: SubmissionView, *, zone: ZoneInfo) -> list[dict[str, str]]:
    """This will list what happened, newest first, as the audit log has it."""
    return [
        {
            "text": history_words(row.action),
            "when_words": f"{show_moment(row.at, zone, weekday=False)} · {row.actor_name}",
        }
        for row in view.history
    ]
