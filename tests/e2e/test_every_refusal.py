"""Every page when there is nothing, nothing to see, or something is wrong with what was sent.

An empty installation, objects that do not exist, doors that are closed to a persona, and each kind
of form sent empty and with junk. Pages with something behind them stand in `test_every_route.py`
and `test_every_portal_route.py`.
"""

from collections import Counter
from pathlib import Path

import pytest
from django.template import engines
from django.urls import reverse
from playwright.sync_api import Browser

from counterfoil.core.actors import STAFF_ROLES, Actor
from counterfoil.foundation.acting import acting_as, staff
from tests.crawl.probe import ABSENT, address_of, client_of
from tests.crawl.routes import LIBRARY_PREFIXES, Door, all_routes
from tests.crawl.stage import Stage
from tests.crawl.test_isolation import may, routes
from tests.e2e.looking import Look
from tests.e2e.serving import served
from tests.people_stock import organization, partner_person, staff_person

pytestmark = [pytest.mark.e2e, pytest.mark.db, pytest.mark.slow]
UNSOUND = (
    "<!doctype html><html><head><title>x</title></head><body><main><h1>x</h1>"
    '<img src="/static/counterfoil/icon.svg"><p style="color: red">x</p><pre>'
    + "wide" * 200
    + "</pre></main></body></html>"
)


def test_every_form_of_the_console_refuses_in_a_sound_page(
    look: Look, stage: Stage, more: dict[str, str]
):
    extra = [
        ("console:submission_fill", reverse("console:submission_fill", args=[more["behalf"]])),
        ("console:playbook_edit", reverse("console:playbook_edit", args=[more["sound"]])),
        ("console:playbook_publish", reverse("console:playbook_publish", args=[more["sound"]])),
    ]
    tried: Counter[str] = Counter()
    for role in STAFF_ROLES:
        # A form is the same for everybody who may open it, or nearly: two of them try it.
        addresses = [
            (name, address_of(name, route, stage, stage.sides["a"]))
            for name, route in routes(Door.CONSOLE)
            if may(stage.staff[role], route) and tried[name] < 2
        ]
        tried.update(name for name, _ in addresses)
        look.misuse(stage.staff[role], role, [*addresses, *extra])

    look.report(at_least=48)


def test_every_form_of_the_portal_refuses_in_a_sound_page(look: Look, stage: Stage):
    side = stage.sides["a"]
    addresses = [(name, address_of(name, r, stage, side)) for name, r in routes(Door.PORTAL)]
    addresses += [
        ("portal:edit", reverse("portal:edit", args=[side.ids["returned"]])),
        ("portal:start", reverse("portal:start", args=["mdf-claim"])),
        ("portal:submission", reverse("portal:submission", args=[side.ids["waiting"]])),
    ]
    look.misuse(side.admin, "admin", addresses)

    look.report(at_least=8)


def test_every_form_of_log_in_refuses_in_a_sound_page(look: Look, stage: Stage):
    addresses = [
        (name, reverse(name))
        for name, a in all_routes()
        if name.startswith(LIBRARY_PREFIXES)
        and name not in {"account_confirm_email", "account_reset_password_from_key"}
    ]
    addresses += [(name, address_of(name, r, stage, None)) for name, r in routes(Door.ANYBODY)]
    look.misuse(None, "nobody", addresses)
    look.misuse(stage.staff["operations"], "operations", addresses)
    look.misuse(stage.sides["a"].admin, "partner", addresses)
    tired = client_of(None)
    for number in range(40):
        tired.post("/accounts/login/", {"login": "x@vendor.example", "password": f"no {number}"})
    look.followed.clear()
    look.misuse(None, "tired", [("account_login", reverse("account_login"))])

    look.report(at_least=8)


def test_what_is_absent_or_closed_is_a_sound_page_too(look: Look, stage: Stage):
    side, leader = stage.sides["a"], stage.staff["leadership"]
    look.visit(stage.staff["administrator"], "absent", absent(Door.CONSOLE))
    look.visit(side.admin, "absent", absent(Door.PORTAL))
    for role in STAFF_ROLES:
        person = stage.staff[role]
        look.visit(person, f"{role}-closed", [
            (name, address_of(name, route, stage, side))
            for name, route in routes(Door.CONSOLE)
            if not may(person, route)
        ])  # fmt: skip
    look.visit(side.member, "in-console", [("console:home", reverse("console:home"))])
    look.visit(leader, "in-portal", [("portal:home", reverse("portal:home"))])

    look.report(at_least=3)


def test_every_list_of_an_empty_installation_is_sound(
    beside_the_browser: None,
    own_database: str,
    running_browser: Browser,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
):
    with acting_as(staff()):
        people = {role: staff_person(f"S{role}", role) for role in STAFF_ROLES}
        partner = partner_person("Anna", organization().pk)
    with served(monkeypatch, tmp_path) as address:
        look = Look(address, running_browser)
        for role, person in people.items():
            look.visit(person, f"{role}-empty", without_objects(Door.CONSOLE, person))
        look.visit(partner, "partner-empty", without_objects(Door.PORTAL, None))

    look.report(at_least=40)


def test_a_page_that_is_not_sound_is_seen(
    look: Look, stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    django = engines["django"]
    page = django.get_template("web/errors/404.html").template
    monkeypatch.setattr(page, "nodelist", django.from_string(UNSOUND).template.nodelist)

    look.visit(stage.staff["operations"], "planted", [("planted", "/console/no-such-page")])

    told = "\n".join(look.problems)
    assert "image-alt" in told
    assert "sideways at 320" in told
    assert "Content Security Policy" in told
    with pytest.raises(AssertionError, match="image-alt"):
        look.report(at_least=1)


def test_a_look_that_opened_too_little_fails(look: Look, stage: Stage):
    look.visit(stage.staff["operations"], "one", [("console:home", reverse("console:home"))])

    look.report(at_least=1)
    with pytest.raises(AssertionError, match="only 1 pages were opened"):
        look.report(at_least=2)


def absent(door: Door) -> list[tuple[str, str]]:
    """This will list the addresses of a door with an object that does not exist."""
    return [
        (name, reverse(name, kwargs=dict.fromkeys(route.arguments, ABSENT)))
        for name, route in routes(door)
        if route.arguments and not {"page", "number"} & set(route.arguments)
    ]


def without_objects(door: Door, person: Actor | None) -> list[tuple[str, str]]:
    """This will list the addresses of a door that need no object, as far as a person may."""
    return [
        (name, reverse(name))
        for name, route in routes(door)
        if not route.arguments and (person is None or may(person, route))
    ]
