"""Until when a claim on an approved request comes in time: the day that partners are told.

It is what the claim's playbook says for the days as they were approved, and never later than the
fund takes claims. Where several playbooks could take the claim, the earliest day is the promise.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from counterfoil.apps.playbooks.selectors import claim_versions
from counterfoil.apps.playbooks.types import PlaybookRef
from counterfoil.apps.submissions.models import Decision, Detail, Submission
from counterfoil.apps.submissions.selectors.cases import local_day
from counterfoil.apps.submissions.selectors.heads import RELATED, head_of
from counterfoil.apps.submissions.types import Head
from counterfoil.core.adjudication import Case, Fact, system, value_from_json
from counterfoil.core.playbooks import Binding

_OF_REQUEST = {
    "activity": "request.activity",
    "activity_start": "request.starts_on",
    "activity_end": "request.ends_on",
}


def claim_by_of(request_pks: Iterable[int]) -> dict[int, date]:
    """This will return the last day to claim on each approved request, by its key.

    Four queries, however many requests; one that is not approved is not in the answer.
    """
    pks = list(request_pks)
    approvals = dict(
        Decision.objects.filter(submission_id__in=pks, outcome="qualified")
        .order_by("submission_id", "-revision")
        .distinct("submission_id")
        .values_list("submission_id", "decided_at")
    )
    if not approvals:
        return {}
    versions = claim_versions()
    details = _details(approvals)
    rows = Submission.objects.filter(pk__in=approvals).select_related(*RELATED)
    found = {}
    for head in map(head_of, rows):
        approved_on = local_day(approvals[head.pk], head.fund.zone)
        case = Case(facts=_facts(head, details.get(head.pk, {}), approved_on))
        days = [
            day
            for ref in _in_force(versions, approved_on)
            if (day := Binding(ref.playbook, case, on=approved_on).claim_by()) is not None
        ]
        found[head.pk] = min([head.fund.claims_until, *days])
    return found


def _details(pks: Iterable[int]) -> dict[int, dict[str, object]]:
    rows = (
        Detail.objects.filter(submission_id__in=list(pks), name__in=_OF_REQUEST)
        .order_by("submission_id", "name", "-seq")
        .distinct("submission_id", "name")
    )
    found: dict[int, dict[str, object]] = {}
    for row in rows:
        found.setdefault(row.submission_id, {})[row.name] = value_from_json(row.value)
    return found


def _facts(head: Head, details: Mapping[str, object], approved_on: date) -> dict[str, Fact]:
    """The facts of a claim that keeps to what was approved."""
    fund = head.fund
    facts = {
        "fund.currency": system(fund.currency),
        "fund.opens_on": system(fund.starts_on),
        "fund.closes_on": system(fund.claims_until),
        "request.approved_on": system(approved_on),
    }
    for name, value in details.items():
        facts |= {name: system(value), _OF_REQUEST[name]: system(value)}
    return facts


def _in_force(versions: tuple[PlaybookRef, ...], on: date) -> Iterator[PlaybookRef]:
    newest = {ref.code: ref for ref in versions if ref.effective_from <= on}
    yield from newest.values()
