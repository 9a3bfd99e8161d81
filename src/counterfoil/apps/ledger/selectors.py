"""Reads of the ledger. Every figure is a sum of legs, computed by the database; none is stored."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from django.db.models import (
    BigIntegerField,
    Count,
    ExpressionWrapper,
    F,
    Min,
    Q,
    QuerySet,
    Sum,
    Value,
    Window,
)
from django.db.models.functions import Coalesce, Greatest, TruncMonth

from counterfoil.apps.ledger.errors import UnknownEntry
from counterfoil.apps.ledger.models import Account, Entry, Leg, Period
from counterfoil.apps.ledger.types import (
    AccountBalance,
    AccountLine,
    AccountPage,
    EntryPage,
    EntryRow,
    FundPosition,
    JournalLine,
    LegRow,
    MonthInfo,
    MonthTotal,
    OpenAge,
    OpenAmount,
    PayableDue,
    PeriodInfo,
    TrialBalanceRow,
)
from counterfoil.apps.partners.models import Organization
from counterfoil.core.accounts import ACCOUNT_KINDS, AccountKey, AccountKind
from counterfoil.core.calendars import month_days
from counterfoil.core.journal import EntryKind
from counterfoil.core.money import Money

PAGE_MAX = 500
"""The largest page that a reader may ask for."""

_ALLOCATION = (
    AccountKind.ALLOC_AVAILABLE,
    AccountKind.ALLOC_COMMITTED,
    AccountKind.ALLOC_CONSUMED,
)
_OWED = (AccountKind.PAYABLE, AccountKind.PAYABLE_BILLED)


def _sum(*kinds: AccountKind, sign: int = 1, where: Q | None = None) -> Any:
    """This will sum the legs on accounts of `kinds`; sign -1 shows a credit as a plus."""
    condition = Q(account__kind__in=[str(kind) for kind in kinds])
    total = Sum("amount_minor", filter=condition & where if where else condition, default=0)
    return total if sign == 1 else -total


def _act(*kinds: EntryKind) -> Q:
    return Q(act__in=[str(kind) for kind in kinds])


def _figures() -> dict[str, Any]:
    """This will return each column of the tracker as a filtered sum of legs."""
    earned = _act(EntryKind.ALLOCATION_EARNED, EntryKind.ALLOCATION_REDUCED)
    lapsed = _act(EntryKind.ALLOCATION_EXPIRED, EntryKind.COMMITMENT_RELEASED)
    undone = Q(entry__kind=str(EntryKind.REVERSAL)) & _act(EntryKind.CLAIM_APPROVED)
    sent = _act(EntryKind.PAYMENT_RELEASED, EntryKind.PAYMENT_REJECTED, EntryKind.PAYMENT_RETURNED)
    return {
        "authorized": _sum(AccountKind.BUDGET_AUTHORIZED, sign=-1),
        "unallocated": _sum(AccountKind.BUDGET_AVAILABLE),
        "returned": _sum(AccountKind.BUDGET_RETURNED),
        "allocated": _sum(*_ALLOCATION, where=earned),
        "available": _sum(AccountKind.ALLOC_AVAILABLE),
        "committed": _sum(AccountKind.ALLOC_COMMITTED),
        "claimed": _sum(AccountKind.ALLOC_CONSUMED),
        "approved": _sum(*_OWED, sign=-1),
        "billed": _sum(AccountKind.PAYABLE_BILLED, sign=-1),
        "paid": _sum(AccountKind.PAYABLE_BILLED, where=_act(EntryKind.BILL_PAID))
        + _sum(AccountKind.PAYABLE, where=sent),
        "reversed": _sum(AccountKind.PAYABLE, where=undone),
        "expired": _sum(*_ALLOCATION, sign=-1, where=lapsed),
        "entry_count": Count("entry_id", distinct=True),
    }


def tracker_rows(
    *,
    funds: Sequence[str] | None = None,
    partner_id: int | None = None,
    is_by_partner: bool = False,
) -> tuple[FundPosition, ...]:
    """This will give one row for each fund, period and currency (and partner), by one query.

    `funds` are public ids of funds (None: all); `partner_id` confines to one partner's legs and
    implies `is_by_partner`. Rows are in the order of period, fund, partner and currency.
    """
    legs = Leg.objects.exclude(account__fund="")
    if funds is not None:
        legs = legs.filter(account__fund__in=list(funds))
    if partner_id is not None:
        legs = legs.filter(account__partner_id=partner_id)
    elif is_by_partner:
        legs = legs.filter(account__partner_id__gt=0)
    keys = ["account__period", "account__fund", "account__currency"]
    if is_by_partner or partner_id is not None:
        keys.insert(2, "account__partner_id")
    rows = (
        legs.annotate(act=Coalesce(F("entry__reverses__kind"), F("entry__kind")))
        .values(*keys)
        .annotate(**_figures())
        .order_by(*keys)
    )
    return tuple(_position(row) for row in rows)


def _position(row: dict[str, Any]) -> FundPosition:
    currency = row["account__currency"]
    figures = {
        name: Money(int(row[name]), currency) for name in _figures() if name != "entry_count"
    }
    return FundPosition(
        fund=row["account__fund"],
        period=row["account__period"],
        partner_id=row.get("account__partner_id", 0),
        currency=currency,
        entry_count=row["entry_count"],
        **figures,
    )


def fund_position(
    *, fund: str, period: str, currency: str, partner_id: int | None = None
) -> FundPosition:
    """This will give the standing of one fund period (of one partner); all zero before any leg."""
    for row in tracker_rows(funds=[fund], partner_id=partner_id):
        if (row.period, row.currency) == (period, currency):
            return row
    empty = dict.fromkeys(_figures(), 0)
    keys = {"account__fund": fund, "account__period": period, "account__currency": currency}
    return _position({**empty, **keys, "account__partner_id": partner_id or 0})


def balances(
    *,
    kinds: Iterable[AccountKind] | None = None,
    fund: str | None = None,
    period: str | None = None,
    partner_id: int | None = None,
) -> tuple[AccountBalance, ...]:
    """This will sum each account that fits, by account code; accounts without a leg are zero."""
    accounts = Account.objects.all()
    if kinds is not None:
        accounts = accounts.filter(kind__in=[str(kind) for kind in kinds])
    if fund is not None:
        accounts = accounts.filter(fund=fund)
    if period is not None:
        accounts = accounts.filter(period=period)
    if partner_id is not None:
        accounts = accounts.filter(partner_id=partner_id)
    found = {row.pk: row for row in accounts.order_by("code")}
    sums = (
        Leg.objects.filter(account__in=accounts)
        .values("account_id")
        .annotate(total=Sum("amount_minor"), count=Count("id"))
        .order_by("account_id")
    )
    totals = {row["account_id"]: (int(row["total"]), row["count"]) for row in sums}
    answer = []
    for pk, row in found.items():
        total, count = totals.get(pk, (0, 0))
        key = AccountKey.from_code(row.code)
        answer.append(
            AccountBalance(key, row.partner_id, Money(total * row.normal, row.currency), count)
        )
    return tuple(answer)


def payables_due(
    *,
    partner_id: int | None = None,
    funds: Sequence[str] | None = None,
    currency: str | None = None,
) -> tuple[PayableDue, ...]:
    """This will list what is owed and not on a released bill, oldest first, by three queries."""
    return _open_payables(
        AccountKind.PAYABLE, partner_id=partner_id, funds=funds, currency=currency
    )


def open_payables_of(*, payable_refs: Sequence[str]) -> tuple[PayableDue, ...]:
    """This will list what is owed for the given sources and not on a released bill."""
    return _open_payables(AccountKind.PAYABLE, payable_refs=payable_refs)


def billed_payables_of(*, payable_refs: Sequence[str]) -> tuple[PayableDue, ...]:
    """This will list what stands on released bills for the given sources and is not paid yet."""
    return _open_payables(AccountKind.PAYABLE_BILLED, payable_refs=payable_refs)


def _open_payables(
    kind: AccountKind,
    *,
    partner_id: int | None = None,
    funds: Sequence[str] | None = None,
    currency: str | None = None,
    payable_refs: Sequence[str] | None = None,
) -> tuple[PayableDue, ...]:
    legs = Leg.objects.filter(account__kind=str(kind))
    if partner_id is not None:
        legs = legs.filter(account__partner_id=partner_id)
    if funds is not None:
        legs = legs.filter(account__fund__in=list(funds))
    if currency is not None:
        legs = legs.filter(currency=currency)
    if payable_refs is not None:
        legs = legs.filter(entry__source_ref__in=list(payable_refs))
    rows = list(
        legs.values(
            "entry__source_ref",
            "account__partner_id",
            "account__fund",
            "account__period",
            "currency",
        )
        .annotate(open=-Sum("amount_minor"), first=Min("entry_id"))
        .filter(open__gt=0)
        .order_by("first", "account__fund")
    )
    entries = Entry.objects.in_bulk([row["first"] for row in rows])
    partners = dict(
        Organization.objects.filter(
            pk__in={row["account__partner_id"] for row in rows}
        ).values_list("pk", "public_id")
    )
    return tuple(
        PayableDue(
            payable_ref=row["entry__source_ref"],
            entry_id=entries[row["first"]].public_id,
            partner_id=row["account__partner_id"],
            partner_public_id=partners[row["account__partner_id"]],
            fund=row["account__fund"],
            period=row["account__period"],
            amount=Money(int(row["open"]), row["currency"]),
            effective_on=entries[row["first"]].effective_on,
            posted_at=entries[row["first"]].posted_at,
        )
        for row in rows
    )


def entries_of(
    *,
    source_ref: str | None = None,
    account_code: str | None = None,
    fund: str | None = None,
    period: str | None = None,
    partner_id: int | None = None,
    kind: str | None = None,
    cursor: int | None = None,
    limit: int = 50,
) -> EntryPage:
    """This will page through the entries that fit all that is given, newest first, with legs.

    Three queries, whatever the number of rows. `limit` is cut to PAGE_MAX.
    """
    entries = Entry.objects.all()
    if source_ref is not None:
        entries = entries.filter(source_ref=source_ref)
    if partner_id is not None:
        entries = entries.filter(partner_id=partner_id)
    if kind is not None:
        entries = entries.filter(kind=kind)
    legs = Leg.objects.all()
    if account_code is not None:
        legs = legs.filter(account__code=account_code)
    if fund is not None:
        legs = legs.filter(account__fund=fund)
    if period is not None:
        legs = legs.filter(account__period=period)
    if account_code is not None or fund is not None or period is not None:
        entries = entries.filter(pk__in=legs.values("entry_id"))
    if cursor is not None:
        entries = entries.filter(pk__lt=cursor)
    size = max(1, min(limit, PAGE_MAX))
    found = list(_with_reversals(entries).order_by("-pk")[: size + 1])
    items = _entry_rows(found[:size])
    return EntryPage(items, items[-1].cursor if len(found) > size else None)


def get_entry(*, entry_id: str) -> EntryRow:
    """This will read one entry with its legs; raises UnknownEntry."""
    found = list(_with_reversals(Entry.objects.filter(public_id=entry_id)))
    if not found:
        raise UnknownEntry(f"There is no ledger entry {entry_id}.")
    return _entry_rows(found)[0]


def _with_reversals(entries: QuerySet[Entry]) -> QuerySet[Entry]:
    return entries.select_related("reverses")


def _entry_rows(entries: Sequence[Entry]) -> tuple[EntryRow, ...]:
    ids = [entry.pk for entry in entries]
    reversed_by = dict(
        Entry.objects.filter(reverses_id__in=ids).values_list("reverses_id", "public_id")
    )
    legs: dict[int, list[LegRow]] = {pk: [] for pk in ids}
    rows = (
        Leg.objects.filter(entry_id__in=ids)
        .order_by("entry_id", "seq")
        .values_list("entry_id", "account__code", "account__kind", "amount_minor", "currency")
    )
    for pk, code, kind, minor, currency in rows:
        legs[pk].append(LegRow(code, kind, Money(minor, currency)))
    return tuple(
        EntryRow(
            cursor=entry.pk,
            public_id=entry.public_id,
            kind=entry.kind,
            effective_on=entry.effective_on,
            posted_at=entry.posted_at,
            source_ref=entry.source_ref,
            partner_id=entry.partner_id,
            actor_id=entry.actor_id,
            reason=entry.reason,
            origin_period=entry.origin_period,
            reverses=entry.reverses.public_id if entry.reverses else "",
            reversed_by=reversed_by.get(entry.pk, ""),
            legs=tuple(legs[entry.pk]),
        )
        for entry in entries
    )


def account_page(*, account_code: str, cursor: int | None = None, limit: int = 50) -> AccountPage:
    """This will page through one account, newest first, with the balance after each line.

    The running balance is a window sum over the account in the order of posting.
    """
    legs = Leg.objects.filter(account__code=account_code)
    if cursor is not None:
        legs = legs.filter(entry_id__lt=cursor)
    running = Window(Sum("amount_minor"), order_by=[F("entry_id").asc(), F("seq").asc()])
    size = max(1, min(limit, PAGE_MAX))
    found = list(
        legs.annotate(running=running)
        .select_related("entry", "account")
        .order_by("-entry_id", "-seq")[: size + 1]
    )
    items = tuple(
        AccountLine(
            cursor=leg.entry_id,
            entry_id=leg.entry.public_id,
            kind=leg.entry.kind,
            effective_on=leg.entry.effective_on,
            posted_at=leg.entry.posted_at,
            source_ref=leg.entry.source_ref,
            amount=Money(leg.amount_minor * leg.account.normal, leg.currency),
            balance=Money(int(leg.running) * leg.account.normal, leg.currency),
        )
        for leg in found[:size]
    )
    return AccountPage(account_code, items, items[-1].cursor if len(found) > size else None)


def trial_balance(*, on: date) -> tuple[TrialBalanceRow, ...]:
    """This will list every account's debits and credits up to and including the day `on`."""
    rows = (
        Leg.objects.filter(entry__effective_on__lte=on)
        .values("account__code", "account__kind", "account__is_memo", "currency")
        .annotate(
            debit=Sum("amount_minor", filter=Q(amount_minor__gt=0), default=0),
            credit=-Sum("amount_minor", filter=Q(amount_minor__lt=0), default=0),
        )
        .order_by("account__code")
    )
    return tuple(
        TrialBalanceRow(
            row["account__code"],
            row["account__kind"],
            row["account__is_memo"],
            row["currency"],
            int(row["debit"]),
            int(row["credit"]),
        )
        for row in rows
    )


AGES = (30, 60, 90)
"""The bounds of age in days: what is open up to each of them, and what is older than the last."""


def open_amounts(
    *, on: date, kind: str = "", currency: str = "", start: int = 0, limit: int = 100
) -> tuple[OpenAmount, ...]:
    """This will list what is open on the clearing accounts at the end of the day, oldest first.

    One query. `start` is the number of rows before the page; `limit` is cut to PAGE_MAX.
    """
    rows = _open_legs(on=on, kind=kind, currency=currency)
    size = max(1, min(limit, PAGE_MAX))
    return tuple(_open_amount(leg, on) for leg in rows[start : start + size])


def open_ages(*, on: date) -> tuple[OpenAge, ...]:
    """This will sum what is open by kind of account, currency and age (AGES); one query."""
    sums: dict[tuple[str, str], list[int]] = {}
    counts: dict[tuple[str, str], int] = {}
    for leg in _open_legs(on=on).iterator():
        item = _open_amount(leg, on)
        key = (item.kind, item.amount.currency)
        place = sum(item.days > bound for bound in AGES)
        sums.setdefault(key, [0] * (len(AGES) + 1))[place] += item.amount.minor
        counts[key] = counts.get(key, 0) + 1
    return tuple(
        OpenAge(
            kind,
            counts[kind, currency],
            Money(sum(found), currency),
            tuple(Money(minor, currency) for minor in found),
        )
        for (kind, currency), found in sorted(sums.items())
    )


def _open_legs(*, on: date, kind: str = "", currency: str = "") -> QuerySet[Leg]:
    """The leg on each open account that is the oldest not used up, with the account's balance.

    The increases up to and including a leg exceed all decreases at just one leg of an account.
    """
    kinds = [str(each) for each, rule in ACCOUNT_KINDS.items() if rule.must_clear]
    legs = Leg.objects.filter(account__kind__in=kinds, entry__effective_on__lte=on)
    if kind:
        legs = legs.filter(account__kind=kind)
    if currency:
        legs = legs.filter(currency=currency)
    minor = BigIntegerField()
    nothing = Value(0, output_field=minor)
    moved = ExpressionWrapper(F("amount_minor") * F("account__normal"), output_field=minor)
    return (
        legs.annotate(moved=moved)
        .annotate(back=ExpressionWrapper(-F("moved"), output_field=minor))
        .annotate(up=Greatest("moved", nothing), down=Greatest("back", nothing))
        .annotate(
            risen=Window(
                Sum("up"), partition_by="account_id",
                order_by=[F("entry__effective_on").asc(), F("id").asc()],
            ),
            fallen=Window(Sum("down"), partition_by="account_id"),
            balance=Window(Sum("moved"), partition_by="account_id"),
        )
        .filter(risen__gt=F("fallen"), risen__lte=F("fallen") + F("up"))
        .select_related("account", "entry")
        .order_by("entry__effective_on", "account_id")
    )  # fmt: skip


def _open_amount(leg: Any, on: date) -> OpenAmount:
    since = leg.entry.effective_on
    return OpenAmount(
        account_code=leg.account.code,
        kind=leg.account.kind,
        fund=leg.account.fund,
        period=leg.account.period,
        partner_id=leg.account.partner_id,
        amount=Money(int(leg.balance), leg.currency),
        since=since,
        days=(on - since).days,
    )


def journal_lines(*, first: date, last: date) -> Iterator[JournalLine]:
    """This will read every leg of the days, both included, in the order of posting."""
    legs = (
        Leg.objects.filter(entry__effective_on__range=(first, last))
        .select_related("entry__reverses", "account")
        .order_by("entry_id", "seq")
    )
    for leg in legs.iterator(chunk_size=PAGE_MAX):
        entry = leg.entry
        yield JournalLine(
            entry_id=entry.public_id,
            effective_on=entry.effective_on,
            posted_at=entry.posted_at,
            kind=entry.kind,
            source_ref=entry.source_ref,
            reason=entry.reason,
            origin_period=entry.origin_period,
            reverses=entry.reverses.public_id if entry.reverses else "",
            account_code=leg.account.code,
            amount=Money(leg.amount_minor, leg.currency),
        )


def list_periods() -> tuple[PeriodInfo, ...]:
    """This will list the accounting months, oldest first."""
    return tuple(
        PeriodInfo(row.code, row.starts_on, row.ends_on, row.closed_at)
        for row in Period.objects.order_by("starts_on")
    )


def list_months() -> tuple[MonthInfo, ...]:
    """This will list the months with entries and the closed ones, newest first; two queries."""
    found = {
        f"{row['month']:%Y-%m}": row["count"]
        for row in Entry.objects.annotate(month=TruncMonth("effective_on"))
        .values("month")
        .annotate(count=Count("id"))
        .order_by()
    }
    known = {row.code: row for row in Period.objects.all()}
    months = []
    for code in sorted({*found, *known}, reverse=True):
        row = known.get(code)
        first, last = month_days(code)
        months.append(
            MonthInfo(
                code, first, last, found.get(code, 0),
                row.closed_at if row else None, row.closed_by if row else "",
            )
        )  # fmt: skip
    return tuple(months)


def month_totals(*, first: date, last: date) -> tuple[MonthTotal, ...]:
    """This will sum the legs of the days, both included, by kind of account and currency."""
    rows = (
        Leg.objects.filter(entry__effective_on__range=(first, last))
        .values("account__kind", "account__is_memo", "currency")
        .annotate(
            debit=Sum("amount_minor", filter=Q(amount_minor__gt=0), default=0),
            credit=-Sum("amount_minor", filter=Q(amount_minor__lt=0), default=0),
        )
        .order_by("account__is_memo", "account__kind", "currency")
    )
    return tuple(
        MonthTotal(
            row["account__kind"],
            row["account__is_memo"],
            Money(int(row["debit"]), row["currency"]),
            Money(int(row["credit"]), row["currency"]),
        )
        for row in rows
    )


def is_closed_on(*, on: date) -> bool:
    """This will tell whether the day belongs to a closed period."""
    return Period.objects.filter(
        starts_on__lte=on, ends_on__gte=on, closed_at__isnull=False
    ).exists()
