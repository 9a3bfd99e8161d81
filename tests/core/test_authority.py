"""One table decides, is tested row by row, and is the page that people read."""

from pathlib import Path

import pytest

from counterfoil.core.actors import PARTNER_ROLES, STAFF_ROLES, Actor, Grant
from counterfoil.core.authority import (
    AUTHORITY,
    CONFLICTING_ROLES,
    SEPARATED,
    NotAllowed,
    may,
    refusal_of,
    require,
)
from counterfoil.core.authority_page import permissions_page
from counterfoil.core.money import Money

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "permissions.md"
ROLES = (*STAFF_ROLES, *PARTNER_ROLES)


def holder(role: str, **extra: object) -> Actor:
    return Actor("usr_x", "X", (Grant(role, **extra),), user_pk=1)  # type: ignore[arg-type]


@pytest.mark.parametrize("action", AUTHORITY)
@pytest.mark.parametrize("role", ROLES)
def test_every_role_may_exactly_what_the_table_says(role, action):
    allowed = role in AUTHORITY[action][0]

    assert may(holder(role), action) is allowed
    if not allowed:
        with pytest.raises(NotAllowed, match="needs one of the roles"):
            require(holder(role), action)


def test_the_page_is_the_table():
    assert PAGE.read_text(encoding="utf-8") == permissions_page(), "run `counterfoil gen`"


def test_the_page_names_every_action_and_every_role():
    page = permissions_page()

    assert all(f"`{action}`" in page for action in AUTHORITY)
    assert all(role.replace("_", " ") in page for role in ROLES)


def test_a_changed_table_is_seen_on_the_page(monkeypatch):
    before = permissions_page()
    roles, meaning = AUTHORITY["ledger.reverse"]
    monkeypatch.setitem(AUTHORITY, "ledger.reverse", ((*roles, "operations"), meaning))

    assert permissions_page() != before


def test_every_name_in_the_table_exists():
    assert {role for roles, _ in AUTHORITY.values() for role in roles} <= set(ROLES)
    assert {action for pair in SEPARATED for action in pair} <= set(AUTHORITY)
    assert {role for pair in CONFLICTING_ROLES for role in pair} <= set(STAFF_ROLES)


def test_somebody_without_a_role_may_nothing():
    nobody = Actor("usr_x", "X", (), user_pk=1)

    assert not [action for action in AUTHORITY if may(nobody, action)]


def test_an_unknown_action_is_a_mistake_of_the_program():
    with pytest.raises(KeyError):
        may(holder("administrator"), "submissions.bless")


@pytest.mark.parametrize(
    ("amount", "is_allowed"),
    [
        (Money(500_000, "EUR"), True),
        (Money(500_001, "EUR"), False),
        (Money(1, "USD"), False),
        (Money(0, "EUR"), True),
    ],
)
def test_a_limit_holds_to_the_cent_and_in_its_currency_only(amount, is_allowed):
    olga = holder("operations", limit_minor=500_000, limit_currency="EUR")

    refusal = refusal_of(olga, "submissions.approve", amount=amount)

    assert (refusal is None) is is_allowed
    if refusal is not None:
        assert amount.format_plain() in refusal.reason


def test_a_role_of_one_region_or_program_does_not_reach_another():
    olga = holder("operations", region="emea", program="mdf")

    assert may(olga, "submissions.approve", region="emea", program="mdf")
    assert not may(olga, "submissions.approve", region="apac", program="mdf")
    assert not may(olga, "submissions.approve", region="emea", program="spiff")
