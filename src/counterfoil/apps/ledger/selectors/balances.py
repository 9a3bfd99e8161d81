"""What accounts hold, one by one and as the trial balance."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.db.models import (
    Count,
    F,
    Max,
    Q,
    Sum,
    Window,
)

from counterfoil.apps.ledger.models import Account, Entry, Leg
from counterfoil.apps.ledger.selectors.limits import PAGE_MAX
from counterfoil.apps.ledger.types import (
    AccountBalance,
    AccountLine,
    AccountPage,
    TrialBalanceRow,
)
from counterfoil.core.accounts import AccountKey, AccountKind
from counterfoil.core.money import Money


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


def last_credits(*, accounts: Sequence[AccountKey]) -> dict[AccountKey, tuple[str, str]]:
    """This will tell which entry credited each account last: its public id and its source.

    An account that was never credited is not in the answer.
    """
    newest = dict(
        Leg.objects.filter(
            account__code__in=[account.code for account in accounts], amount_minor__lt=0
        )
        .values("account__code")
        .annotate(newest=Max("entry_id"))
        .values_list("account__code", "newest")
    )
    entries = Entry.objects.only("public_id", "source_ref").in_bulk(list(newest.values()))
    return {
        AccountKey.from_code(code): (entries[pk].public_id, entries[pk].source_ref)
        for code, pk in newest.items()
    }
