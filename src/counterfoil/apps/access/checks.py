"""Roles that people hold compared with those that the audit log says were given."""

from collections.abc import Iterator

from counterfoil.apps.access.models import RoleAssignment
from counterfoil.apps.audit.selectors.statements import statements
from counterfoil.core.differences import Difference
from counterfoil.core.money import Money

Place = tuple[str, str, str, str]


def role_differences() -> Iterator[Difference]:
    """This will name roles that nobody gave on record, and those that were taken off it."""
    told: dict[Place, tuple[str, str]] = {}
    for each in statements(object_type="person", actions=("role.granted", "role.ended")):
        data = each.data
        place = (each.object_id, data["role"], data["region"], data["program"])
        if each.action == "role.ended":
            told.pop(place, None)
            continue
        # A joining person is the actor of what their inviter gave them.
        giver = data.get("granted_by", each.actor_id)
        told[place] = ("" if giver.startswith("system:") else giver, data["limit"])
    rows = RoleAssignment.objects.filter(ended_at__isnull=True)
    for row in rows.select_related("user", "granted_by").order_by("pk"):
        place = (row.user.public_id, row.role, row.region, row.program)
        limit = (
            ""
            if row.limit_minor is None
            else Money(row.limit_minor, row.limit_currency).format_plain()
        )
        giver = row.granted_by.public_id if row.granted_by else ""
        said = told.pop(place, None)
        if said is None:
            yield _role(place, "the audit log knows nobody who gave it")
        elif said != (giver, limit):
            yield _role(place, "its giver or its limit is not the one on record")
    for place in told:
        yield _role(place, "was given, and is gone without being ended")


def _role(place: Place, message: str) -> Difference:
    return Difference("roles as given", f"{place[1]} of {place[0]}", message)
