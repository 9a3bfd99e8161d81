"""The heading of a page."""

from collections.abc import Sequence
from dataclasses import dataclass

from counterfoil.core.actors import Actor
from counterfoil.interfaces.console.guard import may_somewhere
from counterfoil.interfaces.console.tables import Words
from counterfoil.interfaces.web.presenters import Act, Status


@dataclass(frozen=True, slots=True)
class Head:
    """Title, one sentence below it, a status, and what one can do here."""

    title: Words
    lead: Words = ""
    status: Status | None = None
    acts: Sequence[Act] = ()


def acts_for(actor: Actor, *offered: tuple[str, Act]) -> list[Act]:
    """This will keep the acts that the actor's role may do; each comes with its permission."""
    return [act for action, act in offered if may_somewhere(actor, action)]
