"""Records compared with the audit log: what was changed around the product is named."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain, islice

from django.db import transaction

from counterfoil.apps.access.checks import role_differences
from counterfoil.apps.audit.services import record_event
from counterfoil.apps.earnings.checks import earning_differences
from counterfoil.apps.engagements.checks import engagement_differences
from counterfoil.apps.ledger.checks import ledger_findings
from counterfoil.apps.payouts.checks import payout_differences
from counterfoil.apps.playbooks.checks import playbook_differences
from counterfoil.apps.programs.checks import fund_differences
from counterfoil.apps.submissions.checks import submission_differences
from counterfoil.core.actors import Actor
from counterfoil.core.authority import require
from counterfoil.core.differences import Difference

DIFFERENCES_MAX = 200
"""After so many the verification stops: more would tell nothing new."""


@transaction.atomic
def verify_records(*, by: Actor, at: datetime) -> tuple[Difference, ...]:
    """This will name records that are not what the audit log says of them; empty is sound.

    Reads roles, playbooks, funds, decisions with what they rest on, payees, bills, payment files,
    bank lines, plans, commission runs, adjustments, statements and dry-run audits, and proves
    the ledger. What the
    log itself is worth, `verify_log` says. The verification is itself an event.
    Raises NotAllowed.
    """
    if not by.is_system:
        require(by, "audit.view")
    found = tuple(
        islice(
            chain(
                role_differences(),
                playbook_differences(),
                fund_differences(),
                submission_differences(),
                _ledger(),
                payout_differences(),
                earning_differences(),
                engagement_differences(),
            ),
            DIFFERENCES_MAX,
        )
    )
    record_event(
        by=by,
        at=at,
        action="records.verified",
        object_type="log",
        object_id="records",
        data={"differences": [f"{each.check}: {each.subject}" for each in found]},
    )
    return found


def _ledger() -> Iterator[Difference]:
    for each in ledger_findings():
        yield Difference(each.check, each.subject, each.message)
