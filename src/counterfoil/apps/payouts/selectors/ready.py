"""What is owed, and what keeps each of it from being paid."""

from collections import Counter
from collections.abc import Sequence

from counterfoil.apps.ledger.selectors import payables_due
from counterfoil.apps.ledger.types import PayableDue
from counterfoil.apps.partners.models import Organization
from counterfoil.apps.payouts.models import Bill, Payee
from counterfoil.apps.payouts.selectors.payees import payee_info
from counterfoil.apps.payouts.types import PayeeInfo, ReadyRow
from counterfoil.apps.programs.selectors import list_funds
from counterfoil.apps.submissions.models import Submission

PARTNER_BLOCKS = {
    "suspended": "The partner is suspended: lift the suspension first.",
    "ended": "The partnership has ended: a manager decides whether this is still paid.",
    "prospect": "The partner is not active yet.",
}


def ready_to_pay(
    *,
    program: str | None = None,
    currency: str | None = None,
    partner_id: int | None = None,
    payable_refs: Sequence[str] | None = None,
) -> tuple[ReadyRow, ...]:
    """This will list every payable not on a released bill, oldest first, with what blocks it.

    Eight queries, whatever the number of payables.
    """
    funds = {fund.public_id: fund for fund in list_funds(program=program)}
    due = payables_due(partner_id=partner_id, funds=list(funds), currency=currency)
    if payable_refs is not None:
        due = tuple(row for row in due if row.payable_ref in set(payable_refs))
    partners = Organization.objects.in_bulk({row.partner_id for row in due})
    payees = {
        (row.partner_id, row.currency): payee_info(row)
        for row in Payee.objects.filter(partner_id__in=partners, replaced_at__isnull=True)
    }
    refs = [row.payable_ref for row in due]
    claims = {
        row["public_id"]: row
        for row in Submission.objects.filter(public_id__in=refs).values(
            "public_id", "number", "title"
        )
    }
    bills = dict(
        Bill.objects.filter(payable_ref__in=refs, is_live=True).values_list(
            "payable_ref", "number"
        )
    )
    times = Counter(refs)
    rows = []
    for item in due:
        fund, partner = funds[item.fund], partners[item.partner_id]
        payee = payees.get((item.partner_id, item.amount.currency))
        claim = claims.get(item.payable_ref, {"number": "", "title": ""})
        bill = bills.get(item.payable_ref, "")
        rows.append(
            ReadyRow(
                payable_ref=item.payable_ref,
                entry_id=item.entry_id,
                claim_number=claim["number"],
                title=claim["title"],
                partner_id=item.partner_id,
                partner_public_id=partner.public_id,
                partner_name=partner.name,
                fund=item.fund,
                fund_name=fund.name,
                period=item.period,
                program=fund.program,
                cost_center=fund.cost_center,
                amount=item.amount,
                approved_on=item.effective_on,
                payee=payee,
                bill_number=bill,
                blocks=_blocks(item, partner.status, payee, bill, times[item.payable_ref]),
            )
        )
    return tuple(rows)


def claim_titles(*, payable_refs: Sequence[str]) -> dict[str, str]:
    """This will give the titles of the claims behind payables."""
    rows = Submission.objects.filter(public_id__in=list(payable_refs))
    return dict(rows.values_list("public_id", "title"))


def claim_words(*, payable_refs: Sequence[str]) -> dict[str, tuple[str, str]]:
    """This will give number and title of the claims behind payables."""
    rows = Submission.objects.filter(public_id__in=list(payable_refs))
    found = rows.values_list("public_id", "number", "title")
    return {public_id: (number, title) for public_id, number, title in found}


def _blocks(
    item: PayableDue, status: str, payee: PayeeInfo | None, bill: str, times: int
) -> tuple[str, ...]:
    """This will say in words everything that keeps a payable from being paid."""
    blocks = [PARTNER_BLOCKS[status]] if status in PARTNER_BLOCKS else []
    if payee is None:
        blocks.append(f"No payee is entered for this partner in {item.amount.currency}.")
    elif payee.status == "pending":
        blocks.append("The payee waits for the check by a second person.")
    elif payee.status == "on_hold":
        blocks.append("The payee is on hold.")
    elif payee.route != "erp_bill":
        blocks.append("It is paid by our payment file; see Payment batches.")
    if bill:
        blocks.append(f"It stands on bill {bill}, whose file is not released yet.")
    if times > 1:
        blocks.append("It draws on several funds or periods; post it as one claim a fund.")
    return tuple(blocks)
