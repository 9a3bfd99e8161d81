"""One decision record: what was seen, by which playbook, with which result."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from counterfoil.apps.submissions.selectors.decisions import get_decision_record
from counterfoil.apps.submissions.types import StoredDecision
from counterfoil.core.canonical import sha256_hex
from counterfoil.core.money import Money
from counterfoil.flows.replay import replay_decision
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.console.parts import Head
from counterfoil.interfaces.console.tables import Cell, Column, Row, Table
from counterfoil.interfaces.console.words import (
    grouped,
    moment_of,
    people_names,
    submission_url,
    url_of,
)
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.navigation import ROLE_WORDS
from counterfoil.interfaces.web.presenters import (
    OUTCOMES,
    VERDICTS,
    Crumb,
    Empty,
    Status,
    show_money,
    status_of,
)
from counterfoil.interfaces.web.requests import KnownRequest

Said = Mapping[str, Any]


@shown_to("audit.view")
def decision(request: KnownRequest, decision_id: str) -> HttpResponse:
    """This will show a decision record as it was stored, and whether it still has its hash."""
    return _show(request, decision_id)


def _show(
    request: KnownRequest,
    decision_id: str,
    *,
    replayed: Status | None = None,
    differences: Sequence[str] = (),
) -> HttpResponse:
    found = get_decision_record(decision_id)
    if found is None:
        raise Http404
    record: Said = json.loads(found.record)
    judged = record.get("judged", {}).get("adjudication", {})
    about = {**record.get("about", {}), "playbook": judged.get("playbook", {})}
    is_whole = sha256_hex(found.record.encode()) == found.sha256
    context = {
        "crumbs": [Crumb(_("Audit"), reverse("console:audit")), Crumb(found.number)],
        "head": Head(
            _("Decision on %(number)s") % {"number": found.number},
            decision_id,
            OUTCOMES.get(found.outcome),
        ),
        "seal": Status(_("Reads as it was stored"), "lock", "ok")
        if is_whole
        else Status(_("Was changed after it was stored"), "fail", "bad"),
        "facts": _facts(request, found, about),
        "table": _criteria(judged.get("results", [])),
        "replay_url": reverse("console:decision_replay", args=[decision_id]),
        "replayed": replayed,
        "differences": differences,
        "links": [
            (_("Open the submission"), submission_url(found.submission_id)),
            (
                _("Its amount, entries and letters"),
                url_of("console:submission_decision", found.submission_id),
            ),
        ],
        "said": json.dumps(record, indent=2, ensure_ascii=False, sort_keys=True),
    }
    return pages.page(request, "console/audit/decision.html", context)


@require_POST
@shown_to("audit.view")
def replay(request: KnownRequest, decision_id: str) -> HttpResponse:
    """This will compute a decision again from its record alone and say whether it is the same."""
    row = replay_decision(decision_id=decision_id, by=request.me, at=request.at)
    if row.is_same:
        seal = Status(_("Computed again: the same, byte for byte"), "pass", "ok")
    else:
        seal = Status(_("Computed again: it differs"), "fail", "bad")
    return _show(request, decision_id, replayed=seal, differences=row.differences)


def _facts(request: KnownRequest, found: StoredDecision, about: Said) -> list[tuple[str, str]]:
    """This will say what it came to and who decided when and why, as far as the record tells."""
    currency = found.currency
    by = about.get("decided_by", {})
    playbook = about.get("playbook", {})
    facts = [
        (_("Requested"), str(show_money(Money(found.requested_minor, currency)))),
        (_("Approved"), str(show_money(Money(found.payable_minor, currency)))),
    ]
    approvals = about.get("approvals", [])
    names = people_names([str(each["by"]) for each in approvals])
    told = [
        (_("Decided"), _when(request, about.get("decided_at", ""))),
        (_("By"), f"{by['name']}, {_role(by['role'])}" if by else ""),
        *(
            (
                _("Approval %(step)s") % {"step": each["step"]},
                f"{names[each['by']]}, {_role(each['role'])}, {_when(request, each['at'])}",
            )
            for each in approvals
        ),
        (_("Reason"), about.get("reason", "")),
        (_("Playbook"), f"{playbook['id']} {playbook['version']}" if playbook else ""),
    ]
    facts += [(word, str(text)) for word, text in told if text]
    return [*facts, (_("Fingerprint"), f"sha256 {grouped(found.sha256)}")]


def _when(request: KnownRequest, text: str) -> str:
    return str(moment_of(request, datetime.fromisoformat(text))) if text else ""


def _role(role: str) -> str:
    return str(ROLE_WORDS.get(role, role.replace("_", " ")))


def _criteria(results: Sequence[Said]) -> Table:
    """This will make the table of what each criterion said, in the order of the playbook."""
    return Table(
        "criteria",
        _("Criteria"),
        [Column(_("Criterion")), Column(_("Result")), Column(_("What was compared"))],
        [
            Row(
                [
                    Cell(str(each["id"]), note=str(each.get("line", ""))),
                    Cell(status=status_of(VERDICTS, str(each["result"]))),
                    Cell(_compared(each.get("trace", {})), css="soft long"),
                ],
                is_bad=each["result"] == "fail",
            )
            for each in results
        ],
        Empty(_("No criterion was asked"), _("The record names none.")),
        note=_("Values and traces stand in the record below."),
    )


def _compared(trace: Said) -> str:
    """This will write the expressions of a criterion: when it applies, and what passes."""
    return "; ".join(str(part["text"]) for part in trace.values() if part.get("text"))
