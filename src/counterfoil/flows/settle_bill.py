"""A payable's way out and back: sealed on a bill, released to the ERP, read back as paid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.ledger.selectors import (
    billed_payables_of,
    list_periods,
    open_payables_of,
)
from counterfoil.apps.ledger.services import locked_balances, post_entries
from counterfoil.apps.ledger.types import PayableDue, PeriodInfo
from counterfoil.apps.messaging.services import queue_mail
from counterfoil.apps.payouts.errors import PaidListRefused, WrongState
from counterfoil.apps.payouts.selectors import (
    bills_of_batch,
    checked_paid_list,
    claim_titles,
    get_batch,
    mail_targets,
    numbers_in,
)
from counterfoil.apps.payouts.services import (
    lock_bills,
    release_batch,
    seal_batch,
    settle_bills,
    void_batch,
)
from counterfoil.apps.payouts.types import BatchInfo, PaidLine
from counterfoil.apps.programs.selectors import get_fund, get_program
from counterfoil.apps.submissions.selectors.cases import local_day
from counterfoil.core.accounts import AccountKind
from counterfoil.core.actors import Actor
from counterfoil.core.authority import require
from counterfoil.core.canonical import sha256_hex
from counterfoil.core.journal import EntryDraft, FundShare, bill_exported, bill_paid
from counterfoil.core.money import Money
from counterfoil.foundation import crash
from counterfoil.foundation.tabular import TableProblem


@dataclass(frozen=True, slots=True)
class PaidReport:
    """What a paid list brought: bills paid by it, known before, and lines left out."""

    file_name: str
    sha256: str
    paid: tuple[PaidLine, ...]
    unchanged: int
    problems: tuple[TableProblem, ...]
    mails: int

    @property
    def totals(self) -> tuple[Money, ...]:
        """The sums paid, by currency."""
        sums: dict[str, int] = {}
        for line in self.paid:
            amount = line.bill.amount
            sums[amount.currency] = sums.get(amount.currency, 0) + amount.minor
        return tuple(Money(minor, currency) for currency, minor in sorted(sums.items()))


def seal_bills(
    *,
    program: str,
    currency: str,
    by: Actor,
    at: datetime,
    payable_refs: Sequence[str] | None = None,
) -> BatchInfo:
    """This will make a vendor-bill file of what is ready to pay; a second person releases it.

    Raises NotAllowed, UnknownProgram, NothingToBill, NotReady.
    """
    require(by, "bills.seal", program=program)
    on = at.astimezone(ZoneInfo(get_program(code=program).zone)).date()
    with transaction.atomic():
        batch = seal_batch(
            program=program, currency=currency, on=on, by=by, at=at, payable_refs=payable_refs
        )
        crash.point("settle.sealed")
    return batch


def release_bills(*, batch_id: str, by: Actor, at: datetime) -> BatchInfo:
    """This will release a batch that somebody else sealed and post each bill.

    The same person releasing it again changes nothing. Raises NotAllowed, UnknownBatch,
    SamePerson, WrongState, BatchChanged, PeriodClosed.
    """
    require(by, "bills.release")
    with transaction.atomic():
        known = get_batch(batch_id)
        if known.state == "released" and known.released_by == by.id:
            return known
        refs = [bill.payable_ref for bill in bills_of_batch(batch_id)]
        _lock_payables(open_payables_of(payable_refs=refs))
        owed = open_payables_of(payable_refs=refs)
        try:
            batch, bills = release_batch(batch_id=batch_id, open_payables=owed, by=by, at=at)
        except WrongState:
            # The first half of a double click released it while this one waited for the lock.
            known = get_batch(batch_id)
            if known.state == "released" and known.released_by == by.id:
                return known
            raise
        shares = _shares(owed)
        days = _days(shares, at=at)
        drafts = [
            bill_exported(
                share=shares[bill.payable_ref],
                amount=bill.amount,
                effective_on=days[bill.payable_ref],
                idem_key=f"bill:{bill.number}",
                source_ref=bill.payable_ref,
            )
            for bill in bills
        ]
        post_entries(drafts=drafts, by=by, at=at)
        crash.point("settle.released")
    return batch


def void_bills(*, batch_id: str, by: Actor, at: datetime, reason: str) -> BatchInfo:
    """This will give up a sealed batch; its payables are ready to be billed again.

    Raises NotAllowed, UnknownBatch, WrongState.
    """
    require(by, "bills.seal" if "finance_maker" in by.roles else "bills.release")
    return void_batch(batch_id=batch_id, by=by, at=at, reason=reason)


def read_paid_list(
    *, content: bytes, file_name: str, by: Actor, at: datetime, skip_bad_rows: bool = False
) -> PaidReport:
    """This will read the ERP's list of paid bills, post each and tell the partners.

    The list is taken whole, or, with `skip_bad_rows`, without its bad lines; the same list again
    changes nothing. Raises NotAllowed, PaidListRefused with every problem by line and column.
    """
    require(by, "bills.settle")
    with transaction.atomic():
        lock_bills(numbers=numbers_in(content=content, file_name=file_name))
        check = checked_paid_list(content=content, file_name=file_name, on=at.date())
        if check.problems and not skip_bad_rows:
            raise PaidListRefused(check.problems)
        mails = _settle(check.fresh, by=by, at=at)
        if check.fresh or check.problems:
            _record(content, file_name, check.fresh, check.problems, by=by, at=at)
        crash.point("settle.paid")
    return PaidReport(
        file_name=file_name,
        sha256=sha256_hex(content),
        paid=check.fresh,
        unchanged=len(check.unchanged),
        problems=check.problems,
        mails=mails,
    )


def _settle(lines: Sequence[PaidLine], *, by: Actor, at: datetime) -> int:
    """This will post and record paid bills and queue mails about them; returns how many."""
    if not lines:
        return 0
    shares = _shares(billed_payables_of(payable_refs=[line.bill.payable_ref for line in lines]))
    closed = [period for period in list_periods() if period.closed_at is not None]
    days = _days(shares, at=at)
    drafts = [
        _paid_draft(line, shares[line.bill.payable_ref], closed, days[line.bill.payable_ref])
        for line in lines
    ]
    posted = post_entries(drafts=drafts, by=by, at=at)
    entries = {
        line.bill.number: entry.public_id for line, entry in zip(lines, posted, strict=True)
    }
    settle_bills(lines=lines, entries=entries, by=by, at=at)
    return _tell_partners(lines, at=at)


def _paid_draft(
    line: PaidLine, share: FundShare, closed: Sequence[PeriodInfo], today: date
) -> EntryDraft:
    """This will make the entry of a paid bill.

    It belongs to the day of payment; once that day's period is closed, to the day of reading.
    """
    day, origin = line.paid_on, None
    if any(period.starts_on <= day <= period.ends_on for period in closed):
        day, origin = today, f"{line.paid_on:%Y-%m}"
    draft = bill_paid(
        share=share,
        amount=line.bill.amount,
        effective_on=day,
        idem_key=f"paid:{line.bill.number}",
        source_ref=line.bill.payable_ref,
    )
    return replace(draft, origin_period=origin, reason=f"Paid by the ERP: {line.reference}")


def _lock_payables(owed: Sequence[PayableDue]) -> None:
    """This will lock the payable accounts, so that what is owed cannot change any more."""
    shares = _shares(owed)
    keys = {
        shares[item.payable_ref].account(AccountKind.PAYABLE, item.amount.currency)
        for item in owed
    }
    locked_balances(accounts=sorted(keys))


def _shares(owed: Sequence[PayableDue]) -> dict[str, FundShare]:
    """This will name each payable's share of a fund."""
    return {
        item.payable_ref: FundShare(item.fund, item.partner_public_id, item.period)
        for item in owed
    }


def _days(shares: Mapping[str, FundShare], *, at: datetime) -> dict[str, date]:
    """This will return the day that `at` is for each payable, in the zone of its fund's program.

    A claim is posted by the same day, so that the end of a month cuts both alike.
    """
    funds = {share.fund for share in shares.values()}
    zones = {fund: get_program(code=get_fund(fund).program).zone for fund in funds}
    return {ref: local_day(at, zones[share.fund]) for ref, share in shares.items()}


def _tell_partners(lines: Sequence[PaidLine], *, at: datetime) -> int:
    """This will queue one mail a paid bill to those partners that have an address."""
    titles = claim_titles(payable_refs=[line.bill.payable_ref for line in lines])
    targets = mail_targets(partner_ids={line.bill.partner_id for line in lines})
    told = [line for line in lines if line.bill.partner_id in targets]
    for line in told:
        ref, target = line.bill.payable_ref, targets[line.bill.partner_id]
        queue_mail(
            template="claim-paid",
            to_email=target.email,
            to_name=target.name,
            language=target.language,
            context={
                "title": titles.get(ref, ref),
                "paid_on": line.paid_on.isoformat(),
                "amount": line.bill.amount.format_plain(),
                "reference": line.reference,
                "link": f"{settings.PUBLIC_URL}/portal/submissions/{ref}/",
            },
            partner_id=line.bill.partner_id,
            about=ref,
            idem_key=f"paid:{line.bill.number}",
            at=at,
        )
    return len(told)


def _record(
    content: bytes,
    file_name: str,
    paid: Sequence[PaidLine],
    problems: Sequence[TableProblem],
    *,
    by: Actor,
    at: datetime,
) -> None:
    sha256 = sha256_hex(content)
    record_event(
        by=by,
        at=at,
        action="paid_list.read",
        object_type="paid_list",
        object_id=sha256,
        data={
            "file": file_name,
            "paid": [line.bill.number for line in paid],
            "left_out": [str(problem) for problem in problems[:100]],
        },
    )
