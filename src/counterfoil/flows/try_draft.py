"""What would change? A draft run over the decisions that stand; only the trial is written."""

import json
from collections.abc import Callable, Iterator, Mapping
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
from counterfoil.apps.submissions.selectors.decisions import (
    count_standing,
    decided_by_rows,
    iterate_standing,
)
from counterfoil.apps.submissions.selectors.words import labels_of
from counterfoil.apps.submissions.types import StoredDecision
from counterfoil.core.actors import Actor
from counterfoil.core.adjudication import NotAValue
from counterfoil.core.authority import require
from counterfoil.core.explain import trace_words
from counterfoil.core.money import Money
from counterfoil.core.playbooks import Playbook
from counterfoil.core.whatif import Change, Effect, Summary, effect_of
from counterfoil.flows.frozen import Sifted, days_of, sift

KEPT_MAX = 5_000
"""Rows that a trial keeps, those with the most money first; its sums are over all of them."""
EVERY = 50
BATCH = 500


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
    exact: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> TrialInfo:
    """This will judge every standing decision of the playbook again under a draft and keep what
    would change.

    Where decisions are frozen as columns (`flows.frozen`), those that the draft can't change are
    told from there and only the others are judged from their records; `exact` judges all of them.
    `since` leaves out what was decided before that day (UTC); `progress` is told how many are done
    and how many there are. Raises NotAllowed, UnknownPlaybook, NotADraft, NotPublishable for a
    text that can't be read, TooManyDecisions for more than `most` to be judged.
    """
    require(by, "playbooks.try")
    text = get_text(version_id)
    if text.playbook is None:
        raise NotPublishable(text.problems)
    code = text.row.code
    total = count_standing(playbook_code=code, since=since)
    sifted = None if exact else sift(playbook_code=code, draft=text.playbook, since=since)
    if sifted is not None and sifted.asked != total:
        sifted = None
    count = total if sifted is None else len(sifted.rows)
    if most is not None and count > most:
        raise TooManyDecisions(
            f"There are {count} decisions to judge; a page judges {most} while you wait. Name a "
            f"later day, or run: counterfoil playbooks try {version_id}"
        )
    summary, rows, partners = Summary(), [], _Partners()
    summary.skip(total - count)
    judged = (
        iterate_standing(playbook_code=code, since=since) if sifted is None else _these(sifted)
    )
    for done, (stored, decided_at) in enumerate(judged, start=1 + total - count):
        effect = effect_on(stored, text.playbook)
        summary.add(
            effect, partner=stored.partner_id, groups=partners.groups_of(stored.partner_id)
        )
        if effect.change is not Change.SAME:
            rows.append(_Row(stored, decided_at, effect))
        if progress is not None and (done % EVERY == 0 or done == total):
            progress(done, total)
    kept = nlargest(KEPT_MAX, rows, key=lambda row: row.weight)
    labels = labels_of(text.playbook, "en")
    report: dict[str, Any] = {
        "playbook": code,
        "summary": summary.to_json(),
        "rows": [_row_json(row, partners.name_of(row.stored.partner_id), labels) for row in kept],
        "left_out_rows": len(rows) - len(kept),
    }
    if sifted is not None:
        report["sieve"] = {
            "frozen": sifted.frozen,
            "told": total - count,
            "judged": count,
            "reasons": [list(each) for each in sifted.reasons],
            "manifest_sha256": sifted.manifest_sha256,
        }
    return record_trial(
        version_id=version_id, playbook_sha256=text.playbook.sha256, since=since, report=report,
        by=by, at=at,
    )  # fmt: skip


def _these(sifted: Sifted) -> Iterator[tuple[StoredDecision, datetime]]:
    """Yield the decisions that the columns can't tell, a batch at a time."""
    for first in range(0, len(sifted.rows), BATCH):
        for row in decided_by_rows(rows=sifted.rows[first : first + BATCH]):
            yield row.stored, row.at.decided_at


def effect_on(stored: StoredDecision, draft: Playbook) -> Effect:
    """This will judge a decision under a draft.

    A record that can't be read is an effect of its own, never left out.
    """
    try:
        record = json.loads(stored.record)
        return effect_of(record, draft, days=days_of(record))
    except (ValueError, KeyError, TypeError, NotAValue) as error:
        paid = Money(stored.payable_minor, stored.currency)
        return Effect(
            Change.UNREADABLE, stored.outcome, "", "", paid, paid,
            detail=f"The record can't be read: {error}",
        )  # fmt: skip


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
