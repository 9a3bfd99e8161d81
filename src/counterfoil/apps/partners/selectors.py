"""Reads of partners."""

from counterfoil.apps.partners.models import Membership
from counterfoil.apps.partners.types import Seat


def list_seats(*, user_pk: int) -> tuple[Seat, ...]:
    """This will list the partners that a portal person may act for; ended partners are left out."""
    rows = (
        Membership.objects.filter(user_id=user_pk, ended_at__isnull=True)
        .exclude(partner__status="ended")
        .select_related("partner")
        .order_by("pk")
    )
    return tuple(
        Seat(row.partner_id, row.partner.public_id, row.partner.name, row.role) for row in rows
    )
