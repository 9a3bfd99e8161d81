"""Every page of the portal and of log-in as a browser sees it, with something behind each of them.

The console stands in `test_every_route.py`.
"""

import pytest
from django.urls import reverse

from counterfoil.core.actors import Actor
from tests.crawl.probe import address_of
from tests.crawl.routes import LIBRARY_PREFIXES, Door, all_routes
from tests.crawl.stage import Stage
from tests.crawl.test_isolation import routes
from tests.e2e.looking import Look
from tests.e2e.more_states import STATES

pytestmark = [pytest.mark.e2e, pytest.mark.db, pytest.mark.slow]
# The library's addresses whose key came by mail; these keys are spent.
KEYS = {
    "account_confirm_email": {"key": "no-such-key"},
    "account_reset_password_from_key": {"uidb36": "1", "key": "no-such-key"},
}


def test_every_portal_page_is_sound_for_both_seats(look: Look, stage: Stage):
    side = stage.sides["a"]
    here = dict(routes(Door.PORTAL))
    addresses = [(name, address_of(name, route, stage, side)) for name, route in here.items()]
    for name in ("portal:submission", "portal:edit", "portal:recall", "portal:withdraw"):
        addresses += [(name, reverse(name, args=[side.ids[state]])) for state in STATES]
    addresses.append(("portal:start", reverse("portal:start", args=["mdf-claim"])))
    for seat, person in (("admin", side.admin), ("member", side.member)):
        look.visit(person, seat, addresses, follow=here.keys())

    look.report(at_least=27)


def test_every_page_of_both_doors_and_of_log_in_is_sound(look: Look, stage: Stage):
    shared = [
        (name, reverse(name, kwargs=KEYS.get(name)))
        for name, _ in all_routes()
        if name.startswith(LIBRARY_PREFIXES)
    ]
    shared += [(name, address_of(name, r, stage, None)) for name, r in routes(Door.ANYBODY)]
    people: tuple[tuple[str, Actor | None], ...] = (
        ("nobody", None),
        ("operations", stage.staff["operations"]),
        ("partner", stage.sides["a"].admin),
        ("removed", stage.removed),
        ("suspended", stage.suspended),
    )
    for who, person in people:
        look.visit(person, who, shared)

    look.report(at_least=15)
