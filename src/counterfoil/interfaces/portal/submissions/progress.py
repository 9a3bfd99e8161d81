"""What happened to a submission, newest first, in the partner's words."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from counterfoil.apps.payouts.types import BillInfo
from counterfoil.apps.submissions.selectors.own_status import OwnStatus
from counterfoil.core.states import State
from counterfoil.interfaces.portal.words import OUR_TURN, needs_confirmation
from counterfoil.interfaces.web.presenters import OUTCOMES, format_day, show_moment, show_money


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened, for the line of time."""

    tone: str
    icon: str
    text: str
    when_words: str
    state: str = ""
    is_strong: bool = False


def progress_of(found: OwnStatus, bill: BillInfo | None, *, zone: ZoneInfo) -> list[Happened]:
    """Return the line of time, what comes next above what was."""
    dated = [*_messages(found), *_sent(found), *_decided(found)]
    lines = [
        Happened(tone, icon, text, show_moment(at, zone, weekday=False).text, state)
        for at, tone, icon, text, state in sorted(dated, key=lambda row: row[0], reverse=True)
    ]
    return [*_next(found, zone=zone), *_paid(bill), *lines]


Dated = tuple[datetime, str, str, str, str]


def _messages(found: OwnStatus) -> list[Dated]:
    rows: list[Dated] = []
    for item in found.messages:
        if item.kind == "return":
            rows.append((item.sent_at, "theirs", "undo", _("Returned for changes"), "paused"))
        elif item.kind == "answer":
            rows.append((item.sent_at, "ok", "pass", _("You answered"), ""))
    return rows


def _sent(found: OwnStatus) -> list[Dated]:
    head, rows = found.head, list[Dated]()
    if head.received_at is not None:
        rows.append((head.received_at, "ok", "pass", _("Received"), ""))
    if head.confirmed_at is not None:
        rows.append((head.confirmed_at, "ok", "pass", _("You confirmed it"), ""))
    if found.appealed_at is not None:
        rows.append((found.appealed_at, "ok", "undo", _("You appealed the decision"), ""))
    rows.append((head.created_at, "mute", "pen", _("Begun"), ""))
    return rows


def _decided(found: OwnStatus) -> list[Dated]:
    return [
        (
            item.decided_at,
            OUTCOMES[item.outcome].tone,
            OUTCOMES[item.outcome].icon,
            _("Decided: %(what)s, %(amount)s")
            % {"what": OUTCOMES[item.outcome].word, "amount": show_money(item.payable)},
            "",
        )
        for item in found.decisions
    ]


def _paid(bill: BillInfo | None) -> list[Happened]:
    if bill is None:
        return []
    if bill.state == "paid" and bill.paid_on is not None:
        text = _("Paid %s") % show_money(bill.amount)
        return [Happened("ok", "pass", text, format_day(bill.paid_on))]
    return [Happened("mute", "bank", _("Sent for payment"), _("waiting for the paid date"))]


def _next(found: OwnStatus, *, zone: ZoneInfo) -> list[Happened]:
    head = found.head
    if needs_confirmation(head):
        return [Happened("theirs", "theirs", _("Your turn: confirm it"), "", is_strong=True)]
    if head.state is State.ACTION_REQUIRED:
        due = found.asked.answer_by if found.asked else None
        when = _("until %s") % show_moment(due, zone).text if due is not None else ""
        return [Happened("theirs", "theirs", _("Your turn: answer us"), when, is_strong=True)]
    if head.state in OUR_TURN:
        when = (
            _("by %s") % show_moment(head.due_at, zone).text
            if head.due_at is not None
            else _("our clock starts when it is complete")
        )
        is_again = head.state is State.APPEALED
        text = _("Our turn: somebody else looks") if is_again else _("Our turn: we check it")
        return [Happened("ours", "ours", text, when, is_strong=True)]
    if head.state is State.DRAFT:
        return [Happened("theirs", "theirs", _("Your turn: send it"), "", is_strong=True)]
    if head.state is State.WITHDRAWN:
        return [Happened("mute", "x", _("Withdrawn"), "")]
    if head.state is State.EXPIRED:
        return [Happened("mute", "clock", _("Closed without an answer"), "")]
    return []
