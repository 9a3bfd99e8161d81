"""What would change? A draft run over the decisions that stand; only the trial is written."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from heapq import nlargest
from typing import Any

from counterfoil.apps.partners.selectors import partner_rows
from counterfoil.apps.playbooks.errors import NotPublishable, TooManyDecisions
from counterfoil.apps.playbooks.selectors import get_text
from counterfoil.apps.playbooks.services import record_trial
from counterfoil.apps.playbooks.types import TrialInfo
from counterfoil.apps.programs.selectors import enrollments_of
from counterfoil.apps.service_levels.selectors import find_calendar
from counterfoil.apps.submissions.selectors.decisions import count_standing, iterate_standing
from counterfoil.apps.submissions.selectors.words import labels_of
from counterfoil.apps.submissions.types import StoredDecision
from counterfoil.core.actors import Actor
from counterfoil.core.adjudication import NotAValue
from counterfoil.core.authority import require
from counterfoil.core.calendars import add_business_days
from counterfoil.core.decisions import remembered_days
from counterfoil.core.explain import trace_words
from counterfoil.core.money import Money
from counterfoil.core.playbooks import Playbook
from counterfoil.core.whatif import Change, Days, Effect, Summary, effect_of

KEPT_MAX = 5_000
"""Rows that a trial keeps, those with the most money first; its sums are over all of them."""
EVERY = 50


@dataclass(frozen=True, slots=True)
class _Row:
    stored: StoredDecision
    decided_at: datetime
    effect: Effect

    @property
    def weight(self) -> tuple[int, str]:
        """Return what stands first: what would wait and what differs most."""
        stake = self.effect.paid if self.effect.difference is None else self.effect.difference
        return (abs(stake.minor), self.stored.number)


def try_draft(
    *,
    version_id: str,
    by: Actor,
    at: datetime,
    since: date | None = None,
    most: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> TrialInfo:
    """This will judge every standing decision of the playbook again under a draft and keep what
    would change.

    `since` leaves out what was decided before that day (UTC); `progress` is told how many are done
    and how many there are. Raises NotAllowed, UnknownPlaybook, NotADraft, NotPublishable for a
    text that can't be read, TooManyDecisions for more than `most`.
    """
    require(by, "playbooks.try")
    text = get_text(version_id)
    if text.playbook is None:
        raise NotPublishable(text.problems)
    code = text.row.code
    total = count_standing(playbook_code=code, since=since)
    if most is not None and total > most:
        raise TooManyDecisions(
            f"There are {total} decisions; a page judges {most} while you wait. Name a later day, "
            f"or run: counterfoil playbooks try {version_id}"
        )
    summary, rows, partners = Summary(), [], _Partners()
    for done, (stored, decided_at) in enumerate(
        iterate_standing(playbook_code=code, since=since), start=1
    ):
        effect = _effect(stored, text.playbook)
        summary.add(
            effect, partner=stored.partner_id, groups=partners.groups_of(stored.partner_id)
        )
        if effect.change is not Change.SAME:
            rows.append(_Row(stored, decided_at, effect))
        if progress is not None and (done % EVERY == 0 or done == total):
            progress(done, total)
    kept = nlargest(KEPT_MAX, rows, key=lambda row: row.weight)
    labels = labels_of(text.playbook, "en")
    report = {
        "playbook": code,
        "summary": summary.to_json(),
        "rows": [_row_json(row, partners.name_of(row.stored.partner_id), labels) for row in kept],
        "left_out_rows": len(rows) - len(kept),
    }
    return record_trial(
        version_id=version_id, playbook_sha256=text.playbook.sha256, since=since, report=report,
        by=by, at=at,
    )  # fmt: skip


def _effect(stored: StoredDecision, draft: Playbook) -> Effect:
    """Return the effect; a record that can't be read is an effect of its own, never left out."""
    try:
        record = json.loads(stored.record)
        return effect_of(record, draft, days=_days_of(record))
    except (ValueError, KeyError, TypeError, NotAValue) as error:
        paid = Money(stored.payable_minor, stored.currency)
        return Effect(
            Change.UNREADABLE, stored.outcome, "", "", paid, paid,
            detail=f"The record can't be read: {error}",
        )  # fmt: skip


def _days_of(record: dict[str, Any]) -> Days:
    """Return a counter of business days: as the record remembers them, else by its calendar."""
    remembered = remembered_days(record["judged"]["calendar_days"])
    name, _, _ = str(record["judged"]["adjudication"]["case"]["calendar"]).rpartition("@")

    def count(on: date, days: int) -> date:
        try:
            return remembered(on, days)
        except LookupError:
            calendar = find_calendar(code=name) if name else None
            if calendar is None:
                raise
            return add_business_days(calendar, on, days)

    return count


class _Partners:
    """Names and groups of partners, read once each."""

    def __init__(self) -> None:
        self._rows: dict[int, dict[str, str]] = {}

    def _known(self, pk: int) -> dict[str, str]:
        if pk not in self._rows:
            row = partner_rows(partner_pks=[pk])[pk]
            tiers = [each.tier for each in enrollments_of(pk) if not each.ended_on and each.tier]
            self._rows[pk] = {
                "name": row.name, "region": row.region, "tier": ", ".join(dict.fromkeys(tiers)),
                "segment": row.segment,
            }  # fmt: skip
        return self._rows[pk]

    def groups_of(self, pk: int) -> dict[str, str]:
        return {kind: name for kind, name in self._known(pk).items() if kind != "name"}

    def name_of(self, pk: int) -> str:
        return self._known(pk)["name"]


def _row_json(row: _Row, partner: str, labels: Mapping[str, str]) -> dict[str, Any]:
    shape = row.effect.to_json()
    for kept, flip in zip(shape["flips"], row.effect.flips, strict=True):
        kept["then_words"] = list(trace_words(flip.then_trace, labels=labels))
        kept["now_words"] = list(trace_words(flip.now_trace, labels=labels))
    return {
        "submission": row.stored.submission_id,
        "number": row.stored.number,
        "decision": row.stored.decision_id,
        "partner": partner,
        "decided_at": row.decided_at.isoformat(),
        **shape,
    }
