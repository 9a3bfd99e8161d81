"""What clearing accounts still hold, and since when."""

from datetime import date
from typing import Any

from django.db.models import (
    BigIntegerField,
    ExpressionWrapper,
    F,
    QuerySet,
    Sum,
    Value,
    Window,
)
from django.db.models.functions import Greatest

from counterfoil.apps.ledger.models import Leg
from counterfoil.apps.ledger.selectors.limits import PAGE_MAX
from counterfoil.apps.ledger.types import (
    OpenAge,
    OpenAmount,
)
from counterfoil.core.accounts import ACCOUNT_KINDS
from counterfoil.core.money import Money

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
