"""Proofs over the whole ledger: what must hold, computed again by another way.

Each check returns findings and changes nothing. The guards of the database make most of them
impossible; an owner who switches triggers off can still make them, and then these name the row.
"""

import json
from collections import Counter, defaultdict, namedtuple
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import connection

from counterfoil.apps.audit.models import Event
from counterfoil.apps.audit.selectors.statements import Statement, statements
from counterfoil.apps.ledger.models import Account, Entry, Leg, Period
from counterfoil.apps.ledger.selectors import PLAN_PREFIX, plan_rows, tracker_rows
from counterfoil.apps.ledger.types import Finding, FundPosition, PlanPosition
from counterfoil.apps.partners.models import Organization
from counterfoil.core.accounts import ACCOUNT_KINDS, AccountKey, BadAccountKey, Group
from counterfoil.core.calendars import month_days
from counterfoil.core.canonical import digest, sha256_hex

PAGE = 5_000
FINDINGS_MAX = 1_000
"""After so many findings a check stops: more would tell nothing new."""


def ledger_findings() -> tuple[Finding, ...]:
    """This will run every check over the whole ledger; an empty answer means all of them hold."""
    found: list[Finding] = []
    for check in (
        unsound_entries,
        unsound_accounts,
        overdrawn_accounts,
        edited_entries,
        unproved_trackers,
        changed_periods,
    ):
        for finding in check():
            found.append(finding)
            if len(found) >= FINDINGS_MAX:
                return tuple(found)
    return tuple(found)


def _read(sql: str) -> list[Any]:
    """This will run one of this file's queries and return its rows with named columns."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        row = namedtuple("row", [column.name for column in cursor.description or ()])  # type: ignore[misc]  # names come from the query
        return [row(*values) for values in cursor.fetchall()]


def unsound_entries() -> Iterator[Finding]:
    """This will name entries without legs, legs without an entry, and entries out of balance."""
    rows = _read(
        """
        SELECT * FROM (
          SELECT coalesce(e.public_id, 'row ' || s.entry_id) AS subject, s.currency AS unit,
                 coalesce(s.total, 0) AS total, e.id IS NULL AS is_orphan,
                 s.entry_id IS NULL AS is_empty
          FROM ledger_entry e FULL JOIN (
            SELECT l.entry_id, l.currency, a.is_memo, sum(l.amount_minor) AS total
            FROM ledger_leg l LEFT JOIN ledger_account a
              ON a.id = l.account_id AND a.currency = l.currency AND a.partner_id = l.partner_id
            GROUP BY 1, 2, 3) s ON s.entry_id = e.id
          WHERE e.id IS NULL OR s.entry_id IS NULL OR s.total <> 0 OR s.is_memo IS NULL) bad
        """
    )
    for row in rows:
        if row.is_empty:
            message = "has no legs"
        elif row.is_orphan:
            message = "has legs, but no header"
        elif row.total:
            message = f"is off by {row.total} minor units of {row.unit}"
        else:
            message = "has a leg that does not fit its account"
        yield Finding("entries balance", row.subject, message)


def unsound_accounts() -> Iterator[Finding]:
    """This will name accounts whose row says something else than their code and the chart."""
    partners = dict(Organization.objects.values_list("pk", "public_id"))
    for row in Account.objects.order_by("pk").iterator(chunk_size=PAGE):
        try:
            key = AccountKey.from_code(row.code)
        except (BadAccountKey, ValueError) as error:
            yield Finding("accounts follow the chart", row.code, str(error))
            continue
        rule = ACCOUNT_KINDS[key.kind]
        meant = (
            str(key.kind), key.fund or "", key.period or "", key.currency,
            rule.group is Group.MEMO, int(rule.normal), rule.may_go_negative,
            key.partner_id,
        )  # fmt: skip
        found = (
            row.kind, row.fund, row.period, row.currency,
            row.is_memo, row.normal, row.may_go_negative,
            partners.get(row.partner_id) if row.partner_id else None,
        )  # fmt: skip
        if meant != found:
            yield Finding("accounts follow the chart", row.code, f"{found} instead of {meant}")


def overdrawn_accounts() -> Iterator[Finding]:
    """This will name accounts below zero that may not be."""
    rows = _read(
        """
        SELECT a.code, s.total * a.normal AS total FROM ledger_account a
        JOIN (SELECT account_id, sum(amount_minor) AS total FROM ledger_leg GROUP BY 1) s
          ON s.account_id = a.id
        WHERE NOT a.may_go_negative AND s.total * a.normal < 0 ORDER BY a.code
        """
    )
    for row in rows:
        yield Finding("no account overdrawn", row.code, f"stands at {row.total}")


def edited_entries() -> Iterator[Finding]:
    """This will name entries whose rows no longer give the digest they were posted with.

    The digest is computed again from header, legs and accounts and compared with the one on the
    header and with the one in the audit log, which the entry's transaction wrote. A batch event
    covers all its entries at once, so a header and a digest changed together are found as well.
    """
    partners = dict(Organization.objects.values_list("pk", "public_id"))
    batches: dict[str, list[str]] = defaultdict(list)
    after = 0
    while entries := list(Entry.objects.filter(pk__gt=after).order_by("pk")[:PAGE]):
        after = entries[-1].pk
        payloads = _payloads(entries, partners)
        single = _events("ledger_entry", [row.public_id for row in entries if not row.batch])
        for row in entries:
            if payloads[row.pk] != row.payload_sha256:
                yield Finding(
                    "entries as posted",
                    row.public_id,
                    f"its rows give the digest {payloads[row.pk][:12]}…, it was posted with "
                    f"{row.payload_sha256[:12]}…",
                )
            if row.batch:
                batches[row.batch].append(f"{row.public_id} {row.payload_sha256}\n")
            elif single.get(row.public_id, {}).get("payload_sha256") != row.payload_sha256:
                yield Finding(
                    "entries as posted",
                    row.public_id,
                    "the audit log knows another digest or none",
                )
    yield from _edited_batches(batches)


def _edited_batches(batches: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
    events = _events("ledger_batch", list(batches))
    for batch, lines in batches.items():
        sha256 = sha256_hex("".join(sorted(lines)).encode())
        if events.get(batch, {}).get("sha256") != sha256:
            yield Finding(
                "entries as posted",
                batch,
                f"its {len(lines)} entries are not those that the audit log knows",
            )
    # An event without its entries: somebody deleted what was posted.
    for kind, known in (
        ("ledger_batch", set(Entry.objects.exclude(batch="").values_list("batch", flat=True))),
        ("ledger_entry", set(Entry.objects.filter(batch="").values_list("public_id", flat=True))),
    ):
        posted = Event.objects.filter(object_type=kind).values_list("object_id", flat=True)
        for missing in sorted(set(posted) - known):
            yield Finding("entries as posted", missing, "was posted and is not in the ledger")


def _payloads(entries: Sequence[Entry], partners: Mapping[int, str]) -> dict[int, str]:
    """This will compute the payload digests again, from the rows alone."""
    legs: dict[int, list[dict[str, object]]] = {row.pk: [] for row in entries}
    rows = Leg.objects.filter(entry_id__in=legs).values_list(
        "entry_id", "account__code", "amount_minor"
    )
    for pk, code, minor in rows:
        legs[pk].append({"account": code, "minor": minor})
    reversed_ids = dict(
        Entry.objects.filter(
            pk__in=[row.reverses_id for row in entries if row.reverses_id]
        ).values_list("pk", "public_id")
    )
    return {
        row.pk: digest(
            {
                "kind": row.kind,
                "effective_on": row.effective_on.isoformat(),
                "legs": sorted(legs[row.pk], key=lambda leg: str(leg["account"])),
                "source_ref": row.source_ref,
                "partner_id": partners.get(row.partner_id, "?") if row.partner_id else None,
                "origin_period": row.origin_period or None,
                "reverses": reversed_ids.get(row.reverses_id or 0),
                "reason": row.reason,
            }
        )
        for row in entries
    }


def _events(kind: str, ids: Sequence[str]) -> dict[str, dict[str, object]]:
    """This will read what the audit log says about objects; the first event of each counts."""
    found: dict[str, dict[str, object]] = {}
    for start in range(0, len(ids), PAGE):
        rows = Event.objects.filter(
            object_type=kind,
            object_id__in=list(ids[start : start + PAGE]),
            action__in=["entry.posted", "entries.posted"],
        ).order_by("recorded_at", "id")
        for object_id, canonical in rows.values_list("object_id", "canonical"):
            found.setdefault(object_id, json.loads(canonical)["data"])
    return found


_MONEY = (
    "authorized", "unallocated", "returned", "available", "committed", "claimed", "approved",
    "billed",
)  # fmt: skip


def unproved_trackers() -> Iterator[Finding]:
    """This will compare every tracker row with the ledger, summed by another way.

    The other way reads the parts of account codes and joins no entry. Then the identities of a
    fund must hold: allocated = available + committed + claimed + expired for each partner, claimed
    = approved + paid, authorized = unallocated + allocated, returned = expired.
    """
    partners = dict(Organization.objects.values_list("pk", "public_id"))
    for is_by_partner in (False, True):
        shown = {
            (row.fund, row.period, row.currency, partners.get(row.partner_id, "-")): row
            for row in tracker_rows(is_by_partner=is_by_partner)
        }
        summed = _sums_by_code(is_by_partner=is_by_partner)
        for key in sorted(set(shown) | set(summed)):
            subject = " ".join(key)
            if key not in shown or key not in summed:
                where = "tracker" if key in shown else "ledger"
                yield Finding("tracker equals ledger", subject, f"stands in the {where} only")
                continue
            for name in _MONEY:
                seen, right = getattr(shown[key], name).minor, summed[key].get(name, 0)
                if seen != right:
                    message = f"{name} is shown as {seen}, the ledger says {right}"
                    yield Finding("tracker equals ledger", subject, message)
            yield from _broken_identities(subject, shown[key], is_by_partner=is_by_partner)
        for place in plan_rows(is_by_partner=is_by_partner):
            partner = partners.get(place.partner_id, "-")
            key = (place.plan, place.period, place.currency, partner)
            yield from _unproved_plan(" ".join(key), place, summed.get(key, {}))


_PLAN_MONEY = ("held", "approved", "owed_back")


def _unproved_plan(
    subject: str, row: PlanPosition, summed: Mapping[str, int]
) -> Iterator[Finding]:
    for name in _PLAN_MONEY:
        seen, right = getattr(row, name).minor, summed.get(name, 0)
        if seen != right:
            message = f"{name} is shown as {seen}, the ledger says {right}"
            yield Finding("tracker equals ledger", subject, message)
    if not row.difference.is_zero:
        message = (
            f"earned {row.earned} less taken back {row.taken_back} is not held {row.held} + "
            f"approved {row.approved} + paid {row.paid} less owed back {row.owed_back}"
        )
        yield Finding("tracker adds up", subject, message)


_FIGURE_OF = {
    "budget.authorized": ("authorized", -1),
    "budget.available": ("unallocated", 1),
    "budget.returned": ("returned", 1),
    "alloc.available": ("available", 1),
    "alloc.committed": ("committed", 1),
    "alloc.consumed": ("claimed", 1),
    "payable": ("approved", -1),
    "payable.billed": ("approved", -1),
    "accrued.commission": ("held", -1),
    "receivable.clawback": ("owed_back", 1),
}


def _sums_by_code(*, is_by_partner: bool) -> dict[tuple[str, str, str, str], Mapping[str, int]]:
    """This will sum legs by the parts of their account's code."""
    sums: dict[tuple[str, str, str, str], Counter[str]] = defaultdict(Counter)
    rows = _read(
        """
        SELECT split_part(a.code, ':', 1) AS part_kind,
               split_part(a.code, ':', 2) AS part_fund, split_part(a.code, ':', 3) AS part_partner,
               split_part(a.code, ':', 4) AS part_period,
               split_part(a.code, ':', 5) AS part_currency, sum(l.amount_minor) AS total
        FROM ledger_leg l JOIN ledger_account a ON a.id = l.account_id GROUP BY 1, 2, 3, 4, 5
        """
    )
    for row in rows:
        if row.part_fund == "-" or (is_by_partner and row.part_partner == "-"):
            continue
        partner = row.part_partner if is_by_partner else "-"
        target = sums[row.part_fund, row.part_period, row.part_currency, partner]
        if row.part_kind in _FIGURE_OF:
            name, sign = _FIGURE_OF[row.part_kind]
            target[name] += sign * int(row.total)
        if row.part_kind == "payable.billed":
            target["billed"] -= int(row.total)
    return dict(sums)


def _broken_identities(
    subject: str, row: FundPosition, *, is_by_partner: bool
) -> Iterator[Finding]:
    identities = [
        ("allocated", row.allocated, row.available + row.committed + row.claimed + row.expired),
    ]
    # What a commission plan owes comes from no fund: nothing of it was claimed.
    if not row.fund.startswith(PLAN_PREFIX):
        identities.append(("claimed", row.claimed, row.approved + row.paid))
    if not is_by_partner:
        identities += [
            ("authorized", row.authorized, row.unallocated + row.allocated),
            ("returned", row.returned, row.expired),
        ]
    for name, left, right in identities:
        if left != right:
            yield Finding("tracker adds up", subject, f"{name} is {left}, its parts are {right}")


def changed_periods() -> Iterator[Finding]:
    """This will name accounting months that are closed or open otherwise than the log says."""
    newest: dict[str, Statement] = {}
    for each in statements(
        object_type="ledger_period", actions=("period.opened", "period.closed")
    ):
        newest[each.object_id] = each
    for row in Period.objects.order_by("code"):
        said = newest.pop(row.code, None)
        if said is None:
            yield Finding("months as closed", row.code, "the audit log knows no such month")
            continue
        by = said.actor_id if said.action == "period.closed" else ""
        if (row.closed_at is not None, row.closed_by) != (bool(by), by):
            state = "closed" if by else "open"
            yield Finding("months as closed", row.code, f"the audit log says that it is {state}")
        elif (row.starts_on, row.ends_on) != month_days(row.code):
            yield Finding("months as closed", row.code, "its days are not those of the month")
    for code in newest:
        yield Finding("months as closed", code, "was opened or closed, and is gone")
