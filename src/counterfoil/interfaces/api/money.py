"""Where money stands: stages of funds and plans, months, open amounts, ledger entries."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, TypeVar

from ninja import Query, Router

from counterfoil.apps.earnings.selectors import list_uses
from counterfoil.apps.ledger.selectors import (
    entries_of,
    get_entry,
    money_months,
    open_amounts,
    plan_rows,
    tracker_rows,
)
from counterfoil.apps.ledger.types import EntryRow
from counterfoil.apps.partners.selectors import get_partner, partner_names
from counterfoil.apps.programs.selectors import list_funds
from counterfoil.core.accounts import AccountKind
from counterfoil.core.authority import require
from counterfoil.core.calendars import months_between
from counterfoil.interfaces.api import shapes
from counterfoil.interfaces.api.shapes import amount
from counterfoil.interfaces.web.requests import KnownRequest

PAGE_MAX = 500
MONTHS_MAX = 120
Item = TypeVar("Item")
Names = dict[int, tuple[str, str, str]]
Size = Annotated[int, Query(ge=1, le=PAGE_MAX, description="How many rows a page has.")]
Start = Annotated[int, Query(ge=0, le=10**9, description="`next` of the page before.")]
Cursor = Annotated[int | None, Query(ge=1, le=2**62, description="`next` of the page before.")]
Month = Annotated[str, Query(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$", examples=["2026-09"])]

router = Router(tags=["Money"])


@router.get("/funds/stages", response=shapes.FundStages, url_name="fund_stages")
def fund_stages(
    request: KnownRequest,
    *,
    fund: str = "",
    period: str = "",
    currency: str = "",
    partner: str = "",
    by_partner: bool = False,
    limit: Size = 100,
    cursor: Start = 0,
) -> shapes.FundStages:
    """Where each fund period stands, as a whole or by partner.

    `fund` is an id, `partner` the id of one partner. The figures are those of the page Funds.
    """
    require(request.me, "ledger.view")
    known = {each.public_id: each for each in list_funds()}
    rows = [
        row
        for row in tracker_rows(
            funds=[fund] if fund else list(known),
            partner_id=_partner_pk(partner),
            is_by_partner=by_partner,
        )
        if row.fund in known and period in {"", row.period} and currency in {"", row.currency}
    ]
    shown, following = _page(rows, cursor, limit)
    names = partner_names(pks={row.partner_id for row in shown})
    items = [
        shapes.FundStage(
            fund=row.fund,
            code=known[row.fund].code,
            name=known[row.fund].name,
            program=known[row.fund].program,
            period=row.period,
            partner=_partner(row.partner_id, names),
            budget=amount(row.authorized),
            allocated=amount(row.allocated),
            available=amount(row.available),
            pre_approved=amount(row.committed),
            claimed=amount(row.claimed),
            approved=amount(row.approved),
            paid=amount(row.paid),
            reversed=amount(row.reversed),
            expired=amount(row.expired),
            entries=row.entry_count,
        )
        for row in shown
    ]
    return shapes.FundStages(items=items, next=following)


@router.get("/plans/stages", response=shapes.PlanStages, url_name="plan_stages")
def plan_stages(
    request: KnownRequest,
    *,
    plan: str = "",
    period: str = "",
    currency: str = "",
    partner: str = "",
    by_partner: bool = False,
    limit: Size = 100,
    cursor: Start = 0,
) -> shapes.PlanStages:
    """Where the commission of each plan's month stands, as a whole or by partner.

    `plan` is the id of a plan in its program. Earned less taken back is always held + approved +
    paid less owed back.
    """
    require(request.me, "ledger.view")
    known = {use.public_id: use for use in list_uses()}
    rows = [
        row
        for row in plan_rows(
            plans=[plan] if plan else None,
            partner_id=_partner_pk(partner),
            is_by_partner=by_partner,
        )
        if row.plan in known and period in {"", row.period} and currency in {"", row.currency}
    ]
    shown, following = _page(rows, cursor, limit)
    names = partner_names(pks={row.partner_id for row in shown})
    items = [
        shapes.PlanStage(
            plan=row.plan,
            code=known[row.plan].plan_code,
            program=known[row.plan].program,
            period=row.period,
            partner=_partner(row.partner_id, names),
            earned=amount(row.earned),
            taken_back=amount(row.taken_back),
            held=amount(row.held),
            approved=amount(row.approved),
            paid=amount(row.paid),
            owed_back=amount(row.owed_back),
            entries=row.entry_count,
        )
        for row in shown
    ]
    return shapes.PlanStages(items=items, next=following)


@router.get("/money/months", response=shapes.Months, url_name="months")
def months(request: KnownRequest, first: Month, last: Month) -> shapes.Months:
    """What became owed and what was paid in each month, and what was on its way at its end."""
    require(request.me, "ledger.view")
    # A longer span begins later, so that one call stays bounded.
    span = months_between(first, last)[-MONTHS_MAX:]
    rows = money_months(first=span[0], last=span[-1]) if span else ()
    return shapes.Months(
        items=[
            shapes.MonthOfMoney(
                month=row.month,
                accrued=amount(row.accrued),
                paid=amount(row.paid),
                in_transit=amount(row.in_transit),
                billed=amount(row.billed),
                pre_approved=amount(row.pre_approved),
            )
            for row in rows
        ]
    )


@router.get("/money/open", response=shapes.OpenItems, url_name="open_items")
def open_items(
    request: KnownRequest,
    kind: AccountKind | None = None,
    currency: str = "",
    on: date | None = None,
    limit: Size = 100,
    cursor: Start = 0,
) -> shapes.OpenItems:
    """What clearing accounts held at the end of a day (today), the oldest first."""
    require(request.me, "ledger.view")
    rows = open_amounts(
        on=on or request.at.date(),
        kind=str(kind) if kind else "",
        currency=currency,
        start=cursor,
        limit=limit,
    )
    names = partner_names(pks={row.partner_id for row in rows})
    items = [
        shapes.OpenItem(
            account=row.account_code,
            kind=row.kind,
            fund=row.fund,
            period=row.period,
            partner=_partner(row.partner_id, names),
            amount=amount(row.amount),
            since=row.since,
            days=row.days,
        )
        for row in rows
    ]
    return shapes.OpenItems(items=items, next=str(cursor + limit) if len(rows) == limit else "")


@router.get("/ledger/entries", response=shapes.Entries, url_name="entries")
def entries(
    request: KnownRequest,
    fund: str | None = None,
    period: str | None = None,
    partner: str = "",
    source: str | None = None,
    account: str | None = None,
    limit: Size = 50,
    cursor: Cursor = None,
) -> shapes.Entries:
    """Ledger entries with their legs, the newest first.

    `fund` is the id of a fund or of a plan in its program, `source` the id of what was posted.
    """
    require(request.me, "ledger.view")
    found = entries_of(
        fund=fund,
        period=period,
        partner_id=_partner_pk(partner),
        source_ref=source,
        account_code=account,
        cursor=cursor,
        limit=limit,
    )
    names = partner_names(pks={row.partner_id for row in found.items})
    return shapes.Entries(
        items=[_entry(row, names) for row in found.items], next=str(found.next_cursor or "")
    )


@router.get("/ledger/entries/{entry_id}", response=shapes.EntryOut, url_name="entry")
def entry(request: KnownRequest, entry_id: str) -> shapes.EntryOut:
    """One ledger entry with its legs."""
    require(request.me, "ledger.view")
    row = get_entry(entry_id=entry_id)
    return _entry(row, partner_names(pks=[row.partner_id]))


def _entry(row: EntryRow, names: Names) -> shapes.EntryOut:
    return shapes.EntryOut(
        id=row.public_id,
        kind=row.kind,
        effective_on=row.effective_on,
        posted_at=row.posted_at,
        source=row.source_ref,
        partner=_partner(row.partner_id, names),
        reason=row.reason,
        origin_period=row.origin_period,
        reverses=row.reverses,
        reversed_by=row.reversed_by,
        legs=[
            shapes.LegOut(account=leg.account_code, amount=amount(leg.amount)) for leg in row.legs
        ],
    )


def _page(rows: Sequence[Item], start: int, limit: int) -> tuple[Sequence[Item], str]:
    shown = rows[start : start + limit]
    return shown, str(start + limit) if len(rows) > start + limit else ""


def _partner(pk: Any, names: Names) -> shapes.PartnerRef | None:
    known = names.get(pk)
    return shapes.PartnerRef(id=known[1], name=known[0]) if known else None


def _partner_pk(partner: str) -> int | None:
    return get_partner(partner_id=partner).pk if partner else None
