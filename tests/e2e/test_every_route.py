"""Every page of the console as a browser sees it: each route and persona, with objects behind it.

The portal and log-in stand in `test_every_portal_route.py`; what is empty, absent, refused or
filled in wrongly in `test_every_refusal.py`.
"""

import pytest
from django.urls import reverse

from counterfoil.core.actors import STAFF_ROLES
from tests.crawl.probe import address_of
from tests.crawl.routes import ROUTES, Door
from tests.crawl.stage import Stage
from tests.crawl.test_isolation import may, routes
from tests.e2e.looking import Look
from tests.e2e.more_states import STATES

pytestmark = [pytest.mark.e2e, pytest.mark.db, pytest.mark.slow]
# The console by what a route's action is about, and how many pages differ there at least.
AREAS = {
    "funds ledger months reports": 20,
    "payees bills": 22,
    "batches payables": 12,
    "bank": 8,
    "commissions statements questions": 20,
    "plans": 8,
    "partners": 15,
    "people keys": 15,
    "playbooks": 18,
    "audit imports mail": 16,
    "engagements": 20,
    "reviews automation": 8,
    "submissions": 32,
}


@pytest.mark.parametrize(("area", "at_least"), AREAS.items())
def test_every_console_page_is_sound_for_everybody_who_may_open_it(
    look: Look, stage: Stage, more: dict[str, str], area: str, at_least: int
):
    side = stage.sides["a"]
    here = {name: r for name, r in routes(Door.CONSOLE) if about(r.action) in area.split()}
    for role in STAFF_ROLES:
        mine = {name: r for name, r in here.items() if may(stage.staff[role], r)}
        addresses = [(name, address_of(name, route, stage, side)) for name, route in mine.items()]
        addresses += [
            each for each in in_other_states(stage.shared | side.ids, more) if each[0] in mine
        ]
        look.visit(stage.staff[role], role, addresses, follow=mine.keys())

    look.report(at_least=at_least)


def test_the_areas_hold_every_route_of_the_console():
    areas = [word for area in AREAS for word in area.split()]

    assert {about(r.action) for r in ROUTES.values() if r.door is Door.CONSOLE} <= set(areas)


def about(action: str) -> str:
    """This will return what an action is about: the word before its dot."""
    return action.partition(".")[0]


def in_other_states(ids: dict[str, str], more: dict[str, str]) -> list[tuple[str, str]]:
    """This will list the console's pages whose object has states besides the crawl's one."""
    named = [
        (f"console:{act}", ids[state])
        for state in STATES
        for act in (
            "submission",
            "submission_preview",
            "submission_approve",
            "submission_decision",
        )
    ]
    named += [
        ("console:submission", more["behalf"]),
        ("console:submission_clocks", ids["returned"]),
        ("console:submission_clocks", ids["draft"]),
        ("console:submission_fill", more["behalf"]),
        ("console:submission", ids["blind"]),
        ("console:submission", ids["differs"]),
        ("console:plan", more["sound_plan"]),
        ("console:plan", more["wrong_plan"]),
        ("console:plan_edit", more["sound_plan"]),
        ("console:plan_edit", more["wrong_plan"]),
        ("console:plan_compare", more["sound_plan"]),
        ("console:plan_compare", more["wrong_plan"]),
        ("console:plan_publish", more["sound_plan"]),
        ("console:plan_publish", more["wrong_plan"]),
        ("console:engagement", ids["fresh_engagement"]),
        ("console:engagement", ids["planned_engagement"]),
        ("console:engagement", ids["closed_engagement"]),
        ("console:engagement_draw", ids["fresh_engagement"]),
        ("console:engagement_population", ids["fresh_engagement"]),
        ("console:engagement_sample", ids["planned_engagement"]),
        ("console:engagement_plan", ids["fresh_engagement"]),
        ("console:engagement_plan", ids["engagement"]),
        ("console:engagement_paper", ids["answered_paper"]),
        ("console:engagement_paper", ids["closed_paper"]),
        ("console:engagement_refine", ids["closed_finding"]),
        ("console:engagement_report", ids["fresh_engagement"]),
        ("console:engagement_report", ids["closed_engagement"]),
        ("console:playbook", more["wrong"]),
        ("console:playbook_edit", more["sound"]),
        ("console:playbook_edit", more["wrong"]),
        ("console:playbook_publish", more["wrong"]),
        ("console:playbook", more["tried"]),
        ("console:playbook_try", more["tried"]),
        ("console:playbook_sign", more["tried"]),
    ]  # fmt: skip
    return [(name, reverse(name, args=[each])) for name, each in named]
