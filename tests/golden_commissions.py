"""The golden cases of commissions: lines, the arithmetic in words, and what each line must earn.

Every engine runs them all (`tests/apps/earnings/test_golden_engines.py`), and the page
`docs/reference/golden-commissions.md` prints them; a test keeps it so.
"""

from dataclasses import dataclass, replace

from counterfoil.core.plans import Earlier, Plan, PlanLine
from counterfoil.core.plans.model import Band, BandMode, RateRow, Share, Window
from counterfoil.core.rounding import PPM, Rounding
from tests.plan_stock import component, plan, refund, sale


@dataclass(frozen=True)
class Case:
    """One case: what it is about, the plan in words, the worked arithmetic, and the figures.

    `earned` are minor units by line in the order of ids; `parts`, where a plan splits, the
    parties' by line; `top_ups`, where it has a floor, those of the months in order.
    """

    name: str
    plan_said: str
    arithmetic: str
    plan: Plan
    lines: tuple[PlanLine, ...]
    earned: tuple[int, ...]
    earlier: tuple[Earlier, ...] = ()
    parts: tuple[tuple[int, ...], ...] = ()
    top_ups: tuple[int, ...] = ()


# 2 % up to 1000.00, 5 % above.
_STEPS = (Band(0, 20_000), Band(100_000, 50_000))
EACH = component(bands=_STEPS)
WHOLE = component(bands=_STEPS, mode=BandMode.ONE)
_HALVES = (Share("partner", 500_000), Share("distributor", 500_000))
_THIRDS = (Share("partner", 333_333), Share("distributor", 333_333), Share("agent", 333_334))
_CHANGE = component(
    rates=(
        RateRow((("category", "Bikes"),), 0, 20240314, 20_000),
        RateRow((("category", "Bikes"),), 20240315, 99_999_999, 30_000),
    ),
    otherwise_ppm=10_000,
    bands=(Band(0, PPM),),
)


def _tie(mode: Rounding, words: str, earned: tuple[int, ...]) -> Case:
    return Case(
        f"Half a cent, {words}",
        f"5 % of every line, rounded {words}",
        "5 % of 0.10 is 0.5 cents, of 0.30 is 1.5, of 0.50 is 2.5, of 0.11 is 0.55.",
        plan(rounding=mode),
        (sale(1, 20240101, 10), sale(2, 20240102, 30), sale(3, 20240103, 50),
         sale(4, 20240104, 11)),
        earned,
    )  # fmt: skip


def _at_bound(name: str, words: str, first: int, earned: tuple[int, ...], kind: str) -> Case:
    each = "each band its own rate" if kind == "each" else "one rate on everything"
    return Case(
        f"{name} ({each})",
        f"2 % up to 1000.00, 5 % above; {each}",
        words,
        plan(EACH if kind == "each" else WHOLE),
        (sale(1, 20240101, first), sale(2, 20240102, 10_000)),
        earned,
    )


def _currency(currency: str, words: str, minor: int, earned: int) -> Case:
    return Case(
        f"{currency}: {words}",
        "5 % of every line, half to even, in the currency's own minor units",
        f"5 % of {minor} minor units is {minor * 5 / 100:g}.",
        plan(currency=currency),
        (sale(1, 20240101, minor),),
        (earned,),
    )


CASES: tuple[Case, ...] = (
    Case(
        "Refund after payment",
        "2 % up to 1000.00, 5 % above, by month",
        "The line of 200.00 earned 7.00 in a month that is paid (100.00 at 2 %, 100.00 at 5 %). "
        "Its refund in March takes back the 7.00, whatever rate March is at; March's own line "
        "earns 2 % of 900.00.",
        plan(EACH),
        (sale(8, 20240301, 90_000), refund(9, 20240302, 20_000, 7)),
        (1_800, -700),
        (Earlier(line=7, component=0, partner=1, minor=20_000, commission=700, refunded=0),),
    ),
    Case(
        "Partial refund twice",
        "5 % of every line",
        "3.33 earns 16.65 cents, 17. After 1.11 a third is gone: 17 x 1/3 = 5.67, 6. After all of "
        "it 17 is gone; the second refund takes the 11 that are left, so nothing stays over.",
        plan(),
        (sale(1, 20240101, 333), refund(2, 20240105, 111, 1), refund(3, 20240210, 222, 1)),
        (17, -6, -11),
    ),
    Case(
        "Refund of more than is left",
        "5 % of every line",
        "10.00 earns 0.50. The first refund of 9.00 takes 0.45, the second finds 1.00 left and "
        "takes 0.05.",
        plan(),
        (sale(1, 20240101, 1_000), refund(2, 20240105, 900, 1), refund(3, 20240106, 900, 1)),
        (50, -45, -5),
    ),
    _tie(Rounding.HALF_EVEN, "half to even", (0, 2, 2, 1)),
    _tie(Rounding.HALF_UP, "half up", (1, 2, 3, 1)),
    _tie(Rounding.DOWN, "down", (0, 1, 2, 0)),
    Case(
        "A base between two bands (each band its own rate)",
        "2 % up to 1000.00, 5 % above; each band its own rate",
        "900.00 at 2 % is 18.00. The next 200.00 are cut at the border: 100.00 at 2 % and 100.00 "
        "at 5 % are 7.00. The next 100.00 are all at 5 %.",
        plan(EACH),
        (sale(1, 20240101, 90_000), sale(2, 20240102, 20_000), sale(3, 20240103, 10_000)),
        (1_800, 700, 500),
    ),
    Case(
        "A base between two bands (one rate on everything)",
        "2 % up to 1000.00, 5 % above; the band reached gives one rate on everything",
        "January reaches 1100.00, so all of it is at 5 %: 45.00 and 10.00. February begins anew "
        "and stays at 2 %.",
        plan(WHOLE),
        (sale(1, 20240101, 90_000), sale(2, 20240131, 20_000), sale(3, 20240201, 50_000)),
        (4_500, 1_000, 1_000),
    ),
    _at_bound(
        "One cent below the bound",
        "999.99 at 2 % is 19.9998, 20.00. Of the next 100.00 one cent is still at 2 %: "
        "0.0002 + 4.9995 = 4.9997, 5.00.",
        99_999,
        (2_000, 500),
        "each",
    ),
    _at_bound(
        "Exactly at the bound",
        "1000.00 at 2 % is 20.00; all of the next 100.00 is at 5 %.",
        100_000,
        (2_000, 500),
        "each",
    ),
    _at_bound(
        "One cent above the bound",
        "1000.00 at 2 % and 0.01 at 5 % is 20.0005, 20.00; the next 100.00 is at 5 %.",
        100_001,
        (2_000, 500),
        "each",
    ),
    Case(
        "One cent below the bound (one rate on everything)",
        "2 % up to 1000.00, 5 % above; one rate on everything",
        "The month ends at 999.99: 2 % of 899.99 is 17.9998, 18.00; 2 % of 100.00 is 2.00.",
        plan(WHOLE),
        (sale(1, 20240101, 89_999), sale(2, 20240102, 10_000)),
        (1_800, 200),
    ),
    Case(
        "Exactly at the bound (one rate on everything)",
        "2 % up to 1000.00, 5 % above; one rate on everything",
        "The month ends at 1000.00, which is the higher band: 5 % of 900.00 and of 100.00.",
        plan(WHOLE),
        (sale(1, 20240101, 90_000), sale(2, 20240102, 10_000)),
        (4_500, 500),
    ),
    Case(
        "One cent above the bound (one rate on everything)",
        "2 % up to 1000.00, 5 % above; one rate on everything",
        "The month ends at 1000.01: 5 % of 900.01 is 45.0005, 45.00; 5 % of 100.00 is 5.00.",
        plan(WHOLE),
        (sale(1, 20240101, 90_001), sale(2, 20240102, 10_000)),
        (4_500, 500),
    ),
    Case(
        "A late line",
        "2 % up to 1000.00, 5 % above, by month",
        "Line 2 came late, and stands at its day: 900.00 at 2 %, then its 100.00 at 2 %, and what "
        "follows it is moved into the upper band: 200.00 at 5 %. (Before it came, line 3 had "
        "earned 7.00; a later run of the month posts the difference.)",
        plan(EACH),
        (sale(1, 20240101, 90_000), sale(2, 20240102, 10_000), sale(3, 20240103, 20_000)),
        (1_800, 200, 1_000),
    ),
    Case(
        "A rate that changes inside a month",
        "Bikes 2 % until March 14, 3 % from March 15; all else 1 %",
        "100.00 of bikes on March 14 at 2 %, on March 15 at 3 %; 100.00 of helmets at 1 %.",
        plan(_CHANGE),
        (
            sale(1, 20240314, 10_000, "Bikes"),
            sale(2, 20240315, 10_000, "Bikes"),
            sale(3, 20240315, 10_000, "Helmets"),
        ),
        (200, 300, 100),
    ),
    Case(
        "Split between two partners",
        "5 % of every line, half each; a tie goes to who stands first",
        "15.00 earns 0.75: 37.5 each, the odd cent to the first, 38 and 37. The refund of 5.00 "
        "takes 0.25: what stays, 0.50, is 25 and 25, so 13 and 12 go back.",
        replace(plan(), shares=_HALVES),
        (sale(1, 20240101, 1_500), refund(2, 20240102, 500, 1), refund(3, 20240103, 1_000, 1)),
        (75, -25, -50),
        parts=((38, 37), (-13, -12), (-25, -25)),
    ),
    Case(
        "Split among three partners",
        "5 % of every line; 33.3333 %, 33.3333 % and 33.3334 %",
        "20.00 earns 1.00: 33.3333, 33.3333 and 33.3334 cents; one cent is left and goes to the "
        "largest remainder, the third. 40.00 earns 2.00: 66.6666, 66.6666, 66.6668; of the two "
        "cents left the first goes to the largest remainder, the third, the second to who of the "
        "others stands first.",
        replace(plan(), shares=_THIRDS),
        (sale(1, 20240101, 2_000), sale(2, 20240102, 4_000)),
        (100, 200),
        parts=((33, 33, 34), (67, 66, 67)),
    ),
    _currency("JPY", "no decimals", 1_005, 50),
    _currency("KWD", "three decimals", 12_345, 617),
    _currency("EUR", "two decimals", 12_345, 617),
    Case(
        "A leap day",
        "2 % up to 1000.00, 5 % above, by quarter",
        "February 29 stands between February 28 and March 1, in the first quarter: 900.00 at 2 %, "
        "then 100.00 at 2 % and 50.00 at 5 % (2.00 + 2.50), then 5 % of 100.00. April is anew.",
        plan(component(bands=_STEPS, window=Window.QUARTER)),
        (
            sale(1, 20240228, 90_000),
            sale(2, 20240229, 15_000),
            sale(3, 20240301, 10_000),
            sale(4, 20240401, 10_000),
        ),
        (1_800, 450, 500, 200),
    ),
    Case(
        "The cap reached inside a line",
        "5 % of every line, at most 10.00 a month",
        "180.00 earns 9.00, the next 180.00 finds 1.00 left, the third nothing; February begins "
        "anew. The refund of the second takes back the 1.00 that it earned.",
        plan(component(cap_minor=1_000)),
        (
            sale(1, 20240101, 18_000),
            sale(2, 20240102, 18_000),
            sale(3, 20240103, 18_000),
            refund(4, 20240104, 18_000, 2),
            sale(5, 20240201, 18_000),
        ),
        (900, 100, 0, -100, 900),
    ),
    Case(
        "The floor",
        "5 % of every line, at least 5.00 in a month with a sale",
        "10.00 earns 0.50; 4.50 is added. February has only a refund: nothing is added.",
        plan(component(floor_minor=500)),
        (sale(1, 20240101, 1_000), refund(2, 20240201, 1_000, 1)),
        (50, -50),
        top_ups=(450, 0),
    ),
    Case(
        "A clawback beyond what the month earns",
        "5 % of every line",
        "February earns 5.00 and takes back 50.00 of January: the month is 45.00 below zero, "
        "which the partner owes.",
        plan(),
        (sale(1, 20240110, 100_000), sale(2, 20240210, 10_000), refund(3, 20240211, 100_000, 1)),
        (5_000, 500, -5_000),
    ),
    Case(
        "A cumulative base over the contract",
        "2 % up to 1000.00, 5 % above, over the whole contract",
        "900.00 at 2 % in January; in March 100.00 at 2 % and 100.00 at 5 %; a year later all at "
        "5 %.",
        plan(component(bands=_STEPS, window=Window.CONTRACT)),
        (sale(1, 20240131, 90_000), sale(2, 20240301, 20_000), sale(3, 20250301, 10_000)),
        (1_800, 700, 500),
    ),
)

FLOWS: tuple[tuple[str, str], ...] = (
    (
        "Minimum payout carried forward",
        "test_less_than_the_minimum_payout_is_carried_forward",
    ),
    ("Hold period", "test_a_month_is_computed_approved_posted_and_released"),
    (
        "Clawback exceeding later earnings",
        "test_a_clawback_beyond_later_earnings_is_kept_back_until_it_is_worked_off",
    ),
    (
        "Late lines and refunds after posting",
        "test_late_lines_and_refunds_after_posting_come_as_differences_with_their_origin",
    ),
)
"""Cases that need the ledger: their tests stand in `tests/flows/test_run_commissions.py`."""


def page() -> str:
    """This will write the page of the golden cases."""
    parts = [
        "# Golden cases of commissions\n",
        "Each case says its plan, its lines, the arithmetic in words, and what each line earns in "
        "minor units. The reference evaluator, DuckDB and PostgreSQL run them all "
        "(`tests/apps/earnings/test_golden_engines.py`); the same file makes this page.\n",
    ]
    parts += [_section(case) for case in CASES]
    parts.append("## Cases that need the ledger\n")
    rows = "".join(f"| {name} | `{test}` |\n" for name, test in FLOWS)
    parts.append(
        "They stand in `tests/flows/test_run_commissions.py`.\n\n| case | test |\n| --- | --- |\n"
        + rows
    )
    return "\n".join(parts)


def _section(case: Case) -> str:
    rows = []
    for place, line in enumerate(sorted(case.lines, key=lambda each: each.id)):
        what = f"refund of line {line.original}" if line.is_refund else line.attributes[0] or "-"
        split = f" ({', '.join(map(str, case.parts[place]))})" if case.parts else ""
        day = f"{line.day // 10_000}-{line.day // 100 % 100:02d}-{line.day % 100:02d}"
        rows.append(f"| {line.id} | {day} | {line.minor} | {what} | {case.earned[place]}{split} |")
    added = (
        f"\nAdded to the months: {', '.join(map(str, case.top_ups))}.\n" if case.top_ups else ""
    )
    return (
        f"## {case.name}\n\n{case.plan_said}. {case.arithmetic}\n\n"
        "| line | day | minor units | what | earns |\n| --- | --- | --- | --- | --- |\n"
        + "\n".join(rows)
        + f"\n{added}"
    )
