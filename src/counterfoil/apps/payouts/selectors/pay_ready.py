"""What is owed by the bank-file route, and what keeps each of it from being paid."""

from collections.abc import Sequence
from datetime import date

from counterfoil.apps.ledger.selectors import balances, payables_due
from counterfoil.apps.ledger.types import PayableDue
from counterfoil.apps.partners.models import Organization
from counterfoil.apps.payouts.models import (
    Bill,
    OwnAccount,
    PayableHold,
    Payee,
    PayeeDocument,
    Payment,
)
from counterfoil.apps.payouts.selectors.bank_details import active_details, paper_block
from counterfoil.apps.payouts.selectors.payees import payee_info
from counterfoil.apps.payouts.selectors.ready import PARTNER_BLOCKS
from counterfoil.apps.payouts.types import BankDetailInfo, PayeeInfo, PayRow
from counterfoil.apps.submissions.models import Submission
from counterfoil.core.accounts import AccountKind
from counterfoil.core.bankaccounts import in_sepa
from counterfoil.core.journal import FundShare
from counterfoil.core.money import Money

ROUTE = "bank_file"
_HOLDS = {
    "hold": "It is on hold: ",
    "rejected": "The bank rejected it: ",
    "returned": "The bank returned it: ",
}


def ready_by_bank(
    *,
    on: date,
    currency: str | None = None,
    partner_id: int | None = None,
    own_account: str | None = None,
    payable_refs: Sequence[str] | None = None,
) -> tuple[PayRow, ...]:
    """This will list every payable whose payee is paid by bank file, the oldest first.

    With `own_account` what its bank can't pay is blocked too. `on` is the day on which papers must
    hold. Ten queries, whatever the number of payables.
    """
    own = None
    if own_account is not None:
        own = OwnAccount.objects.filter(code=own_account).first()
        currency = own.currency if own else currency
    due = payables_due(partner_id=partner_id, currency=currency)
    if payable_refs is not None:
        due = tuple(row for row in due if row.payable_ref in set(payable_refs))
    payees = {
        (row.partner_id, row.currency): payee_info(row)
        for row in Payee.objects.filter(
            partner_id__in={row.partner_id for row in due},
            replaced_at__isnull=True,
            route=ROUTE,
        )
    }
    due = tuple(row for row in due if (row.partner_id, row.amount.currency) in payees)
    known = _Known(due)
    return tuple(
        _row(item, payees[item.partner_id, item.amount.currency], known, on, own) for item in due
    )


def receivables_of(
    *, partner_ids: Sequence[int], currency: str
) -> dict[int, list[tuple[FundShare, Money]]]:
    """This will list what partners owe back, by partner, the oldest period first."""
    found: dict[int, list[tuple[FundShare, Money]]] = {}
    wanted = set(partner_ids)
    for each in balances(kinds=[AccountKind.RECEIVABLE_CLAWBACK]):
        key, owed = each.account, each.balance
        if each.partner_id not in wanted or owed.currency != currency or not owed.is_positive:
            continue
        assert key.fund
        assert key.partner_id
        assert key.period
        share = FundShare(key.fund, key.partner_id, key.period)
        found.setdefault(each.partner_id, []).append((share, owed))
    for rows in found.values():
        rows.sort(key=lambda row: (row[0].period, row[0].fund))
    return found


class _Known:
    """What the rows need to know of everything around them, read once."""

    def __init__(self, due: Sequence[PayableDue]) -> None:
        refs = [row.payable_ref for row in due]
        pks = {row.partner_id for row in due}
        self.partners = Organization.objects.in_bulk(pks)
        self.details = active_details(partner_ids=pks)
        self.claims = {
            row["public_id"]: row
            for row in Submission.objects.filter(public_id__in=refs).values(
                "public_id", "number", "title"
            )
        }
        self.bills = dict(
            Bill.objects.filter(payable_ref__in=refs, is_live=True, state="billed").values_list(
                "payable_ref", "number"
            )
        )
        self.files = {
            (row.partner_id, row.payable_ref, row.fund, row.period): row.batch.message_id
            for row in Payment.objects.filter(payable_ref__in=refs, state="sealed")
            .select_related("batch")
            .defer("batch__content")
        }
        self.holds: dict[tuple[int, str], PayableHold] = {
            (row.partner_id, row.payable_ref): row
            for row in PayableHold.objects.filter(
                payable_ref__in=refs, lifted_at__isnull=True
            ).order_by("-pk")
        }
        self.papers: dict[int, list[PayeeDocument]] = {}
        for paper in PayeeDocument.objects.filter(partner_id__in=pks, ended_at__isnull=True):
            self.papers.setdefault(paper.partner_id, []).append(paper)


def _row(
    item: PayableDue, payee: PayeeInfo, known: _Known, on: date, own: OwnAccount | None
) -> PayRow:
    partner = known.partners[item.partner_id]
    detail = known.details.get((item.partner_id, item.amount.currency))
    claim = known.claims.get(item.payable_ref, {"number": "", "title": ""})
    hold = known.holds.get((item.partner_id, item.payable_ref))
    message = known.files.get((item.partner_id, item.payable_ref, item.fund, item.period), "")
    blocks = _payee_blocks(partner.status, payee, detail)
    paper = paper_block(known.papers.get(item.partner_id, []), "tax_form", on)
    if paper:
        blocks.append(paper)
    if hold is not None:
        blocks.append(f"{_HOLDS[hold.kind]}{hold.reason}")
    bill = known.bills.get(item.payable_ref)
    if bill:
        blocks.append(f"It stands on vendor bill {bill}.")
    if message:
        blocks.append(f"It is in batch {message}.")
    if own is not None and detail is not None:
        blocks += _account_blocks(own, detail)
    return PayRow(
        payable_ref=item.payable_ref,
        entry_id=item.entry_id,
        number=claim["number"],
        title=claim["title"],
        partner_id=item.partner_id,
        partner_public_id=partner.public_id,
        partner_name=partner.name,
        fund=item.fund,
        period=item.period,
        amount=item.amount,
        approved_on=item.effective_on,
        payee=payee,
        detail=detail,
        message_id=message,
        hold_id=hold.public_id if hold else "",
        blocks=tuple(blocks),
    )


def _payee_blocks(status: str, payee: PayeeInfo, detail: BankDetailInfo | None) -> list[str]:
    blocks = [PARTNER_BLOCKS[status]] if status in PARTNER_BLOCKS else []
    if payee.status == "pending":
        blocks.append("The payee waits for the check by a second person.")
    elif payee.status == "on_hold":
        blocks.append("The payee is on hold.")
    if detail is None:
        blocks.append("No bank details are in use yet.")
    return blocks


def _account_blocks(own: OwnAccount, detail: BankDetailInfo) -> list[str]:
    if own.format == "nacha" and detail.kind != "us":
        return ["This account pays inside the US only."]
    if own.is_sepa and not (detail.kind == "iban" and in_sepa(detail.bank_country)):
        return ["This account pays inside SEPA only."]
    return []
