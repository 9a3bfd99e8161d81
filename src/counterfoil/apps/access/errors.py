"""Refusals of access: who may be let in, and what they may hold."""


class AccessRefused(Exception):
    """Access refuses; the message is for the person who asked."""


class UnknownPerson(AccessRefused):
    """No person of this id."""


class PersonExists(AccessRefused):
    """A person with this mail address exists already."""


class PersonInactive(AccessRefused):
    """The person's access was removed."""


class UnknownRole(AccessRefused):
    """There is no such role for this kind of person."""


class GrantToSelf(AccessRefused):
    """Nobody gives roles to themselves or takes their own away."""


class ConflictingRoles(AccessRefused):
    """The role can't be held together with one that the person holds."""


class RoleHeld(AccessRefused):
    """The person holds the role already."""


class RoleNotHeld(AccessRefused):
    """The person does not hold the role."""


class LastAdministrator(AccessRefused):
    """Somebody must be left who can let people in."""


class InvitationInvalid(AccessRefused):
    """The link is unknown, used, withdrawn or too old."""


class WeakPassword(AccessRefused):
    """The password does not pass the rules; the message says which."""


class WrongCode(AccessRefused):
    """The one-time code is wrong, was used already, or too many were tried."""

    field = "code"


class UnknownKey(AccessRefused):
    """No API key of this id, or not one that the person may see."""


class KeyRefused(AccessRefused):
    """An API key can't be made as asked."""
