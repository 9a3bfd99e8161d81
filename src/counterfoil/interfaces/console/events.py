"""Events of the audit log as a table: when, who, what, of which thing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.audit.types import EventRecord
from counterfoil.apps.submissions.selectors.decisions import newest_decisions
from counterfoil.core.actors import Actor
from counterfoil.core.money import Money
from counterfoil.interfaces.console.guard import may_somewhere
from counterfoil.interfaces.console.tables import Cell, Column, Row, Table
from counterfoil.interfaces.console.words import event_words, moment_of, submission_url
from counterfoil.interfaces.web.navigation import ROLE_WORDS
from counterfoil.interfaces.web.presenters import Act, Empty, Pager, short_hash, show_money
from counterfoil.interfaces.web.requests import KnownRequest

WORDS_MAX = 160
# What an event is about: its page, who may open it, and how ids of such things begin.
PAGES = {
    "partner": ("console:partner", "partners.view", "par_"),
    "fund": ("console:fund", "funds.view", "fund_"),
    "payee": ("console:payee", "payees.view", "pye_"),
    "bill_batch": ("console:batch", "bills.view", "bat_"),
    "ledger_entry": ("console:entry", "ledger.view", "ent_"),
    "playbook": ("console:playbook", "playbooks.view", "pbv_"),
    "import": ("console:import", "imports.view", "imp_"),
    "person": ("console:person", "people.view", "usr_"),
    "decision": ("console:decision", "audit.view", "dec_"),
    "engagement": ("console:engagement", "engagements.view", "eng_"),
}
_REFERENCE = re.compile(r"[a-z]{2,5}_[a-z2-7]{26}|[0-9a-f]{64}")
_HASH = re.compile(r"[0-9a-f]{64}")


def events_table(
    request: KnownRequest,
    events: Sequence[EventRecord],
    *,
    title: str,
    acts: Sequence[Act] = (),
    pager: Pager | None = None,
    empty: Empty | None = None,
    has_decisions: bool = False,
) -> Table:
    """This will make the table of events; each opens on the audit page for who may see it.

    With `has_decisions` each event of a decided submission leads to its decision record.
    """
    may_open = may_somewhere(request.me, "audit.view")
    rows = [_row(request, each, may_open=may_open) for each in events]
    columns = [
        Column(_("What")),
        Column(_("When")),
        Column(_("Who")),
        Column(_("Of what")),
        Column(_("What changed")),
    ]
    if has_decisions and may_open:
        known = decisions_behind(events)
        columns.insert(4, Column(_("Decision")))
        rows = [
            replace(row, cells=[*row.cells[:4], _decision(each, known), *row.cells[4:]])
            for row, each in zip(rows, events, strict=True)
        ]
    return Table(
        "events",
        title,
        columns,
        rows,
        empty
        or Empty(
            _("Nothing happened yet"),
            _("Every change is kept here, with who made it and why."),
            "audit",
        ),
        acts=acts,
        pager=pager,
    )


def decisions_behind(events: Sequence[EventRecord]) -> dict[str, tuple[str, str]]:
    """This will give decision id and submission number by event id, where there is a decision.

    An event that made a decision names it; any other one of that submission leads to the newest.
    """
    about = {each.object_id for each in events if each.object_type == "submission"}
    newest = newest_decisions(submission_ids=sorted(about)) if about else {}
    found = {}
    for each in events:
        if each.object_type == "submission" and each.object_id in newest:
            decision_id, number = newest[each.object_id]
            found[each.id] = (str(each.data.get("decision", "")) or decision_id, number)
    return found


def object_url(me: Actor, object_type: str, object_id: str) -> str:
    """This will return the page of what an event is about; empty where there is none for them."""
    if object_type == "submission":
        return submission_url(object_id)
    page, action, prefix = PAGES.get(object_type, ("", "", ""))
    if not page or not object_id.startswith(prefix) or not may_somewhere(me, action):
        return ""
    return reverse(page, args=[object_id])


def change_words(data: Mapping[str, Any], *, length_max: int = WORDS_MAX) -> str:
    """This will write what an event says in one line: `status: active → suspended`.

    Amounts read as amounts; what is only an id or a hash comes last.
    """
    parts: list[str] = []
    for name, value in sorted(data.items(), key=lambda item: _is_reference(item[1])):
        if name == "changes" and isinstance(value, dict):
            parts += [f"{key}: {_pair(pair)}" for key, pair in value.items()]
        elif value not in ("", None, [], {}):
            parts.append(f"{name.replace('_', ' ')}: {_plain(value)}")
    text = "; ".join(parts)
    return text if len(text) <= length_max else text[: length_max - 1] + "…"


def _row(request: KnownRequest, each: EventRecord, *, may_open: bool) -> Row:
    url = reverse("console:event", args=[each.id]) if may_open else ""
    role = str(ROLE_WORDS.get(each.role, "")) if each.role != "system" else ""
    return Row(
        [
            Cell(event_words(each.action).capitalize(), url),
            Cell(moment=moment_of(request, each.recorded_at), css="nowrap"),
            Cell(each.actor_name, note=role, css="nowrap"),
            Cell(
                event_words(each.object_type),
                object_url(request.me, each.object_type, each.object_id),
            ),
            Cell(change_words(each.data), css="soft long"),
        ],
        id=each.id,
    )


def _decision(each: EventRecord, known: Mapping[str, tuple[str, str]]) -> Cell:
    if each.id not in known:
        return Cell()
    decision_id, number = known[each.id]
    return Cell(number, reverse("console:decision", args=[decision_id]), css="nowrap")


def _pair(pair: Any) -> str:
    if isinstance(pair, dict):
        return f"{_plain(pair.get('before'))} → {_plain(pair.get('after'))}"
    if isinstance(pair, list) and len(pair) == 2:
        return f"{_plain(pair[0])} → {_plain(pair[1])}"
    return _plain(pair)


def _is_reference(value: Any) -> bool:
    """Ids and hashes say least to a reader; they come last, where a long line is cut."""
    return isinstance(value, str) and _REFERENCE.fullmatch(value) is not None


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_plain(each) for each in value) or "–"
    if isinstance(value, dict) and set(value) == {"currency", "minor"}:
        return str(show_money(Money(value["minor"], value["currency"])))
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(each)}" for key, each in value.items())
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, str) and _HASH.fullmatch(value):
        return short_hash(value)
    return str(value) if value not in ("", None) else "–"
