"""Who acts in the tour: the vendor's people, one for each role, and a person of each partner."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from counterfoil.apps.access.services import create_person, grant_role
from counterfoil.apps.partners.services import add_member
from counterfoil.core.actors import Actor, Grant, system_actor
from counterfoil.foundation.acting import acting_as, staff

SETUP = system_actor("setup")

# The first one administers and lets in the others.
VENDOR_PEOPLE = (
    ("administrator", "Sam Kowalski", "sam.kowalski"),
    ("operations", "Dana Whitfield", "dana.whitfield"),
    ("operations", "Marcus Oyelaran", "marcus.oyelaran"),
    ("team_lead", "Ines Carvalho", "ines.carvalho"),
    ("finance_maker", "Tom Adeyemi", "tom.adeyemi"),
    ("finance_checker", "Greta Lindqvist", "greta.lindqvist"),
    ("finance_checker", "Nils Aaltonen", "nils.aaltonen"),
    ("partner_manager", "Jonas Feld", "jonas.feld"),
    ("account_executive", "Priya Raman", "priya.raman"),
    ("auditor", "Helen Osei", "helen.osei"),
    ("leadership", "Ruth Delacroix", "ruth.delacroix"),
)
_FIRST = (
    "Jule", "Amir", "Clara", "Diego", "Emi", "Farid", "Grace", "Hugo", "Iris", "Joel", "Kira",
    "Liam", "Mara", "Nils", "Olga", "Paul", "Rosa", "Sven", "Tara", "Umar", "Vera", "Wim", "Yara",
)  # fmt: skip
_LAST = (
    "Harms",
    "Abbott", "Brandt", "Costa", "Dahl", "Endo", "Frost", "Greco", "Hale", "Ito", "Jensen",
    "Keller", "Lund", "Moreau", "Novak", "Okafor", "Perez", "Quinn", "Rossi", "Stein", "Tanaka",
    "Unger", "Vogel", "Walsh", "Young", "Zeller",
)  # fmt: skip


@dataclass(slots=True)
class Cast:
    """The actors by role; `partners` by the partner's row."""

    vendor: dict[str, list[Actor]] = field(default_factory=dict)
    partners: dict[int, Actor] = field(default_factory=dict)

    def one(self, role: str, turn: int = 0) -> Actor:
        """This will return the `turn`-th holder of a role, going round."""
        held = self.vendor[role]
        return held[turn % len(held)]


def hire_vendor(cast: Cast, *, domain: str, zone: str, at: datetime) -> None:
    """This will make the vendor's people, one role each."""
    giver = SETUP
    with acting_as(staff()):
        for role, name, account in VENDOR_PEOPLE:
            person = create_person(
                email=f"{account}@{domain}", name=name, is_staff_member=True, time_zone=zone,
                by=SETUP, at=at,
            )  # fmt: skip
            grant_role(person_id=person.id, role=role, by=giver, at=at, reason="set-up")
            if role == "administrator" and giver is SETUP:
                giver = replace(person, grants=(Grant(role),))
            cast.vendor.setdefault(role, []).append(replace(person, grants=(Grant(role),)))


def hire_partner(
    cast: Cast,
    *,
    partner_pk: int,
    domain: str,
    at: datetime,
    language: str = "en",
    zone: str = "UTC",
) -> Actor:
    """This will give a partner its first person, an administrator of the portal."""
    name = f"{_FIRST[partner_pk % len(_FIRST)]} {_LAST[(partner_pk * 7) % len(_LAST)]}"
    email = f"{name.lower().replace(' ', '.')}@{domain}"
    with acting_as(staff()):
        person = create_person(
            email=email, name=name, is_staff_member=False, language=language, time_zone=zone,
            by=SETUP, at=at,
        )  # fmt: skip
        assert person.user_pk is not None
        add_member(
            partner_pk=partner_pk, user_pk=person.user_pk, name=name, email=email,
            role="partner_admin", by=SETUP, at=at,
        )  # fmt: skip
    actor = replace(person, partner_id=partner_pk, grants=(Grant("partner_admin"),))
    cast.partners[partner_pk] = actor
    return actor
