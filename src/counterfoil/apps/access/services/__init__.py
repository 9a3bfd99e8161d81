"""Writes of access: people, their roles, invitations, and what the log keeps of sign-ins."""

from counterfoil.apps.access.services.invitations import (
    accept_invitation,
    invite_first_administrator,
    invite_person,
    withdraw_invitation,
)
from counterfoil.apps.access.services.keys import make_key, note_key_use, revoke_key
from counterfoil.apps.access.services.people import (
    create_person,
    remove_person,
    update_preferences,
)
from counterfoil.apps.access.services.roles import end_role, grant_role
from counterfoil.apps.access.services.second_factor import prove_person
from counterfoil.apps.access.services.sign_ins import (
    record_failed_sign_in,
    record_sign_in,
    record_sign_out,
)

__all__ = [
    "accept_invitation",
    "create_person",
    "end_role",
    "grant_role",
    "invite_first_administrator",
    "invite_person",
    "make_key",
    "note_key_use",
    "prove_person",
    "record_failed_sign_in",
    "record_sign_in",
    "record_sign_out",
    "remove_person",
    "revoke_key",
    "update_preferences",
    "withdraw_invitation",
]
