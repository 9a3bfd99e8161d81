"""Who acts: the value that every write takes as `by`."""

from dataclasses import dataclass

STAFF_ROLES = (
    "operations",
    "team_lead",
    "finance_maker",
    "finance_checker",
    "partner_manager",
    "account_executive",
    "auditor",
    "administrator",
    "leadership",
)
PARTNER_ROLES = ("partner_admin", "partner_member")


@dataclass(frozen=True, slots=True)
class Grant:
    """A role held; empty region or program means all, `limit_minor` None means no limit."""

    role: str
    region: str = ""
    program: str = ""
    limit_minor: int | None = None
    limit_currency: str = ""


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or a part of the system that acts; `id` is public (`usr_…` or `system:…`).

    `partner_id` is 0 for the vendor's people and for the system. `user_pk` is None for the system.
    """

    id: str
    name: str
    grants: tuple[Grant, ...] = ()
    partner_id: int = 0
    user_pk: int | None = None
    on_behalf_of: str = ""

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(grant.role for grant in self.grants))

    @property
    def role(self) -> str:
        """The role that the audit log names: the first one held."""
        return self.grants[0].role if self.grants else "system"

    @property
    def is_system(self) -> bool:
        return self.user_pk is None

    @property
    def is_partner(self) -> bool:
        return self.partner_id != 0


def system_actor(part: str) -> Actor:
    """This will name a part of the system as the actor, e.g. `system:screening`."""
    return Actor(id=f"system:{part}", name=f"Counterfoil ({part})")
