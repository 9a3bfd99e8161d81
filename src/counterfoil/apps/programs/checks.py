"""The terms of funds compared with what the audit log says of them."""

from collections.abc import Iterator, Mapping
from typing import Any

from counterfoil.apps.audit.selectors.statements import statements
from counterfoil.apps.programs.models import Fund
from counterfoil.core.differences import Difference
from counterfoil.core.money import Money


def fund_differences() -> Iterator[Difference]:
    """This will name fund periods whose terms or budget are not those on record."""
    terms: dict[str, Mapping[str, Any]] = {}
    budgets: dict[str, Any] = {}
    for each in statements(object_type="fund", actions=("fund.created", "fund.budget_changed")):
        if each.action == "fund.created":
            terms[each.object_id], budgets[each.object_id] = each.data, each.data["budget"]
        else:
            budgets[each.object_id] = each.data["to"]
    for row in Fund.objects.select_related("program").order_by("pk"):
        said = terms.pop(row.public_id, None)
        subject = f"{row.code} {row.period}"
        if said is None:
            yield _fund(subject, "the audit log knows no such fund")
            continue
        found = {
            "program": row.program.code,
            "code": row.code,
            "name": row.name,
            "period": row.period,
            "earn_rate_ppm": row.earn_rate_ppm,
            "earn_rounding": row.earn_rounding,
            "starts_on": row.starts_on.isoformat(),
            "ends_on": row.ends_on.isoformat(),
            "claims_until": row.claims_until.isoformat(),
            "earns_from": row.earns_from.isoformat() if row.earns_from else "",
            "earns_to": row.earns_to.isoformat() if row.earns_to else "",
            "cost_center": row.cost_center,
        }
        for name, value in found.items():
            # A term that was not on record yet can't tell.
            if value != said.get(name, value):
                yield _fund(subject, f"its {name} is not the one on record")
        if Money(row.budget_minor, row.currency).to_json() != budgets[row.public_id]:
            yield _fund(subject, "its budget is not the one on record")
    for said in terms.values():
        yield _fund(f"{said['code']} {said['period']}", "was set up, and is gone")


def _fund(subject: str, message: str) -> Difference:
    return Difference("funds as set up", subject, message)
