"""Both clocks of a submission explained: what ran, what paused and why, and what was recorded."""

from collections.abc import Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _later
from django.views.decorators.http import require_GET

from counterfoil.apps.service_levels.selectors import clock_stories
from counterfoil.apps.service_levels.types import ClockFact, ClockStory
from counterfoil.apps.submissions.selectors import get_submission
from counterfoil.core.clocks import ClockState, Segment, WaitReason
from counterfoil.interfaces.console.parts import Head
from counterfoil.interfaces.console.submissions.opening import opened_to
from counterfoil.interfaces.console.tables import Cell, Column, Row, Table, Words
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import (
    Crumb,
    Empty,
    Status,
    format_day,
    format_span,
    show_moment,
)
from counterfoil.interfaces.web.requests import KnownRequest

# An event that was learnt later than this after it took effect is told as late.
LATE = timedelta(minutes=5)

_SIDES = {"ours": _later("Our clock"), "partner": _later("The partner's clock")}
_STATES: Mapping[ClockState, Status] = {
    ClockState.NOT_STARTED: Status(_later("Not started"), "na", "mute"),
    ClockState.RUNNING: Status(_later("Runs"), "clock", "ours"),
    ClockState.OUT_OF_HOURS: Status(_later("Runs, outside business hours"), "clock", "mute"),
    ClockState.PAUSED: Status(_later("Paused"), "pause", "theirs"),
    ClockState.IDLE: Status(_later("Nobody asked the partner"), "na", "mute"),
    ClockState.STOPPED: Status(_later("Stopped"), "pass", "mute"),
}
_REASONS: Mapping[WaitReason, Words] = {
    WaitReason.PARTNER: _later("waits for the partner"),
    WaitReason.CUSTOMER: _later("waits for the customer's confirmation"),
    WaitReason.LEGAL_HOLD: _later("legal hold"),
    WaitReason.ACCOUNT_EXECUTIVE: _later("waits for the account executive"),
    WaitReason.SECOND_REVIEWER: _later("waits for the second reviewer"),
    WaitReason.QUEUE: _later("waits in the queue"),
}
_EVENTS: Mapping[str, Words] = {
    "started": _later("Received: the clock starts"),
    "reopened": _later("Opened again: it runs on with what it had"),
    "switched": _later("Another policy: what was used and paused is carried over"),
    "agreed": _later("A deadline was agreed: no pause moves it"),
    "allowed": _later("A supervisor allowed further pauses"),
    "wait_started": _later("Waiting begins"),
    "wait_ended": _later("Waiting ends"),
    "incomplete": _later("An incomplete reply"),
    "stopped": _later("Decided: the clock stops"),
}


@require_GET
@opened_to("submissions.view")
def clocks(request: KnownRequest, submission_id: str) -> HttpResponse:
    """This will explain both clocks of a submission, stretch by stretch."""
    view = get_submission(submission_id, by=request.me, at=request.at)
    stories = clock_stories(subject=submission_id, at=request.at)
    zone, number = request.person.zone, view.head.number or _("Draft")
    tables = [
        table for story in stories for table in (_stretches(story, zone), _events(story, zone))
    ]
    context = {
        "crumbs": [
            Crumb(_("Queue"), reverse("console:queue")),
            Crumb(number, reverse("console:submission", args=[submission_id])),
            Crumb(_("Clocks")),
        ],
        "head": Head(
            _("Clocks of %(number)s") % {"number": number},
            _(
                "Computed afresh from what was recorded. Only business hours of the calendar "
                "count; a holiday that is added later changes nothing here."
            ),
        ),
        "kpis": [figure for story in stories for figure in _figures(story, zone)],
        "tables": tables or [_none()],
    }
    return pages.page(request, "console/list.html", context)


def _figures(story: ClockStory, zone: ZoneInfo) -> list[tuple[str, str, str]]:
    reading, side = story.reading, str(_SIDES[story.side])
    used = _("%(span)s of %(target)s") % {
        "span": _span(reading.elapsed), "target": _span(reading.policy.target),
    }  # fmt: skip
    figures = [(side, str(_STATES[reading.state].word), used)]
    if reading.due_at is not None:
        figures.append((_("Due"), str(show_moment(reading.due_at, zone)), ""))
    elif reading.state is ClockState.PAUSED:
        figures.append((_("Left when it runs on"), _span(reading.remaining), ""))
    if reading.is_breached and reading.breached_at is not None:
        figures.append((_("Late since"), str(show_moment(reading.breached_at, zone)), ""))
    if reading.pauses:
        note = _("a supervisor must agree to more") if reading.needs_supervisor else ""
        figures.append(
            (
                _("Paused"),
                _span(reading.paused),
                note or _("%(count)s times") % {"count": reading.pauses},
            )
        )
    return figures


def _stretches(story: ClockStory, zone: ZoneInfo) -> Table:
    calendar = story.calendar
    note = _("%(title)s, version %(version)s, %(zone)s.") % {
        "title": calendar.title, "version": calendar.version, "zone": calendar.zone,
    }  # fmt: skip
    if story.holidays:
        note += " " + _("Closed on %(days)s.") % {
            "days": "; ".join(f"{format_day(on)} ({name})" for on, name in story.holidays)
        }
    return Table(
        f"clock-{story.side}",
        _SIDES[story.side],
        [
            Column(_("From")),
            Column(_("Until")),
            Column(_("The clock")),
            Column(_("Because")),
            Column(_("Business time"), "num"),
            Column(_("Used by then"), "num"),
        ],
        _stretch_rows(story, zone),
        Empty(_("It has not started"), _("Nothing that moves this clock has happened."), "clock"),
        note=note,
    )


def _stretch_rows(story: ClockStory, zone: ZoneInfo) -> list[Row]:
    begun = {
        fact.effective_at
        for fact in story.events
        if fact.kind in ("wait_started", "incomplete") and story.reading.policy.restarts_each_round
    }
    rows, used = [], timedelta()
    for place, segment in enumerate(story.reading.timeline):
        if segment.start in begun:
            used = timedelta()
        if segment.state is ClockState.RUNNING:
            used += segment.business
        rows.append(_stretch_row(story, segment, used, zone, place))
    return rows


def _stretch_row(
    story: ClockStory, segment: Segment, used: timedelta, zone: ZoneInfo, place: int
) -> Row:
    why = ", ".join(str(_REASONS[reason]) for reason in segment.reasons)
    if segment.reasons and segment.state is ClockState.RUNNING:
        why = _("%(why)s; the pauses allowed are used up") % {"why": why}
    return Row(
        [
            Cell(moment=show_moment(segment.start, zone)),
            Cell(moment=show_moment(segment.end, zone)),
            Cell(status=_STATES[segment.state]),
            Cell(why, css="soft"),
            Cell(_span(segment.business), css="num"),
            Cell(_span(used), css="num"),
        ],
        id=f"{story.side}-{place}",
    )


def _events(story: ClockStory, zone: ZoneInfo) -> Table:
    return Table(
        f"events-{story.side}",
        _("What was recorded: %(clock)s") % {"clock": str(_SIDES[story.side]).lower()},
        [Column(_("Took effect")), Column(_("What")), Column(_("Recorded"))],
        [_event_row(fact, zone, f"{story.side}-e{n}") for n, fact in enumerate(story.events)],
        Empty(_("Nothing yet"), "", "clock"),
    )


def _event_row(fact: ClockFact, zone: ZoneInfo, key: str) -> Row:
    words = str(_EVENTS.get(fact.kind, fact.kind))
    if fact.reason in {str(reason) for reason in WaitReason}:
        words = f"{words}: {_REASONS[WaitReason(fact.reason)]}"
    if fact.agreed is not None:
        words = f"{words} ({show_moment(fact.agreed, zone)})"
    is_late = fact.recorded_at - fact.effective_at > LATE
    return Row(
        [
            Cell(moment=show_moment(fact.effective_at, zone)),
            Cell(words),
            Cell(
                moment=show_moment(fact.recorded_at, zone),
                note=_("learnt later; it counts from when it took effect") if is_late else "",
            ),
        ],
        id=key,
    )


def _none() -> Table:
    return Table(
        "clocks",
        _("Clocks"),
        [Column(_("Clock"))],
        [],
        Empty(
            _("No clock runs yet"),
            _("Our clock starts when the submission is received complete."),
            "clock",
        ),
    )


def _span(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    return f"{'−' if seconds < 0 else ''}{format_span(seconds)}"
