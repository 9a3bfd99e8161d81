"""Partners that another system knows: found by its key, created, changed or left as they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.partners.models import Organization, SourceKey
from counterfoil.core.actors import Actor
from counterfoil.foundation.ids import new_id

_FIELDS = ("name", "legal_name", "kind", "segment", "region", "country", "city", "tax_id")


@dataclass(frozen=True, slots=True)
class ImportedPartners:
    """What an import of partners did."""

    created: int
    changed: int
    unchanged: int


@transaction.atomic
def import_partners(
    *,
    source: str,
    rows: Sequence[tuple[str, str, Mapping[str, str | None]]],
    run_id: str,
    by: Actor,
    at: datetime,
) -> ImportedPartners:
    """This will bring partners to what `source` says: `(key, digest, fields)` each.

    A row whose digest is the stored one changes nothing. Fields that the row does not carry are
    left alone. Each created or changed partner gets its audit event, naming the changed fields.
    """
    known = {
        row.key: row
        for row in SourceKey.objects.select_for_update(of=("self",))
        .filter(source=source, key__in=[key for key, _, _ in rows])
        .select_related("partner")
    }
    created = changed = unchanged = 0
    for key, digest, fields in rows:
        row = known.get(key)
        if row is None:
            _create(source, key, digest, fields, run_id, by, at)
            created += 1
        elif row.record_sha256 == digest:
            unchanged += 1
        else:
            _change(row, digest, fields, run_id, by, at)
            changed += 1
    return ImportedPartners(created, changed, unchanged)


def _create(
    source: str,
    key: str,
    digest: str,
    fields: Mapping[str, str | None],
    run_id: str,
    by: Actor,
    at: datetime,
) -> None:
    values = {name: fields.get(name) or "" for name in _FIELDS}
    partner = Organization.objects.create(
        public_id=new_id("org"),
        **{**values, "kind": values["kind"] or "reseller"},
        created_at=at,
    )
    SourceKey.objects.create(partner=partner, source=source, key=key, record_sha256=digest)
    record_event(
        by=by,
        at=at,
        action="partner.imported",
        object_type="partner",
        object_id=partner.public_id,
        partner_id=partner.pk,
        data={"import": run_id, "source": source, "key": key, "name": partner.name},
    )


def _change(
    row: SourceKey,
    digest: str,
    fields: Mapping[str, str | None],
    run_id: str,
    by: Actor,
    at: datetime,
) -> None:
    partner = row.partner
    before_after: dict[str, list[str]] = {}
    for name in _FIELDS:
        new = fields.get(name)
        old = str(getattr(partner, name))
        if new is not None and new != old:
            setattr(partner, name, new)
            before_after[name] = [old, new]
    partner.save()
    row.record_sha256 = digest
    row.save()
    record_event(
        by=by,
        at=at,
        action="partner.changed",
        object_type="partner",
        object_id=partner.public_id,
        partner_id=partner.pk,
        data={"import": run_id, "changes": {k: list(v) for k, v in before_after.items()}},
    )
