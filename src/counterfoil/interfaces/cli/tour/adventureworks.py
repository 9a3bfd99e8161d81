"""The tour on AdventureWorks: a real channel's resellers and sales, from files to paid claims."""

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from counterfoil.apps.ledger.selectors import tracker_rows
from counterfoil.apps.partners.selectors import partner_names
from counterfoil.apps.programs.selectors import latest_statements
from counterfoil.core.money import Money
from counterfoil.flows.earn_funds import earn_funds
from counterfoil.foundation.acting import acting_as, staff
from counterfoil.interfaces.cli.output import say
from counterfoil.interfaces.cli.tour.cast import hire_partner
from counterfoil.interfaces.cli.tour.channel import (
    OPENED,
    Correction,
    Played,
    SalesRow,
    bring_sales,
    expect_files,
    sales_rows,
    set_the_stage,
    write_corrections,
)
from counterfoil.interfaces.cli.tour.commission_tour import MONTHS, Progress, play_commissions
from counterfoil.interfaces.cli.tour.ending import file_report, half_of, statements_of
from counterfoil.interfaces.cli.tour.money_round import pay_what_is_ready
from counterfoil.interfaces.cli.tour.play import Diary, perform, read_ahead
from counterfoil.interfaces.cli.tour.stage import (
    EARN_RATE_PPM,
    Quarter,
    Stage,
    admit_partner,
    at_hour,
    open_fund,
    quarters,
)
from counterfoil.interfaces.cli.tour.stories import Fault, Purse, RequestStory, Used, write_stories

FIRST = Quarter(2017, 3)
QUARTERS = 12
BUDGET_MINOR = 60_000_000


class Part(StrEnum):
    """The parts of the tour."""

    ALL = "all"
    FUNDS = "funds"
    COMMISSIONS = "commissions"


def play_adventureworks(
    folder: Path,
    *,
    part: Part = Part.ALL,
    submissions: int = 2_000,
    seed: int = 1,
    quarter_count: int = QUARTERS,
    months: int = MONTHS,
    progress: Progress | None = None,
) -> Played:
    """This will play the tour, or a part, on an empty installation and report. Raises Refused."""
    expect_files(folder)
    played = Played()
    stage = set_the_stage(folder, played)
    rows = sales_rows(folder)
    corrections = write_corrections(rows, seed=seed)
    bring_sales(stage, folder, corrections, played)
    at = None
    if part is not Part.COMMISSIONS:
        at = play_funds(
            stage, played, rows, corrections, submissions=submissions, seed=seed,
            quarter_count=quarter_count, progress=progress,
        )  # fmt: skip
    if part is not Part.FUNDS:
        at = play_commissions(
            stage, folder, played, corrections, months=months, seed=seed, not_before=at,
            progress=progress,
        )  # fmt: skip
    assert at is not None
    file_report("AdventureWorks", played.statements, played.figures, at=at + timedelta(days=1))
    return played


def play_funds(
    stage: Stage,
    played: Played,
    rows: list[SalesRow],
    corrections: list[Correction],
    *,
    submissions: int,
    seed: int,
    quarter_count: int,
    progress: Progress | None,
) -> datetime:
    """This will earn the funds and play requests and claims; returns when it was over."""
    stories: list[RequestStory] = []
    diary = Diary()
    used: list[Used] = []
    periods = quarters(FIRST, quarter_count)
    per_quarter = submissions // quarter_count + 1
    for number, quarter in enumerate(periods):
        written = _quarter(stage, quarter, per_quarter, used, seed + number)
        stories += written
        acts = sum(1 + len(s.claims) for s in written) * 4
        label = f"{quarter.code}: {sum(1 + len(s.claims) for s in written)} submissions"
        read_ahead(stage, written)
        perform(stage, written, diary, progress=_bar(progress, label, acts))
        for story in written:
            used += [
                (c.sent_on, c.bills[0])
                for c in story.claims
                if c.fault is Fault.NONE and c.was_sent
            ]
        pay_what_is_ready(stage, at=at_hour(quarter.next().next().last, 16))
    end = at_hour(periods[-1].next().next().next().last + timedelta(days=200), 12)
    for quarter in periods:
        with acting_as(staff()):
            earn_funds(
                fund_id=stage.funds[quarter.code].public_id,
                by=stage.cast.one("finance_maker"), at=end,
            )  # fmt: skip
    pay_what_is_ready(stage, at=end)
    earned = earned_apart(rows, corrections, periods)
    played.statements += statements_of(
        stage, stories, diary, at=end + timedelta(days=30), earned=earned,
        progress=None if progress is None else lambda d, t: progress("Replaying decisions", d, t),
    )  # fmt: skip
    played.figures |= {
        "Submissions": str(diary.submissions),
        "Files of evidence": str(diary.files),
        "Partners with a person in the portal": str(len(stage.cast.partners)),
        **_earned_figures(),
    }
    return end + timedelta(days=30)


def _earned_figures() -> dict[str, str]:
    """What stands in the ledger as earned, by quarter, for whoever recomputes it."""
    with acting_as(staff()):
        rows = tracker_rows()
    return {f"Earned in {row.period}": row.allocated.format_plain() for row in rows}


def _bar(
    progress: Callable[[str, int, int], None] | None, label: str, total: int
) -> Callable[[int], None] | None:
    return None if progress is None else lambda done: progress(label, min(done, total), total)


def earned_apart(
    rows: list[SalesRow], corrections: list[Correction], periods: list[Quarter]
) -> dict[str, int]:
    """This will compute what was earned with arithmetic of its own: sums, and 2 % half to even."""
    base: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        base[_quarter_of(row.sold_on).code, row.partner_key] += row.minor
    for correction in corrections:
        if correction.sold_on is not None:
            code = _quarter_of(correction.sold_on).code
            base[code, correction.partner_key] += correction.minor
    known = {period.code for period in periods}
    earned: dict[str, int] = dict.fromkeys(known, 0)
    assert EARN_RATE_PPM == 20_000
    for (code, _), minor in base.items():
        if code in known and minor > 0:
            # 2 % is a fiftieth; half of a twenty-fifth rounds half to even like a fiftieth.
            whole, rest = divmod(minor, 50)
            earned[code] += whole + (1 if rest > 25 or (rest == 25 and whole % 2) else 0)
    assert half_of(5) == 2
    return dict(sorted(earned.items()))


def _quarter_of(day: date) -> Quarter:
    return Quarter(day.year, (day.month + 2) // 3)


def _quarter(
    stage: Stage, quarter: Quarter, submissions: int, used: list[Used], seed: int
) -> list[RequestStory]:
    """Earn the quarter, admit those who may spend, and write what happens with the money."""
    at = at_hour(quarter.next().first + timedelta(days=4), 9)
    fund = open_fund(stage, quarter, budget=Money(BUDGET_MINOR, stage.currency), at=at)
    with acting_as(staff()):
        earn_funds(fund_id=fund.public_id, by=stage.cast.one("finance_maker"), at=at)
        statements = latest_statements(fund_id=fund.public_id)
        names = partner_names(pks=list(statements))
    requests = submissions * 45 // 100
    best = sorted(statements.values(), key=lambda s: (-s.earned.minor, s.partner_id))[
        : requests * 2
    ]
    rng = random.Random(f"who:{seed}")  # noqa: S311  a demo's plot, no secret
    chosen = rng.sample(best, min(requests, len(best)))
    purses = []
    for statement in chosen:
        name, public_id, country = names[statement.partner_id]
        if statement.partner_id not in stage.cast.partners:
            admit_partner(
                stage, partner_pk=statement.partner_id, public_id=public_id, name=name,
                since=OPENED.date(), at=at, country=country,
            )  # fmt: skip
            hire_partner(
                stage.cast, partner_pk=statement.partner_id,
                domain=f"partner{statement.partner_id}.example", at=at,
            )  # fmt: skip
        purses.append(Purse(statement.partner_id, name, statement.earned.minor))
    claims = submissions - requests
    return write_stories(
        fund=quarter.code, opens=fund.starts_on, closes=fund.ends_on, currency=stage.currency,
        purses=purses, requests=requests, claims=claims, used=used, seed=seed,
        faulty_requests=requests * 20 // 100, faulty_claims=claims * 44 // 100,
        first_day=at.date(), days=40,
    )  # fmt: skip


def tell(played: Played) -> None:
    """This will print the report."""
    for statement in played.statements:
        say(f"{'true ' if statement.is_true else 'FALSE'} {statement.says} ({statement.counted})")
        for exception in statement.exceptions:
            say(f"        {exception}")
