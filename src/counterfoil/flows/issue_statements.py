"""A month's statements to partners: what was open, what moved it, what is open now.

A statement rests on the ledger, is kept with its PDF by their hashes, and never changes. Issuing
again gives the next number to those partners only whose figures differ.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from counterfoil.apps.earnings.errors import WrongState
from counterfoil.apps.earnings.ports import DocumentMaker
from counterfoil.apps.earnings.selectors import (
    latest_statement_digests,
    list_uses,
    run_parts,
    uses_in_words,
)
from counterfoil.apps.earnings.services import (
    record_statement,
    statement_bytes,
    wait_for_statements,
)
from counterfoil.apps.earnings.types import StatementInfo
from counterfoil.apps.ledger.selectors import owed_balances, owed_movements
from counterfoil.apps.ledger.types import OwedMovement
from counterfoil.apps.messaging.services import queue_mail
from counterfoil.apps.partners.selectors import addressees, list_members
from counterfoil.apps.programs.selectors import list_programs
from counterfoil.apps.submissions.ports import EvidenceStore
from counterfoil.core.actors import Actor
from counterfoil.core.authority import require
from counterfoil.core.calendars import CalendarError, month_days
from counterfoil.core.canonical import sha256_hex
from counterfoil.core.journal import EntryKind
from counterfoil.core.statement_words import (
    StatementContent,
    document,
    say_amount,
    say_month,
)
from counterfoil.core.statements import OWED_KINDS, Account, Balance, Movement, RunPart, settle
from counterfoil.foundation import crash

ISSUED_MAX = 200
"""Statements that one call issues, so that a page answers in seconds."""


@dataclass(frozen=True, slots=True)
class Issued:
    """What was issued, and how many partners' statements are still due."""

    statements: tuple[StatementInfo, ...]
    left: int


def statements_due(*, month: str, partner_id: int | None = None) -> dict[int, StatementContent]:
    """This will compute the statements of a month whose figures differ from the last issued one.

    By partner. Raises WrongState for a month that is none.
    """
    try:
        first, last = month_days(month)
    except CalendarError as error:
        raise WrongState(str(error)) from None
    known = latest_statement_digests(month=month)
    found = _contents(month, first, last, partner_id)
    return {
        partner: content
        for partner, content in found.items()
        if known.get(partner, (0, ""))[1] != sha256_hex(statement_bytes(content))
    }


def issue_statements(
    *,
    month: str,
    store: EvidenceStore,
    pdf: DocumentMaker,
    by: Actor,
    at: datetime,
    limit: int = ISSUED_MAX,
) -> Issued:
    """This will issue up to `limit` statements of a month that is over, and tell their partners.

    Raises NotAllowed, WrongState.
    """
    require(by, "statements.issue")
    with transaction.atomic():
        wait_for_statements()
        due = statements_due(month=month)
        first, last = month_days(month)
        if at.date() <= last:
            raise WrongState(f"{month} is not over; its statements come afterwards.")
        numbers = latest_statement_digests(month=month)
        rows = addressees(pks=due)
        sender = [settings.VENDOR_NAME, *sorted({p.legal_entity for p in list_programs()})][:2]
        made = []
        for partner in sorted(due, key=lambda pk: (rows[pk].name, pk))[:limit]:
            content, row = due[partner], rows[partner]
            number = numbers.get(partner, (0, ""))[0] + 1
            data = document(
                content, number=number, issued_on=at.date(), first=first - timedelta(days=1),
                last=last, sender=sender, language=row.language,
            )  # fmt: skip
            stored = store.put(pdf.render("statement", data))
            crash.point("statements.printed")
            made.append(
                record_statement(
                    partner_id=partner, content=content, number=number,
                    language=row.language, pdf_sha256=stored.sha256,
                    runs={f.run for a in content.accounts for f in a.figures if f.run},
                    by=by, at=at,
                )
            )  # fmt: skip
            _tell(made[-1], row.language, at)
        crash.point("statements.issued")
    return Issued(tuple(made), max(len(due) - len(made), 0))


def _contents(
    month: str, first: date, last: date, partner_id: int | None
) -> dict[int, StatementContent]:
    uses = [use.public_id for use in list_uses()]
    asked: dict[str, Any] = {
        "funds": uses, "kinds": OWED_KINDS, "first": first, "last": last,
        "partner_id": partner_id,
    }  # fmt: skip
    balances: dict[tuple[int, str], list[Balance]] = defaultdict(list)
    for each in owed_balances(**asked):
        balances[each.partner_id, each.currency].append(
            Balance(each.kind, each.before, each.after)
        )
    movements: dict[tuple[int, str], list[Movement]] = defaultdict(list)
    refs = set()
    for move in owed_movements(**asked):
        movements[move.partner_id, move.amount.currency].append(
            Movement(
                move.entry_id, move.kind, move.is_reversal, move.effective_on, move.fund,
                move.period, move.source_ref, _told(move), move.amount.minor,
            )
        )  # fmt: skip
        if move.period == month:
            refs.add(move.source_ref)
    runs = run_parts(share_ids=refs)
    accounts = _accounts(month, balances, movements, runs)
    rows = addressees(pks=accounts)
    words = uses_in_words(on=last)
    return {
        partner: StatementContent(
            rows[partner].id,
            rows[partner].name,
            month,
            {
                use: {"title": words[use].title, "components": list(words[use].components)}
                for use in sorted({f.use for a in each for f in a.figures if f.use in words})
            },
            tuple(each),
        )
        for partner, each in accounts.items()
    }


def _told(move: OwedMovement) -> str:
    """What the partner reads of an entry's reason: of an adjustment the sentence, not its code."""
    if move.kind in {EntryKind.COMMISSION_ADJUSTED, EntryKind.COMMISSION_BONUS}:
        return move.reason.partition(": ")[2] or move.reason
    return move.reason


def _accounts(
    month: str,
    balances: dict[tuple[int, str], list[Balance]],
    movements: dict[tuple[int, str], list[Movement]],
    runs: dict[str, RunPart],
) -> dict[int, list[Account]]:
    """This will settle each partner's currencies; what neither stood nor moved is left out."""
    found: dict[int, list[Account]] = defaultdict(list)
    for (partner, currency), held in sorted(balances.items()):
        account = settle(
            currency=currency, month=month, balances=held,
            movements=movements.get((partner, currency), []), runs=runs,
        )  # fmt: skip
        if account.opening or account.closing or account.figures:
            found[partner].append(account)
    return found


def _tell(made: StatementInfo, language: str, at: datetime) -> None:
    """This will tell the partner's administrators, or without any all of its people."""
    members = list_members(partner_pk=made.partner_id)
    chosen = [member for member in members if member.role == "partner_admin"] or list(members)
    sums = ", ".join(
        say_amount(account.closing, account.currency, language)
        for account in made.content.accounts
    )
    for member in chosen:
        queue_mail(
            template="statement-issued",
            to_email=member.email,
            to_name=member.name,
            language=language,
            context={
                "month": say_month(made.month, language),
                "number": str(made.number),
                "closing": sums,
                "link": f"{settings.PUBLIC_URL}/portal/statements/{made.public_id}/",
            },
            partner_id=made.partner_id,
            about=made.public_id,
            idem_key=f"{made.public_id}:issued:{member.id}",
            at=at,
        )
