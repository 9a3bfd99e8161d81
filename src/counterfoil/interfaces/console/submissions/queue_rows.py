"""Rows of the queue in their groups: late, due today, due later, waiting for the partner."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.submissions.types import QueueRow
from counterfoil.core.clocks import ClockReading, ClockState
from counterfoil.core.states import State, Turn
from counterfoil.interfaces.console.submissions.opening import address
from counterfoil.interfaces.console.submissions.words import kind_words, standing
from counterfoil.interfaces.web.presenters import (
    TURNS,
    ClockText,
    GlanceItem,
    MoneyText,
    Status,
    glance_of,
    initials,
    show_clock,
    show_moment,
    show_money,
    status_of,
)


@dataclass(frozen=True, slots=True)
class RowPart:
    """A row as the shared partial prints it."""

    id: str
    number: str
    group_key: str
    url: str
    preview_url: str
    partner: str
    kind: str
    title: str
    turn: Status
    glance: Sequence[GlanceItem]
    amount: MoneyText
    clock: ClockText | None
    owner_initials: str
    owner_words: str
    alarm: Status | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one heading."""

    key: str
    title: str
    note: str
    rows: Sequence[RowPart]


def groups_of(
    rows: Iterable[QueueRow],
    clocks: Mapping[str, ClockReading],
    *,
    at: datetime,
    zone: ZoneInfo,
    me: str,
    unanswered: Container[str] = (),
) -> list[Group]:
    """This will sort a page into groups; within each the order of the page stays.

    `unanswered` are submissions on which an account executive's answer is late.
    """
    titles = {
        "late": (_("Late"), _("promised before now")),
        "today": (_("Due today"), _("promised for today")),
        "later": (_("Due later"), _("the next business days")),
        "open": (_("Without a deadline"), ""),
        "partner": (_("Waiting for the partner"), _("our clock is paused")),
        "over": (_("Closed"), _("newest first")),
    }
    sorted_rows: dict[str, list[RowPart]] = {key: [] for key in titles}
    for row in rows:
        key = _group_of(row, at=at, zone=zone)
        sorted_rows[key].append(
            replace(
                _part(row, clocks.get(row.head.public_id), key, zone=zone, me=me, at=at),
                alarm=Status(_("Account executive has not answered"), "late", "bad")
                if row.head.public_id in unanswered
                else None,
            )
        )
    return [
        Group(key, title, note, sorted_rows[key])
        for key, (title, note) in titles.items()
        if sorted_rows[key]
    ]


def clock_part(reading: ClockReading | None, *, zone: ZoneInfo, at: datetime) -> ClockText | None:
    """This will show a clock: what is left, paused or done."""
    if reading is None:
        return None
    return show_clock(
        elapsed=reading.elapsed,
        limit=reading.policy.target,
        is_paused=reading.state is ClockState.PAUSED,
        is_stopped=reading.state is ClockState.STOPPED,
        due=show_moment(reading.due_at, zone) if reading.due_at else None,
        past_due=at - reading.due_at if reading.due_at else None,
    )


def _group_of(row: QueueRow, *, at: datetime, zone: ZoneInfo) -> str:
    if row.turn is Turn.PARTNER:
        return "partner"
    if row.turn is Turn.NOBODY:
        return "over"
    due = row.head.due_at
    if due is None:
        return "open"
    if due < at:
        return "late"
    return "today" if due.astimezone(zone).date() == at.astimezone(zone).date() else "later"


def _part(
    row: QueueRow,
    reading: ClockReading | None,
    key: str,
    *,
    zone: ZoneInfo,
    me: str,
    at: datetime,
) -> RowPart:
    head = row.head
    name = _("%(name)s (you)") % {"name": row.owner_name} if row.owner_id == me else row.owner_name
    is_over = head.state in (State.DECIDED, State.WITHDRAWN, State.EXPIRED)
    return RowPart(
        id=head.public_id,
        number=head.number,
        group_key=key,
        url=address("submission", head.public_id),
        preview_url=reverse("console:submission_preview", args=[head.public_id]),
        partner=head.partner_name,
        kind=kind_words(head.kind),
        title=head.title,
        turn=standing(head.state, head.outcome)
        if is_over or head.state is State.APPEALED
        else status_of(TURNS, row.turn),
        glance=glance_of(row.counts),
        amount=show_money(row.payable if row.payable is not None else head.requested),
        clock=None if is_over else clock_part(reading, zone=zone, at=at),
        owner_initials=initials(row.owner_name),
        owner_words=name,
    )
