"""What access hands out."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from counterfoil.core.actors import Actor


@dataclass(frozen=True, slots=True)
class Person:
    """A person who is signed in: who acts, and how they want to be spoken to."""

    actor: Actor
    email: str
    is_staff_member: bool
    language: str
    zone: ZoneInfo
    theme: str
    has_shortcuts: bool

    @property
    def initials(self) -> str:
        parts = self.actor.name.split()
        return "".join(part[0] for part in (*parts[:1], *parts[1:][-1:])).upper()


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role that a person holds or held, with its limits and who gave it.

    `limit_minor` is in minor units of `limit_currency`; None means no limit.
    """

    role: str
    region: str
    program: str
    limit_minor: int | None
    limit_currency: str
    granted_by: str
    granted_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person as the people page lists them; `roles` are the open ones, `history` all."""

    id: str
    user_pk: int
    name: str
    email: str
    is_staff_member: bool
    is_active: bool
    language: str
    has_mfa: bool
    created_at: datetime
    last_sign_in_at: datetime | None
    roles: tuple[RoleRow, ...] = ()
    history: tuple[RoleRow, ...] = ()


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """A page of people by name, and the cursor of the next one (empty at the end)."""

    people: tuple[PersonRow, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """An invitation and what became of it; `state` is open, accepted, withdrawn or expired."""

    id: str
    email: str
    name: str
    role: str
    region: str
    partner_id: int
    invited_at: datetime
    expires_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class InvitationSent:
    """A new invitation with its secret, which is in the link of the mail and nowhere else."""

    id: str
    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Joined:
    """Who came in by an invitation, and where; `is_new` when a password was set."""

    actor: Actor
    email: str
    role: str
    partner_id: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where to reach a person."""

    name: str
    email: str
    language: str


@dataclass(frozen=True, slots=True)
class KeyRow:
    """An API key as lists show it; `state` is active, expired or revoked."""

    id: str
    name: str
    owner_id: str
    owner_name: str
    made_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    state: str


@dataclass(frozen=True, slots=True)
class KeyMade:
    """A new API key with its secret, which is shown once and kept nowhere."""

    id: str
    token: str
    expires_at: datetime
