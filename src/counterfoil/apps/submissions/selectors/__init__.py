"""Reads of submissions: frozen values for doors and flows, within what the asker may see."""

from counterfoil.apps.submissions.selectors.cases import missing_before_submit, playbook_of
from counterfoil.apps.submissions.selectors.decisions import (
    get_decision_record,
    iterate_decisions,
    latest_screening,
)
from counterfoil.apps.submissions.selectors.heads import get_head
from counterfoil.apps.submissions.selectors.lists import (
    queue_counts,
    queue_page,
    submissions_of_partner,
)
from counterfoil.apps.submissions.selectors.views import get_submission

__all__ = [
    "get_decision_record",
    "get_head",
    "get_submission",
    "iterate_decisions",
    "latest_screening",
    "missing_before_submit",
    "playbook_of",
    "queue_counts",
    "queue_page",
    "submissions_of_partner",
]
