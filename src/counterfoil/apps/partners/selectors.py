"""Reads of partners."""

from counterfoil.apps.partners.models import Membership, SourceKey
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


def partner_ids_by_key(*, source: str) -> dict[str, int]:
    """This will map the keys by which `source` knows partners to their ids."""
    return dict(SourceKey.objects.filter(source=source).values_list("key", "partner_id"))


def record_digests_by_key(*, source: str) -> dict[str, str]:
    """This will map the keys of `source` to the digest of the row imported last."""
    return dict(SourceKey.objects.filter(source=source).values_list("key", "record_sha256"))
