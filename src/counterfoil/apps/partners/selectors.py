"""Reads of partners."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Q

from counterfoil.apps.audit.selectors import list_events
from counterfoil.apps.audit.types import EventFilters, EventPage
from counterfoil.apps.partners.errors import UnknownPartner
from counterfoil.apps.partners.models import (
    Agreement,
    Contact,
    Membership,
    Organization,
    SourceKey,
)
from counterfoil.apps.partners.types import (
    STANDINGS,
    Addressee,
    AgreementRow,
    ContactRow,
    MemberRow,
    Partner,
    PartnerData,
    PartnerPage,
    PartnerRow,
    Seat,
)

PAGE_SIZE = 50
ROWS_MAX = 200


def list_seats(*, user_pk: int) -> tuple[Seat, ...]:
    """This will list the partners that a portal person may act for, ended ones left out."""
    rows = (
        Membership.objects.filter(user_id=user_pk, ended_at__isnull=True)
        .exclude(partner__status="ended")
        .select_related("partner")
        .order_by("pk")
    )
    return tuple(
        Seat(row.partner_id, row.partner.public_id, row.partner.name, row.role) for row in rows
    )


def list_partners(
    *,
    search: str = "",
    status: str = "",
    region: str = "",
    kind: str = "",
    tag: str = "",
    manager_id: str = "",
    cursor: str = "",
    limit: int = PAGE_SIZE,
) -> PartnerPage:
    """This will return a page of partners by name; `cursor` is the page before's.

    Every filter is optional; `search` looks into names, tax id and source keys.
    """
    rows = Organization.objects.select_related("manager").order_by("name", "id")
    if search:
        keys = SourceKey.objects.filter(key=search).values("partner_id")
        rows = rows.filter(
            Q(name__icontains=search)
            | Q(legal_name__icontains=search)
            | Q(tax_id=search)
            | Q(public_id=search)
            | Q(pk__in=keys)
        )
    exact = {"status": status, "region": region, "kind": kind, "manager__public_id": manager_id}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if tag:
        rows = rows.filter(tags__contains=[tag])
    if cursor:
        last = Organization.objects.filter(public_id=cursor).first()
        if last is not None:
            rows = rows.filter(Q(name__gt=last.name) | Q(name=last.name, pk__gt=last.pk))
    found = list(rows[: limit + 1])
    shown = tuple(_row(row, with_manager=True) for row in found[:limit])
    return PartnerPage(shown, shown[-1].id if len(found) > limit else "")


def get_partner(*, partner_id: str) -> Partner:
    """This will return a partner with contacts, agreements and people. Raises UnknownPartner.

    For the vendor's people: the portal's role can't read managers; it uses `own_partner`.
    """
    row = Organization.objects.select_related("manager").filter(public_id=partner_id).first()
    if row is None:
        raise UnknownPartner("there is no such partner")
    return _partner(row, "" if row.manager is None else row.manager.name)


def own_partner(*, partner_pk: int) -> Partner:
    """This will return the partner that a portal person acts for. Raises UnknownPartner."""
    row = Organization.objects.filter(pk=partner_pk).first()
    if row is None:
        raise UnknownPartner("there is no such partner")
    return _partner(row, "")


def find_partner_row(*, partner_pk: int) -> PartnerRow | None:
    """This will return a partner without what belongs to it, or None; any role may ask."""
    row = Organization.objects.filter(pk=partner_pk).first()
    return None if row is None else _row(row, with_manager=False)


def partner_rows(*, partner_pks: Iterable[int]) -> dict[int, PartnerRow]:
    """This will return many partners by number, in one query."""
    rows = Organization.objects.filter(pk__in=set(partner_pks))
    return {row.pk: _row(row, with_manager=False) for row in rows}


def partner_pks_by_key(*, source: str, keys: Iterable[str]) -> dict[str, int]:
    """This will find partners by the keys of another system; unknown keys are left out."""
    rows = SourceKey.objects.filter(source=source, key__in=list(keys))
    return dict(rows.values_list("key", "partner_id"))


def list_members(*, partner_pk: int) -> tuple[MemberRow, ...]:
    """This will list the portal people of a partner, by name."""
    rows = Membership.objects.filter(partner_id=partner_pk, ended_at__isnull=True)
    return tuple(
        MemberRow(row.public_id, row.person_name, row.person_email, row.role, row.since_at)
        for row in rows.order_by("person_name", "pk")[:ROWS_MAX]
    )


def agreement_in_force(*, partner_pk: int, kind: str, on: date) -> AgreementRow | None:
    """This will return the newest agreement of a kind that is in force on a day, or None."""
    rows = Agreement.objects.filter(
        Q(in_force_to__isnull=True) | Q(in_force_to__gte=on),
        partner_id=partner_pk,
        kind=kind,
        in_force_from__lte=on,
    )
    row = rows.order_by("-in_force_from", "-pk").first()
    return None if row is None else _agreement(row)


def tags_in_use() -> tuple[str, ...]:
    """This will list every tag that a partner carries."""
    rows = Organization.objects.exclude(tags=[]).values_list("tags", flat=True)
    return tuple(sorted({tag for tags in rows for tag in tags}))


def activity(*, partner_pk: int, cursor: str = "", limit: int = PAGE_SIZE) -> EventPage:
    """This will return a page of the audit log about a partner, newest first."""
    return list_events(filters=EventFilters(partner_id=partner_pk), cursor=cursor, limit=limit)


def _row(row: Organization, *, with_manager: bool) -> PartnerRow:
    manager = row.manager if with_manager else None
    return PartnerRow(
        id=row.public_id,
        pk=row.pk,
        name=row.name,
        kind=row.kind,
        segment=row.segment,
        region=row.region,
        country=row.country,
        status=row.status,
        manager_name="" if manager is None else manager.name,
        tags=tuple(row.tags),
    )


def _partner(row: Organization, manager_name: str) -> Partner:
    keys = SourceKey.objects.filter(partner=row).order_by("source", "key")
    contacts = Contact.objects.filter(partner=row, ended_at__isnull=True)
    agreements = Agreement.objects.filter(partner=row).order_by("-in_force_from", "-pk")
    return Partner(
        id=row.public_id,
        pk=row.pk,
        data=data_of(row),
        status=row.status,
        standing=STANDINGS[row.status],
        manager_name=manager_name,
        created_at=row.created_at,
        source_keys=tuple((key.source, key.key) for key in keys[:ROWS_MAX]),
        contacts=tuple(
            ContactRow(c.public_id, c.name, c.email, c.phone, c.job_title, c.is_primary)
            for c in contacts.order_by("-is_primary", "name", "pk")[:ROWS_MAX]
        ),
        agreements=tuple(_agreement(agreement) for agreement in agreements[:ROWS_MAX]),
        members=list_members(partner_pk=row.pk),
    )


def data_of(row: Organization) -> PartnerData:
    """This will return the data of a stored partner."""
    return PartnerData(
        name=row.name,
        kind=row.kind,
        legal_name=row.legal_name,
        segment=row.segment,
        region=row.region,
        country=row.country,
        city=row.city,
        language=row.language,
        time_zone=row.time_zone,
        tax_id=row.tax_id,
        mail_domains=tuple(row.mail_domains),
        tags=tuple(row.tags),
    )


def _agreement(row: Agreement) -> AgreementRow:
    return AgreementRow(
        id=row.public_id,
        kind=row.kind,
        version=row.version,
        signed_by=row.signed_by,
        signed_on=row.signed_on,
        in_force_from=row.in_force_from,
        in_force_to=row.in_force_to,
        file_sha256=row.file_sha256,
    )


def partner_ids_by_key(*, source: str) -> dict[str, int]:
    """This will map the keys by which `source` knows partners to their ids."""
    return dict(SourceKey.objects.filter(source=source).values_list("key", "partner_id"))


def record_digests_by_key(*, source: str) -> dict[str, str]:
    """This will map the keys of `source` to the digest of the row imported last."""
    return dict(SourceKey.objects.filter(source=source).values_list("key", "record_sha256"))


def partner_names(*, pks: Iterable[int]) -> dict[int, tuple[str, str, str]]:
    """This will map partners' row numbers to their name, public id and country."""
    rows = Organization.objects.filter(pk__in=list(pks))
    return {row.pk: (row.name, row.public_id, row.country) for row in rows}


def addressees(*, pks: Iterable[int]) -> dict[int, Addressee]:
    """This will map partners' row numbers to how a document addresses them."""
    return {
        row.pk: Addressee(row.public_id, row.legal_name or row.name, row.language)
        for row in Organization.objects.filter(pk__in=list(pks))
    }
