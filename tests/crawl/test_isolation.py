"""The isolation crawl: every route x persona x own, other's and absent object, in three modes.

Both walls standing; row-level security alone, while the application takes everybody for the other
partner; the application alone, with every policy of the portal open. No mode may leak. With both
walls down the crawl must find leaks, or it would prove nothing (DESIGN 6, trust.md 6.4).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from psycopg import sql

from counterfoil.adapters.files_local import LocalFiles
from counterfoil.core.actors import Actor
from counterfoil.core.authority import AUTHORITY
from counterfoil.foundation import adapters
from counterfoil.foundation.acting import Principal, acting_as, staff
from counterfoil.foundation.isolation import declarations
from counterfoil.interfaces.web import middleware
from tests.conftest import own_conninfo
from tests.crawl.probe import (
    Answer,
    address_of,
    ask,
    client_of,
    leaks_in,
    names_partners_object,
)
from tests.crawl.routes import LIBRARY_PREFIXES, ROUTES, Door, Route, all_routes
from tests.crawl.stage import Side, Stage, tokens_in

pytestmark = pytest.mark.db


@pytest.fixture(autouse=True)
def _stage_files(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the doors open the stage's evidence."""
    known = dict(settings.COUNTERFOIL_ADAPTERS)
    known["evidence_store"] = ("tests.crawl.test_isolation.StageFiles", {"root": stage.evidence})
    monkeypatch.setattr(settings, "COUNTERFOIL_ADAPTERS", known)
    adapters.adapter.cache_clear()
    yield
    adapters.adapter.cache_clear()


class StageFiles(LocalFiles):
    """The evidence of the stage."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)


def routes(door: Door | None = None) -> list[tuple[str, Route]]:
    known = {name for name, _ in all_routes()}
    return [
        (name, route)
        for name, route in ROUTES.items()
        if name in known and (door is None or route.door is door)
    ]


def may(actor: Actor, route: Route) -> bool:
    return bool(set(actor.roles) & set(AUTHORITY[route.action][0]))


def other_of(stage: Stage, side: Side) -> Side:
    return stage.sides["b" if side.letter == "a" else "a"]


def report(wrong: list[str]) -> None:
    """This will fail with every finding on a line of its own."""
    assert not wrong, "\n" + "\n".join(sorted(set(wrong)))


# --- The table ----------------------------------------------------------------------------------


def missing_routes() -> list[str]:
    """This will list the addresses that the table does not know, or knows with other arguments."""
    return [
        name
        for name, arguments in all_routes()
        if not name.startswith(LIBRARY_PREFIXES)
        and (name not in ROUTES or set(ROUTES[name].arguments) != set(arguments))
    ]


def test_the_table_knows_every_route_with_its_arguments():
    assert missing_routes() == []


def test_the_table_names_no_route_that_is_gone():
    assert sorted(set(ROUTES) - {name for name, _ in all_routes()}) == []


def test_a_route_that_the_table_lacks_is_seen(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delitem(ROUTES, "portal:letter")
    monkeypatch.setitem(ROUTES, "portal:submission", Route(Door.PORTAL, "submissions.view"))

    assert set(missing_routes()) == {"portal:letter", "portal:submission"}


# --- Both walls ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("letter", "seat"), [("a", "admin"), ("b", "admin"), ("a", "member")])
def test_a_partners_person_sees_their_own_and_nothing_of_another(
    stage: Stage, letter: str, seat: str
):
    side = stage.sides[letter]
    actor: Actor = getattr(side, seat)
    browser, wrong = client_of(actor), []
    for name, route in routes():
        for which, objects in (("own", side), ("other", other_of(stage, side)), ("absent", None)):
            if which != "own" and not route.arguments:
                continue
            address = address_of(name, route, stage, objects)
            answer = ask(browser, "GET", address)
            wrong += [
                f"{name} {which}: {mark}"
                for mark in leaks_in(
                    answer, own=letter, others=[other_of(stage, side)], asked=address
                )
            ]
            if not _as_expected(actor, route, which, side, answer, letter):
                wrong.append(f"{name} {which}: {answer.status}")
    report(wrong)


def _as_expected(
    actor: Actor, route: Route, which: str, side: Side, answer: Answer, letter: str
) -> bool:
    if route.door is Door.ANYBODY:
        return answer.status < 500
    if route.door is Door.API:
        return answer.status == 401
    if route.door is Door.CONSOLE or not may(actor, route):
        return answer.status in {403, 404, 405}
    if which == "own" or not names_partners_object(route, side):
        return answer.status in route.answers
    return answer.status in {404, 405}


@pytest.mark.parametrize("letter", ["a", "b"])
def test_a_post_to_another_partners_object_finds_nothing_and_changes_nothing(
    stage: Stage, stage_database: str, letter: str
):
    side = stage.sides[letter]
    other = other_of(stage, side)
    browser, wrong = client_of(side.admin), []
    before = fingerprint(stage_database, other)
    for name, route in routes():
        if not names_partners_object(route, side):
            continue
        for objects in (other, None):
            address = address_of(name, route, stage, objects)
            answer = ask(browser, "POST", address)
            if answer.status not in {404, 405}:
                wrong.append(f"{name}: {answer.status}")
            wrong += leaks_in(answer, own=letter, others=[other], asked=address)

    report(wrong)
    assert fingerprint(stage_database, other) == before


def fingerprint(name: str, side: Side) -> dict[str, str]:
    """This will digest every row of a partner, table by table."""
    found = {}
    with psycopg.connect(own_conninfo(name, user="postgres")) as insider:
        for item in declarations():
            if item.by is None:
                continue
            row = insider.execute(
                sql.SQL(
                    "SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) "
                    "FROM {} t WHERE {} = %s"
                ).format(sql.Identifier(item.table), sql.Identifier(item.by)),
                [side.partner_pk],
            ).fetchone()
            found[item.table] = str(row[0]) if row else ""
    return found


def test_every_post_without_a_form_token_is_refused(stage: Stage):
    side = stage.sides["a"]
    wrong = []
    for actor in (side.admin, stage.staff["administrator"], stage.staff["finance_checker"]):
        browser = client_of(actor, enforce_csrf_checks=True)
        for name, route in routes():
            answer = ask(browser, "POST", address_of(name, route, stage, side))
            refused = {401, 403, 404, 405} if name.startswith("api:") else {403}
            if answer.status not in refused:
                wrong.append(f"{name} as {actor.role}: {answer.status}")
    report(wrong)


def _nobody(stage: Stage, who: str) -> Actor | None:
    return {"anonymous": None, "removed": stage.removed, "suspended": stage.suspended}[who]


@pytest.mark.parametrize("who", ["anonymous", "removed", "suspended"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_has_no_way_in_learns_nothing(stage: Stage, who: str, method: str):
    browser, wrong = client_of(_nobody(stage, who)), []
    sides = list(stage.sides.values())
    for name, route in routes():
        address = address_of(name, route, stage, sides[0])
        answer = ask(browser, method, address)
        leaks = leaks_in(
            answer, own="c" if who == "suspended" else "-", others=sides, asked=address
        )
        wrong += [f"{name}: {mark}" for mark in leaks]
        is_open = route.door is Door.PORTAL and who == "suspended"
        if answer.status >= 500 or (
            answer.status == 200 and route.door is not Door.ANYBODY and not is_open
        ):
            wrong.append(f"{name}: {answer.status}")
    report(wrong)


@pytest.mark.parametrize(
    "role", sorted({role for roles, _ in AUTHORITY.values() for role in roles})
)
def test_the_vendors_people_open_what_the_authority_table_says(stage: Stage, role: str):
    actor = stage.staff.get(role)
    if actor is None:
        assert role.startswith("partner_")
        return
    side = stage.sides["a"]
    browser, wrong = client_of(actor), []
    for name, route in routes():
        address = address_of(name, route, stage, side)
        answer = ask(browser, "GET", address)
        if route.door is Door.CONSOLE and may(actor, route):
            fits = answer.status in route.answers
            first = next(r for r in AUTHORITY[route.action][0] if r in stage.staff)
            is_asked = route.arguments and role == first
            absent = address_of(name, route, stage, None) if is_asked else ""
            if absent and ask(browser, "GET", absent).status not in route.absent:
                wrong.append(f"{name} absent")
        elif route.door is Door.CONSOLE:
            statuses = {answer.status, ask(browser, "POST", address).status}
            fits = 403 in statuses and statuses <= {403, 405}
        elif route.door is Door.PORTAL:
            statuses = {answer.status, ask(browser, "POST", address).status}
            fits = 404 in statuses and statuses <= {404, 405}
        elif route.door is Door.API:
            fits = answer.status == 401
        else:
            fits = answer.status < 500
        if not fits:
            wrong.append(f"{name}: {answer.status}")
    report(wrong)


def test_no_mail_carries_what_belongs_to_another(stage: Stage):
    from counterfoil.apps.messaging.models import OutboxMessage

    letters = {side.partner_pk: side.letter for side in stage.sides.values()}
    with acting_as(staff()):
        mails = list(OutboxMessage.objects.exclude(partner_id=0))
    foreign = [
        (mail.template, mark)
        for mail in mails
        for letter, mark in tokens_in(
            f"{mail.to_email} {mail.to_name} {mail.subject} {mail.body}".encode()
        )
        if letter != letters.get(mail.partner_id, "c")
    ]
    assert foreign == []
    assert {mail.partner_id for mail in mails} >= set(letters)


# --- Each wall alone ----------------------------------------------------------------------------


@contextmanager
def mistaken_application(stage: Stage, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """This will make the application take each partner's person for one of the other partner.

    The database is told the truth: every scoped query now asks for foreign rows, and only
    row-level security can say no. It covers every forgotten or wrong filter at once.
    """
    swap = {side.partner_pk: other_of(stage, side).partner_pk for side in stage.sides.values()}
    choose = middleware.choose_seat

    def choose_wrong(*given):
        actor = choose(*given)
        return actor and replace(actor, partner_id=swap.get(actor.partner_id, actor.partner_id))

    with patch.context() as patched:
        patched.setattr(middleware, "choose_seat", choose_wrong)
        patched.setattr(middleware, "portal", lambda pk: Principal("cf_portal", swap.get(pk, pk)))
        yield


@contextmanager
def open_policies(name: str) -> Iterator[None]:
    """This will let the portal's database role see and write every partner's rows."""
    tables = [item.table for item in declarations() if item.by is not None and item.portal]
    with psycopg.connect(own_conninfo(name, user="postgres"), autocommit=True) as insider:
        for table in tables:
            insider.execute(
                sql.SQL("ALTER POLICY cf_portal_own ON {} USING (true) WITH CHECK (true)").format(
                    sql.Identifier(table)
                )
            )
        yield
        from counterfoil.foundation import database

        database.apply_isolation()


def crawl_partners(stage: Stage, door: Door | None = None) -> list[str]:
    """This will ask for everything as both partners' administrators and list the leaks.

    The console is asked for the other's objects only; the guards before it are tested above.
    """
    found = []
    for side in stage.sides.values():
        other = other_of(stage, side)
        browser = client_of(side.admin)
        for name, route in routes(door):
            is_whole = route.arguments and route.door is not Door.CONSOLE
            for objects in (side, other) if is_whole else (other,):
                address = address_of(name, route, stage, objects)
                answer = ask(browser, "GET", address)
                leaks = leaks_in(answer, own=side.letter, others=[other], asked=address)
                found += [f"{name}: {mark}" for mark in leaks]
    return found


def test_row_level_security_alone_keeps_partners_apart(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    with mistaken_application(stage, monkeypatch):
        report(crawl_partners(stage))


def test_the_application_alone_keeps_partners_apart(stage: Stage, stage_database: str):
    with open_policies(stage_database):
        report(crawl_partners(stage))


def test_with_both_walls_down_the_crawl_finds_the_leaks(
    stage: Stage, stage_database: str, monkeypatch: pytest.MonkeyPatch
):
    with open_policies(stage_database), mistaken_application(stage, monkeypatch):
        found = crawl_partners(stage, Door.PORTAL)

    seen = {leak.split(":")[1] for leak in found if leak.startswith("portal:")}
    wanted = {"home", "submissions", "submission", "letter_pdf", "original", "people", "messages"}
    assert wanted <= seen, sorted(wanted - seen)


def forget_the_filter(patch: pytest.MonkeyPatch) -> Callable[..., None]:
    """This will take the owner's condition out of the look-up of submissions."""
    from django.db.models import Q

    from counterfoil.apps.submissions.selectors import heads

    patch.setattr(heads, "scope_of", lambda by: Q())
    return heads.get_head


def test_a_forgotten_filter_is_found_by_the_crawl_and_held_by_the_database(
    stage: Stage, stage_database: str, monkeypatch: pytest.MonkeyPatch
):
    forget_the_filter(monkeypatch)

    report(crawl_partners(stage, Door.PORTAL))
    with open_policies(stage_database):
        assert crawl_partners(stage, Door.PORTAL) != []
