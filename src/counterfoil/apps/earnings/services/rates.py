"""Exchange rates: facts that a file brings, and which of them a run's lines count at."""

from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from django.db import transaction

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.earnings.models import ExchangeRate
from counterfoil.apps.earnings.selectors import stored_rates
from counterfoil.apps.programs.types import EarningLine
from counterfoil.core.actors import Actor
from counterfoil.core.canonical import digest
from counterfoil.core.plans import Given, Plan, Rate, day_number, give, rate_for


@transaction.atomic
def record_rates(
    *, source: str, rates: Sequence[Rate], import_run: str, by: Actor, at: datetime
) -> None:
    """This will store rates of days that the source has given none for yet."""
    ExchangeRate.objects.bulk_create(
        ExchangeRate(
            source=source, currency=rate.currency, into=rate.into,
            on=date(rate.day // 10_000, rate.day // 100 % 100, rate.day % 100),
            numerator=rate.numerator, decimals=rate.decimals, import_run=import_run,
            by=by.id, at=at,
        )
        for rate in rates
    )  # fmt: skip
    told = sorted([r.currency, r.into, r.day, r.numerator, r.decimals] for r in rates)
    record_event(
        by=by, at=at, action="rates.recorded", object_type="import", object_id=import_run,
        data={"source": source, "rates": len(rates), "sha256": digest(told)},
    )  # fmt: skip


class RateBook:
    """The stored rates by currency, as a plan's rule takes them."""

    def __init__(self, plan: Plan, currencies: Iterable[str]) -> None:
        self._plan = plan
        self._by_currency: dict[str, list[Rate]] = defaultdict(list)
        foreign = set(currencies) - {plan.currency}
        if plan.conversion is None or not foreign:
            return
        pairs = stored_rates(source=plan.conversion.source, currencies={*foreign, plan.currency})
        for rate in pairs:
            if plan.currency in {rate.currency, rate.into}:
                other = rate.into if rate.currency == plan.currency else rate.currency
                insort(self._by_currency[other], rate, key=lambda each: each.day)

    def find(self, currency: str, minor: int, day: int) -> tuple[Given, int] | None:
        """This will find what an amount sold on a day number counts at, and the rate's number.

        None where no rate is stored, or none that is exact.
        """
        assert self._plan.conversion is not None
        rate = rate_for(self._plan.conversion, self._by_currency[currency], day)
        given = (
            give(currency, minor, into=self._plan.currency, rate=rate)
            if rate is not None
            else None
        )
        return None if rate is None or given is None else (given, rate.id)


class Rated:
    """What each line in another currency counts at, by its key; `lacking` have no rate."""

    def __init__(self, plan: Plan, rows: Sequence[EarningLine], days: Mapping[int, int]) -> None:
        self.given: dict[int, Given] = {}
        self.rates: dict[int, int] = {}
        self.lacking: list[EarningLine] = []
        if plan.conversion is None:
            return
        book = RateBook(plan, {row.currency for row in rows})
        for row in rows:
            if row.currency == plan.currency:
                continue
            day = days.get(row.pk, day_number(row.sold_on))
            found = book.find(row.currency, row.amount_minor, day)
            if found is None:
                self.lacking.append(row)
            else:
                self.given[row.pk], self.rates[row.pk] = found
