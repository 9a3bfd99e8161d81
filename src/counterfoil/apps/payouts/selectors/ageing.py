"""What takes too long on its way to the bank and back (trust.md 4, P8)."""

from datetime import datetime

from django.db.models import Count

from counterfoil.apps.payouts.models import Payment, PaymentBatch
from counterfoil.apps.payouts.selectors.payments import payment_batch_info
from counterfoil.apps.payouts.types import LateBatch
from counterfoil.apps.service_levels.selectors import get_calendar
from counterfoil.core.calendars import business_days_between

UNKNOWN_DAYS = 1
UNSENT_DAYS = 1
TRANSIT_DAYS = 3
BATCHES_MAX = 500


def late_batches(*, at: datetime) -> tuple[LateBatch, ...]:
    """This will name batches that take too long, in the bank's business days, the oldest first.

    `unknown`: nobody knows whether it arrived, for a day. `unsent`: sent for payment a day ago
    and not with the bank. `transit`: a payment of it is not debited three days after its day.
    """
    rows = PaymentBatch.objects.filter(
        state__in=("released", "dispatched", "acked", "part_rejected")
    ).select_related("own_account")[:BATCHES_MAX]
    open_ones = Payment.objects.filter(
        batch__in=[row.pk for row in rows], state__in=("released", "accepted"), amount_minor__gt=0
    )
    counts = open_ones.values("batch").annotate(waiting=Count("pk"))
    waiting = {row["batch"]: row["waiting"] for row in counts}
    found = []
    for row in sorted(rows, key=lambda each: each.pk):
        calendar = get_calendar(code=row.own_account.calendar)
        today = calendar.local_date(at)
        left_at = row.dispatched_at or row.released_at
        assert left_at is not None, "a batch that was sent has its moment"
        left = calendar.local_date(left_at)
        days = business_days_between(calendar, left, today)
        after = business_days_between(calendar, max(left, row.execute_on), today)
        if row.is_unknown and days >= UNKNOWN_DAYS:
            found.append(
                LateBatch("unknown", payment_batch_info(row), days, waiting.get(row.pk, 0))
            )
        elif row.state == "released" and not row.is_unknown and days >= UNSENT_DAYS:
            found.append(
                LateBatch("unsent", payment_batch_info(row), days, waiting.get(row.pk, 0))
            )
        elif waiting.get(row.pk, 0) and after > TRANSIT_DAYS:
            found.append(
                LateBatch("transit", payment_batch_info(row), after, waiting.get(row.pk, 0))
            )
    return tuple(found)
