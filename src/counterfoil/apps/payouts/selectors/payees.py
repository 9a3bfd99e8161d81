"""Reads of payees."""

from collections.abc import Iterable

from counterfoil.apps.partners.models import Contact, Membership, Organization
from counterfoil.apps.payouts.errors import UnknownPayee
from counterfoil.apps.payouts.models import Payee
from counterfoil.apps.payouts.types import MailTarget, PayeeInfo


def get_payee(payee_id: str) -> PayeeInfo:
    """This will read a payee by its public id; raises UnknownPayee."""
    row = Payee.objects.filter(public_id=payee_id).first()
    if row is None:
        raise UnknownPayee(f"There is no payee {payee_id}.")
    return payee_info(row)


def payees_of(*, partner_id: int) -> tuple[PayeeInfo, ...]:
    """This will list the current payees of a partner, by currency."""
    rows = Payee.objects.filter(partner_id=partner_id, replaced_at__isnull=True)
    return tuple(payee_info(row) for row in rows.order_by("currency"))


def list_payees(
    *, status: str | None = None, after: int = 0, limit: int = 100
) -> tuple[PayeeInfo, ...]:
    """This will list current payees by age; pass the last one's `id` as `after` for more."""
    rows = Payee.objects.filter(replaced_at__isnull=True, pk__gt=after)
    if status is not None:
        rows = rows.filter(status=status)
    return tuple(payee_info(row) for row in rows.order_by("pk")[: max(1, min(limit, 500))])


def mail_targets(*, partner_ids: Iterable[int]) -> dict[int, MailTarget]:
    """This will find whom to write to: the primary contact, any contact, else a portal admin.

    A partner without any address is left out. Three queries.
    """
    wanted = set(partner_ids)
    languages = dict(Organization.objects.filter(pk__in=wanted).values_list("pk", "language"))
    contacts = (
        Contact.objects.filter(partner_id__in=wanted, ended_at__isnull=True)
        .exclude(email="")
        .order_by("-is_primary", "pk")
        .values_list("partner_id", "name", "email")
    )
    # "partner_admin" stands before "partner_member".
    members = (
        Membership.objects.filter(partner_id__in=wanted, ended_at__isnull=True)
        .order_by("role", "pk")
        .values_list("partner_id", "person_name", "person_email")
    )
    targets: dict[int, MailTarget] = {}
    for pk, name, email in (*contacts, *members):
        targets.setdefault(pk, MailTarget(name, email, languages[pk]))
    return targets


def payee_info(row: Payee) -> PayeeInfo:
    """This will freeze a payee's row."""
    return PayeeInfo(
        id=row.pk,
        public_id=row.public_id,
        partner_id=row.partner_id,
        legal_name=row.legal_name,
        erp_vendor_number=row.erp_vendor_number,
        country=row.country,
        currency=row.currency,
        route=row.route,
        tax_recoverable=row.tax_recoverable,
        status=row.status,
        entered_by=row.entered_by,
        entered_at=row.entered_at,
        checked_by=row.checked_by,
        checked_at=row.checked_at,
    )
