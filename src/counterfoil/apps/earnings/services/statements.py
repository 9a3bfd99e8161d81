"""Writes of statements: issued once, never changed; other figures are the next number."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.earnings.models import PlanUse, Run, Statement, StatementRun
from counterfoil.apps.earnings.selectors import get_statement, latest_statement_digests
from counterfoil.apps.earnings.types import StatementInfo
from counterfoil.core.actors import Actor
from counterfoil.core.canonical import canonical_json, sha256_hex
from counterfoil.core.statement_words import StatementContent, to_json
from counterfoil.foundation.ids import new_id


def wait_for_statements() -> None:
    """This will let one transaction at a time issue statements: numbers are given in order."""
    list(PlanUse.objects.select_for_update().order_by("pk"))


def statement_bytes(content: StatementContent) -> bytes:
    """This will return a content as it is kept and hashed."""
    return canonical_json(to_json(content))


@transaction.atomic
def record_statement(
    *,
    partner_id: int,
    content: StatementContent,
    number: int,
    language: str,
    pdf_sha256: str,
    runs: Iterable[str],
    by: Actor,
    at: datetime,
) -> StatementInfo:
    """This will keep a statement of a partner's month under the next number.

    `runs` are the runs whose lines it shows.
    """
    last = latest_statement_digests(month=content.month).get(partner_id, (0, ""))[0]
    assert number == last + 1, f"the next statement of {content.month} is number {last + 1}"
    text = statement_bytes(content)
    row = Statement.objects.create(
        public_id=new_id("stm"), partner_id=partner_id, month=content.month, number=number,
        content=text.decode(), content_sha256=sha256_hex(text), language=language,
        pdf_sha256=pdf_sha256, issued_by=by.id, issued_at=at,
    )  # fmt: skip
    shown = Run.objects.filter(public_id__in=list(runs)).order_by("pk")
    StatementRun.objects.bulk_create(
        StatementRun(
            statement=row, partner_id=partner_id, run=run, run_public_id=run.public_id,
            plan_id=run.plan_id,
        )
        for run in shown
    )  # fmt: skip
    record_event(
        by=by, at=at, action="statement.issued", object_type="statement",
        object_id=row.public_id, partner_id=partner_id,
        data={
            "month": content.month, "number": number, "content_sha256": row.content_sha256,
            "pdf_sha256": pdf_sha256,
        },
    )  # fmt: skip
    return get_statement(row.public_id)
