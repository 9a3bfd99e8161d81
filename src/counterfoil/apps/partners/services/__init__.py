"""Writes of partners: organizations, contacts, agreements, status, and their portal people."""

from counterfoil.apps.partners.services.belongings import (
    add_agreement,
    add_contact,
    end_contact,
    update_contact,
)
from counterfoil.apps.partners.services.imports import ImportedPartners, import_partners
from counterfoil.apps.partners.services.members import (
    add_member,
    change_member_role,
    end_membership,
    end_memberships_of,
)
from counterfoil.apps.partners.services.organizations import (
    add_source_key,
    assign_manager,
    change_status,
    create_organization,
    import_organization,
    moves_from,
    tag_organization,
    update_organization,
)

__all__ = [
    "ImportedPartners",
    "add_agreement",
    "add_contact",
    "add_member",
    "add_source_key",
    "assign_manager",
    "change_member_role",
    "change_status",
    "create_organization",
    "end_contact",
    "end_membership",
    "end_memberships_of",
    "import_organization",
    "import_partners",
    "moves_from",
    "tag_organization",
    "update_contact",
    "update_organization",
]
