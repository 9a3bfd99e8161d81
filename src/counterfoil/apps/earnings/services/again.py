"""Which posted months need another run: their lines came late, or lines that they refund moved."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date

from counterfoil.apps.earnings.models import Run, RunLine
from counterfoil.apps.earnings.selectors import posted_commissions
from counterfoil.apps.earnings.types import ExceptionInfo, FrozenInput, UseInfo
from counterfoil.apps.programs.types import EarningLine
from counterfoil.core.plans import Results

LATE_LINES = "late_lines"
RUN_AGAIN = "run_again"


def late_lines(use: UseInfo, month: str, rows: Iterable[EarningLine]) -> tuple[ExceptionInfo, ...]:
    """This will tell of lines of earlier months that came after these were run and posted."""
    known = dict(
        Run.objects.filter(use__public_id=use.public_id, state="posted", month__lt=month)
        .order_by("number")
        .values_list("month", "manifest")
    )
    until = {
        code: date.fromisoformat(json.loads(text)["received_until"])
        for code, text in known.items()
    }
    counts = Counter(
        code
        for row in rows
        if row.received_on > until.get(code := f"{row.sold_on:%Y-%m}", date.max)
    )
    return tuple(
        ExceptionInfo(
            LATE_LINES, code,
            f"{counts[code]} lines of {code} came after it was run. Run it again: the difference "
            "is posted and names that month.",
        )
        for code in sorted(counts)
    )  # fmt: skip


def refunds_moved(
    use: UseInfo, month: str, frozen: FrozenInput, results: Results
) -> tuple[ExceptionInfo, ...]:
    """This will tell of later months that were posted and refund lines that earn otherwise now."""
    label = int(month.replace("-", ""))
    refunds = {line.id for line in frozen.lines if line.is_refund}
    earned: dict[int, int] = defaultdict(int)
    for result in results.lines:
        if result.month == label and result.line not in refunds:
            earned[frozen.sales_lines[result.line]] += result.commission
    later = RunLine.objects.filter(
        run__use__public_id=use.public_id, run__state="posted", run__month__gt=month,
        original_id__isnull=False,
    )  # fmt: skip
    known = later.values_list("original_id", flat=True).distinct()
    refunded = [pk for pk in known if pk in earned]
    before = posted_commissions(use=use.public_id, sales_lines=refunded)
    moved = [pk for pk in refunded if before.get(pk, 0) != earned[pk]]
    months = later.filter(original__in=moved).values_list("run__month", flat=True).distinct()
    return tuple(
        ExceptionInfo(
            RUN_AGAIN, code,
            f"{code} refunds lines of {month} that earn otherwise now. Run it again after this "
            "one is posted.",
        )
        for code in sorted(months)
    )  # fmt: skip
