"""One decision record: what was seen, by which playbook, with which result."""

import json
from collections.abc import Sequence
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
from counterfoil.interfaces.console.words import grouped, submission_url
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import OUTCOMES, Crumb, Status, show_money
from counterfoil.interfaces.web.requests import KnownRequest


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
    record: dict[str, Any] = json.loads(found.record)
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
        "facts": _facts(found),
        "replay_url": reverse("console:decision_replay", args=[decision_id]),
        "replayed": replayed,
        "differences": differences,
        "submission_url": submission_url(found.submission_id),
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


def _facts(found: StoredDecision) -> list[tuple[str, str]]:
    currency = found.currency
    return [
        (_("Requested"), str(show_money(Money(found.requested_minor, currency)))),
        (_("Approved"), str(show_money(Money(found.payable_minor, currency)))),
        (_("Fingerprint"), f"sha256 {grouped(found.sha256)}"),
    ]
