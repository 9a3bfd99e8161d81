"""Commissions of the demo: the shipped plan, two months posted, the newest left to approve."""

from datetime import date, datetime, timedelta
from importlib.resources import files

from counterfoil.apps.earnings.services import publish_plan, save_plan, use_plan
from counterfoil.apps.earnings.types import CENTRAL
from counterfoil.core.calendars import month_days
from counterfoil.flows.run_commissions import (
    approve_commissions,
    post_commissions,
    release_commissions,
    run_commissions,
)
from counterfoil.foundation.acting import acting_as, staff
from counterfoil.interfaces.cli.tour.stage import Stage

PLAN = "channel-commission"
CATEGORIES = {
    "Bikes": "gateway",
    "Components": "sensor",
    "Clothing": "suite",
    "Accessories": "support",
}
"""What the demo's vendor sells, in the place of the categories of the shipped plan."""


def run_months(stage: Stage, *, months: int, zone: str, sold_until: date, now: datetime) -> None:
    """This will compute the last whole months; all but the newest are approved and posted."""
    maker, checker = stage.cast.one("finance_maker"), stage.cast.one("finance_checker")
    at = now - timedelta(hours=5)
    _take_plan(stage, zone=zone, at=at)
    wanted = _last_months(min(sold_until, at.date() - timedelta(days=2)), months)
    for place, month in enumerate(wanted):
        with acting_as(staff()):
            run = run_commissions(
                plan_code=PLAN, program=stage.program, month=month, received_until=at.date(),
                store=stage.store, by=maker, at=at,
            )  # fmt: skip
            if place == len(wanted) - 1:
                continue
            for region in (name for name in run.lacking if name != CENTRAL):
                approve_commissions(
                    run_id=run.public_id, region=region, by=stage.cast.one("team_lead"), at=at
                )
            approve_commissions(run_id=run.public_id, region=CENTRAL, by=checker, at=at)
            post_commissions(run_id=run.public_id, by=checker, at=at)
    with acting_as(staff()):
        release_commissions(plan_code=PLAN, program=stage.program, by=maker, at=at)


def _take_plan(stage: Stage, *, zone: str, at: datetime) -> None:
    shipped = files("counterfoil.apps.earnings") / "shipped" / f"{PLAN}.yaml"
    text = shipped.read_text(encoding="utf-8").replace("USD", stage.currency)
    text = text.replace("America/Los_Angeles", zone)
    for theirs, ours in CATEGORIES.items():
        text = text.replace(theirs, ours)
    with acting_as(staff()):
        saved = save_plan(source=text, code=PLAN, by=stage.cast.one("finance_maker"), at=at)
        publish_plan(version_id=saved.public_id, by=stage.cast.one("finance_checker"), at=at)
        use_plan(
            plan_code=PLAN, program=stage.program, by=stage.cast.one("finance_checker"), at=at
        )


def _last_months(until: date, count: int) -> list[str]:
    """The last `count` months that are over on this day, oldest first."""
    found: list[str] = []
    day = until
    while len(found) < count:
        first, last = month_days(f"{day:%Y-%m}")
        if last <= until:
            found.insert(0, f"{first:%Y-%m}")
        day = first - timedelta(days=1)
    return found
