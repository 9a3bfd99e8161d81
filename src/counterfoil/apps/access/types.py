"""What access hands out."""

from dataclasses import dataclass
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
